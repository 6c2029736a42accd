/* Follows one iteration's out.log: what is known of an iteration is a function of its log, folded from byte 0 also
 * after
 * an adoption. inotify says that there is more; it is read at most a few times a second, in bounded pieces, so that a
 * flood neither spins nor blocks the loop. */
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a line only its beginning is looked at, so no more of it is kept. */
enum {
    TAIL_EVERY_MS = 250,
    TAIL_TURN_BYTES = 4 << 20,
    TAIL_LINE_MAX = 64 << 10,
    TAIL_SHOWN = 200,
    TAIL_PROGRESS_MS = 5000,
    TAIL_PUSH_MS = 2000
};

static void tail_line(void *arg, const char *line, size_t n, bool cut)
{
    struct tail *t = arg;
    (void)cut;
    size_t i = 0;
    while (i < n && (line[i] == ' ' || line[i] == '\t'))
        i++;
    if (i == n)
        return; /* blank lines tell nothing */
    free(t->last);
    t->last = vis_dup(line + i, n - i, TAIL_SHOWN);
    /* git's report of a push, "abc..def  main -> main": look at the repository at once. */
    if (n < 400 && strstr(t->last, "-> ") && strstr(t->last, t->run->config->branch))
        t->pushed = true;
}

/* One event for whatever was seen in one reading, and not one after the other: what an agent prints must not drive
 * us. */
static void tail_pushed(struct tail *t)
{
    int64_t now = clock_boot();
    if (!t->pushed || (t->pushed_at && now - t->pushed_at < TAIL_PUSH_MS))
        return;
    t->pushed = false;
    t->pushed_at = now;
    struct watchdog_event ev = {.kind = EVENT_POLL_SOON};
    run_enqueue(t->run, &ev);
}

/* The core hears of progress now and then: a stall is told apart by minutes, and each event is a line on the disk. */
static void tail_progress(struct tail *t)
{
    int64_t now = clock_boot(), every = t->run->config->agents[t->role].policy.idle_timeout / 10;
    if (t->told_at && now - t->told_at < (every < TAIL_PROGRESS_MS ? every : TAIL_PROGRESS_MS))
        return;
    t->told_at = now;
    run_agent_event(t->run, t->role, AGENT_EV_PROGRESS);
}

/* Reads what is there, at most one turn's worth; true when there may be more. */
static bool tail_read(struct tail *t)
{
    char chunk[65536];
    int64_t before = t->offset;
    bool more = true;
    while (t->offset - before < TAIL_TURN_BYTES) {
        ssize_t n = pread(t->fd, chunk, sizeof chunk, t->offset);
        if (n <= 0) {
            more = false;
            break;
        }
        t->offset += n;
        lines_feed(&t->lines, chunk, (size_t)n);
    }
    if (t->offset != before) {
        watchdog_activity(&t->run->core, t->role, t->offset, t->last);
        tail_progress(t);
        tail_pushed(t);
        record_status_soon(t->run);
    }
    return more;
}

static void tail_again(uv_timer_t *h)
{
    struct tail *t = h->data;
    if (t->fd >= 0 && tail_read(t))
        uv_timer_start(&t->again, tail_again, 1, 0);
}

static void tail_changed(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct tail *t = h->data;
    (void)name;
    (void)events;
    if (status == 0 && t->fd >= 0 && !uv_is_active((uv_handle_t *)&t->again))
        uv_timer_start(&t->again, tail_again, TAIL_EVERY_MS, 0);
}

void tail_start(struct tail *t, int iteration)
{
    tail_stop(t);
    char *dir = paths_role(t->run->paths, role_name(t->role), "iterations");
    char *path = file_fmt("%s/%06d/out.log", dir, iteration);
    t->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (t->fd >= 0) {
        t->offset = t->told_at = 0;
        lines_init(&t->lines, TAIL_LINE_MAX, tail_line, t);
        uv_fs_event_start(&t->event, tail_changed, path, 0);
        uv_timer_start(&t->again, tail_again, 1, 0);
    }
    free(path);
    free(dir);
}

void tail_stop(struct tail *t)
{
    if (t->fd < 0)
        return;
    while (tail_read(t))
        ;
    lines_end(&t->lines);
    watchdog_activity(&t->run->core, t->role, t->offset, t->last);
    uv_fs_event_stop(&t->event);
    uv_timer_stop(&t->again);
    lines_clear(&t->lines);
    close(t->fd);
    t->fd = -1;
    mem_set(&t->last, NULL);
}

void tail_init(struct run *run, enum role role)
{
    struct tail *t = &run->tails[role];
    memset(t, 0, sizeof *t);
    t->run = run;
    t->role = role;
    t->fd = -1;
    uv_fs_event_init(&run->loop, &t->event);
    uv_timer_init(&run->loop, &t->again);
    t->event.data = t->again.data = t;
}
