#include "supervisor/git/reading.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/source.h"
#include "watchdog/marker.h"
#include <stdlib.h>
#include <string.h>

struct reading_blob {
    bool known, there;
    git_oid id;
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

static uint64_t key_of(const struct readings *r, int kind, const char *id, const char *line, size_t n)
{
    uint64_t parts[3] = {(uint64_t)kind, siphash(&r->secret, id, strlen(id)), siphash(&r->secret, line, n)};
    return siphash(&r->secret, parts, sizeof parts);
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

int reading_key_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The second and later entries with the same key get keys of their own, in the file's order: a line that
 * stands twice has two origins, and the copy is the later one's. */
static void keys_number(const struct readings *r, uint64_t *keys, size_t n)
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
            keys[k[i].index] = siphash(&r->secret, parts, sizeof parts);
    }
    free(k);
}

uint64_t *readings_keys(const struct readings *r, const struct review *review, const char *text, size_t n)
{
    struct line_finder f = {text, text + n, 1};
    uint64_t *keys = mem_zalloc((review->count + 1) * sizeof *keys);
    for (size_t i = 0; i < review->count; i++) {
        size_t len;
        const char *line = line_find(&f, review->entries[i].line, &len);
        keys[i] = key_of(r, (int)review->entries[i].kind, review->entries[i].id, line, len);
    }
    keys_number(r, keys, review->count);
    return keys;
}

uint64_t readings_marker_key(const struct readings *r, int line, const char *text, size_t n)
{
    struct line_finder f = {text, text + n, 1};
    size_t len;
    const char *at = line_find(&f, line, &len);
    return key_of(r, 0, "", at, len);
}

static int line_of(const struct readings *r, const struct review_entry *e)
{
    switch (e->kind) {
    case REVIEW_NEAR: return e->id[0] ? READING_NOTHING : READING_VETO; /* a lifting that does not count */
    case REVIEW_VETO:
    case REVIEW_LIFT: return READING_VETO;
    case REVIEW_PASS:
    case REVIEW_FAIL:
    case REVIEW_PENDING: break;
    }
    for (size_t i = 0; i < r->criteria->n; i++)
        if (strcmp(r->criteria->at[i], e->id) == 0)
            return (int)i;
    return READING_NOTHING;
}

/* `lines` by what they are of; a counting sort, so that each keeps the file's order. */
static void reading_lines(const struct readings *r, struct reading *out, const struct review *review)
{
    size_t kinds = r->criteria->n + 2;
    size_t *place = mem_zalloc((kinds + 1) * sizeof *place);
    int *of = mem_zalloc((out->n + 1) * sizeof *of);
    out->lines = mem_zalloc((out->n + 1) * sizeof *out->lines);
    for (size_t i = 0; i < out->n; i++) {
        of[i] = line_of(r, &review->entries[i]);
        place[of[i] - READING_NOTHING + 1]++;
    }
    for (size_t i = 1; i < kinds; i++)
        place[i] += place[i - 1];
    for (size_t i = 0; i < out->n; i++)
        out->lines[place[of[i] - READING_NOTHING]++] =
            (struct reading_line){out->keys[i], of[i], review->entries[i].kind};
    free(place);
    free(of);
}

static void reading_make(const struct readings *r, struct reading *out, const char *text, size_t n)
{
    if (r->marker) {
        struct marker m;
        marker_read(&m, text, n, r->max_bytes);
        if (m.done && !m.refused) {
            out->keys = mem_zalloc(sizeof *out->keys);
            out->keys[out->n++] = readings_marker_key(r, m.line, text, n);
        }
        marker_clear(&m);
        return;
    }
    struct review review;
    review_read(&review, text, n, r->criteria, r->max_bytes);
    out->refused = review.refused;
    if (!review.refused) {
        out->keys = readings_keys(r, &review, text, n);
        out->n = review.count;
        reading_lines(r, out, &review);
        qsort(out->keys, out->n, sizeof *out->keys, reading_key_compare);
    }
    review_clear(&review);
}

void readings_text(const struct readings *r, struct reading *out, const char *text, size_t n)
{
    memset(out, 0, sizeof *out);
    reading_make(r, out, text, n);
}

void reading_clear(struct reading *one)
{
    free(one->keys);
    free(one->lines);
    memset(one, 0, sizeof *one);
}

int readings_raw(const struct readings *r, const git_oid *blob, git_blob **out)
{
    int64_t bytes;
    int rc = source_size(r->odb, blob, &bytes);
    *out = NULL;
    return rc < 0 || bytes > r->max_bytes ? rc : git_blob_lookup(out, r->repo, blob);
}

int readings_get(struct readings *r, const git_oid *blob, const struct reading **out)
{
    for (size_t i = 0; i < READINGS_KEPT; i++)
        if (r->kept[i].used && git_oid_equal(&r->kept[i].blob, blob)) {
            *out = &r->kept[i];
            return 0;
        }
    struct reading *one = &r->kept[r->next++ % READINGS_KEPT];
    reading_clear(one);
    *out = one;
    git_blob *b;
    int rc = readings_raw(r, blob, &b);
    one->refused = !b;
    if (b)
        reading_make(r, one, git_blob_rawcontent(b), (size_t)git_blob_rawsize(b));
    git_blob_free(b);
    if (rc == 0) {
        git_oid_cpy(&one->blob, blob);
        one->used = true;
    }
    return rc;
}

int readings_blob(struct readings *r, size_t commit, const git_oid **id)
{
    struct reading_blob *b = &r->blobs[commit];
    if (!b->known) {
        enum source_kind kind;
        int rc = source_find(r->repo, &r->graph->commits[commit].tree, r->path, &kind, &b->id);
        if (rc < 0)
            return rc;
        b->known = true;
        b->there = kind == SOURCE_FILE;
    }
    *id = b->there ? &b->id : NULL;
    return 0;
}

int readings_open(struct readings *r)
{
    r->blobs = mem_zalloc((r->graph->count + 1) * sizeof *r->blobs);
    return git_repository_odb(&r->odb, r->repo);
}

void readings_close(struct readings *r)
{
    for (size_t i = 0; i < READINGS_KEPT; i++)
        reading_clear(&r->kept[i]);
    free(r->blobs);
    git_odb_free(r->odb);
}
