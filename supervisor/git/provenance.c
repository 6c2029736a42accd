#include "supervisor/git/provenance.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/origins.h"
#include "supervisor/git/reading.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>

struct list {
    uint32_t *at;
    size_t n, room;
};

struct walk {
    struct provenance *p;
    struct readings readings;
    struct origins before; /* what the last poll found */
    char *file;            /* where that is kept, or NULL */
    uint64_t identity;
    struct list *sought; /* per commit: indexes of the entries that are still to be found from there */
};

static void list_add(struct list *l, uint32_t v)
{
    if (l->n == l->room) {
        l->room = l->room ? l->room * 2 : 16;
        l->at = mem_resize(l->at, l->room, sizeof *l->at);
    }
    l->at[l->n++] = v;
}

static void list_move(struct list *to, struct list *from)
{
    if (!to->n) {
        struct list swap = *to;
        *to = *from;
        *from = swap;
    }
    for (size_t i = 0; i < from->n; i++)
        list_add(to, from->at[i]);
    from->n = 0;
}

/* Hands what is sought at a commit on to the parents that have it; the rest stays in the list. */
static int walk_step(struct walk *w, size_t commit, const uint64_t *keys)
{
    const struct graph_commit *c = &w->p->graph->commits[commit];
    const size_t *parents = w->p->graph->edges + c->parents;
    struct list *here = &w->sought[commit];
    const git_oid *blob, *theirs;
    int rc = readings_blob(&w->readings, commit, &blob);
    for (size_t k = 0; k < c->parent_count && rc == 0; k++)
        if ((rc = readings_blob(&w->readings, parents[k], &theirs)) == 0 && blob && theirs &&
            git_oid_equal(blob, theirs)) {
            list_move(&w->sought[parents[k]], here);
            return 0;
        }
    for (size_t k = 0; k < c->parent_count && rc == 0 && here->n; k++) {
        const struct reading *r;
        if ((rc = readings_blob(&w->readings, parents[k], &theirs)) < 0 || !theirs ||
            (rc = readings_get(&w->readings, theirs, &r)) < 0)
            continue;
        size_t left = 0;
        for (size_t i = 0; i < here->n; i++)
            if (r->n && bsearch(&keys[here->at[i]], r->keys, r->n, sizeof *r->keys, reading_key_compare))
                list_add(&w->sought[parents[k]], here->at[i]);
            else
                here->at[left++] = here->at[i];
        here->n = left;
    }
    return rc;
}

/* At the revision of the last poll: what it found holds. The rest stays in the list. Returns how many were
 * found. */
static size_t walk_recall(const struct walk *w, struct list *here, const uint64_t *keys, long *commits)
{
    size_t left = 0, found = here->n;
    for (size_t i = 0; i < here->n; i++) {
        const git_oid *id = origins_find(&w->before, keys[here->at[i]]);
        long commit = id ? graph_find(w->p->graph, id) : PROVENANCE_UNKNOWN;
        if (commit < 0)
            here->at[left++] = here->at[i];
        else
            commits[here->at[i]] = commit;
    }
    here->n = left;
    return found - left;
}

static void walk_remember(const struct walk *w, const uint64_t *keys, size_t n, const long *commits)
{
    const struct graph *g = w->p->graph;
    struct origins now = {w->before.secret, g->commits[0].id, mem_zalloc((n + 1) * sizeof *now.list), 0};
    for (size_t i = 0; i < n; i++)
        if (commits[i] != PROVENANCE_UNKNOWN)
            now.list[now.count++] = (struct origin){keys[i], g->commits[commits[i]].id};
    if (!git_oid_equal(&now.at, &w->before.at) || now.count != w->before.count)
        origins_save(&now, w->file, w->identity);
    free(now.list);
}

static int walk_run(struct walk *w, const uint64_t *keys, size_t n, long *commits)
{
    const struct graph *g = w->p->graph;
    size_t missing = n < PROVENANCE_ENTRIES ? n : PROVENANCE_ENTRIES;
    long recall = w->before.count ? graph_find(g, &w->before.at) : -1;
    for (size_t i = 0; i < n; i++) {
        commits[i] = PROVENANCE_UNKNOWN;
        if (i >= n - missing)
            list_add(&w->sought[w->p->at], (uint32_t)i);
    }
    int rc = 0;
    for (size_t c = w->p->at; c < g->count && missing && rc == 0; c++) {
        struct list *here = &w->sought[c];
        if ((long)c == recall)
            missing -= walk_recall(w, here, keys, commits);
        if (!here->n)
            continue;
        if (w->p->stop(w->p->arg)) {
            w->p->stopped = true;
            break;
        }
        rc = walk_step(w, c, keys);
        for (size_t i = 0; i < here->n; i++)
            commits[here->at[i]] = g->commits[c].parents_missing ? PROVENANCE_UNKNOWN : (long)c;
        missing -= here->n;
        free(here->at);
        memset(here, 0, sizeof *here);
    }
    if (rc == 0 && w->p->keep)
        walk_remember(w, keys, n, commits);
    return rc;
}

/* What the origins depend on besides the history: the place, the question, and the reader. */
static uint64_t walk_identity(const struct walk *w)
{
    const struct readings *r = &w->readings;
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "%llx %lld %d %s\n", (unsigned long long)origins_program(), (long long)r->max_bytes, r->marker,
             r->path);
    for (size_t i = 0; !r->marker && i < r->criteria->n; i++)
        buf_addf(&b, "%s\n", r->criteria->at[i]);
    uint64_t hash = hash_fnv(b.data, b.len);
    buf_clear(&b);
    return hash;
}

static int walk_start(struct walk *w, struct provenance *p, const char *path, bool marker)
{
    memset(w, 0, sizeof *w);
    w->p = p;
    w->readings = (struct readings){.repo = p->repo,
                                    .graph = p->graph,
                                    .criteria = p->criteria,
                                    .max_bytes = p->max_bytes,
                                    .path = path,
                                    .marker = marker};
    w->sought = mem_zalloc((p->graph->count + 1) * sizeof *w->sought);
    w->identity = walk_identity(w);
    w->file = file_fmt("%s/ccsup-origins-%s", p->folder, marker ? "status" : "review");
    origins_load(&w->before, w->file, w->identity);
    w->readings.secret = w->before.secret;
    return readings_open(&w->readings);
}

static void walk_end(struct walk *w)
{
    for (size_t i = 0; i < w->p->graph->count; i++)
        free(w->sought[i].at);
    free(w->sought);
    free(w->file);
    origins_clear(&w->before);
    readings_close(&w->readings);
}

int provenance_review(struct provenance *p, const char *path, const struct review *review, const char *text, size_t n,
                      long *commits)
{
    struct walk *w = mem_zalloc(sizeof *w);
    int rc = walk_start(w, p, path, false);
    uint64_t *keys = readings_keys(&w->readings, review, text, n);
    if (rc == 0)
        rc = walk_run(w, keys, review->count, commits);
    walk_end(w);
    free(keys);
    free(w);
    return rc;
}

int provenance_marker(struct provenance *p, const char *path, int line, const char *text, size_t n, long *commit)
{
    struct walk *w = mem_zalloc(sizeof *w);
    int rc = walk_start(w, p, path, true);
    uint64_t key = readings_marker_key(&w->readings, line, text, n);
    if (rc == 0)
        rc = walk_run(w, &key, 1, commit);
    walk_end(w);
    free(w);
    return rc;
}
