/* Puts the watchdog into the background: a session of its own, no terminal, its words in ccsup.log. */
#ifndef CCSUP_CLI_SPAWN_H
#define CCSUP_CLI_SPAWN_H
#include "supervisor/base/err.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <sys/types.h>

/* Takes an iteration's marker out of our environment, and out of the copy that /proc shows of it: a ccsup that an agent
 * starts is no part of that agent's iteration, and must not be swept with it. */
void spawn_unmark(void);
/* Starts `ccsup run --detached` of that instance: its pid, or -1 and e. From here on this process is the parent of what
 * its descendants leave behind, until it ends: that is how spawn_ended can tell. */
pid_t spawn_watchdog(const struct paths *p, const char *phase, struct err *e);
/* True once it has ended; *status then is as of waitpid. Does not wait. */
bool spawn_ended(pid_t pid, int *status);

#endif
