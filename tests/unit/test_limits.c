/* Usage limits, sessions, and the ends that only a person can mend: in the machine and in the whole core. */
#include "cm.h"
#include "watchdog/internal.h"
#include "world.h"
#include "agents/limit.h"
#include "supervisor/sys/zone.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static void test_until(void **state)
{
    (void)state;
    /* What was said, and a minute; bounded. */
    assert_int_equal(limit_until("five_hour", T0 + HOUR, 0, 1, T0), T0 + HOUR + MINUTE);
    assert_int_equal(limit_until("five_hour", T0 - HOUR, 0, 1, T0), T0 + MINUTE);
    assert_int_equal(limit_until("five_hour", T0 - HOUR, 0, 4, T0), T0 + 8 * MINUTE); /* met again, and again */
    assert_int_equal(limit_until("five_hour", T0 + MINUTE, 0, 1000, T0), T0 + HOUR);
    assert_int_equal(limit_until("five_hour", T0 + 100 * HOUR, 0, 1, T0), T0 + 6 * HOUR);
    assert_int_equal(limit_until("seven_day_opus", T0 + 100 * HOUR, 0, 1, T0), T0 + 100 * HOUR + MINUTE);
    assert_int_equal(limit_until("seven_day", T0 + 1000 * HOUR, 0, 1, T0), T0 + 8 * 24 * HOUR);
    assert_int_equal(limit_until("unknown", T0 + 1000 * HOUR, 0, 1, T0), T0 + 6 * HOUR);
    assert_int_equal(limit_until("unknown", 0, 30 * MINUTE, 3, T0), T0 + 31 * MINUTE);
    /* Nothing was said. */
    static const int64_t minutes[] = {5, 10, 20, 40, 60, 60};
    for (int i = 0; i < 6; i++)
        assert_int_equal(limit_until("unknown", 0, 0, i + 1, T0), T0 + minutes[i] * MINUTE);
}

static void test_whom_it_holds(void **state)
{
    (void)state;
    assert_true(limit_holds("five_hour", "claude-opus-5-5"));
    assert_true(limit_holds("seven_day_opus", "claude-opus-5-5"));
    assert_true(limit_holds("seven_day_opus", ""));
    assert_false(limit_holds("seven_day_opus", "claude-sonnet-5-5"));
    assert_true(limit_holds("seven_day_sonnet", "sonnet"));
}

static int64_t next(const char *text, int64_t now)
{
    struct limit_text l;
    assert_true(limit_text_read(&l, text));
    return zone_next(&l, now);
}

/* 2027-01-15 08:00:00 UTC, a Friday. */
static void test_zones(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    assert_int_equal(next("You've hit your session limit · resets 9am (UTC)", T0), T0 + HOUR);
    assert_int_equal(next("You've hit your session limit · resets 7:30am (UTC)", T0), T0 + 23 * HOUR + 30 * MINUTE);
    assert_int_equal(next("You've hit your session limit · resets 3:30am (America/New_York)", T0), T0 + 30 * MINUTE);
    assert_int_equal(next("You've hit your session limit · resets 9am (Nowhere/AtAll)", T0), T0 + HOUR);
    assert_int_equal(next("You've hit your session limit · resets 9am", T0), T0 + HOUR);
    assert_int_equal(next("You've hit your weekly limit · resets Mon 12:00am (UTC)", T0), T0 + 64 * HOUR);
    assert_int_equal(next("You've hit your weekly limit · resets Jan 20, 8am (UTC)", T0), T0 + 5 * 24 * HOUR);
    assert_int_equal(next("You've hit your weekly limit", T0), 0);
    /* A time that has just passed is not tomorrow's: minutes are cut, clocks differ, and words take their time. */
    assert_int_equal(next("You've hit your session limit · resets 8am (UTC)", T0), T0);
    assert_int_equal(next("You've hit your session limit · resets 8am (UTC)", T0 + 2000), T0);
    assert_int_equal(next("You've hit your weekly limit · resets Fri 7:55am (UTC)", T0), T0 - 5 * MINUTE);
    assert_int_equal(next("You've hit your session limit · resets 7:49am (UTC)", T0), T0 + 24 * HOUR - 11 * MINUTE);
    assert_int_equal(next("You've hit your session limit · resets 11:59pm (UTC)", T0 + 16 * HOUR),
                     T0 + 16 * HOUR - MINUTE);
    assert_int_equal(next("Claude AI usage limit reached|1800003600", T0), T0 + HOUR);
    assert_string_equal(getenv("TZ"), "UTC");
}

static void ends(struct world *x, enum role role, struct said said, int code)
{
    struct exit_record r = {.end = END_EXITED, .code = code};
    struct watchdog_event ev = {
        .kind = EVENT_AGENT,
        .role = role,
        .agent = {.kind = AGENT_EV_EXITED, .exit = &r, .said = said, .answered = said.outcome == OUTCOME_OK},
        .text = "the program's sentence"};
    ev.agent.text = ev.text;
    step(x, &ev);
}

static struct agent *of(struct world *x, enum role role)
{
    return &x->w.roles[role].agent;
}

/* It starts at that time, and not before. */
static void starts(struct world *x, enum role role, int64_t at)
{
    while (strcmp(state_of(x, role), "STARTING") != 0) {
        if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        assert_true(tick(x, at));
    }
    assert_true(x->now == at);
    agent(x, role, AGENT_EV_READY);
}

static const struct said limited = {
    .outcome = OUTCOME_USAGE_LIMIT, .window = "five_hour", .resets_at = T0 + HOUR, .session = SESSION1, .model = "m"};

static void test_a_limit_is_no_failure(void **state)
{
    (void)state;
    struct world *x = running("");
    for (int i = 0; i < 20; i++) { /* more often than any start limit would bear */
        struct said said = limited;
        said.resets_at = x->now + HOUR;
        ends(x, ROLE_BUILDER, said, 1);
        assert_string_equal(state_of(x, ROLE_BUILDER), "WAITING");
        assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_USAGE_LIMIT);
        assert_int_equal(of(x, ROLE_BUILDER)->deadline, x->now + HOUR + MINUTE);
        assert_int_equal(of(x, ROLE_BUILDER)->history.failures, 0);
        int64_t until = of(x, ROLE_BUILDER)->deadline;
        while (strcmp(state_of(x, ROLE_BUILDER), "STARTING") != 0) {
            if (x->w.poll.running)
                polled(x, snapshot(x, ""));
            assert_true(tick(x, until));
        }
        assert_true(x->now == until);
        /* It goes on with its session. */
        assert_int_equal(count(x, EFFECT_SPAWN, ROLE_BUILDER), 1);
        for (size_t e = 0; e < x->out.count; e++)
            if (x->out.list[e].kind == EFFECT_SPAWN && x->out.list[e].role == ROLE_BUILDER) {
                assert_string_equal(x->out.list[e].session, SESSION1);
                assert_non_null(strstr(x->out.list[e].text, "go on "));
            }
        agent(x, ROLE_BUILDER, AGENT_EV_READY);
    }
    finish(x);
}

/* A reset that came late is met again and again, each time after a longer wait: whatever fails once behind that is no
 * loop that failed too often. */
static void test_a_limit_is_no_start_that_counts(void **state)
{
    (void)state;
    struct world *x = running(""); /* start_limit_burst = 3 in start_limit_interval = 10 min */
    for (int i = 0; i < 5; i++) {
        struct said said = limited;
        said.resets_at = x->now;
        ends(x, ROLE_BUILDER, said, 1);
        assert_int_equal(of(x, ROLE_BUILDER)->deadline, x->now + (MINUTE << i));
        starts(x, ROLE_BUILDER, x->now + (MINUTE << i));
    }
    ends(x, ROLE_BUILDER, (struct said){.outcome = OUTCOME_TRANSIENT}, 1);
    assert_string_equal(state_of(x, ROLE_BUILDER), "WAITING");
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_BACKOFF);
    assert_int_equal(of(x, ROLE_BUILDER)->history.count, 1);
    /* The next watchdog counts the same. */
    struct world *again = reborn(x);
    assert_int_equal(of(again, ROLE_BUILDER)->history.count, 1);
    assert_int_equal(of(again, ROLE_BUILDER)->history.failures, 1);
    finish(again);
    finish(x);
}

/* Whoever shares the account waits as well, and starts when a good answer comes. */
static void test_an_account_is_shared(void **state)
{
    (void)state;
    struct world *x = running("");
    ends(x, ROLE_BUILDER, limited, 1);
    struct snapshot *s = snapshot(x, TIP1);
    claim(s, "D1"); /* work for the Adversary */
    polled(x, s);
    tick(x, x->now + 1);
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "WAITING");
    assert_int_equal(of(x, ROLE_ADVERSARY)->why, WHY_USAGE_LIMIT);
    assert_int_equal(of(x, ROLE_ADVERSARY)->deadline, T0 + HOUR + MINUTE);
    /* The next watchdog knows it, too. */
    struct world *again = reborn(x);
    polled(again, snapshot(again, ""));
    simple(again, EVENT_CLONED, ROLE_BUILDER);
    tick(again, again->now + 1);
    assert_int_equal(of(again, ROLE_BUILDER)->why, WHY_USAGE_LIMIT);
    assert_int_equal(of(again, ROLE_BUILDER)->deadline, T0 + HOUR + MINUTE);
    assert_string_equal(again->w.roles[ROLE_BUILDER].session, SESSION1);
    finish(again);
    /* An operator's restart tries at once; its good answer ends the hold of both. */
    wish(x, WISH_RESTART, ROLE_BUILDER, NULL);
    starts(x, ROLE_BUILDER, x->now);
    ends(x, ROLE_BUILDER, (struct said){.outcome = OUTCOME_OK, .model = "m"}, 0);
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_PACE);
    assert_int_equal(of(x, ROLE_ADVERSARY)->why, WHY_PACE);
    finish(x);
}

/* The Adversary got an answer from that model ("" = it did not say). */
static void answers(struct world *x, const char *model)
{
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .role = ROLE_ADVERSARY,
                                .agent = {.kind = AGENT_EV_PROGRESS, .live = LIVE_WORKS, .answered = true}};
    snprintf(ev.agent.said.model, sizeof ev.agent.said.model, "%s", model);
    step(x, &ev);
}

/* Both run; the Adversary began before any limit is met, and is not stopped by one. */
static struct world *both_run(void)
{
    struct world *x = running("");
    struct snapshot *s = snapshot(x, TIP1);
    claim(s, "D1");
    polled(x, s);
    tick(x, x->now + 1);
    agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
    x->now += 1000;
    return x;
}

static void test_a_good_answer_ends_it(void **state)
{
    (void)state;
    struct world *x = both_run();
    ends(x, ROLE_BUILDER, limited, 1);
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "RUNNING");
    int64_t met = x->now;
    /* What comes at once may have been asked before. */
    x->now = met + MINUTE - 1;
    answers(x, "m");
    assert_int_equal(of(x, ROLE_BUILDER)->deadline, T0 + HOUR + MINUTE);
    x->now = met + MINUTE;
    answers(x, "m");
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_PACE);
    assert_int_equal(of(x, ROLE_BUILDER)->deadline, x->now);
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, x->now), 0);
    /* It is met again: how often is not forgotten for an answer, and the next watchdog knows it. */
    starts(x, ROLE_BUILDER, x->now);
    ends(x, ROLE_BUILDER, limited, 1);
    met = x->now;
    x->now = met + 2 * MINUTE - 1;
    answers(x, "m");
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_USAGE_LIMIT);
    struct world *again = reborn(x);
    assert_int_equal(again->w.limit_count, 1);
    assert_int_equal(again->w.limits[0].count, 2);
    assert_int_equal(again->w.limits[0].met, met);
    assert_string_equal(again->w.limits[0].model, "m");
    finish(again);
    x->now = met + 2 * MINUTE;
    answers(x, "m");
    starts(x, ROLE_BUILDER, x->now);
    /* An iteration that ends well is what a count ends with. */
    ends(x, ROLE_BUILDER, (struct said){.outcome = OUTCOME_OK, .model = "m"}, 0);
    assert_int_equal(x->w.limit_count, 0);
    finish(x);
}

/* An answer of another model says nothing of what the first one met: nobody starts for it, and nothing is counted anew.
 * The Adversary is in its first iteration: its model is known by what that one says alone. */
static void test_another_models_answer(void **state)
{
    (void)state;
    static const char *const windows[] = {"five_hour", "seven_day", "seven_day_opus", "unknown"};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        struct world *x = both_run();
        struct said said = {.outcome = OUTCOME_USAGE_LIMIT, .model = "claude-opus-5-5", .resets_at = T0 + HOUR};
        snprintf(said.window, sizeof said.window, "%s", windows[i]);
        ends(x, ROLE_BUILDER, said, 1);
        for (int k = 0; k < 40; k++) {
            x->now += MINUTE;
            answers(x, k % 2 ? "claude-sonnet-5-5" : "claude-haiku-5-5");
            assert_int_equal(of(x, ROLE_BUILDER)->deadline, T0 + HOUR + MINUTE);
        }
        assert_string_equal(x->w.roles[ROLE_ADVERSARY].model, "claude-sonnet-5-5");
        assert_int_equal(x->w.limits[0].count, 1);
        finish(x);
    }
}

/* Who meets the limit at each start, beside one who is answered all the time: each start comes after a longer wait. */
static void test_answers_start_no_loop(void **state)
{
    (void)state;
    struct world *x = both_run();
    int met = 0;
    for (int64_t end = x->now + 6 * HOUR; x->now < end;) {
        if (strcmp(state_of(x, ROLE_BUILDER), "RUNNING") == 0) {
            struct said said = limited; /* and it was answered just before */
            said.resets_at = 0;
            ends(x, ROLE_BUILDER, said, 1);
            met++;
        }
        answers(x, "m");
        if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        if (!tick(x, x->now + 10000))
            continue;
        if (strcmp(state_of(x, ROLE_BUILDER), "STARTING") == 0)
            agent(x, ROLE_BUILDER, AGENT_EV_READY);
    }
    assert_in_range(met, 7, 12); /* after 0, 1, 3, 7, 15, 31, 63 min, and each hour */
    finish(x);
}

/* An operator's restart is answered within the minute, which stays for whoever waits; an hour on, it is another. */
static void test_what_is_in_a_row(void **state)
{
    (void)state;
    struct world *x = both_run();
    ends(x, ROLE_BUILDER, limited, 1);
    int64_t met = x->now;
    x->now += 1000;
    struct exit_record r = {.end = END_SIGNALED, .signal = 9};
    struct watchdog_event ev = {
        .kind = EVENT_AGENT, .role = ROLE_ADVERSARY, .agent = {.kind = AGENT_EV_EXITED, .exit = &r}};
    step(x, &ev);
    wish(x, WISH_RESTART, ROLE_ADVERSARY, NULL);
    starts(x, ROLE_ADVERSARY, x->now);
    answers(x, "m");
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_USAGE_LIMIT);
    assert_int_equal(of(x, ROLE_BUILDER)->deadline, met + MINUTE);
    starts(x, ROLE_BUILDER, met + MINUTE);
    x->now = met + HOUR + MINUTE;
    ends(x, ROLE_BUILDER, limited, 1);
    assert_int_equal(x->w.limits[0].count, 2);
    starts(x, ROLE_BUILDER, x->now + 2 * MINUTE);
    x->now += HOUR + 1;
    ends(x, ROLE_BUILDER, limited, 1);
    assert_int_equal(x->w.limits[0].count, 1);
    finish(x);
}

/* The very iteration that met it was answered before: that ends nothing. */
static void test_answered_before_it(void **state)
{
    (void)state;
    struct world *x = running("");
    struct exit_record r = {.end = END_EXITED, .code = 1};
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .agent = {.kind = AGENT_EV_EXITED, .exit = &r, .said = limited, .answered = true}};
    step(x, &ev);
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_USAGE_LIMIT);
    assert_int_equal(of(x, ROLE_BUILDER)->deadline, T0 + HOUR + MINUTE);
    finish(x);
}

static void test_what_only_a_person_mends(void **state)
{
    (void)state;
    static const int64_t minutes[] = {30, 60, 120, 240, 360, 360};
    struct world *x = running("");
    for (int i = 0; i < 6; i++) {
        ends(x, ROLE_BUILDER, (struct said){.outcome = OUTCOME_AUTHENTICATION}, 1);
        assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_AUTHENTICATION);
        assert_int_equal(of(x, ROLE_BUILDER)->deadline, x->now + minutes[i] * MINUTE);
        assert_int_equal(of(x, ROLE_BUILDER)->history.failures, 0);
        cJSON *doc = status_render(&x->w, x->now);
        const cJSON *need = cJSON_GetArrayItem(json_get(doc, "needs"), 0);
        assert_non_null(need);
        assert_non_null(strstr(need->valuestring, "can't log in (the program's sentence)"));
        cJSON_Delete(doc);
        wish(x, WISH_RESTART, ROLE_BUILDER, NULL);
        while (strcmp(state_of(x, ROLE_BUILDER), "STARTING") != 0) {
            if (x->w.poll.running)
                polled(x, snapshot(x, ""));
            assert_true(tick(x, x->now + HOUR));
        }
        agent(x, ROLE_BUILDER, AGENT_EV_READY);
    }
    /* What no try can mend is held. */
    ends(x, ROLE_BUILDER, (struct said){.outcome = OUTCOME_CONFIG_CORRUPT}, 1);
    assert_string_equal(state_of(x, ROLE_BUILDER), "HELD");
    assert_int_equal(of(x, ROLE_BUILDER)->why, WHY_CONFIG_CORRUPT);
    finish(x);
}

/* Fresh after a good end; the same after an interruption, but not for ever. */
static void test_sessions(void **state)
{
    (void)state;
    struct world *x = running("");
    struct watchdog_role *r = &x->w.roles[ROLE_BUILDER];
    static const struct {
        enum outcome said;
        int code;
        const char *next;
    } ends_of[] = {
        {OUTCOME_TRANSIENT, 1, SESSION1},
        {OUTCOME_TRANSIENT, 1, SESSION1},
        {OUTCOME_TRANSIENT, 1, ""},
        {OUTCOME_PROMPT_TOO_LONG, 1, ""},
        {OUTCOME_OK, 0, ""},
        {OUTCOME_FAILED, 143, SESSION1},
        {OUTCOME_OK, 0, ""},
    };
    for (size_t i = 0; i < sizeof ends_of / sizeof *ends_of; i++) {
        x->w.roles[ROLE_BUILDER].agent.history.count = 0; /* the start limit is another test's */
        ends(x, ROLE_BUILDER, (struct said){.outcome = ends_of[i].said, .session = SESSION1}, ends_of[i].code);
        assert_string_equal(r->session, ends_of[i].next);
        while (strcmp(state_of(x, ROLE_BUILDER), "STARTING") != 0) {
            if (x->w.poll.running)
                polled(x, snapshot(x, ""));
            assert_true(tick(x, x->now + HOUR));
        }
        agent(x, ROLE_BUILDER, AGENT_EV_READY);
    }
    /* Replay starts from the same counts, so this scenario is not replayed with the history that the test cleared. */
    x->w.roles[ROLE_BUILDER].agent.history.count = 0;
    buf_clear(&x->events);
    free(x->memory.last);
    watchdog_clear(&x->w);
    effects_clear(&x->out);
    config_clear(&x->config);
    buf_clear(&x->journal);
    free(x);
}

/* Each kind of quiet has its bound. */
static void test_kinds_of_quiet(void **state)
{
    (void)state;
    static const struct agent_policy p = {.pace = 1000,
                                          .restart_delay = 1000,
                                          .restart_delay_max = 1000,
                                          .start_limit_burst = 10,
                                          .start_limit_interval = HOUR,
                                          .grace = 1000,
                                          .idle_timeout = 20 * MINUTE,
                                          .speaks = true,
                                          .start_timeout = 2 * MINUTE,
                                          .tool_timeout = HOUR,
                                          .max_wait = 30 * MINUTE,
                                          .iteration_timeout = 6 * HOUR};
    static const struct {
        enum agent_live live;
        int64_t quiet;
        enum agent_why why;
        enum outcome said, last;
    } kinds[] = {
        {LIVE_SILENT, 2 * MINUTE, WHY_NO_OUTPUT, OUTCOME_NONE, OUTCOME_STALLED},
        {LIVE_WORKS, 20 * MINUTE, WHY_STALLED, OUTCOME_FAILED, OUTCOME_STALLED},
        {LIVE_TOOL, HOUR, WHY_STALLED, OUTCOME_FAILED, OUTCOME_STALLED},
        {LIVE_ENDED, 15000, WHY_LINGERS, OUTCOME_OK, OUTCOME_OK},
        {LIVE_WAITS, 32 * MINUTE, WHY_LINGERS, OUTCOME_OK, OUTCOME_OK},
        {LIVE_ENDED, 15000, WHY_LINGERS, OUTCOME_OVERLOADED, OUTCOME_OVERLOADED},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct agent a;
        struct agent_effects did;
        agent_init(&a, 1, T0);
        struct agent_event ev = {.kind = AGENT_EV_WANT_UP, .why = WHY_PACE};
        agent_step(&p, &a, &ev, T0, &did);
        ev = (struct agent_event){.kind = AGENT_EV_TIMER};
        agent_step(&p, &a, &ev, T0, &did);
        ev = (struct agent_event){.kind = AGENT_EV_READY, .iteration = 1};
        agent_step(&p, &a, &ev, T0, &did);
        assert_int_equal(a.live, LIVE_SILENT);
        if (kinds[i].live != LIVE_SILENT) {
            ev = (struct agent_event){.kind = AGENT_EV_PROGRESS, .live = kinds[i].live};
            agent_step(&p, &a, &ev, T0, &did);
        }
        assert_int_equal(a.deadline, T0 + kinds[i].quiet);
        ev = (struct agent_event){.kind = AGENT_EV_TIMER};
        agent_step(&p, &a, &ev, a.deadline, &did);
        assert_int_equal(a.state, AGENT_STOPPING);
        assert_int_equal(a.why, kinds[i].why);
        struct exit_record r = {.end = END_EXITED, .code = 143, .asked = true};
        ev = (struct agent_event){.kind = AGENT_EV_EXITED, .exit = &r, .said = {.outcome = kinds[i].said}};
        agent_step(&p, &a, &ev, T0 + HOUR, &did);
        assert_int_equal(a.last, kinds[i].last);
        char text[256]; /* not only a code that we made ourselves */
        snprintf(text, sizeof text, "%s: exit code 143 (asked to stop)", agent_why_text(kinds[i].why));
        assert_string_equal(a.last_text, text);
    }
}

/* Accounts and models of their own, and more limits than are kept: the one that ends first goes. */
static void test_many_limits(void **state)
{
    (void)state;
    struct world *x = running("");
    static const char *const windows[] = {"five_hour", "seven_day", "seven_day_opus"};
    const char *own =
        x->config.agents[ROLE_BUILDER].claude.account ? x->config.agents[ROLE_BUILDER].claude.account : "";
    for (int i = 0; i < WATCHDOG_LIMITS_MAX + 3; i++) {
        cJSON *record = cJSON_CreateObject();
        char account[16];
        snprintf(account, sizeof account, "a%d", i);
        json_add_str(record, "account", i < 2 ? own : account);
        json_add_str(record, "window", windows[i % 3]);
        json_add_int(record, "until", T0 + HOUR * (20 - i));
        json_add_int(record, "count", 1);
        limits_restore(&x->w, record);
        cJSON_Delete(record);
    }
    assert_int_equal(x->w.limit_count, WATCHDOG_LIMITS_MAX);
    /* The last ones ended first, and each made room for the next. */
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, T0), T0 + 20 * HOUR);
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, T0 + 20 * HOUR), 0);
    char *account = x->config.agents[ROLE_BUILDER].claude.account, *model = x->config.agents[ROLE_BUILDER].claude.model;
    x->config.agents[ROLE_BUILDER].claude.account = (char[]){"a5"};
    x->config.agents[ROLE_BUILDER].claude.model = (char[]){"sonnet"};
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, T0), 0); /* that of a5 is about another model */
    x->config.agents[ROLE_BUILDER].claude.model = (char[]){"claude-opus-5-5"};
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, T0), T0 + 15 * HOUR);
    snprintf(x->w.roles[ROLE_BUILDER].model, sizeof x->w.roles[ROLE_BUILDER].model, "sonnet");
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, T0), 0); /* nor what it ran last */
    x->w.roles[ROLE_BUILDER].model[0] = '\0';
    x->config.agents[ROLE_BUILDER].claude.account = account;
    x->config.agents[ROLE_BUILDER].claude.model = model;
    /* One that is over is none. */
    cJSON *over = cJSON_CreateObject();
    json_add_str(over, "account", own);
    json_add_str(over, "window", "five_hour");
    limits_restore(&x->w, over);
    assert_int_equal(x->w.limit_count, WATCHDOG_LIMITS_MAX - 1);
    assert_int_equal(limits_hold(&x->w, ROLE_BUILDER, T0), T0 + 19 * HOUR);
    cJSON_Delete(over);
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_whom_it_holds),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_a_limit_is_no_failure),
        cmocka_unit_test(test_a_limit_is_no_start_that_counts),
        cmocka_unit_test(test_an_account_is_shared),
        cmocka_unit_test(test_a_good_answer_ends_it),
        cmocka_unit_test(test_another_models_answer),
        cmocka_unit_test(test_answers_start_no_loop),
        cmocka_unit_test(test_what_is_in_a_row),
        cmocka_unit_test(test_answered_before_it),
        cmocka_unit_test(test_what_only_a_person_mends),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_kinds_of_quiet),
        cmocka_unit_test(test_many_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
