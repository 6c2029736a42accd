#include "supervisor/keep/user.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What lies deeper was made by an agent, so it is the agent's already; each level holds a descriptor. */
enum { USER_DEPTH = 128 };

bool user_find(struct user *u, const char *name, struct err *e)
{
    memset(u, 0, sizeof *u);
    if (!name)
        return true;
    if (geteuid() != 0) {
        err_set(e, "user = %s needs root: start ccsup as root, or remove the line", name);
        return false;
    }
    errno = 0;
    const struct passwd *pw = getpwnam(name);
    if (!pw) {
        err_set(e, "there is no user %s%s%s", name, errno ? ": " : "", errno ? strerror(errno) : "");
        return false;
    }
    u->other = pw->pw_uid != geteuid();
    u->uid = pw->pw_uid;
    u->gid = pw->pw_gid;
    u->name = mem_strdup(pw->pw_name);
    u->home = mem_strdup(pw->pw_dir && *pw->pw_dir ? pw->pw_dir : "/");
    u->shell = mem_strdup(pw->pw_shell && *pw->pw_shell ? pw->pw_shell : "/bin/sh");
    u->group_count = USER_GROUPS_MAX;
    if (getgrouplist(u->name, u->gid, u->groups, &u->group_count) < 0) {
        err_set(e, "user %s is in more than %d groups", name, USER_GROUPS_MAX);
        user_clear(u);
        return false;
    }
    return true;
}

void user_clear(struct user *u)
{
    free(u->name);
    free(u->home);
    free(u->shell);
    memset(u, 0, sizeof *u);
}

/* One entry that is not the user's; fd names it for ever, so nobody can swap it for another meanwhile. */
static bool user_give(const struct user *u, int fd, const struct stat *st)
{
    if (st->st_uid == u->uid || (!S_ISDIR(st->st_mode) && st->st_nlink > 1))
        return true;
    return fchownat(fd, "", u->uid, u->gid, AT_EMPTY_PATH) == 0;
}

/* The tree at name in dir. */
static bool user_give_tree(const struct user *u, int dir, const char *name, dev_t dev, int depth)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return errno == ENOENT; /* gone meanwhile */
    bool ok = fstat(fd, &st) == 0;
    if (ok && depth && st.st_dev != dev) {
        close(fd);
        return true; /* something else is mounted there */
    }
    ok = ok && user_give(u, fd, &st);
    bool folder = ok && S_ISDIR(st.st_mode) && depth < USER_DEPTH;
    int list = folder ? openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int saved = errno;
    close(fd);
    DIR *d = list >= 0 ? fdopendir(list) : NULL;
    if (!d) {
        if (list >= 0)
            close(list);
        errno = saved;
        return ok && !folder;
    }
    for (struct dirent *ent; ok && (ent = readdir(d));)
        if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
            ok = user_give_tree(u, dirfd(d), ent->d_name, st.st_dev, depth + 1);
    saved = errno;
    closedir(d);
    errno = saved;
    return ok;
}

/* The folder that holds path, or NULL at the root. */
static char *user_above(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash != path ? mem_strndup(path, (size_t)(slash - path)) : NULL;
}

/* Lets others pass (not look into) a folder of ours. What is above those that ccsup makes is the operator's. */
static void user_open(const char *path)
{
    struct stat st;
    if (path && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & S_IXOTH))
        chmod(path, (st.st_mode & 07777) | S_IXOTH);
}

static char *user_tmp(const struct user *u, const struct options *o)
{
    return file_join(o->tmp, u->name);
}

/* What the variable names, if it was made beside the clone, in the role's folder: any other is somebody else's. */
static bool user_give_beside(const struct user *u, const char *role, const char *variable, char what[USER_WHAT])
{
    const char *path = getenv(variable);
    char *in = path ? user_above(path) : NULL;
    bool ok = true;
    if (in && role && strcmp(in, role) == 0) {
        snprintf(what, USER_WHAT, "%s", path);
        ok = user_give_tree(u, AT_FDCWD, path, 0, 0);
    }
    int saved = errno;
    free(in);
    errno = saved;
    return ok;
}

bool user_prepare(const struct user *u, const struct options *o, char what[USER_WHAT])
{
    char *role = user_above(o->clone), *data = role ? user_above(role) : NULL, *tmp = user_tmp(u, o);
    char *ours = data ? user_above(data) : NULL;
    user_open(role);
    user_open(data);
    if (ours && strcmp(strrchr(ours, '/'), "/ccsup") == 0)
        user_open(ours);
    user_open(o->tmp);
    snprintf(what, USER_WHAT, "%s", o->clone);
    bool ok = user_give_tree(u, AT_FDCWD, o->clone, 0, 0) && user_give_beside(u, role, "GIT_CONFIG_GLOBAL", what) &&
              user_give_beside(u, role, "CLAUDE_CONFIG_DIR", what) && user_give_beside(u, role, "CCSUP_PARK", what);
    if (ok) {
        snprintf(what, USER_WHAT, "%s", tmp);
        ok = (mkdir(tmp, 0700) == 0 || errno == EEXIST) && user_give_tree(u, AT_FDCWD, tmp, 0, 0);
    }
    int saved = errno;
    free(role);
    free(data);
    free(ours);
    free(tmp);
    errno = saved;
    return ok;
}

bool user_become(const struct user *u, const struct options *o)
{
    char *tmp = user_tmp(u, o);
    bool ok = setgroups((size_t)u->group_count, u->groups) == 0 && setresgid(u->gid, u->gid, u->gid) == 0 &&
              setresuid(u->uid, u->uid, u->uid) == 0 && setenv("HOME", u->home, 1) == 0 &&
              setenv("USER", u->name, 1) == 0 && setenv("LOGNAME", u->name, 1) == 0 &&
              setenv("SHELL", u->shell, 1) == 0 && setenv("TMPDIR", tmp, 1) == 0;
    free(tmp);
    if (ok && u->uid != 0 && setuid(0) == 0) {
        errno = EPERM; /* still able to come back: then it is no other user */
        ok = false;
    }
    return ok;
}
