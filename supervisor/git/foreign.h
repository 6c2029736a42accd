/* Commits by somebody else than the Adversary or an operator that took a line of REVIEW.md's reading away or changed
 * it, against any parent, or left the file so that what is put at its end might not be read; and those by the Adversary
 * or an operator that put there what is not read (docs/protocol.md, "Who may say it"). What a commit is depends on it
 * and its parents alone; order is ancestry, dates play no part. */
#ifndef CCSUP_GIT_FOREIGN_H
#define CCSUP_GIT_FOREIGN_H
#include "supervisor/git/memo.h"
#include <stdbool.h>
#include <stdint.h>

enum { FOREIGN_STOPPED = 1 };

struct foreign {
    size_t commit;     /* index in the graph */
    struct words lost; /* "D1 FAIL", "D2 PASS", "VETO": each once; FOREIGN_END: it left the file open at its end;
                        * FOREIGN_HIDDEN: it is the Adversary's or an operator's, and hidden where it stands */
};

/* Such a commit concerns every criterion: it hides what is put behind. */
#define FOREIGN_END "END"
#define FOREIGN_HIDDEN "HIDDEN"

struct foreigns {
    struct foreign *list; /* newest first */
    size_t count;
    size_t *quiet; /* commits that changed the file and left its reading as it was; newest first */
    size_t quiet_count;
};

struct foreign_search {
    git_repository *repo;
    const struct graph *graph;
    const struct words *criteria;
    int64_t max_bytes;
    const char *path;     /* of REVIEW.md */
    const bool *phase;    /* per commit: is it looked at? */
    const bool *verifier; /* per commit: is it by the Adversary or an operator? */
    struct memo *memo;
    bool (*stop)(void *arg);
    void *arg;
};

/* Finds them. 0, FOREIGN_STOPPED when stop() answered true, or libgit2's error code. Free with foreigns_clear in any
 * case. */
int foreigns_find(struct foreigns *out, const struct foreign_search *s);
void foreigns_clear(struct foreigns *f);
/* Is a line about that criterion ("" = a veto) among what was lost? */
bool foreign_concerns(const struct foreign *f, const char *id);

#endif
