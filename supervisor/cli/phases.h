/* The run as the journal knows it, without a watchdog. */
#ifndef CCSUP_CLI_PHASES_H
#define CCSUP_CLI_PHASES_H
#include "supervisor/cli/cli.h"
#include "watchdog/watchdog.h"

/* Folds the instance's journal into a core that is never stepped. cli->config must be there and outlive w. False and e
 * when the journal can't be read. Free with watchdog_clear in any case. */
bool phases_fold(const struct cli *cli, struct watchdog *w, struct err *e);

#endif
