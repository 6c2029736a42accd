#include "supervisor/git/hooks.h"
#include "supervisor/git/owner.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/embedded.h"
#include "supervisor/sys/file.h"
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOOK_MAX = 64 << 10, HOOK_LOCK_S = 10 /* s that a living git may have its configuration's lock */ };

/* All that git runs in a work tree, as core.hooksPath hides each of the repository's own. Not those that git calls for
 * every ref or every status: reference-transaction, fsmonitor-watchman. */
static const char *const names[] = {
    "applypatch-msg", "pre-applypatch",     "post-applypatch", "pre-commit",       "pre-merge-commit",
    "commit-msg",     "prepare-commit-msg", "post-commit",     "pre-rebase",       "post-checkout",
    "post-merge",     "pre-push",           "post-rewrite",    "push-to-checkout",
};

/* NAME='value' for a shell. */
static void shell_set(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "%s='", name);
    for (const char *p = value; *p; p++)
        if (*p == '\'')
            buf_adds(b, "'\\''");
        else
            buf_add(b, p, 1);
    buf_adds(b, "'\n");
}

static void hooks_text(struct buf *b, const struct request *r, const char *dir)
{
    char *state = *r->state_path ? file_fmt("%s/", r->state_path) : mem_strdup("");
    buf_adds(
        b,
        "#!/bin/sh\n# Written by ccsup before each start of this loop; changes are lost. It refuses commits and pushes "
        "that touch\n# what the other role writes, and then runs the repository's own hook.\n");
    shell_set(b, "role", r->role);
    shell_set(b, "other", strcmp(r->role, "builder") == 0 ? "adversary" : "builder");
    shell_set(b, "state", state);
    shell_set(b, "hooks", dir);
    const struct embedded_file *body = embedded_find("supervisor/git/hook.sh");
    if (body)
        buf_add(b, body->data, body->len);
    free(state);
}

/* One file, only when it differs. */
static bool hooks_write(const char *dir, const char *name, const struct buf *text, struct err *e)
{
    char *path = file_join(dir, name);
    struct buf old;
    buf_init(&old, HOOK_MAX);
    bool ok =
        file_read(path, HOOK_MAX, &old, NULL) && old.len == text->len && memcmp(old.data, text->data, old.len) == 0;
    ok = ok || file_replace(path, text->data, text->len, 0755, false, e);
    buf_clear(&old);
    free(path);
    return ok;
}

void hooks_unlock(const char *file)
{
    char *lock = file_fmt("%s.lock", file);
    struct stat st;
    int64_t now = clock_now() / 1000;
    if (lstat(lock, &st) == 0 && S_ISREG(st.st_mode) &&
        (st.st_mtime < now - HOOK_LOCK_S || st.st_mtime > now + HOOK_LOCK_S))
        unlink(lock);
    free(lock);
}

/* The clone's core.hooksPath; the repository's own setting is remembered. */
static bool hooks_point(const struct request *r, const char *dir, struct trouble *t)
{
    char *file = file_join(r->dir, ".git/config");
    hooks_unlock(file);
    git_config *config = NULL, *snapshot = NULL;
    const char *was = NULL;
    bool ok = git_config_open_ondisk(&config, file) == 0 && git_config_snapshot(&snapshot, config) == 0;
    if (ok && git_config_get_string(&was, snapshot, "core.hooksPath") < 0)
        was = NULL;
    if (ok && (!was || strcmp(was, dir) != 0))
        ok = (!was || git_config_set_string(config, "ccsup.hooksPath", was) == 0) &&
             git_config_set_string(config, "core.hooksPath", dir) == 0;
    if (!ok) {
        char *shown = vis_dup(file, strlen(file), 300);
        trouble_set(t, TROUBLE_LOCAL, "%s can't be read or written: the hooks of the clone stand there", shown);
        free(shown);
    }
    git_config_free(snapshot);
    git_config_free(config);
    free(file);
    return ok;
}

bool hooks_install(const struct request *r, struct trouble *t)
{
    struct err e = {""};
    struct buf text;
    const char *slash = strrchr(r->gitconfig, '/');
    char *dir = file_fmt("%.*s/hooks", (int)(slash - r->gitconfig), r->gitconfig);
    buf_init(&text, HOOK_MAX);
    hooks_text(&text, r, dir);
    /* The agent may be another user: it must be able to read and run them. */
    mode_t mask = umask(022);
    bool ok = file_mkdirs(dir, 0755, &e);
    for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++)
        ok = hooks_write(dir, names[i], &text, &e);
    umask(mask);
    if (!ok)
        trouble_set(t, TROUBLE_LOCAL, "%s", e.text);
    owner_enter(r->dir);
    ok = ok && hooks_point(r, dir, t);
    owner_leave();
    buf_clear(&text);
    free(dir);
    return ok;
}
