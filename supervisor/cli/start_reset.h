/* `ccsup start --phase ID --reset`: what it means, said before it is done. */
#ifndef CCSUP_CLI_START_RESET_H
#define CCSUP_CLI_START_RESET_H
#include "supervisor/cli/cli.h"
#include "watchdog/watchdog.h"

/* The three options fit together and the phase exists: CLI_YES, *phase the id as the journal knows it (borrowed) or
 * NULL when none was asked for. Else the sentence is printed. */
enum cli_exit start_reset_options(struct cli *cli, const char **phase);
/* Says what begins anew and which DONE records of w count no more, and asks on a terminal unless --yes was given.
 * CLI_YES to go on; CLI_NO: the operator said no; CLI_USAGE: nobody to ask. */
enum cli_exit start_reset_confirm(struct cli *cli, const struct watchdog *w, const char *phase);

#endif
