/* The environment of one agent: denied by default. Pure: the outer environment is handed in. */
#ifndef CCSUP_AGENTS_ENVIRONMENT_H
#define CCSUP_AGENTS_ENVIRONMENT_H
#include "supervisor/base/words.h"

/* What launch.conf says of it. Names may end in * (all that begin so). */
struct environment_rules {
    const struct words *env;  /* NAME=VALUE: set, whatever was there */
    const struct words *pass; /* passed on from outside, beside the base set */
    const struct words *deny; /* never passes, whoever names it; not even set by env */
};

/* Appends NAME=VALUE entries to out: from outer (NULL-terminated) the base set (PATH HOME USER LOGNAME SHELL LANG
 * LANGUAGE LC_* TZ) and what `pass` names, then `env`, then `own` (ours; wins over all). A variable of an outer Claude
 * session (CLAUDE*, ANTHROPIC_*, CCSUP_*) passes only when it is named exactly, never through a pattern. */
void environment_build(char *const *outer, const struct environment_rules *rules, const struct words *own,
                       struct words *out);
/* What the last of these NAME=VALUE entries with that name sets; NULL = none does. Owned by entries. */
const char *environment_value(const struct words *entries, const char *name);

#endif
