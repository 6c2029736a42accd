#include "supervisor/git/mirror.h"
#include "supervisor/base/vis.h"
#include "supervisor/git/failure.h"
#include "supervisor/git/leftover.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIRROR_PACKS = 20, MIRROR_LOOSE = 500, MIRROR_TIDY_MIN_MS = 10000, MIRROR_HEADS_SHOWN = 10 };
#define MIRROR_MARK "ccsup-mirror"
#define MIRROR_KEPT "refs/ccsup/kept"
#define MIRROR_TIDIED "ccsup-tidied"

bool mirror_git(const struct mirror *m, struct child *c, int64_t deadline, const char *const *args)
{
    struct words argv = {0};
    command_options(&argv, m->r->timeout_ms);
    char *dir = file_fmt("--git-dir=%s", m->dir);
    words_add(&argv, dir);
    for (; *args; args++)
        words_add(&argv, *args);
    bool ok = child_run(c, &argv, &(struct child_way){.env = m->env, .deadline = deadline, .umask = 077, .stop = -1});
    free(dir);
    words_clear(&argv);
    return ok;
}

/* Nothing in it but what a mirror_make that was killed left before its mark stood: that is removed. */
static bool mirror_unborn(const char *path)
{
    static const char half[] = MIRROR_MARK ".new.";
    DIR *d = opendir(path);
    bool unborn = d != NULL;
    struct dirent *e;
    while (unborn && (e = readdir(d))) {
        if (strncmp(e->d_name, half, sizeof half - 1) == 0) {
            char *file = file_join(path, e->d_name);
            unlink(file);
            free(file);
        } else {
            unborn = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
        }
    }
    if (d)
        closedir(d);
    return unborn;
}

static bool mirror_make(struct mirror *m, struct trouble *t)
{
    struct err e;
    char *mark = file_join(m->dir, MIRROR_MARK);
    static const char text[] = "A mirror made by ccsup; it may be removed whenever no ccsup runs.\n";
    struct child c = {0};
    bool ok = false;
    /* The mark first: what is half made must be known as ours. */
    if (!file_mkdirs(m->dir, 0700, &e) || !file_replace(mark, text, sizeof text - 1, 0600, false, &e)) {
        trouble_set(t, TROUBLE_LOCAL, "%s", e.text);
    } else if (!mirror_git(m, &c, m->deadline,
                           (const char *const[]){"init", "--bare", "--quiet", "--template=", "--object-format=sha1",
                                                 "--initial-branch=main", NULL})) {
        if (c.timed_out) {
            failure_timeout(t, m->r);
        } else {
            char *words = failure_words(&c), *dir = vis_dup(m->dir, strlen(m->dir), 200);
            trouble_set(t, TROUBLE_LOCAL, "cannot make the mirror %s: %s", dir, words);
            free(words);
            free(dir);
        }
    } else {
        ok = true;
    }
    child_clear(&c);
    free(mark);
    return ok;
}

/* Whoever may write in the state folder (an agent of our own user may) could leave there what makes git run a program
 * or read from elsewhere: our process is not fenced, and stop does not look for its children. So before each use the
 * mirror's own configuration is what we say, and what leads out of the mirror is removed. */
static bool mirror_own(const struct mirror *m, struct trouble *t)
{
    static const char text[] = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
    static const char *const foreign[] = {"commondir",
                                          "config.worktree",
                                          "hooks",
                                          "info/attributes",
                                          "objects/info/alternates",
                                          "objects/info/http-alternates",
                                          "remotes",
                                          "branches"};
    struct err e = {""};
    struct stat st;
    struct buf b;
    char *config = file_join(m->dir, "config");
    buf_init(&b, sizeof text);
    bool ok = lstat(config, &st) == 0 && S_ISREG(st.st_mode) && file_read(config, sizeof text, &b, NULL) &&
              strcmp(buf_str(&b), text) == 0;
    if (!ok && lstat(config, &st) == 0 && S_ISDIR(st.st_mode))
        file_remove_tree(config);
    ok = ok || file_replace(config, text, sizeof text - 1, 0600, false, &e);
    for (size_t i = 0; ok && i < sizeof foreign / sizeof *foreign; i++) {
        char *path = file_join(m->dir, foreign[i]);
        ok = lstat(path, &st) != 0 || file_remove_tree(path);
        if (!ok)
            err_set(&e, "cannot remove %s", path);
        free(path);
    }
    if (!ok)
        trouble_set(t, TROUBLE_LOCAL, "%s", e.text);
    buf_clear(&b);
    free(config);
    return ok;
}

bool mirror_prepare(struct mirror *m, struct trouble *t)
{
    struct stat st;
    char *mark = file_join(m->dir, MIRROR_MARK), *head = file_join(m->dir, "HEAD");
    bool ok;
    if (lstat(m->dir, &st) == 0 && (!S_ISDIR(st.st_mode) || (!file_exists(mark) && !mirror_unborn(m->dir)))) {
        char *dir = vis_dup(m->dir, strlen(m->dir), 200);
        ok = trouble_set(t, TROUBLE_LOCAL, "%s is no mirror made by ccsup: move it away", dir);
        free(dir);
    } else {
        ok = true;
        if (file_exists(mark)) {
            leftover_remove(m->dir);
            ok = mirror_own(m, t);
        }
        ok = ok && (file_exists(head) || (mirror_make(m, t) && mirror_own(m, t)));
    }
    free(mark);
    free(head);
    return ok;
}

/* An HTTP server that is no git server (a portal that wants a login) looks to git like a repository without
 * branches. "No branch" is believed only from one that spoke git's protocol: its lines are then in the packet
 * trace. */
static bool heads_are_gits(const struct mirror *m, const struct child *c)
{
    const char *trace = buf_str(&c->err);
    return m->r->kind != URL_HTTP || strstr(trace, "git< # service=git-upload-pack") || strstr(trace, "git< version ");
}

bool mirror_ask_heads(struct mirror *m, char **heads, bool *has, struct trouble *t)
{
    struct words env = {0};
    for (size_t i = 0; i < m->env->n; i++)
        words_add(&env, m->env->at[i]);
    words_add(&env, "GIT_TRACE_PACKET=2");
    struct mirror asking = *m;
    asking.env = &env;
    struct child c;
    bool ok =
        mirror_git(&asking, &c, m->deadline, (const char *const[]){"ls-remote", "--heads", "--", m->r->url, NULL});
    struct buf b;
    buf_init(&b, 1000);
    int n = 0;
    *has = false;
    static const char prefix[] = "\trefs/heads/";
    for (const char *p = buf_str(&c.out); ok && *p; p += strcspn(p, "\n"), p += *p == '\n') {
        const char *name = p + 40;
        size_t len = strcspn(p, "\n");
        if (len <= 40 + strlen(prefix) || strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        name += strlen(prefix);
        len -= 40 + strlen(prefix);
        *has = *has || (strlen(m->r->branch) == len && strncmp(m->r->branch, name, len) == 0);
        if (n++ < MIRROR_HEADS_SHOWN) {
            buf_adds(&b, n > 1 ? ", " : "");
            vis_add(&b, name, len);
        }
    }
    if (n > MIRROR_HEADS_SHOWN)
        buf_addf(&b, " and %d more", n - MIRROR_HEADS_SHOWN);
    if (!ok) {
        failure_explain(t, m->r, &c);
    } else if (!n && !heads_are_gits(m, &c)) {
        char *shown = url_redact(m->r->url, strlen(m->r->url), 200);
        ok =
            trouble_set(t, TROUBLE_SERVER, "%s: what answers there is no git server (a login page in between?)", shown);
        free(shown);
    }
    *heads = buf_take(&b);
    child_clear(&c);
    words_clear(&env);
    return ok;
}

/* "No such ref": is the remote empty, or is the branch missing? */
static bool mirror_no_branch(struct mirror *m, struct trouble *t)
{
    char *heads;
    bool has, ok = mirror_ask_heads(m, &heads, &has, t);
    if (ok && !*heads) {
        m->empty = true;
    } else if (ok) {
        char *shown = url_redact(m->r->url, strlen(m->r->url), 200);
        ok = has ? trouble_set(t, TROUBLE_SERVER, "%s: the branch %s came and went while we fetched", shown,
                               m->r->branch)
                 : trouble_set(t, TROUBLE_NO_BRANCH, "%s has no branch %s; it has: %s", shown, m->r->branch, heads);
        free(shown);
    }
    free(heads);
    return ok;
}

/* git may end well and leave the ref as it was (it refuses updates from a shallow repository with a warning
 * only): an old tip would then be judged as if it were new. So the ref is put aside first, where it still
 * tells git what we have, and only one that this fetch wrote counts. The files are git's own way of keeping
 * refs; nobody packs them here. */
static void mirror_put_aside(const struct mirror *m)
{
    char *tip = file_join(m->dir, MIRROR_TIP), *kept = file_join(m->dir, MIRROR_KEPT);
    rename(tip, kept);
    free(tip);
    free(kept);
}

static bool mirror_has_tip(const struct mirror *m)
{
    char *tip = file_join(m->dir, MIRROR_TIP);
    bool has = file_exists(tip);
    free(tip);
    return has;
}

bool mirror_fetch(struct mirror *m, struct trouble *t)
{
    struct child c;
    mirror_put_aside(m);
    char *spec = file_fmt("+refs/heads/%s:" MIRROR_TIP, m->r->branch);
    bool ok = mirror_git(m, &c, m->deadline,
                         (const char *const[]){"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc",
                                               "--no-recurse-submodules", "--no-show-forced-updates", "--force", "--",
                                               m->r->url, spec, NULL});
    m->empty = false;
    ok = ok && mirror_has_tip(m);
    if (!ok) {
        failure_explain(t, m->r, &c);
        if (t->code == TROUBLE_NO_BRANCH)
            ok = mirror_no_branch(m, t);
        else if (t->code != TROUBLE_TIMEOUT && failure_is_damage(&c, m->dir))
            t->code = TROUBLE_MIRROR;
    }
    child_clear(&c);
    free(spec);
    return ok;
}

/* How many entries of objects/pack and of the loose folders there are. */
static void mirror_count(const struct mirror *m, int *packs, int *loose)
{
    *packs = *loose = 0;
    for (int i = -1; i < 256; i++) {
        char *path = i < 0 ? file_fmt("%s/objects/pack", m->dir) : file_fmt("%s/objects/%02x", m->dir, (unsigned)i);
        DIR *d = opendir(path);
        struct dirent *e;
        while (d && (e = readdir(d))) {
            size_t n = strlen(e->d_name);
            if (i >= 0)
                *loose += e->d_name[0] != '.';
            else
                *packs += n > 5 && strcmp(e->d_name + n - 5, ".pack") == 0;
        }
        if (d)
            closedir(d);
        free(path);
    }
}

void mirror_tidy(const struct mirror *m)
{
    int packs, loose;
    int64_t left = m->deadline - clock_boot();
    mirror_count(m, &packs, &loose);
    /* A repack that could not finish is tried again only when the heap has doubled: else a large repository
     * would be packed in vain at every poll. */
    char *note = file_join(m->dir, MIRROR_TIDIED);
    struct buf b;
    buf_init(&b, 64);
    int tried = file_read(note, 63, &b, NULL) ? atoi(buf_str(&b)) : 0;
    buf_clear(&b);
    if (left >= MIRROR_TIDY_MIN_MS && (packs > MIRROR_PACKS || loose > MIRROR_LOOSE) && packs + loose >= 2 * tried) {
        struct child c;
        bool ok = mirror_git(m, &c, clock_boot() + left / 2, (const char *const[]){"repack", "-a", "-d", "-q", NULL});
        child_clear(&c);
        if (ok && (left = m->deadline - clock_boot()) >= MIRROR_TIDY_MIN_MS / 2) {
            /* What history rewriting left unreachable; nobody else uses this repository. */
            ok = mirror_git(m, &c, clock_boot() + left / 2, (const char *const[]){"prune", "--expire=now", NULL});
            child_clear(&c);
        }
        buf_addf(&b, "%d\n", packs + loose);
        if (ok)
            unlink(note);
        else
            file_replace(note, b.data, b.len, 0600, false, NULL);
    }
    buf_clear(&b);
    free(note);
}

bool mirror_swap(const char *from, const char *to, struct trouble *t)
{
    char *old = file_fmt("%s.old", to);
    file_remove_tree(old);
    bool ok = (rename(to, old) == 0 || errno == ENOENT) && rename(from, to) == 0;
    if (!ok)
        trouble_set(t, TROUBLE_LOCAL, "cannot put a new mirror in the place of the damaged one: %s", strerror(errno));
    file_remove_tree(old);
    free(old);
    return ok;
}
