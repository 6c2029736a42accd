/* The core's rare turns: records of another version, answers that come again, wishes that find nothing to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "watchdog/internal.h"
#include "world.h"

static void restore(struct world *x, const char *text)
{
    char *json = mem_strdup(text);
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    cJSON *record = json_parse(json, strlen(json));
    assert_non_null(record);
    watchdog_restore(&x->w, record);
    cJSON_Delete(record);
    free(json);
}

/* What is not known is taken for the least that it can be. */
static void test_records_that_are_not_known(void **unused)
{
    (void)unused;
    struct world *x = begin("");
    struct watchdog_role *b = &x->w.roles[ROLE_BUILDER];
    restore(x, "{'t':'sang'}");
    restore(x, "{}");
    restore(x, "{'t':'end','role':'cook','ledger':{'phase':{'iterations':7}}}");
    assert_int_equal(x->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations, 0);
    restore(x, "{'t':'end','role':'builder','outcome':'SANG','iteration':3,'ledger':{'phase':{'iterations':2}}}");
    assert_int_equal(b->agent.last, OUTCOME_NONE);
    assert_int_equal(b->agent.iteration, 3);
    assert_int_equal(x->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations, 2);
    /* No session goes on in another phase. */
    restore(x, "{'t':'end','role':'builder','outcome':'FAILED','session':'s'}");
    assert_string_equal(b->session, "s");
    restore(x, "{'t':'phase','id':'','start':'','fresh':true,'at':1}");
    assert_string_equal(b->session, "");
    restore(x, "{'t':'held','role':'builder','why':'SANG'}");
    assert_int_equal(b->held, WHY_INTERNAL);
    restore(x, "{'t':'forgive','role':'builder'}");
    assert_int_equal(b->held, WHY_NONE);
    restore(x, "{'t':'phase','id':'gone'}");
    assert_string_equal(x->w.missing, "gone");
    restore(x, "{'t':'phase','id':''}");
    assert_null(x->w.missing);
    restore(x, "{'t':'inputs','text':'plan=1','waivers':['D1 | r | u',7]}");
    assert_int_equal(x->w.waivers.n, 1);
    watchdog_clear(&x->w);
    memset(&x->w, 0, sizeof x->w);
    effects_clear(&x->out);
    config_clear(&x->config);
    buf_clear(&x->journal);
    buf_clear(&x->events);
    free(x->memory.last);
    free(x);
}

static void say(struct world *x, enum watchdog_event_kind kind, enum role role, const char *code, const char *text)
{
    struct watchdog_event ev = {.kind = kind, .role = role, .code = code, .text = text};
    step(x, &ev);
}

/* A failure is logged when it is new, and not when it is said again. */
static void test_failures_that_come_again(void **unused)
{
    (void)unused;
    struct world *x = begin("");
    simple(x, EVENT_START, ROLE_BUILDER);
    say(x, EVENT_POLL_FAILED, ROLE_BUILDER, "unreachable", "no route");
    assert_int_equal(count(x, EFFECT_LOG, -1), 1);
    tick(x, x->now + 3600000);
    say(x, EVENT_POLL_FAILED, ROLE_BUILDER, "unreachable", "no route");
    assert_int_equal(count(x, EFFECT_LOG, -1), 0);
    assert_int_equal(x->w.poll.failures, 2);
    tick(x, x->now + 3600000);
    say(x, EVENT_POLL_FAILED, ROLE_BUILDER, "auth", "no key");
    assert_int_equal(count(x, EFFECT_LOG, -1), 1);
    tick(x, x->now + 3600000);
    polled(x, snapshot(x, ""));
    static const struct {
        const char *text;
        int logged;
    } rows[] = {{"disk full", 1}, {"disk full", 0}, {"no such user", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        say(x, EVENT_CLONE_FAILED, ROLE_ADVERSARY, NULL, rows[i].text);
        assert_int_equal(count(x, EFFECT_LOG, ROLE_ADVERSARY) + count(x, EFFECT_LOG, ROLE_BUILDER), rows[i].logged);
        assert_string_equal(x->w.roles[ROLE_ADVERSARY].clone_error, rows[i].text);
    }
    finish(x);
}

static void test_wishes(void **unused)
{
    (void)unused;
    struct world *x = begin("");
    /* Before its clone is there nothing can be started anew; a phase that nobody knows is passed over. */
    wish(x, WISH_RESTART, ROLE_BUILDER, NULL);
    assert_int_equal(count(x, EFFECT_SPAWN, -1), 0);
    wish(x, WISH_PHASE, ROLE_BUILDER, "nowhere");
    assert_int_equal(x->w.phase, 0);
    wish(x, WISH_PHASE, ROLE_BUILDER, NULL);
    finish(x);
    x = running("");
    wish(x, WISH_PAUSE, ROLE_BUILDER, NULL);
    assert_true(x->w.roles[ROLE_BUILDER].paused);
    wish(x, WISH_RESTART, ROLE_BUILDER, NULL);
    assert_false(x->w.roles[ROLE_BUILDER].paused);
    wish(x, WISH_STOP, ROLE_BUILDER, NULL);
    wish(x, WISH_RESTART, ROLE_BUILDER, NULL);
    assert_string_equal(state_of(x, ROLE_BUILDER), "STOPPING");
    finish(x);
}

/* A history that was accepted is so for the next watchdog, too, before any poll. */
static void test_accepted_history(void **unused)
{
    (void)unused;
    struct world *x = running("");
    polled(x, snapshot(x, TIP1));
    assert_string_equal(x->w.judged, TIP1);
    wish(x, WISH_ACCEPT_HISTORY, ROLE_BUILDER, NULL);
    struct world *again = reborn_with(x, "");
    assert_string_equal(again->w.judged, "");
    finish(again);
    finish(x);
}

/* Output that was seen is remembered, with its last line if there is one. */
static void test_activity(void **unused)
{
    (void)unused;
    struct world *x = running("");
    watchdog_activity(&x->w, ROLE_BUILDER, 5, "hello");
    assert_string_equal(x->w.roles[ROLE_BUILDER].activity, "hello");
    watchdog_activity(&x->w, ROLE_BUILDER, 9, NULL);
    assert_string_equal(x->w.roles[ROLE_BUILDER].activity, "hello");
    assert_int_equal(x->w.roles[ROLE_BUILDER].output_bytes, 9);
    finish(x);
}

/* What an iteration of another life said is heard once. */
static void test_past(void **unused)
{
    (void)unused;
    struct world *x = begin("");
    struct exit_record exit = {.end = END_EXITED, .code = 1};
    struct said said = {
        .outcome = OUTCOME_USAGE_LIMIT, .window = "five_hour", .resets_at = T0 + 3600000, .session = SESSION1};
    struct watchdog_past past = {.iteration = 5, .exit = &exit, .said = &said, .text = "the sentence"};
    cJSON *records = cJSON_CreateArray(), *one;
    watchdog_past(&x->w, ROLE_BUILDER, &past, records);
    assert_int_equal(x->w.roles[ROLE_BUILDER].agent.iteration, 5);
    assert_int_equal(x->w.limit_count, 1);
    snprintf(said.window, sizeof said.window, "seven_day");
    watchdog_past(&x->w, ROLE_BUILDER, &past, records);
    assert_int_equal(x->w.limit_count, 1); /* it was known */
    assert_int_equal(cJSON_GetArraySize(records), 2);
    past = (struct watchdog_past){.said = &(struct said){.outcome = OUTCOME_NONE}, .text = ""};
    watchdog_past(&x->w, ROLE_ADVERSARY, &past, records);
    assert_int_equal(x->w.roles[ROLE_ADVERSARY].agent.iteration, 0);
    finish(x);
    /* Whoever restores its records knows the same. */
    x = begin("");
    cJSON_ArrayForEach(one, records) watchdog_restore(&x->w, one);
    assert_int_equal(x->w.roles[ROLE_BUILDER].agent.iteration, 5);
    assert_int_equal(x->w.roles[ROLE_BUILDER].agent.last, OUTCOME_USAGE_LIMIT);
    assert_int_equal(x->w.limit_count, 1);
    assert_string_equal(x->w.roles[ROLE_BUILDER].session, SESSION1);
    cJSON_Delete(records);
    finish(x);
}

/* With which session the next iteration goes on. */
static void test_choice_of_a_session(void **unused)
{
    (void)unused;
    static const struct {
        const char *choice, *said, *want;
        enum outcome last;
        bool fresh;
    } rows[] = {
        {NULL, SESSION1, "", OUTCOME_OK, false},
        {"auto", SESSION1, SESSION1, OUTCOME_USAGE_LIMIT, false},
        {"auto", "", "old", OUTCOME_USAGE_LIMIT, false},
        {"auto", SESSION1, "", OUTCOME_USAGE_LIMIT, true},
        {"resume", SESSION1, SESSION1, OUTCOME_OK, false},
        {"resume", "", "old", OUTCOME_OK, false},
        {"fresh", SESSION1, "", OUTCOME_USAGE_LIMIT, false},
    };
    struct world *x = begin("");
    struct watchdog_role *r = &x->w.roles[ROLE_BUILDER];
    char *choice = x->config.agents[ROLE_BUILDER].claude.session;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct said said = {.outcome = rows[i].last};
        snprintf(said.session, sizeof said.session, "%s", rows[i].said);
        snprintf(r->session, sizeof r->session, "old");
        x->config.agents[ROLE_BUILDER].claude.session = (char *)(uintptr_t)rows[i].choice;
        r->agent.last = rows[i].last;
        schedule_session(&x->w, ROLE_BUILDER, &said, rows[i].fresh);
        if (strcmp(r->session, rows[i].want) != 0)
            fail_msg("row %zu: %s", i, r->session);
    }
    /* One with which it fails again and again is given up. */
    x->config.agents[ROLE_BUILDER].claude.session = (char[]){"resume"};
    r->agent.last = OUTCOME_FAILED;
    r->resumed = true;
    for (int i = 0; i < 2; i++) {
        snprintf(r->session, sizeof r->session, "old");
        schedule_session(&x->w, ROLE_BUILDER, &(struct said){.session = "old"}, false);
        assert_string_equal(r->session, i ? "" : "old");
    }
    x->config.agents[ROLE_BUILDER].claude.session = choice;
    finish(x);
}

/* Ownership is enforced only by two users, neither of them ours, each in a PID namespace. */
static void test_enforced(void **unused)
{
    (void)unused;
    static const struct {
        const char *users[ROLES], *fences[ROLES];
        bool want;
    } rows[] = {
        {{"", ""}, {"pidns", "pidns"}, false},       {{"b", ""}, {"pidns", "pidns"}, false},
        {{"", "a"}, {"pidns", "pidns"}, false},      {{"b", "b"}, {"pidns", "pidns"}, false},
        {{"b", "a"}, {"pidns", "subreaper"}, false}, {{"b", "a"}, {"cgroup", "pidns"}, false},
        {{"b", "a"}, {"pidns", "pidns"}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config c = {0};
        for (int role = 0; role < ROLES; role++) {
            c.agents[role].user = (char *)(uintptr_t)rows[i].users[role];
            c.agents[role].fence = (char *)(uintptr_t)rows[i].fences[role];
        }
        assert_int_equal(judge_enforced(&c), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records_that_are_not_known),
                                       cmocka_unit_test(test_failures_that_come_again),
                                       cmocka_unit_test(test_wishes),
                                       cmocka_unit_test(test_past),
                                       cmocka_unit_test(test_enforced),
                                       cmocka_unit_test(test_choice_of_a_session),
                                       cmocka_unit_test(test_accepted_history),
                                       cmocka_unit_test(test_activity)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
