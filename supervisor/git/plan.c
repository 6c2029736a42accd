#include "supervisor/git/plan.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/git/source.h"
#include <git2.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_MAX = 1 << 20 }; /* bytes, as for one on the operator's disk */

/* Why what stands there is no plan; NULL = it is one. */
static const char *plan_fault(enum source_kind kind, int64_t bytes)
{
    switch (kind) {
    case SOURCE_MISSING: return "is not there";
    case SOURCE_LINK: return "is a symbolic link; commit the file itself";
    case SOURCE_FOLDER: return "is a folder";
    case SOURCE_SUBMODULE: return "is a submodule";
    case SOURCE_FILE: break;
    }
    return bytes > PLAN_MAX ? "has more than 1 MiB" : bytes ? NULL : "is empty";
}

static bool plan_refuse(const struct request *r, const char *fault, struct trouble *t)
{
    char *path = vis_dup(r->plan, strlen(r->plan), 200);
    if (*r->start)
        trouble_set(
            t, TROUBLE_NO_PLAN,
            "the plan %s %s at the phase's start %.7s; push it, then `ccsup stop` and begin the phase anew with "
            "`ccsup start --phase ID --reset`",
            path, fault, r->start);
    else
        trouble_set(t, TROUBLE_NO_PLAN, "the plan %s %s at the tip of branch %s; push it, and the phase begins", path,
                    fault, r->branch);
    free(path);
    return false;
}

static bool plan_add(const struct request *r, git_repository *repo, const git_commit *commit, cJSON *answer,
                     struct trouble *t)
{
    enum source_kind kind;
    git_oid id;
    git_blob *blob = NULL;
    git_odb *odb = NULL;
    int64_t bytes = 0;
    bool ok = git_repository_odb(&odb, repo) == 0 &&
              source_find(repo, git_commit_tree_id(commit), r->plan, &kind, &id) == 0 &&
              (kind != SOURCE_FILE || source_size(odb, &id, &bytes) == 0);
    const char *fault = ok ? plan_fault(kind, bytes) : NULL; /* by its size, before it is read */
    ok = ok && (fault || git_blob_lookup(&blob, repo, &id) == 0);
    git_odb_free(odb);
    if (!ok)
        return trouble_set(t, TROUBLE_MIRROR, "cannot read the plan in our mirror of the repository");
    if (!fault && memchr(git_blob_rawcontent(blob), 0, (size_t)bytes))
        fault = "holds a NUL byte: it is no text";
    if (!fault) {
        char hex[GIT_OID_HEXSZ + 1];
        char *text = mem_strndup(git_blob_rawcontent(blob), (size_t)bytes);
        cJSON *plan = json_add_obj(answer, "plan");
        json_add_str(plan, "blob", git_oid_tostr(hex, sizeof hex, &id));
        json_add_str(plan, "text", text);
        free(text);
    }
    git_blob_free(blob);
    return fault ? plan_refuse(r, fault, t) : true;
}

bool plan_read(const struct request *r, const struct snapshot *s, cJSON *answer, struct trouble *t)
{
    git_repository *repo = NULL;
    git_commit *commit = NULL;
    git_oid id;
    if (!r->plan || s->rewritten)
        return true;
    if (s->empty)
        return plan_refuse(r, "is not there", t);
    bool ok = git_repository_open_bare(&repo, r->mirror) == 0 &&
              git_oid_fromstr(&id, *r->start ? r->start : s->tip) == 0 && git_commit_lookup(&commit, repo, &id) == 0;
    if (ok)
        ok = plan_add(r, repo, commit, answer, t);
    else
        trouble_set(t, TROUBLE_MIRROR, "the commit %.12s is not in our mirror of the repository",
                    *r->start ? r->start : s->tip);
    git_commit_free(commit);
    git_repository_free(repo);
    return ok;
}
