/* REVIEW.md at a commit of the history: who wrote each line, and what that is worth. */
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/code.h"
#include "supervisor/git/facts_internal.h"
#include "supervisor/git/provenance.h"
#include "watchdog/verdict.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUIET_SHOWN = 5, FOREIGN_SHOWN = 20, VETOES_LOOKED = 1000 };

static bool by_verifier(enum review_by by)
{
    return by == REVIEW_BY_ADVERSARY || by == REVIEW_BY_OPERATOR;
}

bool facts_foreign(struct facts *f, struct trouble *t)
{
    const struct graph *g = &f->graph;
    bool *verifier = mem_zalloc(g->count + 1);
    char *path = facts_path(f, f->r->review);
    for (size_t i = 0; i < g->count; i++)
        verifier[i] = by_verifier(facts_by(f->r, &g->commits[i]));
    struct foreign_search search = {.repo = f->repo,
                                    .graph = g,
                                    .criteria = &f->r->criteria,
                                    .max_bytes = f->r->max_bytes,
                                    .path = path,
                                    .phase = f->phase,
                                    .verifier = verifier,
                                    .memo = &f->memo,
                                    .stop = facts_late,
                                    .arg = &f->deadline};
    int rc = foreigns_find(&f->foreign, &search);
    free(verifier);
    free(path);
    return rc == 0 || (rc > 0 ? facts_slow(f, t) : facts_broken(t, "the history"));
}

/* ---- what foreign commits void ---- */

/* The index of a commit, or -1. */
static long at_hex(const struct facts *f, const char *hex)
{
    git_oid id;
    return *hex && git_oid_fromstr(&id, hex) == 0 ? graph_find(&f->graph, &id) : -1;
}

/* An entry as the foreign commits see it. */
struct seen {
    int of;  /* the criterion's index, -1: none */
    long at; /* the commit that introduced it, -1: not known */
};

static struct seen *seen_make(const struct facts *f, const struct review *review)
{
    struct seen *seen = mem_zalloc((review->count + 1) * sizeof *seen);
    for (size_t i = 0; i < review->count; i++) {
        const struct review_entry *e = &review->entries[i];
        seen[i] = (struct seen){-1, at_hex(f, e->commit)};
        for (size_t k = 0; k < f->r->criteria.n && e->kind == REVIEW_PASS; k++)
            if (strcmp(f->r->criteria.at[k], e->id) == 0)
                seen[i].of = (int)k;
    }
    return seen;
}

/* Voids what the foreign commit voids; true if it does. *veto: it took away a VETO that nothing has lifted since. */
static bool void_by(const struct facts *f, const struct foreign *x, struct review *review, const struct seen *seen,
                    bool *veto)
{
    bool voids = false, *after = NULL, *concerned = mem_zalloc(f->r->criteria.n + 1);
    for (size_t k = 0; k < f->r->criteria.n; k++)
        concerned[k] = foreign_concerns(x, f->r->criteria.at[k]);
    *veto = foreign_concerns(x, "");
    for (size_t i = 0; i < review->count; i++) {
        struct review_entry *e = &review->entries[i];
        bool pass = seen[i].of >= 0 && concerned[seen[i].of] && !e->voided[0];
        bool lift = *veto && e->kind == REVIEW_LIFT && by_verifier(e->by);
        if (!pass && !lift)
            continue;
        if (!after)
            after = graph_descendants(&f->graph, x->commit);
        bool later = seen[i].at >= 0 && after[seen[i].at];
        if (lift && later)
            *veto = false;
        if (pass && !later) {
            git_oid_tostr(e->voided, sizeof e->voided, &f->graph.commits[x->commit].id);
            voids = true;
        }
    }
    free(after);
    free(concerned);
    return voids;
}

static void foreign_tell(struct facts *f, const struct foreign *x, bool veto)
{
    struct snapshot *s = f->s;
    const struct graph_commit *c = &f->graph.commits[x->commit];
    s->foreign = mem_resize(s->foreign, s->foreign_count + 1, sizeof *s->foreign);
    struct snapshot_foreign *out = &s->foreign[s->foreign_count++];
    memset(out, 0, sizeof *out);
    git_oid_tostr(out->commit, sizeof out->commit, &c->id);
    out->committed = c->committed;
    facts_who(out->author, sizeof out->author, c);
    out->by = facts_by(f->r, c);
    out->veto = veto;
    for (size_t i = 0; i < x->lost.n; i++)
        words_add(&out->lost, x->lost.at[i]);
}

/* All of them are asked; within: only those of these commits (NULL: all). tell: into the snapshot. */
static void facts_void(struct facts *f, struct review *review, const bool *within, bool tell)
{
    struct seen *seen = f->foreign.count ? seen_make(f, review) : NULL;
    for (size_t i = 0; i < f->foreign.count; i++) {
        const struct foreign *x = &f->foreign.list[i];
        bool veto;
        if (within && !within[x->commit])
            continue;
        bool voids = void_by(f, x, review, seen, &veto);
        if (tell && (voids || veto || i < FOREIGN_SHOWN))
            foreign_tell(f, x, veto);
    }
    free(seen);
}

static void quiet_warn(struct facts *f, struct review *review)
{
    for (size_t i = 0; i < f->foreign.quiet_count && i < QUIET_SHOWN; i++) {
        const struct graph_commit *c = &f->graph.commits[f->foreign.quiet[i]];
        char hex[8], author[128], text[300];
        facts_who(author, sizeof author, c);
        snprintf(text, sizeof text,
                 "commit %s by %s (%s) changed this file, which is not its to change, and no verdict",
                 git_oid_tostr(hex, sizeof hex, &c->id), review_by_name(facts_by(f->r, c)), author);
        words_add(&review->warnings, text);
    }
}

/* ---- the lines ---- */

static void line_origin(struct facts *f, struct review_entry *e, size_t from)
{
    const struct graph_commit *c = &f->graph.commits[from];
    git_oid_tostr(e->commit, sizeof e->commit, &c->id);
    e->committed = c->committed;
    facts_who(e->author, sizeof e->author, c);
    e->by = facts_by(f->r, c);
    e->after_start = f->after_start[from];
}

/* Of whose addresses a verdict counts. */
static uint64_t lines_who(const struct request *r)
{
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "%s\n", r->adversary);
    for (size_t i = 0; i < r->operators.n; i++)
        buf_addf(&b, "%s\n", r->operators.at[i]);
    uint64_t hash = hash_fnv(buf_str(&b), b.len);
    buf_clear(&b);
    return hash;
}

/* The vetoes that no lifting below them descends from: a merge may put a lifting under a VETO that whoever lifted never
 * saw. Up to VETOES_LOOKED different commits; the vetoes of others stand. */
static void lines_unseen(const struct facts *f, struct review *review)
{
    bool *after = NULL;
    long of = -1;
    int looked = 0;
    size_t lifted = review_lifted(review, true);
    for (size_t i = 0; i < lifted; i++) {
        struct review_entry *x = &review->entries[i];
        long at = x->kind == REVIEW_VETO ? at_hex(f, x->commit) : -1;
        if (at < 0)
            continue;
        x->unseen = true;
        if (at != of && looked++ < VETOES_LOOKED) {
            free(after);
            after = graph_descendants(&f->graph, (size_t)(of = at));
        }
        for (size_t k = i + 1; k < lifted && x->unseen && at == of; k++) {
            const struct review_entry *l = &review->entries[k];
            long by = review_lifts(l, true) ? at_hex(f, l->commit) : -1;
            x->unseen = !(by >= 0 && (by == at || after[by]));
        }
    }
    free(after);
}

/* The review at a commit, with the origins of its lines. behind: the commit and its ancestors, NULL at the tip.
 * *stopped: there was no time to find all. */
static bool lines_read(struct facts *f, size_t commit, const bool *behind, struct review *review, char hex[41],
                       bool *has, bool *stopped, struct trouble *t)
{
    git_blob *blob;
    char *path = facts_path(f, f->r->review);
    bool ok = facts_file(f, commit, path, hex, has, &review->refused, review->why, &blob, t);
    *stopped = false;
    if (ok && blob) {
        const char *text = git_blob_rawcontent(blob);
        size_t n = (size_t)git_blob_rawsize(blob);
        review_read(review, text, n, &f->r->criteria, f->r->max_bytes);
        bool *verifier = mem_zalloc(f->graph.count + 1);
        for (size_t i = 0; i < f->graph.count; i++)
            verifier[i] = by_verifier(facts_by(f->r, &f->graph.commits[i]));
        struct provenance p = {.repo = f->repo,
                               .graph = &f->graph,
                               .criteria = &f->r->criteria,
                               .max_bytes = f->r->max_bytes,
                               .verifier = verifier,
                               .who = lines_who(f->r),
                               .at = commit,
                               .folder = f->dir,
                               .keep = !behind && !*f->r->at,
                               .stop = facts_late,
                               .arg = &f->late};
        long *from = mem_zalloc((review->count + 1) * sizeof *from);
        if (provenance_review(&p, path, review, text, n, from) < 0)
            ok = facts_broken(t, "the history");
        for (size_t i = 0; i < review->count && ok; i++) {
            struct review_entry *e = &review->entries[i];
            long sha = e->sha[0] ? graph_prefix(&f->graph, e->sha) : -1;
            e->sha_known = !e->sha[0] || (sha >= 0 && (!behind || behind[sha]));
            if (from[i] != PROVENANCE_UNKNOWN)
                line_origin(f, e, (size_t)from[i]);
        }
        if (ok)
            lines_unseen(f, review);
        *stopped = p.stopped;
        free(verifier);
        free(from);
    }
    git_blob_free(blob);
    free(path);
    return ok;
}

bool facts_review(struct facts *f, struct trouble *t)
{
    struct snapshot *s = f->s;
    struct review *review = &s->review;
    bool stopped;
    if (!lines_read(f, 0, NULL, review, s->review_blob, &s->has_review, &stopped, t))
        return false;
    facts_void(f, review, NULL, true);
    quiet_warn(f, review);
    if (stopped)
        words_add(&review->warnings,
                  "the history took too long to read: who wrote the oldest lines is not known this time");
    if (review->count > PROVENANCE_ENTRIES)
        words_add(&review->warnings, "more than 20000 verdicts: who wrote the earliest ones is not looked up");
    if (f->graph.cut)
        words_add(&review->warnings, "more than 50000 commits: those beyond are not looked at");
    return true;
}

/* ---- the marker's commit ---- */

/* Judged as the tip is, but for ages: later than any time that is read, with a window that reaches back to all. */
static void unproven_judge(const struct facts *f, struct review *review, bool has, struct words *lacking)
{
    struct snapshot then = {.has_review = has, .review = *review};
    struct verdict_rules rules = {.criteria = &f->r->criteria, .window = (int64_t)1 << 40};
    struct verdict v;
    snprintf(then.tip, sizeof then.tip, "%s", f->s->tip);
    verdict_judge(&v, &then, &rules, "", "", (int64_t)1 << 33);
    for (size_t i = 0; i < v.count; i++)
        if (!v.criteria[i].passed)
            words_add(lacking, v.criteria[i].id);
    verdict_clear(&v);
}

bool facts_unproven(struct facts *f, size_t commit, struct words *lacking, struct trouble *t)
{
    const git_oid *id = &f->graph.commits[commit].id;
    uint64_t start = siphash(&f->memo.secret, f->r->start, strlen(f->r->start));
    const struct memo_note *known = memo_find(&f->memo, id, 'm', start);
    for (size_t i = 0; known && i < known->words.n; i++)
        words_add(lacking, known->words.at[i]);
    if (known)
        return true;
    struct review review = {0};
    char hex[41];
    bool has = false, stopped, *behind = graph_ancestors(&f->graph, commit);
    bool ok = lines_read(f, commit, behind, &review, hex, &has, &stopped, t);
    if (ok && stopped)
        ok = facts_slow(f, t);
    if (ok) {
        facts_void(f, &review, behind, false);
        unproven_judge(f, &review, has, lacking);
        struct memo_note *note = memo_add(&f->memo, id, 'm', start);
        for (size_t i = 0; i < lacking->n; i++)
            words_add(&note->words, lacking->at[i]);
        f->memo.changed = true;
    }
    review_clear(&review);
    free(behind);
    return ok;
}

/* ---- code since a verdict ---- */

/* Those whose count is wanted: of each such PASS the commit that it names, or -1. */
static long since_from(const struct facts *f, const struct review_entry *e)
{
    if (e->kind != REVIEW_PASS || !e->sha[0] || !e->sha_known || !e->after_start || !by_verifier(e->by))
        return -1;
    return graph_prefix(&f->graph, e->sha);
}

bool facts_since(struct facts *f, struct trouble *t)
{
    struct review *review = &f->s->review;
    struct code code = {f->repo, &f->graph, &f->memo, f->r->state_path, facts_late, &f->deadline};
    long *place = mem_zalloc((f->graph.count + 1) * sizeof *place); /* per commit: 1 + where it is asked about */
    struct code_after *all = mem_zalloc((review->count + 1) * sizeof *all);
    size_t n = 0;
    int rc = 0;
    for (size_t i = 0; i < review->count; i++) {
        long from = since_from(f, &review->entries[i]);
        if (from < 0 || place[from])
            continue;
        all[n].from = (size_t)from;
        place[from] = (long)++n;
    }
    for (size_t i = 0; i < n && rc == 0; i += CODE_FROM_MAX)
        rc = code_after(&code, all + i, n - i < CODE_FROM_MAX ? n - i : CODE_FROM_MAX);
    for (size_t i = 0; i < review->count && rc == 0; i++) {
        struct review_entry *e = &review->entries[i];
        long from = since_from(f, e);
        e->since = -1;
        if (from < 0)
            continue;
        const struct code_after *a = &all[place[from] - 1];
        e->since = a->count;
        if (a->count)
            git_oid_tostr(e->since_commit, sizeof e->since_commit, &f->graph.commits[a->first].id);
    }
    free(place);
    free(all);
    return rc == 0 || (rc > 0 ? facts_slow(f, t) : facts_broken(t, "the history"));
}
