/* Which commits change anything besides the state files? A commit's code is its tree without them (docs/protocol.md,
 * "Files and owners"), as one hash. */
#ifndef CCSUP_GIT_CODE_H
#define CCSUP_GIT_CODE_H
#include "supervisor/git/memo.h"
#include <stdbool.h>

enum { CODE_FROM_MAX = 64, CODE_STOPPED = 1 };

struct code {
    git_repository *repo;
    const struct graph *graph;
    struct memo *memo;
    const char *state_path; /* "" = the root */
    bool (*stop)(void *arg);
    void *arg;
};

/* The commits that come after a certain one and change code. */
struct code_after {
    size_t from;  /* in: the commit, an index of the graph */
    int count;    /* out */
    size_t first; /* out, when there is any: the newest of them, an index of the graph */
};

/* Fills n (at most CODE_FROM_MAX) of them. After a commit comes whatever is neither it nor an ancestor of it, also when
 * it was merged in later. A merge changes code when it has another than each of its parents, or than a parent that is
 * the commit or comes from it. 0, CODE_STOPPED when stop() answered true, or libgit2's error code. */
int code_after(struct code *c, struct code_after *list, size_t n);

#endif
