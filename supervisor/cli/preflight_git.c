/* The repository: may it be read and pushed to, by whom, and does its address keep a secret? */
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/sys/file.h"
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Nothing may ask. */
static const char *const git_quiet[] = {
    "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=never",
    "GCM_INTERACTIVE=never", "LC_ALL=C",     "LANGUAGE=",    NULL};

static bool git_run(const struct preflight *p, struct child *c, const char *const *words)
{
    const char *set[sizeof git_quiet / sizeof *git_quiet + 1];
    size_t n = 0;
    for (; git_quiet[n]; n++)
        set[n] = git_quiet[n];
    if (!getenv("GIT_SSH_COMMAND") && !getenv("GIT_SSH"))
        set[n++] = "GIT_SSH_COMMAND=ssh -oBatchMode=yes -oConnectTimeout=15 -oControlMaster=no";
    set[n] = NULL;
    struct words argv = {0};
    for (words_add(&argv, "git"); *words; words++)
        words_add(&argv, *words);
    bool ok = preflight_child(p, c, &argv, set);
    words_clear(&argv);
    return ok;
}

/* What git's words mean for whoever has to mend it. */
static const char *git_fix(const char *said)
{
    static const struct {
        const char *part, *fix;
    } known[] = {
        {"could not read Username",
         "give the user that runs ccsup a credential helper or a key; nobody is there to be asked"},
        {"could not read Password",
         "give the user that runs ccsup a credential helper or a key; nobody is there to be asked"},
        {"Authentication failed", "the server does not take the password or token: renew it"},
        {"The requested URL returned error: 403", "the account has no right to this: give it, on the server"},
        {"Permission denied",
         "the server does not take the key, or the account has no right to this: give it, on the server"},
        {"Host key verification failed", "look at the host's key and add it to known_hosts: ssh HOST once, by hand"},
        {"Could not resolve", "mend the name in url of [repo], or the resolver"},
        {"not found", "mend url of [repo], or make the repository"},
        {"does not appear to be a git repository", "mend url of [repo], or make the repository"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(said, known[i].part))
            return known[i].fix;
    return "try it by hand: git ls-remote URL";
}

/* The line that says what is wrong: git's own, unless that only says that what it uses failed; then the first. The
 * caller frees. */
static char *git_line(const struct child *c)
{
    const char *text = buf_str(&c->err), *fatal = strstr(text, "fatal: ");
    if (fatal && strncmp(fatal, "fatal: Could not read from remote", 33) != 0)
        text = fatal + strlen("fatal: ");
    text += strspn(text, " \r\n\t");
    return mem_strndup(text, strcspn(text, "\r\n"));
}

static enum preflight_end git_failed(struct preflight *p, const struct child *c, const char *what)
{
    char *line = git_line(c);
    enum preflight_end end =
        c->timed_out
            ? preflight_fail(p, "see why the server does not answer: git ls-remote URL", "%s: no answer in time", what)
            : preflight_fail(p, git_fix(buf_str(&c->err)), "%s: %s", what, *line ? line : "git failed");
    free(line);
    return end;
}

enum preflight_end preflight_remote(struct preflight *p)
{
    const char *url = p->cli->config.url, *scheme = strstr(url, "://");
    if (scheme) {
        const char *user = scheme + 3;
        size_t n = strcspn(user, "/?#");
        const char *at = memchr(user, '@', n);
        const char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
        enum { TOKEN_LEAST = 20 }; /* a user's name is shorter, a token longer */
        bool token = at && strncmp(url, "ssh", 3) != 0 && at - user >= TOKEN_LEAST;
        if (colon || token)
            return preflight_fail(
                p, "put it into a credential helper (git help credentials) and the plain address into url",
                "url of [repo] holds a %s: it would stand in logs and in the agents' clones",
                token && !colon ? "token" : "password");
    }
    return preflight_ok(p, "the repository's address holds no password");
}

enum preflight_end preflight_identities(struct preflight *p)
{
    const struct config_agent *a = &p->cli->config.agents[ROLE_BUILDER], *b = &p->cli->config.agents[ROLE_ADVERSARY];
    char *clones[ROLES], *real[ROLES];
    for (int r = 0; r < ROLES; r++) {
        clones[r] = paths_data(&p->cli->paths, role_name((enum role)r), "clone");
        real[r] = realpath(clones[r], NULL);
    }
    enum preflight_end end = PREFLIGHT_OK;
    if (strcasecmp(a->git_email, b->git_email) == 0)
        end = preflight_fail(p, "write another git_email", "both agents commit as %s", a->git_email);
    else if (real[0] && real[1] && strcmp(real[0], real[1]) == 0)
        end = preflight_fail(p, "remove one of the two: each agent makes its own at its next start",
                             "%s and %s are the same folder", clones[0], clones[1]);
    else
        preflight_ok(p, "%s and %s, each with a clone of its own", a->git_email, b->git_email);
    for (int r = 0; r < ROLES; r++) {
        free(clones[r]);
        free(real[r]);
    }
    return end;
}

enum preflight_end preflight_git_read(struct preflight *p)
{
    const struct config *c = &p->cli->config;
    struct child child;
    char *ref = file_fmt("refs/heads/%s", c->branch);
    enum preflight_end end;
    if (!git_run(p, &child, (const char *const[]){"ls-remote", "--", c->url, NULL}))
        end = git_failed(p, &child, "the repository can't be read");
    else if (!child.out.len)
        end = preflight_ok(p, "it can be read, and is empty");
    else {
        char *line = file_fmt("\t%s\n", ref);
        end = strstr(buf_str(&child.out), line)
                  ? preflight_ok(p, "it can be read, and has %s", c->branch)
                  : preflight_fail(p, "mend branch of [repo], or push one of that name",
                                   "the repository has other branches, but no %s", c->branch);
        free(line);
    }
    child_clear(&child);
    free(ref);
    return end;
}

/* Of a repository on this disk no server says who may write. */
static bool git_local_writable(const char *url)
{
    const char *path = strncmp(url, "file://", 7) == 0 ? url + 7 : url;
    if (*path != '/')
        return true;
    bool ok = true;
    static const char *const below[] = {"objects", "refs", ".git/objects", ".git/refs"};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        char *at = file_join(path, below[i]);
        ok = ok && (!file_exists(at) || access(at, W_OK) == 0);
        free(at);
    }
    return ok;
}

/* A commit in a scratch repository, offered to the server under a name that nobody has, with --dry-run: the server is
 * asked whether we may push, and gets nothing. */
static enum preflight_end git_offer(struct preflight *p, const char *scratch)
{
    static const char tree[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"; /* the empty one */
    static const char *const who[] = {"-c", "user.name=ccsup", "-c", "user.email=ccsup@ccsup.invalid"};
    struct child c;
    const char *url = p->cli->config.url;
    bool ok = git_run(p, &c, (const char *const[]){"init", "-q", "--bare", "--object-format=sha1", scratch, NULL});
    child_clear(&c);
    ok = ok &&
         git_run(p, &c, (const char *const[]){"-C", scratch, "hash-object", "-t", "tree", "-w", "/dev/null", NULL});
    if (ok)
        child_clear(&c);
    ok = ok && git_run(p, &c,
                       (const char *const[]){"-C", scratch, who[0], who[1], who[2], who[3], "commit-tree", "-m",
                                             "ccsup check", tree, NULL});
    if (!ok)
        return preflight_fail(p, "see whether TMPDIR can be written", "no scratch repository can be made");
    char *spec = file_fmt("%.*s:refs/heads/ccsup-check-%ld", (int)strcspn(buf_str(&c.out), "\n"), buf_str(&c.out),
                          (long)getpid());
    child_clear(&c);
    ok = git_run(
        p, &c,
        (const char *const[]){"-C", scratch, "push", "--dry-run", "--no-verify", "--porcelain", "--", url, spec, NULL});
    enum preflight_end end = !ok ? git_failed(p, &c, "no right to push")
                             : git_local_writable(url)
                                 ? preflight_ok(p, "the server takes a push (none was made)")
                                 : preflight_fail(p, "give it to the user that runs ccsup",
                                                  "no right to push: the repository's folder can't be written");
    child_clear(&c);
    free(spec);
    return end;
}

static enum preflight_end git_push_here(struct preflight *p, const char *tmp)
{
    char *scratch = file_fmt("%s/ccsup-check-XXXXXX", tmp);
    enum preflight_end end;
    if (mkdtemp(scratch)) {
        end = git_offer(p, scratch);
        file_remove_tree(scratch);
    } else {
        end = preflight_fail(p, "see to the rights of that folder", "no folder can be made in %s", tmp);
    }
    free(scratch);
    return end;
}

/* An agent with a user of its own pushes as that user: so do we, in what we start, and then are root again. */
static enum preflight_end git_push_as(struct preflight *p, const char *name)
{
    const struct passwd *user = getpwnam(name);
    if (!user || initgroups(name, user->pw_gid) != 0 || setresgid(user->pw_gid, user->pw_gid, 0) != 0 ||
        setenv("HOME", user->pw_dir, 1) != 0 || setresuid(user->pw_uid, user->pw_uid, 0) != 0)
        return preflight_fail(p, "run ccsup as root, or leave `user` out", "%s can't be asked for", name);
    enum preflight_end end = git_push_here(p, "/tmp");
    if (setresuid(0, 0, 0) != 0 || setresgid(0, 0, 0) != 0)
        _exit(1); /* the check itself broke */
    if (end != PREFLIGHT_OK)
        buf_addf(&p->said, " (as %s)", name);
    return end;
}

enum preflight_end preflight_git_push(struct preflight *p)
{
    const struct config_agent *a = p->cli->config.agents;
    const char *tmp = getenv("TMPDIR");
    enum preflight_end end = git_push_here(p, tmp && *tmp == '/' ? tmp : "/tmp");
    for (int r = 0; r < ROLES && end == PREFLIGHT_OK; r++)
        if (*a[r].user && (r == 0 || strcmp(a[0].user, a[r].user) != 0)) {
            buf_consume(&p->said, p->said.len);
            end = git_push_as(p, a[r].user);
        }
    return end;
}
