/* `ccsup verify`: fetch, judge and say, with or without a watchdog. */
#include "supervisor/cli/verify.h"
#include "supervisor/base/json.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/target.h"
#include "supervisor/sys/clock.h"
#include "supervisor/base/timestamp.h"
#include <stdlib.h>
#include <string.h>

/* What is judged, and when. */
struct verify_target {
    struct target t;
    int64_t now; /* seconds; 0 = when it is judged */
};

/* The options; CLI_USAGE and the sentence when they are wrong. */
static enum cli_exit verify_options(const struct cli *cli, struct verify_target *t)
{
    static const char *const revisions[] = {"at", "start"};
    const char *at = cli_given(cli, "at"), *now = cli_given(cli, "now");
    memset(t, 0, sizeof *t);
    t->t.at = at ? at : "";
    t->t.began = cli_given(cli, "start");
    for (size_t i = 0; i < 2; i++) {
        const char *rev = cli_given(cli, revisions[i]);
        if (rev && (strlen(rev) != 40 || strspn(rev, "0123456789abcdef") != 40))
            return cli_usage(cli,
                             "--%s needs a whole revision, 40 hex digits as `git rev-parse REV` gives them, not '%s'",
                             revisions[i], rev);
    }
    if (!cli_given(cli, "files")) {
        static const char *const of_files[] = {"criteria", "window", "skew"};
        for (size_t i = 0; i < sizeof of_files / sizeof *of_files; i++)
            if (cli_given(cli, of_files[i]))
                return cli_usage(cli, "--%s goes with --files; for the repository launch.conf says it", of_files[i]);
        if (cli->word_count)
            return cli_usage(cli, "'%s' is one word too many; two files are judged with --files", cli->words[0]);
    }
    if (now && timestamp_parse(now, strlen(now), &t->now) != strlen(now))
        return cli_usage(cli, "--now needs a time such as 2026-05-28T08:10:00Z, not '%s'", now);
    return CLI_YES;
}

/* The facts of the target; NULL and e when there are none. */
static cJSON *verify_poll(const struct cli *cli, const struct target *t, struct err *e)
{
    char *request = target_poll(cli, t);
    cJSON *answer = target_ask(cli, request, cli->config.repo_timeout, e);
    free(request);
    if (answer && !json_bool(answer, "ok", false)) {
        err_set(e, "%s: %s", json_str(answer, "code", "unknown"), json_str(answer, "text", "ccsup-git gave no reason"));
        cJSON_Delete(answer);
        answer = NULL;
    }
    return answer;
}

static int verify_judge(struct cli *cli, const struct verify_target *judged, const struct snapshot *s)
{
    const struct target *t = &judged->t;
    struct verdict_rules rules = target_rules(cli, t);
    struct verdict v;
    verdict_judge(&v, s, &rules, t->status, t->review, judged->now ? judged->now : clock_now() / 1000);
    enum cli_exit code = verify_show(cli, &v, s, t->phase->id, t->status, t->review);
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
    if (code == CLI_YES && cli_given(cli, "files"))
        return verify_files(cli, t.now ? t.now : clock_now() / 1000);
    if (code == CLI_YES)
        code = cli_config(cli);
    if (code != CLI_YES)
        return code;
    const char *asked = cli_given(cli, "phase");
    if (!target_find(cli, &t.t, asked, &e)) {
        cli_error(cli, "%s", e.text);
        target_clear(&t.t);
        return asked ? CLI_USAGE : CLI_CONFIG;
    }
    int result;
    cJSON *answer = NULL;
    struct snapshot s;
    /* What is judged anew for another revision or time is judged from git alone, as anybody can. */
    bool now = !cli_given(cli, "at") && !cli_given(cli, "now") && !cli_given(cli, "start");
    if ((now && !target_remember(cli, &t.t, &e)) || !paths_make(&cli->paths, &e) ||
        !(answer = verify_poll(cli, &t.t, &e))) {
        result = verify_unknown(cli, &e);
    } else if (!snapshot_parse(&s, json_get(answer, "snapshot"), &e)) {
        result = verify_unknown(cli, &e);
    } else {
        result = verify_judge(cli, &t, &s);
        snapshot_clear(&s);
    }
    cJSON_Delete(answer);
    target_clear(&t.t);
    return result;
}
