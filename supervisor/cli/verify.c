/* `ccsup verify`: fetch, judge and say, with or without a watchdog. */
#include "supervisor/cli/verify.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/helper.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/status_doc.h"
#include "supervisor/sys/clock.h"
#include "watchdog/phase.h"
#include "watchdog/request.h"
#include "watchdog/timestamp.h"
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 10000, AGAIN_MS = 200, SPARE_MS = 5000 };

/* What is judged: one phase, where it began, which revision, when. */
struct verify_target {
    const struct config_phase *phase;
    char *start, *last;    /* revisions, "" = from the first commit on, nothing judged before */
    char *status, *review; /* file names */
    const char *at;        /* revision or "" = the tip */
    int64_t now;           /* seconds; 0 = the time when it is judged */
};

static void verify_target_clear(struct verify_target *t)
{
    free(t->start);
    free(t->last);
    free(t->status);
    free(t->review);
}

/* Where the phase began, by the status document: the active phase's start or that of its DONE record. */
static const char *verify_start(const cJSON *doc, const char *id)
{
    const cJSON *phase = json_get(doc, "phase"), *record = NULL;
    if (strcmp(json_str(phase, "id", "?"), id) == 0)
        return json_str(phase, "start", "");
    cJSON_ArrayForEach(record, json_get(doc, "done"))
    {
        if (strcmp(json_str(record, "phase", "?"), id) == 0)
            return json_str(record, "start", "");
    }
    return "";
}

/* The phase asked for, else the one that the watchdog's status calls active, else the first one. False and e. */
static bool verify_target_find(struct cli *cli, struct verify_target *t, struct err *e)
{
    struct status_doc d;
    status_doc_read(&cli->paths, clock_now(), &d, NULL);
    const char *asked = cli_given(cli, "phase"), *active = json_str(json_get(d.json, "phase"), "id", NULL);
    const char *id = asked ? asked : active ? active : cli->config.phases[0].id;
    int i = phase_find(&cli->config, strcmp(id, "default") == 0 ? "" : id);
    if (i < 0)
        i = phase_find(&cli->config, id);
    if (i >= 0) {
        t->phase = &cli->config.phases[i];
        t->start = mem_strdup(verify_start(d.json, t->phase->id));
        /* An older revision is no descendant of the last judged one, and need not be. */
        t->last = mem_strdup(*t->at ? "" : json_str(json_get(d.json, "phase"), "last", ""));
        t->status = phase_file(t->phase, "STATUS");
        t->review = phase_file(t->phase, "REVIEW");
    } else if (asked) {
        err_set(e, "no phase '%s' in launch.conf", asked);
    } else {
        err_set(e, "the active phase '%s' is not in launch.conf any more; put it back", id);
    }
    status_doc_clear(&d);
    return i >= 0;
}

/* --at and --now; CLI_USAGE and the sentence when they are wrong. */
static enum cli_exit verify_options(const struct cli *cli, struct verify_target *t)
{
    const char *at = cli_given(cli, "at"), *now = cli_given(cli, "now");
    memset(t, 0, sizeof *t);
    t->at = at ? at : "";
    if (at && (strlen(at) != 40 || strspn(at, "0123456789abcdef") != 40))
        return cli_usage(cli, "--at needs a whole revision, 40 hex digits as `git rev-parse REV` gives them, not '%s'",
                         at);
    if (now && timestamp_parse(now, strlen(now), &t->now) != strlen(now))
        return cli_usage(cli, "--now needs a time such as 2026-05-28T08:10:00Z, not '%s'", now);
    return CLI_YES;
}

/* The poll request as one line; the caller frees. */
static char *verify_request(const struct cli *cli, const struct verify_target *t)
{
    char *mirror = paths_state(&cli->paths, "repo.git"), *lock = paths_lock(&cli->paths, "git");
    cJSON *o = request_poll(&cli->config, t->phase, t->start, t->last, t->at);
    json_add_str(o, "mirror", mirror);
    json_add_str(o, "lock", lock);
    char *line = json_print(o);
    cJSON_Delete(o);
    free(mirror);
    free(lock);
    return line;
}

/* Asks ccsup-git until it is not busy; the answer (owned by the caller), or NULL and e. */
static cJSON *verify_poll(const struct cli *cli, const char *request, struct err *e)
{
    char *program = paths_program(&cli->paths, "ccsup-git");
    int64_t until = clock_boot() + BUSY_MS;
    cJSON *answer = NULL;
    for (;;) {
        struct buf out;
        buf_init(&out, 0);
        if (helper_run(program, cli->paths.root, request, cli->config.repo_timeout + SPARE_MS, &out, e)) {
            answer = json_parse(buf_str(&out), out.len);
            if (!cJSON_IsObject(answer))
                err_set(e, "%s answered nonsense", program);
        }
        buf_clear(&out);
        bool busy = answer && !json_bool(answer, "ok", false) && strcmp(json_str(answer, "code", ""), "busy") == 0;
        if (!busy || clock_boot() >= until)
            break;
        cJSON_Delete(answer);
        answer = NULL;
        instance_nap(AGAIN_MS);
    }
    free(program);
    if (answer && !json_bool(answer, "ok", false)) {
        err_set(e, "%s: %s", json_str(answer, "code", "unknown"), json_str(answer, "text", "ccsup-git gave no reason"));
        cJSON_Delete(answer);
        answer = NULL;
    }
    return cJSON_IsObject(answer) ? answer : (cJSON_Delete(answer), NULL);
}

static int verify_judge(struct cli *cli, const struct verify_target *t, const struct snapshot *s)
{
    struct verdict_rules rules = {
        .criteria = &t->phase->criteria, .window = cli->config.window / 1000, .skew = cli->config.skew / 1000};
    struct verdict v;
    struct buf out;
    buf_init(&out, 0);
    verdict_judge(&v, s, &rules, t->status, t->review, t->now ? t->now : clock_now() / 1000);
    if (cli_given(cli, "json"))
        verify_json(&v, s, t->phase->id, &out);
    else
        verify_text(&v, s, t->phase->id, t->review, &out);
    cli_out(cli, &out);
    enum cli_exit code = CLI_UNKNOWN;
    switch (v.value) {
    case VERDICT_DONE: code = CLI_YES; break;
    case VERDICT_NOT_DONE: code = CLI_NO; break;
    case VERDICT_UNKNOWN: code = CLI_UNKNOWN; break;
    }
    buf_clear(&out);
    verdict_clear(&v);
    return code;
}

/* No facts, no judgement: said on standard error and, with --json, as a document too. */
static int verify_unknown(struct cli *cli, const struct err *e)
{
    cli_error(cli, "UNKNOWN: %s", e->text);
    if (cli_given(cli, "json")) {
        cJSON *o = cJSON_CreateObject();
        json_add_str(o, "verdict", "UNKNOWN");
        json_add_str(o, "error", e->text);
        char *text = json_print(o);
        cli_say(cli, "%s\n", text);
        free(text);
        cJSON_Delete(o);
    }
    return CLI_UNKNOWN;
}

int cli_verify(struct cli *cli)
{
    struct err e = {""};
    struct verify_target t;
    enum cli_exit code = verify_options(cli, &t);
    if (code == CLI_YES)
        code = cli_config(cli);
    if (code != CLI_YES)
        return code;
    if (!verify_target_find(cli, &t, &e)) {
        cli_error(cli, "%s", e.text);
        return cli_given(cli, "phase") ? CLI_USAGE : CLI_CONFIG;
    }
    int result;
    cJSON *answer = NULL;
    char *request = verify_request(cli, &t);
    struct snapshot s;
    if (!paths_make(&cli->paths, &e) || !(answer = verify_poll(cli, request, &e))) {
        result = verify_unknown(cli, &e);
    } else if (!snapshot_parse(&s, json_get(answer, "snapshot"), &e)) {
        result = verify_unknown(cli, &e);
    } else {
        result = verify_judge(cli, &t, &s);
        snapshot_clear(&s);
    }
    cJSON_Delete(answer);
    free(request);
    verify_target_clear(&t);
    return result;
}
