#include "supervisor/keep/sweep.h"
#include "supervisor/base/rounds.h"
#include "supervisor/keep/cgroup.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/marker.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct sweep {
    const struct sweep_wanted *wanted;
    const struct sweep_spared *spared;
    char clone[PATH_MAX], tmp[PATH_MAX], logs[PATH_MAX]; /* real paths; "" = no such folder */
    struct victims *found;
};

void sweep_spare(struct sweep_spared *s)
{
    s->n = 0;
    struct proc_stat st;
    for (pid_t pid = getpid(); pid > 1 && s->n < SWEEP_SPARED && proc_read(pid, &st); pid = st.ppid)
        s->at[s->n++] = pid;
}

static bool sweep_inside(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    if (n < 2 || strncmp(path, folder, n) != 0)
        return false;
    return path[n] == '/' || path[n] == '\0' || strcmp(path + n, " (deleted)") == 0;
}

static bool sweep_link_inside(const struct sweep *s, const char *link)
{
    char target[PATH_MAX];
    struct stat st;
    ssize_t n = readlink(link, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    /* Whoever reads a log may do so; such a link's own mode says how the file is open (proc(5)). */
    return sweep_inside(target, s->clone) || sweep_inside(target, s->tmp) ||
           (sweep_inside(target, s->logs) && lstat(link, &st) == 0 && st.st_mode & S_IWUSR);
}

/* One process that is looked at. */
struct sweep_one {
    const struct sweep *s;
    const struct proc_stat *st;
    bool mine, other; /* the marker: a wanted one; another */
    bool there;       /* works in the agent's folders */
};

/* Does that thread work in the agent's folders: working directory, or a file that it holds open? False: it does. */
static bool sweep_thread_elsewhere(void *arg, pid_t thread)
{
    struct sweep_one *one = arg;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/cwd", (long)one->st->pid, (long)thread);
    one->there = sweep_link_inside(one->s, path);
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/fd", (long)one->st->pid, (long)thread);
    DIR *d = one->there ? NULL : opendir(path);
    for (struct dirent *ent; d && !one->there && (ent = readdir(d));) {
        snprintf(path, sizeof path, "/proc/%ld/task/%ld/fd/%s", (long)one->st->pid, (long)thread, ent->d_name);
        one->there = sweep_link_inside(one->s, path);
    }
    if (d)
        closedir(d);
    return !one->there;
}

/* The first thread tells for all, as long as it lives. */
static bool sweep_works_there(struct sweep_one *one)
{
    if (one->st->headless)
        proc_each_thread(one->st->pid, sweep_thread_elsewhere, one);
    else
        sweep_thread_elsewhere(one, one->st->pid);
    return one->there;
}

static bool sweep_ours(const struct sweep_wanted *w, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld", (long)pid);
    struct stat st;
    return stat(path, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == w->user[0] || st.st_uid == w->user[1]);
}

static bool sweep_entry(void *arg, const char *entry)
{
    static const char marker[] = MARKER_NAME "=";
    struct sweep_one *one = arg;
    const struct sweep_wanted *w = one->s->wanted;
    if (strncmp(entry, marker, sizeof marker - 1) != 0)
        return true;
    const char *id = entry + sizeof marker - 1;
    bool whole = strlen(id) == MARKER_DIGITS;
    if (whole &&
        ((*w->run_id && strcmp(id, w->run_id) == 0) || (*w->owner && strncmp(id, w->owner, MARKER_OWNER) == 0)))
        one->mine = true;
    one->other = !one->mine;
    return true;
}

static bool sweep_by_place(struct sweep_one *one)
{
    const struct sweep_wanted *w = one->s->wanted;
    const struct proc_stat *st = one->st;
    bool asked = w->everything || (!one->other && w->since && st->starttime >= w->since);
    return asked && st->pid > 1 && st->tty == 0 && sweep_ours(w, st->pid) && sweep_works_there(one) &&
           !(w->sibling && proc_below(st->pid, w->sibling));
}

static bool sweep_look(void *arg, const struct proc_stat *st)
{
    struct sweep *s = arg;
    if (st->pid == getpid() || tree_dead(st))
        return true;
    for (size_t i = 0; i < s->spared->n; i++)
        if (s->spared->at[i] == st->pid)
            return true;
    struct sweep_one one = {.s = s, .st = st};
    proc_each_env(st->pid, sweep_entry, &one);
    if (one.mine || sweep_by_place(&one))
        victims_add(s->found, st->pid, st->starttime, st->comm);
    return true;
}

static void sweep_folder(char out[PATH_MAX], const char *path)
{
    if (!realpath(path, out))
        out[0] = '\0';
}

static void sweep_known(const struct victim *v, struct victims *left)
{
    struct proc_stat st;
    if (v->pid > 1 && proc_read(v->pid, &st) && st.starttime == v->starttime && !tree_dead(&st))
        victims_add(left, v->pid, v->starttime, st.comm);
}

bool sweep_run(const struct sweep_wanted *w, const struct sweep_spared *spared, struct victims *killed,
               struct victims *left)
{
    struct sweep s = {.wanted = w, .spared = spared, .found = left};
    sweep_folder(s.clone, w->clone);
    sweep_folder(s.tmp, w->tmp);
    if (w->everything)
        sweep_folder(s.logs, w->logs);
    struct rounds rounds;
    rounds_begin(&rounds, SWEEP_LIMIT, clock_boot());
    for (int clean = 0;;) {
        bool over = rounds_over(&rounds, clock_boot());
        victims_clear(left);
        for (size_t i = 0; i < w->once.n; i++)
            sweep_known(&w->once.at[i], left);
        if (w->cgroup)
            cgroup_round(w->cgroup, killed, left);
        proc_each(sweep_look, &s);
        clean = left->n ? 0 : clean + 1;
        if (clean == 2)
            return true;
        if (over)
            return left->n == 0;
        for (size_t i = 0; i < left->n; i++)
            if (tree_kill(left->at[i].pid, left->at[i].starttime) == TREE_KILLED)
                victims_add(killed, left->at[i].pid, left->at[i].starttime, left->at[i].name);
        struct timespec pause = {.tv_nsec = rounds.step * 1000000};
        rounds_wait(&rounds, clock_boot());
        nanosleep(&pause, NULL);
    }
}
