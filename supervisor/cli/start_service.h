/* `ccsup start` where systemd has a unit for the instance. */
#ifndef CCSUP_CLI_START_SERVICE_H
#define CCSUP_CLI_START_SERVICE_H
#include "supervisor/cli/cli.h"
#include "supervisor/cli/unit.h"
#include <sys/types.h>

/* Has systemd start the unit; the wish is up already. The pid of the watchdog, 0 when it has ended well again, -1 and a
 * sentence on standard error. */
pid_t start_service(const struct cli *cli, const struct unit *u);

#endif
