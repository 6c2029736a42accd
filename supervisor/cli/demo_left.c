/* Is anything of the demo still alive? Told from /proc and the locks, without asking the program under show.
 */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/base/words.h"
#include "supervisor/cli/demo.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct left_scan {
    struct words markers; /* CCSUP_RUN_ID=… of every iteration */
    struct words folders;
    pid_t holders[8]; /* of locks; 0 ends */
    uint64_t since;
    pid_t self;
    int count;
    struct buf *names;
};

/* The markers of one role's iterations, from their keep.json. */
static void left_markers(struct words *out, const struct paths *p, const char *role)
{
    char *dir = paths_role(p, role, "iterations");
    DIR *d = opendir(dir);
    for (struct dirent *ent; d && (ent = readdir(d));) {
        char *path = file_fmt("%s/%s/keep.json", dir, ent->d_name);
        struct buf b;
        buf_init(&b, 0);
        cJSON *keep = file_read(path, 1 << 20, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
        const char *id = json_str(keep, "run_id", "");
        if (*id) {
            char *entry = file_fmt("CCSUP_RUN_ID=%s", id);
            words_add(out, entry);
            free(entry);
        }
        cJSON_Delete(keep);
        buf_clear(&b);
        free(path);
    }
    if (d)
        closedir(d);
    free(dir);
}

/* Does the link lead to one of the folders, or below it? */
static bool left_leads(const struct left_scan *s, const char *link)
{
    char target[PATH_MAX];
    ssize_t n = readlink(link, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    for (size_t i = 0; i < s->folders.n; i++) {
        size_t len = strlen(s->folders.at[i]);
        if (strncmp(target, s->folders.at[i], len) == 0 && strchr("/ ", target[len]))
            return true; /* also at the NUL; a blank: "… (deleted)" */
    }
    return false;
}

static bool left_uses(const struct left_scan *s, pid_t pid)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%ld/cwd", (long)pid);
    if (left_leads(s, path))
        return true;
    snprintf(path, sizeof path, "/proc/%ld/exe", (long)pid);
    if (left_leads(s, path))
        return true;
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *d = opendir(path);
    bool found = false;
    for (struct dirent *ent; d && !found && (ent = readdir(d));) {
        snprintf(path, sizeof path, "/proc/%ld/fd/%s", (long)pid, ent->d_name);
        found = ent->d_name[0] != '.' && left_leads(s, path);
    }
    if (d)
        closedir(d);
    return found;
}

static bool left_look(void *arg, const struct proc_stat *st)
{
    struct left_scan *s = arg;
    if (st->pid == s->self || st->state == 'Z' || st->state == 'X')
        return true;
    const char *why = NULL;
    for (size_t i = 0; !why && i < sizeof s->holders / sizeof *s->holders && s->holders[i]; i++)
        why = s->holders[i] == st->pid ? "holds a lock of the run" : NULL;
    for (size_t i = 0; !why && i < s->markers.n; i++)
        why = proc_has_env(st->pid, s->markers.at[i]) ? "carries the marker of an iteration" : NULL;
    if (!why && st->tty == 0 && st->starttime >= s->since && left_uses(s, st->pid))
        why = "uses the demo's folder";
    if (why) {
        s->count++;
        char *comm = vis_dup(st->comm, strlen(st->comm), 40);
        if (s->names)
            buf_addf(s->names, "  %ld %s: %s\n", (long)st->pid, comm, why);
        free(comm);
    }
    return true;
}

int demo_left(const struct paths *p, const char *dir, uint64_t since, struct buf *names)
{
    static const char *const locks[] = {"watchdog", "builder", "adversary", "git"};
    struct left_scan s = {.since = since, .self = getpid(), .names = names};
    words_add(&s.folders, dir);
    for (int role = 0; role < ROLES; role++) {
        char *tmp = paths_tmp(p, role_name((enum role)role));
        words_add(&s.folders, tmp);
        free(tmp);
        left_markers(&s.markers, p, role_name((enum role)role));
    }
    size_t n = 0;
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        char *lock = paths_lock(p, locks[i]);
        pid_t holder = lock_holder(lock, NULL);
        if (holder > 0)
            s.holders[n++] = holder;
        free(lock);
    }
    proc_each(left_look, &s);
    words_clear(&s.markers);
    words_clear(&s.folders);
    return s.count;
}
