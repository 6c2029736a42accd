/* A control group (v2) of the agent's own, below the keeper's: every process that the agent starts is born in it,
 * however it forks away, and one write kills them all. No controller is ever enabled: it is a list of processes,
 * nothing else. */
#ifndef CCSUP_KEEP_CGROUP_H
#define CCSUP_KEEP_CGROUP_H
#include "supervisor/base/err.h"
#include "supervisor/keep/options.h"
#include "supervisor/keep/tree.h"
#include <stdbool.h>

struct cgroup {
    char *dir; /* owned; NULL = none */
    int procs; /* its cgroup.procs, for who joins; O_CLOEXEC; -1 = none */
};

/* Is it the folder of this role's group in a cgroup filesystem? What an old record names is looked at before it is
 * believed. */
bool cgroup_ours(const char *dir, const char *state, const char *role);
/* Makes the role's group (or takes that of a keeper that died) and tries it out, unless it was tried. Whoever lives
 * in it is ended, or with o->keep moved up, out of our way: a clean end left him. The caller holds the role's lock.
 * False and e: why it can't be. */
bool cgroup_make(struct cgroup *c, const struct options *o, struct err *e);
/* The calling process goes into it. False: errno. */
bool cgroup_join(const struct cgroup *c);
/* Is anybody alive in it or below? False also when there is no such group. */
bool cgroup_populated(const char *dir);
/* Asks all that live in it, and all that they start, to stand still; a kill still ends them. */
void cgroup_freeze(const char *dir);
/* Adds to left all that live in it and below, kills them as one, and adds to killed those that were named. */
void cgroup_round(const char *dir, struct victims *killed, struct victims *left);
/* Moves all that live in it to the group above, where no later end of an agent reaches them. False: some are still in
 * it. */
bool cgroup_release(const char *dir);
/* Removes it with the groups that the agent made in it. */
void cgroup_remove(const char *dir);
/* Frees c; the group stays. */
void cgroup_clear(struct cgroup *c);

#endif
