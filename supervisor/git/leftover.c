#include "supervisor/git/leftover.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEFTOVER_DEPTH = 32 };

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool ends(const char *name, const char *with)
{
    size_t n = strlen(name), k = strlen(with);
    return n > k && strcmp(name + n - k, with) == 0;
}

/* Is this a leftover, by its name? */
static bool leftover_is(const char *dir, const char *name, bool objects)
{
    if (ends(name, ".lock"))
        return true;
    if (!objects)
        return false;
    if (begins(name, "tmp_") || begins(name, "pack_git2_") || begins(name, ".tmp-") || ends(name, ".keep"))
        return true;
    if (!begins(name, "pack-") || !ends(name, ".pack"))
        return false;
    /* Its index comes last, so without one nothing in it was ever used. */
    char *index = file_fmt("%s/%.*s.idx", dir, (int)(strlen(name) - 5), name);
    bool alone = !file_exists(index);
    free(index);
    return alone;
}

static void leftover_walk(const char *dir, bool objects, int depth)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *path = file_join(dir, e->d_name);
        struct stat st;
        if (lstat(path, &st) != 0) {
            /* gone already */
        } else if (S_ISDIR(st.st_mode)) {
            if (objects && begins(e->d_name, "tmp_"))
                file_remove_tree(path); /* a quarantine of incoming objects */
            else if (depth < LEFTOVER_DEPTH)
                leftover_walk(path, objects, depth + 1);
        } else if (leftover_is(dir, e->d_name, objects)) {
            unlink(path);
        }
        free(path);
    }
    if (d)
        closedir(d);
}

void leftover_remove(const char *dir)
{
    char *objects = file_join(dir, "objects"), *refs = file_join(dir, "refs");
    leftover_walk(objects, true, 0);
    leftover_walk(refs, false, 0);
    leftover_walk(dir, false, LEFTOVER_DEPTH);
    free(objects);
    free(refs);
}
