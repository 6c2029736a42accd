/* ccsup-keep: forks itself away (into a PID namespace, where it can), takes the role's lock, has the middle process
 * sweep after a keeper that died, makes the iteration, listens, and reports one line through the first process. What
 * follows is keeper.c's. */
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

/* Sends the one line to the first process and closes the pipe: nobody waits for us any more. */
static void main_report(int *pipe_fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void main_report(int *pipe_fd, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 4000);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    char *line = vis_dup(buf_str(&b), b.len, 4000);
    file_write_all(*pipe_fd, line, strlen(line));
    close(*pipe_fd);
    *pipe_fd = -1;
    free(line);
    buf_clear(&b);
}

/* The answer of the middle process. */
struct main_answer {
    bool ok;
    struct settled settled;
    struct err e;
};

/* What the keeper needs besides its options, from before it was forked. */
struct main_birth {
    const struct options *options;
    struct sweep_spared spared;
    struct user user;
    struct fence fence;
    int report; /* to the first process */
    int middle; /* to the middle process: it sweeps when asked */
};

/* Asks the middle process to sweep after a keeper that died, and waits for its answer. */
static bool main_settled(const struct main_birth *b, struct settled *s, struct err *e)
{
    struct main_answer a;
    *s = (struct settled){0};
    if (!file_write_all(b->middle, "s", 1) || read(b->middle, &a, sizeof a) != (ssize_t)sizeof a) {
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

/* What the first word of a report says of a start, or a sweep, that the last iteration forbids. */
static void main_refuse(int *report, const struct settled *s, const struct err *e)
{
    if (s->survivors)
        main_report(report, "survivors %zu %s", s->survivors, e->text);
    else
        main_report(report, "failed %s", e->text);
}

/* Everything up to listening. False: reported, or e says why not. */
static bool main_prepare(struct keeper *k, const struct main_birth *b, pid_t *holder, struct settled *s, struct err *e)
{
    const struct options *o = k->options;
    if (main_lock(o, holder, e) < 0) /* kept open: the lock goes with the process */
        return false;
    int64_t last = main_settled(b, s, e) && fence_settle(&k->fence, o, e) ? iteration_last(o, e) : -1;
    if (last < 0)
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

/* The keeper. */
static void main_keep(struct main_birth *b)
{
    struct keeper k;
    struct err e = {0};
    struct settled settled = {0};
    pid_t holder = 0;
    keeper_init(&k, b->options, &b->fence, &b->user);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || k.signals < 0) {
        main_report(&b->report, "failed cannot become a keeper: %s", strerror(errno));
    } else if (k.fence.kind == FENCE_PIDNS && getpid() != 1) {
        main_report(&b->report, "failed the new PID namespace is not ours");
    } else {
        close(null);
        umask(077);
        if (main_prepare(&k, b, &holder, &settled, &e)) {
            close(b->middle);
            main_report(&b->report, "ready %ld %lld", (long)k.fence.self, (long long)k.it.number);
            keeper_run(&k);
        } else if (holder) {
            main_report(&b->report, "busy %ld", (long)holder);
        } else {
            main_refuse(&b->report, &settled, &e);
        }
    }
#ifdef MAIN_SANITIZED
    bool inside = k.fence.kind == FENCE_PIDNS;
#endif
    keeper_clear(&k);
    user_clear(&b->user);
#ifdef MAIN_SANITIZED
    if (inside)
        _exit(0); /* the leak checker would look for our threads under our inner pid in the outer /proc */
#endif
    /* The lock goes with the process, after the socket: who sees the lock free may listen there. */
}

static void main_child_died(int sig)
{
    (void)sig;
    _exit(1);
}

/* The middle process: parent of the keeper until that is ready. It stays outside of the fence, and so can do what
 * nobody inside a PID namespace can: see and signal what an earlier iteration left outside of it. It does so while the
 * keeper holds the role's lock (the lock is not inherited, so the keeper takes it first and then asks); if the keeper
 * dies, it stops: another keeper may have begun. */
static void main_middle(struct main_birth *b)
{
    struct err e = {0};
    int ask[2] = {-1, -1};
    setsid();
    fence_init(&b->fence);
    pid_t keeper = -1;
    if (!pidns_proc_fits(&e) || !user_find(&b->user, b->options->user, &e) ||
        !fence_choose_namespace(&b->fence, b->options, &e)) {
        main_report(&b->report, "failed %s", e.text);
        _exit(0);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ask) == 0 &&
        (b->fence.kind != FENCE_PIDNS || pidns_enter()))
        keeper = fork();
    if (keeper < 0) {
        main_report(&b->report, "failed cannot start a process: %s", strerror(errno));
        _exit(0);
    }
    if (keeper == 0) {
        close(ask[0]);
        b->middle = ask[1];
        main_keep(b);
        return;
    }
    close(ask[1]);
    close(b->report);
    signal(SIGCHLD, main_child_died);
    if (b->spared.n < SWEEP_SPARED)
        b->spared.at[b->spared.n++] = keeper;
    char byte;
    struct main_answer a = {.ok = false};
    if (read(ask[0], &byte, 1) == 1) {
        umask(077);
        a.ok = settle(b->options, &b->spared, &a.settled, &a.e);
        (void)!write(ask[0], &a, sizeof a);
    }
    _exit(0);
}

/* --sweep: what the next keeper would do first, and no more. */
static void main_sweep(const struct options *o, int report)
{
    struct err e = {0};
    struct sweep_spared spared;
    struct settled settled = {0};
    pid_t holder = 0;
    sweep_spare(&spared);
    umask(077);
    bool locked = pidns_proc_fits(&e) && main_lock(o, &holder, &e) >= 0;
    if (holder)
        main_report(&report, "busy %ld", (long)holder);
    else if (locked && settle(o, &spared, &settled, &e))
        main_report(&report, "swept %zu", settled.killed);
    else
        main_refuse(&report, &settled, &e);
}

/* The first process: waits for the line and says it. */
static int main_wait(int report, pid_t middle)
{
    struct buf b;
    buf_init(&b, 4096);
    char chunk[1024];
    ssize_t n;
    while ((n = read(report, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            buf_add(&b, chunk, (size_t)n);
    close(report);
    while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
        ;
    if (!b.len)
        buf_adds(&b, "failed the keeper died before it could begin");
    int code = MAIN_FAILED;
    if (strncmp(buf_str(&b), "ready ", 6) == 0 || strncmp(buf_str(&b), "swept ", 6) == 0)
        code = MAIN_READY;
    else if (strncmp(buf_str(&b), "busy ", 5) == 0)
        code = MAIN_BUSY;
    printf("%s\n", buf_str(&b));
    buf_clear(&b);
    return code;
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
    struct main_birth birth = {.options = &o, .middle = -1};
    sweep_spare(&birth.spared);
    int report[2];
    pid_t middle = pipe2(report, O_CLOEXEC) == 0 ? fork() : -1;
    if (middle < 0) {
        printf("failed cannot start a process: %s\n", strerror(errno));
        return MAIN_FAILED;
    }
    if (middle > 0) {
        close(report[1]);
        return main_wait(report[0], middle);
    }
    close(report[0]);
    birth.report = report[1];
    if (o.sweep)
        main_sweep(&o, birth.report);
    else
        main_middle(&birth);
    return 0;
}
