/* The small rules around an agent: environment, prompt, restart, outcome, adoption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agents/environment.h"
#include "agents/outcome.h"
#include "agents/prompt.h"
#include "agents/restart.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/adoption.h"
#include <stdlib.h>
#include <string.h>

static struct words words_of(const char *text)
{
    struct words w = {0};
    struct err e;
    assert_true(words_split(&w, text, &e));
    return w;
}

/* The agent's environment, joined by blanks. */
static char *environment_of(const char *outer, const char *env, const char *pass, const char *deny, const char *own)
{
    struct words o = words_of(outer), s = words_of(env), p = words_of(pass), d = words_of(deny), mine = words_of(own);
    struct words out = {0};
    struct environment_rules rules = {&s, &p, &d};
    struct buf b;
    buf_init(&b, 0);
    environment_build(o.at, &rules, &mine, &out);
    for (size_t i = 0; i < out.n; i++)
        buf_addf(&b, "%s%s", i ? " " : "", out.at[i]);
    struct words *all[] = {&o, &s, &p, &d, &mine, &out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        words_clear(all[i]);
    return buf_take(&b);
}

static void test_environment(void **state)
{
    (void)state;
    static const struct {
        const char *outer, *env, *pass, *deny, *own, *want;
    } cases[] = {
        {"PATH=/bin SECRET=1 LC_ALL=C HOME=/h", "", "", "", "", "PATH=/bin LC_ALL=C HOME=/h"},
        {"AWS_KEY=1 AWS_ID=2 B=3", "", "AWS_* B", "", "", "AWS_KEY=1 AWS_ID=2 B=3"},
        {"AWS_KEY=1 AWS_ID=2", "", "AWS_*", "AWS_KEY", "", "AWS_ID=2"},
        {"A=1", "TOKEN=x B=2", "A", "TOKEN", "", "A=1 B=2"},
        /* An outer session's own variables pass by exact name only. */
        {"CLAUDECODE=1 CLAUDE_CODE_SSE_PORT=9 ANTHROPIC_API_KEY=k CLAUDE_CONFIG_DIR=/c", "",
         "* CLAUDE* ANTHROPIC_API_KEY", "", "", "ANTHROPIC_API_KEY=k"},
        {"CCSUP_RUN_ID=outer", "", "*", "", "", ""},
        {"PATH=/bin A=1", "A=2 A=3", "A", "", "PATH=/ours:/bin", "PATH=/ours:/bin A=3"},
        {"", "E=", "", "", "", "E="},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = environment_of(cases[i].outer, cases[i].env, cases[i].pass, cases[i].deny, cases[i].own);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

static void test_prompt(void **state)
{
    (void)state;
    struct err e = {0};
    const char *facts[PROMPT_FACT_COUNT] = {[PROMPT_role] = "builder", [PROMPT_plan] = "a {{role}} in the plan"};
    struct buf b;
    buf_init(&b, 0);
    assert_true(prompt_check("{{role}} { } {{plan}}", "p.md", &e));
    /* What a fact says is not read again: no placeholder comes in through the plan. */
    prompt_render("I am {{role}}; {{plan}}; {{tell}}.", facts, &b);
    assert_string_equal(buf_str(&b), "I am builder; a {{role}} in the plan; .");
    buf_clear(&b);
    assert_false(prompt_check("one\ntwo {{rolle}}", "p.md", &e));
    assert_non_null(strstr(e.text, "p.md:2: {{rolle}}"));
    assert_false(prompt_check("{{role", "p.md", &e));
    assert_false(prompt_check("{{role\n}}", "p.md", &e));
    assert_false(prompt_check("{{}}", "p.md", &e));
}

static void test_backoff(void **state)
{
    (void)state;
    struct agent_policy p = {.restart_delay = 5000, .restart_delay_max = 60000, .jitter_percent = 0};
    struct restart_history h;
    restart_init(&h, 1);
    static const int64_t want[] = {5000, 10000, 20000, 40000, 60000, 60000};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        h.failures = (int)i + 1;
        assert_int_equal(restart_backoff(&h, &p), want[i]);
    }
    h.failures = 1000000; /* doubling ends at the maximum, never past the number's end */
    assert_int_equal(restart_backoff(&h, &p), 60000);
    p.jitter_percent = 20;
    h.failures = 1;
    int64_t low = 5000, high = 5000;
    for (int i = 0; i < 1000; i++) {
        int64_t d = restart_backoff(&h, &p);
        assert_in_range(d, 4000, 6000);
        low = d < low ? d : low;
        high = d > high ? d : high;
    }
    assert_true(low < 4100 && high > 5900);
    h.failures = 100;
    for (int i = 0; i < 1000; i++)
        assert_true(restart_backoff(&h, &p) <= 60000);
}

static void test_start_limit(void **state)
{
    (void)state;
    struct agent_policy p = {.start_limit_burst = 3, .start_limit_interval = 1000};
    struct restart_history h;
    restart_init(&h, 1);
    assert_int_equal(restart_room(&h, &p, 5000), 5000);
    for (int64_t t = 5000; t < 5300; t += 100)
        restart_started(&h, t);
    assert_int_equal(restart_recent(&h, &p, 5300), 3);
    assert_int_equal(restart_room(&h, &p, 5300), 6000); /* when the first leaves the interval */
    assert_int_equal(restart_room(&h, &p, 6000), 6000);
    assert_int_equal(restart_recent(&h, &p, 6000), 2);
    assert_int_equal(restart_room(&h, &p, 100), 1100); /* the clock was set back: never longer than the interval */
    for (int i = 0; i < 200; i++)
        restart_started(&h, 7000 + i);
    assert_int_equal(restart_recent(&h, &p, 7200), RESTART_STARTS_MAX);
    restart_forgive(&h);
    assert_int_equal(restart_room(&h, &p, 7200), 7200);
}

static enum outcome outcome_of(const char *json, bool stalled, bool timed_out, char *text)
{
    struct exit_record r;
    cJSON *o = json_parse(json, strlen(json));
    assert_true(exit_record_parse(&r, o));
    cJSON_Delete(o);
    outcome_describe(&r, text, 200);
    return outcome_classify(&r, stalled, timed_out);
}

static void test_outcome(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool stalled, timed_out;
        enum outcome want;
        const char *text;
    } cases[] = {
        {"{\"end\":\"exited\",\"code\":0,\"asked\":\"none\"}", false, false, OUTCOME_OK, "exit code 0"},
        {"{\"end\":\"exited\",\"code\":3}", false, false, OUTCOME_FAILED, "exit code 3"},
        {"{\"end\":\"exited\",\"code\":143,\"asked\":\"stop\"}", false, false, OUTCOME_STOPPED,
         "exit code 143 (asked to stop)"},
        {"{\"end\":\"signaled\",\"signal\":11}", false, false, OUTCOME_CRASHED, "killed by signal 11"},
        {"{\"end\":\"signaled\",\"signal\":9,\"asked\":\"kill\"}", true, false, OUTCOME_STALLED,
         "killed by signal 9 (asked to stop)"},
        {"{\"end\":\"exited\",\"code\":0,\"asked\":\"stop\"}", false, true, OUTCOME_TIMED_OUT,
         "exit code 0 (asked to stop)"},
        {"{\"end\":\"exec_failed\",\"reason\":\"cannot run x\\u001b[31m\"}", false, false, OUTCOME_EXEC_FAILED,
         "cannot run x\\x1B[31m"},
        {"{\"end\":\"not_started\"}", false, false, OUTCOME_NOT_STARTED, "not_started"},
        {"{\"end\":\"lost\"}", false, false, OUTCOME_LOST, "lost"},
    };
    char text[200];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(outcome_of(cases[i].json, cases[i].stalled, cases[i].timed_out, text), cases[i].want);
        assert_string_equal(text, cases[i].text);
    }
    struct exit_record r;
    cJSON *o = cJSON_Parse("{\"end\":\"vanished\"}");
    assert_false(exit_record_parse(&r, o));
    assert_false(exit_record_parse(&r, NULL));
    cJSON_Delete(o);
}

static void test_adoption(void **state)
{
    (void)state;
    assert_int_equal(adoption_decide(false, false, false), ADOPTION_NONE);
    assert_int_equal(adoption_decide(false, true, true), ADOPTION_NONE);
    assert_int_equal(adoption_decide(true, true, true), ADOPTION_ADOPT);
    assert_int_equal(adoption_decide(true, true, false), ADOPTION_END);
    assert_int_equal(adoption_decide(true, false, true), ADOPTION_KILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment), cmocka_unit_test(test_prompt),  cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_start_limit), cmocka_unit_test(test_outcome), cmocka_unit_test(test_adoption),
    };
    mem_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
