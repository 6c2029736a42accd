/* With which session a loop goes on, over the deaths of watchdogs and keepers, and over phases. */
#include "cm.h"
#include "watchdog/internal.h"
#include "world.h"

static const char claude_conf[] = "[agent b]\nrole = builder\nclaude = true\njitter = 0\nstart_limit_burst = 60\n"
                                  "[agent a]\nrole = adversary\nclaude = true\njitter = 0\n";

static struct watchdog_role *builder(struct world *x)
{
    return &x->w.roles[ROLE_BUILDER];
}

static void ends(struct world *x, struct said said, const struct exit_record *exit)
{
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .role = ROLE_BUILDER,
                                .agent = {.kind = AGENT_EV_EXITED, .exit = exit, .said = said},
                                .text = ""};
    step(x, &ev);
}

static const struct said interrupted = {.outcome = OUTCOME_TRANSIENT, .session = SESSION1, .model = "m"};
static const struct exit_record code1 = {.end = END_EXITED, .code = 1};

/* The next one starts; with which session. */
static const char *starts(struct world *x)
{
    static char session[40];
    while (strcmp(state_of(x, ROLE_BUILDER), "STARTING") != 0) {
        if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        assert_true(tick(x, x->now + 3600000));
        for (size_t i = 0; i < x->out.count; i++)
            if (x->out.list[i].kind == EFFECT_SPAWN && x->out.list[i].role == ROLE_BUILDER)
                snprintf(session, sizeof session, "%s", x->out.list[i].session);
    }
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    return session;
}

/* The next watchdog finds that iteration without its end, and hears of it what the exit record says (NULL = none). */
static struct world *finds(struct world *x, struct said said, const struct exit_record *exit, int64_t began)
{
    struct world *again = reborn_with(x, claude_conf);
    struct watchdog_past past = {
        .iteration = x->iteration, .exit = exit, .said = &said, .text = "", .began = began, .ended = x->now};
    cJSON *records = cJSON_CreateArray();
    watchdog_past(&again->w, ROLE_BUILDER, &past, records);
    cJSON_Delete(records);
    again->iteration = x->iteration;
    return again;
}

/* What is not replayed: what became of the last iteration was no event. */
static void leave(struct world *x)
{
    buf_clear(&x->events);
    free(x->memory.last);
    watchdog_clear(&x->w);
    effects_clear(&x->out);
    config_clear(&x->config);
    buf_clear(&x->journal);
    free(x);
}

/* The phase began anew, its iteration was asked to end, and the watchdog did not live to see it. */
static void test_another_phases_end_is_found(void **state)
{
    (void)state;
    struct world *x = running(claude_conf);
    int64_t began = x->now;
    x->now += 60000;
    wish(x, WISH_PHASE, ROLE_BUILDER, turn_phase(&x->w)->id);
    assert_string_equal(state_of(x, ROLE_BUILDER), "STOPPING");
    const struct exit_record asked = {.end = END_SIGNALED, .signal = 15, .asked = true, .started_at = began};
    struct world *again = finds(x, (struct said){.session = SESSION1}, &asked, began);
    assert_string_equal(builder(again)->session, "");
    leave(again);
    /* Of the same phase it goes on. */
    again = finds(x, (struct said){.session = SESSION1}, &asked, x->now + 1);
    assert_string_equal(builder(again)->session, SESSION1);
    leave(again);
    leave(x);
}

/* Machine and keepers went away at once. The next watchdog sweeps before anything is wanted: that was no iteration, and
 * the one that was interrupted goes on. */
static void test_a_sweep_is_no_iteration(void **state)
{
    (void)state;
    struct world *x = running(claude_conf);
    struct world *again = finds(x, (struct said){.session = SESSION1}, NULL, x->now);
    assert_string_equal(builder(again)->session, SESSION1);
    agent(again, ROLE_BUILDER, AGENT_EV_KEEPER_LOST);
    simple(again, EVENT_START, ROLE_BUILDER);
    simple(again, EVENT_TIMER, ROLE_BUILDER);
    assert_int_equal(count(again, EFFECT_SPAWN, ROLE_BUILDER), 1);
    agent(again, ROLE_BUILDER, AGENT_EV_READY);
    assert_int_equal(count(again, EFFECT_KILL, ROLE_BUILDER), 1);
    const struct exit_record swept = {.end = END_NOT_STARTED, .asked = true};
    ends(again, (struct said){.outcome = OUTCOME_NONE}, &swept);
    assert_string_equal(builder(again)->session, SESSION1);
    assert_int_equal(builder(again)->resumes_lost, 0);
    polled(again, snapshot(again, ""));
    simple(again, EVENT_CLONED, ROLE_BUILDER);
    assert_string_equal(starts(again), SESSION1);
    leave(again);
    leave(x);
}

/* Two iterations in a row that went on with a session and failed: also where each was the end of a watchdog, too. */
static void test_lost_resumes_over_watchdogs(void **state)
{
    (void)state;
    struct world *x = running(claude_conf);
    ends(x, interrupted, &code1);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(starts(x), SESSION1);
        struct world *again = finds(x, (struct said){.session = SESSION1}, NULL, x->now);
        agent(again, ROLE_BUILDER, AGENT_EV_KEEPER_LOST); /* is the same loss, and not another one */
        assert_int_equal(builder(again)->resumes_lost, i == 0 ? 1 : 0);
        if (i == 1)
            assert_string_equal(builder(again)->session, "");
        leave(again);
        ends(x, interrupted, &code1); /* as this one would count it */
        assert_int_equal(builder(x)->resumes_lost, i == 0 ? 1 : 0);
    }
    assert_string_equal(starts(x), "");
    leave(x);
}

/* What is adopted while it goes on with a session and then fails is one of the two. */
static void test_lost_resume_that_was_adopted(void **state)
{
    (void)state;
    struct world *x = running(claude_conf);
    ends(x, interrupted, &code1);
    assert_string_equal(starts(x), SESSION1);
    struct world *again = reborn_with(x, claude_conf);
    struct watchdog_event found = {
        .kind = EVENT_AGENT,
        .agent = {.kind = AGENT_EV_FOUND, .iteration = again->iteration = x->iteration, .at = x->now}};
    step(again, &found);
    ends(again, interrupted, &code1);
    assert_int_equal(builder(again)->resumes_lost, 1);
    leave(again);
    leave(x);
}

/* A log is the agent's to write. What is no session's name is not given to Claude, which would take it for an option;
 * a program that is not Claude has no session to go on with, so it is told all that a first iteration is. */
static void test_whose_session_it_is(void **state)
{
    (void)state;
    static const char *const names[] = {"--continue",
                                        "-r" SESSION1,
                                        "",
                                        "x",
                                        "11111111-2222-4333-8444-55555555555g",
                                        "11111111-2222-4333-8444-5555555555555"};
    struct world *x = running(claude_conf);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct said said = interrupted;
        snprintf(said.session, sizeof said.session, "%s", names[i]);
        ends(x, said, &code1);
        assert_string_equal(starts(x), "");
    }
    ends(x, interrupted, &code1);
    assert_string_equal(starts(x), SESSION1);
    finish(x);
    x = running("[agent b]\nrole = builder\ncommand = true\n[agent a]\nrole = adversary\ncommand = true\n");
    ends(x, interrupted, &code1);
    assert_string_equal(builder(x)->session, "");
    while (strcmp(state_of(x, ROLE_BUILDER), "STARTING") != 0) {
        if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        assert_true(tick(x, x->now + 3600000));
    }
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "build "));
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_phases_end_is_found), cmocka_unit_test(test_a_sweep_is_no_iteration),
        cmocka_unit_test(test_lost_resumes_over_watchdogs), cmocka_unit_test(test_lost_resume_that_was_adopted),
        cmocka_unit_test(test_whose_session_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
