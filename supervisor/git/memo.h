/* What was found out about single commits, kept in the mirror between polls. It depends only on the commit with its
 * parents, and on the question (identity), so it holds for good, in whatever history the commit turns up. Losing the
 * file costs time, nothing else. */
#ifndef CCSUP_GIT_MEMO_H
#define CCSUP_GIT_MEMO_H
#include "supervisor/base/words.h"
#include "supervisor/git/graph.h"
#include "supervisor/git/siphash.h"

/* OPEN, where REVIEW is: what is put at the end of its REVIEW.md may be hidden there. */
enum memo_flag { MEMO_CODE = 1, MEMO_REVIEW = 2, MEMO_OPEN = 4 };

/* What there is to tell of a commit: what it took out of REVIEW.md (kind 'f'; no words: it only left the verdicts
 * alone), or which criteria had no PASS where it brought the marker in (kind 'm'; key: from which start). */
struct memo_note {
    git_oid id;
    char kind;
    uint64_t key;
    struct words words;
};

struct memo {
    struct siphash_key secret; /* of all code hashes */
    uint64_t identity;
    char *file; /* NULL = kept nowhere */
    bool changed;
    size_t count;   /* commits of the graph */
    uint8_t *flags; /* per commit: what is known */
    uint64_t *code; /* per commit: the hash of its tree without the state files */
    struct memo_note *notes;
    size_t note_count;
};

/* Reads file (NULL: none) as far as it is whole and was written for the same question; otherwise nothing is known.
 * Free with memo_clear. */
void memo_load(struct memo *m, const struct graph *g, const char *file, uint64_t identity);
/* Writes what has been added. A failure is no trouble. */
void memo_save(struct memo *m, const struct graph *g);
/* The note of that kind and key about a commit, or NULL. */
const struct memo_note *memo_find(const struct memo *m, const git_oid *id, char kind, uint64_t key);
/* Adds a note and returns it; its words are empty and for the caller to fill. Valid until the next call. */
struct memo_note *memo_add(struct memo *m, const git_oid *id, char kind, uint64_t key);
void memo_clear(struct memo *m);

#endif
