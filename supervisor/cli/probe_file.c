/* file PATH: is it there (or gone), new enough, and does it say what it should? */
#include "supervisor/base/timestamp.h"
#include "supervisor/cli/probe.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

/* The last TEXT_MAX bytes. */
static bool file_text(const char *path, const struct stat *st, struct buf *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char chunk[16384];
    ssize_t n = fd < 0 ? -1 : 0;
    if (fd >= 0 && st->st_size > TEXT_MAX)
        n = lseek(fd, st->st_size - TEXT_MAX, SEEK_SET) < 0 ? -1 : 0;
    while (n >= 0 && text->len < TEXT_MAX && (n = read(fd, chunk, sizeof chunk)) > 0)
        buf_add(text, chunk, (size_t)n);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return n >= 0;
}

enum wait_seen probe_file(struct probe *p, struct buf *said)
{
    const struct wait_spec *s = p->spec;
    struct stat st;
    bool there = stat(s->words[0], &st) == 0;
    if (!there && errno != ENOENT && errno != ENOTDIR) {
        buf_addf(said, "%s", strerror(errno));
        return WAIT_SEEN_ERROR;
    }
    if (!there || s->absent) {
        buf_adds(said, there ? "it is there" : "it is not there");
        return there == s->absent ? WAIT_SEEN_NO : WAIT_SEEN_YES;
    }
    char at[21];
    int64_t ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    timestamp_format(st.st_mtim.tv_sec, at);
    enum wait_seen seen = !s->newer_than || ms > s->newer_than ? WAIT_SEEN_YES : WAIT_SEEN_NO;
    if (!s->ok.set && !s->fail.set) {
        buf_addf(said, "%lld bytes, of %s", (long long)st.st_size, at);
        return seen;
    }
    struct buf text;
    buf_init(&text, 0);
    if (S_ISDIR(st.st_mode) || !file_text(s->words[0], &st, &text)) {
        buf_addf(said, "it can't be read: %s", S_ISDIR(st.st_mode) ? "it is a folder" : strerror(errno));
        seen = WAIT_SEEN_ERROR;
    } else {
        buf_add(said, buf_str(&text), text.len);
        seen = probe_reads(p, seen, &text, false, said);
    }
    buf_clear(&text);
    return seen;
}
