/* POSIX record locks: who lives? The holder opens its lock file once, with O_CLOEXEC, and never opens it again (closing
 * any descriptor of the file would drop the lock). A lock dies with its holder, so it can't be stale; it is not
 * inherited by fork. Nobody finds out by taking one. */
#ifndef CCSUP_SYS_LOCK_H
#define CCSUP_SYS_LOCK_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <sys/types.h>

/* Takes the lock for this process's life: the descriptor (keep it open), or -1. -1 and *holder > 0: that process has
 * it; -1 and *holder -1: somebody outside of our PID namespace has it (e set); -1 and *holder 0: e says what went
 * wrong. */
int lock_take(const char *path, pid_t *holder, struct err *e);
/* The pid that holds the lock, 0 when free or no such file, -1 when it can't be told (e set): also when the holder is
 * outside of our PID namespace. Never call it for a lock that this process holds: it opens and closes the file. */
pid_t lock_holder(const char *path, struct err *e);
/* Is it held by somebody outside of our PID namespace? */
bool lock_hidden(const char *path);
/* A pidfd of the holder, verified: F_GETLK, pidfd_open, F_GETLK again with the same pid; so a signal through it can't
 * reach a process that got the pid later. -1 when nobody holds it. *pid (may be NULL) is set on success. The caller
 * closes. */
int lock_holder_pidfd(const char *path, pid_t *pid);
/* Lets a holder that is stopped (SIGSTOP) go on: one whose parent died meanwhile then learns of it and ends. Anybody
 * else does not notice. */
void lock_wake(const char *path);

#endif
