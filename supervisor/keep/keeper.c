#include "supervisor/keep/keeper.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

void keeper_init(struct keeper *k, const struct options *o, const struct fence *f, const struct user *u)
{
    memset(k, 0, sizeof *k);
    k->options = o;
    k->user = u;
    k->fence = *f;
    k->peers.listen = k->child.pidfd = k->child.news = -1;
    k->alone_since = -1;
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGCHLD);
    sigaddset(&mine, SIGTERM);
    sigaddset(&mine, SIGINT);
    sigprocmask(SIG_SETMASK, &mine, NULL);
    signal(SIGHUP, SIG_IGN);
    k->signals = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The only place that assigns the state; says to the peers what they must know. */
static void keeper_set(struct keeper *k, enum keeper_state state)
{
    int64_t now = clock_boot();
    k->state = state;
    switch (state) {
    case KEEPER_READY:
        k->deadline = now + KEEPER_GO_LIMIT;
        k->next = now + KEEPER_READY_STEP;
        break;
    case KEEPER_RUNNING: k->alone_since = peers_preferred(&k->peers) ? -1 : now; break;
    case KEEPER_STOPPING:
        k->deadline = now + k->options->grace;
        peers_send(&k->peers, "stopping");
        break;
    case KEEPER_KILLING: fence_begin(&k->fence, k->child.outside, now); break;
    case KEEPER_RECORDING:
        k->record.ended_at = clock_now();
        k->deadline = now + KEEPER_RECORD_LIMIT;
        k->next = now;
        break;
    case KEEPER_DONE: break;
    }
}

static void keeper_not_started(struct keeper *k, const char *reason)
{
    k->record.end = RECORD_END_NOT_STARTED;
    snprintf(k->record.reason, sizeof k->record.reason, "%s", reason);
    keeper_set(k, KEEPER_RECORDING);
}

/* Somebody, or the orphan timeout, wants the agent to end. A second wish skips the grace. */
static void keeper_ask(struct keeper *k, enum record_ask ask)
{
    switch (k->state) {
    case KEEPER_READY:
        k->record.asked = ask;
        keeper_not_started(k, "asked to stop before go");
        break;
    case KEEPER_RUNNING:
        k->record.asked = ask;
        if (ask == RECORD_ASK_KILL) {
            keeper_set(k, KEEPER_KILLING);
        } else {
            child_term(&k->child);
            keeper_set(k, KEEPER_STOPPING);
        }
        break;
    case KEEPER_STOPPING:
        if (k->record.asked != RECORD_ASK_ORPHAN)
            k->record.asked = RECORD_ASK_KILL;
        keeper_set(k, KEEPER_KILLING);
        break;
    case KEEPER_KILLING:
    case KEEPER_RECORDING:
    case KEEPER_DONE: break;
    }
}

static struct child_way keeper_way(const struct keeper *k)
{
    return (struct child_way){.options = k->options, .it = &k->it, .fence = &k->fence, .user = k->user};
}

/* Is that peer the watchdog? It is who holds the watchdog's lock. From inside a PID namespace nobody outside has a pid:
 * it is 0 for any peer and any holder there. So there the lock must be held by somebody outside, and the peer must be
 * outside too; who is inside has a pid, and is never the watchdog. */
static bool keeper_supervises(const struct keeper *k, pid_t peer)
{
    char *path = file_fmt("%s/locks/watchdog", k->options->state);
    bool yes =
        k->fence.kind == FENCE_PIDNS ? peer == 0 && lock_hidden(path) : peer > 0 && lock_holder(path, NULL) == peer;
    free(path);
    return yes;
}

static void keeper_go(struct keeper *k, struct peer *peer)
{
    if (k->state != KEEPER_READY) {
        peer_send(peer, "refused go was said already");
        return;
    }
    if (!keeper_supervises(k, peer->pid)) {
        peer_send(peer, "refused only the holder of the watchdog's lock may say go, and process %ld does not hold it",
                  (long)peer->pid);
        return;
    }
    peers_prefer(&k->peers, peer);
    k->record.started_at = clock_now();
    const struct child_way way = keeper_way(k);
    if (child_start(&k->child, &way)) {
        k->children = true;
        keeper_set(k, KEEPER_RUNNING);
    } else {
        k->record.end = RECORD_END_EXEC_FAILED;
        child_reason(&k->child, &way, k->record.reason, sizeof k->record.reason);
        keeper_set(k, KEEPER_RECORDING);
    }
}

static void keeper_line(struct keeper *k, struct peer *peer, const char *line)
{
    if (strcmp(line, "go") == 0)
        keeper_go(k, peer);
    else if (strcmp(line, "stop") == 0)
        keeper_ask(k, RECORD_ASK_STOP);
    else if (strcmp(line, "kill") == 0)
        keeper_ask(k, RECORD_ASK_KILL);
    else
        peer_send(peer, "refused the commands are go, stop and kill");
}

static const char *keeper_word(enum keeper_state state)
{
    switch (state) {
    case KEEPER_READY: return "ready";
    case KEEPER_RUNNING: return "running";
    case KEEPER_STOPPING:
    case KEEPER_KILLING:
    case KEEPER_RECORDING:
    case KEEPER_DONE: break;
    }
    return "stopping";
}

static void keeper_greet(struct keeper *k, struct peer *peer)
{
    if (peer->preferred)
        k->alone_since = -1;
    peer_send(peer, "keeper %ld %lld %s %s", (long)k->fence.self, (long long)k->it.number, keeper_word(k->state),
              options_fence_name(k->fence.kind));
    if (k->state == KEEPER_RUNNING && k->child.news < 0)
        peer_send(peer, "running %ld", (long)k->child.outside);
}

/* Takes a new connection, if it is one that we take. Inside the fence nobody has anything to say to the keeper. */
static void keeper_receive(struct keeper *k)
{
    struct peer new;
    if (!peers_accept(&k->peers, &new))
        return;
    if (k->fence.kind == FENCE_PIDNS && new.pid != 0) {
        peer_refuse(&new, "you are inside of the fence");
        return;
    }
    /* All outside of a namespace look the same: the first of them is the watchdog, until its connection closes. */
    bool watchdog = keeper_supervises(k, new.pid) && !(k->fence.kind == FENCE_PIDNS && peers_preferred(&k->peers));
    struct peer *peer = peers_take(&k->peers, &new, watchdog);
    if (peer)
        keeper_greet(k, peer);
}

/* Fills the record from what the agent and the fence came to. */
static void keeper_conclude(struct keeper *k)
{
    struct record *r = &k->record;
    struct rusage use;
    if (k->child.news >= 0)
        child_news(&k->child);
    if (getrusage(RUSAGE_CHILDREN, &use) == 0) {
        r->cpu_ms = (int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
                    (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
        r->max_rss_kb = use.ru_maxrss;
    }
    r->leftovers = &k->fence.killed;
    r->survivors = &k->fence.left;
    r->end = RECORD_END_SIGNALED;
    if (!k->child.ended) {
        snprintf(r->reason, sizeof r->reason, "the agent's first process can't be killed");
    } else if (WIFEXITED(k->child.status)) {
        r->end = RECORD_END_EXITED;
        r->code = WEXITSTATUS(k->child.status);
    } else {
        r->signal = WTERMSIG(k->child.status);
    }
    if (k->child.failure.step != CHILD_NONE) {
        r->end = RECORD_END_EXEC_FAILED;
        r->code = 0; /* it was ours, not the agent's */
        const struct child_way way = keeper_way(k);
        child_reason(&k->child, &way, r->reason, sizeof r->reason);
    } else if (r->asked == RECORD_ASK_ORPHAN) {
        r->end = RECORD_END_UNSUPERVISED;
        snprintf(r->reason, sizeof r->reason, "no watchdog was connected for %lld ms", (long long)k->options->orphan);
    } else if (k->fence.hidden && k->fence.left.n) {
        snprintf(r->reason, sizeof r->reason,
                 "processes are left that /proc does not show to user %ld (hidepid, or no /proc): they can't be ended",
                 (long)geteuid());
    }
}

/* Takes the end of every child that ended. */
static void keeper_reap(struct keeper *k)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
        if (pid == k->child.pid) {
            k->child.ended = true;
            k->child.status = status;
        }
    k->children = pid == 0;
    if (!k->child.ended || (k->state != KEEPER_RUNNING && k->state != KEEPER_STOPPING))
        return;
    if (k->options->keep && k->state == KEEPER_RUNNING && WIFEXITED(k->child.status) &&
        WEXITSTATUS(k->child.status) == 0) {
        fence_release(&k->fence);
        keeper_conclude(k);
        k->record.kept = k->record.survivors;
        k->record.survivors = NULL;
        keeper_set(k, KEEPER_RECORDING);
    } else {
        keeper_set(k, KEEPER_KILLING);
    }
}

static void keeper_signals(struct keeper *k)
{
    struct signalfd_siginfo s;
    while (read(k->signals, &s, sizeof s) == (ssize_t)sizeof s)
        /* PID 1 of a namespace can be signalled from inside; only who is outside may end it that way: it has no pid
         * here, and a sender may choose the one that is shown only where the code is below 0. */
        if (s.ssi_signo != SIGCHLD && (k->fence.kind != FENCE_PIDNS || (s.ssi_pid == 0 && s.ssi_code >= 0)))
            keeper_ask(k, RECORD_ASK_STOP);
}

static void keeper_kill(struct keeper *k, int64_t now)
{
    if (k->children && now < k->fence.rounds.next)
        return;
    if (k->children)
        child_kill(&k->child); /* needs no /proc */
    if (fence_round(&k->fence, k->children, now)) {
        keeper_conclude(k);
        keeper_set(k, KEEPER_RECORDING);
    } else if (!k->killing_told) {
        k->killing_told = true;
        peers_send(&k->peers, "killing");
    }
}

static void keeper_record(struct keeper *k, int64_t now)
{
    if (now < k->next)
        return;
    k->next = now + KEEPER_RECORD_STEP;
    /* A full disk may get room again, and a lost record costs a sweep and the truth. A folder that somebody removed
     * has no
     * place for it, and nobody will look there. */
    bool written = record_write(&k->record, k->it.dir, NULL);
    bool alive = (k->record.survivors && k->record.survivors->n) || (k->record.kept && k->record.kept->n);
    /* The next start believes our word, not the file, which the agent's user may be able to write. */
    if (written && !alive)
        peers_send(&k->peers, "over");
    if (written || now >= k->deadline || !file_exists(k->it.dir))
        keeper_set(k, KEEPER_DONE);
}

/* Nobody will say go where nobody holds the watchdog's lock: then this keeper comes after a `ccsup stop`. */
static bool keeper_too_late(struct keeper *k, int64_t now)
{
    if (k->peers.n || now < k->next)
        return false;
    k->next = now + KEEPER_READY_STEP;
    char *path = file_fmt("%s/locks/watchdog", k->options->state);
    bool late = lock_holder(path, NULL) == 0;
    free(path);
    return late;
}

/* When the state must be looked at next, clock_boot ms; -1 = only when something happens. */
static int64_t keeper_due(const struct keeper *k)
{
    switch (k->state) {
    case KEEPER_READY: return k->peers.n || k->deadline < k->next ? k->deadline : k->next;
    case KEEPER_STOPPING: return k->deadline;
    case KEEPER_RUNNING:
        return k->alone_since >= 0 && k->options->orphan > 0 ? k->alone_since + k->options->orphan : -1;
    case KEEPER_KILLING: return k->fence.rounds.next;
    case KEEPER_RECORDING: return k->next;
    case KEEPER_DONE: break;
    }
    return 0;
}

/* Does what is due. */
static void keeper_tick(struct keeper *k)
{
    int64_t now = clock_boot(), due = keeper_due(k);
    if (k->state == KEEPER_READY && now >= k->deadline)
        keeper_not_started(k, "no go came in time");
    else if (k->state == KEEPER_READY && keeper_too_late(k, now))
        keeper_not_started(k, "no watchdog is there");
    else if (k->state == KEEPER_RUNNING && due >= 0 && now >= due)
        keeper_ask(k, RECORD_ASK_ORPHAN);
    else if (k->state == KEEPER_STOPPING && now >= due)
        keeper_set(k, KEEPER_KILLING);
    if (k->state == KEEPER_KILLING)
        keeper_kill(k, now);
    if (k->state == KEEPER_RECORDING)
        keeper_record(k, now);
}

static void keeper_peers(struct keeper *k, const struct pollfd *fds, size_t n)
{
    char line[PEERS_LINE];
    for (size_t i = 0; i < n; i++) {
        struct peer *peer = &k->peers.at[i];
        if (fds[i].revents)
            peer_read(peer);
        while (peer_line(peer, line))
            keeper_line(k, peer, line);
    }
}

/* Is a watchdog among the peers? One may have connected before the last one's connection was seen to close. */
static bool keeper_supervised(struct keeper *k)
{
    for (size_t i = 0; i < k->peers.n && !peers_preferred(&k->peers); i++)
        if (keeper_supervises(k, k->peers.at[i].pid))
            peers_prefer(&k->peers, &k->peers.at[i]);
    return peers_preferred(&k->peers);
}

/* Forgets who left since the last look; when the watchdog leaves, the orphan timeout begins. Who else is connected does
 * not supervise. */
static void keeper_forget(struct keeper *k)
{
    bool had = k->peers.n > 0;
    if (!peers_forget(&k->peers))
        return;
    if (k->alone_since < 0 && !keeper_supervised(k))
        k->alone_since = clock_boot();
    if (had && !k->peers.n && k->state == KEEPER_READY)
        keeper_not_started(k, "the last connection closed before go");
}

static void keeper_wait(struct keeper *k)
{
    enum { SIGNALS, LISTEN, NEWS, PEERS };
    struct pollfd fds[PEERS + PEERS_MAX];
    int64_t due = keeper_due(k), wait = due < 0 ? -1 : due - clock_boot();
    size_t n = k->peers.n;
    fds[SIGNALS] = (struct pollfd){.fd = k->signals, .events = POLLIN};
    fds[LISTEN] = (struct pollfd){.fd = k->peers.listen, .events = POLLIN};
    fds[NEWS] = (struct pollfd){.fd = k->child.news, .events = POLLIN};
    for (size_t i = 0; i < n; i++)
        fds[PEERS + i] = (struct pollfd){.fd = k->peers.at[i].fd, .events = POLLIN};
    if (due >= 0 && wait < 0)
        wait = 0;
    if (poll(fds, PEERS + n, wait > INT_MAX ? INT_MAX : (int)wait) <= 0)
        return;
    if (fds[NEWS].revents && child_news(&k->child) && k->child.failure.step == CHILD_NONE) {
        char line[64];
        snprintf(line, sizeof line, "running %ld", (long)k->child.outside);
        peers_send(&k->peers, line);
        iteration_prepare(k->options); /* now that nobody waits for us */
    }
    keeper_peers(k, fds + PEERS, n);
    if (fds[LISTEN].revents)
        keeper_receive(k);
    if (fds[SIGNALS].revents)
        keeper_signals(k);
}

void keeper_run(struct keeper *k)
{
    k->record.iteration = k->it.number;
    k->record.fence = k->fence.kind;
    keeper_set(k, KEEPER_READY);
    while (k->state != KEEPER_DONE) {
        keeper_wait(k);
        if (k->child.pid > 0 && k->state < KEEPER_RECORDING)
            keeper_reap(k);
        keeper_tick(k);
        keeper_forget(k);
    }
}

void keeper_clear(struct keeper *k)
{
    peers_close(&k->peers);
    child_clear(&k->child);
    fence_clear(&k->fence);
    iteration_clear(&k->it);
    if (k->signals >= 0)
        close(k->signals);
    k->signals = -1;
}
