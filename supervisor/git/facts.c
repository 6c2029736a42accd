#include "supervisor/git/facts.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/git/claims.h"
#include "supervisor/git/graph.h"
#include "supervisor/git/mirror.h"
#include "supervisor/git/provenance.h"
#include "supervisor/git/source.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INBOX_MAX = 200, INBOX_NAME_MAX = 200 };

struct facts {
    struct snapshot *s;
    const struct request *r;
    git_repository *repo;
    git_odb *odb;
    struct graph graph;
    int64_t deadline;
    const char *folder; /* the mirror, to keep the lines' origins in; NULL for an older revision */
    bool *after_start;  /* per commit: a proper descendant of the start revision */
};

static bool facts_late(void *arg)
{
    return clock_boot() >= *(const int64_t *)arg;
}

static bool facts_broken(struct trouble *t, const char *doing)
{
    const git_error *last = git_error_last();
    const char *text = last && last->message ? last->message : "no reason given";
    char *shown = vis_dup(text, strlen(text), 300);
    trouble_set(t, TROUBLE_MIRROR, "cannot read %s in our mirror of the repository: %s", doing, shown);
    free(shown);
    return false;
}

static char *facts_path(const struct facts *f, const char *name)
{
    return *f->r->state_path ? file_join(f->r->state_path, name) : mem_strdup(name);
}

static void facts_text(char *to, size_t room, const char *from)
{
    char *shown = vis_dup(from, strlen(from), room - 4);
    snprintf(to, room, "%s", shown);
    free(shown);
}

static const char *kind_fault(enum source_kind kind)
{
    switch (kind) {
    case SOURCE_LINK: return "a symbolic link stands where the file should be (mode 120000): commit the file itself";
    case SOURCE_FOLDER: return "a folder stands where the file should be";
    case SOURCE_SUBMODULE: return "a submodule stands where the file should be";
    case SOURCE_MISSING:
    case SOURCE_FILE: break;
    }
    return NULL;
}

/* One state file at R. *blob NULL when it is missing or refused (then why says so). False and t set: damage.
 */
static bool facts_file(struct facts *f, const char *path, char hex[41], bool *has, bool *refused, char why[200],
                       git_blob **blob, struct trouble *t)
{
    enum source_kind kind;
    git_oid id;
    int64_t bytes = 0;
    *blob = NULL;
    if (source_find(f->repo, &f->graph.commits[0].tree, path, &kind, &id) < 0)
        return facts_broken(t, "a folder");
    *has = kind != SOURCE_MISSING;
    if (!*has)
        return true;
    git_oid_tostr(hex, 41, &id);
    if (kind == SOURCE_FILE && source_size(f->odb, &id, &bytes) < 0)
        return facts_broken(t, "a file");
    *refused = kind != SOURCE_FILE || bytes > f->r->max_bytes;
    if (kind != SOURCE_FILE)
        snprintf(why, 200, "%s", kind_fault(kind));
    else if (*refused)
        snprintf(why, 200, "it has %lld bytes; no more than %lld are read (repo.state_max_bytes)", (long long)bytes,
                 (long long)f->r->max_bytes);
    else if (git_blob_lookup(blob, f->repo, &id) < 0)
        return facts_broken(t, "a file");
    return true;
}

static enum review_by facts_by(const struct request *r, const struct graph_commit *c)
{
    /* Both must be the same party: a commit that one made in the other's name is nobody's. */
    if (strcmp(c->author, c->committer) != 0) {
        bool operators = words_have(&r->operators, c->author) && words_have(&r->operators, c->committer);
        return operators ? REVIEW_BY_OPERATOR : REVIEW_BY_OTHER;
    }
    if (strcmp(c->author, r->adversary) == 0)
        return REVIEW_BY_ADVERSARY;
    if (words_have(&r->operators, c->author))
        return REVIEW_BY_OPERATOR;
    return strcmp(c->author, r->builder) == 0 ? REVIEW_BY_BUILDER : REVIEW_BY_OTHER;
}

static void facts_warn(struct review *review, const char *what)
{
    words_add(&review->warnings, what);
}

static bool facts_review(struct facts *f, struct trouble *t, int64_t *late)
{
    struct snapshot *s = f->s;
    struct review *review = &s->review;
    git_blob *blob;
    char *path = facts_path(f, f->r->review);
    bool ok = facts_file(f, path, s->review_blob, &s->has_review, &review->refused, review->why, &blob, t);
    if (ok && blob) {
        const char *text = git_blob_rawcontent(blob);
        size_t n = (size_t)git_blob_rawsize(blob);
        review_read(review, text, n, &f->r->criteria, f->r->max_bytes);
        struct provenance p = {f->repo, &f->graph, &f->r->criteria, f->r->max_bytes, f->folder, facts_late,
                               late,    false};
        long *from = mem_zalloc((review->count + 1) * sizeof *from);
        if (provenance_review(&p, path, review, text, n, from) < 0)
            ok = facts_broken(t, "the history");
        for (size_t i = 0; i < review->count && ok; i++) {
            struct review_entry *e = &review->entries[i];
            e->sha_known = !e->sha[0] || graph_has_prefix(&f->graph, e->sha);
            if (from[i] == PROVENANCE_UNKNOWN)
                continue;
            const struct graph_commit *c = &f->graph.commits[from[i]];
            git_oid_tostr(e->commit, sizeof e->commit, &c->id);
            e->committed = c->committed;
            facts_text(e->author, sizeof e->author, c->author);
            e->by = facts_by(f->r, c);
            e->after_start = f->after_start[from[i]];
        }
        if (p.stopped)
            facts_warn(review, "the history took too long to read: who wrote the oldest lines is not known this time");
        if (review->count > PROVENANCE_ENTRIES)
            facts_warn(review, "more than 20000 verdicts: who wrote the earliest ones is not looked up");
        if (f->graph.cut)
            facts_warn(review, "more than 50000 commits: those beyond are not looked at");
        free(from);
    }
    git_blob_free(blob);
    free(path);
    return ok;
}

static bool facts_marker(struct facts *f, struct trouble *t, int64_t *late)
{
    struct marker *m = &f->s->marker;
    git_blob *blob;
    char *path = facts_path(f, f->r->status);
    bool ok = facts_file(f, path, f->s->status_blob, &f->s->has_status, &m->refused, m->why, &blob, t);
    if (ok && blob) {
        const char *text = git_blob_rawcontent(blob);
        size_t n = (size_t)git_blob_rawsize(blob);
        marker_read(m, text, n, f->r->max_bytes);
        struct provenance p = {f->repo, &f->graph, &f->r->criteria, f->r->max_bytes, f->folder, facts_late,
                               late,    false};
        long from = PROVENANCE_UNKNOWN;
        if (m->done && provenance_marker(&p, path, m->line, text, n, &from) < 0)
            ok = facts_broken(t, "the history");
        if (ok && from != PROVENANCE_UNKNOWN) {
            const struct graph_commit *c = &f->graph.commits[from];
            git_oid_tostr(m->commit, sizeof m->commit, &c->id);
            m->committed = c->committed;
            facts_text(m->author, sizeof m->author, c->author);
        }
    }
    git_blob_free(blob);
    free(path);
    return ok;
}

static bool facts_inbox(struct facts *f, enum role role, struct trouble *t)
{
    char *name = file_fmt("inbox/%s", role_name(role)), *path = facts_path(f, name);
    enum source_kind kind;
    git_oid id;
    git_tree *tree = NULL;
    bool ok = source_find(f->repo, &f->graph.commits[0].tree, path, &kind, &id) == 0 &&
              (kind != SOURCE_FOLDER || git_tree_lookup(&tree, f->repo, &id) == 0);
    for (size_t i = 0; tree && i < git_tree_entrycount(tree) && f->s->inbox[role].n < INBOX_MAX; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(tree, i);
        const char *file = git_tree_entry_name(e);
        /* A dot file keeps the folder alive in git; it is no message. */
        if (git_tree_entry_type(e) != GIT_OBJECT_BLOB || file[0] == '.')
            continue;
        char *shown = vis_dup(file, strlen(file), INBOX_NAME_MAX);
        words_add(&f->s->inbox[role], shown);
        free(shown);
    }
    git_tree_free(tree);
    free(path);
    free(name);
    return ok || facts_broken(t, "the inbox");
}

static bool facts_findings(struct facts *f, struct trouble *t)
{
    char *path = facts_path(f, f->r->findings);
    enum source_kind kind;
    git_oid id;
    bool ok = source_find(f->repo, &f->graph.commits[0].tree, path, &kind, &id) == 0;
    if (ok && kind != SOURCE_MISSING)
        git_oid_tostr(f->s->findings_blob, sizeof f->s->findings_blob, &id);
    free(path);
    return ok || facts_broken(t, "a folder");
}

/* Is the revision `hex` an ancestor of the tip, or the tip? */
static bool facts_is_behind(const struct facts *f, const char *hex)
{
    git_oid id;
    if (git_oid_fromstr(&id, hex) < 0)
        return false;
    if (graph_find(&f->graph, &id) >= 0)
        return true;
    return f->graph.cut && git_graph_descendant_of(f->repo, &f->graph.commits[0].id, &id) == 1;
}

/* Which commits come after the phase's start. */
static void facts_start(struct facts *f)
{
    git_oid id;
    snprintf(f->s->start, sizeof f->s->start, "%s", f->r->start);
    if (!*f->r->start) {
        f->after_start = mem_zalloc(f->graph.count + 1);
        memset(f->after_start, true, f->graph.count);
        return;
    }
    long start = git_oid_fromstr(&id, f->r->start) == 0 ? graph_find(&f->graph, &id) : -1;
    f->after_start = start >= 0 ? graph_descendants(&f->graph, (size_t)start) : mem_zalloc(f->graph.count + 1);
}

static bool facts_open(struct facts *f, const char *dir, struct trouble *t)
{
    git_oid tip;
    git_commit *commit = NULL;
    const struct request *r = f->r;
    if (git_repository_open_bare(&f->repo, dir) < 0 || git_repository_odb(&f->odb, f->repo) < 0)
        return facts_broken(t, "anything");
    if (git_reference_name_to_id(&tip, f->repo, MIRROR_TIP) < 0)
        return facts_broken(t, "the tip");
    if (*r->at && (git_oid_fromstr(&tip, r->at) < 0 || git_commit_lookup(&commit, f->repo, &tip) < 0))
        return trouble_set(t, TROUBLE_REQUEST, "the revision %.12s is no commit of branch %s", r->at, r->branch);
    git_commit_free(commit);
    int rc = graph_load(&f->graph, f->repo, &tip, &r->criteria, facts_late, &f->deadline);
    if (rc == GIT_EUSER)
        return trouble_set(t, TROUBLE_TIMEOUT, "the history of branch %s took too long to read: raise repo.timeout",
                           r->branch);
    git_oid_tostr(f->s->tip, sizeof f->s->tip, &tip);
    return rc == 0 || facts_broken(t, "the history");
}

void facts_empty(struct snapshot *s, const struct request *r, int64_t fetched)
{
    memset(s, 0, sizeof *s);
    s->fetched = fetched;
    s->empty = true;
    /* What was judged is gone: history was not kept. */
    s->rewritten = *r->last != '\0';
    snprintf(s->start, sizeof s->start, "%s", r->start);
}

bool facts_read(struct snapshot *s, const char *dir, const struct request *r, int64_t fetched, int64_t deadline,
                struct trouble *t)
{
    memset(s, 0, sizeof *s);
    s->fetched = fetched;
    struct facts f = {.s = s, .r = r, .deadline = deadline, .folder = *r->at ? NULL : dir};
    /* The search for the lines' origins may use most of the time, not all: the rest of the facts must get
     * out. */
    int64_t late = clock_boot();
    late += (deadline - late) * 3 / 4;
    bool ok = facts_open(&f, dir, t);
    if (ok) {
        facts_start(&f);
        s->rewritten = *r->last && !facts_is_behind(&f, r->last);
        ok = facts_marker(&f, t, &late) && facts_review(&f, t, &late) && facts_findings(&f, t) &&
             facts_inbox(&f, ROLE_BUILDER, t) && facts_inbox(&f, ROLE_ADVERSARY, t);
    }
    if (ok)
        claims_find(s, &f.graph, r);
    graph_clear(&f.graph);
    free(f.after_start);
    git_odb_free(f.odb);
    git_repository_free(f.repo);
    return ok;
}
