#include "supervisor/sys/reap.h"
#include "supervisor/base/rounds.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/proc.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REAP_POLITE_MS = 500, REAP_ALL_MS = 3000 };

struct reap {
    pid_t self, group; /* 0 = none */
    int found;
};

/* We are a subreaper: what loses its parent becomes our child, so one level a round reaches every depth. */
static bool reap_one(void *arg, const struct proc_stat *st)
{
    struct reap *r = arg;
    bool ours = st->pid != r->self && (st->ppid == r->self || (r->group && st->pgid == r->group));
    if (ours && st->state != 'Z' && st->state != 'X') {
        r->found++;
        kill(st->pid, SIGKILL);
    }
    return true;
}

void reap_all(pid_t child, int pidfd, bool own_group)
{
    pid_t self = getpid();
    struct reap r = {self, own_group ? child : getpgrp() == self ? self : 0, 0};
    int64_t start = clock_boot();
    if (r.group == self)
        signal(SIGTERM, SIG_IGN);
    kill(r.group ? -r.group : child, SIGTERM);
    struct pollfd p = {pidfd, POLLIN, 0};
    int64_t left;
    while (pidfd >= 0 && (left = start + REAP_POLITE_MS - clock_boot()) > 0)
        if (poll(&p, 1, (int)left) > 0)
            break;
    struct rounds rounds;
    rounds_begin(&rounds, REAP_ALL_MS, clock_boot());
    for (int quiet = 0; quiet < 2 && !rounds_over(&rounds, clock_boot());) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        r.found = 0;
        proc_each(reap_one, &r);
        quiet = r.found ? 0 : quiet + 1;
        rounds_wait(&rounds, clock_boot());
        if (r.found)
            poll(NULL, 0, (int)rounds.step);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}
