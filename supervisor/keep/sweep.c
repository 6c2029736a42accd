#include "supervisor/keep/sweep.h"
#include "supervisor/keep/cgroup.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char SWEEP_MARKER[] = "CCSUP_RUN_ID=";

struct sweep {
    char entry[64];                      /* CCSUP_RUN_ID=… */
    uint64_t since;                      /* start time of that keeper, 0 = by marker only */
    char clone[PATH_MAX], tmp[PATH_MAX]; /* real paths; "" = no such folder */
    uid_t user;
    const struct sweep_spared *spared;
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
    ssize_t n = readlink(link, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    return sweep_inside(target, s->clone) || sweep_inside(target, s->tmp);
}

/* Does it work in the agent's folders: working directory, or a file that it holds open? */
static bool sweep_works_there(const struct sweep *s, pid_t pid)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%ld/cwd", (long)pid);
    if (sweep_link_inside(s, path))
        return true;
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *d = opendir(path);
    if (!d)
        return false;
    bool found = false;
    for (struct dirent *ent; !found && (ent = readdir(d));) {
        snprintf(path, sizeof path, "/proc/%ld/fd/%s", (long)pid, ent->d_name);
        found = sweep_link_inside(s, path);
    }
    closedir(d);
    return found;
}

static bool sweep_ours(const struct sweep *s, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld", (long)pid);
    struct stat st;
    return stat(path, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == s->user);
}

/* The marker of any iteration in its environment? Then what it is has been said: this one's or another's. */
static bool sweep_marked(pid_t pid, const char *entry, bool *other)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    struct buf b;
    buf_init(&b, 0);
    bool mine = false;
    if (file_read(path, 4 << 20, &b, NULL))
        for (size_t i = 0; i < b.len; i += strlen(b.data + i) + 1)
            if (strncmp(b.data + i, SWEEP_MARKER, sizeof SWEEP_MARKER - 1) == 0) {
                mine = mine || strcmp(b.data + i, entry) == 0;
                *other = !mine;
            }
    buf_clear(&b);
    return mine;
}

/* A process whose first thread ended hides its environment and folders; its other threads still show them. */
static pid_t sweep_thread(const struct proc_stat *st)
{
    char path[64];
    pid_t thread = st->pid;
    snprintf(path, sizeof path, "/proc/%ld/task", (long)st->pid);
    DIR *d = st->state == 'Z' ? opendir(path) : NULL;
    for (struct dirent *ent; d && (ent = readdir(d));)
        if (atol(ent->d_name) > 0 && (pid_t)atol(ent->d_name) != st->pid)
            thread = (pid_t)atol(ent->d_name);
    if (d)
        closedir(d);
    return thread;
}

static bool sweep_look(void *arg, const struct proc_stat *st)
{
    struct sweep *s = arg;
    if (st->pid == getpid() || tree_dead(st))
        return true;
    for (size_t i = 0; i < s->spared->n; i++)
        if (s->spared->at[i] == st->pid)
            return true;
    pid_t thread = sweep_thread(st);
    bool other = false;
    bool hit = sweep_marked(thread, s->entry, &other);
    if (!hit && !other && s->since && st->pid > 1 && st->tty == 0 && st->starttime >= s->since &&
        sweep_ours(s, st->pid))
        hit = sweep_works_there(s, thread);
    if (hit)
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

bool sweep_run(const struct iteration_keeper *k, const struct sweep_place *place, const struct sweep_spared *spared,
               const struct victims *known, struct victims *killed, struct victims *left)
{
    if (!k->there)
        return true; /* it died before it wrote who it is, so before it could start anything */
    struct sweep s = {.user = place->user, .spared = spared, .found = left};
    char boot[37];
    snprintf(s.entry, sizeof s.entry, "%s%s", SWEEP_MARKER, k->run_id[0] ? k->run_id : "?");
    sweep_folder(s.clone, place->clone);
    sweep_folder(s.tmp, place->tmp);
    proc_boot_id(boot);
    bool same_boot = boot[0] && strcmp(boot, k->boot_id) == 0;
    if (same_boot)
        s.since = k->starttime;
    else if (!k->run_id[0])
        s.since = 1;
    int64_t deadline = clock_boot() + SWEEP_LIMIT, step = 1;
    for (int clean = 0;;) {
        victims_clear(left);
        for (size_t i = 0; same_boot && i < known->n; i++)
            sweep_known(&known->at[i], left);
        if (place->cgroup)
            cgroup_round(place->cgroup, killed, left);
        proc_each(sweep_look, &s);
        clean = left->n ? 0 : clean + 1;
        if (clean == 2)
            return true;
        if (clock_boot() >= deadline)
            return left->n == 0;
        for (size_t i = 0; i < left->n; i++)
            if (tree_kill(left->at[i].pid, left->at[i].starttime) == TREE_KILLED)
                victims_add(killed, left->at[i].pid, left->at[i].starttime, left->at[i].name);
        struct timespec pause = {.tv_nsec = step * 1000000};
        nanosleep(&pause, NULL);
        step = step * 2 < 50 ? step * 2 : 50;
    }
}
