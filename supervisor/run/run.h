/* The watchdog's process: one libuv loop, one pump. Callbacks only enqueue events; the pump steps the core and carries
 * its effects out. */
#ifndef CCSUP_RUN_RUN_H
#define CCSUP_RUN_RUN_H
#include "supervisor/config/config.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>

/* Runs until everything is done or stopped. Returns the exit code of the process: 0 done or stopped, 1 could not run
 * (a sentence is on stderr), 4 launch.conf lacks the active phase, 5 another watchdog holds the instance. detached: the
 * log goes to state/ccsup.log only. phase: begin this one anew (NULL = go on where it was). */
int run_main(const struct paths *paths, const struct config *config, bool detached, const char *phase);

#endif
