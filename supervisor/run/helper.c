/* One short-lived helper (ccsup-git, ccsup-http): request on its stdin, one JSON line back, killed with its whole group
 * at the deadline. Nothing that a server does can reach the loop. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/run/internal.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The answer of a poll holds the verdict lines of a REVIEW file of at most 64 MiB. */
enum { HELPER_ANSWER_MAX = 96 << 20 };
/* Its own deadline comes first, so that the answer has words; this is for a helper that hangs itself. */
enum { HELPER_SLACK_MS = 3000, HELPER_ARGS = 5 };

static void helper_closed(uv_handle_t *handle)
{
    struct helper *h = handle->data;
    if (--h->open)
        return;
    h->running = false;
    cJSON *answer = h->timed_out ? NULL : json_parse(buf_str(&h->answer), h->answer.len);
    snprintf(h->problem, sizeof h->problem, "%s %s", h->program,
             h->timed_out ? "did not end at its deadline and was killed" : "ended without an answer");
    buf_clear(&h->answer);
    free(h->request);
    h->request = NULL;
    h->done(h, answer, answer ? NULL : h->problem);
    cJSON_Delete(answer);
}

static void helper_close(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, helper_closed);
}

void helper_kill(struct helper *h)
{
    if (h->running && h->process.pid > 0 && uv_is_active((uv_handle_t *)&h->process))
        kill(-h->process.pid, SIGKILL);
}

void helper_term(struct helper *h)
{
    if (h->running && h->process.pid > 0 && uv_is_active((uv_handle_t *)&h->process))
        kill(h->process.pid, SIGTERM);
}

static void helper_deadline(uv_timer_t *t)
{
    struct helper *h = t->data;
    h->timed_out = true;
    helper_kill(h);
}

static void helper_exited(uv_process_t *p, int64_t status, int signal)
{
    struct helper *h = p->data;
    (void)signal;
    h->status = (int)status;
    /* Its group goes with it: a git of its that hangs must not hold the pipe open. Its pid is still ours (not yet
     * closed), so the group's number can't be another's. */
    kill(-p->pid, SIGKILL);
    helper_close((uv_handle_t *)p);
    helper_close((uv_handle_t *)&h->deadline);
    helper_close((uv_handle_t *)&h->in);
}

static void helper_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(mem_zalloc(65536), 65536);
}

static void helper_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct helper *h = s->data;
    if (n > 0)
        buf_add(&h->answer, buf->base, (size_t)n);
    else if (n < 0)
        helper_close((uv_handle_t *)s);
    free(buf->base);
}

static void helper_written(uv_write_t *w, int status)
{
    struct helper *h = w->data;
    (void)status;
    helper_close((uv_handle_t *)&h->in);
}

void helper_start(struct helper *h, struct run *run, const char *const *argv, cJSON *request, int64_t timeout_ms,
                  void (*done)(struct helper *h, const cJSON *answer, const char *problem))
{
    enum role role = h->role;
    memset(h, 0, sizeof *h);
    h->run = run;
    h->role = role;
    h->done = done;
    h->program = argv[0];
    h->running = true;
    h->open = 4;
    h->request = json_print(request);
    cJSON_Delete(request);
    buf_init(&h->answer, HELPER_ANSWER_MAX);
    uv_pipe_init(&run->loop, &h->in, 0);
    uv_pipe_init(&run->loop, &h->out, 0);
    uv_timer_init(&run->loop, &h->deadline);
    h->in.data = h->out.data = h->deadline.data = h->process.data = h->write.data = h;

    char *program = paths_program(run->paths, argv[0]), *args[HELPER_ARGS] = {program};
    for (int i = 1; i < HELPER_ARGS - 1 && argv[i]; i++)
        args[i] = (char *)(uintptr_t)argv[i];
    uv_stdio_container_t stdio[3] = {
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE), .data.stream = (uv_stream_t *)&h->in},
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE), .data.stream = (uv_stream_t *)&h->out},
        {.flags = UV_INHERIT_FD, .data.fd = run->log},
    };
    uv_process_options_t o = {.file = program,
                              .args = args,
                              .exit_cb = helper_exited,
                              .stdio = stdio,
                              .stdio_count = 3,
                              .flags = UV_PROCESS_DETACHED}; /* its own group, to be killed as one */
    int rc = uv_spawn(&run->loop, &h->process, &o);
    if (rc != 0) {
        run_log(run, "cannot run %s: %s", program, uv_strerror(rc));
        helper_close((uv_handle_t *)&h->process);
        helper_close((uv_handle_t *)&h->deadline);
        helper_close((uv_handle_t *)&h->in);
        helper_close((uv_handle_t *)&h->out);
    } else {
        uv_buf_t buf = uv_buf_init(h->request, (unsigned)strlen(h->request));
        uv_read_start((uv_stream_t *)&h->out, helper_buffer, helper_read);
        if (uv_write(&h->write, (uv_stream_t *)&h->in, &buf, 1, helper_written) != 0)
            helper_close((uv_handle_t *)&h->in);
        uv_timer_start(&h->deadline, helper_deadline, (uint64_t)(timeout_ms + HELPER_SLACK_MS), 0);
    }
    free(program);
}
