#include "supervisor/sys/file.h"
#include "supervisor/base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
        err_set(e, "cannot read %s: it is %s, not a file", path, S_ISDIR(st.st_mode) ? "a folder" : "a special file");
    } else {
        char chunk[65536];
        size_t total = 0;
        ssize_t n;
        while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)) {
            if (n < 0)
                continue;
            total += (size_t)n;
            if (total > max)
                break;
            buf_add(b, chunk, (size_t)n);
        }
        if (total > max)
            err_set(e, "cannot read %s: it is larger than %zu bytes", path, max);
        else if (n < 0)
            err_set(e, "cannot read %s: %s", path, strerror(errno));
        else
            ok = true;
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

bool file_replace(const char *path, const void *data, size_t n, mode_t mode, bool sync, struct err *e)
{
    char *tmp = file_fmt("%s.new.%ld", path, (long)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    bool ok = fd >= 0 && file_write_all(fd, data, n) && (!sync || fsync(fd) == 0);
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
    for (char *s = p + 1; *s; s++)
        if (*s == '/') {
            *s = '\0';
            if (mkdir(p, mode) != 0 && errno != EEXIST)
                break;
            *s = '/';
        }
    struct stat st;
    bool ok = (mkdir(path, mode) == 0 || errno == EEXIST) && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (!ok)
        err_set(e, "cannot make the folder %s: %s", path, strerror(errno == EEXIST ? ENOTDIR : errno));
    free(p);
    return ok;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int file_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    remove(path);
    return 0;
}

bool file_remove_tree(const char *path)
{
    nftw(path, file_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    struct stat st;
    return lstat(path, &st) != 0 && errno == ENOENT;
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
    return file_fmt("%s/%s", dir, name);
}
