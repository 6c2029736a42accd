/* Which processes are below us, and a kill that can't hit the wrong one. /proc races with fork, so one look
 * proves nothing: callers look again until nothing is left. */
#ifndef CCSUP_KEEP_TREE_H
#define CCSUP_KEEP_TREE_H
#include "supervisor/sys/proc.h"
#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Processes to be named in a record. Zeroed = empty. */
struct victims {
    struct victim {
        pid_t pid;
        uint64_t starttime;
        char name[32];
    } * at; /* owned; at most VICTIMS_MAX */
    size_t n;
    size_t count; /* all that were added, also those past the cap */
};
enum { VICTIMS_MAX = 4096, VICTIMS_NAMED = 100 };

void victims_clear(struct victims *v);
/* Adds the process unless it is there already (same pid and start time). */
void victims_add(struct victims *v, pid_t pid, uint64_t starttime, const char *name);
/* A JSON array [{"pid":17,"name":"sleep"}] named `name` in obj, of the first VICTIMS_NAMED; with "starttime"
 * too, where somebody must find the very processes again. */
void victims_json(const struct victims *v, cJSON *obj, const char *name, bool starttime);

/* Dead: a zombie, or going. Not so a process whose first thread ended while others go on: it looks like a
 * zombie. */
bool tree_dead(const struct proc_stat *st);
/* Adds to v every living process below the process root, without root. */
void tree_below(pid_t root, struct victims *v);
enum tree_end { TREE_KILLED, TREE_GONE, TREE_REFUSED /* no permission */ };
/* SIGKILL through a pidfd, after comparing the start time. */
enum tree_end tree_kill(pid_t pid, uint64_t starttime);

#endif
