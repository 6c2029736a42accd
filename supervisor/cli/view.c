/* `ccsup start --tmux`, `ccsup attach`. */
#include "supervisor/cli/view.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/spawn.h"
#include "supervisor/sys/child.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

enum { VIEW_TMUX_MS = 10000 /* for one command of tmux, which may start its server */ };

/* The session's name; tmux takes the beginning of a name for the name unless it is written "=NAME". */
static char *view_session(const struct cli *cli, bool exact)
{
    return file_fmt("%sccsup-%s", exact ? "=" : "", cli->paths.id);
}

/* Runs tmux with these words (ends with NULL). False: *why says what it said. */
static bool view_tmux(char **why, ...)
{
    struct words argv = {0}, env = {0};
    struct child c;
    va_list ap;
    words_add(&argv, "tmux");
    va_start(ap, why);
    for (const char *word; (word = va_arg(ap, const char *));)
        words_add(&argv, word);
    va_end(ap);
    for (char **entry = environ; *entry; entry++)
        words_add(&env, *entry);
    mode_t mask = umask(0);
    umask(mask);
    struct child_way way = {.env = &env, .deadline = clock_boot() + VIEW_TMUX_MS, .umask = mask, .stop = -1};
    bool ok = child_run(&c, &argv, &way);
    const char *said = buf_str(&c.err);
    *why = ok ? NULL : vis_dup(said, strcspn(said, "\n"), 200);
    child_clear(&c);
    words_clear(&argv);
    words_clear(&env);
    return ok;
}

enum cli_exit view_possible(struct cli *cli)
{
    char *why;
    bool ok = view_tmux(&why, "-V", NULL);
    if (!ok)
        cli_error(cli, "tmux can't be run (%s); install it, or use 'ccsup status --watch' and 'ccsup logs -f'", why);
    free(why);
    return ok ? CLI_YES : CLI_NO;
}

static bool view_there(const struct cli *cli)
{
    char *why, *session = view_session(cli, true);
    bool there = view_tmux(&why, "has-session", "-t", session, NULL);
    free(why);
    free(session);
    return there;
}

/* The status first, so that it is what somebody who attaches sees. */
static bool view_make(const struct cli *cli, char **why)
{
    char *name = view_session(cli, false), *config = file_fmt("CCSUP_CONFIG=%s", cli->paths.config);
    char *exe = file_join(cli->paths.exe, "ccsup"), *window = file_fmt("=%s:", name);
    bool ok = view_tmux(why, "new-session", "-d", "-s", name, "-n", "status", "-e", config, "-c", cli->paths.root, exe,
                        "status", "--watch", NULL);
    for (int role = 0; ok && role < ROLES; role++)
        ok = view_tmux(why, "new-window", "-d", "-t", window, "-n", role_name((enum role)role), "-e", config, "-c",
                       cli->paths.root, exe, "logs", "-f", role_name((enum role)role), NULL);
    free(name);
    free(config);
    free(exe);
    free(window);
    return ok;
}

enum cli_exit view_open(struct cli *cli)
{
    char *why = NULL;
    child_prepare();
    bool ok = view_there(cli) || view_make(cli, &why);
    if (ok)
        cli_say(cli, "tmux: session ccsup-%s, with the status and both logs; 'ccsup attach' shows it\n", cli->paths.id);
    else
        cli_error(cli, "tmux: %s; the run goes on without it", why);
    free(why);
    return ok ? CLI_YES : CLI_NO;
}

int cli_attach(struct cli *cli)
{
    spawn_unmark();
    enum cli_exit code = cli_paths(cli);
    if (code == CLI_YES)
        code = view_possible(cli);
    if (code != CLI_YES)
        return code;
    if (instance_holder(&cli->paths, "watchdog", NULL) == 0) {
        cli_error(cli, "not running; start it with 'ccsup start'");
        return CLI_UNKNOWN;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        cli_error(cli, "needs a terminal; 'ccsup status' and 'ccsup logs' do not");
        return CLI_NO;
    }
    char *why = NULL;
    child_prepare();
    if (!view_there(cli) && !view_make(cli, &why)) {
        cli_error(cli, "tmux: %s", why);
        free(why);
        return CLI_NO;
    }
    char *session = view_session(cli, true);
    /* Within tmux a client can't attach to another session; the one that we are in shows it. */
    const char *verb = getenv("TMUX") ? "switch-client" : "attach-session";
    signal(SIGPIPE, SIG_DFL);
    execlp("tmux", "tmux", verb, "-t", session, (char *)NULL);
    cli_error(cli, "tmux can't be run: %s", strerror(errno));
    free(session);
    return CLI_NO;
}
