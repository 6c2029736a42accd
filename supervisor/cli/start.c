/* `ccsup start`: everything is checked first; only then something is started. */
#include "supervisor/base/json.h"
#include "supervisor/cli/check.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/link.h"
#include "supervisor/cli/phases.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/cli/spawn.h"
#include "supervisor/cli/start_reset.h"
#include "supervisor/cli/start_service.h"
#include "supervisor/cli/start_wait.h"
#include "supervisor/cli/status_doc.h"
#include "supervisor/cli/view.h"
#include "supervisor/cli/stop_sweep.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "watchdog/phase.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { START_ANSWER_MS = 2000 };

/* Bytes of a file in the state folder, 0 when it is not there. */
static int64_t start_size(const struct cli *cli, const char *name)
{
    char *path = paths_state(&cli->paths, name);
    struct stat st;
    int64_t size = stat(path, &st) == 0 ? st.st_size : 0;
    free(path);
    return size;
}

/* Nobody holds the lock: does a watchdog answer all the same? A connection is no answer: of one that is just being
 * killed
 * the lock goes before the socket. */
static bool start_answers(const struct cli *cli)
{
    struct err e = {""};
    struct link_answer a;
    cJSON *request = cJSON_CreateObject();
    json_add_str(request, "verb", "hello");
    bool answers = link_ask(&cli->paths, request, START_ANSWER_MS, &a, &e);
    cJSON_Delete(request);
    if (answers)
        free(a.text);
    return answers;
}

static void start_say_running(const struct cli *cli, pid_t holder, const char *since)
{
    struct unit u;
    if (unit_find(&cli->paths, &u) && unit_has(&u, holder))
        cli_error(cli, "already running (pid %ld since %s), by systemd: '%s status %s'", (long)holder, since,
                  unit_systemctl(&u), u.name);
    else if (u.name)
        cli_error(cli,
                  "already running (pid %ld since %s), and not by systemd, which has %s for it: 'ccsup stop', then "
                  "'ccsup start'",
                  (long)holder, since, u.name);
    else
        cli_error(cli, "already running (pid %ld since %s)", (long)holder, since);
    unit_clear(&u);
}

/* True when somebody is there already; said. */
static bool start_running(const struct cli *cli)
{
    struct err e = {""};
    pid_t holder = instance_holder(&cli->paths, "watchdog", &e);
    char since[21];
    instance_since(holder, since);
    if (holder > 0 && instance_want(&cli->paths) == INSTANCE_WANT_DOWN)
        cli_error(cli, "it is being stopped (pid %ld); start it when 'ccsup stop' has ended", (long)holder);
    else if (holder > 0)
        start_say_running(cli, holder, since);
    else if (holder < 0)
        cli_error(cli, "%s", e.text);
    if (holder != 0 || !start_answers(cli))
        return holder != 0;
    cli_error(cli, "a watchdog answers on its socket, but %s is not the one that it began with; 'ccsup stop' ends it",
              cli->paths.state);
    return true;
}

/* True when the run is done: its record is printed. A status without a journal is a leftover, no record. */
static bool start_finished(struct cli *cli)
{
    struct status_doc d;
    struct err e = {""};
    bool finished = status_doc_read(&cli->paths, clock_now(), &d, &e) && d.finished && start_size(cli, "journal") > 0;
    if (finished) {
        /* The last watchdog may have died in the middle of the teardown, and a keeper too. */
        stop_sweep_rest(&cli->paths, &cli->config);
        start_say_record(cli, d.json);
    }
    status_doc_clear(&d);
    return finished;
}

/* Is there a message that a receiver has not taken yet? */
static bool start_undelivered(const struct cli *cli)
{
    char *path = paths_state(&cli->paths, "notify/queue");
    DIR *d = cli->config.notify_count ? opendir(path) : NULL;
    bool any = false;
    for (struct dirent *entry; d && !any && (entry = readdir(d));)
        any = *entry->d_name != '.';
    if (d)
        closedir(d);
    free(path);
    return any;
}

/* What the journal says: is there anything to start, and may it be? *done: all phases are over, and that was said. */
static enum cli_exit start_look(struct cli *cli, const char *phase, bool *done)
{
    struct err e = {""};
    struct watchdog w;
    enum cli_exit code = CLI_YES;
    *done = false;
    if (!phases_fold(cli, &w, &e)) {
        cli_error(cli, "%s", e.text);
        code = CLI_UNKNOWN;
    } else if (phase) {
        code = start_reset_confirm(cli, &w, phase);
    } else if (w.missing) {
        phase_missing(w.missing, &e);
        cli_error(cli, "%s", e.text);
        code = CLI_CONFIG;
    } else {
        *done = w.finished && start_finished(cli);
    }
    watchdog_clear(&w);
    return code;
}

/* By systemd where that has a unit for it, else in the background; the wish first. Its pid, 0 when it has ended again,
 * -1: said. */
static pid_t start_watchdog(const struct cli *cli, const char *phase)
{
    struct err e = {""};
    struct unit u;
    pid_t pid = -1;
    bool service = unit_find(&cli->paths, &u), theirs = !phase && start_service_theirs(cli, &u);
    if ((!theirs && !paths_make(&cli->paths, &e)) ||
        ((!theirs || file_exists(cli->paths.state)) && !instance_want_set(&cli->paths, true, &e))) {
        cli_error(cli, "%s", e.text);
    } else if (service && !phase) {
        pid = start_service(cli, &u);
    } else {
        if (service)
            cli_error(cli,
                      "systemd's %s knows no --phase and does not run this watchdog; 'ccsup stop', 'ccsup start' "
                      "hand it over",
                      u.name);
        pid = spawn_watchdog(&cli->paths, phase, &e);
        if (pid < 0)
            cli_error(cli, "%s", e.text);
    }
    unit_clear(&u);
    return pid;
}

/* The preflight asks what we may do; another user's watchdog looks for itself. */
static bool start_is_theirs(const struct cli *cli)
{
    struct unit u;
    bool theirs = unit_find(&cli->paths, &u) && start_service_theirs(cli, &u);
    unit_clear(&u);
    return theirs;
}

int cli_start(struct cli *cli)
{
    const char *phase = NULL;
    bool done;
    spawn_unmark();
    enum cli_exit code = cli_config(cli);
    if (code == CLI_YES)
        code = start_reset_options(cli, &phase);
    if (code == CLI_YES && cli_given(cli, "tmux"))
        code = view_possible(cli);
    if (code == CLI_YES)
        code = check_start(cli);
    if (code != CLI_YES)
        return code;
    if (start_running(cli))
        return instance_holder(&cli->paths, "watchdog", NULL) < 0 ? CLI_UNKNOWN : CLI_OTHER;
    code = start_look(cli, phase, &done);
    if (code == CLI_YES && !done && !cli_given(cli, "no-check") && (phase || !start_is_theirs(cli)))
        code = preflight_start(cli);
    /* One that is done starts nothing; but what an operator was to be told and was not is delivered now. */
    if (code != CLI_YES || (done && !start_undelivered(cli)))
        return code;
    int64_t log_size = start_size(cli, "ccsup.log");
    pid_t pid = start_watchdog(cli, phase);
    if (pid < 0)
        return CLI_NO;
    if (done) {
        cli_say(cli, "what is undelivered is delivered now; 'ccsup status' shows it\n");
        return CLI_YES;
    }
    code = start_wait(cli, pid, log_size);
    if (cli_given(cli, "tmux") && instance_holder(&cli->paths, "watchdog", NULL) != 0)
        view_open(cli);
    return code;
}
