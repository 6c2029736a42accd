/* What stands in a state file at each commit of a history, as keys that can be compared between commits: a key stands
 * for the meaning (kind, criterion) and the bytes of one line. */
#ifndef CCSUP_GIT_READING_H
#define CCSUP_GIT_READING_H
#include "supervisor/base/words.h"
#include "supervisor/git/graph.h"
#include "supervisor/git/siphash.h"
#include "watchdog/review.h"
#include <stdbool.h>
#include <stdint.h>

/* Which lines bear on one another: those of one criterion, by its index, and those about vetoes. */
enum { READING_VETO = -1, READING_NOTHING = -2 };

struct reading_line {
    uint64_t key;
    int of; /* a criterion's index, READING_VETO, or READING_NOTHING for what is no verdict */
    enum review_kind kind;
};

/* The reading of one blob. */
struct reading {
    bool used;
    bool refused; /* by its size or its bytes */
    git_oid blob;
    uint64_t *keys; /* sorted */
    size_t n;
    struct reading_line *lines; /* of a review: n, by `of` and in the file's order within it */
};

enum { READINGS_KEPT = 64 };

struct readings {
    git_repository *repo;
    const struct graph *graph;
    const struct words *criteria;
    int64_t max_bytes;
    const char *path;
    bool marker;               /* STATUS.md, not REVIEW.md: the one line of the marker, if it stands */
    struct siphash_key secret; /* of all keys */
    git_odb *odb;
    struct reading kept[READINGS_KEPT]; /* the latest: a blob comes up again soon or never */
    size_t next;
    struct reading_blob *blobs; /* per commit of the graph */
};

/* After the members above odb are set. 0 or libgit2's error code. Free with readings_close in any case. */
int readings_open(struct readings *r);
void readings_close(struct readings *r);
/* The blob at the path in a commit; *id NULL when no regular file stands there. 0 or libgit2's error code. */
int readings_blob(struct readings *r, size_t commit, const git_oid **id);
/* The reading of a blob, valid until READINGS_KEPT - 1 others are got. Empty for a file that is refused: it
 * introduced nothing and passes nothing on. 0 or libgit2's error code. */
int readings_get(struct readings *r, const git_oid *blob, const struct reading **out);
/* The same for a text of n bytes that is no blob; free with reading_clear. */
void readings_text(const struct readings *r, struct reading *out, const char *text, size_t n);
void reading_clear(struct reading *one);
/* The blob itself, to be freed; NULL when it is larger than what is read. 0 or libgit2's error code. */
int readings_raw(const struct readings *r, const git_oid *blob, git_blob **out);
/* The keys of a review's entries, in their order; the caller frees. text: the n bytes it was read from. */
uint64_t *readings_keys(const struct readings *r, const struct review *review, const char *text, size_t n);
/* The key of the marker in that line. */
uint64_t readings_marker_key(const struct readings *r, int line, const char *text, size_t n);
int reading_key_compare(const void *a, const void *b);

#endif
