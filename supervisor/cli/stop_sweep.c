#include "supervisor/cli/stop_sweep.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/instance.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "agents/role.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { RECORD_MAX = 1 << 20, SWEEP_MS = 5000, ROUND_MS = 20 };

/* The folder of the newest iteration, NULL when there is none; the caller frees. */
static char *sweep_newest(const struct paths *p, const char *role)
{
    char *folder = paths_role(p, role, "iterations"), *found = NULL;
    long best = 0;
    DIR *d = opendir(folder);
    for (struct dirent *ent; d && (ent = readdir(d));) {
        if (strspn(ent->d_name, "0123456789") != strlen(ent->d_name) || strlen(ent->d_name) > 12)
            continue;
        long n = strtol(ent->d_name, NULL, 10);
        if (n > best) {
            best = n;
            free(found);
            found = file_join(folder, ent->d_name);
        }
    }
    if (d)
        closedir(d);
    free(folder);
    return found;
}

/* A record as JSON, NULL when it is missing or torn; *there says which. */
static cJSON *sweep_record(const char *folder, const char *name, bool *there)
{
    char *path = file_join(folder, name);
    struct buf b;
    buf_init(&b, 0);
    *there = file_exists(path);
    cJSON *v = file_read(path, RECORD_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    free(path);
    return v;
}

static void sweep_name(struct buf *names, pid_t pid, const char *name)
{
    buf_addf(names, "%s%ld (", names->len ? ", " : "", (long)pid);
    vis_add(names, name, strlen(name));
    buf_adds(names, ")");
}

struct sweep {
    char marker[64]; /* "CCSUP_RUN_ID=…" */
    size_t found, killed;
    struct buf *names; /* NULL = kill, else only name */
};

static bool sweep_one(void *arg, const struct proc_stat *st)
{
    struct sweep *s = arg;
    if (st->pid == getpid() || st->state == 'Z' || st->state == 'X' || !proc_has_env(st->pid, s->marker))
        return true;
    s->found++;
    if (s->names) {
        sweep_name(s->names, st->pid, st->comm);
        return true;
    }
    int fd = pidfd_open(st->pid, 0);
    /* Looked at again with the pidfd in hand: the number may have gone to somebody else. */
    if (fd >= 0 && proc_has_env(st->pid, s->marker) && pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0)
        s->killed++;
    if (fd >= 0)
        close(fd);
    return true;
}

/* Kills by the marker in rounds; names what is left. */
static void sweep_marked(const char *run_id, struct stop_left *left, struct buf *names)
{
    struct sweep s = {.found = 0};
    struct buf marker;
    buf_init(&marker, sizeof s.marker - 1);
    buf_addf(&marker, "CCSUP_RUN_ID=%s", run_id);
    memcpy(s.marker, buf_str(&marker), marker.len + 1);
    buf_clear(&marker);
    int64_t until = clock_boot() + SWEEP_MS;
    for (int empty = 0; empty < 2 && clock_boot() < until;) {
        s.found = 0;
        proc_each(sweep_one, &s);
        empty = s.found ? 0 : empty + 1;
        if (s.found)
            instance_nap(ROUND_MS);
    }
    s.found = 0;
    s.names = names;
    proc_each(sweep_one, &s);
    left->killed += s.killed;
    left->alive += s.found;
}

/* exit.json is there: do the survivors that it names still live? */
static void sweep_survivors(const cJSON *record, struct stop_left *left, struct buf *names)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, json_get(record, "survivors"))
    {
        pid_t pid = (pid_t)json_int(one, "pid", 0);
        const char *name = json_str(one, "name", "");
        struct proc_stat st;
        if (pid <= 0 || !proc_read(pid, &st) || st.state == 'Z' || st.state == 'X' || strcmp(st.comm, name) != 0)
            continue;
        left->alive++;
        sweep_name(names, pid, name);
    }
}

void stop_sweep(const struct paths *p, const char *role, struct stop_left *left, struct buf *names)
{
    memset(left, 0, sizeof *left);
    char *folder = sweep_newest(p, role);
    if (!folder)
        return;
    bool there = false;
    cJSON *exit_ = sweep_record(folder, "exit.json", &there), *keep = NULL;
    if (cJSON_IsObject(exit_)) {
        sweep_survivors(exit_, left, names);
    } else {
        char boot[37];
        keep = sweep_record(folder, "keep.json", &there);
        proc_boot_id(boot);
        const char *run_id = json_str(keep, "run_id", ""), *was = json_str(keep, "boot_id", "");
        if (there && (!*was || strlen(run_id) != 32))
            left->unknown = true;
        else if (there && strcmp(boot, was) == 0) /* another boot: nothing of it can live */
            sweep_marked(run_id, left, names);
        /* No keep.json: the keeper ended before it could start anything. */
    }
    cJSON_Delete(exit_);
    cJSON_Delete(keep);
    free(folder);
}

size_t stop_sweep_rest(const struct paths *p)
{
    char *path = paths_lock(p, "watchdog");
    struct err e;
    pid_t holder = 0;
    int lock = file_exists(path) ? lock_take(path, &holder, &e) : -1;
    size_t killed = 0;
    for (int r = 0; lock >= 0 && r < ROLES; r++) {
        const char *role = role_name((enum role)r);
        struct stop_left left;
        struct buf names;
        buf_init(&names, 16 * 1024);
        if (instance_holder(p, role, NULL) == 0) {
            stop_sweep(p, role, &left, &names);
            killed += left.killed;
        }
        buf_clear(&names);
    }
    if (lock >= 0)
        close(lock);
    free(path);
    return killed;
}
