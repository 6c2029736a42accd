/* A watchdog that begins and finds an iteration without a record: what a killed keeper left is swept first, whatever is
 * wanted of the role; then the role is what it would have been. */
#include "cm.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/watchdog.h"
#include <string.h>

static const char conf[] = "[repo]\nurl = /nowhere\n[done]\ncriteria = D1\n"
                           "[agent b]\nrole = builder\ncommand = true\n[agent a]\nrole = adversary\ncommand = true\n";
enum { T0 = 1000000000 };

struct world {
    struct config config;
    struct watchdog w;
    struct effects out; /* of the last step */
};

static const char *no_env(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static void restore(struct world *x, const char *record)
{
    cJSON *json = json_parse(record, strlen(record));
    assert_non_null(json);
    watchdog_restore(&x->w, json);
    cJSON_Delete(json);
}

static void step(struct world *x, const struct watchdog_event *ev)
{
    effects_clear(&x->out);
    watchdog_step(&x->w, ev, T0, &x->out);
}

static void agent(struct world *x, enum agent_event_kind kind)
{
    const struct exit_record swept = {.end = END_NOT_STARTED, .asked = true};
    struct watchdog_event ev = {.kind = EVENT_AGENT, .agent = {.kind = kind, .iteration = 8, .exit = &swept}};
    step(x, &ev);
}

static void simple(struct world *x, enum watchdog_event_kind kind)
{
    struct watchdog_event ev = {.kind = kind};
    step(x, &ev);
}

static int count(const struct world *x, enum effect_kind kind)
{
    int n = 0;
    for (size_t i = 0; i < x->out.count; i++)
        n += x->out.list[i].kind == kind;
    return n;
}

static const char *state_of(const struct world *x)
{
    return agent_state_name(x->w.roles[ROLE_BUILDER].agent.state);
}

/* A watchdog whose builder's last iteration has no record, after what the journal says; its keeper sweeps. */
static void begin(struct world *x, const char *journal)
{
    static const char *const plans[] = {"the plan"};
    const struct watchdog_texts texts = {.prompt = {"build", "judge"}, .plan = plans};
    struct buf errors;
    buf_init(&errors, 0);
    memset(x, 0, sizeof *x);
    if (!config_parse(&x->config, conf, sizeof conf - 1, "launch.conf", no_env, NULL, &errors))
        fail_msg("%s", buf_str(&errors));
    buf_clear(&errors);
    watchdog_init(&x->w, &x->config, &texts, 42, T0);
    if (journal)
        restore(x, journal);
    const struct watchdog_past past = {.iteration = 7, .said = &(struct said){.outcome = OUTCOME_NONE}, .text = ""};
    cJSON *records = cJSON_CreateArray();
    watchdog_past(&x->w, ROLE_BUILDER, &past, records);
    cJSON_Delete(records);
    agent(x, AGENT_EV_KEEPER_LOST);
    assert_string_equal(state_of(x), "LOST");
    simple(x, EVENT_START);
    simple(x, EVENT_TIMER);
    assert_int_equal(count(x, EFFECT_SPAWN), 1);
    assert_string_equal(state_of(x), "STARTING");
}

/* The clones are ready, as after the first poll. */
static void cloned(struct world *x)
{
    struct watchdog_event ev = {.kind = EVENT_POLLED, .snapshot = mem_zalloc(sizeof *ev.snapshot)};
    ev.snapshot->empty = true;
    step(x, &ev);
    simple(x, EVENT_CLONED);
}

static void finish(struct world *x)
{
    watchdog_clear(&x->w);
    effects_clear(&x->out);
    config_clear(&x->config);
}

/* Its keeper has swept and is told to go: it was not wanted. */
static void swept(struct world *x)
{
    agent(x, AGENT_EV_READY);
    assert_int_equal(count(x, EFFECT_GO), 0);
    assert_int_equal(count(x, EFFECT_KILL), 1);
    agent(x, AGENT_EV_EXITED);
}

static void test_before_anything_is_wanted(void **state)
{
    (void)state;
    struct world x;
    begin(&x, NULL);
    swept(&x);
    assert_string_equal(state_of(&x), "DOWN");
    cloned(&x);
    assert_string_equal(state_of(&x), "WAITING");
    finish(&x);
}

static void test_paused(void **state)
{
    (void)state;
    struct world x;
    begin(&x, "{\"t\":\"pause\",\"role\":\"builder\",\"paused\":true}");
    cloned(&x);
    swept(&x);
    assert_string_equal(state_of(&x), "DOWN");
    assert_int_equal(x.w.roles[ROLE_BUILDER].agent.want, WANT_PAUSED);
    finish(&x);
}

/* That it is held is said while it sweeps, and not forgotten. */
static void test_held(void **state)
{
    (void)state;
    struct world x;
    begin(&x, "{\"t\":\"held\",\"role\":\"builder\",\"why\":\"START_LIMIT\",\"text\":\"exit code 1\"}");
    cloned(&x);
    assert_string_equal(state_of(&x), "STARTING");
    swept(&x);
    assert_string_equal(state_of(&x), "HELD");
    assert_int_equal(x.w.roles[ROLE_BUILDER].agent.why, WHY_START_LIMIT);
    finish(&x);
}

/* A watchdog that is told to end, or has nothing left to do, does not end before it has swept. */
static void test_teardown(void **state)
{
    (void)state;
    for (int done = 0; done < 2; done++) {
        struct world x;
        struct watchdog_event stop = {.kind = EVENT_WISH, .wish = WISH_STOP};
        begin(&x, done ? "{\"t\":\"done\",\"phase\":\"\"}" : NULL);
        if (!done)
            step(&x, &stop);
        assert_true(x.w.stopping);
        assert_int_equal(count(&x, EFFECT_EXIT), 0);
        swept(&x);
        assert_int_equal(count(&x, EFFECT_EXIT), 1);
        finish(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_before_anything_is_wanted), cmocka_unit_test(test_paused),
                                       cmocka_unit_test(test_held), cmocka_unit_test(test_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
