/* A pair that goes nowhere: counted over the deaths of watchdogs, said once, held or not, forgiven by an operator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "watchdog/progress.h"
#include "world.h"

/* What the repository says at the next poll: kinds of D1 and D2, -1 = nothing. */
static struct snapshot *says(struct world *x, int d1, int d2)
{
    static int tips;
    char tip[41];
    snprintf(tip, sizeof tip, "%040d", ++tips);
    struct snapshot *s = snapshot(x, tip);
    if (d1 >= 0)
        verdict_line(x, s, "D1", (enum review_kind)d1);
    if (d2 >= 0)
        verdict_line(x, s, "D2", (enum review_kind)d2);
    return s;
}

static int logged(const struct world *x, const char *what)
{
    int n = 0;
    for (size_t i = 0; i < x->out.count; i++)
        n += x->out.list[i].kind == EFFECT_LOG && strstr(x->out.list[i].text, what) != NULL;
    return n;
}

static int needs(const struct world *x, const char *what)
{
    int n = 0;
    const cJSON *one = NULL;
    cJSON *doc = status_render(&x->w, x->now);
    cJSON_ArrayForEach(one, json_get(doc, "needs")) n += strstr(one->valuestring, what) != NULL;
    cJSON_Delete(doc);
    return n;
}

/* D1 passes and fails in turn, so many times; how often it was said that they are stuck. */
static int flip(struct world *x, int times)
{
    int said = 0;
    for (int i = 0; i < times; i++) {
        polled(x, says(x, i % 2 ? REVIEW_PASS : REVIEW_FAIL, -1));
        said += logged(x, "stuck: ");
        x->now += 1000;
    }
    return said;
}

static void test_flips(void **state)
{
    (void)state;
    struct world *x = running("");
    polled(x, says(x, REVIEW_PASS, -1));
    assert_int_equal(flip(x, 5), 0);
    assert_int_equal(x->w.state, STATE_RUNNING);
    polled(x, says(x, REVIEW_PASS, -1));
    assert_int_equal(x->w.state, STATE_STUCK);
    assert_int_equal(logged(x, "stuck: D1 changed between PASS and FAIL 6 times"), 1);
    assert_int_equal(flip(x, 3), 0); /* once */
    assert_int_equal(needs(x, "the pair is stuck: D1 changed between PASS and FAIL"), 1);
    finish(x);
}

/* The first PASS of another criterion is progress; a second one of the same is none. */
static void test_progress(void **state)
{
    (void)state;
    struct world *x = running("");
    polled(x, says(x, REVIEW_PASS, -1));
    flip(x, 5);
    polled(x, says(x, REVIEW_FAIL, REVIEW_PASS));
    assert_int_equal(flip(x, 5), 0);
    flip(x, 1);
    assert_int_equal(x->w.progress.stuck, STUCK_NO); /* D1 failed, and fails on: no change */
    assert_int_equal(flip(x, 3), 1);
    finish(x);
}

/* So many iterations of the Builder end. */
static void rounds(struct world *x, int iterations)
{
    for (int i = 0; i < iterations; i++) {
        while (strcmp(state_of(x, ROLE_BUILDER), "RUNNING") != 0) {
            if (strcmp(state_of(x, ROLE_BUILDER), "STARTING") == 0)
                agent(x, ROLE_BUILDER, AGENT_EV_READY);
            else if (x->w.poll.running)
                polled(x, says(x, -1, -1));
            else if (strcmp(state_of(x, ROLE_BUILDER), "WAITING") != 0 || !tick(x, x->now + 7 * 3600000))
                return;
        }
        x->now += 60000;
        ended(x, ROLE_BUILDER, 0);
        polled(x, says(x, -1, -1));
    }
}

static void test_rounds_hold(void **state)
{
    (void)state;
    struct world *x = running("");
    rounds(x, 39);
    assert_int_equal(x->w.state, STATE_RUNNING);
    struct world *again = reborn(x);
    assert_int_equal(progress_rounds(&again->w.progress, again->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations), 19);
    finish(again);
    rounds(x, 1);
    assert_int_equal(x->w.state, STATE_STUCK);
    assert_string_equal(state_of(x, ROLE_BUILDER), "HELD");
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "HELD");
    assert_int_equal(needs(x, "20 rounds without a newly verified criterion"), 1);
    assert_int_equal(needs(x, "is held"), 0); /* said once */
    /* Time does not help, and neither does the death of the watchdog. */
    for (int i = 0; i < 20; i++) {
        tick(x, x->now + 3600000);
        assert_int_equal(count(x, EFFECT_SPAWN, -1), 0);
        if (x->w.poll.running)
            polled(x, says(x, -1, -1));
    }
    again = reborn(x);
    polled(again, says(x, -1, -1));
    simple(again, EVENT_CLONED, ROLE_BUILDER);
    simple(again, EVENT_CLONED, ROLE_ADVERSARY);
    assert_string_equal(state_of(again, ROLE_BUILDER), "HELD");
    /* An operator acts: both go on, and the count begins anew. */
    wish(again, WISH_TELL, ROLE_ADVERSARY, "look at D2 together");
    assert_string_equal(state_of(again, ROLE_BUILDER), "WAITING");
    assert_string_equal(state_of(again, ROLE_ADVERSARY), "WAITING");
    assert_int_equal(again->w.state, STATE_RUNNING);
    rounds(again, 39);
    assert_int_equal(again->w.state, STATE_RUNNING);
    rounds(again, 1);
    assert_int_equal(again->w.state, STATE_STUCK);
    wish(again, WISH_RESUME, ROLE_BUILDER, NULL);
    assert_string_equal(state_of(again, ROLE_BUILDER), "WAITING");
    assert_string_equal(state_of(again, ROLE_ADVERSARY), "WAITING");
    buf_addf(&x->journal, "%s", buf_str(&again->journal));
    finish(again);
    again = reborn(x);
    polled(again, says(x, -1, -1));
    assert_int_equal(again->w.progress.stuck, STUCK_NO); /* that he did is on the disk */
    finish(again);
    finish(x);
}

static void test_continue(void **state)
{
    (void)state;
    struct world *x = running("[done]\nstuck = continue\nstuck_rounds = 3\n");
    rounds(x, 6);
    assert_int_equal(x->w.state, STATE_STUCK);
    assert_string_equal(state_of(x, ROLE_BUILDER), "WAITING");
    int iterations = x->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations;
    while (!count(x, EFFECT_SPAWN, ROLE_BUILDER)) {
        if (x->w.poll.running)
            polled(x, says(x, -1, -1));
        if (!count(x, EFFECT_SPAWN, ROLE_BUILDER))
            assert_true(tick(x, x->now + 7 * 3600000));
    }
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "- STUCK ROUNDS 3\n"));
    assert_int_equal(iterations, 6);
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    polled(x, says(x, REVIEW_PASS, -1)); /* and then it moves again */
    assert_int_equal(x->w.state, STATE_RUNNING);
    finish(x);
}

static void test_never(void **state)
{
    (void)state;
    struct world *x = running("[done]\nstuck_flips = 0\nstuck_rounds = 0\n");
    rounds(x, 60);
    assert_int_equal(flip(x, 30), 0);
    finish(x);
}

/* Stuck or not, what is done is done. */
static void test_done_all_the_same(void **state)
{
    (void)state;
    struct world *x = running("[done]\nstuck_rounds = 2\n");
    rounds(x, 4);
    assert_int_equal(x->w.state, STATE_STUCK);
    polled(x, all_done(x, TIP2));
    assert_int_equal(x->w.state, STATE_CONFIRMING);
    x->now += 30000;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, all_done(x, TIP2));
    assert_true(x->w.finished);
    finish(x);
}

/* The net below work.c: should neither have work, it is said, and goes by itself. */
static void test_no_work(void **state)
{
    (void)state;
    struct progress p = {0};
    struct buf b;
    buf_init(&b, 0);
    progress_work(&p, true);
    assert_int_equal(p.stuck, STUCK_NO);
    progress_work(&p, false);
    assert_int_equal(p.stuck, STUCK_NO_WORK);
    progress_tell(&p, &b);
    assert_string_equal(buf_str(&b), "neither loop has work, and it is not done");
    progress_work(&p, true);
    assert_int_equal(p.stuck, STUCK_NO);
    buf_clear(&b);
    progress_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flips),    cmocka_unit_test(test_progress), cmocka_unit_test(test_rounds_hold),
        cmocka_unit_test(test_continue), cmocka_unit_test(test_never),    cmocka_unit_test(test_done_all_the_same),
        cmocka_unit_test(test_no_work),
    };
    mem_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
