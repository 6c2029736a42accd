/* What the last poll found about the origins of lines, kept in the mirror: the origin of an entry depends
 * only on the history behind it, so what was found at one revision holds wherever that revision is an
 * ancestor. Without this each poll would read every version of the file again. Losing the file costs time,
 * nothing else. */
#ifndef CCSUP_GIT_ORIGINS_H
#define CCSUP_GIT_ORIGINS_H
#include "supervisor/git/siphash.h"
#include <git2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct origin {
    uint64_t key; /* of the entry, by the secret below */
    git_oid commit;
};

struct origins {
    struct siphash_key secret; /* of all keys; kept, so that they mean the same in the next poll */
    git_oid at;                /* the revision at which they were found */
    struct origin *list;       /* sorted by key */
    size_t count;
};

/* Reads the file if it is whole and was written for the same question (identity: a hash of whatever the
 * answer depends on besides the history). False: *o is empty, with a new secret. Free with origins_clear in
 * either case. */
bool origins_load(struct origins *o, const char *file, uint64_t identity);
/* Writes o (its list in any order). A failure is no trouble. */
void origins_save(const struct origins *o, const char *file, uint64_t identity);
/* The commit of the entry with that key, or NULL. */
const git_oid *origins_find(const struct origins *o, uint64_t key);
void origins_clear(struct origins *o);
/* A hash of this very program file: another build may read files differently. */
uint64_t origins_program(void);

#endif
