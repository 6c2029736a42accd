/* The link to one role's keeper: start it, hear of it, ask it. A keeper that was born and one that was found at the
 * start
 * are the same from the moment its socket is connected. docs/interfaces.md, "ccsup-keep". */
#include "agents/environment.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include "watchdog/adoption.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

extern char **environ;

enum { KEEPER_LINE_MAX = 4096, ADOPT_WAIT_MS = 5000, EXIT_JSON_MAX = 1 << 20 };

static const char *keeper_role(const struct keeper *k)
{
    return role_name(k->role);
}

static char *keeper_file(const struct keeper *k, int iteration, const char *name)
{
    char *dir = paths_role(k->run->paths, keeper_role(k), "iterations");
    char *path = file_fmt("%s/%06d/%s", dir, iteration, name);
    free(dir);
    return path;
}

/* A record of the iteration as JSON, or NULL. */
static cJSON *keeper_record(const struct keeper *k, int iteration, const char *name)
{
    char *path = keeper_file(k, iteration, name);
    struct buf b;
    buf_init(&b, 0);
    cJSON *json = file_read(path, EXIT_JSON_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    free(path);
    return json;
}

static void keeper_start_failed(struct keeper *k, enum agent_why why, const char *text)
{
    *k->tried = '\0';
    struct watchdog_event ev = {
        .kind = EVENT_AGENT, .role = k->role, .agent = {.kind = AGENT_EV_START_FAILED, .why = why}, .text = text};
    run_enqueue(k->run, &ev);
}

/* --- the end ----------------------------------------------------------------------------------------------- */

/* Its socket is closed: what happened is in exit.json; without one the keeper was killed. */
static void keeper_ended(struct keeper *k)
{
    tail_stop(&k->run->tails[k->role]);
    cJSON *json = keeper_record(k, k->iteration, "exit.json");
    struct exit_record record;
    bool known = json && exit_record_parse(&record, json);
    cJSON_Delete(json);
    k->pid = k->agent_pid = 0;
    if (!k->greeted) {
        /* It reported ready and died before its first word; it had no go, so nothing was started. */
        if (!k->abandoned)
            keeper_start_failed(k, WHY_NONE, "its keeper ended before it said a word");
        return;
    }
    k->greeted = false;
    struct watchdog_event ev = {.kind = EVENT_AGENT, .role = k->role};
    ev.agent.kind = known ? AGENT_EV_EXITED : AGENT_EV_KEEPER_LOST;
    ev.agent.iteration = k->iteration;
    *k->tried = '\0';
    if (known) {
        ev.agent.exit = &record;
        if (k->born && record.end != END_EXEC_FAILED && record.started_at)
            memcpy(k->tried, k->fence, sizeof k->tried);
        if (record.leftovers)
            run_log(k->run, "%s: iteration %d left %d process%s behind, killed: %s", keeper_role(k), k->iteration,
                    record.leftovers, record.leftovers == 1 ? "" : "es", record.leftover_names);
    }
    run_enqueue(k->run, &ev);
}

static bool keeper_handles(const struct keeper *k)
{
    return k->pipe_open || k->process_open || k->report_open;
}

/* A handle has closed: a start that waited for the last one may go on. */
static void keeper_let_go(struct keeper *k)
{
    if (!k->next || keeper_handles(k))
        return;
    char *prompt = k->next;
    k->next = NULL;
    if (!k->run->ending)
        keeper_spawn(k, prompt);
    free(prompt);
}

static void keeper_pipe_closed(uv_handle_t *h)
{
    struct keeper *k = h->data;
    k->pipe_open = false;
    lines_clear(&k->lines);
    keeper_ended(k);
    keeper_let_go(k);
}

static void keeper_close_pipe(struct keeper *k)
{
    if (k->pipe_open && !uv_is_closing((uv_handle_t *)&k->pipe))
        uv_close((uv_handle_t *)&k->pipe, keeper_pipe_closed);
}

/* --- its socket -------------------------------------------------------------------------------------------- */

static void keeper_greeting(struct keeper *k, const char *rest)
{
    long pid;
    int iteration;
    char state[16], fence[16] = "";
    if (sscanf(rest, "%ld %d %15s %15s", &pid, &iteration, state, fence) < 3)
        return;
    k->pid = (pid_t)pid;
    memcpy(k->fence, fence, sizeof k->fence);
    k->iteration = iteration;
    if (k->greeted)
        return;
    k->greeted = true;
    struct watchdog_event ev = {.kind = EVENT_AGENT, .role = k->role};
    ev.agent.kind = AGENT_EV_READY;
    ev.agent.iteration = iteration;
    run_enqueue(k->run, &ev);
    tail_start(&k->run->tails[k->role], iteration);
}

static void keeper_line(void *arg, const char *line, size_t n, bool cut)
{
    struct keeper *k = arg;
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)n, line);
    if (cut)
        return;
    if (strncmp(text, "keeper ", 7) == 0) {
        keeper_greeting(k, text + 7);
    } else if (strncmp(text, "running ", 8) == 0) {
        k->agent_pid = (pid_t)atol(text + 8);
        if (k->run->written == k->run->core.generation)
            record_status_soon(k->run);
        else
            run_settle(k->run);
    } else if (strncmp(text, "refused", 7) == 0) {
        run_log(k->run, "%s: its keeper refused: %s", keeper_role(k), text + 7);
    }
}

static void run_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    (void)h;
    (void)suggested;
    *buf = uv_buf_init(mem_zalloc(4096), 4096);
}

static void keeper_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct keeper *k = s->data;
    if (n > 0)
        lines_feed(&k->lines, buf->base, (size_t)n);
    else if (n < 0)
        keeper_close_pipe(k);
    free(buf->base);
}

static int keeper_connect(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        return -1;
    strcpy(a.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Connects to the role's socket; on a unix socket that is done at once. */
static bool keeper_open(struct keeper *k, int fd)
{
    if (fd < 0) {
        char *path = paths_socket(k->run->paths, keeper_role(k));
        fd = keeper_connect(path);
        free(path);
    }
    if (fd < 0)
        return false;
    uv_pipe_init(&k->run->loop, &k->pipe, 0);
    k->pipe.data = k;
    k->pipe_open = true;
    lines_init(&k->lines, KEEPER_LINE_MAX, keeper_line, k);
    uv_pipe_open(&k->pipe, fd);
    uv_read_start((uv_stream_t *)&k->pipe, run_buffer, keeper_read);
    return true;
}

void keeper_say(struct keeper *k, const char *word)
{
    if (!k->pipe_open || uv_is_closing((uv_handle_t *)&k->pipe))
        return;
    char line[16];
    uv_buf_t buf = uv_buf_init(line, (unsigned)snprintf(line, sizeof line, "%s\n", word));
    /* A word of five bytes fits any socket buffer; if it does not, the deadline of the state takes the next step. */
    if (uv_try_write((uv_stream_t *)&k->pipe, &buf, 1) < 0)
        run_log(k->run, "%s: its keeper does not take '%s'", keeper_role(k), word);
}

/* --- birth ------------------------------------------------------------------------------------------------- */

/* The first process has said its line: taken as soon as it is whole, for its end takes longer than the agent's
 * start can
 * wait. Without a line: when it has ended. */
static void keeper_reported(struct keeper *k)
{
    bool whole = k->said.len && k->said.data[k->said.len - 1] == '\n';
    if (k->heard || (!whole && (k->process_open || k->report_open)))
        return;
    k->heard = true;
    if (k->abandoned) { /* the core has gone on without it */
        buf_clear(&k->said);
        return;
    }
    char *said = vis_dup(buf_str(&k->said), k->said.len - whole, 240);
    if (strncmp(said, "ready ", 6) == 0) {
        if (!keeper_open(k, -1))
            keeper_start_failed(k, WHY_NONE, "its keeper's socket can't be reached");
    } else if (strncmp(said, "busy", 4) == 0) {
        keeper_start_failed(k, WHY_NONE, "another keeper of this role is alive");
    } else if (strncmp(said, "survivors ", 10) == 0) {
        const char *sentence = strchr(said + 10, ' ');
        keeper_start_failed(k, WHY_SURVIVORS, sentence ? sentence + 1 : said);
    } else if (strncmp(said, "failed ", 7) == 0) {
        keeper_start_failed(k, WHY_NONE, said + 7);
    } else {
        keeper_start_failed(k, WHY_NONE, "ccsup-keep ended without a report");
    }
    free(said);
    buf_clear(&k->said);
}

static void keeper_process_closed(uv_handle_t *h)
{
    struct keeper *k = h->data;
    k->process_open = false;
    keeper_reported(k);
    keeper_let_go(k);
}

static void keeper_report_closed(uv_handle_t *h)
{
    struct keeper *k = h->data;
    k->report_open = false;
    keeper_reported(k);
    keeper_let_go(k);
}

static void keeper_exited(uv_process_t *p, int64_t status, int signal)
{
    (void)status; /* what counts is its line */
    (void)signal;
    uv_close((uv_handle_t *)p, keeper_process_closed);
}

static void keeper_report(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct keeper *k = s->data;
    if (n > 0 && !k->heard) {
        buf_add(&k->said, buf->base, (size_t)n);
        keeper_reported(k);
    } else if (n < 0) {
        uv_close((uv_handle_t *)s, keeper_report_closed);
    }
    free(buf->base);
}

static void keeper_environment(struct keeper *k, struct words *env)
{
    const struct config_agent *a = &k->run->config->agents[k->role];
    const struct environment_rules rules = {.env = &a->env, .pass = &a->env_pass, .deny = &a->env_deny};
    struct words own = {0};
    char *clone = paths_data(k->run->paths, keeper_role(k), "gitconfig"),
         *tmp = paths_tmp(k->run->paths, keeper_role(k));
    const char *path = getenv("PATH");
    char *entries[] = {
        file_fmt("CCSUP_CONFIG=%s", k->run->paths->config),
        file_fmt("CCSUP_ROLE=%s", keeper_role(k)),
        file_fmt("CCSUP_BRANCH=%s", k->run->config->branch),
        file_fmt("CCSUP_PHASE=%s", k->run->config->phases[k->run->core.phase].id),
        file_fmt("GIT_CONFIG_GLOBAL=%s", clone),
        file_fmt("GIT_TERMINAL_PROMPT=0"),
        file_fmt("TMPDIR=%s", tmp),
        file_fmt("PATH=%s:%s", k->run->paths->exe, path && *path ? path : "/usr/local/bin:/usr/bin:/bin"),
    };
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        words_add(&own, entries[i]);
        free(entries[i]);
    }
    environment_build(environ, &rules, &own, env);
    words_clear(&own);
    free(clone);
    free(tmp);
}

static void keeper_run_id(char out[33])
{
    unsigned char raw[16];
    if (getrandom(raw, sizeof raw, 0) != sizeof raw)
        abort();
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static void keeper_arguments(struct keeper *k, struct words *argv)
{
    const struct paths *p = k->run->paths;
    const struct config_agent *a = &k->run->config->agents[k->role];
    char id[33];
    keeper_run_id(id);
    char *values[] = {
        paths_program(p, "ccsup-keep"),
        file_fmt("--state"),
        mem_strdup(p->state),
        file_fmt("--role"),
        mem_strdup(keeper_role(k)),
        file_fmt("--socket"),
        paths_socket(p, keeper_role(k)),
        file_fmt("--clone"),
        paths_data(p, keeper_role(k), "clone"),
        file_fmt("--tmp"),
        paths_tmp(p, keeper_role(k)),
        file_fmt("--run-id"),
        mem_strdup(id),
        file_fmt("--grace"),
        file_fmt("%lld", (long long)a->policy.grace),
        file_fmt("--orphan-timeout"),
        file_fmt("%lld", (long long)k->run->config->orphan_timeout),
        file_fmt("--fence"),
        mem_strdup(a->fence),
        file_fmt("--leftovers"),
        mem_strdup(a->leftovers),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        words_add(argv, values[i]);
        free(values[i]);
    }
    if (*a->user) {
        words_add(argv, "--user");
        words_add(argv, a->user);
    }
    if (*k->tried) {
        words_add(argv, "--tried");
        words_add(argv, k->tried);
    }
    words_add(argv, "--");
    for (size_t i = 0; i < a->command.n; i++)
        words_add(argv, a->command.at[i]);
}

void keeper_spawn(struct keeper *k, const char *prompt)
{
    struct run *run = k->run;
    struct words argv = {0}, env = {0};
    struct err e = {0};
    if (keeper_handles(k)) { /* of the last keeper; keeper_let_go comes back here */
        mem_set(&k->next, prompt);
        return;
    }
    /* Nobody reads it before the keeper that is started here; mostly the last one has made both, empty. */
    char *next = paths_role(run->paths, keeper_role(k), "next"), *file = file_join(next, "prompt.md");
    bool put = file_put(file, prompt, strlen(prompt), 0600, NULL) ||
               (file_mkdirs(next, 0700, &e) && file_put(file, prompt, strlen(prompt), 0600, &e));
    free(next);
    free(file);
    if (!put) {
        keeper_start_failed(k, WHY_NONE, e.text);
        return;
    }
    k->abandoned = k->heard = false;
    k->born = true;
    keeper_arguments(k, &argv);
    keeper_environment(k, &env);
    buf_init(&k->said, 1024);
    uv_pipe_init(&run->loop, &k->report, 0);
    k->report.data = k->process.data = k;
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE), .data.stream = (uv_stream_t *)&k->report},
        {.flags = UV_INHERIT_FD, .data.fd = run->log},
    };
    uv_process_options_t o = {
        .file = argv.at[0], .args = argv.at, .env = env.at, .exit_cb = keeper_exited, .stdio = stdio, .stdio_count = 3};
    int rc = uv_spawn(&run->loop, &k->process, &o);
    k->process_open = k->report_open = true;
    if (rc != 0) {
        buf_addf(&k->said, "failed cannot run %s: %s", argv.at[0], uv_strerror(rc));
        uv_close((uv_handle_t *)&k->process, keeper_process_closed);
        uv_close((uv_handle_t *)&k->report, keeper_report_closed);
    } else {
        uv_read_start((uv_stream_t *)&k->report, run_buffer, keeper_report);
    }
    words_clear(&argv);
    words_clear(&env);
}

/* --- force ------------------------------------------------------------------------------------------------- */

void keeper_destroy(struct keeper *k)
{
    char *lock = paths_lock(k->run->paths, keeper_role(k));
    pid_t pid = 0;
    int fd = lock_holder_pidfd(lock, &pid);
    if (fd >= 0) {
        run_log(k->run, "%s: its keeper (pid %ld) does not end; killing it", keeper_role(k), (long)pid);
        pidfd_send_signal(fd, SIGKILL, NULL, 0);
        close(fd);
    } else {
        /* Nobody holds the lock: it is gone already, and its EOF was missed or is on its way. */
        keeper_close_pipe(k);
    }
    free(lock);
}

void keeper_abandon(struct keeper *k)
{
    if (k->process_open && uv_is_active((uv_handle_t *)&k->process))
        uv_process_kill(&k->process, SIGKILL);
    k->abandoned = true;
    k->greeted = false;
    mem_set(&k->next, NULL);
    keeper_close_pipe(k);
    keeper_destroy(k);
}

/* --- adoption ---------------------------------------------------------------------------------------------- */

/* The greeting of the keeper at fd within the time, without what follows it; false when none comes. */
static bool keeper_hear(int fd, int64_t until, char *line, size_t size)
{
    size_t n = 0;
    while (n + 1 < size) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = until - clock_boot();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0 || read(fd, line + n, 1) != 1)
            return false;
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
        n++;
    }
    return false;
}

/* Waits until nobody holds the role's lock. */
static void keeper_wait_gone(const char *lock, int64_t until)
{
    while (lock_holder(lock, NULL) > 0 && clock_boot() < until)
        poll(NULL, 0, 10);
}

void keeper_adopt(struct keeper *k)
{
    char *lock = paths_lock(k->run->paths, keeper_role(k)), *socket_path = paths_socket(k->run->paths, keeper_role(k));
    char line[256] = "", state[16] = "", fence[16] = "";
    long pid = 0;
    int iteration = 0, fd = -1;
    int64_t until = clock_boot() + ADOPT_WAIT_MS;
    bool locked = lock_holder(lock, NULL) > 0, answers = false;
    /* A keeper that has just taken its lock may not listen yet. */
    while (locked && !answers && clock_boot() < until && lock_holder(lock, NULL) > 0) {
        fd = keeper_connect(socket_path);
        answers = fd >= 0 && keeper_hear(fd, until, line, sizeof line) &&
                  sscanf(line, "keeper %ld %d %15s %15s", &pid, &iteration, state, fence) >= 3;
        if (!answers) {
            if (fd >= 0)
                close(fd);
            fd = -1;
            poll(NULL, 0, 50);
        }
    }
    locked = lock_holder(lock, NULL) > 0;
    switch (adoption_decide(locked, answers, strcmp(state, "ready") != 0)) {
    case ADOPTION_NONE: break;
    case ADOPTION_ADOPT: {
        cJSON *keep = keeper_record(k, iteration, "keep.json");
        struct watchdog_event ev = {.kind = EVENT_AGENT, .role = k->role};
        ev.agent.kind = AGENT_EV_FOUND;
        ev.agent.iteration = iteration;
        ev.agent.at = json_int(keep, "created_at", clock_now());
        cJSON_Delete(keep);
        k->pid = (pid_t)pid;
        memcpy(k->fence, fence, sizeof k->fence);
        k->iteration = iteration;
        k->greeted = true;
        keeper_open(k, fd);
        fd = -1;
        run_log(k->run, "%s: adopted iteration %d under keeper %ld", keeper_role(k), iteration, pid);
        run_enqueue(k->run, &ev);
        tail_start(&k->run->tails[k->role], iteration);
        break;
    }
    case ADOPTION_END:
        if (write(fd, "kill\n", 5) == 5)
            keeper_wait_gone(lock, clock_boot() + ADOPT_WAIT_MS);
        break;
    case ADOPTION_KILL:
        keeper_destroy(k);
        keeper_wait_gone(lock, clock_boot() + ADOPT_WAIT_MS);
        break;
    }
    if (!k->greeted)
        past_restore(k->run, k->role);
    if (fd >= 0)
        close(fd);
    free(lock);
    free(socket_path);
}

void keeper_init(struct run *run, enum role role)
{
    struct keeper *k = &run->keepers[role];
    memset(k, 0, sizeof *k);
    k->run = run;
    k->role = role;
}
