/* `ccsup run`: the configuration is read here, the watchdog lives in supervisor/run/. */
#include "supervisor/run/run.h"
#include "supervisor/cli/check.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/spawn.h"
#include "supervisor/cli/stop_sweep.h"
#include "watchdog/phase.h"

int cli_run(struct cli *cli)
{
    spawn_unmark();
    enum cli_exit code = cli_config(cli);
    if (code == CLI_YES)
        code = check_start(cli);
    const char *phase = cli_given(cli, "phase");
    if (code == CLI_YES && phase && phase_find(&cli->config, phase) < 0)
        code = cli_usage(cli, "no phase '%s' in launch.conf", phase);
    if (code != CLI_YES)
        return code;
    int result = run_main(&cli->paths, &cli->config, cli_given(cli, "detached") != NULL, cli_given(cli, "phase"));
    /* 0: all is done, or the wish is down. An earlier watchdog may have died in the middle of taking everything down,
     * and a keeper with it: what that one left has nobody else now. */
    size_t killed = result == 0 ? stop_sweep_rest(&cli->paths, &cli->config) : 0;
    if (killed)
        cli_error(cli, "%zu process%s of earlier iterations still lived, killed", killed, killed == 1 ? "" : "es");
    return result;
}
