/* Carries the checks out: a process each, a few at once, none longer than it may. */
#include "supervisor/base/json.h"
#include "supervisor/base/mask.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* SLACK: a check ends by itself at its time, and says why; this is for one that can't. */
enum { AT_ONCE = 12, SLACK_MS = 4000, SHOWN_MAX = 600 };

/* Masked, one line, safe for a terminal, not endless; the caller frees. */
static char *row_shown(const char *text)
{
    char *masked = mask_dup(text, strlen(text)), *shown;
    size_t n = strlen(masked);
    while (n && (masked[n - 1] == '\n' || masked[n - 1] == ' '))
        n--;
    shown = vis_dup(masked, n, SHOWN_MAX);
    free(masked);
    return shown;
}

static void row_end(struct preflight_row *row, enum preflight_end end, const char *said, const char *fix)
{
    row->over = true;
    row->end = end == PREFLIGHT_FAIL && row->item && strcmp(row->item->level, "warn") == 0 ? PREFLIGHT_WARN : end;
    row->said = row_shown(said);
    bool bad = row->end == PREFLIGHT_FAIL || row->end == PREFLIGHT_WARN;
    row->fix = row_shown(!bad ? "" : row->item && *row->item->fix ? row->item->fix : fix);
}

/* In the child; never returns. A TERM ends it with what it has started. */
static void row_look(const struct preflight_row *row, struct cli *cli, int fd, pid_t parent, const sigset_t *mask)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (getppid() != parent)
        _exit(1);
    child_prepare();
    struct preflight p = {.cli = cli, .item = row->item, .deadline = clock_boot() + row->timeout};
    buf_init(&p.said, 1 << 14);
    buf_init(&p.fix, 1 << 12);
    enum preflight_end end = row->look(&p);
    cJSON *o = cJSON_CreateObject();
    json_add_int(o, "end", end);
    json_add_str(o, "said", buf_str(&p.said));
    json_add_str(o, "fix", buf_str(&p.fix));
    char *line = json_print(o);
    bool ok = file_write_all(fd, line, strlen(line));
    free(line);
    cJSON_Delete(o);
    buf_clear(&p.said);
    buf_clear(&p.fix);
    _exit(ok ? 0 : 1);
}

static void row_begin(struct preflight_row *row, struct cli *cli, const sigset_t *mask)
{
    int fds[2];
    pid_t parent = getpid();
    row->begun = true;
    row->began = clock_boot();
    row->pid = pipe2(fds, O_CLOEXEC) == 0 ? fork() : -2;
    if (row->pid == 0)
        row_look(row, cli, fds[1], parent, mask);
    if (row->pid == -1) {
        close(fds[0]);
        close(fds[1]);
    }
    if (row->pid < 0) {
        row_end(row, PREFLIGHT_FAIL, "no process can be started for it", "see what else runs here: ulimit -u, free");
        return;
    }
    close(fds[1]);
    row->fd = fds[0];
}

/* It has ended. */
static void row_take(struct preflight_row *row, bool late)
{
    int status = 0;
    close(row->fd);
    row->fd = -1;
    while (waitpid(row->pid, &status, 0) < 0 && errno == EINTR)
        ;
    row->ms = clock_boot() - row->began;
    cJSON *o = json_parse(buf_str(&row->answer), row->answer.len);
    int64_t end = json_int(o, "end", -1);
    row->told = end >= 0 && end < PREFLIGHT_COUNT;
    if (row->told)
        row_end(row, (enum preflight_end)end, json_str(o, "said", ""), json_str(o, "fix", ""));
    else if (late)
        row_end(row, PREFLIGHT_FAIL, "it took too long and was ended",
                row->item ? "see why, or give it a longer timeout" : "see what does not answer");
    else
        row_end(row, PREFLIGHT_FAIL, "the check itself broke", "please report it");
    cJSON_Delete(o);
}

/* May it begin? Ends it as skipped when what it needs does not hold. */
static bool row_ready(const struct preflight_list *l, struct preflight_row *row)
{
    for (size_t i = 0; i < sizeof row->needs / sizeof *row->needs && row->needs[i]; i++) {
        const struct preflight_row *need = preflight_list_find(l, row->needs[i]);
        if (!need)
            continue;
        if (!need->over)
            return false;
        if (need->end == PREFLIGHT_OK || need->end == PREFLIGHT_WARN)
            continue;
        char *said = file_fmt("needs %s, which %s", need->id, need->end == PREFLIGHT_FAIL ? "fails" : "was skipped");
        row_end(row, PREFLIGHT_SKIP, said, "");
        free(said);
        return false;
    }
    return true;
}

/* Somebody wants us to end: not before the checks have, so that nothing is left. */
static void list_stop(struct preflight_list *l, int signals, const sigset_t *mask)
{
    struct signalfd_siginfo info;
    int number = read(signals, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : SIGTERM;
    int64_t until = clock_boot() + SLACK_MS;
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].fd >= 0)
            kill(l->at[i].pid, SIGTERM);
    for (size_t i = 0; i < l->n; i++) {
        struct pollfd end = {l->at[i].fd, POLLIN, 0};
        char chunk[4096];
        int64_t left;
        while (end.fd >= 0 && (left = until - clock_boot()) > 0 && poll(&end, 1, (int)left) > 0 &&
               read(end.fd, chunk, sizeof chunk) > 0)
            ;
    }
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

/* Waits until a check says something or is late. False: we are to end. */
static bool list_wait(struct preflight_list *l, int signals)
{
    struct pollfd fds[AT_ONCE + 1];
    struct preflight_row *rows[AT_ONCE];
    nfds_t n = 0;
    int64_t now = clock_boot(), until = now + 60000;
    for (size_t i = 0; i < l->n && n < AT_ONCE; i++)
        if (l->at[i].fd >= 0) {
            int64_t end = l->at[i].began + l->at[i].timeout + SLACK_MS;
            rows[n] = &l->at[i];
            fds[n++] = (struct pollfd){l->at[i].fd, POLLIN, 0};
            until = end < until ? end : until;
        }
    fds[n] = (struct pollfd){signals, POLLIN, 0};
    poll(fds, n + 1, until > now ? (int)(until - now) : 0);
    if (fds[n].revents)
        return false;
    now = clock_boot();
    for (nfds_t i = 0; i < n; i++) {
        char chunk[4096];
        ssize_t got = fds[i].revents ? read(rows[i]->fd, chunk, sizeof chunk) : -1;
        if (got > 0) {
            buf_add(&rows[i]->answer, chunk, (size_t)got);
        } else if (got == 0) {
            row_take(rows[i], false);
        } else if (now >= rows[i]->began + rows[i]->timeout + SLACK_MS) {
            kill(rows[i]->pid, SIGKILL); /* what it had started goes with it: PDEATHSIG */
            row_take(rows[i], true);
        }
    }
    return true;
}

void preflight_list_run(struct preflight_list *l, struct cli *cli,
                        void (*told)(void *arg, const struct preflight_row *row), void *arg)
{
    size_t next = 0;
    sigset_t ends, mask;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &mask);
    int signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    while (next < l->n) {
        size_t running = 0;
        for (size_t i = 0; i < l->n; i++)
            running += l->at[i].begun && !l->at[i].over;
        for (size_t i = 0; i < l->n && running < AT_ONCE; i++)
            if (!l->at[i].begun && !l->at[i].over && row_ready(l, &l->at[i])) {
                row_begin(&l->at[i], cli, &mask);
                running += !l->at[i].over;
            }
        for (; next < l->n && l->at[next].over; next++)
            if (told)
                told(arg, &l->at[next]);
        if (running && !list_wait(l, signals))
            list_stop(l, signals, &mask);
    }
    close(signals);
    sigprocmask(SIG_SETMASK, &mask, NULL);
}
