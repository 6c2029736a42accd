/* Lines that a merge brought back: one side of it had once had them and had them no more, so the merge, and not whoever
 * first wrote them, says them now. Looked for where a copyist could gain by it. */
#ifndef CCSUP_GIT_BROUGHT_H
#define CCSUP_GIT_BROUGHT_H
#include "supervisor/git/graph.h"
#include <stdint.h>

/* At a merge that has the entry this parent lacks it. */
struct brought_pair {
    uint32_t entry;
    size_t commit, parent;
};

struct brought {
    struct brought_pair *list;
    size_t n, room;
};

void brought_note(struct brought *b, uint32_t entry, size_t commit, size_t parent);
/* commits[entry], the origin of each entry that was noted (-1: not known), becomes the merge that brought it back, if
 * one did; of several the latest. */
void brought_settle(struct brought *b, const struct graph *g, long *commits);
void brought_clear(struct brought *b);

#endif
