/* Ends everything below this process: what we started may be a tree, and git's transports don't notice that git
 * died. */
#ifndef CCSUP_SYS_REAP_H
#define CCSUP_SYS_REAP_H
#include <stdbool.h>
#include <sys/types.h>

/* TERM (git removes its temporary files and locks), half a second, then KILL in rounds until two find nothing: of every
 * descendant, and of a process group: the child's (own_group), else ours if we lead it; then this process ignores
 * SIGTERM from here on. pidfd: of child, or -1. Bounded: 3 s. */
void reap_all(pid_t child, int pidfd, bool own_group);

#endif
