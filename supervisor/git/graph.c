#include "supervisor/git/graph.h"
#include "supervisor/base/mem.h"
#include <stdlib.h>
#include <string.h>

/* While loading: commits in the order of their discovery, a hash table over their ids. */
struct load {
    struct graph *g;
    size_t *table; /* index + 1 into commits, 0 = free */
    size_t slots;  /* a power of two */
    size_t room, edge_count, edge_room;
};

static size_t load_slot(const struct load *l, const git_oid *id)
{
    /* Ids are hashes already. */
    size_t h;
    memcpy(&h, id->id, sizeof h);
    for (size_t i = h & (l->slots - 1);; i = (i + 1) & (l->slots - 1))
        if (!l->table[i] || git_oid_equal(&l->g->commits[l->table[i] - 1].id, id))
            return i;
}

static void load_grow(struct load *l)
{
    l->slots = l->slots ? l->slots * 2 : 1024;
    free(l->table);
    l->table = mem_zalloc(l->slots * sizeof *l->table);
    for (size_t i = 0; i < l->g->count; i++)
        l->table[load_slot(l, &l->g->commits[i].id)] = i + 1;
}

/* The commit's index; made when it is new. -1 when the graph is full. */
static long load_add(struct load *l, const git_oid *id)
{
    if ((l->g->count + 1) * 2 > l->slots)
        load_grow(l);
    size_t slot = load_slot(l, id);
    if (l->table[slot])
        return (long)l->table[slot] - 1;
    if (l->g->count >= GRAPH_MAX) {
        l->g->cut = true;
        return -1;
    }
    if (l->g->count == l->room) {
        l->room = l->room ? l->room * 2 : 256;
        l->g->commits = mem_resize(l->g->commits, l->room, sizeof *l->g->commits);
    }
    struct graph_commit *c = &l->g->commits[l->g->count++];
    memset(c, 0, sizeof *c);
    git_oid_cpy(&c->id, id);
    l->table[slot] = l->g->count;
    return (long)l->g->count - 1;
}

static const char *load_email(struct words *emails, const char *email)
{
    /* A history has few authors, and they come in runs. */
    for (size_t i = emails->n; i > 0 && i + 64 > emails->n; i--)
        if (strcmp(emails->at[i - 1], email) == 0)
            return emails->at[i - 1];
    words_add(emails, email);
    return emails->at[emails->n - 1];
}

/* "claim(ID): " at the very beginning of the subject: the criterion's index, or -1. */
static int claim_of(const char *message, const struct words *ids)
{
    if (strncmp(message, "claim(", 6) != 0)
        return -1;
    message += 6;
    size_t n = strcspn(message, ")\n");
    if (strncmp(message + n, "): ", 3) != 0)
        return -1;
    for (size_t i = 0; i < ids->n; i++)
        if (strlen(ids->at[i]) == n && strncmp(ids->at[i], message, n) == 0)
            return (int)i;
    return -1;
}

/* The address of the author or the committer (name: "author ") as its bytes stand in the commit: from the first '<' to
 * the last '>' of that line. libgit2's own reading trims it, and addresses that a server tells apart would be one.
 * Without such a line, or with two, it is nobody's: "". */
static const char *load_header_email(struct load *l, const git_commit *commit, const char *name)
{
    const char *header = git_commit_raw_header(commit), *from = NULL;
    size_t n = 0, found = 0;
    for (const char *at = header ? header : ""; *at;) {
        size_t len = strcspn(at, "\n");
        if (strncmp(at, name, strlen(name)) == 0) {
            const char *open = memchr(at, '<', len), *close = memrchr(at, '>', len);
            found++;
            from = open && close && close > open ? open + 1 : NULL;
            n = from ? (size_t)(close - from) : 0;
        }
        at += len + (at[len] == '\n');
    }
    char *email = mem_strndup(found == 1 && from ? from : "", found == 1 ? n : 0);
    const char *kept = load_email(&l->g->emails, email);
    free(email);
    return kept;
}

static int load_commit(struct load *l, git_repository *repo, size_t index, const struct words *ids)
{
    git_commit *commit;
    int rc = git_commit_lookup(&commit, repo, &l->g->commits[index].id);
    if (rc < 0) {
        git_oid_cpy(&l->g->bad, &l->g->commits[index].id);
        return rc;
    }
    struct graph_commit c = l->g->commits[index];
    git_oid_cpy(&c.tree, git_commit_tree_id(commit));
    c.committed = git_commit_time(commit);
    c.author = load_header_email(l, commit, "author ");
    c.committer = load_header_email(l, commit, "committer ");
    c.claim = claim_of(git_commit_message(commit), ids);
    c.parents = l->edge_count;
    for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
        long parent = load_add(l, git_commit_parent_id(commit, i));
        if (parent < 0) {
            c.parents_missing = true;
            continue;
        }
        if (l->edge_count == l->edge_room) {
            l->edge_room = l->edge_room ? l->edge_room * 2 : 256;
            l->g->edges = mem_resize(l->g->edges, l->edge_room, sizeof *l->g->edges);
        }
        l->g->edges[l->edge_count++] = (size_t)parent;
        c.parent_count++;
    }
    l->g->commits[index] = c;
    git_commit_free(commit);
    return 0;
}

/* A heap of commits that may come next, newest on top. */
struct heap {
    const struct graph *g;
    size_t *at, n;
};

static bool heap_before(const struct heap *h, size_t a, size_t b)
{
    int64_t ta = h->g->commits[a].committed, tb = h->g->commits[b].committed;
    return ta != tb ? ta > tb : a < b;
}

static void heap_push(struct heap *h, size_t v)
{
    size_t i = h->n++;
    for (; i && heap_before(h, v, h->at[(i - 1) / 2]); i = (i - 1) / 2)
        h->at[i] = h->at[(i - 1) / 2];
    h->at[i] = v;
}

static size_t heap_pop(struct heap *h)
{
    size_t top = h->at[0], v = h->at[--h->n], i = 0;
    for (size_t k; (k = 2 * i + 1) < h->n; i = k) {
        k += k + 1 < h->n && heap_before(h, h->at[k + 1], h->at[k]);
        if (!heap_before(h, h->at[k], v))
            break;
        h->at[i] = h->at[k];
    }
    h->at[i] = v;
    return top;
}

static int graph_compare(const void *a, const void *b, void *arg)
{
    const struct graph *g = arg;
    return git_oid_cmp(&g->commits[*(const size_t *)a].id, &g->commits[*(const size_t *)b].id);
}

/* Puts the commits into their order: each after all of its children. */
static void graph_sort(struct graph *g)
{
    size_t n = g->count, done = 0;
    size_t *children = mem_zalloc((n + 1) * sizeof *children), *place = mem_zalloc((n + 1) * sizeof *place);
    struct heap h = {g, mem_zalloc((n + 1) * sizeof(size_t)), 0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < g->commits[i].parent_count; k++)
            children[g->edges[g->commits[i].parents + k]]++;
    heap_push(&h, 0); /* only the tip has no children: all others were found through one */
    struct graph_commit *sorted = mem_zalloc((n + 1) * sizeof *sorted);
    while (h.n) {
        size_t i = heap_pop(&h);
        place[i] = done;
        sorted[done++] = g->commits[i];
        for (size_t k = 0; k < g->commits[i].parent_count; k++) {
            size_t parent = g->edges[g->commits[i].parents + k];
            if (--children[parent] == 0)
                heap_push(&h, parent);
        }
    }
    for (size_t i = 0; i < done; i++)
        for (size_t k = 0; k < sorted[i].parent_count; k++)
            g->edges[sorted[i].parents + k] = place[g->edges[sorted[i].parents + k]];
    free(g->commits);
    g->commits = sorted;
    g->count = done;
    g->by_id = mem_zalloc((n + 1) * sizeof *g->by_id);
    for (size_t i = 0; i < done; i++)
        g->by_id[i] = i;
    qsort_r(g->by_id, done, sizeof *g->by_id, graph_compare, g);
    free(children);
    free(place);
    free(h.at);
}

int graph_load(struct graph *g, git_repository *repo, const git_oid *tip, const struct words *ids, bool (*stop)(void *),
               void *arg)
{
    memset(g, 0, sizeof *g);
    struct load l = {.g = g};
    load_add(&l, tip);
    int rc = 0;
    for (size_t i = 0; i < g->count && rc == 0; i++) {
        rc = load_commit(&l, repo, i, ids);
        if (rc == 0 && i % 256 == 0 && stop(arg))
            rc = GIT_EUSER;
    }
    free(l.table);
    if (rc == 0)
        graph_sort(g);
    return rc;
}

void graph_clear(struct graph *g)
{
    free(g->commits);
    free(g->edges);
    free(g->by_id);
    words_clear(&g->emails);
    memset(g, 0, sizeof *g);
}

/* The place in by_id of the first commit that is not before the first n hex digits of id. */
static size_t graph_seek(const struct graph *g, const git_oid *id, size_t n)
{
    size_t low = 0, high = g->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const git_oid *at = &g->commits[g->by_id[mid]].id;
        if (git_oid_cmp(at, id) < 0 && git_oid_ncmp(at, id, n) != 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

long graph_find(const struct graph *g, const git_oid *id)
{
    size_t i = graph_seek(g, id, GIT_OID_HEXSZ);
    return i < g->count && git_oid_equal(&g->commits[g->by_id[i]].id, id) ? (long)g->by_id[i] : -1;
}

long graph_prefix(const struct graph *g, const char *hex)
{
    git_oid id;
    size_t n = strlen(hex);
    if (n < 1 || n > GIT_OID_HEXSZ || git_oid_fromstrn(&id, hex, n) < 0)
        return -1;
    size_t i = graph_seek(g, &id, n);
    if (i >= g->count || git_oid_ncmp(&g->commits[g->by_id[i]].id, &id, n) != 0)
        return -1;
    bool more = i + 1 < g->count && git_oid_ncmp(&g->commits[g->by_id[i + 1]].id, &id, n) == 0;
    return more ? -1 : (long)g->by_id[i];
}

bool *graph_descendants(const struct graph *g, size_t from)
{
    bool *yes = mem_zalloc(g->count + 1);
    for (size_t i = from; i-- > 0;) /* parents before children; all descendants come earlier in the order */
        for (size_t k = 0; k < g->commits[i].parent_count && !yes[i]; k++) {
            size_t parent = g->edges[g->commits[i].parents + k];
            yes[i] = parent == from || yes[parent];
        }
    return yes;
}

bool *graph_ancestors(const struct graph *g, size_t from)
{
    bool *yes = mem_zalloc(g->count + 1);
    yes[from] = true;
    for (size_t i = from; i < g->count; i++)
        for (size_t k = 0; yes[i] && k < g->commits[i].parent_count; k++)
            yes[g->edges[g->commits[i].parents + k]] = true;
    return yes;
}
