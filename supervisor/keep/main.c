/* ccsup-keep: forks itself away, takes the role's lock, sweeps after a keeper that died, makes the iteration,
 * listens, and reports one line through the first process. What follows is keeper.c's. */
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/keep/keeper.h"
#include "supervisor/keep/sweep.h"
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define MAIN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAIN_SANITIZED 1
#endif
#endif

enum { MAIN_READY = 0, MAIN_FAILED = 1, MAIN_USAGE = 2, MAIN_BUSY = 5 };

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

/* Why the previous iteration forbids a start, as a sentence. */
static void main_survivors(const struct victims *left, int64_t last, struct err *e)
{
    struct buf names;
    buf_init(&names, 300);
    for (size_t i = 0; i < left->n; i++)
        buf_addf(&names, "%s%ld (%s)", i ? ", " : "", (long)left->at[i].pid, left->at[i].name);
    err_set(e, "%zu process%s of iteration %lld can't be ended: %s%s; end %s by hand, then start again",
            left->count, left->count == 1 ? "" : "es", (long long)last, buf_str(&names),
            names.full ? " …" : "", left->count == 1 ? "it" : "them");
    buf_clear(&names);
}

/* Makes sure that nothing of the previous iteration lives. False and e set: start nothing. */
static bool main_settle(const struct options *o, int64_t last, const struct sweep_spared *spared,
                        struct err *e)
{
    if (last == 0)
        return true;
    char *dir = iteration_dir(o, last);
    struct victims known = {0};
    enum record_found found = record_find(dir, &known);
    bool ok = found == RECORD_SETTLED;
    if (!ok) {
        struct iteration_keeper before;
        struct victims killed = {0}, left = {0};
        iteration_keeper(dir, &before);
        ok = sweep_run(&before, o->clone, o->tmp, spared, &known, &killed, &left);
        if (!ok) {
            main_survivors(&left, last, e);
        } else if (found == RECORD_MISSING) {
            struct record r = {
                .iteration = last,
                .end = RECORD_END_LOST,
                .reason = "its keeper died without a record; the next keeper looked for what was left",
                .started_at = before.created_at,
                .ended_at = clock_now(),
                .leftovers = &killed};
            ok = record_write(&r, dir, e);
        }
        victims_clear(&killed);
        victims_clear(&left);
    }
    victims_clear(&known);
    free(dir);
    return ok;
}

/* Everything up to listening. False: reported, or e says why not. */
static bool main_prepare(struct keeper *k, const struct sweep_spared *spared, int *lock, pid_t *holder,
                         struct err *e)
{
    const struct options *o = k->options;
    char *path = file_fmt("%s/locks/%s", o->state, o->role);
    *lock = lock_take(path, holder, e);
    free(path);
    if (*lock < 0)
        return false;
    int64_t last = iteration_last(o, e);
    if (last < 0 || !main_settle(o, last, spared, e))
        return false;
    if (iteration_make(&k->it, o, last + 1, e) && peers_listen(&k->peers, o->socket, e))
        return true;
    if (k->it.dir) {
        /* So that the next keeper need not sweep after one that started nothing. */
        struct record r = {.iteration = last + 1, .end = RECORD_END_NOT_STARTED, .ended_at = clock_now()};
        snprintf(r.reason, sizeof r.reason, "%s", e->text);
        record_write(&r, k->it.dir, NULL);
    }
    return false;
}

/* The background process. */
static void main_keep(const struct options *o, const struct sweep_spared *spared, int report)
{
    struct keeper k;
    struct err e = {0};
    pid_t holder = 0;
    int lock = -1;
    keeper_init(&k, o);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || k.signals < 0) {
        main_report(&report, "failed cannot become a keeper: %s", strerror(errno));
    } else {
        close(null);
        umask(077);
        if (main_prepare(&k, spared, &lock, &holder, &e)) {
            main_report(&report, "ready %ld %lld", (long)getpid(), (long long)k.it.number);
            keeper_run(&k);
        } else if (holder) {
            main_report(&report, "busy %ld", (long)holder);
        } else {
            main_report(&report, "failed %s", e.text);
        }
    }
    keeper_clear(&k);
    /* The lock goes with the process, after the socket: who sees the lock free may listen there. */
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
    if (strncmp(buf_str(&b), "ready ", 6) == 0)
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
    struct sweep_spared spared;
    sweep_spare(&spared);
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
    setsid();
    pid_t keeper = fork();
    if (keeper < 0)
        main_report(&report[1], "failed cannot start a process: %s", strerror(errno));
    if (keeper != 0)
        _exit(0);
    main_keep(&o, &spared, report[1]);
    return 0;
}
