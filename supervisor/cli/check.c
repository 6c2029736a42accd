#include "supervisor/cli/check.h"
#include "agents/prompt.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/preflight_text.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/embedded.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/secret.h"
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 }; /* bytes of a prompt or a plan */

static void check_complain(struct buf *errors, int line, const char *text)
{
    buf_addf(errors, line > 0 ? "launch.conf:%d: " : "launch.conf: ", line);
    vis_add(errors, text, strlen(text));
    buf_adds(errors, "\n");
}

/* A file named in launch.conf, beside it when relative. */
static bool check_read(const struct cli *cli, const char *name, struct buf *text, struct err *e)
{
    char *path = *name == '/' ? file_fmt("%s", name) : file_join(cli->paths.root, name);
    bool ok = file_read(path, TEXT_MAX, text, e);
    if (ok && strlen(buf_str(text)) != text->len) {
        err_set(e, "%s holds a NUL byte: it is no text", path);
        ok = false;
    }
    free(path);
    return ok;
}

static void check_prompt(const struct cli *cli, const struct config_agent *a, struct buf *errors)
{
    struct err e = {""};
    struct buf text;
    buf_init(&text, 0);
    if (a->prompt && *a->prompt) {
        struct err why = {""};
        if (!check_read(cli, a->prompt, &text, &why))
            err_set(&e, "prompt of agent %s: %.400s; name a template file, or leave `prompt` out for the built-in one",
                    a->name, why.text);
        else
            prompt_check(buf_str(&text), a->prompt, &e);
    }
    if (e.text[0])
        check_complain(errors, a->line, e.text);
    buf_clear(&text);
}

/* The plan's file, when it is one on this disk. */
static bool check_stat(const struct cli *cli, const struct config_phase *phase, struct stat *st)
{
    if (!phase->plan || strncmp(phase->plan, "repo:", 5) == 0)
        return false;
    char *path = *phase->plan == '/' ? file_fmt("%s", phase->plan) : file_join(cli->paths.root, phase->plan);
    bool there = stat(path, st) == 0;
    free(path);
    return there;
}

static void check_plan(const struct cli *cli, const struct config_phase *phase, struct buf *errors)
{
    if (!phase->plan || strncmp(phase->plan, "repo:", 5) == 0)
        return; /* read at the phase's start revision, by the watchdog */
    struct err e = {""}, why = {""};
    struct buf text;
    buf_init(&text, 0);
    if (!check_read(cli, phase->plan, &text, &why)) {
        err_set(&e, "plan%s%s: %.400s; write the plan there, or name it with `plan = FILE` or `plan = repo:PATH`",
                *phase->id ? " of phase " : "", phase->id, why.text);
        check_complain(errors, phase->line, e.text);
    }
    buf_clear(&text);
}

/* Two names of one file: each phase has a plan of its own. config_check has compared the names. */
static void check_same_plan(const struct cli *cli, size_t index, struct buf *errors)
{
    struct stat mine, other;
    const struct config_phase *p = &cli->config.phases[index];
    if (!check_stat(cli, p, &mine))
        return;
    for (size_t i = 0; i < index; i++) {
        const struct config_phase *q = &cli->config.phases[i];
        if (!check_stat(cli, q, &other) || other.st_ino != mine.st_ino || other.st_dev != mine.st_dev)
            continue;
        struct err e = {""};
        err_set(
            &e,
            "plan of phase %s: '%s' is the same file as '%s' of phase %s (line %d); each phase has a file of its own",
            p->id, p->plan, q->plan, q->id, q->line);
        check_complain(errors, p->line, e.text);
        return;
    }
}

/* A waiver that is over is no reason not to start: it counts for nothing. */
static void check_waivers(const struct cli *cli)
{
    struct buf notes;
    buf_init(&notes, 1 << 16);
    for (size_t i = 0; i < cli->config.waivers.n; i++) {
        const struct config_waiver *w = &cli->config.waivers.at[i];
        struct err e = {""};
        char until[21];
        if (clock_now() / 1000 < w->until)
            continue;
        timestamp_format(w->until, until);
        err_set(
            &e,
            "waive: %s was waived until %s, which is over: it needs its PASS; remove the line, or write a later time",
            w->id, until);
        check_complain(&notes, w->line, e.text);
    }
    (void)!file_write_all(STDERR_FILENO, buf_str(&notes), notes.len);
    buf_clear(&notes);
}

/* A secret that can't be had is found out now, and not when somebody is to be told. */
static void check_receiver(const struct cli *cli, const struct config_notify *n, bool env, struct buf *errors)
{
    struct err e = {""}, why = {""};
    char *secret = NULL;
    if (*n->token_file) {
        char *path = *n->token_file == '/' ? file_fmt("%s", n->token_file) : file_join(cli->paths.root, n->token_file);
        secret = secret_file(path, &why);
        free(path);
    } else if (*n->token_env && env) {
        secret = secret_env(n->token_env, &why);
    }
    if (*why.text) {
        err_set(&e, "%s of [notify %s]: %.400s", *n->token_file ? "token_file" : "token_env", n->name, why.text);
        check_complain(errors, n->line, e.text);
    }
    free(secret);
}

void check_plans(const struct cli *cli, struct buf *errors)
{
    for (size_t i = 0; i < cli->config.phase_count; i++)
        check_plan(cli, &cli->config.phases[i], errors);
    for (size_t i = 0; i < cli->config.phase_count; i++)
        check_same_plan(cli, i, errors);
}

void check_notify(const struct cli *cli, bool env, struct buf *errors)
{
    for (size_t i = 0; i < cli->config.notify_count; i++)
        check_receiver(cli, &cli->config.notifies[i], env, errors);
}

void check_prompts(const struct cli *cli, struct buf *errors)
{
    for (int r = 0; r < ROLES; r++)
        check_prompt(cli, &cli->config.agents[r], errors);
}

/* What the core can't judge of [check NAME]: it knows no regular expressions. */
static void check_patterns(const struct cli *cli, struct buf *errors)
{
    for (size_t i = 0; i < cli->config.check_count; i++) {
        const struct config_check_item *c = &cli->config.checks[i];
        struct err e = {""}, why = {""};
        bool in;
        if (!text_ranges(c->status, 200, &in))
            err_set(&e, "status of [check %s]: '%s' is no list of statuses; write 200-299,404", c->name, c->status);
        else if (*c->body && !text_matches(c->body, "", &why) && why.text[0])
            err_set(&e, "[check %s]: %s", c->name, why.text);
        if (e.text[0])
            check_complain(errors, c->line, e.text);
    }
}

enum cli_exit check_files(const struct cli *cli)
{
    check_waivers(cli);
    struct buf errors;
    buf_init(&errors, 1 << 20);
    check_plans(cli, &errors);
    check_prompts(cli, &errors);
    check_patterns(cli, &errors);
    check_notify(cli, true, &errors);
    (void)!file_write_all(STDERR_FILENO, buf_str(&errors), errors.len);
    enum cli_exit code = errors.len ? CLI_CONFIG : CLI_YES;
    buf_clear(&errors);
    return code;
}

bool check_on_path(const char *name)
{
    const char *path = getenv("PATH");
    bool found = false;
    for (const char *at = path ? path : "/usr/bin:/bin"; at && !found;) {
        const char *end = strchr(at, ':');
        char *file = file_fmt("%.*s/%s", end ? (int)(end - at) : (int)strlen(at), at, name);
        found = *at && *at != ':' && access(file, X_OK) == 0;
        free(file);
        at = end ? end + 1 : NULL;
    }
    return found;
}

void check_rights(const struct cli *cli, struct buf *errors)
{
    for (int r = 0; r < ROLES; r++) {
        const struct config_agent *a = &cli->config.agents[r];
        struct err e = {""};
        errno = 0;
        if (*a->user && geteuid() != 0)
            err_set(&e, "user = %s of [agent %s] needs root; start ccsup as root, or remove the line", a->user,
                    a->name);
        else if (*a->user && !getpwnam(a->user))
            err_set(&e, "user = %s of [agent %s]: there is no such user%s%s", a->user, a->name, errno ? ": " : "",
                    errno ? strerror(errno) : "");
        if (e.text[0])
            check_complain(errors, a->line, e.text);
        if (strcmp(a->fence, "pidns") == 0 && geteuid() != 0) {
            err_set(&e, "fence = pidns of [agent %s] needs root; start ccsup as root, or write fence = auto", a->name);
            check_complain(errors, a->line, e.text);
        }
    }
}

/* Claude as root refuses to go without permissions unless it is told that this is a sandbox. Only said: the program
 * itself may know better. */
static void check_sandbox(const struct cli *cli)
{
    for (int r = 0; r < ROLES && geteuid() == 0; r++) {
        const struct config_agent *a = &cli->config.agents[r];
        bool told = false;
        for (size_t i = 0; i < a->env.n; i++)
            told = told || strncmp(a->env.at[i], "IS_SANDBOX=", 11) == 0;
        if (*a->claude.program && !*a->user && !told && !words_have(&a->env_pass, "IS_SANDBOX") &&
            strcmp(a->claude.permission_mode, "bypassPermissions") == 0)
            cli_error(cli,
                      "[agent %s] runs claude as root with permission_mode = bypassPermissions, which claude refuses; "
                      "write env = IS_SANDBOX=1 if this machine is a sandbox, or user = NAME",
                      a->name);
    }
}

enum cli_exit check_start(const struct cli *cli)
{
    static const char *const ours[] = {"ccsup-keep", "ccsup-git", "ccsup-http"};
    enum cli_exit code = check_files(cli);
    struct buf errors;
    buf_init(&errors, 1 << 16);
    check_rights(cli, &errors);
    (void)!file_write_all(STDERR_FILENO, buf_str(&errors), errors.len);
    code = code == CLI_YES && errors.len ? CLI_CONFIG : code;
    buf_clear(&errors);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        char *path = paths_program(&cli->paths, ours[i]);
        if (access(path, X_OK) != 0) {
            cli_error(cli, "%s is neither in %s nor in %s/../libexec/ccsup; install ccsup again", ours[i],
                      cli->paths.exe, cli->paths.exe);
            code = code == CLI_YES ? CLI_NO : code;
        }
        free(path);
    }
    if (!check_on_path("git")) {
        cli_error(cli, "no program git on PATH; install git, or set PATH");
        code = code == CLI_YES ? CLI_NO : code;
    }
    check_sandbox(cli);
    return code;
}
