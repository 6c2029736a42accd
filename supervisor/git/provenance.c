#include "supervisor/git/provenance.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/origins.h"
#include "supervisor/git/siphash.h"
#include "supervisor/git/source.h"
#include "supervisor/sys/file.h"
#include "watchdog/marker.h"
#include <stdlib.h>
#include <string.h>

enum { READINGS_KEPT = 64 };

/* The keys of one blob's reading, sorted. */
struct reading {
    bool used;
    git_oid blob;
    uint64_t *keys;
    size_t n;
};

struct list {
    uint32_t *at;
    size_t n, room;
};

struct walk {
    struct provenance *p;
    const char *path;
    bool marker;           /* STATUS.md, not REVIEW.md */
    struct origins before; /* what the last poll found */
    char *file;            /* where that is kept, or NULL */
    uint64_t identity;
    git_odb *odb;
    struct reading kept[READINGS_KEPT]; /* the latest: a blob comes up again soon or never */
    size_t next;
    struct {
        bool known, there;
        git_oid id;
    } * blobs;           /* per commit of the graph */
    struct list *sought; /* per commit: indexes of the entries that are still to be found from there */
};

/* One line of a text by its number, found going forward only. */
struct line_finder {
    const char *at, *end;
    int line;
};

static const char *line_find(struct line_finder *f, int line, size_t *n)
{
    while (f->line < line && f->at < f->end) {
        const char *lf = memchr(f->at, '\n', (size_t)(f->end - f->at));
        f->at = lf ? lf + 1 : f->end;
        f->line++;
    }
    const char *lf = memchr(f->at, '\n', (size_t)(f->end - f->at));
    *n = (size_t)((lf ? lf : f->end) - f->at);
    *n -= *n && f->at[*n - 1] == '\r';
    return f->at;
}

static uint64_t key_of(const struct walk *w, int kind, const char *id, const char *line, size_t n)
{
    uint64_t parts[3] = {(uint64_t)kind, siphash(&w->before.secret, id, strlen(id)),
                         siphash(&w->before.secret, line, n)};
    return siphash(&w->before.secret, parts, sizeof parts);
}

struct keyed {
    uint64_t key;
    size_t index;
};

static int keyed_compare(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : (x->index < y->index ? -1 : x->index > y->index);
}

static int key_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The second and later entries with the same key get keys of their own, in the file's order: a line that
 * stands twice has two origins, and the copy is the later one's. */
static void keys_number(const struct walk *w, uint64_t *keys, size_t n)
{
    struct keyed *k = mem_zalloc((n + 1) * sizeof *k);
    for (size_t i = 0; i < n; i++)
        k[i] = (struct keyed){keys[i], i};
    qsort(k, n, sizeof *k, keyed_compare);
    uint64_t ordinal = 0;
    for (size_t i = 1; i < n; i++) {
        ordinal = k[i].key == k[i - 1].key ? ordinal + 1 : 0;
        uint64_t parts[2] = {k[i].key, ordinal};
        if (ordinal)
            keys[k[i].index] = siphash(&w->before.secret, parts, sizeof parts);
    }
    free(k);
}

/* The keys of a review's entries, in their order; the caller frees. */
static uint64_t *review_keys(const struct walk *w, const struct review *r, const char *text, size_t n)
{
    struct line_finder f = {text, text + n, 1};
    uint64_t *keys = mem_zalloc((r->count + 1) * sizeof *keys);
    for (size_t i = 0; i < r->count; i++) {
        size_t len;
        const char *line = line_find(&f, r->entries[i].line, &len);
        keys[i] = key_of(w, (int)r->entries[i].kind, r->entries[i].id, line, len);
    }
    keys_number(w, keys, r->count);
    return keys;
}

static uint64_t marker_key(const struct walk *w, int number, const char *text, size_t n)
{
    struct line_finder f = {text, text + n, 1};
    size_t len;
    const char *line = line_find(&f, number, &len);
    return key_of(w, 0, "", line, len);
}

static void reading_make(const struct walk *w, struct reading *r, const char *text, size_t n)
{
    if (w->marker) {
        struct marker m;
        marker_read(&m, text, n, w->p->max_bytes);
        if (m.done && !m.refused) {
            r->keys = mem_zalloc(sizeof *r->keys);
            r->keys[r->n++] = marker_key(w, m.line, text, n);
        }
        marker_clear(&m);
        return;
    }
    struct review review;
    review_read(&review, text, n, w->p->criteria, w->p->max_bytes);
    if (!review.refused) {
        r->keys = review_keys(w, &review, text, n);
        r->n = review.count;
        qsort(r->keys, r->n, sizeof *r->keys, key_compare);
    }
    review_clear(&review);
}

static int reading_get(struct walk *w, const git_oid *blob, const struct reading **out)
{
    for (size_t i = 0; i < READINGS_KEPT; i++)
        if (w->kept[i].used && git_oid_equal(&w->kept[i].blob, blob)) {
            *out = &w->kept[i];
            return 0;
        }
    struct reading *r = &w->kept[w->next++ % READINGS_KEPT];
    free(r->keys);
    memset(r, 0, sizeof *r);
    *out = r;
    int64_t bytes;
    int rc = source_size(w->odb, blob, &bytes);
    git_blob *b = NULL;
    /* A file that is refused has no reading, so it introduced nothing and passes nothing on. */
    if (rc == 0 && bytes <= w->p->max_bytes && (rc = git_blob_lookup(&b, w->p->repo, blob)) == 0) {
        reading_make(w, r, git_blob_rawcontent(b), (size_t)git_blob_rawsize(b));
        git_blob_free(b);
    }
    if (rc == 0) {
        git_oid_cpy(&r->blob, blob);
        r->used = true;
    }
    return rc;
}

/* The blob at the path in a commit; NULL in *id when there is none. */
static int walk_blob(struct walk *w, size_t commit, const git_oid **id)
{
    if (!w->blobs[commit].known) {
        enum source_kind kind;
        int rc = source_find(w->p->repo, &w->p->graph->commits[commit].tree, w->path, &kind, &w->blobs[commit].id);
        if (rc < 0)
            return rc;
        w->blobs[commit].known = true;
        w->blobs[commit].there = kind == SOURCE_FILE;
    }
    *id = w->blobs[commit].there ? &w->blobs[commit].id : NULL;
    return 0;
}

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
    int rc = walk_blob(w, commit, &blob);
    for (size_t k = 0; k < c->parent_count && rc == 0; k++)
        if ((rc = walk_blob(w, parents[k], &theirs)) == 0 && blob && theirs && git_oid_equal(blob, theirs)) {
            list_move(&w->sought[parents[k]], here);
            return 0;
        }
    for (size_t k = 0; k < c->parent_count && rc == 0 && here->n; k++) {
        const struct reading *r;
        if ((rc = walk_blob(w, parents[k], &theirs)) < 0 || !theirs || (rc = reading_get(w, theirs, &r)) < 0)
            continue;
        size_t left = 0;
        for (size_t i = 0; i < here->n; i++)
            if (r->n && bsearch(&keys[here->at[i]], r->keys, r->n, sizeof *r->keys, key_compare))
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
            list_add(&w->sought[0], (uint32_t)i);
    }
    int rc = 0;
    for (size_t c = 0; c < g->count && missing && rc == 0; c++) {
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
    if (rc == 0 && w->file)
        walk_remember(w, keys, n, commits);
    return rc;
}

/* What the origins depend on besides the history: the place, the question, and the reader. */
static uint64_t walk_identity(const struct walk *w)
{
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "%llx %lld %d %s\n", (unsigned long long)origins_program(), (long long)w->p->max_bytes, w->marker,
             w->path);
    for (size_t i = 0; !w->marker && i < w->p->criteria->n; i++)
        buf_addf(&b, "%s\n", w->p->criteria->at[i]);
    uint64_t hash = hash_fnv(b.data, b.len);
    buf_clear(&b);
    return hash;
}

static int walk_start(struct walk *w, struct provenance *p, const char *path, bool marker)
{
    memset(w, 0, sizeof *w);
    w->p = p;
    w->path = path;
    w->marker = marker;
    w->blobs = mem_zalloc((p->graph->count + 1) * sizeof *w->blobs);
    w->sought = mem_zalloc((p->graph->count + 1) * sizeof *w->sought);
    w->identity = walk_identity(w);
    if (p->folder)
        w->file = file_fmt("%s/ccsup-origins-%s", p->folder, marker ? "status" : "review");
    origins_load(&w->before, w->file ? w->file : "/", w->identity);
    return git_repository_odb(&w->odb, p->repo);
}

static void walk_end(struct walk *w)
{
    for (size_t i = 0; i < READINGS_KEPT; i++)
        free(w->kept[i].keys);
    for (size_t i = 0; i < w->p->graph->count; i++)
        free(w->sought[i].at);
    free(w->blobs);
    free(w->sought);
    free(w->file);
    origins_clear(&w->before);
    git_odb_free(w->odb);
}

int provenance_review(struct provenance *p, const char *path, const struct review *review, const char *text, size_t n,
                      long *commits)
{
    struct walk *w = mem_zalloc(sizeof *w);
    int rc = walk_start(w, p, path, false);
    uint64_t *keys = review_keys(w, review, text, n);
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
    uint64_t key = marker_key(w, line, text, n);
    if (rc == 0)
        rc = walk_run(w, &key, 1, commit);
    walk_end(w);
    free(w);
    return rc;
}
