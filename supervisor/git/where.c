#include "supervisor/git/where.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/vis.h"
#include "supervisor/git/url.h"
#include "watchdog/statefile.h"
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 3 };

static const char *where_what(const struct request *r)
{
    return r->kind_of_entry == WRITING_CLAIM ? "claim" : "verdict";
}

static bool where_revision(git_repository *repo, const char *name, git_oid *id)
{
    git_object *found = NULL, *commit = NULL;
    bool ok =
        repo && git_revparse_single(&found, repo, name) == 0 && git_object_peel(&commit, found, GIT_OBJECT_COMMIT) == 0;
    if (ok)
        git_oid_cpy(id, git_object_id(commit));
    git_object_free(commit);
    git_object_free(found);
    return ok;
}

/* What was tried must be what HEAD holds: tracked files that differ are named. State files may differ: they are text
 * about the work. */
static bool where_is_clean(const struct request *r, git_repository *clone, struct trouble *t)
{
    git_status_options options;
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    git_status_list *list = NULL;
    if (git_repository_is_bare(clone))
        return true;
    if (git_status_list_new(&list, clone, &options) < 0)
        return trouble_set(t, TROUBLE_REFUSED, "the state of the clone here cannot be read: see `git status`");
    struct buf names;
    int count = 0;
    buf_init(&names, 400);
    for (size_t i = 0; i < git_status_list_entrycount(list); i++) {
        const git_status_entry *e = git_status_byindex(list, i);
        const git_diff_delta *delta = e->head_to_index ? e->head_to_index : e->index_to_workdir;
        const char *path = delta ? delta->old_file.path : NULL;
        if (!path || statefile_of(path, r->state_path) != STATEFILE_NONE)
            continue;
        if (count++ < NAMES_SHOWN) {
            char *shown = vis_dup(path, strlen(path), 80);
            buf_addf(&names, "%s%s", count > 1 ? ", " : "", shown);
            free(shown);
        }
    }
    git_status_list_free(list);
    if (count)
        trouble_set(t, TROUBLE_REFUSED,
                    "%d file%s here differ%s from HEAD (%s%s), so what you tried is not what is committed; commit and "
                    "push, or undo the changes, or name the commit that the %s is about with --sha",
                    count, count == 1 ? "" : "s", count == 1 ? "s" : "", buf_str(&names),
                    count > NAMES_SHOWN ? ", ..." : "", where_what(r));
    buf_clear(&names);
    return !count;
}

static bool where_head(const struct request *r, git_repository *clone, git_oid *id, struct trouble *t)
{
    if (!clone)
        return trouble_set(t, TROUBLE_REFUSED,
                           "there is no git clone here: run it in your clone, or name the commit that the %s is about "
                           "with --sha",
                           where_what(r));
    if (git_reference_name_to_id(id, clone, "HEAD") < 0)
        return trouble_set(t, TROUBLE_REFUSED, "HEAD of the clone here is no commit yet: commit and push first");
    char hex[41];
    git_oid_tostr(hex, sizeof hex, id);
    /* Who verifies checks out what is to be verified; who claims would go on to commit onto no branch. */
    if (r->kind_of_entry == WRITING_CLAIM && git_repository_head_detached(clone) == 1)
        return trouble_set(t, TROUBLE_REFUSED,
                           "HEAD is detached at %.12s, so your next commits would be on no branch: `git switch %s` "
                           "first, or name the commit with --sha %.12s",
                           hex, r->branch, hex);
    return where_is_clean(r, clone, t);
}

static git_repository *where_clone(const struct request *r)
{
    git_repository *clone = NULL;
    return *r->clone && git_repository_open_ext(&clone, r->clone, 0, NULL) == 0 ? clone : NULL;
}

enum where_here where_stands(const struct request *r)
{
    git_repository *clone = where_clone(r);
    enum where_here here = !clone                                     ? WHERE_NOWHERE
                           : git_repository_head_detached(clone) == 1 ? WHERE_DETACHED
                                                                      : WHERE_BRANCH;
    git_repository_free(clone);
    return here;
}

const char *where_here_name(enum where_here w)
{
    static const char *const names[] = {"nowhere", "branch", "detached"};
    return names[w];
}

bool where_find(const struct request *r, git_repository *mirror, git_oid *id, struct trouble *t)
{
    git_repository *clone = where_clone(r);
    bool ok;
    if (!*r->rev) {
        ok = where_head(r, clone, id, t);
    } else {
        ok = where_revision(clone, r->rev, id) || where_revision(mirror, r->rev, id);
        if (!ok) {
            char *shown = vis_dup(r->rev, strlen(r->rev), 80);
            trouble_set(t, TROUBLE_REFUSED, "--sha %s names no commit, neither here nor on branch %s", shown,
                        r->branch);
            free(shown);
        }
    }
    git_repository_free(clone);
    return ok;
}

bool where_is_pushed(const struct request *r, git_repository *mirror, const git_oid *tip, const git_oid *id,
                     struct trouble *t)
{
    git_commit *commit = NULL;
    bool known = git_commit_lookup(&commit, mirror, id) == 0;
    git_commit_free(commit);
    if (git_oid_equal(tip, id) || (known && git_graph_descendant_of(mirror, tip, id) == 1))
        return true;
    char hex[41], *shown = url_redact(r->url, strlen(r->url), 200);
    git_oid_tostr(hex, sizeof hex, id);
    trouble_set(t, TROUBLE_REFUSED, "%s %.12s is not on branch %s of %s; push first: git push origin HEAD:%s",
                *r->rev ? "the commit" : "HEAD", hex, r->branch, shown, r->branch);
    free(shown);
    return false;
}
