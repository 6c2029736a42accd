/* `ccsup verify` in two parts: get the facts (verify.c), show the judgement (verify_print.c). */
#ifndef CCSUP_CLI_VERIFY_H
#define CCSUP_CLI_VERIFY_H
#include "supervisor/base/buf.h"
#include "watchdog/verdict.h"

/* The judgement for people; v and s as given to verdict_judge; review = the REVIEW file's name. */
void verify_text(const struct verdict *v, const struct snapshot *s, const char *phase, const char *review,
                 struct buf *out);
/* The same as one JSON line. */
void verify_json(const struct verdict *v, const struct snapshot *s, const char *phase, struct buf *out);

#endif
