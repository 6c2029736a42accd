#include "supervisor/cli/logs_tail.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes. LOOK_BACK: of a log whose steps are shown no more is read than its end. */
enum { SHOWN_MAX = 4096, CHUNK = 64 * 1024, TURN = 256 * 1024, LOOK_BACK = 64 << 20 };

static void logs_tail_line(void *arg, const char *line, size_t len, bool cut)
{
    struct logs_tail *t = arg;
    if (t->torn) { /* its beginning was not read */
        t->torn = false;
        return;
    }
    if (!t->raw && len && line[0] == '{') {
        struct stream_line l;
        stream_line_read(&l, line, len, cut);
        bool known = l.kind != STREAM_NOT_JSON;
        if (known)
            steps_line(&t->steps, &l, t->prefix, t->tone, t->out);
        stream_line_clear(&l);
        if (known)
            return;
    }
    cut = cut || len > SHOWN_MAX;
    buf_adds(t->out, t->prefix);
    vis_add(t->out, line, len > SHOWN_MAX ? SHOWN_MAX : len);
    buf_adds(t->out, cut ? " [cut]\n" : "\n");
}

void logs_tail_init(struct logs_tail *t, const struct paths *p, const char *role, const char *file, const char *prefix,
                    bool raw, const char *(*tone)(enum steps_tone), struct buf *out)
{
    memset(t, 0, sizeof *t);
    t->folder = paths_role(p, role, "iterations");
    t->file = file;
    t->prefix = prefix;
    t->fd = -1;
    t->left = -1;
    t->out = out;
    t->raw = raw;
    t->tone = tone;
    lines_init(&t->lines, raw ? SHOWN_MAX : STREAM_LINE_MAX, logs_tail_line, t);
}

/* The highest iteration (above = LONG_MAX), or the lowest one above `after`; 0 = none. */
static long logs_tail_find(const struct logs_tail *t, long after, bool highest)
{
    DIR *d = opendir(t->folder);
    long best = 0;
    if (!d)
        return 0;
    for (struct dirent *ent; (ent = readdir(d));) {
        long n = paths_iteration(ent->d_name);
        if (n > after && (!best || (highest ? n > best : n < best)))
            best = n;
    }
    closedir(d);
    return best;
}

/* Opens the file of iteration n; false when it is not there (yet), or no regular file. */
static bool logs_tail_open(struct logs_tail *t, long n)
{
    char *path = file_fmt("%s/%06ld/%s", t->folder, n, t->file);
    int fd = file_open(path, &t->why);
    free(path);
    if (fd < 0)
        return false;
    if (t->fd >= 0)
        close(t->fd);
    t->fd = fd;
    t->iteration = n;
    steps_init(&t->steps);
    return true;
}

/* Moves fd to the beginning of the last `last` lines (-1 = of all); a torn one at the end counts as a line. */
static void logs_tail_seek(struct logs_tail *t, int64_t last, bool bounded)
{
    char *chunk = mem_zalloc(CHUNK);
    struct stat st;
    int fd = t->fd;
    if (fstat(fd, &st) != 0)
        st.st_size = 0;
    off_t at = st.st_size, target = last != 0 ? 0 : st.st_size,
          line = at; /* line: where the earliest known one begins */
    int64_t seen = 0;
    while (last > 0 && at > 0 && target == 0) {
        /* A line without a beginning in reach, as in a file made huge and empty: it is shown from here. */
        if (line - at >= LOOK_BACK) {
            target = at;
            break;
        }
        size_t n = at < CHUNK ? (size_t)at : CHUNK;
        at -= (off_t)n;
        if (pread(fd, chunk, n, at) != (ssize_t)n)
            break;
        for (size_t i = n; i-- > 0;) {
            if (chunk[i] != '\n')
                continue;
            line = at + (off_t)i + 1;
            /* The LF that ends the file ends its last line and begins none. */
            if (line != st.st_size && ++seen == last) {
                target = line;
                break;
            }
        }
    }
    if (t->past && st.st_size > LOOK_BACK) {
        target = st.st_size - LOOK_BACK;
        t->torn = true;
    }
    lseek(fd, target, SEEK_SET);
    if (bounded || t->past)
        t->left = st.st_size - target;
    free(chunk);
}

bool logs_tail_newest(struct logs_tail *t, int64_t last, bool bounded)
{
    long n = logs_tail_find(t, 0, true);
    char first = '\0';
    if (!n || !logs_tail_open(t, n))
        return false;
    t->past = !t->raw && last >= 0 && pread(t->fd, &first, 1, 0) == 1 && first == '{';
    logs_tail_seek(t, t->past ? -1 : last, bounded);
    return true;
}

bool logs_tail_next(struct logs_tail *t)
{
    long n = logs_tail_find(t, t->iteration, false);
    /* A file that is missing (rotated away, never made) is skipped once there is a later one. */
    while (n) {
        while (logs_tail_read(t)) /* it is complete: the next one began after its keeper's end */
            ;
        logs_tail_end(t);
        if (logs_tail_open(t, n))
            return true;
        n = logs_tail_find(t, n, false);
    }
    return false;
}

/* n bytes were read at the beginning of a hole: goes on behind it. False: they are no hole's. */
static bool logs_tail_leap(struct logs_tail *t, ssize_t n)
{
    off_t behind = lseek(t->fd, 0, SEEK_CUR), data = file_data(t->fd, behind - n);
    if (data <= behind - n)
        return false;
    lseek(t->fd, data, SEEK_SET);
    if (t->left >= 0)
        t->left = t->left > data - behind ? t->left - (data - behind) : 0;
    lines_end(&t->lines);
    return true;
}

bool logs_tail_read(struct logs_tail *t)
{
    char chunk[16384];
    size_t total = 0;
    while (t->fd >= 0 && total < TURN) {
        size_t want = t->left >= 0 && t->left < (int64_t)sizeof chunk ? (size_t)t->left : sizeof chunk;
        ssize_t n = want ? read(t->fd, chunk, want) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (t->left >= 0)
            t->left -= n;
        if (!chunk[0] && logs_tail_leap(t, n))
            continue;
        lines_feed(&t->lines, chunk, (size_t)n);
        total += (size_t)n;
    }
    return total > 0;
}

void logs_tail_end(struct logs_tail *t)
{
    lines_end(&t->lines);
}

void logs_tail_close(struct logs_tail *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    lines_clear(&t->lines);
    free(t->folder);
    t->folder = NULL;
}
