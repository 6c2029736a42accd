#include "supervisor/keep/iteration.h"
#include "supervisor/base/json.h"
#include "supervisor/keep/record.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/paths.h"
#include "supervisor/sys/proc.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ITERATION_FILE_MAX = 1 << 20, ITERATION_COMMAND_MAX = 4096 };

int64_t iteration_last(const struct options *o, struct err *e)
{
    char *path = file_fmt("%s/%s/iterations", o->state, o->role);
    int64_t last = -1;
    DIR *d = opendir(path);
    if (!d && errno == ENOENT && file_mkdirs(path, 0700, e))
        d = opendir(path);
    if (d) {
        last = 0;
        for (struct dirent *ent; (ent = readdir(d));) {
            int number = paths_iteration(ent->d_name);
            if (number > last)
                last = number;
        }
        closedir(d);
    } else if (e && !e->text[0]) {
        err_set(e, "cannot look into %s: %s", path, strerror(errno));
    }
    free(path);
    return last;
}

char *iteration_dir(const struct options *o, int64_t number)
{
    return file_fmt("%s/%s/iterations/%06lld", o->state, o->role, (long long)number);
}

static char *iteration_next(const struct options *o)
{
    return file_fmt("%s/%s/next", o->state, o->role);
}

static int iteration_open(const char *dir, const char *name, int flags, struct err *e)
{
    char *path = file_join(dir, name);
    int fd = file_open_ours(path, flags, e);
    free(path);
    return fd;
}

/* Opens the three files of the folder that is to become an iteration; what is not there is made. */
static bool iteration_begin(struct iteration *it, const char *next, struct err *e)
{
    if (mkdir(next, 0700) != 0 && errno != EEXIST) {
        err_set(e, "cannot make the folder %s: %s", next, strerror(errno));
        return false;
    }
    it->in = iteration_open(next, "prompt.md", O_RDONLY, e);
    it->out = it->in < 0 ? -1 : iteration_open(next, "out.log", O_WRONLY | O_APPEND, e);
    it->err = it->out < 0 ? -1 : iteration_open(next, "err.log", O_WRONLY | O_APPEND, e);
    return it->err >= 0;
}

void iteration_prepare(const struct options *o)
{
    static const char *const later[] = {"keep.json", RECORD_UNFINISHED};
    struct iteration it = {.in = -1, .out = -1, .err = -1};
    char *next = iteration_next(o);
    bool ok = iteration_begin(&it, next, NULL);
    for (size_t i = 0; ok && i < sizeof later / sizeof *later; i++) {
        int fd = iteration_open(next, later[i], O_WRONLY, NULL);
        ok = fd >= 0;
        if (ok)
            close(fd);
    }
    iteration_clear(&it);
    free(next);
}

/* keep.json: who keeps, and the marker by which a later keeper finds what is left of this iteration. */
static bool iteration_write_keeper(const char *dir, int64_t number, const struct options *o, const struct fence *f,
                                   struct err *e)
{
    struct proc_stat self = {0};
    char boot[37];
    struct buf command;
    buf_init(&command, ITERATION_COMMAND_MAX);
    for (char *const *word = o->command; *word; word++)
        buf_addf(&command, "%s%s", word == o->command ? "" : " ", *word);
    proc_read(f->self, &self);
    proc_boot_id(boot);
    cJSON *v = cJSON_CreateObject();
    json_add_int(v, "schema", 1);
    json_add_int(v, "iteration", number);
    json_add_str(v, "run_id", o->run_id);
    json_add_int(v, "pid", f->self);
    json_add_int(v, "starttime", (int64_t)self.starttime);
    json_add_str(v, "boot_id", boot);
    json_add_str(v, "role", o->role);
    json_add_int(v, "created_at", clock_now());
    json_add_str(v, "fence", options_fence_name(f->kind));
    json_add_str(v, "fence_why", f->why ? f->why : "");
    json_add_str(v, "cgroup", f->cgroup.dir ? f->cgroup.dir : "");
    json_add_str(v, "user", o->user ? o->user : "");
    json_add_str(v, "command", buf_str(&command));
    char *text = json_print(v), *line = file_fmt("%s\n", text), *path = file_join(dir, "keep.json");
    bool ok = file_put(path, line, strlen(line), 0600, e);
    free(path);
    free(line);
    free(text);
    cJSON_Delete(v);
    buf_clear(&command);
    return ok;
}

bool iteration_make(struct iteration *it, const struct options *o, const struct fence *f, int64_t number, struct err *e)
{
    if (number > PATHS_ITERATION_MAX) {
        err_set(e,
                "there is an iteration %lld, and no number after it: was that folder made by hand? remove it from "
                "%s/%s/iterations",
                (long long)number - 1, o->state, o->role);
        return false;
    }
    char *next = iteration_next(o), *dir = iteration_dir(o, number);
    bool ok = iteration_begin(it, next, e) && iteration_write_keeper(next, number, o, f, e);
    if (ok && rename(next, dir) != 0) {
        err_set(e, "cannot make the folder %s: %s", dir, strerror(errno));
        ok = false;
    }
    free(next);
    if (ok) {
        it->number = number;
        it->dir = dir;
    } else {
        free(dir);
    }
    return ok;
}

void iteration_clear(struct iteration *it)
{
    int fds[] = {it->in, it->out, it->err};
    for (size_t i = 0; i < 3; i++)
        if (fds[i] > 0)
            close(fds[i]);
    free(it->dir);
    memset(it, 0, sizeof *it);
}

void iteration_keeper(const char *dir, struct iteration_keeper *k)
{
    memset(k, 0, sizeof *k);
    struct buf b;
    buf_init(&b, 0);
    char *path = file_join(dir, "keep.json");
    cJSON *v = file_read(path, ITERATION_FILE_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    const char *id = json_str(v, "run_id", ""), *user = json_str(v, "user", "");
    k->there = file_exists(path);
    if (strlen(user) < sizeof k->user)
        snprintf(k->user, sizeof k->user, "%s", user);
    if (strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32)
        snprintf(k->run_id, sizeof k->run_id, "%s", id);
    snprintf(k->boot_id, sizeof k->boot_id, "%s", json_str(v, "boot_id", ""));
    const char *group = json_str(v, "cgroup", "");
    if (strlen(group) < sizeof k->cgroup)
        snprintf(k->cgroup, sizeof k->cgroup, "%s", group);
    k->starttime = (uint64_t)json_int(v, "starttime", 0);
    k->created_at = json_int(v, "created_at", 0);
    cJSON_Delete(v);
    free(path);
    buf_clear(&b);
}
