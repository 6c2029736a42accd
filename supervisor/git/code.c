#include "supervisor/git/code.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include "watchdog/statefile.h"
#include <stdlib.h>
#include <string.h>

static bool code_is_state(const git_tree_entry *e)
{
    const char *name = git_tree_entry_name(e);
    git_filemode_t mode = git_tree_entry_filemode(e);
    if (mode == GIT_FILEMODE_TREE)
        return strcmp(name, "inbox") == 0;
    return (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE) &&
           statefile_of(name, "") != STATEFILE_NONE;
}

/* Adds what a tree holds besides state files. rest: the path from here to their folder, "" when they are here. */
static int code_add_tree(struct code *c, const git_oid *id, const char *rest, struct buf *out)
{
    git_tree *tree;
    int rc = git_tree_lookup(&tree, c->repo, id);
    if (rc < 0)
        return rc;
    size_t step = strcspn(rest, "/");
    for (size_t i = 0; i < git_tree_entrycount(tree) && rc == 0; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(tree, i);
        const char *name = git_tree_entry_name(e);
        git_filemode_t mode = git_tree_entry_filemode(e);
        if (!*rest && code_is_state(e))
            continue;
        if (*rest && mode == GIT_FILEMODE_TREE && strlen(name) == step && strncmp(name, rest, step) == 0) {
            struct buf inner;
            buf_init(&inner, 0);
            rc = code_add_tree(c, git_tree_entry_id(e), rest + step + (rest[step] == '/'), &inner);
            if (inner.len) /* a folder of state files alone is none */
                buf_addf(out, "%o %s/%zu", (unsigned)mode, name, inner.len);
            buf_add(out, "", inner.len ? 1 : 0);
            buf_add(out, inner.data ? inner.data : "", inner.len);
            buf_clear(&inner);
            continue;
        }
        buf_addf(out, "%o %s", (unsigned)mode, name);
        buf_add(out, "", 1);
        buf_add(out, git_tree_entry_id(e)->id, GIT_OID_RAWSZ);
    }
    git_tree_free(tree);
    return rc;
}

/* The hash of a commit's code; 0 when it has none. */
static int code_of(struct code *c, size_t commit, uint64_t *hash)
{
    struct memo *m = c->memo;
    if (!(m->flags[commit] & MEMO_CODE)) {
        struct buf b;
        buf_init(&b, 0);
        int rc = code_add_tree(c, &c->graph->commits[commit].tree, c->state_path, &b);
        if (rc == 0) {
            m->code[commit] = b.len ? siphash(&m->secret, b.data, b.len) | 1 : 0;
            m->flags[commit] |= MEMO_CODE;
            m->changed = true;
        }
        buf_clear(&b);
        if (rc < 0)
            return rc;
    }
    *hash = m->code[commit];
    return 0;
}

/* Bits: one for each of the commits that are asked about. */
struct reach {
    uint64_t *self, *behind; /* per commit: it is one of them; it is one or an ancestor of one */
    uint64_t *ahead;         /* it is a proper descendant of one */
};

static void reach_find(struct reach *r, const struct graph *g, const struct code_after *list, size_t n)
{
    r->self = mem_zalloc((g->count + 1) * sizeof *r->self);
    r->behind = mem_zalloc((g->count + 1) * sizeof *r->behind);
    r->ahead = mem_zalloc((g->count + 1) * sizeof *r->ahead);
    for (size_t i = 0; i < n; i++)
        r->self[list[i].from] |= (uint64_t)1 << i;
    for (size_t i = 0; i < g->count; i++) {
        r->behind[i] |= r->self[i];
        for (size_t k = 0; k < g->commits[i].parent_count; k++)
            r->behind[g->edges[g->commits[i].parents + k]] |= r->behind[i];
    }
    for (size_t i = g->count; i-- > 0;)
        for (size_t k = 0; k < g->commits[i].parent_count; k++) {
            size_t parent = g->edges[g->commits[i].parents + k];
            r->ahead[i] |= r->ahead[parent] | r->self[parent];
        }
}

static void reach_clear(struct reach *r)
{
    free(r->self);
    free(r->behind);
    free(r->ahead);
}

/* For which of them does this commit change the code? */
static int code_changes(struct code *c, const struct reach *r, size_t commit, uint64_t *bits)
{
    const struct graph_commit *x = &c->graph->commits[commit];
    uint64_t mine, theirs;
    int rc = code_of(c, commit, &mine);
    bool all = x->parents_missing || x->parent_count || mine; /* a first commit changes code if it has any */
    *bits = 0;
    for (size_t k = 0; k < x->parent_count && rc == 0; k++) {
        size_t parent = c->graph->edges[x->parents + k];
        rc = code_of(c, parent, &theirs);
        if (mine != theirs)
            *bits |= r->ahead[parent] | r->self[parent];
        all = all && (mine != theirs || x->parents_missing);
    }
    if (all)
        *bits = ~(uint64_t)0;
    return rc;
}

int code_after(struct code *c, struct code_after *list, size_t n)
{
    const struct graph *g = c->graph;
    struct reach r;
    reach_find(&r, g, list, n);
    uint64_t full = n == CODE_FROM_MAX ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
    int rc = 0;
    for (size_t i = 0; i < n; i++)
        list[i].count = 0;
    for (size_t i = 0; i < g->count && rc == 0; i++) {
        uint64_t asked = full & ~r.behind[i], bits = 0;
        if (!asked)
            continue;
        rc = i % 64 == 0 && c->stop(c->arg) ? CODE_STOPPED : code_changes(c, &r, i, &bits);
        for (bits &= asked; bits && rc == 0; bits &= bits - 1) {
            struct code_after *a = &list[__builtin_ctzll(bits)];
            if (!a->count++)
                a->first = i;
        }
    }
    reach_clear(&r);
    return rc;
}
