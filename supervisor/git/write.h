/* One entry of a state file, or one note of an inbox, as one commit on the fetched tip, pushed as a fast-forward. Built
 * in the mirror: no clone's work tree, index or HEAD is touched. docs/interfaces.md, "ccsup-git"; what the file's
 * new text is, watchdog/writing.c says. */
#ifndef CCSUP_GIT_WRITE_H
#define CCSUP_GIT_WRITE_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include "supervisor/git/where.h"
#include <stdbool.h>

struct write_done {
    char commit[41]; /* that is on the branch now */
    char sha[41];    /* that the entry is about, "" = none */
    char *path;      /* of the file, in the repository; owned */
    int line;        /* of the entry; 0 = a note */
    int tries;
    enum where_here here;
};

/* True when it is pushed. Waits for the mirror up to r->timeout_ms, then takes at most as long again. Frees nothing of
 * done: write_clear in any case. */
bool write_run(struct write_done *done, const struct request *r, struct trouble *t);
void write_clear(struct write_done *done);

#endif
