/* claim, review, veto, mark-done, inbox: one entry or note, made right and pushed as one commit, under the identity of
 * whoever runs the command. */
#include "watchdog/writing.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/link.h"
#include "supervisor/cli/target.h"
#include "supervisor/cli/verify.h"
#include "supervisor/cli/who.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "watchdog/phase.h"
#include "watchdog/request.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MS = 2000, MARK_TRIES = 20 };

/* One command on its way. */
struct write {
    struct cli *cli;
    int role; /* that asks; -1 = the operator */
    struct target target;
    enum writing_kind kind;
    const char *id, *text, *to, *file; /* criterion, words, whose inbox, note; "" = none */
    const char *on;                    /* the revision that the tip must be, "" = any */
};

static bool write_ready(struct write *w, struct cli *cli, enum cli_exit *code)
{
    struct err e = {""};
    memset(w, 0, sizeof *w);
    w->cli = cli;
    w->id = w->text = w->to = w->file = w->on = w->target.at = "";
    *code = cli_config(cli);
    if (*code != CLI_YES)
        return false;
    w->role = who_asks(&cli->paths);
    if (target_find(cli, &w->target, NULL, &e) && paths_make(&cli->paths, &e))
        return true;
    cli_error(cli, "%s", e.text);
    *code = CLI_CONFIG;
    return false;
}

/* Is it this role's to write? The operator may write all. */
static bool write_may(const struct write *w, enum role only, const char *instead)
{
    if (w->role < 0 || w->role == (int)only)
        return true;
    cli_error(w->cli, "that is the %s's to write, and you are the %s; %s", role_name(only),
              role_name((enum role)w->role), instead);
    return false;
}

static bool write_id(struct write *w, const char *id, enum cli_exit *code)
{
    const struct words *ids = &w->target.phase->criteria;
    w->id = id;
    if (words_have(ids, id))
        return true;
    struct buf b;
    buf_init(&b, 300);
    for (size_t i = 0; i < ids->n; i++)
        buf_addf(&b, "%s%s", i ? " " : "", ids->at[i]);
    *code = cli_usage(w->cli, "'%s' is no criterion of phase %s; they are %s", id, phase_name(w->target.phase),
                      buf_str(&b));
    buf_clear(&b);
    return false;
}

/* The words of -m. needed: what they must say, NULL when they may be left out. */
static bool write_words(struct write *w, const char *needed, enum cli_exit *code)
{
    const char *text = cli_given(w->cli, "message");
    if (text && text[strspn(text, " \t\r\n")]) {
        w->text = text;
        return true;
    }
    if (!needed)
        return true;
    *code = cli_usage(w->cli, "needs -m TEXT: %s", needed);
    return false;
}

/* ---- ccsup-git ---- */

static char *write_request(const struct write *w, const char *place)
{
    const struct cli *cli = w->cli;
    const struct config_agent *agent = w->role >= 0 ? &cli->config.agents[w->role] : NULL;
    bool sha = writing_has_sha(w->kind), status = w->kind == WRITING_CLAIM || w->kind == WRITING_DONE;
    const char *rev = sha ? cli_given(cli, "sha") : NULL;
    char *mirror = paths_state(&cli->paths, "repo.git"), *lock = paths_lock(&cli->paths, "git");
    cJSON *o = request_write(&cli->config, w->target.phase);
    json_add_str(o, "mirror", mirror);
    json_add_str(o, "lock", lock);
    json_add_str(o, "name", agent ? agent->git_name : "");
    json_add_str(o, "email", agent ? agent->git_email : "");
    json_add_str(o, "kind", writing_kind_name(w->kind));
    json_add_str(o, "file", *w->file ? w->file : status ? w->target.status : w->target.review);
    json_add_str(o, "id", w->id);
    json_add_str(o, "text", w->text);
    json_add_str(o, "role", w->to);
    json_add_str(o, "clone", place);
    json_add_str(o, "rev", rev ? rev : "");
    json_add_str(o, "on", w->on);
    char *line = json_print(o);
    cJSON_Delete(o);
    free(mirror);
    free(lock);
    return line;
}

/* The watchdog need not wait for its next poll; if it does not listen, it will poll all the same. */
static void write_hint(const struct cli *cli)
{
    struct link_answer a;
    struct err e;
    cJSON *request = cJSON_CreateObject();
    json_add_str(request, "verb", "poll");
    if (link_ask(&cli->paths, request, POLL_MS, &a, &e))
        free(a.text);
    cJSON_Delete(request);
}

static void write_report(const struct write *w, const cJSON *answer)
{
    const char *path = json_str(answer, "path", ""), *sha = json_str(answer, "sha", "");
    const char *here = json_str(answer, "here", "");
    int line = (int)json_int(answer, "line", 0);
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "%s: ", w->kind == WRITING_DROP ? "removed" : "pushed");
    vis_add(&b, path, strlen(path));
    if (line)
        buf_addf(&b, ":%d", line);
    buf_addf(&b, " in %.12s", json_str(answer, "commit", ""));
    if (*sha)
        buf_addf(&b, ", about %.12s", sha);
    buf_adds(&b, strcmp(here, "branch") == 0     ? "; your clone is behind now: git pull --rebase\n"
                 : strcmp(here, "detached") == 0 ? "; your clone is behind now: git fetch (HEAD is on no branch here)\n"
                                                 : "\n");
    cli_out(w->cli, &b);
    buf_clear(&b);
}

/* Writes and pushes. *moved (may be NULL): it failed because the tip is not w->on any more, and nothing was said. */
static enum cli_exit write_push(const struct write *w, bool *moved)
{
    struct err e = {""};
    char here[PATH_MAX];
    char *request = write_request(w, getcwd(here, sizeof here) && here[0] == '/' ? here : "");
    cJSON *answer = target_ask(w->cli, request, 2 * w->cli->config.repo_timeout, &e);
    const char *code = json_str(answer, "code", "");
    enum cli_exit exit = CLI_UNKNOWN;
    if (json_bool(answer, "ok", false)) {
        write_report(w, answer);
        write_hint(w->cli);
        exit = CLI_YES;
    } else if (moved && strcmp(code, "moved") == 0) {
        *moved = true;
    } else {
        bool ours = strcmp(code, "refused") == 0 || strcmp(code, "local") == 0 || strcmp(code, "request") == 0;
        exit = ours ? CLI_NO : CLI_UNKNOWN;
        cli_error(w->cli, "%s", answer ? json_str(answer, "text", "ccsup-git gave no reason") : e.text);
    }
    cJSON_Delete(answer);
    free(request);
    return exit;
}

/* ---- the verbs ---- */

int cli_claim(struct cli *cli)
{
    struct write w;
    enum cli_exit code;
    if (write_ready(&w, cli, &code) && write_id(&w, cli->words[0], &code) && write_words(&w, NULL, &code)) {
        w.kind = WRITING_CLAIM;
        code = write_may(&w, ROLE_BUILDER, "give your verdict with ccsup review") ? write_push(&w, NULL) : CLI_NO;
    }
    target_clear(&w.target);
    return code;
}

int cli_review(struct cli *cli)
{
    struct write w;
    enum cli_exit code;
    bool pass = strcasecmp(cli->words[1], "pass") == 0;
    if (!pass && strcasecmp(cli->words[1], "fail") != 0)
        return cli_usage(cli, "the verdict is pass or fail, not '%s'", cli->words[1]);
    if (write_ready(&w, cli, &code) && write_id(&w, cli->words[0], &code) &&
        write_words(&w, "what was run and what came out, so that a stranger can repeat it", &code)) {
        w.kind = pass ? WRITING_PASS : WRITING_FAIL;
        code = write_may(&w, ROLE_ADVERSARY,
                         "claim with ccsup claim; if a verdict is wrong, say why with ccsup inbox send "
                         "adversary -m TEXT")
                   ? write_push(&w, NULL)
                   : CLI_NO;
    }
    target_clear(&w.target);
    return code;
}

int cli_veto(struct cli *cli)
{
    struct write w;
    enum cli_exit code;
    bool lift = cli_given(cli, "lift") != NULL;
    if (write_ready(&w, cli, &code) &&
        write_words(&w, lift ? "why it is gone, and how that was checked" : "what must stop the run", &code)) {
        w.kind = lift ? WRITING_LIFT : WRITING_VETO;
        code = !lift || write_may(&w, ROLE_ADVERSARY,
                                  "say with ccsup inbox send adversary -m TEXT why it should be lifted")
                   ? write_push(&w, NULL)
                   : CLI_NO;
    }
    target_clear(&w.target);
    return code;
}

/* The facts of the tip; false with the exit code, said. */
static bool write_facts(const struct write *w, struct snapshot *s, enum cli_exit *code)
{
    struct err e = {""};
    char *request = target_poll(w->cli, &w->target);
    cJSON *answer = target_ask(w->cli, request, w->cli->config.repo_timeout, &e);
    bool ok = json_bool(answer, "ok", false) && snapshot_parse(s, json_get(answer, "snapshot"), &e);
    if (!ok)
        cli_error(w->cli, "%s", e.text[0] ? e.text : json_str(answer, "text", "ccsup-git gave no reason"));
    cJSON_Delete(answer);
    free(request);
    *code = CLI_UNKNOWN;
    return ok;
}

/* Would it be done if the marker stood? What is missing is printed. *stands: it does, and nothing is missing. */
static enum cli_exit mark_judge(const struct write *w, struct snapshot *s, bool *stands)
{
    struct verdict_rules rules = target_rules(w->cli, &w->target);
    struct verdict v;
    verdict_judge(&v, s, &rules, w->target.status, w->target.review, clock_now() / 1000);
    *stands = v.value == VERDICT_DONE;
    verdict_clear(&v);
    if (*stands) {
        cli_say(w->cli, "the marker stands already, %s:%d, and nothing is missing\n", w->target.status, s->marker.line);
        return CLI_YES;
    }
    marker_clear(&s->marker);
    s->marker.done = s->has_status = true;
    s->marker.after_start = true; /* in a commit on the tip */
    memcpy(s->marker.commit, s->tip, sizeof s->marker.commit);
    verdict_judge(&v, s, &rules, w->target.status, w->target.review, clock_now() / 1000);
    enum cli_exit code = v.value == VERDICT_DONE ? CLI_YES : v.value == VERDICT_UNKNOWN ? CLI_UNKNOWN : CLI_NO;
    if (code != CLI_YES) {
        struct buf b;
        buf_init(&b, 0);
        cli_error(w->cli, "not yet: %zu of %zu criteria pass at %.12s; nothing was written", v.passing, v.count,
                  *s->tip ? s->tip : "the empty repository");
        verify_reasons(&v, &b);
        cli_out(w->cli, &b);
        buf_clear(&b);
    }
    verdict_clear(&v);
    return code;
}

/* Judged and written at one and the same revision: when somebody pushes in between, it is judged again. */
static enum cli_exit mark_done(struct write *w)
{
    char on[41] = "";
    struct err e = {""};
    w->kind = WRITING_DONE;
    w->on = on;
    if (!target_remember(w->cli, &w->target, &e)) {
        cli_error(w->cli, "%s", e.text);
        return CLI_UNKNOWN;
    }
    for (int i = 0; i < MARK_TRIES; i++) {
        struct snapshot s;
        enum cli_exit code;
        bool moved = false, stands = false;
        if (!write_facts(w, &s, &code))
            return code;
        memcpy(on, s.tip, sizeof on);
        code = mark_judge(w, &s, &stands);
        snapshot_clear(&s);
        if (code == CLI_YES && !stands)
            code = write_push(w, &moved);
        if (!moved)
            return code;
    }
    cli_error(w->cli, "others pushed each time before us, %d times: try again later", MARK_TRIES);
    return CLI_UNKNOWN;
}

int cli_mark_done(struct cli *cli)
{
    struct write w;
    enum cli_exit code;
    if (write_ready(&w, cli, &code) && write_words(&w, NULL, &code))
        code = write_may(&w, ROLE_BUILDER, "the marker is not for you; give your verdicts with ccsup review")
                   ? mark_done(&w)
                   : CLI_NO;
    target_clear(&w.target);
    return code;
}

/* ---- the inbox ---- */

static enum cli_exit inbox_list(struct write *w)
{
    struct snapshot s;
    enum cli_exit code;
    struct buf b;
    if (!write_facts(w, &s, &code))
        return code;
    buf_init(&b, 0);
    for (int role = 0; role < ROLES; role++)
        for (size_t i = 0; (w->role < 0 || w->role == role) && i < s.inbox[role].n; i++)
            buf_addf(&b, "%s/%s\n", role_name((enum role)role), s.inbox[role].at[i]);
    cli_out(w->cli, &b);
    buf_clear(&b);
    snapshot_clear(&s);
    return CLI_YES;
}

static enum cli_exit inbox_send(struct write *w)
{
    enum cli_exit code;
    int to = cli_role(w->cli, w->cli->words[1]);
    if (to < 0 || !write_words(w, "the note", &code))
        return CLI_USAGE;
    if (to == w->role) {
        cli_error(w->cli, "that is your own inbox; send to the %s", role_name(to ? ROLE_BUILDER : ROLE_ADVERSARY));
        return CLI_NO;
    }
    w->kind = WRITING_SEND;
    w->to = role_name((enum role)to);
    return write_push(w, NULL);
}

/* NAME, or ROLE/NAME as `inbox list` shows it. */
static enum cli_exit inbox_done(struct write *w)
{
    const char *name = w->cli->words[1], *slash = strchr(name, '/');
    int role = w->role;
    if (slash) {
        char *word = mem_strndup(name, (size_t)(slash - name));
        role = role_parse(word);
        free(word);
        name = slash + 1;
    }
    if (role < 0 || !*name || strchr(name, '/') || name[0] == '.')
        return cli_usage(w->cli, "needs a note as `ccsup inbox list` shows it, ROLE/NAME, not '%s'", w->cli->words[1]);
    if (w->role >= 0 && role != w->role) {
        cli_error(w->cli, "that is the %s's inbox: only who gets a note removes it", role_name((enum role)role));
        return CLI_NO;
    }
    w->kind = WRITING_DROP;
    w->to = role_name((enum role)role);
    w->file = name;
    return write_push(w, NULL);
}

int cli_inbox(struct cli *cli)
{
    static const struct {
        const char *word;
        int count;
        enum cli_exit (*run)(struct write *w);
    } forms[] = {{"send", 2, inbox_send}, {"list", 1, inbox_list}, {"done", 2, inbox_done}};
    size_t i = 0;
    while (i < sizeof forms / sizeof *forms &&
           (strcmp(forms[i].word, cli->words[0]) != 0 || forms[i].count != cli->word_count))
        i++;
    if (i == sizeof forms / sizeof *forms)
        return cli_usage(cli, "needs send ROLE -m TEXT, list, or done NAME");
    struct write w;
    enum cli_exit code;
    if (write_ready(&w, cli, &code))
        code = forms[i].run(&w);
    target_clear(&w.target);
    return code;
}
