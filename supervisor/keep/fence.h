/* The fence: nothing that the agent started outlives its keeper. Three kinds (options.h), the best that the machine
 * offers. In all of them the keeper is who inherits orphans (child subreaper, or PID 1 of the namespace), so that
 * whatever lost its parent becomes its child, also a daemon in a session of its own; killing goes on, in rounds, until
 * there is no child left and, with a control group, nobody in that. Bounded; what can't be killed is named, never
 * hidden. */
#ifndef CCSUP_KEEP_FENCE_H
#define CCSUP_KEEP_FENCE_H
#include "supervisor/base/err.h"
#include "supervisor/base/rounds.h"
#include "supervisor/keep/cgroup.h"
#include "supervisor/keep/options.h"
#include "supervisor/keep/tree.h"
#include <stdbool.h>
#include <stdint.h>

enum { FENCE_LIMIT = 10000 /* ms until it gives up */ };

struct fence {
    enum fence_kind kind; /* the one in force; AUTO = not decided yet */
    char *why;            /* owned: why not a stronger one, NULL = nothing to say */
    pid_t self;           /* the keeper's pid, as everybody outside knows it */
    struct cgroup cgroup;
    pid_t spare_name;     /* killed like all others, but not named among the leftovers: the agent's first process */
    struct rounds rounds; /* clock_boot */
    struct victims killed, left;
    bool begun;  /* there was a round */
    bool hidden; /* some of those left are not shown by /proc */
};

void fence_init(struct fence *f);
/* Before the keeper is forked: is it to be born as PID 1 of a new namespace? Then kind is PIDNS. False and e set: that
 * was asked for and can't be. */
bool fence_choose_namespace(struct fence *f, const struct options *o, struct err *e);
/* In the keeper, under the role's lock: decides what is still open, so that kind and self are final. False and e set:
 * what was asked for can't be had. */
bool fence_settle(struct fence *f, const struct options *o, struct err *e);

/* spare_name: as /proc shows it. */
void fence_begin(struct fence *f, pid_t spare_name, int64_t now);
/* One round, after the caller reaped; children: are there any left? True when it is over: nothing is left, or
 * the time is up and f->left names what is. */
bool fence_round(struct fence *f, bool children, int64_t now);
/* Instead of a fence: lets all that is alive go, named in f->left, out of reach of the next end of an agent. */
void fence_release(struct fence *f);
/* Removes what the fence was made of, and frees f. */
void fence_clear(struct fence *f);

#endif
