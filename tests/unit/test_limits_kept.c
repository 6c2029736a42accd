/* Usage limits over what else happens: a keeper that is lost, a model that the operator changes, a clock that is set
 * back. */
#include "cm.h"
#include "watchdog/internal.h"
#include "watchdog/journal.h"
#include "world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct agent *of(struct world *x, enum role role)
{
    return &x->w.roles[role].agent;
}

static void meets(struct world *x, const char *window, int64_t resets_at)
{
    struct exit_record r = {.end = END_EXITED, .code = 1};
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .agent = {.kind = AGENT_EV_EXITED,
                                          .exit = &r,
                                          .said = {.outcome = OUTCOME_USAGE_LIMIT,
                                                   .model = "claude-opus-5-5",
                                                   .session = SESSION1,
                                                   .resets_at = resets_at}}};
    snprintf(ev.agent.said.window, sizeof ev.agent.said.window, "%s", window);
    step(x, &ev);
}

/* It ran when the limit was met, and its keeper dies: what is left is swept, and it is not started, whoever else may
 * be. */
static void test_a_lost_one_waits_as_well(void **state)
{
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        struct world *x = running("");
        struct snapshot *s = snapshot(x, TIP1);
        claim(s, "D1");
        polled(x, s);
        tick(x, x->now + 1);
        agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
        meets(x, "five_hour", T0 + HOUR);
        x->now += 1000;
        agent(x, ROLE_ADVERSARY, AGENT_EV_KEEPER_LOST);
        assert_string_equal(state_of(x, ROLE_ADVERSARY), "LOST");
        if (restarts) /* the operator wants to see it try */
            wish(x, WISH_RESTART, ROLE_ADVERSARY, NULL);
        while (strcmp(state_of(x, ROLE_ADVERSARY), "STARTING") != 0)
            assert_true(tick(x, x->now + MINUTE));
        agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
        assert_int_equal(count(x, EFFECT_GO, ROLE_ADVERSARY), restarts);
        assert_int_equal(count(x, EFFECT_KILL, ROLE_ADVERSARY), !restarts);
        if (!restarts) {
            const struct exit_record swept = {.end = END_NOT_STARTED, .asked = true};
            struct watchdog_event ev = {
                .kind = EVENT_AGENT, .role = ROLE_ADVERSARY, .agent = {.kind = AGENT_EV_EXITED, .exit = &swept}};
            step(x, &ev);
            while (of(x, ROLE_ADVERSARY)->why != WHY_USAGE_LIMIT) {
                if (x->w.poll.running)
                    polled(x, snapshot(x, TIP1));
                assert_true(tick(x, x->now + MINUTE));
            }
            assert_int_equal(of(x, ROLE_ADVERSARY)->deadline, T0 + HOUR + MINUTE);
        }
        finish(x);
    }
}

/* The operator writes another model into launch.conf: a limit of the old one's window holds it no more, nor an answer
 * of the new one the old one's. */
static void test_another_model_is_to_run(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool held;
    } rows[] = {{"model = claude-opus-5-5\n", true}, {"model = sonnet\n", false}, {"", false}};
    char conf[400];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const char form[] = "[agent b]\nrole = builder\nclaude = true\n%s[agent a]\nrole = adversary\n"
                                   "claude = true\n";
        snprintf(conf, sizeof conf, form, rows[0].line);
        struct world *x = running(conf);
        meets(x, "seven_day_opus", T0 + 3 * DAY);
        assert_true(limits_hold(&x->w, ROLE_BUILDER, x->now) > 0);
        snprintf(conf, sizeof conf, form, rows[i].line);
        struct world *again = reborn_with(x, conf);
        if (i < 2) /* who writes none leaves it to Claude: it is not known */
            assert_int_equal(limits_hold(&again->w, ROLE_BUILDER, x->now) > 0, rows[i].held);
        assert_string_equal(again->w.roles[ROLE_BUILDER].model, i ? "" : "claude-opus-5-5");
        finish(again);
        finish(x);
    }
}

/* The clock was two days ahead. What was reckoned by it goes back with it, what the API said is reckoned anew: so it is
 * while the watchdog lives, and for the next one. */
static void test_a_clock_that_was_ahead(void **state)
{
    (void)state;
    static const struct {
        const char *window;
        int64_t resets_at, before, after; /* from when it was met, by the clock of that time; after: by the new one */
    } rows[] = {
        {"unknown", 0, 5 * MINUTE, 5 * MINUTE},
        {"five_hour", 0, 5 * MINUTE, 5 * MINUTE},
        {"five_hour", HOUR, HOUR + MINUTE, 6 * HOUR},
        {"five_hour", HOUR - 2 * DAY, MINUTE, HOUR + MINUTE},
        {"seven_day", DAY, DAY + MINUTE, 3 * DAY + MINUTE},
        {"seven_day", 7 * DAY, 7 * DAY + MINUTE, 8 * DAY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world *x = running("");
        int64_t met = x->now;
        meets(x, rows[i].window, rows[i].resets_at ? met + rows[i].resets_at : 0);
        assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, x->now) - met, rows[i].before);
        x->now = met -= 2 * DAY;
        struct world *again = reborn_with(x, "");
        assert_int_equal(limits_hold(&again->w, ROLE_BUILDER, x->now) - met, rows[i].after);
        finish(again);
        simple(x, EVENT_TIMER, ROLE_BUILDER);
        assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, x->now) - met, rows[i].after);
        finish(x);
    }
}

/* Two models met the same window: a journal that is made smaller keeps both. */
static void test_a_smaller_journal(void **state)
{
    (void)state;
    struct world *x = begin("");
    cJSON *records = cJSON_CreateArray(), *one;
    for (int i = 0; i < 12; i++) {
        one = cJSON_CreateObject();
        json_add_str(one, "t", i < 3 ? "limit" : "judged");
        if (i < 3) {
            json_add_str(one, "account", "a");
            json_add_str(one, "window", "five_hour");
            json_add_str(one, "model", i == 1 ? "opus" : "sonnet");
            json_add_int(one, "until", T0 + HOUR + i);
        }
        cJSON_AddItemToArray(records, one);
    }
    cJSON *keep = journal_compact(&x->w, records, 2, T0);
    int limits = 0;
    cJSON_ArrayForEach(one, keep) limits += strcmp(json_str(one, "t", ""), "limit") == 0;
    assert_int_equal(limits, 2); /* the newest of each */
    cJSON_Delete(keep);
    cJSON_Delete(records);
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lost_one_waits_as_well),
        cmocka_unit_test(test_another_model_is_to_run),
        cmocka_unit_test(test_a_clock_that_was_ahead),
        cmocka_unit_test(test_a_smaller_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
