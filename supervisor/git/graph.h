/* The history of one revision: every commit that is reachable from it (the nearest 50,000), in an order where
 * a commit comes before its parents, newest first where that leaves a choice. */
#ifndef CCSUP_GIT_GRAPH_H
#define CCSUP_GIT_GRAPH_H
#include "supervisor/base/words.h"
#include <git2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_MAX = 50000 };

struct graph_commit {
    git_oid id, tree;
    int64_t committed;    /* committer time, seconds */
    size_t parents;       /* index of the first in graph.edges */
    size_t parent_count;  /* those that are in the graph */
    bool parents_missing; /* some parent lies beyond the limit */
    const char *author;   /* e-mails as they stand in the commit; owned by the graph */
    const char *committer;
    int claim; /* index of the criterion that its subject claims, or -1 */
};

struct graph {
    struct graph_commit *commits; /* commits[0] is the revision itself */
    size_t count;
    size_t *edges; /* indexes into commits */
    size_t *by_id; /* indexes into commits, in the order of their ids */
    bool cut;      /* there are more commits than GRAPH_MAX */
    git_oid bad;   /* after a failure: the commit that can't be read; zero = it was not one commit */
    struct words emails;
};

/* Loads the history of tip. ids: the criteria, for the claims. 0, or libgit2's error code (git_error_last
 * says more); GIT_EUSER when stop() answered true. Free with graph_clear in any case. */
int graph_load(struct graph *g, git_repository *repo, const git_oid *tip, const struct words *ids, bool (*stop)(void *),
               void *arg);
void graph_clear(struct graph *g);
/* Index of the commit, or -1. */
long graph_find(const struct graph *g, const git_oid *id);
/* Index of the one commit whose id begins with these hex digits; -1 when there is none, or more than one. */
long graph_prefix(const struct graph *g, const char *hex);
/* For each commit: is it a proper descendant of `from` (an index)? The caller frees. */
bool *graph_descendants(const struct graph *g, size_t from);
/* For each commit: is it `from` or one of its ancestors? The caller frees. */
bool *graph_ancestors(const struct graph *g, size_t from);

#endif
