#include "supervisor/sys/paths.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* sun_path holds 107 bytes and a NUL; the longest name in the folder is "adversary" (10 with the slash). */
enum { SOCKET_DIR_MAX = 107 - 10 };

/* A folder for sockets whose paths fit: $XDG_RUNTIME_DIR, or /run for root, or /tmp. */
static char *paths_socket_dir(const char *id)
{
    const char *run = getenv("XDG_RUNTIME_DIR");
    struct stat st;
    if (run && *run == '/' && stat(run, &st) == 0 && st.st_uid == geteuid()) {
        char *dir = file_fmt("%s/ccsup/%s", run, id);
        if (strlen(dir) <= SOCKET_DIR_MAX)
            return dir;
        free(dir);
    }
    if (geteuid() == 0 && access("/run", W_OK) == 0)
        return file_fmt("/run/ccsup/%s", id);
    return file_fmt("/tmp/ccsup-%s-%ld", id, (long)geteuid());
}

static char *paths_data_dir(const char *id)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return file_fmt("%s/ccsup/%s", xdg, id);
    if (!home || *home != '/') {
        const struct passwd *pw = getpwuid(geteuid());
        home = pw && pw->pw_dir && *pw->pw_dir == '/' ? pw->pw_dir : "/var/tmp";
    }
    return file_fmt("%s/.local/state/ccsup/%s", home, id);
}

/* A folder of ours, no link to one. */
static bool paths_ours(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* The same of the folder that state/NAME leads to. Root may stop a user's instance: then it is that user's. */
static bool paths_instances(const struct paths *p, const char *path)
{
    struct stat state, st;
    return paths_ours(path) || (geteuid() == 0 && lstat(p->state, &state) == 0 && lstat(path, &st) == 0 &&
                                S_ISDIR(st.st_mode) && st.st_uid == state.st_uid);
}

/* Where the instance's folder is since it was made: state/NAME links to it. The environment of `ccsup stop` (another
 * login, cron, sudo) need not be that of `ccsup start`. NULL when there is none, or it is gone, or a copied state
 * folder still names another instance's. */
static char *paths_recorded(const struct paths *p, const char *name)
{
    char *link = paths_state(p, name), to[PATH_MAX];
    ssize_t n = readlink(link, to, sizeof to - 1);
    free(link);
    to[n > 0 ? n : 0] = '\0';
    const char *base = strrchr(to, '/');
    return to[0] == '/' && strstr(base, p->id) && paths_instances(p, to) ? mem_strdup(to) : NULL;
}

/* Makes state/NAME link to dir, in one step for who looks. */
static bool paths_record(const struct paths *p, const char *name, const char *dir, struct err *e)
{
    char *link = paths_state(p, name), *tmp = file_fmt("%s.new.%ld", link, (long)getpid());
    unlink(tmp);
    bool ok = symlink(dir, tmp) == 0 && rename(tmp, link) == 0;
    if (!ok) {
        err_set(e, "cannot write %s: %s", link, strerror(errno));
        unlink(tmp);
    }
    free(tmp);
    free(link);
    return ok;
}

/* The folder of this program. */
static void paths_exe(char exe[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", exe, PATH_MAX - 1);
    exe[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(exe, '/');
    if (slash)
        *slash = '\0';
}

bool paths_init(struct paths *p, const char *config_file, struct err *e)
{
    memset(p, 0, sizeof *p);
    char real[PATH_MAX], exe[PATH_MAX], *slash;
    if (!realpath(config_file, real)) {
        err_set(e, "cannot find %s: %s", config_file, strerror(errno));
        return false;
    }
    paths_exe(exe);
    p->exe = mem_strdup(exe);
    p->config = mem_strdup(real);
    p->root = mem_strdup(real);
    slash = strrchr(p->root, '/');
    slash[slash == p->root] = '\0';
    p->state = file_join(p->root, ".ccsup");
    snprintf(p->id, sizeof p->id, "%08x", (unsigned)(hash_fnv(p->state, strlen(p->state)) & 0xFFFFFFFFu));
    p->sockets = paths_recorded(p, "sockets");
    if (!p->sockets || strlen(p->sockets) > SOCKET_DIR_MAX) {
        free(p->sockets);
        p->sockets = paths_socket_dir(p->id);
    }
    p->data = paths_recorded(p, "data");
    if (!p->data)
        p->data = paths_data_dir(p->id);
    return true;
}

/* May a launch.conf that was met on the way up be used? It names commands to run: one that a stranger put into /tmp
 * must not be ours. Good owners: we, root, and who owns the folder where we stand. */
static bool paths_trusted(const char *file, const char *cwd, struct err *e)
{
    struct stat f, d;
    if (stat(file, &f) == 0 && stat(cwd, &d) == 0 && (f.st_uid == geteuid() || f.st_uid == 0 || f.st_uid == d.st_uid))
        return true;
    err_set(e, "%s belongs to another user; name its folder with -C DIR if you trust it", file);
    return false;
}

bool paths_find(struct paths *p, const char *dir, struct err *e)
{
    memset(p, 0, sizeof *p);
    const char *env = getenv("CCSUP_CONFIG");
    if (e)
        e->text[0] = '\0';
    if (!dir && env && *env) {
        bool ok = paths_init(p, env, e);
        if (!ok && e)
            err_set(e, "CCSUP_CONFIG: %s", e->text);
        return ok;
    }
    char cwd[PATH_MAX];
    if (dir ? !realpath(dir, cwd) : !getcwd(cwd, sizeof cwd)) {
        err_set(e, "cannot look in %s: %s", dir ? dir : ".", strerror(errno));
        return false;
    }
    char *at = mem_strdup(cwd);
    bool found = false;
    for (;;) {
        char *file = file_join(strcmp(at, "/") ? at : "", "launch.conf");
        bool there = file_exists(file);
        found = there && (dir || paths_trusted(file, cwd, e)) && paths_init(p, file, e);
        free(file);
        char *slash = strrchr(at, '/');
        if (there || dir || !slash || slash[1] == '\0')
            break;
        slash[slash == at] = '\0';
    }
    free(at);
    if (!found && (!e || !e->text[0]))
        err_set(e, "no launch.conf in %s%s; name its folder with -C DIR, or set CCSUP_CONFIG to the file", cwd,
                dir ? "" : " or above it");
    return found;
}

/* Makes one folder 0700 and checks that it is ours: a folder that somebody else made first (in /tmp, say) could be
 * watched or swapped. pass: others may have been let through it (never to look into it): the way of an agent that runs
 * as another user to what is its own below. */
static bool paths_make_way(const char *path, bool pass, struct err *e)
{
    struct stat st;
    if (!file_mkdirs(path, 0700, e))
        return false;
    if (!paths_ours(path)) {
        err_set(e, "%s is not a folder of ours; remove it", path);
        return false;
    }
    mode_t most = pass ? 0711 : 0700;
    if (lstat(path, &st) == 0 && (st.st_mode & 0777 & ~most) && chmod(path, st.st_mode & most) != 0) {
        err_set(e, "cannot make %s private: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static bool paths_make_one(const char *path, struct err *e)
{
    return paths_make_way(path, false, e);
}

bool paths_make(const struct paths *p, struct err *e)
{
    static const char *const roles[] = {"builder", "adversary"};
    char *locks = paths_state(p, "locks");
    bool ok = paths_make_one(p->state, e) && paths_make_one(locks, e) && paths_make_one(p->sockets, e) &&
              paths_make_way(p->data, true, e) && paths_record(p, "sockets", p->sockets, e) &&
              paths_record(p, "data", p->data, e);
    free(locks);
    for (size_t i = 0; ok && i < 2; i++) {
        char *iterations = paths_role(p, roles[i], "iterations"), *data = file_join(p->data, roles[i]);
        char *tmp = paths_tmp(p, roles[i]);
        ok = paths_make_one(iterations, e) && paths_make_way(data, true, e) && paths_make_way(tmp, true, e);
        free(iterations);
        free(data);
        free(tmp);
    }
    return ok;
}

void paths_clear(struct paths *p)
{
    free(p->config);
    free(p->root);
    free(p->state);
    free(p->sockets);
    free(p->data);
    free(p->exe);
    memset(p, 0, sizeof *p);
}

char *paths_state(const struct paths *p, const char *name)
{
    return file_join(p->state, name);
}

char *paths_lock(const struct paths *p, const char *name)
{
    return file_fmt("%s/locks/%s", p->state, name);
}

char *paths_socket(const struct paths *p, const char *name)
{
    return file_join(p->sockets, name);
}

char *paths_role(const struct paths *p, const char *role, const char *name)
{
    return file_fmt("%s/%s/%s", p->state, role, name);
}

char *paths_data(const struct paths *p, const char *role, const char *name)
{
    return file_fmt("%s/%s/%s", p->data, role, name);
}

char *paths_tmp(const struct paths *p, const char *role)
{
    return file_fmt("/tmp/ccsup-%s-%s", p->id, role);
}

static char *program_at(const char *exe, const char *name)
{
    char *here = file_join(exe, name);
    if (access(here, X_OK) == 0)
        return here;
    free(here);
    return file_fmt("%s/../libexec/ccsup/%s", exe, name);
}

char *paths_program(const struct paths *p, const char *name)
{
    return program_at(p->exe, name);
}

char *paths_beside(const char *name)
{
    char exe[PATH_MAX];
    paths_exe(exe);
    return program_at(exe, name);
}

int paths_iteration(const char *name)
{
    size_t n = strspn(name, "0123456789");
    return n < 6 || n > 9 || name[n] || (n > 6 && name[0] == '0') ? 0 : atoi(name);
}
