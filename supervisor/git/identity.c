#include "supervisor/git/identity.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/vis.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { IDENTITY_MAX = 64 << 10 };

/* One `name = "value"`, quoted as git-config(1) wants it. The values hold no control characters (request.c).
 */
static void config_add(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "\t%s = \"", name);
    for (const char *p = value; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_adds(b, "\\");
        buf_add(b, p, 1);
    }
    buf_adds(b, "\"\n");
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return strcmp(a, b) == 0 || (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* A file that includes itself would make git fail, so our own is left out (ccsup started from inside an
 * agent). */
static void include_add(struct buf *b, const struct request *r, const char *path)
{
    bool plain = path[0] == '/';
    for (const char *p = path; *p; p++)
        plain = plain && (unsigned char)*p >= 0x20;
    if (!plain || !file_exists(path) || same_file(path, r->gitconfig))
        return;
    buf_adds(b, "[include]\n");
    config_add(b, "path", path);
}

/* Where git would have read the user's configuration: GIT_CONFIG_GLOBAL takes the place of the other two. */
static void includes_add(struct buf *b, const struct request *r)
{
    const char *global = getenv("GIT_CONFIG_GLOBAL"), *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (global) {
        include_add(b, r, global);
        return;
    }
    if ((xdg && *xdg) || home) {
        char *path = xdg && *xdg ? file_join(xdg, "git/config") : file_join(home, ".config/git/config");
        include_add(b, r, path);
        free(path);
    }
    if (home) {
        char *path = file_join(home, ".gitconfig");
        include_add(b, r, path);
        free(path);
    }
}

static void identity_text(struct buf *b, const struct request *r)
{
    buf_adds(b, "# Written by ccsup before each start of this loop; changes are lost. Put yours into your own git\n"
                "# configuration, which is read first.\n");
    includes_add(b, r);
    buf_adds(b, "[user]\n");
    config_add(b, "name", r->name);
    config_add(b, "email", r->email);
    /* The user's author.* and committer.* would win over user.*: an empty one takes it back. They are not set
     * to the role's, for then they would also win over the user.* that the product's own tests set in their
     * repositories. */
    static const char *const parties[] = {"author", "committer"};
    for (size_t i = 0; i < sizeof parties / sizeof *parties; i++) {
        buf_addf(b, "[%s]\n", parties[i]);
        config_add(b, "name", "");
        config_add(b, "email", "");
    }
    buf_adds(b, "[commit]\n\tgpgsign = false\n[tag]\n\tgpgsign = false\n\tforceSignAnnotated = false\n"
                "[push]\n\tdefault = current\n\tgpgsign = false\n[init]\n");
    config_add(b, "defaultBranch", r->branch);
    buf_adds(b, "[safe]\n");
    config_add(b, "directory", r->dir);
    char *path = url_local_path(r->url, r->kind);
    if (path) {
        config_add(b, "directory", path);
        /* What git names when the remote is a work tree. */
        char *inner = file_join(path, ".git");
        config_add(b, "directory", inner);
        free(inner);
    }
    free(path);
    buf_adds(b, "[advice]\n\tdetachedHead = false\n\timplicitIdentity = false\n\tstatusHints = false\n"
                "\tskippedCherryPicks = false\n");
}

bool identity_write(const struct request *r, struct trouble *t)
{
    struct buf text, old;
    struct err e;
    buf_init(&text, IDENTITY_MAX);
    buf_init(&old, IDENTITY_MAX);
    identity_text(&text, r);
    bool ok = file_read(r->gitconfig, IDENTITY_MAX, &old, NULL) && old.len == text.len &&
              memcmp(old.data, text.data, text.len) == 0;
    if (!ok && text.full)
        trouble_set(t, TROUBLE_LOCAL, "the git configuration of %s would be larger than 64 KiB", r->email);
    else if (!ok && !(ok = file_replace(r->gitconfig, text.data, text.len, 0600, false, &e))) {
        char *shown = vis_dup(e.text, strlen(e.text), 500);
        trouble_set(t, TROUBLE_LOCAL, "%s", shown);
        free(shown);
    }
    buf_clear(&text);
    buf_clear(&old);
    return ok;
}
