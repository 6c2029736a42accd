/* `ccsup run`: the configuration is read here, the watchdog lives in supervisor/run/. */
#include "supervisor/run/run.h"
#include "supervisor/cli/check.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/spawn.h"

int cli_run(struct cli *cli)
{
    spawn_unmark();
    enum cli_exit code = cli_config(cli);
    if (code == CLI_YES)
        code = check_start(cli);
    return code == CLI_YES ? run_main(&cli->paths, &cli->config, cli_given(cli, "detached") != NULL) : (int)code;
}
