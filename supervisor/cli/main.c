/* ccsup: finds the verb, runs it, turns its answer into the exit code. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/who.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A closed 0, 1 or 2 would be taken by the next file that is opened, a lock perhaps, and be written to. Output to a
 * closed descriptor still fails: what stands there is open for reading only. */
static void main_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            _exit(CLI_NO);
}

static enum cli_exit main_unknown(struct cli *cli, const char *word)
{
    const char *near = cli_verb_nearest(word);
    if (near)
        return cli_usage(cli, "unknown verb '%s'; the nearest is '%s'", word, near);
    return cli_usage(cli, "unknown verb '%s'", word);
}

/* The global options; *at is left on the verb. *done: nothing else is to be done. */
static enum cli_exit main_global(struct cli *cli, int argc, char **argv, int *at, bool *done)
{
    int i = 1;
    *done = true;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            cli_help(cli, NULL);
            return CLI_YES;
        }
        if (strcmp(argv[i], "--version") == 0) {
            cli_say(cli, "ccsup %s\n", CCSUP_VERSION);
            return CLI_YES;
        }
        if (strncmp(argv[i], "-C", 2) != 0)
            return cli_usage(cli, "unknown option '%s'", argv[i]);
        if (!argv[i][2] && !argv[i + 1])
            return cli_usage(cli, "option '-C' needs DIR");
        cli->dir = argv[i][2] ? argv[i] + 2 : argv[++i];
    }
    if (i >= argc)
        return cli_usage(cli, "no verb");
    *done = false;
    *at = i;
    return CLI_YES;
}

/* Asks an agent what is the operator's? */
static bool main_is_agent(struct cli *cli)
{
    struct err e = {""};
    cli->have_paths = paths_find(&cli->paths, cli->dir, &e);
    if (!cli->have_paths)
        return false; /* the verb will say so */
    bool agent = who_asks(&cli->paths) >= 0;
    if (agent)
        cli_error(cli, "that is the operator's to ask; an agent may use status, logs, verify, wait, claim, review, "
                       "veto, mark-done and inbox");
    return agent;
}

static int main_dispatch(struct cli *cli, int argc, char **argv)
{
    int at = 0;
    bool done = false;
    enum cli_exit code = main_global(cli, argc, argv, &at, &done);
    if (done || code != CLI_YES)
        return code;
    cli->verb = cli_verb_find(argv[at]);
    if (!cli->verb)
        return main_unknown(cli, argv[at]);
    cli->argc = argc - at;
    cli->argv = argv + at;
    code = cli_parse(cli, &done);
    if (done || code != CLI_YES)
        return code;
    if (cli->verb->operator_only && main_is_agent(cli))
        return CLI_NO;
    return cli->verb->run(cli);
}

int main(int argc, char **argv)
{
    struct cli cli;
    memset(&cli, 0, sizeof cli);
    main_standard_descriptors();
    mem_hook_cjson();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, told by cli_finish */
    int code = cli_finish(&cli, main_dispatch(&cli, argc, argv));
    cli_clear(&cli);
    return code;
}
