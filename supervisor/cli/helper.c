#include "supervisor/cli/helper.h"
#include "supervisor/sys/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUT_MAX = 32 << 20, ERR_MAX = 4096 };

/* The ends that we keep, all non-blocking. */
struct helper {
    pid_t pid;
    int in, out, err; /* -1 = closed */
    int signals;      /* signalfd of what ends us */
    sigset_t before;
};

static void helper_shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* In the child, after fork: only what is safe there. */
static void helper_exec(const char *program, const char *dir, const int fds[3], const sigset_t *mask, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    for (int i = 0; i < 3; i++)
        if (dup2(fds[i], i) < 0)
            _exit(127);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (chdir(dir) == 0)
        execl(program, program, (char *)NULL);
    _exit(127);
}

static bool helper_spawn(struct helper *h, const char *program, const char *dir, struct err *e)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    pid_t parent = getpid();
    bool ok = pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
    h->pid = ok ? fork() : -1;
    if (h->pid == 0) {
        const int fds[3] = {in[0], out[1], err[1]};
        helper_exec(program, dir, fds, &h->before, parent);
    }
    if (h->pid > 0)
        setpgid(h->pid, h->pid); /* both do it: the group exists before either needs it */
    else
        err_set(e, "cannot run %s: %s", program, strerror(errno));
    helper_shut(&in[0]);
    helper_shut(&out[1]);
    helper_shut(&err[1]);
    h->in = in[1];
    h->out = out[0];
    h->err = err[0];
    if (h->pid > 0) {
        fcntl(h->in, F_SETFL, O_NONBLOCK);
        fcntl(h->out, F_SETFL, O_NONBLOCK);
        fcntl(h->err, F_SETFL, O_NONBLOCK);
    }
    return h->pid > 0;
}

/* Reads what is there; closes at the end of the stream. */
static void helper_read(int *fd, struct buf *into)
{
    char chunk[16384];
    ssize_t n = read(*fd, chunk, sizeof chunk);
    if (n > 0)
        buf_add(into, chunk, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        helper_shut(fd);
}

/* Moves bytes until both outputs are closed; 0, else ETIME: the deadline passed, EFBIG: it says too much, EINTR: a
 * signal wants us to end. */
static int helper_talk(struct helper *h, const char *request, int64_t until, struct buf *out, struct buf *err)
{
    size_t sent = 0, total = strlen(request);
    while (h->out >= 0 || h->err >= 0) {
        int64_t left = until - clock_boot();
        struct pollfd f[] = {{.fd = h->in, .events = POLLOUT},
                             {.fd = h->out, .events = POLLIN},
                             {.fd = h->err, .events = POLLIN},
                             {.fd = h->signals, .events = POLLIN}};
        if (left <= 0)
            return ETIME;
        if (poll(f, 4, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR)
            return errno;
        if (f[3].revents)
            return EINTR;
        if (f[0].revents) {
            ssize_t n = write(h->in, request + sent, total - sent);
            sent += n > 0 ? (size_t)n : 0;
            if (sent == total || (n < 0 && errno != EAGAIN && errno != EINTR))
                helper_shut(&h->in);
        }
        if (f[1].revents)
            helper_read(&h->out, out);
        if (f[2].revents)
            helper_read(&h->err, err);
        if (out->full)
            return EFBIG;
    }
    return 0;
}

/* Waits for its end, kills the rest of its group, reaps it. The zombie keeps the group's number ours meanwhile. */
static int helper_reap(struct helper *h, int64_t until)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid(P_PID, (id_t)h->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0 &&
           clock_boot() < until)
        poll(NULL, 0, 2);
    int status = -1;
    kill(-h->pid, SIGKILL);
    while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* The last line of what it said on stderr. */
static const char *helper_last_line(struct buf *err)
{
    while (err->len && err->data[err->len - 1] == '\n')
        err->data[--err->len] = '\0';
    const char *nl = strrchr(buf_str(err), '\n');
    return nl ? nl + 1 : buf_str(err);
}

/* A signal came: everything is dead, now we die of it too, so that a shell sees the truth. */
static void helper_die(struct helper *h)
{
    struct signalfd_siginfo info;
    if (read(h->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    int sig = (int)info.ssi_signo;
    signal(sig, SIG_DFL);
    raise(sig);
    sigprocmask(SIG_SETMASK, &h->before, NULL);
}

bool helper_run(const char *program, const char *dir, const char *request, int64_t ms, struct buf *out, struct err *e)
{
    struct helper h = {.pid = -1, .in = -1, .out = -1, .err = -1, .signals = -1};
    struct buf err, line;
    buf_init(&err, ERR_MAX);
    buf_init(&line, 0);
    buf_addf(&line, "%s\n", request);
    out->max = OUT_MAX;
    if (access(program, X_OK) != 0) {
        err_set(e, "cannot run %s: %s", program, strerror(errno));
        buf_clear(&line);
        return false;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &h.before);
    h.signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    bool ok = helper_spawn(&h, program, dir, e);
    if (ok) {
        int64_t until = clock_boot() + ms;
        int stop = helper_talk(&h, buf_str(&line), until, out, &err);
        int status = helper_reap(&h, stop ? 0 : until);
        if (stop == EINTR)
            helper_die(&h);
        ok = !stop && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (stop == ETIME)
            err_set(e, "%s gave no answer within %lld s", program, (long long)(ms / 1000));
        else if (stop == EFBIG)
            err_set(e, "%s answered more than %d MiB", program, OUT_MAX >> 20);
        else if (!ok)
            err_set(e, "%s broke (%s %d)%s%s", program, WIFSIGNALED(status) ? "signal" : "exit",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), err.len ? ": " : "",
                    helper_last_line(&err));
    }
    helper_shut(&h.in);
    helper_shut(&h.out);
    helper_shut(&h.err);
    helper_shut(&h.signals);
    sigprocmask(SIG_SETMASK, &h.before, NULL);
    buf_clear(&err);
    buf_clear(&line);
    return ok;
}
