#include "supervisor/git/provenance.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/brought.h"
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
    size_t pending;      /* how many stand in all of these */
    size_t *met;         /* per entry: 1 + the last commit at which it was sought */
    bool *for_it;        /* per entry: a PASS, a lifting, the marker */
    struct brought brought;
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

/* One origin more of an entry. */
static void walk_found(const struct walk *w, uint32_t entry, long commit, long *commits)
{
    const struct graph_commit *g = w->p->graph->commits;
    long old = commits[entry];
    if (commit == PROVENANCE_UNKNOWN || commit == old)
        return;
    bool take = old == PROVENANCE_UNKNOWN, for_it = w->for_it[entry];
    if (!take && for_it && w->p->verifier && w->p->verifier[commit] != w->p->verifier[old])
        take = w->p->verifier[commit];
    else if (!take)
        take = for_it ? g[commit].committed < g[old].committed : g[commit].committed > g[old].committed;
    if (take)
        commits[entry] = commit;
}

/* Each entry once: both sides of a merge may lead to the same commit. */
static void walk_once(struct walk *w, size_t commit)
{
    struct list *here = &w->sought[commit];
    size_t left = 0;
    for (size_t i = 0; i < here->n; i++)
        if (w->met[here->at[i]] != commit + 1) {
            w->met[here->at[i]] = commit + 1;
            here->at[left++] = here->at[i];
        }
    here->n = left;
}

/* A parent of a merge that has the entry lacks it. Who verifies may bring a line back, and the marker is anybody's. */
static void walk_lacks(struct walk *w, uint32_t entry, size_t commit, size_t parent)
{
    const struct provenance *p = w->p;
    if (p->graph->commits[commit].parent_count > 1 && w->for_it[entry] && p->verifier && !p->verifier[commit])
        brought_note(&w->brought, entry, commit, parent);
}

/* Hands what is sought at a commit on to the parents that have it; what none has stays in the list. */
static int walk_step(struct walk *w, size_t commit, const uint64_t *keys)
{
    const struct graph_commit *c = &w->p->graph->commits[commit];
    const size_t *parents = w->p->graph->edges + c->parents;
    struct list *here = &w->sought[commit];
    const git_oid *blob, *theirs;
    int rc = readings_blob(&w->readings, commit, &blob);
    if (rc == 0 && c->parent_count == 1 && blob && (rc = readings_blob(&w->readings, parents[0], &theirs)) == 0 &&
        theirs && git_oid_equal(blob, theirs)) {
        w->pending += here->n;
        list_move(&w->sought[parents[0]], here);
        return 0;
    }
    bool *passed = mem_zalloc(here->n + 1);
    for (size_t k = 0; k < c->parent_count && rc == 0; k++) {
        const struct reading *r = NULL;
        if ((rc = readings_blob(&w->readings, parents[k], &theirs)) < 0)
            break;
        bool same = blob && theirs && git_oid_equal(blob, theirs);
        if (!same && theirs && (rc = readings_get(&w->readings, theirs, &r)) < 0)
            break;
        for (size_t i = 0; i < here->n; i++) {
            if (!same &&
                !(r && r->n && bsearch(&keys[here->at[i]], r->keys, r->n, sizeof *r->keys, reading_key_compare))) {
                walk_lacks(w, here->at[i], commit, parents[k]);
                continue;
            }
            list_add(&w->sought[parents[k]], here->at[i]);
            w->pending++;
            passed[i] = true;
        }
    }
    size_t left = 0;
    for (size_t i = 0; i < here->n; i++)
        if (!passed[i])
            here->at[left++] = here->at[i];
    here->n = left;
    free(passed);
    return rc;
}

/* At the revision of the last poll: what it found holds. The rest stays in the list. */
static void walk_recall(const struct walk *w, struct list *here, const uint64_t *keys, long *commits)
{
    size_t left = 0;
    for (size_t i = 0; i < here->n; i++) {
        const git_oid *id = origins_find(&w->before, keys[here->at[i]]);
        long commit = id ? graph_find(w->p->graph, id) : PROVENANCE_UNKNOWN;
        if (commit < 0)
            here->at[left++] = here->at[i];
        else
            walk_found(w, here->at[i], commit, commits);
    }
    here->n = left;
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

/* No time left: an origin that was found may not be the one that counts. */
static void walk_forget(const struct walk *w, long *commits)
{
    for (size_t c = 0; c < w->p->graph->count; c++)
        for (size_t i = 0; i < w->sought[c].n; i++)
            commits[w->sought[c].at[i]] = PROVENANCE_UNKNOWN;
}

static int walk_run(struct walk *w, const uint64_t *keys, size_t n, long *commits)
{
    const struct graph *g = w->p->graph;
    size_t first = n < PROVENANCE_ENTRIES ? 0 : n - PROVENANCE_ENTRIES;
    long recall = w->before.count ? graph_find(g, &w->before.at) : -1;
    for (size_t i = 0; i < n; i++) {
        commits[i] = PROVENANCE_UNKNOWN;
        if (i >= first)
            list_add(&w->sought[w->p->at], (uint32_t)i);
    }
    w->pending = n - first;
    w->met = mem_zalloc((n + 1) * sizeof *w->met);
    int rc = 0;
    for (size_t c = w->p->at; c < g->count && w->pending && rc == 0; c++) {
        struct list *here = &w->sought[c];
        w->pending -= here->n;
        walk_once(w, c);
        if ((long)c == recall)
            walk_recall(w, here, keys, commits);
        if (!here->n)
            continue;
        if (w->p->stop(w->p->arg)) {
            w->p->stopped = true;
            walk_forget(w, commits);
            break;
        }
        rc = walk_step(w, c, keys);
        for (size_t i = 0; i < here->n; i++)
            walk_found(w, here->at[i], g->commits[c].parents_missing ? PROVENANCE_UNKNOWN : (long)c, commits);
        free(here->at);
        memset(here, 0, sizeof *here);
    }
    free(w->met);
    if (rc == 0)
        brought_settle(&w->brought, g, commits);
    if (rc == 0 && w->p->keep && !w->p->stopped)
        walk_remember(w, keys, n, commits);
    return rc;
}

/* What the origins depend on besides the history: the place, the question, and the reader. */
static uint64_t walk_identity(const struct walk *w)
{
    const struct readings *r = &w->readings;
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "%llx %llx %lld %d %s\n", (unsigned long long)origins_program(), (unsigned long long)w->p->who,
             (long long)r->max_bytes, r->marker, r->path);
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
    free(w->for_it);
    brought_clear(&w->brought);
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
    w->for_it = mem_zalloc(review->count + 1);
    for (size_t i = 0; i < review->count; i++)
        w->for_it[i] = review->entries[i].kind == REVIEW_PASS || review->entries[i].kind == REVIEW_LIFT;
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
    w->for_it = mem_zalloc(1);
    w->for_it[0] = true;
    if (rc == 0)
        rc = walk_run(w, &key, 1, commit);
    walk_end(w);
    free(w);
    return rc;
}
