/* The parts of the reading of one revision, shared by supervisor/git/facts*.c alone. */
#ifndef CCSUP_GIT_FACTS_INTERNAL_H
#define CCSUP_GIT_FACTS_INTERNAL_H
#include "supervisor/git/facts.h"
#include "supervisor/git/foreign.h"
#include "supervisor/git/graph.h"
#include "supervisor/git/memo.h"
#include <git2.h>

struct facts {
    struct snapshot *s;
    const struct request *r;
    git_repository *repo;
    git_odb *odb;
    struct graph graph;
    const char *dir;   /* the mirror */
    int64_t deadline;  /* clock_boot() milliseconds */
    int64_t late;      /* the search for the lines' origins ends then: the rest of the facts must get out */
    bool *after_start; /* per commit: a proper descendant of the start revision */
    bool *phase;       /* per commit: neither the start revision nor an ancestor of it */
    struct memo memo;
    struct foreigns foreign;
};

/* For stop functions; arg: the time, clock_boot() milliseconds. */
bool facts_late(void *arg);
/* Sets t to the mirror's damage, with libgit2's reason. Returns false. */
bool facts_broken(struct trouble *t, const char *doing);
/* Sets t to a history that takes too long. Returns false. */
bool facts_slow(const struct facts *f, struct trouble *t);
/* The path in the repository of a state file; the caller frees. */
char *facts_path(const struct facts *f, const char *name);
/* The author's address into room bytes, escaped; and the committer's, when it is another: then that is why the commit
 * is nobody's. */
void facts_who(char *to, size_t room, const struct graph_commit *c);
/* Who made a commit. Author and committer must be the same party: a commit that one made in the other's name is
 * nobody's. */
enum review_by facts_by(const struct request *r, const struct graph_commit *c);

/* One state file at a commit. *blob NULL when it is missing or refused (then why says so). False and t set:
 * damage. */
bool facts_file(struct facts *f, size_t commit, const char *path, char hex[41], bool *has, bool *refused, char why[200],
                git_blob **blob, struct trouble *t);
/* Finds the foreign commits of the phase. */
bool facts_foreign(struct facts *f, struct trouble *t);
/* Fills the snapshot's review, at the tip, and what is told about foreign commits. */
bool facts_review(struct facts *f, struct trouble *t);
/* Fills *lacking with the criteria that have no PASS in REVIEW.md as it is at a commit, whatever its age. */
bool facts_unproven(struct facts *f, size_t commit, struct words *lacking, struct trouble *t);
/* Fills, for each PASS of the tip that names a commit, how many commits after that one change code. */
bool facts_since(struct facts *f, struct trouble *t);

#endif
