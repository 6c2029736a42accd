/* Which commit introduced each line of a state file's reading? An entry is a line in its meaning (verdict,
 * veto, marker) with its bytes; from the revision it is followed to every parent whose reading has it, and where
 * no parent has it, that commit introduced it. So a merge is never credited with what one side brought.
 *
 * More than one side may have brought the same bytes: somebody may copy a line into a branch of their own, with a
 * date of their choice, and merge that. Then the origin counts that is worth least to a copyist: of a PASS or a lifting
 * the Adversary's or an operator's, of those the earliest; of what is against it the latest; of the marker the
 * earliest.
 *
 * A PASS or a lifting that one side of a merge had had and had no more was brought back by the merge, unless the
 * Adversary or an operator made that: then the merge is its origin. */
#ifndef CCSUP_GIT_PROVENANCE_H
#define CCSUP_GIT_PROVENANCE_H
#include "supervisor/base/words.h"
#include "supervisor/git/graph.h"
#include "watchdog/review.h"
#include <stdbool.h>
#include <stdint.h>

enum { PROVENANCE_ENTRIES = 20000, PROVENANCE_UNKNOWN = -1 };

struct provenance {
    git_repository *repo;
    const struct graph *graph;
    const struct words *criteria;
    int64_t max_bytes;
    const bool *verifier;    /* per commit: the Adversary's or an operator's; NULL for the marker */
    uint64_t who;            /* a hash of what `verifier` depends on besides the history */
    size_t at;               /* the commit whose file is read, an index of the graph */
    const char *folder;      /* the mirror: it holds the origins that the last poll found */
    bool keep;               /* what is found is written there: only for the tip */
    bool (*stop)(void *arg); /* true: no time left; what was not found by then stays unknown */
    void *arg;
    bool stopped; /* set when it was */
};

/* commits[i] = index in the graph of the commit that introduced entry i of the reading of REVIEW.md at path
 * (text of n bytes) at the commit `at`, or PROVENANCE_UNKNOWN: history beyond the limit, no time
 * left, or one of more entries than PROVENANCE_ENTRIES (the earliest are left out). 0 or libgit2's error
 * code. */
int provenance_review(struct provenance *p, const char *path, const struct review *review, const char *text, size_t n,
                      long *commits);
/* The same for the standing marker of STATUS.md; line: its number. The marker is in a reading when it stands
 * there. */
int provenance_marker(struct provenance *p, const char *path, int line, const char *text, size_t n, long *commit);

#endif
