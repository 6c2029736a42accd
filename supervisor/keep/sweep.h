/* The sweep: before an agent starts, nothing of its previous iteration may live, if that one's keeper died
 * without a record. Recovery, no guarantee: it finds by the marker in the environment, and what scrubbed its
 * environment by the place where it works. Called under the role's lock, so no keeper of this role lives. */
#ifndef CCSUP_KEEP_SWEEP_H
#define CCSUP_KEEP_SWEEP_H
#include "supervisor/keep/iteration.h"
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

/* Where and for whom. */
struct sweep_place {
    const char *clone, *tmp; /* borrowed */
    const char *cgroup;      /* folder of that iteration's control group, NULL = none */
    uid_t user;              /* that the agent runs as; our own counts too */
};

/* Kills what is left of the iteration of k, in rounds until two in a row find none. Swept is
 *  - whatever has CCSUP_RUN_ID=k->run_id in its environment, and
 *  - whatever has no CCSUP_RUN_ID of another iteration, no terminal (so a person's shell is spared), our
 * user, a start after that keeper's in this boot, and its working directory or an open file in clone or tmp
 *    (where keep.json is damaged, and so tells neither marker nor boot: in this boot at all), and
 *  - whatever stands in known: the survivors that its keeper named, if this is the same boot, and
 *  - whatever lives in that iteration's control group.
 * killed: what was ended. False: left names what lives on. */
bool sweep_run(const struct iteration_keeper *k, const struct sweep_place *place, const struct sweep_spared *spared,
               const struct victims *known, struct victims *killed, struct victims *left);

#endif
