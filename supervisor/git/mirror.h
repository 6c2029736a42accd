/* Our private bare copy of the remote. It is ours alone (a mark inside says so, nothing without the mark is
 * ever touched), used by one process at a time (the caller holds the lock), and may be thrown away at any
 * time. */
#ifndef CCSUP_GIT_MIRROR_H
#define CCSUP_GIT_MIRROR_H
#include "supervisor/git/command.h"
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include <stdbool.h>
#include <stdint.h>

/* Where the fetched tip stands in the mirror. */
#define MIRROR_TIP "refs/ccsup/tip"

struct mirror {
    const char *dir;
    const struct request *r;
    const struct words *env;
    int64_t deadline; /* clock_boot milliseconds */
    bool empty;       /* after mirror_fetch: the remote has no branch at all */
};

/* Runs git with these arguments (NULL ends them) in the mirror. As child_run; free with child_clear in any case. */
bool mirror_git(const struct mirror *m, struct child *c, int64_t deadline, const char *const *args);
/* Makes the mirror when it is missing, else removes what killed fetches left in it. False and t set. */
bool mirror_prepare(struct mirror *m, struct trouble *t);
/* Fetches the branch to MIRROR_TIP. True also for an empty remote (m->empty). */
bool mirror_fetch(struct mirror *m, struct trouble *t);
/* Joins many packs and loose objects into one pack, when there are many and the time that is left allows it.
 * Failing is no failure of the poll. */
void mirror_tidy(const struct mirror *m);
/* Puts the mirror at `from` in the place of `to`. */
bool mirror_swap(const char *from, const char *to, struct trouble *t);
/* Which branches does the remote have? *heads: "main, topic", "" when none, at most 10 names; *has: whether
 * the requested one is among them. The caller frees. False and t set when it could not be asked. */
bool mirror_ask_heads(struct mirror *m, char **heads, bool *has, struct trouble *t);

#endif
