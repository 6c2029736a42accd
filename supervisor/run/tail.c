/* Follows one iteration's out.log, from byte 0 also after an adoption; agents/output says what its bytes mean.
 * inotify says that there is more; it is read at most a few times a second, in bounded pieces, so that a flood neither
 * spins nor blocks the loop. */
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/zone.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_EVERY_MS = 250, TAIL_ERR_MAX = 4096, TAIL_PROGRESS_MS = 5000, TAIL_PUSH_MS = 2000 };

/* One event for whatever was seen in one reading, and not one after the other: what an agent prints must not drive
 * us. */
static void tail_pushed(struct tail *t)
{
    int64_t now = clock_boot();
    if (!t->output.pushed || (t->pushed_at && now - t->pushed_at < TAIL_PUSH_MS))
        return;
    t->output.pushed = false;
    t->pushed_at = now;
    struct watchdog_event ev = {.kind = EVENT_POLL_SOON};
    run_enqueue(t->run, &ev);
}

/* The core hears of progress now and then: a stall is told apart by minutes, and each event is a line on the disk. Of
 * another kind of life it hears at once: other bounds hold then. */
static void tail_progress(struct tail *t)
{
    int64_t now = clock_boot(), every = t->run->config->agents[t->role].policy.idle_timeout / 10;
    enum agent_live live = output_live(&t->output);
    bool soon = t->told_at && now - t->told_at < (every < TAIL_PROGRESS_MS ? every : TAIL_PROGRESS_MS);
    if (!t->output.progress || (soon && live == t->live))
        return;
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .role = t->role,
                                .agent = {.kind = AGENT_EV_PROGRESS, .live = live, .answered = t->output.answered}};
    t->told_at = now;
    t->live = live;
    t->output.progress = t->output.answered = false;
    run_enqueue(t->run, &ev);
}

/* Reads what is there, at most one turn's worth; true when there may be more. */
static bool tail_read(struct tail *t)
{
    char chunk[OUTPUT_PIECE];
    int64_t before = t->output.bytes;
    bool more = true;
    while (t->output.bytes - before < OUTPUT_TURN) {
        ssize_t n = pread(t->fd, chunk, sizeof chunk, t->output.bytes);
        if (n <= 0) {
            more = false;
            break;
        }
        output_feed(&t->output, chunk, (size_t)n);
    }
    if (t->output.bytes != before && !t->past) {
        watchdog_activity(&t->run->core, t->role, t->output.bytes, t->output.last);
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

static void tail_open(struct tail *t, int iteration)
{
    tail_stop(t);
    char *dir = paths_role(t->run->paths, role_name(t->role), "iterations");
    char *path = file_fmt("%s/%06d/out.log", dir, iteration);
    t->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (t->fd >= 0) {
        t->told_at = 0;
        t->live = LIVE_SILENT;
        output_init(&t->output, t->run->config->branch);
        if (!t->past)
            uv_fs_event_start(&t->event, tail_changed, path, 0);
    }
    free(path);
    free(dir);
}

void tail_start(struct tail *t, int iteration)
{
    tail_open(t, iteration);
    if (t->fd >= 0)
        uv_timer_start(&t->again, tail_again, 1, 0);
}

void tail_past(struct tail *t, int iteration)
{
    t->past = true;
    tail_open(t, iteration);
    tail_stop(t);
    t->past = false;
}

void tail_stop(struct tail *t)
{
    if (t->fd < 0)
        return;
    while (tail_read(t))
        ;
    output_end(&t->output);
    if (!t->past)
        watchdog_activity(&t->run->core, t->role, t->output.bytes, t->output.last);
    struct stat st;
    t->written_at = fstat(t->fd, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : 0;
    uv_fs_event_stop(&t->event);
    uv_timer_stop(&t->again);
    output_clear(&t->output);
    close(t->fd);
    t->fd = -1;
}

/* The end of err.log; "" when there is none. */
static void tail_err(const struct tail *t, int iteration, char out[TAIL_ERR_MAX + 1])
{
    char *dir = paths_role(t->run->paths, role_name(t->role), "iterations");
    char *path = file_fmt("%s/%06d/err.log", dir, iteration);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t n = fd >= 0 ? pread(fd, out, TAIL_ERR_MAX, size > TAIL_ERR_MAX ? size - TAIL_ERR_MAX : 0) : 0;
    out[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
    free(path);
    free(dir);
}

void tail_said(struct tail *t, int iteration, struct said *said, char text[256])
{
    char err[TAIL_ERR_MAX + 1];
    struct ending e;
    tail_err(t, iteration, err);
    ending_read(&e, &t->output.transcript, err);
    ending_said(said, &e, &t->output.transcript,
                e.outcome == OUTCOME_USAGE_LIMIT ? zone_next(&e.limit, t->written_at ? t->written_at : clock_now())
                                                 : 0);
    snprintf(text, 256, "%s", e.text);
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
