/* The sweep: before an agent starts, and when all is to be down, nothing of an earlier iteration may live. Recovery, no
 * guarantee: it finds by the marker in the environment, and what has another one or none by the place where it works.
 * Called under the role's lock, so no keeper of this role lives. */
#ifndef CCSUP_KEEP_SWEEP_H
#define CCSUP_KEEP_SWEEP_H
#include "supervisor/keep/tree.h"
#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_LIMIT = 10000 /* ms until it gives up */, SWEEP_SPARED = 32 };

/* Those who asked for this start, from the first process of ccsup-keep up to below PID 1: never swept. */
struct sweep_spared {
    pid_t at[SWEEP_SPARED];
    size_t n;
};
/* Fills s with the caller and its ancestors; to be called before forking away from them. */
void sweep_spare(struct sweep_spared *s);

/* What to look for. Texts are borrowed. */
struct sweep_wanted {
    const char *owner;  /* the beginning of the role's markers (sys/marker.h): all of them; "" = only run_id */
    const char *run_id; /* the marker of the last iteration, "" = unknown */
    const char *cgroup; /* folder of that iteration's control group, NULL = none */
    const char *clone, *tmp;
    const char *logs;    /* the role's iterations: who holds one open to write there */
    bool everything;     /* by place: all, whatever marker it has and whenever it began */
    uint64_t since;      /* else by place: what has no marker and began then or later; 0 = nothing */
    uid_t user[2];       /* by place: whose processes; our own too */
    pid_t sibling;       /* the other role's living keeper: what is below it is not ours; 0 = there is none */
    struct victims once; /* the survivors that the last iteration's keeper named */
};

/* Kills in rounds until two in a row find none. Swept is
 *  - whatever has a wanted marker in its environment,
 *  - whatever works in the agent's folders (its working directory or an open file is in clone or tmp; with `everything`
 *    also a file that it holds open for writing in logs), has no terminal (so a person's shell is spared), and is of
 *    those users; what is below the other role's keeper is spared,
 *  - whatever stands in `once`, and whatever lives in that control group.
 * killed: what was ended. False: left names what lives on. */
bool sweep_run(const struct sweep_wanted *w, const struct sweep_spared *spared, struct victims *killed,
               struct victims *left);

#endif
