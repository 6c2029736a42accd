/* ccsup-keep: its first process forks the keeper (into a PID namespace, where it can), sweeps for it after a keeper
 * that died, and ends as soon as the keeper listens. The keeper takes the role's lock, makes the iteration, listens,
 * and says one line. What follows is keeper.c's. */
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/keep/keeper.h"
#include "supervisor/keep/pidns.h"
#include "supervisor/keep/settle.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define MAIN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAIN_SANITIZED 1
#endif
#endif

enum { MAIN_READY = 0, MAIN_FAILED = 1, MAIN_USAGE = 2, MAIN_BUSY = 5 };
enum { MAIN_PATIENCE = 1000 /* ms that the last keeper's lock may outlive its socket */ };

/* The first process's answer to a keeper that asked it to sweep. */
struct main_answer {
    bool ok;
    struct settled settled;
    struct err e;
};

/* What the keeper needs besides its options, from before it was forked. */
struct main_birth {
    const struct options *options;
    struct user user;
    struct fence fence;
    int out;   /* where the line goes */
    int first; /* to the first process, a byte: MAIN_SWEEP, or the exit code with which it is to end */
};

enum { MAIN_SWEEP = 's' };

/* The line, on the standard output that somebody reads. */
static void main_line(int fd, const char *fmt, va_list ap)
{
    struct buf b;
    buf_init(&b, 4000);
    buf_addv(&b, fmt, ap);
    char *line = vis_dup(buf_str(&b), b.len, 4000);
    buf_clear(&b);
    buf_init(&b, 0);
    buf_addf(&b, "%s\n", line);
    file_write_all(fd, b.data, b.len);
    free(line);
    buf_clear(&b);
}

/* The first process says the line itself. */
static int main_say(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int main_say(int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    main_line(STDOUT_FILENO, fmt, ap);
    va_end(ap);
    return code;
}

/* The keeper says the line, without a turn through the first process, which then ends with the code. */
static void main_report(struct main_birth *b, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void main_report(struct main_birth *b, int code, const char *fmt, ...)
{
    unsigned char byte = (unsigned char)code;
    va_list ap;
    va_start(ap, fmt);
    main_line(b->out, fmt, ap);
    va_end(ap);
    close(b->out);
    file_write_all(b->first, &byte, 1);
    close(b->first);
    b->out = b->first = -1;
}

/* Is the previous iteration over? The watchdog says so mostly; otherwise the first process looks and sweeps. That one
 * stays outside of the fence, and so can do what nobody inside a PID namespace can: see and signal what an earlier
 * iteration left outside of it. */
static bool main_settled(const struct main_birth *b, int64_t last, struct settled *s, struct err *e)
{
    const unsigned char sweep = MAIN_SWEEP;
    struct main_answer a;
    *s = (struct settled){0};
    if (settle_over(b->options, last))
        return true;
    if (!file_write_all(b->first, &sweep, 1) || read(b->first, &a, sizeof a) != (ssize_t)sizeof a) {
        err_set(e, "the sweep after the last iteration was interrupted");
        return false;
    }
    *e = a.e;
    *s = a.settled;
    return a.ok;
}

/* The role's lock. A keeper that ends closes its socket before the kernel drops its lock, so who comes right after it
 * waits a moment. -1: *holder has it, or e says why not. */
static int main_lock(const struct options *o, pid_t *holder, struct err *e)
{
    char *path = file_fmt("%s/locks/%s", o->state, o->role);
    int64_t until = clock_boot() + MAIN_PATIENCE;
    int lock;
    while ((lock = lock_take(path, holder, e)) < 0 && *holder && clock_boot() < until) {
        struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
    }
    free(path);
    return lock;
}

/* Everything up to listening. False: reported, or e says why not. */
static bool main_prepare(struct keeper *k, const struct main_birth *b, pid_t *holder, struct settled *s, struct err *e)
{
    const struct options *o = k->options;
    if (main_lock(o, holder, e) < 0) /* kept open: the lock goes with the process */
        return false;
    int64_t last = iteration_last(o, e);
    if (last < 0 || !main_settled(b, last, s, e) || !fence_settle(&k->fence, o, e))
        return false;
    if (iteration_make(&k->it, o, &k->fence, last + 1, e) && peers_listen(&k->peers, o->socket, e))
        return true;
    if (k->it.dir) {
        /* So that the next keeper need not sweep after one that started nothing. */
        struct record r = {.iteration = last + 1, .end = RECORD_END_NOT_STARTED, .ended_at = clock_now()};
        snprintf(r.reason, sizeof r.reason, "%s", e->text);
        record_write(&r, k->it.dir, NULL);
    }
    return false;
}

/* The end of a process that is in a PID namespace of its own, or has made one. The leak checker makes a thread and
 * waits for it: there it would be looked for under the wrong pid, or die with the namespace, and be waited for without
 * end. */
static void main_end(bool pidns, int code)
{
#ifdef MAIN_SANITIZED
    if (pidns)
        _exit(code);
#else
    (void)pidns;
    (void)code;
#endif
}

/* The keeper. */
static void main_keep(struct main_birth *b)
{
    struct keeper k;
    struct err e = {0};
    struct settled settled = {0};
    pid_t holder = 0;
    setsid();
    b->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    keeper_init(&k, b->options, &b->fence, &b->user);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (b->out < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || k.signals < 0) {
        main_report(b, MAIN_FAILED, "failed cannot become a keeper: %s", strerror(errno));
    } else if (k.fence.kind == FENCE_PIDNS && getpid() != 1) {
        main_report(b, MAIN_FAILED, "failed the new PID namespace is not ours");
    } else {
        close(null);
        if (main_prepare(&k, b, &holder, &settled, &e)) {
            main_report(b, MAIN_READY, "ready %ld %lld %zu%s", (long)k.fence.self, (long long)k.it.number,
                        settled.killed, settled.foreign ? " foreign" : "");
            keeper_run(&k);
        } else if (holder) {
            main_report(b, MAIN_BUSY, "busy %ld", (long)holder);
        } else if (settled.survivors) {
            main_report(b, MAIN_FAILED, "survivors %zu %s", settled.survivors, e.text);
        } else {
            main_report(b, MAIN_FAILED, "failed %s", e.text);
        }
    }
    bool pidns = k.fence.kind == FENCE_PIDNS;
    keeper_clear(&k);
    user_clear(&b->user);
    main_end(pidns, MAIN_READY);
    /* The lock goes with the process, after the socket: who sees the lock free may listen there. */
}

static void main_keeper_died(int sig)
{
    static const char line[] = "failed the keeper died before it could begin\n";
    (void)sig;
    (void)!write(STDOUT_FILENO, line, sizeof line - 1);
    _exit(MAIN_FAILED);
}

/* The sweep that a keeper asks for while it holds the role's lock. (The lock is not inherited, so the keeper takes it
 * first and then asks.) If the keeper dies, it stops: another one may have begun. */
static void main_sweep_for(const struct options *o, pid_t keeper, int ask)
{
    struct main_answer a = {.ok = false};
    struct sweep_spared spared;
    signal(SIGCHLD, main_keeper_died);
    if (waitpid(keeper, NULL, WNOHANG) != 0) /* before the line above */
        main_keeper_died(SIGCHLD);
    sweep_spare(&spared);
    if (spared.n < SWEEP_SPARED)
        spared.at[spared.n++] = keeper;
    a.ok = settle(o, &spared, &a.settled, &a.e);
    signal(SIGCHLD, SIG_DFL);
    (void)!write(ask, &a, sizeof a);
}

/* The first process, until the keeper has said its line; the exit code. */
static int main_first(const struct options *o, pid_t keeper, int ask)
{
    for (;;) {
        unsigned char word;
        ssize_t n = read(ask, &word, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != 1)
            main_keeper_died(SIGCHLD);
        if (word != MAIN_SWEEP)
            return word;
        main_sweep_for(o, keeper, ask);
    }
}

/* Forks the keeper and waits for it. In the keeper it returns when that has ended. */
static int main_start(const struct options *o)
{
    struct main_birth b = {.options = o, .out = -1, .first = -1};
    struct err e = {0};
    int ask[2] = {-1, -1}, code = MAIN_FAILED;
    fence_init(&b.fence);
    pid_t keeper = -1;
    if (!pidns_proc_fits(&e) || !user_find(&b.user, o->user, &e) || !fence_choose_namespace(&b.fence, o, &e)) {
        main_say(MAIN_FAILED, "failed %s", e.text);
    } else if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ask) != 0 ||
               (b.fence.kind == FENCE_PIDNS && !pidns_enter()) || (keeper = fork()) < 0) {
        main_say(MAIN_FAILED, "failed cannot start a process: %s", strerror(errno));
    } else if (keeper == 0) {
        close(ask[0]);
        b.first = ask[1];
        main_keep(&b);
        return 0;
    } else {
        close(ask[1]);
        code = main_first(o, keeper, ask[0]);
    }
    bool pidns = b.fence.kind == FENCE_PIDNS;
    user_clear(&b.user);
    fence_clear(&b.fence);
    main_end(pidns, code);
    return code;
}

/* --sweep: what the next keeper would do first, and no more. */
static int main_sweep(const struct options *o)
{
    struct err e = {0};
    struct sweep_spared spared;
    struct settled settled = {0};
    pid_t holder = 0;
    sweep_spare(&spared);
    bool locked = pidns_proc_fits(&e) && main_lock(o, &holder, &e) >= 0;
    if (holder)
        return main_say(MAIN_BUSY, "busy %ld", (long)holder);
    if (locked && settle(o, &spared, &settled, &e))
        return main_say(MAIN_READY, "swept %zu%s", settled.killed, settled.foreign ? " foreign" : "");
    if (settled.survivors)
        return main_say(MAIN_FAILED, "survivors %zu %s", settled.survivors, e.text);
    return main_say(MAIN_FAILED, "failed %s", e.text);
}

/* --wait: a line on standard input is the word to begin, "begin" or "over N"; without one nobody wants us any more. */
static bool main_told(struct options *o)
{
    char line[64] = "", byte = '\0';
    ssize_t r;
    for (size_t n = 0; byte != '\n' && ((r = read(STDIN_FILENO, &byte, 1)) > 0 || (r < 0 && errno == EINTR));)
        if (r > 0 && n + 1 < sizeof line)
            line[n++] = byte;
    long long over;
    if (sscanf(line, "over %lld", &over) == 1 && over > 0)
        o->over = over;
    return byte == '\n';
}

int main(int argc, char **argv)
{
#ifndef MAIN_SANITIZED
    prctl(PR_SET_DUMPABLE, 0); /* an agent of the same user can't read or trace us; the leak checker must */
#endif
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    struct options o;
    struct err e = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(options_usage, stdout);
        return 0;
    }
    if (!options_parse(&o, argc, argv, &e)) {
        fprintf(stderr, "ccsup-keep: %s\n%s", e.text, options_usage);
        return MAIN_USAGE;
    }
    mem_hook_cjson();
    for (int fd; (fd = open("/dev/null", O_RDWR)) <= 2;)
        if (fd < 0)
            break; /* closed standard descriptors would be taken by our own files */
    close_range(3, ~0U, 0);
    umask(077);
    if (o.wait && !main_told(&o))
        return MAIN_READY;
    return o.sweep ? main_sweep(&o) : main_start(&o);
}
