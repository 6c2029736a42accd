/* Ends everything below this process: git is a tree, and its transports don't notice that git died. */
#ifndef CCSUP_GIT_REAP_H
#define CCSUP_GIT_REAP_H
#include <sys/types.h>

/* TERM (git removes its temporary files and locks), half a second, then KILL in rounds until two find
 * nothing: of our process group if we lead it, and of every descendant. From here on this process ignores
 * SIGTERM. pidfd: of child, or -1. Bounded: 3 s. */
void reap_all(pid_t child, int pidfd);

#endif
