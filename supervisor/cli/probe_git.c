/* git REMOTE REF: has it moved, what is its newest commit called, what does a file there say? */
#include "supervisor/base/mem.h"
#include "supervisor/cli/probe.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs git with these words, without prompts. What went wrong is in said. */
static bool git_run(struct probe *p, struct child *c, struct buf *said, const char *const *words)
{
    static const char *const set[] = {"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=",
                                      "SSH_ASKPASS=",          "LC_ALL=C",
                                      "GCM_INTERACTIVE=never", "GIT_SSH_COMMAND=ssh -oBatchMode=yes"};
    struct words argv = {0}, env = {0};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (strncmp(set[i], "GIT_SSH_COMMAND=", 16) != 0 || !getenv("GIT_SSH_COMMAND"))
            words_add(&env, set[i]);
    for (char **e = environ; *e; e++)
        if (strncmp(*e, "GIT_DIR=", 8) != 0 && strncmp(*e, "GIT_WORK_TREE=", 14) != 0 && strncmp(*e, "LC_ALL=", 7) != 0)
            words_add(&env, *e);
    for (words_add(&argv, "git"); *words; words++)
        words_add(&argv, *words);
    bool ok = probe_run(p, c, &argv, &env);
    if (!ok)
        buf_addf(said, "%s",
                 c->timed_out ? "git took too long and was killed"
                 : c->err.len ? buf_str(&c->err)
                              : "git failed");
    words_clear(&argv);
    words_clear(&env);
    return ok;
}

/* The commit of the ref by that very name, else of the branch, else of the tag: as `ls-remote` lists them. */
static void git_tip(const char *list, const char *ref, char sha[65])
{
    static const char *const before[] = {"", "refs/heads/", "refs/tags/"};
    sha[0] = '\0';
    for (size_t i = 0; i < 3 && !sha[0]; i++)
        for (const char *line = list; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
            size_t n = strcspn(line, "\t\n"), m = strlen(before[i]), r = strlen(ref);
            const char *name = line + n + 1;
            if (line[n] != '\t' || n > 64 || strncmp(name, before[i], m) != 0 || strncmp(name + m, ref, r) != 0 ||
                (name[m + r] != '\n' && name[m + r] != '\0'))
                continue;
            memcpy(sha, line, n);
            sha[n] = '\0';
            break;
        }
}

/* The commit's objects, without history, in a scratch folder. */
static bool git_fetch(struct probe *p, const char *remote, const char *ref, struct buf *said)
{
    struct child c;
    bool ok = true;
    if (!p->scratch) {
        const char *tmp = getenv("TMPDIR");
        p->scratch = file_fmt("%s/ccsup-wait-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
        if (!mkdtemp(p->scratch)) {
            buf_adds(said, "cannot make a folder in TMPDIR");
            free(p->scratch);
            p->scratch = NULL;
            return false;
        }
        ok = git_run(p, &c, said, (const char *const[]){"init", "-q", "--bare", p->scratch, NULL});
        child_clear(&c);
    }
    if (!ok)
        return false;
    ok = git_run(p, &c, said,
                 (const char *const[]){"-C", p->scratch, "-c", "gc.auto=0", "fetch", "-q", "--depth=1", "--no-tags",
                                       "--", remote, ref, NULL});
    child_clear(&c);
    return ok;
}

static enum wait_seen git_subject(struct probe *p, struct buf *said)
{
    struct child c;
    enum wait_seen seen = WAIT_SEEN_ERROR;
    const char *found[2];
    if (git_run(p, &c, said, (const char *const[]){"-C", p->scratch, "log", "-1", "--format=%s", "FETCH_HEAD", NULL})) {
        buf_add(said, buf_str(&c.out), c.out.len);
        if (probe_finds(p, (const struct wait_regex *const[]){&p->spec->subject, NULL}, buf_str(&c.out), found))
            seen = found[0] ? WAIT_SEEN_YES : WAIT_SEEN_NO;
        else
            buf_adds(said, "\nto look for --subject took too long");
    }
    child_clear(&c);
    return seen;
}

static enum wait_seen git_file(struct probe *p, struct buf *said)
{
    struct child c;
    struct buf why;
    enum wait_seen seen = WAIT_SEEN_NO;
    char *name = file_fmt("FETCH_HEAD:%s", p->spec->path);
    buf_init(&why, 0);
    if (git_run(p, &c, &why, (const char *const[]){"-C", p->scratch, "cat-file", "blob", name, NULL})) {
        buf_add(said, buf_str(&c.out), c.out.len);
        seen = probe_reads(p, WAIT_SEEN_YES, &c.out, c.out.full, said);
    } else if (c.timed_out) {
        seen = WAIT_SEEN_ERROR;
        buf_adds(said, buf_str(&why));
    } else {
        buf_addf(said, "no file %s there", p->spec->path);
    }
    buf_clear(&why);
    child_clear(&c);
    free(name);
    return seen;
}

enum wait_seen probe_git(struct probe *p, struct buf *said)
{
    const struct wait_spec *s = p->spec;
    struct child c;
    char sha[65] = "";
    bool ok = git_run(p, &c, said, (const char *const[]){"ls-remote", "--", s->words[0], s->words[1], NULL});
    if (ok)
        git_tip(buf_str(&c.out), s->words[1], sha);
    child_clear(&c);
    if (!ok)
        return WAIT_SEEN_ERROR;
    if (!sha[0]) {
        buf_addf(said, "no %s there", s->words[1]);
        return *s->pin ? WAIT_SEEN_SUPERSEDED : WAIT_SEEN_NO;
    }
    if (*s->pin && strncmp(sha, s->pin, strlen(s->pin)) != 0) {
        buf_addf(said, "%s is at %.12s now, not at %.12s", s->words[1], sha, s->pin);
        return WAIT_SEEN_SUPERSEDED;
    }
    if (*s->moved_from && strncmp(sha, s->moved_from, strlen(s->moved_from)) == 0) {
        buf_addf(said, "%s is still at %.12s", s->words[1], sha);
        return WAIT_SEEN_NO;
    }
    if ((s->subject.set || *s->path) && !git_fetch(p, s->words[0], s->words[1], said))
        return WAIT_SEEN_ERROR;
    enum wait_seen seen = WAIT_SEEN_YES;
    if (s->subject.set)
        seen = git_subject(p, said);
    if (seen == WAIT_SEEN_YES && *s->path)
        seen = git_file(p, said);
    if (!s->subject.set && !*s->path)
        buf_addf(said, "%s is at %.12s", s->words[1], sha);
    return seen;
}
