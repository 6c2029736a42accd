/* The fence: nothing that the agent started outlives its keeper. As the keeper is a child subreaper, whatever
 * lost its parent becomes its child, also a daemon in a session of its own; so killing everything below, in
 * rounds, until there is no child left, ends everything. Bounded; what can't be killed is named, never
 * hidden. */
#ifndef CCSUP_KEEP_FENCE_H
#define CCSUP_KEEP_FENCE_H
#include "supervisor/keep/tree.h"
#include <stdbool.h>
#include <stdint.h>

enum { FENCE_LIMIT = 10000 /* ms until it gives up */, FENCE_STEP_MAX = 50 /* ms between rounds at most */ };

struct fence {
    pid_t
        spare_name; /* killed like all others, but not named among the leftovers: the agent's first process */
    int64_t deadline; /* clock_boot ms */
    int64_t next;     /* when the next round is due */
    int64_t step;     /* ms, doubles from 1 to FENCE_STEP_MAX */
    struct victims killed, left;
};

/* Zeroed = not begun. */
void fence_begin(struct fence *f, pid_t spare_name, int64_t now);
/* One round, after the caller reaped; children: are there any left? True when it is over: nothing is left, or
 * the time is up and f->left names what is. */
bool fence_round(struct fence *f, bool children, int64_t now);
void fence_clear(struct fence *f);

#endif
