#include "supervisor/cli/start_wait.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/spawn.h"
#include "supervisor/cli/status_doc.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 60000, EACH_MS = 50 };

/* How far an agent is, worst last. */
enum start_state { START_FINE, START_COMING, START_TRYING, START_OPERATOR };

static enum start_state start_judge(const cJSON *agent, int64_t written_at)
{
    const char *state = json_str(agent, "state", ""), *why = json_str(agent, "why", "");
    if (strcmp(state, "HELD") == 0)
        return START_OPERATOR;
    if (strcmp(state, "RUNNING") == 0 || (strcmp(state, "DOWN") == 0 && json_bool(agent, "paused", false)))
        return START_FINE;
    if (strcmp(state, "WAITING") != 0)
        return START_COMING;
    if (strcmp(why, "BACKOFF") == 0)
        return START_TRYING;
    if (strcmp(why, "AUTHENTICATION") == 0 || strcmp(why, "BILLING") == 0)
        return START_OPERATOR;
    /* Its time had come when this was written: it is about to start. */
    if (strcmp(why, "PACE") == 0 && json_int(agent, "deadline", 0) <= written_at)
        return START_COMING;
    /* START_LIMIT: a good agent waits for room, USAGE_LIMIT: for its end, both by themselves; a failing one is held. */
    static const char *const fine[] = {"PACE", "NO_WORK", "START_LIMIT", "USAGE_LIMIT"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (strcmp(why, fine[i]) == 0)
            return START_FINE;
    return START_COMING;
}

static void start_add(struct buf *out, const char *before, const char *text)
{
    if (!*text)
        return;
    buf_adds(out, before);
    vis_add(out, text, strlen(text));
}

static void start_line(const cJSON *agent, enum start_state state, struct buf *out)
{
    start_add(out, "", json_str(agent, "role", "agent"));
    start_add(out, ": ", json_str(agent, "state", "?"));
    if (strcmp(json_str(agent, "state", ""), "RUNNING") == 0)
        buf_addf(out, ", iteration %lld", (long long)json_int(agent, "iteration", 0));
    else
        start_add(out, ", ", json_bool(agent, "paused", false) ? "paused" : json_str(agent, "why_text", ""));
    if (state == START_TRYING || state == START_OPERATOR)
        start_add(out, ": ", json_str(agent, "last_text", ""));
    buf_adds(out, "\n");
}

/* One line per agent; the worst state of all. No agents yet: COMING. */
static enum start_state start_look(const struct status_doc *d, struct buf *lines)
{
    const cJSON *agent = NULL, *agents = json_get(d->json, "agents");
    enum start_state worst = START_FINE;
    int n = 0;
    cJSON_ArrayForEach(agent, agents)
    {
        enum start_state one = start_judge(agent, json_int(d->json, "written_at", 0));
        worst = one > worst ? one : worst;
        start_line(agent, one, lines);
        n++;
    }
    return n < ROLES ? START_COMING : worst;
}

/* What the watchdog wrote since `from`, its last 2 KiB, on standard error. */
static void start_show_log(const struct cli *cli, int64_t from)
{
    enum { SHOWN = 2048 };
    char *path = paths_state(&cli->paths, "ccsup.log"), text[SHOWN];
    int fd = file_open(path, NULL);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    if (end > from) {
        off_t at = end - from > SHOWN ? end - SHOWN : (off_t)from;
        ssize_t n = pread(fd, text, sizeof text, at);
        for (ssize_t i = 0, k; i < n; i = k + 1) {
            for (k = i; k < n && text[k] != '\n';)
                k++;
            if (k > i)
                cli_error(cli, "%.*s", (int)(k - i), text + i);
        }
    }
    if (fd >= 0)
        close(fd);
    free(path);
}

void start_say_record(struct cli *cli, const cJSON *status)
{
    struct status_view view = {.width = 0, .color = false, .alive = STATUS_STOPPED};
    struct buf text;
    buf_init(&text, 0);
    status_text(status, clock_now(), &view, &text);
    cli_out(cli, &text);
    buf_clear(&text);
}

static int start_ended(struct cli *cli, pid_t pid, int status, int64_t log_size)
{
    struct err e = {""};
    struct status_doc d;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : CLI_NO;
    pid_t other = instance_holder(&cli->paths, "watchdog", NULL);
    bool finished = code == CLI_YES && status_doc_read(&cli->paths, clock_now(), &d, &e) && d.finished;
    if (finished)
        start_say_record(cli, d.json);
    if (code == CLI_YES)
        status_doc_clear(&d);
    if (finished)
        return CLI_YES;
    if (code == CLI_OTHER || other > 0) {
        cli_error(cli, "already running (pid %ld)", (long)other);
        return CLI_OTHER;
    }
    start_show_log(cli, log_size);
    if (instance_want(&cli->paths) == INSTANCE_WANT_DOWN)
        cli_error(cli, "stopped again while it was starting");
    else if (WIFSIGNALED(status))
        cli_error(cli, "the watchdog (pid %ld) was killed by signal %d", (long)pid, WTERMSIG(status));
    else
        cli_error(cli, "the watchdog (pid %ld) ended with code %d before it was up", (long)pid, code);
    return code == CLI_CONFIG ? CLI_CONFIG : CLI_NO;
}

/* An operator must act, or it keeps trying: the lines, what is needed, and what the watchdog does meanwhile. */
static int start_not_up(struct cli *cli, const struct status_doc *d, const struct buf *lines, bool needs)
{
    const cJSON *need = NULL;
    cli_out(cli, lines);
    cJSON_ArrayForEach(need, json_get(d->json, "needs"))
    {
        if (cJSON_IsString(need))
            cli_error(cli, "%s", need->valuestring);
    }
    if (needs)
        cli_error(cli, "an operator must act; the watchdog (pid %ld) stays, 'ccsup status' shows it", (long)d->pid);
    else
        cli_error(cli, "the watchdog (pid %ld) keeps trying, 'ccsup status' shows it", (long)d->pid);
    return needs ? CLI_OPERATOR : CLI_NO;
}

/* The watchdog speaks: are we done waiting? *code then is the answer. */
static bool start_settled(struct cli *cli, const struct status_doc *d, int *code)
{
    struct buf lines;
    buf_init(&lines, 64 * 1024);
    enum start_state state = start_look(d, &lines);
    const cJSON *error = json_get(json_get(d->json, "repo"), "error");
    bool end = true;
    if (d->finished && json_bool(d->json, "delivering", false)) {
        *code = CLI_YES; /* nothing runs but what tells of it */
    } else if (d->finished) {
        end = false; /* it ends by itself, and start_ended shows the record: nothing runs when we return */
    } else if (state == START_FINE) {
        cli_out(cli, &lines);
        *code = CLI_YES;
    } else if (state == START_COMING && error) {
        cli_error(cli, "the repository can't be read: %s; the watchdog (pid %ld) keeps trying",
                  json_str(error, "text", json_str(error, "code", "no reason given")), (long)d->pid);
        *code = CLI_NO;
    } else if (state != START_COMING || d->needs) {
        *code = start_not_up(cli, d, &lines, d->needs);
    } else {
        end = false;
    }
    buf_clear(&lines);
    return end;
}

/* A watchdog that is not our child has ended when it holds the lock no more; with what code, its parent knows. */
static bool start_gone(const struct cli *cli, pid_t pid)
{
    siginfo_t info;
    bool child = pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    return !child && (pid <= 0 || instance_holder(&cli->paths, "watchdog", NULL) != pid);
}

int start_wait(struct cli *cli, pid_t pid, int64_t log_size)
{
    int64_t until = clock_boot() + WAIT_MS, generation = -2;
    while (clock_boot() < until) {
        struct status_doc d;
        int status = 0, code = CLI_NO;
        /* Asked first: what it wrote before its end is then in the files. */
        bool ended = spawn_ended(pid, &status) || start_gone(cli, pid);
        bool readable = status_doc_read(&cli->paths, clock_now(), &d, NULL);
        bool news = readable && d.json && d.pid == pid && d.generation != generation;
        generation = news ? d.generation : generation;
        bool settled = news && !ended && start_settled(cli, &d, &code);
        status_doc_clear(&d);
        if (ended)
            return start_ended(cli, pid, status, log_size);
        if (settled)
            return code;
        instance_nap(EACH_MS);
    }
    struct buf lines;
    struct status_doc d;
    buf_init(&lines, 64 * 1024);
    if (status_doc_read(&cli->paths, clock_now(), &d, NULL) && d.pid == pid)
        start_look(&d, &lines);
    status_doc_clear(&d);
    cli_out(cli, &lines);
    buf_clear(&lines);
    cli_error(cli, "not settled after %d s; the watchdog (pid %ld) goes on: 'ccsup status' shows it", WAIT_MS / 1000,
              (long)pid);
    return CLI_UNKNOWN;
}
