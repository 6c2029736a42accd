/* `ccsup start` where systemd has a unit for the instance. */
#ifndef CCSUP_CLI_START_SERVICE_H
#define CCSUP_CLI_START_SERVICE_H
#include "supervisor/cli/cli.h"
#include "supervisor/cli/unit.h"
#include <sys/types.h>

/* Are we root, who has the system's systemd run it as another user? That one makes the folders, and must own them. u:
 * of unit_find, also one that was not found. */
bool start_service_theirs(const struct cli *cli, const struct unit *u);
/* Has systemd start the unit; the wish is up already. The pid of the watchdog, 0 when it has ended well again, -1 and a
 * sentence on standard error. */
pid_t start_service(const struct cli *cli, const struct unit *u);

#endif
