#include "supervisor/git/facts_internal.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/git/claims.h"
#include "supervisor/git/code.h"
#include "supervisor/git/mirror.h"
#include "supervisor/git/origins.h"
#include "supervisor/git/provenance.h"
#include "supervisor/git/source.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INBOX_MAX = 200, INBOX_NAME_MAX = 200 };

bool facts_late(void *arg)
{
    return clock_boot() >= *(const int64_t *)arg;
}

bool facts_broken(struct trouble *t, const char *doing)
{
    const git_error *last = git_error_last();
    const char *text = last && last->message ? last->message : "no reason given";
    char *shown = vis_dup(text, strlen(text), 300);
    trouble_set(t, TROUBLE_MIRROR, "cannot read %s in our mirror of the repository: %s", doing, shown);
    free(shown);
    return false;
}

bool facts_slow(const struct facts *f, struct trouble *t)
{
    return trouble_set(t, TROUBLE_TIMEOUT, "the history of branch %s took too long to read: raise repo.timeout",
                       f->r->branch);
}

char *facts_path(const struct facts *f, const char *name)
{
    return *f->r->state_path ? file_join(f->r->state_path, name) : mem_strdup(name);
}

void facts_who(char *to, size_t room, const struct graph_commit *c)
{
    struct buf b;
    buf_init(&b, 0);
    buf_adds(&b, c->author);
    if (strcmp(c->author, c->committer) != 0)
        buf_addf(&b, ", committed by %s", c->committer);
    char *shown = vis_dup(buf_str(&b), b.len, room - 4);
    snprintf(to, room, "%s", shown);
    free(shown);
    buf_clear(&b);
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

bool facts_file(struct facts *f, size_t commit, const char *path, char hex[41], bool *has, bool *refused, char why[200],
                git_blob **blob, struct trouble *t)
{
    enum source_kind kind;
    git_oid id;
    int64_t bytes = 0;
    *blob = NULL;
    if (source_find(f->repo, &f->graph.commits[commit].tree, path, &kind, &id) < 0)
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

enum review_by facts_by(const struct request *r, const struct graph_commit *c)
{
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

/* What became of the marker that the commit brought in: was it too early, is it out of date? */
static bool facts_marked(struct facts *f, size_t commit, struct trouble *t)
{
    struct marker *m = &f->s->marker;
    const struct graph_commit *c = &f->graph.commits[commit];
    git_oid_tostr(m->commit, sizeof m->commit, &c->id);
    m->committed = c->committed;
    facts_who(m->author, sizeof m->author, c);
    m->after_start = f->after_start[commit];
    struct code code = {f->repo, &f->graph, &f->memo, f->r->state_path, facts_late, &f->deadline};
    struct code_after after = {.from = commit};
    int rc = code_after(&code, &after, 1);
    if (rc != 0)
        return rc > 0 ? facts_slow(f, t) : facts_broken(t, "the history");
    m->changes = after.count;
    if (after.count)
        git_oid_tostr(m->changed, sizeof m->changed, &f->graph.commits[after.first].id);
    return facts_unproven(f, commit, &m->unproven, t);
}

static bool facts_marker(struct facts *f, struct trouble *t)
{
    struct marker *m = &f->s->marker;
    git_blob *blob;
    char *path = facts_path(f, f->r->status);
    bool ok = facts_file(f, 0, path, f->s->status_blob, &f->s->has_status, &m->refused, m->why, &blob, t);
    if (ok && blob) {
        const char *text = git_blob_rawcontent(blob);
        size_t n = (size_t)git_blob_rawsize(blob);
        marker_read(m, text, n, f->r->max_bytes);
        struct provenance p = {.repo = f->repo,
                               .graph = &f->graph,
                               .criteria = &f->r->criteria,
                               .max_bytes = f->r->max_bytes,
                               .folder = f->dir,
                               .keep = !*f->r->at,
                               .stop = facts_late,
                               .arg = &f->late};
        long from = PROVENANCE_UNKNOWN;
        if (m->done && provenance_marker(&p, path, m->line, text, n, &from) < 0)
            ok = facts_broken(t, "the history");
        if (ok && p.stopped)
            ok = facts_slow(f, t);
        if (ok && from != PROVENANCE_UNKNOWN)
            ok = facts_marked(f, (size_t)from, t);
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

/* Which commits come after the phase's start, and which belong to the phase. */
static void facts_start(struct facts *f)
{
    const struct graph *g = &f->graph;
    git_oid id;
    snprintf(f->s->start, sizeof f->s->start, "%s", f->r->start);
    long start = *f->r->start && git_oid_fromstr(&id, f->r->start) == 0 ? graph_find(g, &id) : -1;
    if (start >= 0) {
        f->after_start = graph_descendants(g, (size_t)start);
        f->phase = graph_ancestors(g, (size_t)start);
    } else {
        f->after_start = mem_zalloc(g->count + 1);
        f->phase = mem_zalloc(g->count + 1);
        memset(f->after_start, !*f->r->start, g->count);
    }
    for (size_t i = 0; i < g->count; i++) {
        f->phase[i] = !f->phase[i];
        f->s->cut = f->s->cut || (f->phase[i] && g->commits[i].parents_missing);
    }
}

/* What the facts about single commits depend on besides the history: whose repository it is, what is asked, and the
 * reader. */
static uint64_t facts_identity(const struct request *r)
{
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "%llx %lld %s\n%s\n%s\n%s\n", (unsigned long long)origins_program(), (long long)r->max_bytes,
             r->state_path, r->review, r->builder, r->adversary);
    for (size_t i = 0; i < r->operators.n; i++)
        buf_addf(&b, "%s\n", r->operators.at[i]);
    buf_adds(&b, "\n");
    for (size_t i = 0; i < r->criteria.n; i++)
        buf_addf(&b, "%s\n", r->criteria.at[i]);
    uint64_t hash = hash_fnv(b.data, b.len);
    buf_clear(&b);
    return hash;
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
        return facts_slow(f, t);
    git_oid_tostr(f->s->tip, sizeof f->s->tip, &tip);
    if (rc == 0)
        return true;
    char what[40] = "the history";
    if (!git_oid_is_zero(&f->graph.bad))
        snprintf(what, sizeof what, "commit %.12s", git_oid_tostr_s(&f->graph.bad));
    return facts_broken(t, what);
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
    struct facts f = {.s = s, .r = r, .deadline = deadline, .dir = dir, .late = clock_boot()};
    f.late += (deadline - f.late) * 3 / 4;
    bool ok = facts_open(&f, dir, t);
    if (ok) {
        char *file = file_join(dir, "ccsup-commits");
        memo_load(&f.memo, &f.graph, file, facts_identity(r));
        free(file);
        facts_start(&f);
        s->rewritten = *r->last && !facts_is_behind(&f, r->last);
        ok = facts_foreign(&f, t) && facts_marker(&f, t) && facts_review(&f, t) && facts_since(&f, t) &&
             facts_findings(&f, t) && facts_inbox(&f, ROLE_BUILDER, t) && facts_inbox(&f, ROLE_ADVERSARY, t);
        /* Also when there was no time for all of it: the next poll goes on from there. */
        if (!*r->at)
            memo_save(&f.memo, &f.graph);
    }
    if (ok)
        claims_find(s, &f.graph, r);
    foreigns_clear(&f.foreign);
    memo_clear(&f.memo);
    graph_clear(&f.graph);
    free(f.after_start);
    free(f.phase);
    git_odb_free(f.odb);
    git_repository_free(f.repo);
    return ok;
}
