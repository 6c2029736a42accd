/* The demo's scratch folder: made, filled, named to the child processes, removed. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/demo.h"
#include "supervisor/sys/embedded.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is the folder there and without any entry? */
static bool scratch_empty(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;
    if (!d)
        return false;
    while (readdir(d))
        n++;
    closedir(d);
    return n == 2; /* . and .. */
}

/* Makes the folder: the given one, which must be new or empty (all in it will be removed), or one under
 * $TMPDIR. */
static bool scratch_folder(struct demo_scratch *s, struct err *e)
{
    char real[PATH_MAX];
    const char *tmp = getenv("TMPDIR");
    char *name = s->given ? mem_strdup(s->given) : file_fmt("%s/ccsup-demo-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
    bool ok;
    if (s->given) {
        bool there = file_exists(name);
        ok = there ? scratch_empty(name) : file_mkdirs(name, 0700, e);
        s->made = !there;
        if (!ok && there)
            err_set(e, "%s is not an empty folder; name one that is new or empty", name);
    } else {
        ok = mkdtemp(name) != NULL;
        s->made = true;
        if (!ok)
            err_set(e, "cannot make a scratch folder %s: %s", name, strerror(errno));
    }
    if (ok && !realpath(name, real)) {
        err_set(e, "cannot find %s: %s", name, strerror(errno));
        ok = false;
    } else if (ok && strpbrk(real, "\"\\$\n")) {
        err_set(e, "the folder's name %s holds a quote, a backslash, a dollar or a line's end; name another", real);
        ok = false;
    }
    if (ok)
        s->dir = mem_strdup(real);
    free(name);
    return ok;
}

/* The text with the scratch folder's name for each @DIR@: the instance must be understood without our environment, too
 * (`ccsup -C DIR verify` on a kept one). */
static void scratch_fill(const struct demo_scratch *s, const char *text, struct buf *out)
{
    static const char place[] = "@DIR@";
    for (const char *at; (at = strstr(text, place)); text = at + strlen(place)) {
        buf_add(out, text, (size_t)(at - text));
        buf_adds(out, s->dir);
    }
    buf_adds(out, text);
}

static bool scratch_files(const struct demo_scratch *s, struct err *e)
{
    static const char *const names[] = {"builder.sh", "adversary.sh", "plan.md", "launch.conf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = file_fmt("agents/demo/%s", names[i]), *path = file_join(s->dir, names[i]);
        const struct embedded_file *f = embedded_find(name);
        if (!f)
            err_set(e, "this ccsup was built without %s", name);
        struct buf text;
        buf_init(&text, 0);
        if (f)
            scratch_fill(s, f->data, &text);
        bool ok = f && file_replace(path, buf_str(&text), text.len, strstr(name, ".sh") ? 0755 : 0644, false, e);
        buf_clear(&text);
        free(name);
        free(path);
        if (!ok)
            return false;
    }
    return true;
}

/* What our child processes look up. Nothing of a surrounding repository or instance
 * may leak in. */
static void scratch_environment(const struct demo_scratch *s)
{
    static const char *const foreign[] = {"GIT_DIR",
                                          "GIT_WORK_TREE",
                                          "GIT_INDEX_FILE",
                                          "GIT_OBJECT_DIRECTORY",
                                          "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                          "GIT_COMMON_DIR",
                                          "GIT_NAMESPACE",
                                          "GIT_PREFIX",
                                          "GIT_CEILING_DIRECTORIES",
                                          "CCSUP_ROLE"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        unsetenv(foreign[i]);
    char *repo = file_join(s->dir, "repo.git"), *conf = file_join(s->dir, "launch.conf"),
         *xdg = file_join(s->dir, "data");
    setenv("DEMO_REPO", repo, 1);
    setenv("CCSUP_CONFIG", conf, 1);
    setenv("XDG_STATE_HOME", xdg, 1);
    free(repo);
    free(conf);
    free(xdg);
}

bool demo_scratch_make(struct demo_scratch *s, struct err *e)
{
    if (!scratch_folder(s, e))
        return false;
    if (!scratch_files(s, e)) {
        demo_scratch_remove(s);
        return false;
    }
    scratch_environment(s);
    return true;
}

bool demo_scratch_remove(const struct demo_scratch *s)
{
    return file_remove_tree(s->dir) && (s->made || mkdir(s->dir, 0700) == 0);
}
