#include "supervisor/sys/file.h"
#include "supervisor/base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file_kind(const struct stat *st)
{
    return S_ISDIR(st->st_mode) ? "a folder" : "a special file";
}

int file_open(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(e, "cannot read %s: %s", path, errno == ELOOP ? "it is a link, not a file" : strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        err_set(e, "cannot read %s: it is %s, not a file", path, file_kind(&st));
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

int file_open_ours(const char *path, int flags, struct err *e)
{
    int fd = open(path, flags | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0600);
    struct stat st;
    /* Who inherits it must not wonder about O_NONBLOCK. */
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fcntl(fd, F_SETFL, flags & O_APPEND) == 0)
        return fd;
    if (fd >= 0)
        err_set(e, "%s is %s, not a file: move it away", path, file_kind(&st));
    else if (errno == ELOOP || errno == ENXIO || errno == EISDIR)
        err_set(e, "%s is %s, not a file: move it away", path,
                errno == ELOOP    ? "a link"
                : errno == EISDIR ? "a folder"
                                  : "a special file");
    else
        err_set(e, "cannot open %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int64_t file_data(int fd, int64_t at)
{
    struct stat st;
    off_t data = lseek(fd, at, SEEK_DATA);
    if (data >= 0)
        return data;
    return errno == ENXIO && fstat(fd, &st) == 0 && st.st_size > at ? st.st_size : at;
}

bool file_read(const char *path, size_t max, struct buf *b, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(e, "cannot read %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool ok = false;
    if (!S_ISREG(st.st_mode)) {
        err_set(e, "cannot read %s: it is %s, not a file", path, file_kind(&st));
    } else {
        char chunk[65536];
        size_t total = 0, before = b->len;
        bool fits = true;
        ssize_t n;
        while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)) {
            if (n < 0)
                continue;
            total += (size_t)n;
            if (total > max || !(fits = buf_add(b, chunk, (size_t)n)))
                break;
        }
        if (total > max || !fits)
            err_set(e, "cannot read %s: it is larger than %zu bytes", path, fits ? max : b->max - before);
        else if (n < 0)
            err_set(e, "cannot read %s: %s", path, strerror(errno));
        else
            ok = true;
        if (!ok && b->len > before) {
            b->len = before; /* all or nothing */
            b->data[before] = '\0';
        }
    }
    close(fd);
    return ok;
}

bool file_write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

bool file_put(const char *path, const void *data, size_t n, mode_t mode, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode);
    struct stat st;
    /* Not O_TRUNC: on ext4 the close of a file that was truncated, even an empty one, waits for its blocks. */
    bool ok =
        fd >= 0 && fstat(fd, &st) == 0 && (st.st_size == 0 || ftruncate(fd, 0) == 0) && file_write_all(fd, data, n);
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (!ok)
        err_set(e, "cannot write %s: %s", path, strerror(saved));
    return ok;
}

/* Puts the rename itself on the disk. */
static void file_sync_parent(const char *path)
{
    char *dir = mem_strdup(path);
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = '\0';
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

/* Root works in a user's folder (it stops his instance, say): what it makes there must be his, or he can't read it. */
static bool file_give(int fd, const char *path)
{
    struct stat st;
    char *dir = mem_strdup(path), *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = '\0';
    bool ok =
        geteuid() != 0 || stat(slash ? dir : ".", &st) != 0 || st.st_uid == 0 || fchown(fd, st.st_uid, st.st_gid) == 0;
    free(dir);
    return ok;
}

bool file_replace(const char *path, const void *data, size_t n, mode_t mode, bool sync, struct err *e)
{
    char *tmp = file_fmt("%s.new.%ld", path, (long)getpid());
    unlink(tmp); /* of a process of that pid that died here: its rights are not ours */
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool ok = fd >= 0 && file_give(fd, path) && file_write_all(fd, data, n) && (!sync || fsync(fd) == 0);
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (ok && rename(tmp, path) != 0) {
        ok = false;
        saved = errno;
    }
    if (!ok) {
        err_set(e, "cannot write %s: %s", path, strerror(saved));
        if (fd >= 0)
            unlink(tmp);
    } else if (sync) {
        file_sync_parent(path);
    }
    free(tmp);
    return ok;
}

bool file_mkdirs(const char *path, mode_t mode, struct err *e)
{
    char *p = mem_strdup(path);
    int why = *p ? 0 : ENOENT;
    for (char *s = p + (*p != '\0'); *s && !why; s++)
        if (*s == '/') {
            *s = '\0';
            if (mkdir(p, mode) != 0 && errno != EEXIST)
                why = errno;
            *s = '/';
        }
    struct stat st;
    if (!why && mkdir(path, mode) != 0 && errno != EEXIST)
        why = errno;
    if (!why && stat(path, &st) != 0)
        why = errno;
    if (!why && !S_ISDIR(st.st_mode))
        why = ENOTDIR;
    if (why)
        err_set(e, "cannot make the folder %s: %s", path, strerror(why));
    free(p);
    return !why;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *file_fmt(const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 0);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    return buf_take(&b);
}

char *file_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    return file_fmt("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}
