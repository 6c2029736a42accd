/* The link to one role's keeper: hear of it, ask it, force it. A keeper that was born (birth.c) and one that was found
 * at the start (adopt.c) are the same from the moment its socket is connected. docs/interfaces.md, "ccsup-keep". */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { KEEPER_LINE_MAX = 4096, EXIT_JSON_MAX = 1 << 20 };

const char *keeper_role(const struct keeper *k)
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

cJSON *keeper_record(const struct keeper *k, int iteration, const char *name)
{
    char *path = keeper_file(k, iteration, name);
    struct buf b;
    buf_init(&b, 0);
    cJSON *json = file_read(path, EXIT_JSON_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    free(path);
    return json;
}

void keeper_start_failed(struct keeper *k, enum agent_why why, const char *text)
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
    struct tail *tail = &k->run->tails[k->role];
    char text[256];
    tail_stop(tail);
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
    ev.agent.answered = tail->output.answered;
    tail_said(tail, k->iteration, &ev.agent.said, text);
    ev.text = text;
    if (known) {
        ev.agent.exit = &record;
        if (record.end == END_EXEC_FAILED)
            *k->tried = '\0';
        if (record.leftovers)
            run_log(k->run, "%s: iteration %d left %d process%s behind, killed: %s", keeper_role(k), k->iteration,
                    record.leftovers, record.leftovers == 1 ? "" : "es", record.leftover_names);
    }
    run_enqueue(k->run, &ev);
}

static bool keeper_handles(const struct keeper *k)
{
    return k->pipe_open || k->process_open || k->report_open || k->begin_open;
}

void keeper_let_go(struct keeper *k)
{
    if (k->next && !keeper_handles(k)) {
        char *prompt = k->next;
        k->next = NULL;
        if (!k->run->ending)
            keeper_spawn(k, prompt, k->next_session, k->next_parked);
        free(prompt);
    }
    keeper_stock(k);
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

bool keeper_has(const struct keeper *k, int iteration)
{
    char *folder = keeper_file(k, iteration, "");
    bool has = iteration > 0 && file_exists(folder);
    free(folder);
    return has;
}

static void keeper_greeting(struct keeper *k, const char *rest)
{
    int iteration;
    char state[16], fence[16] = "";
    if (sscanf(rest, "%*d %d %15s %15s", &iteration, state, fence) < 2)
        return;
    if (!keeper_has(k, iteration)) {
        run_log(k->run, "%s: who answers on its keeper's socket names iteration %d, which is not there: not heard",
                keeper_role(k), iteration);
        keeper_close_pipe(k);
        return;
    }
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
        if (k->born)
            memcpy(k->tried, k->fence, sizeof k->tried);
        keeper_stock(k);
        if (k->run->written == k->run->core.generation)
            record_status_soon(k->run);
        else
            run_settle(k->run);
    } else if (strcmp(text, "over") == 0) {
        k->over = k->iteration;
    } else if (strncmp(text, "refused", 7) == 0) {
        run_log(k->run, "%s: its keeper refused: %s", keeper_role(k), text + 7);
    }
}

void keeper_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
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

int keeper_connect(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        return -1;
    strcpy(a.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

pid_t keeper_peer(const struct keeper *k, int fd)
{
    struct ucred who;
    socklen_t n = sizeof who;
    char *lock = paths_lock(k->run->paths, keeper_role(k));
    bool holds =
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && who.pid > 1 && lock_holder(lock, NULL) == who.pid;
    free(lock);
    return holds ? who.pid : 0;
}

bool keeper_open(struct keeper *k, int fd)
{
    if (fd < 0) {
        char *path = paths_socket(k->run->paths, keeper_role(k));
        fd = keeper_connect(path);
        free(path);
    }
    k->pid = fd < 0 ? 0 : keeper_peer(k, fd);
    if (!k->pid) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    uv_pipe_init(&k->run->loop, &k->pipe, 0);
    k->pipe.data = k;
    k->pipe_open = true;
    lines_init(&k->lines, KEEPER_LINE_MAX, keeper_line, k);
    uv_pipe_open(&k->pipe, fd);
    uv_read_start((uv_stream_t *)&k->pipe, keeper_buffer, keeper_read);
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

void keeper_init(struct run *run, enum role role)
{
    struct keeper *k = &run->keepers[role];
    memset(k, 0, sizeof *k);
    k->run = run;
    k->role = role;
}

void keeper_clear(struct keeper *k)
{
    free(k->next);
    buf_clear(&k->said);
    words_clear(&k->argv);
    words_clear(&k->env);
}
