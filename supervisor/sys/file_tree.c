/* Removing a tree that somebody else filled: any depth, any rights, any links, never outside of it. */
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
    int top;      /* the folder that is being emptied */
    unsigned seq; /* names of lifted folders */
    bool moved;   /* this pass got somewhere */
};

/* Somebody who still writes there could keep us busy for ever. */
enum { TREE_PASSES_MAX = 200000 };

/* The folder `name` in dir, opened without following a link. Its owner may read and write it afterwards: some programs
 * leave folders in which nobody may (0555). -1 when it is no folder, or something else is mounted there. */
static int tree_open(int dir, const char *name)
{
    struct statx st;
    if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_MODE, &st) != 0 ||
        !S_ISDIR(st.stx_mode) || st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
        return -1;
    if ((st.stx_mode & 0700) != 0700 && fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Lifts a folder that is not empty up into the top, so that no path and no stack grows with the depth. */
static bool tree_lift(struct tree *t, int dir, const char *name)
{
    for (int tries = 0; tries < 1000; tries++) {
        char to[64];
        snprintf(to, sizeof to, ".ccsup-removed-%ld-%u", (long)getpid(), t->seq++);
        if (renameat(dir, name, t->top, to) == 0)
            return true;
        if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
            return false;
    }
    return false;
}

/* Its entries; takes fd, which may be -1. */
static DIR *tree_entries(int fd)
{
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d && fd >= 0)
        close(fd);
    return d;
}

static bool tree_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes what is in a folder of the top: all but folders that are not empty, and those are lifted. */
static void tree_empty(struct tree *t, const char *name)
{
    DIR *d = tree_entries(tree_open(t->top, name));
    for (struct dirent *ent; d && (ent = readdir(d));) {
        if (tree_is_dots(ent->d_name))
            continue;
        int fd = -1;
        if (unlinkat(dirfd(d), ent->d_name, 0) == 0 || unlinkat(dirfd(d), ent->d_name, AT_REMOVEDIR) == 0) {
            t->moved = true;
        } else if ((fd = tree_open(dirfd(d), ent->d_name)) >= 0) {
            /* tree_open has made it writable: moving a folder changes its "..". */
            t->moved |= tree_lift(t, dirfd(d), ent->d_name);
            close(fd);
        }
    }
    if (d)
        closedir(d);
}

/* One pass over the top. */
static void tree_pass(struct tree *t)
{
    DIR *d = tree_entries(openat(t->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (struct dirent *ent; d && (ent = readdir(d));) {
        if (tree_is_dots(ent->d_name))
            continue;
        if (unlinkat(t->top, ent->d_name, 0) != 0 && unlinkat(t->top, ent->d_name, AT_REMOVEDIR) != 0) {
            tree_empty(t, ent->d_name);
            t->moved |= unlinkat(t->top, ent->d_name, AT_REMOVEDIR) == 0;
        } else {
            t->moved = true;
        }
    }
    if (d)
        closedir(d);
}

bool file_remove_tree(const char *path)
{
    struct stat st;
    if (unlink(path) != 0 && rmdir(path) != 0 && errno != ENOENT) {
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0700) != 0700 &&
            fchmodat(AT_FDCWD, path, 0700, AT_SYMLINK_NOFOLLOW) != 0)
            return false;
        struct tree t = {.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), .moved = true};
        for (int pass = 0; t.top >= 0 && t.moved && pass < TREE_PASSES_MAX; pass++) {
            t.moved = false;
            tree_pass(&t);
        }
        if (t.top >= 0)
            close(t.top);
        rmdir(path);
    }
    return lstat(path, &st) != 0 && errno == ENOENT;
}
