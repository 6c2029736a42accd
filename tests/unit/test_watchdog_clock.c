/* The wall clock is set back by a day: whatever is waited for is waited for anew at worst, not for a day. */
#include "cm.h"
#include "supervisor/base/mem.h"
#include "watchdog/watchdog.h"
#include <string.h>

static const char conf[] = "[repo]\nurl = /nowhere\npoll = 30s\n[done]\ncriteria = D1\n"
                           "[agent b]\nrole = builder\ncommand = true\njitter = 0\nrestart_delay = 2s\n"
                           "[agent a]\nrole = adversary\ncommand = true\n";
static const int64_t T0 = 1800000000000, DAY = 86400000;

struct world {
    struct config config;
    struct watchdog w;
    struct effects out;
    int64_t now;
};

static const char *no_env(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static void step(struct world *x, const struct watchdog_event *ev)
{
    effects_clear(&x->out);
    watchdog_step(&x->w, ev, x->now, &x->out);
}

static void simple(struct world *x, enum watchdog_event_kind kind)
{
    struct watchdog_event ev = {.kind = kind};
    step(x, &ev);
}

static void polled(struct world *x)
{
    struct snapshot *s = mem_zalloc(sizeof *s);
    s->fetched = x->now;
    s->empty = true;
    struct watchdog_event ev = {.kind = EVENT_POLLED, .snapshot = s};
    step(x, &ev);
}

static void agent(struct world *x, enum agent_event_kind kind, const struct exit_record *exit)
{
    struct watchdog_event ev = {.kind = EVENT_AGENT, .agent = {.kind = kind, .iteration = 1, .exit = exit}};
    step(x, &ev);
}

static bool did(const struct world *x, enum effect_kind kind)
{
    for (size_t i = 0; i < x->out.count; i++)
        if (x->out.list[i].kind == kind)
            return true;
    return false;
}

/* Its builder runs, and the next poll is waited for. */
static void begin(struct world *x)
{
    static const char *const plans[] = {"the plan"};
    const struct watchdog_texts texts = {.prompt = {"build", "judge"}, .plan = plans};
    struct buf errors;
    buf_init(&errors, 0);
    memset(x, 0, sizeof *x);
    if (!config_parse(&x->config, conf, sizeof conf - 1, "launch.conf", no_env, NULL, &errors))
        fail_msg("%s", buf_str(&errors));
    buf_clear(&errors);
    x->now = T0;
    watchdog_init(&x->w, &x->config, &texts, 42, T0);
    simple(x, EVENT_START);
    polled(x);
    simple(x, EVENT_CLONED);
    simple(x, EVENT_TIMER);
    assert_true(did(x, EFFECT_SPAWN));
    agent(x, AGENT_EV_READY, NULL);
    assert_true(did(x, EFFECT_GO));
}

static void end(struct world *x)
{
    effects_clear(&x->out);
    watchdog_clear(&x->w);
    config_clear(&x->config);
}

/* As an edge does it: the timer that was armed for so many ms fires, and the clock says something else. */
static void passes(struct world *x, int64_t ms, int64_t jump)
{
    x->now += ms + jump;
    simple(x, EVENT_TIMER);
}

static void test_the_next_poll(void **unused)
{
    (void)unused;
    struct world x;
    begin(&x);
    passes(&x, 1000, -DAY);
    assert_false(did(&x, EFFECT_POLL)); /* not earlier either */
    passes(&x, 30000, 0);
    assert_true(did(&x, EFFECT_POLL));
    end(&x);
}

static void test_a_backoff(void **unused)
{
    (void)unused;
    struct world x;
    begin(&x);
    struct exit_record failed = {.end = END_EXITED, .code = 3};
    agent(&x, AGENT_EV_EXITED, &failed);
    polled(&x);
    assert_string_equal(agent_state_name(x.w.roles[ROLE_BUILDER].agent.state), "WAITING");
    passes(&x, 2000, -DAY);
    passes(&x, 2000, 0);
    assert_true(did(&x, EFFECT_SPAWN));
    end(&x);
}

static void test_an_iteration_that_hangs(void **unused)
{
    (void)unused;
    struct world x;
    begin(&x);
    int64_t idle = x.config.agents[ROLE_BUILDER].policy.idle_timeout;
    passes(&x, 1000, -DAY);
    polled(&x);
    assert_true(watchdog_deadline(&x.w) <= x.now + 30000);
    passes(&x, idle, 0);
    assert_true(did(&x, EFFECT_STOP));
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_next_poll),
        cmocka_unit_test(test_a_backoff),
        cmocka_unit_test(test_an_iteration_that_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
