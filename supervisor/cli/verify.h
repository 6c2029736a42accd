/* `ccsup verify` in parts: get the facts from the repository (verify.c) or from two files (verify_files.c), show the
 * judgement (verify_print.c). */
#ifndef CCSUP_CLI_VERIFY_H
#define CCSUP_CLI_VERIFY_H
#include "supervisor/cli/cli.h"
#include "watchdog/verdict.h"

/* Two files instead of a repository: the words of cli, judged at `now` (seconds). The exit code. */
int verify_files(struct cli *cli, int64_t now);
/* The reasons of the judgement alone, one a line. */
void verify_reasons(const struct verdict *v, struct buf *out);
/* Prints the judgement v of s, for people or, with --json, as one object; status, review: the files' names. phase NULL:
 * two files were judged, so there is no phase, no revision, and nobody is known to have written a line. The exit code
 * that goes with it. */
enum cli_exit verify_show(struct cli *cli, const struct verdict *v, const struct snapshot *s, const char *phase,
                          const char *status, const char *review);

#endif
