#include "supervisor/git/brought.h"
#include "supervisor/base/mem.h"
#include <stdlib.h>
#include <string.h>

void brought_note(struct brought *b, uint32_t entry, size_t commit, size_t parent)
{
    if (b->n == b->room) {
        b->room = b->room ? b->room * 2 : 64;
        b->list = mem_resize(b->list, b->room, sizeof *b->list);
    }
    b->list[b->n++] = (struct brought_pair){entry, commit, parent};
}

/* By entry, and the older merge first: a higher index. */
static int pair_order(const void *a, const void *b)
{
    const struct brought_pair *x = a, *y = b;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return (x->commit < y->commit) - (x->commit > y->commit);
}

void brought_settle(struct brought *b, const struct graph *g, long *commits)
{
    bool *after = NULL;
    long of = -1;
    if (b->n) /* no list, no call: its argument may not be NULL */
        qsort(b->list, b->n, sizeof *b->list, pair_order);
    for (size_t i = 0; i < b->n; i++) {
        const struct brought_pair *p = &b->list[i];
        long origin = commits[p->entry];
        /* Only what comes behind in the order can be an ancestor. */
        if (origin < (long)p->parent)
            continue;
        if (origin != of) {
            free(after);
            after = graph_descendants(g, (size_t)(of = origin));
        }
        if (origin == (long)p->parent || after[p->parent])
            commits[p->entry] = (long)p->commit;
    }
    free(after);
}

void brought_clear(struct brought *b)
{
    free(b->list);
    memset(b, 0, sizeof *b);
}
