/* A list of words as a shell would read them, without any expansion: blanks separate; '…' is literal; "…" takes \" and
 * \\; a backslash outside quotes takes the next byte. Used for commands and lists in launch.conf. */
#ifndef CCSUP_BASE_WORDS_H
#define CCSUP_BASE_WORDS_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stddef.h>

/* A NULL-terminated list; n does not count the NULL. Zeroed = empty. */
struct words {
    char **at;
    size_t n;
};

void words_clear(struct words *w);
void words_add(struct words *w, const char *word);
bool words_have(const struct words *w, const char *word);
bool words_same(const struct words *a, const struct words *b);
/* Splits text and appends. False and e set on an open quote or a trailing backslash. */
bool words_split(struct words *w, const char *text, struct err *e);

#endif
