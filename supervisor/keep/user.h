/* The user that the agent runs as, where that is not the keeper's own (--user, root only). The keeper stays root: its
 * record, its socket and the state folder are out of the agent's reach. */
#ifndef CCSUP_KEEP_USER_H
#define CCSUP_KEEP_USER_H
#include "supervisor/base/err.h"
#include "supervisor/keep/options.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { USER_GROUPS_MAX = 256, USER_WHAT = 256 };

struct user {
    bool other;                /* false: nothing is to be changed, and nothing below is set */
    char *name, *home, *shell; /* owned */
    uid_t uid;
    gid_t gid, groups[USER_GROUPS_MAX];
    int group_count;
};

/* Looks the user up (before any fork: the lookup may ask other services). NULL = our own. False and e set: not root, or
 * no such user. */
bool user_find(struct user *u, const char *name, struct err *e);
void user_clear(struct user *u);

/* In the agent's first process, still as root: gives the user its clone, TMPDIR (a folder of its own in o->tmp) and git
 * configuration, and the way to them through the folders of ours above the clone. Never follows a symbolic link,
 * never leaves the filesystem, and never touches a file that has other names: it could be anybody's. False: errno, and
 * what names the step. */
bool user_prepare(const struct user *u, const struct options *o, char what[USER_WHAT]);
/* Becomes the user for good: groups, ids, and HOME USER LOGNAME SHELL TMPDIR. False: errno. */
bool user_become(const struct user *u, const struct options *o);

#endif
