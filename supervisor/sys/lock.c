#include "supervisor/sys/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

static struct flock lock_whole(short type)
{
    struct flock f;
    memset(&f, 0, sizeof f);
    f.l_type = type;
    f.l_whence = SEEK_SET;
    return f;
}

/* Who holds it, by F_GETLK's answer. A holder outside of our PID namespace has no pid here: the kernel says 0, which is
 * somebody all the same. */
static pid_t lock_pid(const struct flock *f, const char *path, struct err *e)
{
    if (f->l_pid > 0)
        return f->l_pid;
    err_set(e, "the lock %s is held by a process that cannot be seen from here (another container?)", path);
    return -1;
}

int lock_take(const char *path, pid_t *holder, struct err *e)
{
    *holder = 0;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        err_set(e, "cannot open the lock %s: %s", path, strerror(errno));
        return -1;
    }
    for (int tries = 0; tries < 100; tries++) {
        struct flock f = lock_whole(F_WRLCK);
        if (fcntl(fd, F_SETLK, &f) == 0)
            return fd;
        if (errno != EAGAIN && errno != EACCES)
            break;
        f = lock_whole(F_WRLCK);
        if (fcntl(fd, F_GETLK, &f) == 0 && f.l_type != F_UNLCK) {
            *holder = lock_pid(&f, path, e);
            close(fd);
            return -1;
        }
    }
    err_set(e, "cannot take the lock %s: %s", path, strerror(errno));
    close(fd);
    return -1;
}

/* To ask the kernel for a lock needs no right to write: the disk may be read-only by now. */
static int lock_look(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

pid_t lock_holder(const char *path, struct err *e)
{
    int fd = lock_look(path);
    if (fd < 0 && errno == ENOENT)
        return 0;
    struct flock f = lock_whole(F_WRLCK);
    pid_t pid = 0;
    if (fd < 0 || fcntl(fd, F_GETLK, &f) != 0) {
        err_set(e, "cannot look at the lock %s: %s", path, strerror(errno));
        pid = -1;
    } else if (f.l_type != F_UNLCK) {
        pid = lock_pid(&f, path, e);
    }
    if (fd >= 0)
        close(fd);
    return pid;
}

bool lock_hidden(const char *path)
{
    int fd = lock_look(path);
    struct flock f = lock_whole(F_WRLCK);
    bool hidden = fd >= 0 && fcntl(fd, F_GETLK, &f) == 0 && f.l_type != F_UNLCK && f.l_pid <= 0;
    if (fd >= 0)
        close(fd);
    return hidden;
}

int lock_holder_pidfd(const char *path, pid_t *pid)
{
    for (int tries = 0; tries < 10; tries++) {
        pid_t p = lock_holder(path, NULL);
        if (p <= 0)
            return -1;
        int fd = pidfd_open(p, 0);
        if (fd < 0)
            continue;
        if (lock_holder(path, NULL) == p) {
            if (pid)
                *pid = p;
            return fd;
        }
        close(fd);
    }
    return -1;
}

void lock_wake(const char *path)
{
    int fd = lock_holder_pidfd(path, NULL);
    if (fd >= 0) {
        pidfd_send_signal(fd, SIGCONT, NULL, 0);
        close(fd);
    }
}
