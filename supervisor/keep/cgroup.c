#include "supervisor/keep/cgroup.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/words.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CGROUP_FILE_MAX = 1 << 20,
    CGROUP_DEPTH = PATH_MAX / 2, /* of groups with names of one letter: no deeper one has a path */
    CGROUP_RELEASE_TRIES = 100,
    CGROUP_KILL_TRIES = 1000 /* 1 ms each */
};

static char *cgroup_name(const char *state, const char *role)
{
    /* The same 8 digits as in the names of the sockets and temporary folders (sys/paths.h). */
    return file_fmt("ccsup-%08x-%s", (unsigned)(hash_fnv(state, strlen(state)) & 0xFFFFFFFFu), role);
}

bool cgroup_ours(const char *dir, const char *state, const char *role)
{
    char *name = cgroup_name(state, role);
    const char *base = strrchr(dir, '/');
    struct statfs fs;
    bool ours = *dir == '/' && base && strcmp(base + 1, name) == 0 && statfs(dir, &fs) == 0 &&
                (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
    free(name);
    return ours;
}

/* Our own group's path inside the hierarchy, from "0::/a/b"; NULL when there is none or it is outside of our view. */
static char *cgroup_own(void)
{
    struct buf b;
    buf_init(&b, 0);
    char *path = NULL;
    if (file_read("/proc/self/cgroup", CGROUP_FILE_MAX, &b, NULL))
        for (char *line = b.data; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
            if (strncmp(line, "0::/", 4) == 0 && strncmp(line + 3, "/..", 3) != 0)
                path = file_fmt("%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    buf_clear(&b);
    return path;
}

/* The folder of the group `own` below one line of mountinfo, or NULL. */
static char *cgroup_mounted(const char *line, const char *own)
{
    char root[1024], point[1024], type[64];
    const char *dash = strstr(line, " - ");
    if (!dash || sscanf(line, "%*d %*d %*s %1023s %1023s", root, point) != 2 || sscanf(dash, " - %63s", type) != 1 ||
        strcmp(type, "cgroup2") != 0 || strchr(point, '\\'))
        return NULL;
    size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(own, root, n) != 0 || (own[n] != '/' && own[n] != '\0'))
        return NULL;
    return file_fmt("%s%s", point, strcmp(own + n, "/") == 0 ? "" : own + n);
}

/* The folder of our own group, wherever this machine has the hierarchy (beside v1 ones it is often .../unified). */
static char *cgroup_here(struct err *e)
{
    struct buf b;
    buf_init(&b, 0);
    char *own = cgroup_own(), *dir = NULL;
    if (own && file_read("/proc/self/mountinfo", CGROUP_FILE_MAX, &b, NULL))
        for (char *line = b.data; !dir && line && *line;) {
            char *end = strchr(line, '\n');
            if (end)
                *end = '\0';
            dir = cgroup_mounted(line, own);
            struct statfs fs;
            if (dir && (statfs(dir, &fs) != 0 || (unsigned long)fs.f_type != CGROUP2_SUPER_MAGIC)) {
                free(dir);
                dir = NULL;
            }
            line = end ? end + 1 : NULL;
        }
    if (!dir)
        err_set(e, "no control groups (v2) are mounted where we could use them");
    buf_clear(&b);
    free(own);
    return dir;
}

static bool cgroup_write(const char *dir, const char *name, const char *text)
{
    char *path = file_join(dir, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    free(path);
    errno = saved;
    return ok;
}

bool cgroup_join(const struct cgroup *c)
{
    return write(c->procs, "0", 1) == 1;
}

void cgroup_freeze(const char *dir)
{
    cgroup_write(dir, "cgroup.freeze", "1");
}

/* May a process of ours really go in? Rights are one thing (the group above counts too), policies another. */
static int cgroup_try(const struct cgroup *c)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(cgroup_join(c) ? 0 : errno);
    int status = 0;
    if (pid < 0)
        return errno;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* Ends all that live in it. A previous keeper's record should have named it, and then it is empty; but an agent of our
 * user can write there. */
static bool cgroup_end(const char *dir)
{
    for (int i = 0; i < CGROUP_KILL_TRIES && cgroup_populated(dir); i++) {
        cgroup_write(dir, "cgroup.kill", "1");
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return !cgroup_populated(dir);
}

bool cgroup_make(struct cgroup *c, const struct options *o, struct err *e)
{
    *c = (struct cgroup){.procs = -1};
    bool tried = o->tried == FENCE_CGROUP;
    char *here = cgroup_here(e), *name = cgroup_name(o->state, o->role);
    if (here) {
        c->dir = file_join(here, name);
        char *procs = file_join(c->dir, "cgroup.procs"), *kill = file_join(c->dir, "cgroup.kill");
        int error = mkdir(c->dir, 0755) == 0 || errno == EEXIST ? 0 : errno;
        if (error)
            err_set(e, "no control group can be made in %s: %s", here, strerror(error));
        else if (access(kill, W_OK) != 0)
            err_set(e, "the control group %s can't be killed as one: %s", c->dir, strerror(errno));
        else if (o->keep ? !cgroup_release(c->dir) : !cgroup_end(c->dir))
            err_set(e, "others live in the control group %s", c->dir);
        else if ((c->procs = open(procs, O_WRONLY | O_CLOEXEC)) < 0 || (!tried && (error = cgroup_try(c)) != 0))
            err_set(e, "no process can be moved into the control group %s: %s", c->dir,
                    strerror(error ? error : errno));
        else
            error = -1; /* all is well */
        if (error != -1) {
            cgroup_remove(c->dir);
            cgroup_clear(c);
        }
        free(procs);
        free(kill);
    }
    free(here);
    free(name);
    return c->dir != NULL;
}

void cgroup_clear(struct cgroup *c)
{
    if (c->procs >= 0)
        close(c->procs);
    free(c->dir);
    *c = (struct cgroup){.procs = -1};
}

bool cgroup_populated(const char *dir)
{
    struct buf b;
    buf_init(&b, 0);
    char *path = file_join(dir, "cgroup.events");
    bool yes = file_read(path, CGROUP_FILE_MAX, &b, NULL) && strstr(buf_str(&b), "populated 1");
    free(path);
    buf_clear(&b);
    return yes;
}

/* Calls fn for the group and each one below it, those below first. */
static void cgroup_each(const char *dir, int depth, void (*fn)(const char *dir, void *arg), void *arg)
{
    struct words names = {0};
    DIR *d = depth < CGROUP_DEPTH ? opendir(dir) : NULL;
    for (struct dirent *ent; d && (ent = readdir(d));)
        if (ent->d_type == DT_DIR && ent->d_name[0] != '.')
            words_add(&names, ent->d_name);
    if (d)
        closedir(d); /* before going down: an agent may nest more groups than there are descriptors */
    for (size_t i = 0; i < names.n; i++) {
        char *below = file_join(dir, names.at[i]);
        cgroup_each(below, depth + 1, fn, arg);
        free(below);
    }
    words_clear(&names);
    fn(dir, arg);
}

/* Those alive in this very group. */
static void cgroup_list(const char *dir, void *victims)
{
    char *path = file_join(dir, "cgroup.procs");
    FILE *in = fopen(path, "re");
    long pid;
    while (in && fscanf(in, "%ld", &pid) == 1) {
        struct proc_stat st;
        if (pid > 0 && proc_read((pid_t)pid, &st) && !tree_dead(&st))
            victims_add(victims, (pid_t)pid, st.starttime, st.comm);
    }
    if (in)
        fclose(in);
    free(path);
}

void cgroup_round(const char *dir, struct victims *killed, struct victims *left)
{
    struct victims here = {0};
    cgroup_each(dir, 0, cgroup_list, &here);
    bool ok = cgroup_write(dir, "cgroup.kill", "1");
    for (size_t i = 0; i < here.n; i++) {
        const struct victim *v = &here.at[i];
        victims_add(left, v->pid, v->starttime, v->name);
        if (ok && killed)
            victims_add(killed, v->pid, v->starttime, v->name);
    }
    victims_clear(&here);
}

static void cgroup_up(const char *dir, void *above)
{
    struct victims here = {0};
    cgroup_list(dir, &here);
    for (size_t i = 0; i < here.n; i++) {
        char pid[32];
        snprintf(pid, sizeof pid, "%ld", (long)here.at[i].pid);
        cgroup_write(above, "cgroup.procs", pid);
    }
    victims_clear(&here);
}

bool cgroup_release(const char *dir)
{
    char *above = file_fmt("%.*s", (int)(strrchr(dir, '/') - dir), dir);
    /* A process may fork while its parent is on the way: look again. */
    for (int i = 0; i < CGROUP_RELEASE_TRIES && cgroup_populated(dir); i++)
        cgroup_each(dir, 0, cgroup_up, above);
    free(above);
    return !cgroup_populated(dir);
}

static void cgroup_rmdir(const char *dir, void *arg)
{
    (void)arg;
    rmdir(dir);
}

void cgroup_remove(const char *dir)
{
    cgroup_each(dir, 0, cgroup_rmdir, NULL);
}
