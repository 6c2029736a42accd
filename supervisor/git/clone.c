#include "supervisor/base/vis.h"
#include "supervisor/git/failure.h"
#include "supervisor/git/hooks.h"
#include "supervisor/git/identity.h"
#include "supervisor/git/mirror.h"
#include "supervisor/git/owner.h"
#include "supervisor/git/poll.h"
#include "supervisor/git/sshconfig.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <errno.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct clone {
    const struct request *r;
    const struct words *env;
    int64_t deadline;
    mode_t mask; /* of the files in the work tree: they are the agent's, not ours */
    char *part;  /* where it is made; renamed when it is whole, so that a killed clone leaves nothing half */
};

static bool clone_git(const struct clone *k, struct child *c, const char *const *args)
{
    struct words argv = {0};
    command_options(&argv, k->r->timeout_ms);
    for (; *args; args++)
        words_add(&argv, *args);
    bool ok =
        child_run(c, &argv, &(struct child_way){.env = k->env, .deadline = k->deadline, .umask = k->mask, .stop = -1});
    words_clear(&argv);
    return ok;
}

static bool clone_do(const struct clone *k, struct trouble *t, const char *const *args)
{
    struct child c;
    bool ok = clone_git(k, &c, args);
    if (!ok)
        failure_explain(t, k->r, &c);
    child_clear(&c);
    return ok;
}

static bool clone_config(const struct clone *k, struct trouble *t, const char *name, const char *value)
{
    char *file = file_join(k->part, ".git/config");
    bool ok = clone_do(k, t, (const char *const[]){"config", "--file", file, name, value, NULL});
    free(file);
    return ok;
}

/* Nothing is there to clone yet: the first push of the loop makes the branch. */
static bool clone_init(const struct clone *k, struct trouble *t)
{
    const char *branch = k->r->branch;
    char *initial = file_fmt("--initial-branch=%s", branch), *ref = file_fmt("refs/heads/%s", branch);
    char *remote = file_fmt("branch.%s.remote", branch), *merge = file_fmt("branch.%s.merge", branch);
    bool ok = clone_do(k, t, (const char *const[]){"init", "--quiet", initial, "--", k->part, NULL}) &&
              clone_config(k, t, "remote.origin.url", k->r->url) &&
              clone_config(k, t, "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*") &&
              clone_config(k, t, remote, "origin") && clone_config(k, t, merge, ref);
    free(initial);
    free(ref);
    free(remote);
    free(merge);
    return ok;
}

static bool clone_make(const struct clone *k, struct trouble *t)
{
    struct mirror asking = {"/", k->r, k->env, k->deadline, false};
    char *heads;
    bool has, ok = mirror_ask_heads(&asking, &heads, &has, t);
    if (ok && *heads && !has) {
        char *shown = url_redact(k->r->url, strlen(k->r->url), 200);
        ok = trouble_set(t, TROUBLE_NO_BRANCH, "%s has no branch %s; it has: %s", shown, k->r->branch, heads);
        free(shown);
    } else if (ok) {
        /* --no-local: hard links into a local remote would let an agent damage it. */
        ok = *heads ? clone_do(k, t,
                               (const char *const[]){"clone", "--quiet", "--no-local", "--origin", "origin", "--branch",
                                                     k->r->branch, "--", k->r->url, k->part, NULL})
                    : clone_init(k, t);
    }
    free(heads);
    if (ok && rename(k->part, k->r->dir) != 0)
        ok = trouble_set(t, TROUBLE_LOCAL, "cannot put the new clone in its place: %s", strerror(errno));
    return ok;
}

static bool clone_refuse(const struct clone *k, struct trouble *t, const char *why)
{
    char *dir = vis_dup(k->r->dir, strlen(k->r->dir), 300);
    trouble_set(t, TROUBLE_LOCAL, "%s %s: move it away, and it is made anew", dir, why);
    free(dir);
    return false;
}

/* The clone is there: only its origin is looked at, in its configuration file. git itself is not run in a
 * folder that an agent writes, and its work is left alone. */
static bool clone_check(const struct clone *k, struct trouble *t)
{
    char *git = file_join(k->r->dir, ".git"), *file = file_join(git, "config"), *head = file_join(git, "HEAD");
    struct stat dir_st, git_st, file_st;
    git_config *config = NULL, *snapshot = NULL;
    const char *url = NULL;
    bool ok = true;
    hooks_unlock(file);
    if (lstat(k->r->dir, &dir_st) != 0 || !S_ISDIR(dir_st.st_mode) || lstat(git, &git_st) != 0 ||
        !S_ISDIR(git_st.st_mode) || !file_exists(head) || lstat(file, &file_st) != 0 || !S_ISREG(file_st.st_mode)) {
        ok = clone_refuse(k, t, "is there and is no git clone");
    } else if (git_config_open_ondisk(&config, file) < 0 || git_config_snapshot(&snapshot, config) < 0) {
        ok = clone_refuse(k, t, "has a git configuration that can't be read");
    } else if (git_config_get_string(&url, snapshot, "remote.origin.url") < 0 || strcmp(url, k->r->url) != 0) {
        if (git_config_set_string(config, "remote.origin.url", k->r->url) < 0 ||
            (!url && git_config_set_string(config, "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*") < 0))
            ok = clone_refuse(k, t, "has a git configuration that can't be written");
    }
    git_config_free(snapshot);
    git_config_free(config);
    free(git);
    free(file);
    free(head);
    return ok;
}

static bool clone_place(struct clone *k, bool *made, struct trouble *t)
{
    struct stat st;
    /* An empty folder may be somebody's preparation: it counts as missing. */
    bool there = lstat(k->r->dir, &st) == 0 && !(S_ISDIR(st.st_mode) && rmdir(k->r->dir) == 0);
    if (!file_remove_tree(k->part))
        return trouble_set(t, TROUBLE_LOCAL, "the rest of an earlier clone can't be removed: %s", k->part);
    if (there) {
        owner_enter(k->r->dir);
        bool ok = clone_check(k, t);
        owner_leave();
        return ok;
    }
    *made = clone_make(k, t);
    if (!*made)
        file_remove_tree(k->part);
    return *made;
}

static bool parent_make(const char *path, struct trouble *t)
{
    struct err e;
    char *parent = file_fmt("%s", path), *slash = strrchr(parent, '/');
    *slash = '\0';
    bool ok = !*parent || file_mkdirs(parent, 0700, &e) || trouble_set(t, TROUBLE_LOCAL, "%s", e.text);
    free(parent);
    return ok;
}

bool clone_run(bool *made, const struct request *r, int64_t deadline, mode_t mask, struct trouble *t)
{
    struct err e = {""};
    pid_t holder;
    *made = false;
    if (!parent_make(r->dir, t) || !parent_make(r->gitconfig, t))
        return false;
    char *lock_path = file_fmt("%s.lock", r->dir);
    int lock = lock_take(lock_path, &holder, &e);
    if (lock < 0 && holder)
        lock_wake(lock_path); /* it may have been stopped when its watchdog died: the next one finds it gone */
    free(lock_path);
    if (lock < 0)
        return holder ? trouble_set(t, TROUBLE_BUSY, "another ccsup-git prepares this clone")
                      : trouble_set(t, TROUBLE_LOCAL, "%s", e.text);
    struct words env;
    command_env(&env, r->kind, sshconfig_is_set(r->kind, deadline), r->timeout_ms);
    struct clone k = {r, &env, deadline, mask, file_fmt("%s.part", r->dir)};
    bool ok = clone_place(&k, made, t) && identity_write(r, t) && hooks_install(r, t);
    free(k.part);
    words_clear(&env);
    close(lock);
    return ok;
}
