/* What the checks of launch.conf are written in: ranges of statuses, regular expressions, places in a JSON answer,
 * names with a star. */
#ifndef CCSUP_CLI_PREFLIGHT_TEXT_H
#define CCSUP_CLI_PREFLIGHT_TEXT_H
#include "supervisor/base/err.h"
#include "supervisor/base/words.h"
#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* Is n in "200-299,404"? False: that is not how ranges are written. */
bool text_ranges(const char *ranges, int64_t n, bool *in);
/* Does the extended regular expression match somewhere in the text? False and e set: it is none. */
bool text_matches(const char *regex, const char *text, struct err *e);
/* "a.b" is true in the answer, "a.b=VALUE" has that value as it would be written; a number is a place in a list. False
 * and e: the sentence. */
bool text_json(const cJSON *o, const char *path, struct err *e);
/* Appends the name; of *.ZONE so many random names in ZONE. */
void text_star(struct words *out, const char *name, int count);

#endif
