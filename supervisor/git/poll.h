/* The two operations of ccsup-git. Each ends before its deadline (clock_boot milliseconds) and leaves no
 * process. */
#ifndef CCSUP_GIT_POLL_H
#define CCSUP_GIT_POLL_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include "watchdog/snapshot.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Fetches and reads. True and *s filled (free with snapshot_clear in any case), else t set. */
bool poll_run(struct snapshot *s, const struct request *r, int64_t deadline, struct trouble *t);
/* Prepares a role's working clone and its gitconfig. *made: the clone was made now. mask: the umask of the
 * clone's files, which are the agent's. */
bool clone_run(bool *made, const struct request *r, int64_t deadline, mode_t mask, struct trouble *t);

#endif
