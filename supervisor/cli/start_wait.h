/* Waiting for a watchdog that was just started: is it up, and if not, why? */
#ifndef CCSUP_CLI_START_WAIT_H
#define CCSUP_CLI_START_WAIT_H
#include "supervisor/cli/cli.h"
#include <cJSON.h>
#include <stdint.h>
#include <sys/types.h>

/* Prints the status of a run that is done, with its record. */
void start_say_record(struct cli *cli, const cJSON *status);

/* Waits, at most 60 s, until the watchdog `pid` (of spawn_watchdog or start_service; 0 = it has ended) says that both
 * agents are settled, and prints one line each. log_size: of ccsup.log before it was spawned; what
 * follows there tells why it ended. Returns enum cli_exit as `ccsup start` ends. */
int start_wait(struct cli *cli, pid_t pid, int64_t log_size);

#endif
