/* A parked wait: who begins with it, when, and what ends it. */
#include "cm.h"
#include "world.h"
#include "agents/output.h"

/* It ends well, and leaves a wait behind or not. */
static void ends(struct world *x, enum role role, bool parked)
{
    struct exit_record r = {.end = END_EXITED};
    struct watchdog_event ev = {
        .kind = EVENT_AGENT, .role = role, .agent = {.kind = AGENT_EV_EXITED, .exit = &r, .said = {.parked = parked}}};
    step(x, &ev);
}

/* Steps until that role is asked for, up to that time: does it begin with what is parked? */
static bool starts(struct world *x, enum role role, int64_t until)
{
    while (count(x, EFFECT_SPAWN, role) == 0) {
        if (x->w.poll.running)
            polled(x, snapshot(x, TIP1));
        else
            assert_true(tick(x, until));
    }
    for (size_t i = 0; i < x->out.count; i++)
        if (x->out.list[i].kind == EFFECT_SPAWN && x->out.list[i].role == role)
            return x->out.list[i].parked;
    return false;
}

/* The Adversary of these worlds has no work, and would sleep; who parked begins at once, whatever its pace is. */
static struct world *parked(void)
{
    struct world *x = running("");
    wish(x, WISH_TELL, ROLE_ADVERSARY, "look");
    assert_false(starts(x, ROLE_ADVERSARY, x->now + 60000));
    agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
    x->now += 60000;
    ends(x, ROLE_ADVERSARY, true);
    return x;
}

static void test_it_begins_at_once(void **state)
{
    (void)state;
    struct world *x = parked();
    int64_t at = x->now;
    x->w.roles[ROLE_ADVERSARY].pace = 3600000;
    assert_true(starts(x, ROLE_ADVERSARY, at + 1));
    assert_true(words_have(&x->w.roles[ROLE_ADVERSARY].work, "PARKED"));
    agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
    /* Its end without a new one: the wait is over, and there is nothing to do. */
    ends(x, ROLE_ADVERSARY, false);
    polled(x, snapshot(x, TIP1));
    assert_int_equal(x->w.roles[ROLE_ADVERSARY].agent.why, WHY_NO_WORK);
    finish(x);
}

/* Who parks what is there already is no faster for it. */
static void test_it_is_no_faster(void **state)
{
    (void)state;
    struct world *x = parked();
    for (int i = 0; i < 2; i++) { /* fewer than the start limit */
        assert_true(starts(x, ROLE_ADVERSARY, x->now + 3600000));
        int64_t began = x->now;
        agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
        x->now += 100;
        ends(x, ROLE_ADVERSARY, true);
        assert_true(starts(x, ROLE_ADVERSARY, x->now + 3600000));
        assert_int_equal(x->now, began + x->config.agents[ROLE_ADVERSARY].policy.pace);
        agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
        x->now += 60000;
        ends(x, ROLE_ADVERSARY, true);
    }
    finish(x);
}

/* Killed, lost, or under the next watchdog: it is waited for all the same. */
static void test_it_outlives(void **state)
{
    (void)state;
    struct world *x = parked();
    assert_true(starts(x, ROLE_ADVERSARY, x->now + 1));
    agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
    struct watchdog_event lost = {
        .kind = EVENT_AGENT, .role = ROLE_ADVERSARY, .agent = {.kind = AGENT_EV_KEEPER_LOST, .said = {.parked = true}}};
    step(x, &lost);
    assert_true(starts(x, ROLE_ADVERSARY, x->now + 3600000));
    struct world *again = reborn(x);
    assert_true(again->w.roles[ROLE_ADVERSARY].parked);
    finish(again);
    finish(x);
}

static void test_an_operator_ends_it(void **state)
{
    (void)state;
    struct world *x = parked(); /* before it begins */
    wish(x, WISH_RESTART, ROLE_ADVERSARY, NULL);
    assert_false(starts(x, ROLE_ADVERSARY, x->now + 1));
    finish(x);
    x = parked(); /* in the midst of it */
    assert_true(starts(x, ROLE_ADVERSARY, x->now + 1));
    agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
    wish(x, WISH_RESTART, ROLE_ADVERSARY, NULL);
    ends(x, ROLE_ADVERSARY, true);
    assert_false(starts(x, ROLE_ADVERSARY, x->now + 1));
    finish(x);
}

/* Another phase is another matter. */
static void test_a_phase_ends_it(void **state)
{
    (void)state;
    struct world *x = parked();
    assert_true(starts(x, ROLE_ADVERSARY, x->now + 1));
    agent(x, ROLE_ADVERSARY, AGENT_EV_READY);
    wish(x, WISH_PHASE, ROLE_BUILDER, x->config.phases[0].id);
    ends(x, ROLE_ADVERSARY, true);
    assert_false(x->w.roles[ROLE_ADVERSARY].parked);
    finish(x);
    x = parked();
    wish(x, WISH_PHASE, ROLE_BUILDER, x->config.phases[0].id);
    assert_false(x->w.roles[ROLE_ADVERSARY].parked);
    struct world *again = reborn(x);
    assert_false(again->w.roles[ROLE_ADVERSARY].parked);
    finish(again);
    finish(x);
}

/* What its log says of it. */
static void test_what_it_is_at(void **state)
{
    (void)state;
    static const char waits[] = "{\"type\":\"system\",\"subtype\":\"ccsup_parked\",\"text\":\"until T for: file x\"}\n",
                      goes_on[] = "{\"type\":\"system\",\"subtype\":\"ccsup_parked\"}\n",
                      woken[] = "{\"type\":\"system\",\"subtype\":\"ccsup_woken\",\"text\":\"CCSUP-WAIT met\"}\n",
                      init[] = "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\",\"model\":\"m\"}\n";
    struct output o;
    output_init(&o, "main");
    for (int i = 0; i < 3; i++) { /* each is a sign of life */
        o.progress = false;
        output_feed(&o, i ? goes_on : waits, strlen(i ? goes_on : waits));
        assert_true(o.progress);
        assert_int_equal(output_live(&o), LIVE_WAITS);
        assert_string_equal(o.last, "parked until T for: file x");
    }
    output_feed(&o, woken, strlen(woken));
    assert_int_equal(output_live(&o), LIVE_SILENT); /* the agent itself has not said a word */
    output_feed(&o, init, strlen(init));
    assert_int_equal(output_live(&o), LIVE_WORKS);
    output_clear(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_begins_at_once), cmocka_unit_test(test_it_is_no_faster),
        cmocka_unit_test(test_it_outlives),       cmocka_unit_test(test_an_operator_ends_it),
        cmocka_unit_test(test_a_phase_ends_it),   cmocka_unit_test(test_what_it_is_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
