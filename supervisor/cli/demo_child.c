/* Child processes of the demo: run with a time limit, ended with their group when it is over. */
#include "supervisor/cli/demo.h"
#include "supervisor/sys/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void demo_children_init(struct demo_children *c)
{
    memset(c, 0, sizeof *c);
    sigemptyset(&c->mine);
    sigaddset(&c->mine, SIGINT);
    sigaddset(&c->mine, SIGTERM);
    sigaddset(&c->mine, SIGHUP);
    sigaddset(&c->mine, SIGCHLD);
    sigaddset(&c->mine, SIGPIPE); /* a reader that went away must not end the demo with its loops running */
    sigprocmask(SIG_BLOCK, &c->mine, &c->old);
}

void demo_children_clear(struct demo_children *c)
{
    static const struct timespec none = {0, 0};
    while (sigtimedwait(&c->mine, NULL, &none) > 0)
        ;
    sigprocmask(SIG_SETMASK, &c->old, NULL);
}

void demo_nap(struct demo_children *c, int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    int sig = sigtimedwait(&c->mine, NULL, &t);
    if (!c->caught && (sig == SIGINT || sig == SIGTERM || sig == SIGHUP))
        c->caught = sig;
}

/* Waits for it, at most until the deadline (boot clock); -1 then. */
static int demo_wait(struct demo_children *c, pid_t pid, int64_t deadline)
{
    for (;;) {
        int status;
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (got < 0 && errno != EINTR)
            return 127;
        int64_t left = deadline - clock_boot();
        if (left <= 0)
            return -1;
        demo_nap(c, left < 50 ? left : 50);
    }
}

int demo_child(struct demo_children *c, char *const argv[], const char *out, int64_t limit)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &c->old);
    pid_t pid;
    int code = 127;
    if (posix_spawnp(&pid, argv[0], &files, &attr, argv, environ) == 0) {
        code = demo_wait(c, pid, clock_boot() + limit);
        if (code < 0) {
            kill(-pid, SIGKILL);
            waitpid(pid, NULL, 0);
            code = 124;
        }
    }
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return code;
}
