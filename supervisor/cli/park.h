/* A parked wait: `ccsup wait --park` writes what an agent waits for into its park (CCSUP_PARK, a folder that the
 * watchdog names) and returns; the agent's next iteration begins with it (`ccsup wait --parked`, in the agent's place,
 * below its keeper) and goes on with the agent itself the moment that it is over. docs/waiting.md. */
#ifndef CCSUP_CLI_PARK_H
#define CCSUP_CLI_PARK_H
#include "supervisor/cli/wait.h"

/* Writes down the wait that the verb's words are, instead of waiting. Exit code. */
int park_write(struct cli *cli, const struct wait_spec *s);
/* Waits for what is parked in that folder, adds its line to the prompt on standard input, and becomes the program of
 * cli->words. Returns only when that can't be run: exit code. What can't be read is said, and not waited for. */
int park_go(struct cli *cli, const char *folder);

#endif
