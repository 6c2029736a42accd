/* `ccsup config`: is launch.conf good, what does it come to, which keys are there? */
#include "supervisor/base/duration.h"
#include "supervisor/cli/check.h"
#include "supervisor/cli/cli.h"

/* "2 agents, 1 phase with 3 criteria, main of URL, polled every 30 s" */
static void config_summary(struct cli *cli)
{
    const struct config *c = &cli->config;
    struct buf b;
    size_t criteria = 0;
    buf_init(&b, 0);
    for (size_t i = 0; i < c->phase_count; i++)
        criteria += c->phases[i].criteria.n;
    buf_addf(&b, "launch.conf: ok\n%s and %s on branch %s of %s, polled every ", c->agents[ROLE_BUILDER].name,
             c->agents[ROLE_ADVERSARY].name, c->branch, c->url);
    duration_render(&b, c->poll);
    buf_addf(&b, "; %zu phase%s with %zu criteri%s; a PASS is fresh for ", c->phase_count,
             c->phase_count == 1 ? "" : "s", criteria, criteria == 1 ? "on" : "a");
    duration_render(&b, c->window);
    buf_adds(&b, "\n");
    cli_out(cli, &b);
    buf_clear(&b);
}

int cli_config_verb(struct cli *cli)
{
    bool keys = cli_given(cli, "keys"), print = cli_given(cli, "print"), man = cli_given(cli, "man");
    struct buf b;
    if (keys + print + (cli_given(cli, "check") != NULL) > 1)
        return cli_usage(cli, "one of --check, --print and --keys at a time");
    if (man && !keys)
        return cli_usage(cli, "--man goes with --keys");
    buf_init(&b, 0);
    enum cli_exit code = CLI_YES;
    if (keys) {
        config_keys(&b, man);
    } else {
        code = cli_config(cli);
        if (code == CLI_YES && print)
            config_print(&cli->config, &b);
        else if (code == CLI_YES && (code = check_files(cli)) == CLI_YES)
            config_summary(cli);
    }
    cli_out(cli, &b);
    buf_clear(&b);
    return code;
}
