#include "supervisor/git/write.h"
#include "agents/role.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/git/mirror.h"
#include "supervisor/git/place.h"
#include "supervisor/git/push.h"
#include "supervisor/git/source.h"
#include "supervisor/git/sshconfig.h"
#include "supervisor/git/where.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Tries; the longest pause between two; notes of one second and the same words. */
enum { TRIES = 20, PAUSE_MS = 50, PAUSE_MAX_MS = 2000, NOTES_MAX = 100 };

struct write {
    const struct request *r;
    struct mirror *m;
    git_repository *repo; /* the mirror */
    git_oid tip, where;   /* what it is built on; what it is about */
    bool has_where;
    char *name, *email;
    struct write_done *done;
    git_tree_update update; /* its path is done->path */
};

static bool write_broken(struct trouble *t, const char *doing)
{
    const git_error *last = git_error_last();
    const char *text = last && last->message ? last->message : "no reason given";
    char *shown = vis_dup(text, strlen(text), 300);
    trouble_set(t, TROUBLE_LOCAL, "cannot %s: %s; `ccsup verify` repairs our mirror of the repository, if it is that",
                doing, shown);
    free(shown);
    return false;
}

/* ---- who writes ---- */

/* As git would find it where the command was called: a clone may have its own. */
static char *write_git_config(const struct mirror *m, const char *key)
{
    struct child c;
    struct words argv = {0};
    char *value = NULL;
    command_options(&argv, m->r->timeout_ms);
    const char *const args[] = {"-C", *m->r->clone ? m->r->clone : "/", "config", "--get", key};
    for (size_t i = 0; i < sizeof args / sizeof *args; i++)
        words_add(&argv, args[i]);
    if (child_run(&c, &argv, &(struct child_way){.env = m->env, .deadline = m->deadline, .umask = 077, .stop = -1})) {
        size_t n = strcspn(buf_str(&c.out), "\n");
        value = mem_strndup(buf_str(&c.out), n);
    }
    child_clear(&c);
    words_clear(&argv);
    return value ? value : mem_strdup("");
}

/* A role's identity is given; an operator's is their own, and must be one that launch.conf names. */
static bool write_identity(struct write *w, struct trouble *t)
{
    const struct request *r = w->r;
    if (*r->email) {
        w->name = mem_strdup(r->name);
        w->email = mem_strdup(r->email);
        return true;
    }
    w->name = write_git_config(w->m, "user.name");
    w->email = write_git_config(w->m, "user.email");
    if (!*w->email || !*w->name)
        return trouble_set(t, TROUBLE_REFUSED,
                           "git does not know who you are: git config --global user.email ADDRESS, and user.name");
    if (words_have(&r->operators, w->email))
        return true;
    char *shown = vis_dup(w->email, strlen(w->email), 150);
    bool builder = strcasecmp(w->email, r->builder) == 0;
    if (builder || strcasecmp(w->email, r->adversary) == 0)
        trouble_set(t, TROUBLE_REFUSED,
                    "you commit as %s, the address of [agent %s], and you are not that loop: use an address of your "
                    "own (git config user.email), and write it as `operators = ADDRESS` under [repo] of launch.conf",
                    shown, role_name(builder ? ROLE_BUILDER : ROLE_ADVERSARY));
    else
        trouble_set(t, TROUBLE_REFUSED,
                    "you commit as %s, who is no operator: write `operators = %s` under [repo] of launch.conf, or use "
                    "the address that stands there (git config user.email)",
                    shown, shown);
    free(shown);
    return false;
}

/* ---- what is written ---- */

static char *write_path(const struct request *r, const char *name)
{
    return *r->state_path ? file_join(r->state_path, name) : mem_strdup(name);
}

/* The file at the tip: its bytes in old, *mode; *has false when there is none. */
static bool write_old(struct write *w, const git_oid *tree, const char *path, struct buf *old, bool *has,
                      struct trouble *t)
{
    enum source_kind kind;
    git_oid id;
    git_odb *odb = NULL;
    git_blob *blob = NULL;
    int64_t bytes = 0;
    if (source_find(w->repo, tree, path, &kind, &id) < 0)
        return write_broken(t, "read a folder");
    *has = kind != SOURCE_MISSING;
    if (!*has)
        return true;
    char *shown = vis_dup(path, strlen(path), 200);
    bool ok = false;
    if (kind != SOURCE_FILE) {
        trouble_set(t, TROUBLE_REFUSED, "%s is %s: put a file in its place", shown,
                    kind == SOURCE_LINK     ? "a symbolic link"
                    : kind == SOURCE_FOLDER ? "a folder"
                                            : "a submodule");
    } else if (git_repository_odb(&odb, w->repo) < 0 || source_size(odb, &id, &bytes) < 0) {
        write_broken(t, "read a file");
    } else if (bytes > w->r->max_bytes) {
        trouble_set(t, TROUBLE_REFUSED,
                    "%s has %lld bytes, and at most %lld are read (repo.state_max_bytes): move old text elsewhere",
                    shown, (long long)bytes, (long long)w->r->max_bytes);
    } else if (git_blob_lookup(&blob, w->repo, &id) < 0) {
        write_broken(t, "read a file");
    } else {
        ok = buf_add(old, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    }
    git_blob_free(blob);
    git_odb_free(odb);
    free(shown);
    return ok;
}

/* The mode that the file has, so that only its text changes. */
static git_filemode_t write_mode(struct write *w, const git_oid *tree_id, const char *path)
{
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    git_filemode_t mode = GIT_FILEMODE_BLOB;
    if (git_tree_lookup(&tree, w->repo, tree_id) == 0 && git_tree_entry_bypath(&entry, tree, path) == 0)
        mode = git_tree_entry_filemode(entry);
    git_tree_entry_free(entry);
    git_tree_free(tree);
    return mode;
}

/* An entry of STATUS or REVIEW. A PASS waits for the second after a FAIL of the same second: before, it would not be
 * the later one. */
static bool write_entry(struct write *w, struct writing *what, const git_oid *tree, struct buf *text, struct trouble *t)
{
    struct buf old;
    struct err e = {""};
    bool has;
    buf_init(&old, 0);
    mem_set(&w->done->path, NULL);
    w->done->path = write_path(w->r, w->r->file);
    bool ok = write_old(w, tree, w->done->path, &old, &has, t);
    while (ok && has && writing_too_soon(buf_str(&old), old.len, what, &w->r->criteria, w->r->max_bytes) &&
           clock_boot() < w->m->deadline) {
        place_pause(20, 20);
        what->now = clock_now() / 1000;
    }
    if (ok && !writing_append(text, w->r->file, has ? buf_str(&old) : NULL, old.len, what, &w->r->criteria,
                              w->r->max_bytes, &w->done->line, &e))
        ok = trouble_set(t, TROUBLE_REFUSED, "%s", e.text);
    w->update.filemode = ok && has ? write_mode(w, tree, w->done->path) : GIT_FILEMODE_BLOB;
    buf_clear(&old);
    return ok;
}

static char *write_inbox(const struct request *r, const char *file)
{
    char *name = file_fmt("inbox/%s/%s", r->role, file), *path = write_path(r, name);
    free(name);
    return path;
}

/* A new note: the first name that is free. */
static bool write_note(struct write *w, const struct writing *what, const git_oid *tree, struct buf *text,
                       struct trouble *t)
{
    for (int i = 1; i <= NOTES_MAX; i++) {
        struct buf name;
        enum source_kind kind;
        git_oid id;
        buf_init(&name, 0);
        writing_note_name(&name, what, i);
        mem_set(&w->done->path, NULL);
        w->done->path = write_inbox(w->r, buf_str(&name));
        buf_clear(&name);
        if (source_find(w->repo, tree, w->done->path, &kind, &id) < 0)
            return write_broken(t, "read a folder");
        if (kind == SOURCE_MISSING) {
            writing_note(text, what->text);
            return true;
        }
    }
    return trouble_set(t, TROUBLE_REFUSED, "there are %d notes of these words and this second already", NOTES_MAX);
}

static bool write_drop(struct write *w, const git_oid *tree, struct trouble *t)
{
    enum source_kind kind;
    git_oid id;
    mem_set(&w->done->path, NULL);
    w->done->path = write_inbox(w->r, w->r->file);
    w->update.action = GIT_TREE_UPDATE_REMOVE;
    if (source_find(w->repo, tree, w->done->path, &kind, &id) < 0)
        return write_broken(t, "read a folder");
    if (kind == SOURCE_FILE || kind == SOURCE_LINK)
        return true;
    char *shown = vis_dup(w->r->file, strlen(w->r->file), 200);
    trouble_set(t, TROUBLE_REFUSED, "there is no note %s for the %s on branch %s; see ccsup inbox list", shown,
                w->r->role, w->r->branch);
    free(shown);
    return false;
}

/* ---- the commit ---- */

/* The tree with the change -> the commit, in the mirror's objects and under no ref. */
static bool write_commit(struct write *w, const struct writing *what, git_commit *parent, git_tree *base,
                         struct trouble *t)
{
    git_oid tree_id, commit;
    git_tree *tree = NULL;
    git_signature *who = NULL;
    struct buf subject;
    buf_init(&subject, 0);
    writing_subject(&subject, what, w->r->role, w->r->file);
    buf_adds(&subject, "\n");
    w->update.path = w->done->path;
    const git_commit *parents[] = {parent};
    bool ok = false;
    if (git_tree_create_updated(&tree_id, w->repo, base, 1, &w->update) < 0 ||
        git_tree_lookup(&tree, w->repo, &tree_id) < 0)
        write_broken(t, "put the file into its folder");
    else if (git_signature_new(&who, w->name, w->email, what->now, 0) < 0)
        trouble_set(t, TROUBLE_REFUSED,
                    "git cannot write your name or e-mail address into a commit: see git config "
                    "user.name and user.email");
    else if (git_commit_create(&commit, w->repo, NULL, who, who, NULL, buf_str(&subject), tree, 1, parents) < 0)
        write_broken(t, "make the commit");
    else
        ok = git_oid_tostr(w->done->commit, sizeof w->done->commit, &commit) != NULL;
    git_signature_free(who);
    git_tree_free(tree);
    buf_clear(&subject);
    return ok;
}

static bool write_about(struct write *w, struct trouble *t)
{
    if (!writing_has_sha(w->r->kind_of_entry))
        return true;
    /* Once: what somebody tried does not change while we try to push. */
    if (!w->has_where && !where_find(w->r, w->repo, &w->where, t))
        return false;
    w->has_where = true;
    git_oid_tostr(w->done->sha, sizeof w->done->sha, &w->where);
    return where_is_pushed(w->r, w->repo, &w->tip, &w->where, t);
}

static bool write_change(struct write *w, struct writing *what, git_commit *parent, struct trouble *t)
{
    git_tree *base = NULL;
    struct buf text;
    bool ok;
    buf_init(&text, 0);
    memset(&w->update, 0, sizeof w->update);
    w->update.action = GIT_TREE_UPDATE_UPSERT;
    w->update.filemode = GIT_FILEMODE_BLOB;
    if (git_commit_tree(&base, parent) < 0)
        ok = write_broken(t, "read the tip");
    else if (what->kind == WRITING_SEND)
        ok = write_note(w, what, git_tree_id(base), &text, t);
    else if (what->kind == WRITING_DROP)
        ok = write_drop(w, git_tree_id(base), t);
    else
        ok = write_entry(w, what, git_tree_id(base), &text, t);
    if (ok && w->update.action == GIT_TREE_UPDATE_UPSERT &&
        git_blob_create_from_buffer(&w->update.id, w->repo, buf_str(&text), text.len) < 0)
        ok = write_broken(t, "write the file");
    ok = ok && write_commit(w, what, parent, base, t);
    git_tree_free(base);
    buf_clear(&text);
    return ok;
}

/* On the fetched tip. */
static bool write_build(struct write *w, struct trouble *t)
{
    git_commit *parent = NULL;
    struct writing what = {w->r->kind_of_entry, w->r->id, clock_now() / 1000, w->done->sha, w->r->text};
    bool ok = write_about(w, t);
    if (ok && git_commit_lookup(&parent, w->repo, &w->tip) < 0)
        ok = write_broken(t, "read the tip");
    ok = ok && write_change(w, &what, parent, t);
    git_commit_free(parent);
    return ok;
}

/* ---- fetch, build, push ---- */

static bool write_fetch(struct write *w, struct trouble *t)
{
    if (!mirror_prepare(w->m, t) || !mirror_fetch(w->m, t))
        return false;
    if (w->m->empty)
        return trouble_set(t, TROUBLE_REFUSED,
                           "the repository is empty: push the first commit, git push origin HEAD:%s", w->r->branch);
    git_repository_free(w->repo);
    w->repo = NULL;
    if (git_repository_open_bare(&w->repo, w->m->dir) < 0 || git_reference_name_to_id(&w->tip, w->repo, MIRROR_TIP) < 0)
        return write_broken(t, "read our mirror of the repository");
    char hex[41];
    git_oid_tostr(hex, sizeof hex, &w->tip);
    if (*w->r->on && strcmp(w->r->on, hex) != 0)
        return trouble_set(t, TROUBLE_MOVED, "the branch has moved on to %.12s", hex);
    return true;
}

/* A push of unknown end: is the commit on the branch? */
static bool write_arrived(struct write *w, struct trouble *t)
{
    struct trouble now = {TROUBLE_NONE, ""};
    git_oid ours;
    git_oid_fromstr(&ours, w->done->commit);
    if (!write_fetch(w, &now) && now.code != TROUBLE_MOVED)
        return trouble_set(t, t->code, "%.600s; whether it arrived cannot be told: git fetch, and look", t->text);
    if (git_oid_equal(&w->tip, &ours) || git_graph_descendant_of(w->repo, &w->tip, &ours) == 1)
        return true;
    return trouble_set(t, t->code, "%.700s; nothing was pushed", t->text);
}

static bool write_loop(struct write *w, struct trouble *t)
{
    for (int i = 1; i <= TRIES; i++) {
        w->done->tries = i;
        if (!write_fetch(w, t) || !write_build(w, t))
            return false;
        switch (push_run(w->m, w->done->commit, t)) {
        case PUSH_DONE: return true;
        case PUSH_REFUSED: return false;
        case PUSH_FAILED: return write_arrived(w, t);
        case PUSH_BEHIND: break;
        }
        int64_t most = (int64_t)PAUSE_MS << (i < 6 ? i : 6);
        place_pause(0, most < PAUSE_MAX_MS ? most : PAUSE_MAX_MS);
    }
    return trouble_set(t, TROUBLE_SERVER, "others pushed to branch %s each time before us, %d times: try again later",
                       w->r->branch, TRIES);
}

bool write_run(struct write_done *done, const struct request *r, struct trouble *t)
{
    memset(done, 0, sizeof *done);
    int lock = place_lock(r->lock, clock_boot() + r->timeout_ms, t);
    if (lock < 0)
        return false;
    struct words env;
    int64_t deadline = clock_boot() + r->timeout_ms;
    command_env(&env, r->kind, sshconfig_is_set(r->kind, deadline), r->timeout_ms);
    struct mirror m = {r->mirror, r, &env, deadline, false};
    struct write w = {.r = r, .m = &m, .done = done};
    bool ok = mirror_prepare(&m, t) && write_identity(&w, t) && write_loop(&w, t);
    if (ok) {
        done->here = where_stands(r);
        mirror_tidy(&m);
    }
    git_repository_free(w.repo);
    free(w.name);
    free(w.email);
    words_clear(&env);
    close(lock);
    return ok;
}

void write_clear(struct write_done *done)
{
    free(done->path);
    memset(done, 0, sizeof *done);
}
