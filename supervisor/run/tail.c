/* Follows one iteration's out.log, from byte 0 also after an adoption; agents/output says what its bytes mean.
 * inotify says that there is more; it is read at most a few times a second, in bounded pieces, so that a flood neither
 * spins nor blocks the loop.
 *
 * The file is the agent's to write, and to make sparse, endless, or something else than a file: no byte of a hole is
 * read, and after TAIL_WHOLE bytes of one iteration only the newest TAIL_LAST are, so that its end (Claude's result
 * line) is read all the same. What is left out then depends on when we look; what is read before does not. */
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/zone.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_EVERY_MS = 250, TAIL_ERR_MAX = 4096, TAIL_PROGRESS_MS = 5000, TAIL_PUSH_MS = 2000 };
enum { TAIL_WHOLE = 64 << 20, TAIL_LAST = 4 << 20 }; /* bytes */

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
    if (t->output.answered) /* whose answer it was: usage limits go by it */
        snprintf(ev.agent.said.model, sizeof ev.agent.said.model, "%s", t->output.transcript.model);
    t->told_at = now;
    t->live = live;
    t->output.progress = t->output.answered = false;
    run_enqueue(t->run, &ev);
}

/* So much has been read that of the rest only the newest counts; *end: what is the log's end now. */
static bool tail_full(const struct tail *t, int64_t *end)
{
    struct stat st;
    *end = fstat(t->fd, &st) == 0 ? st.st_size : t->at;
    return t->output.bytes >= TAIL_WHOLE;
}

/* Goes on at an offset further on. torn: that is in the midst of a line. */
static void tail_leap(struct tail *t, int64_t at, bool torn)
{
    output_end(&t->output);
    t->at = at;
    t->torn = torn;
}

static void tail_feed(struct tail *t, const char *data, size_t n)
{
    t->at += (int64_t)n;
    const char *lf = t->torn ? memchr(data, '\n', n) : NULL;
    if (t->torn && !lf)
        return;
    size_t skip = lf ? (size_t)(lf + 1 - data) : 0;
    t->torn = false;
    output_feed(&t->output, data + skip, n - skip);
}

/* Reads what is there before `end` (-1 = all), at most one turn's worth; true when there may be more. */
static bool tail_read(struct tail *t, int64_t end)
{
    char chunk[OUTPUT_PIECE];
    int64_t before = t->at, size;
    if (tail_full(t, &size) && size - t->at > TAIL_LAST) {
        if (!t->leapt)
            run_log(t->run, "%s: iteration %d has printed more than %d MiB; of the rest only the newest is looked at",
                    role_name(t->role), t->iteration, TAIL_WHOLE >> 20);
        t->leapt = true;
        tail_leap(t, size - TAIL_LAST, true);
    }
    bool more = true;
    for (size_t turn = 0; more && turn < OUTPUT_TURN;) {
        size_t want = end >= 0 && end - t->at < OUTPUT_PIECE ? (size_t)(end > t->at ? end - t->at : 0) : sizeof chunk;
        ssize_t n = want ? pread(t->fd, chunk, want, t->at) : 0;
        int64_t data = n > 0 && !chunk[0] ? file_data(t->fd, t->at) : t->at;
        more = n > 0;
        turn += more ? (size_t)n : 0;
        if (data > t->at)
            tail_leap(t, data, false);
        else if (more)
            tail_feed(t, chunk, (size_t)n);
    }
    t->output.answered = t->output.answered && t->at > t->known;
    if (t->at != before && !t->past) {
        watchdog_activity(&t->run->core, t->role, t->at, t->output.last);
        tail_progress(t);
        tail_pushed(t);
        record_status_soon(t->run);
    }
    return more;
}

/* What stood there, then what has come since, as tail_read reads it up to `end`. */
static bool tail_on(struct tail *t, int64_t end)
{
    if (t->at >= t->known)
        return tail_read(t, end);
    if (!tail_read(t, t->known)) /* the log is shorter than it was */
        t->known = t->at;
    return true;
}

static void tail_again(uv_timer_t *h)
{
    struct tail *t = h->data;
    if (t->fd >= 0 && tail_on(t, -1))
        uv_timer_start(&t->again, tail_again, t->leapt ? TAIL_EVERY_MS : 1, 0);
}

static void tail_changed(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct tail *t = h->data;
    (void)name;
    (void)events;
    if (status == 0 && t->fd >= 0 && !uv_is_active((uv_handle_t *)&t->again))
        uv_timer_start(&t->again, tail_again, TAIL_EVERY_MS, 0);
}

/* The log or err.log for reading, -1 when there is none. What is no regular file is not waited for, and is said. */
static int tail_file(const struct tail *t, int iteration, const char *name, char **path)
{
    char *dir = paths_role(t->run->paths, role_name(t->role), "iterations");
    *path = file_fmt("%s/%06d/%s", dir, iteration, name);
    struct err e = {""};
    int fd = file_open(*path, &e);
    if (fd < 0 && file_exists(*path))
        run_log(t->run, "%s: iteration %d: %s", role_name(t->role), iteration, e.text);
    free(dir);
    return fd;
}

static void tail_open(struct tail *t, int iteration)
{
    char *path;
    tail_stop(t);
    t->fd = tail_file(t, iteration, "out.log", &path);
    t->iteration = iteration;
    struct stat st;
    t->told_at = t->at = t->written_at = 0;
    t->known = t->fd >= 0 && fstat(t->fd, &st) == 0 ? st.st_size : 0;
    t->leapt = t->torn = false;
    t->live = LIVE_SILENT;
    output_init(&t->output, t->run->config->branch);
    if (t->fd >= 0 && !t->past)
        uv_fs_event_start(&t->event, tail_changed, path, 0);
    free(path);
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
    struct stat st;
    if (t->fd < 0)
        return;
    /* Up to what is its end now: what an agent leaves behind may write on. */
    for (int64_t end = fstat(t->fd, &st) == 0 ? st.st_size : 0; tail_on(t, end);)
        ;
    output_end(&t->output);
    if (!t->past)
        watchdog_activity(&t->run->core, t->role, t->at, t->output.last);
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
    char *path;
    int fd = tail_file(t, iteration, "err.log", &path);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t n = fd >= 0 ? pread(fd, out, TAIL_ERR_MAX, size > TAIL_ERR_MAX ? size - TAIL_ERR_MAX : 0) : 0;
    out[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
    free(path);
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
    said->parked = keeper_parked(&t->run->keepers[t->role]);
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
