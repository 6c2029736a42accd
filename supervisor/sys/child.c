#include "supervisor/sys/child.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/reap.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_OUT_MAX = 4 << 20, CHILD_ERR_MAX = 64 << 10 };

void child_prepare(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* In the child: never returns. Only async-signal-safe calls. */
static void child_exec(const struct words *argv, const struct child_way *way, pid_t parent, const int *fds)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    if (way->own_group)
        setpgid(0, 0);
    if (way->mask)
        sigprocmask(SIG_SETMASK, way->mask, NULL);
    umask(way->umask);
    int null = open(way->input ? way->input : "/dev/null", O_RDONLY);
    if (null >= 0 && dup2(null, 0) == 0 && dup2(fds[0], 1) == 1 && dup2(fds[1], 2) == 2) {
        if (null > 2)
            close(null);
        execvpe(argv->at[0], argv->at, way->env->at);
    }
    int saved = errno;
    ssize_t unused = write(fds[2], &saved, sizeof saved);
    (void)unused;
    _exit(127);
}

static bool pipe_open(int fds[2])
{
    fds[0] = fds[1] = -1;
    return pipe2(fds, O_CLOEXEC) == 0;
}

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Takes what is there now, 1 MiB at most so that an endless talker can't hide the deadline. Closes at the
 * end. */
static void fd_drain(int *fd, struct buf *b)
{
    char chunk[16384];
    for (int rounds = 0; *fd >= 0 && rounds < 64; rounds++) {
        ssize_t n = read(*fd, chunk, sizeof chunk);
        if (n > 0)
            buf_add(b, chunk, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            return;
        else
            fd_close(fd);
    }
}

/* Reads both pipes until the process ends, the deadline comes or somebody wants us to stop. True when it ended. */
static bool child_watch(struct child *c, int pidfd, int *out, int *err, const struct child_way *way)
{
    fcntl(*out, F_SETFL, O_NONBLOCK);
    fcntl(*err, F_SETFL, O_NONBLOCK);
    for (;;) {
        int64_t left = way->deadline - clock_boot();
        if (left <= 0)
            return false;
        struct pollfd p[4] = {
            {pidfd, POLLIN, 0}, {*out, POLLIN, 0}, {*err, POLLIN, 0}, {way->own_group ? way->stop : -1, POLLIN, 0}};
        if (poll(p, 4, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR)
            return false;
        if (p[3].revents)
            return false;
        /* What the process said is in the pipes by the time that its end shows. Their own end may be far off:
         * a daemon that it left behind (a credential cache) may hold them. */
        fd_drain(out, &c->out);
        fd_drain(err, &c->err);
        if (p[0].revents)
            return true;
    }
}

static pid_t child_fork(const struct words *argv, const struct child_way *way, int *out, int *err, int *exec_errno)
{
    int po[2], pe[2], px[2];
    pid_t parent = getpid(), pid = -1;
    bool piped = pipe_open(po);
    piped = pipe_open(pe) && piped;
    piped = pipe_open(px) && piped;
    *exec_errno = 0;
    if (piped && (pid = fork()) == 0)
        child_exec(argv, way, parent, (int[]){po[1], pe[1], px[1]});
    if (pid < 0)
        *exec_errno = errno;
    fd_close(&po[1]);
    fd_close(&pe[1]);
    fd_close(&px[1]);
    while (pid > 0 && read(px[0], exec_errno, sizeof *exec_errno) < 0 && errno == EINTR)
        ;
    fd_close(&px[0]);
    *out = po[0];
    *err = pe[0];
    return pid;
}

bool child_run(struct child *c, const struct words *argv, const struct child_way *way)
{
    memset(c, 0, sizeof *c);
    buf_init(&c->out, CHILD_OUT_MAX);
    buf_init(&c->err, CHILD_ERR_MAX);
    c->code = -1;
    int out, err, failed, status = 0;
    pid_t pid = child_fork(argv, way, &out, &err, &failed);
    if (pid > 0 && !failed) {
        int pidfd = pidfd_open(pid, 0);
        c->timed_out = pidfd < 0 || !child_watch(c, pidfd, &out, &err, way);
        if (c->timed_out)
            reap_all(pid, pidfd, way->own_group);
        fd_drain(&out, &c->out);
        fd_drain(&err, &c->err);
        fd_close(&pidfd);
    }
    fd_close(&out);
    fd_close(&err);
    if (pid > 0 && !c->timed_out) {
        if (way->own_group)
            kill(-pid, SIGKILL); /* what it left behind; not reaped, it keeps the group's number */
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        c->code = failed ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (failed)
        buf_addf(&c->err, "cannot run %s: %s\n", argv->at[0], strerror(failed));
    while (waitpid(-1, NULL, WNOHANG) > 0) /* orphans that ended */
        ;
    return c->code == 0;
}

void child_clear(struct child *c)
{
    buf_clear(&c->out);
    buf_clear(&c->err);
}
