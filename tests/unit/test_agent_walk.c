/* A random walk of the agent's machine in a simulated world: a keeper that may answer, fail, vanish; a tree that
 * ends by
 * itself or when told; wishes at any moment; a clock that jumps to deadlines. After each step the invariants of
 * agents/agent.h are checked. The transitions that were seen are compared with golden/transitions.txt, so that a change
 * of behaviour is a changed line in review. Another seed: CCSUP_SEED=n. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agents/agent.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 400000, STARTS = 4096, STATES = 8, EVENTS = 15 };

enum keeper_state { KEEPER_NONE, KEEPER_ASKED, KEEPER_READY, KEEPER_RUNS };

struct world {
    struct agent_policy policy;
    struct agent agent;
    int64_t now;
    enum keeper_state keeper;
    bool lost;          /* a keeper vanished and nobody has swept since */
    int64_t stopped_at; /* STOP was said; 0 = not */
    bool hurry;         /* the grace may be skipped: asked for */
    bool destroyed;
    int64_t starts[STARTS];
    int start_count;
    int iteration;
    bool storm; /* keepers vanish often and nobody looks after it: the start limit is met */
    bool seen[STATES][EVENTS][STATES];
    uint64_t random;
};

static uint32_t roll(struct world *w, uint32_t n)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->random >> 33) % n;
}

static void effect(struct world *w, enum agent_effect e, enum agent_state before)
{
    struct agent *a = &w->agent;
    switch (e) {
    case AGENT_DO_SPAWN:
        assert_int_equal(w->keeper, KEEPER_NONE); /* at most one live tree */
        assert_true(a->want == WANT_UP || before == AGENT_LOST);
        w->keeper = KEEPER_ASKED;
        if (!a->sweep_only)
            w->starts[w->start_count++ % STARTS] = w->now;
        w->stopped_at = 0;
        w->hurry = w->destroyed = false;
        break;
    case AGENT_DO_GO:
        assert_int_equal(w->keeper, KEEPER_READY);
        assert_int_equal(a->want, WANT_UP);
        assert_false(w->lost); /* its keeper has swept */
        assert_false(a->sweep_only);
        w->keeper = KEEPER_RUNS;
        break;
    case AGENT_DO_STOP:
        assert_int_equal(w->keeper, KEEPER_RUNS);
        w->stopped_at = w->now;
        break;
    case AGENT_DO_KILL:
        assert_true(w->keeper == KEEPER_RUNS || w->keeper == KEEPER_READY);
        if (w->keeper == KEEPER_RUNS && !w->hurry) {
            assert_true(w->stopped_at != 0);
            assert_true(w->now >= w->stopped_at + w->policy.grace);
        }
        w->hurry = true;
        break;
    case AGENT_DO_DESTROY:
        assert_true(w->hurry); /* KILL came first */
        w->destroyed = true;
        break;
    case AGENT_DO_ABANDON: w->keeper = KEEPER_NONE; break;
    }
}

static void check(const struct world *w)
{
    const struct agent *a = &w->agent;
    bool rests = a->state == AGENT_DOWN || a->state == AGENT_HELD;
    assert_int_equal(rests, a->deadline == 0);
    if (a->want != WANT_UP) {
        assert_int_not_equal(a->state, AGENT_WAITING);
        assert_int_not_equal(a->state, AGENT_HELD);
    }
    if (a->want == WANT_DOWN)
        assert_int_not_equal(a->state, AGENT_RUNNING);
    if (a->state == AGENT_WAITING && a->why == WHY_BACKOFF && a->since == w->now)
        assert_true(a->deadline - w->now <= w->policy.restart_delay_max);
    int recent = 0;
    for (int i = 0; i < w->start_count && i < STARTS; i++)
        recent += w->starts[i] > w->now - w->policy.start_limit_interval;
    assert_true(recent <= w->policy.start_limit_burst);
}

static void step(struct world *w, const struct agent_event *ev)
{
    struct agent_effects did;
    enum agent_state before = w->agent.state;
    bool swept_only = w->agent.sweep_only;
    agent_step(&w->policy, &w->agent, ev, w->now, &did);
    w->seen[before][ev->kind][w->agent.state] = true;
    for (size_t i = 0; i < did.count; i++)
        effect(w, did.list[i], before);
    if (ev->kind == AGENT_EV_EXITED && w->agent.last == OUTCOME_USAGE_LIMIT && w->start_count)
        w->start_count--;
    if (!w->agent.history.count) /* an operator looked: the limit counts from here */
        w->start_count = 0;
    if (before == AGENT_STARTING && swept_only && !w->agent.sweep_only) { /* he made room for the one under way */
        w->starts[0] = w->now;
        w->start_count = 1;
    }
    check(w);
}

static void simple(struct world *w, enum agent_event_kind kind, enum agent_why why)
{
    struct agent_event ev = {.kind = kind,
                             .why = why,
                             .at = w->now + roll(w, 2000),
                             .live = kind == AGENT_EV_PROGRESS ? LIVE_WORKS + roll(w, 4) : LIVE_SILENT};
    step(w, &ev);
}

/* The tree ends, by itself or because it was told. */
static void ends(struct world *w)
{
    struct exit_record r = {.end = w->keeper == KEEPER_READY ? END_NOT_STARTED : END_EXITED,
                            .code = roll(w, 2) ? 0 : 1,
                            .asked = w->stopped_at != 0};
    if (w->keeper == KEEPER_RUNS && roll(w, 5) == 0) {
        r.end = roll(w, 2) ? END_SIGNALED : END_EXEC_FAILED;
        r.signal = 9;
    }
    if (roll(w, 200) == 0)
        r.survivors = 1;
    static const enum outcome said[] = {OUTCOME_NONE, OUTCOME_USAGE_LIMIT, OUTCOME_AUTHENTICATION, OUTCOME_MAX_TURNS};
    struct agent_event ev = {.kind = AGENT_EV_EXITED, .exit = &r, .at = w->now + 1000 + roll(w, 2000)};
    ev.said.outcome = said[roll(w, 3 + roll(w, 2))];
    w->keeper = KEEPER_NONE;
    step(w, &ev);
    if (r.survivors && w->agent.want == WANT_UP)
        assert_int_equal(w->agent.why, WHY_SURVIVORS); /* nothing starts beside what can't be killed */
}

static void keeper_moves(struct world *w)
{
    struct agent_event ev = {.iteration = ++w->iteration, .text = "made up"};
    switch (w->keeper) {
    case KEEPER_NONE: break;
    case KEEPER_ASKED:
        if (roll(w, 6) == 0) {
            ev.kind = AGENT_EV_START_FAILED;
            ev.why = roll(w, 20) == 0 ? WHY_SURVIVORS : WHY_NONE;
            w->keeper = KEEPER_NONE;
        } else {
            ev.kind = AGENT_EV_READY;
            w->keeper = KEEPER_READY;
            w->lost = false;
        }
        step(w, &ev);
        if (ev.why == WHY_SURVIVORS && w->agent.want == WANT_UP) {
            assert_int_equal(w->agent.state, AGENT_HELD);
            assert_int_equal(w->agent.why, WHY_SURVIVORS);
        }
        break;
    case KEEPER_READY:
    case KEEPER_RUNS:
        if (roll(w, w->storm ? 2 : 8) == 0 || w->destroyed) {
            ev.kind = AGENT_EV_KEEPER_LOST;
            w->keeper = KEEPER_NONE;
            w->lost = true;
            step(w, &ev);
        } else {
            ends(w);
        }
        break;
    }
}

static void wish(struct world *w)
{
    struct agent_event ev = {.why = WHY_OPERATOR};
    switch (roll(w, 6)) {
    case 0:
    case 1:
        ev.kind = AGENT_EV_WANT_UP;
        ev.forgive = roll(w, 2);
        break;
    case 2:
        ev.kind = AGENT_EV_WANT_DOWN;
        ev.now = roll(w, 3) == 0;
        w->hurry |= ev.now;
        break;
    case 3: ev.kind = AGENT_EV_WANT_PAUSED; break;
    default: ev.kind = AGENT_EV_RESTART; break;
    }
    if (roll(w, 50) == 0)
        ev.kind = AGENT_EV_HOLD;
    step(w, &ev);
}

static void walk(struct world *w)
{
    switch (roll(w, 10)) {
    case 0:
        if (!w->storm || roll(w, 40) == 0)
            wish(w);
        break;
    case 1: simple(w, AGENT_EV_WORK, WHY_NONE); break;
    case 2: simple(w, roll(w, 2) ? AGENT_EV_IDLE : AGENT_EV_DELAY, WHY_NONE); break;
    case 3: w->now += roll(w, 3000); break;
    case 4:
        if (w->keeper == KEEPER_RUNS)
            simple(w, AGENT_EV_PROGRESS, WHY_NONE);
        break;
    case 5:
    case 6: keeper_moves(w); break;
    default:
        if (w->agent.deadline) {
            if (w->now < w->agent.deadline)
                w->now = w->agent.deadline + roll(w, 2) * roll(w, 100);
            simple(w, AGENT_EV_TIMER, WHY_NONE);
        } else if (roll(w, 4) == 0) {
            wish(w);
        }
    }
}

/* The whole table of transitions as text, one `STATE EVENT -> STATE` a line. */
static void compare(const struct world *w)
{
    FILE *f = fopen("golden/transitions.txt", "r");
    char line[120], got[120];
    int differ = 0;
    assert_non_null(f);
    for (int s = 0; s < STATES; s++)
        for (int e = 0; e < EVENTS; e++)
            for (int to = 0; to < STATES; to++) {
                if (!w->seen[s][e][to])
                    continue;
                snprintf(got, sizeof got, "%s %s -> %s\n", agent_state_name((enum agent_state)s),
                         agent_event_name((enum agent_event_kind)e), agent_state_name((enum agent_state)to));
                if (!fgets(line, sizeof line, f) || strcmp(line, got) != 0)
                    differ++;
                if (getenv("CCSUP_GOLDEN"))
                    fputs(got, stderr);
            }
    assert_null(fgets(line, sizeof line, f));
    fclose(f);
    assert_int_equal(differ, 0);
}

static void test_walk(void **state)
{
    (void)state;
    const char *seed = getenv("CCSUP_SEED");
    struct world *w = calloc(1, sizeof *w);
    bool seen[STATES][EVENTS][STATES] = {0};
    for (uint64_t round = 0; round < 6; round++) {
        memset(w, 0, sizeof *w);
        w->random = (seed ? strtoull(seed, NULL, 10) : 7) + round;
        w->now = 1000000;
        w->policy = (struct agent_policy){.pace = 1000,
                                          .wake_every = 60000,
                                          .restart_delay = 100,
                                          .restart_delay_max = 5000,
                                          .jitter_percent = 10,
                                          .start_limit_burst = 5 + (int)round * 3,
                                          .start_limit_interval = 60000,
                                          .grace = 10000,
                                          .idle_timeout = 20000,
                                          .speaks = round % 2,
                                          .start_timeout = 5000,
                                          .tool_timeout = 30000,
                                          .max_wait = 1000,
                                          .iteration_timeout = 50000};
        w->storm = round > 3;
        if (w->storm)
            w->policy.start_limit_interval = 600000;
        agent_init(&w->agent, w->random, w->now);
        if (round == 3) { /* an adopted agent */
            struct agent_event found = {.kind = AGENT_EV_FOUND, .at = w->now - 500, .iteration = 7};
            w->keeper = KEEPER_RUNS;
            step(w, &found);
        }
        if (round == 2) { /* one whose keeper died before this watchdog began */
            struct agent_event lost = {.kind = AGENT_EV_KEEPER_LOST};
            w->lost = true;
            step(w, &lost);
        }
        for (int i = 0; i < STEPS; i++)
            walk(w);
        for (size_t i = 0; i < sizeof seen; i++)
            ((bool *)seen)[i] |= ((bool *)w->seen)[i];
    }
    memcpy(w->seen, seen, sizeof seen);
    compare(w);
    free(w);
}

/* After "all down" every agent rests within a bound, if its tree dies when killed. */
static void test_down_is_bounded(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    for (uint64_t seed = 1; seed < 400; seed++) {
        memset(w, 0, sizeof *w);
        w->random = seed;
        w->now = 1000000;
        w->policy = (struct agent_policy){.pace = 1000,
                                          .wake_every = 60000,
                                          .restart_delay = 100,
                                          .restart_delay_max = 5000,
                                          .start_limit_burst = 8,
                                          .start_limit_interval = 60000,
                                          .grace = 10000,
                                          .idle_timeout = 20000,
                                          .iteration_timeout = 50000};
        agent_init(&w->agent, seed, w->now);
        struct agent_event up = {.kind = AGENT_EV_WANT_UP, .why = WHY_PACE};
        step(w, &up);
        for (uint32_t i = 0, n = roll(w, 60); i < n; i++)
            walk(w);
        struct agent_event down = {.kind = AGENT_EV_WANT_DOWN, .why = WHY_DONE};
        step(w, &down);
        int64_t begin = w->now;
        for (int i = 0; i < 100 && w->agent.state != AGENT_DOWN; i++) {
            if (w->keeper == KEEPER_ASKED) {
                struct agent_event ready = {.kind = AGENT_EV_READY, .iteration = 1};
                w->keeper = KEEPER_READY;
                w->lost = false;
                step(w, &ready);
            } else if (w->keeper != KEEPER_NONE && w->hurry) {
                ends(w);
            } else {
                w->now = w->agent.deadline > w->now ? w->agent.deadline : w->now;
                simple(w, AGENT_EV_TIMER, WHY_NONE);
            }
        }
        assert_int_equal(w->agent.state, AGENT_DOWN);
        assert_true(w->now - begin <= w->policy.grace + 120000);
    }
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_walk), cmocka_unit_test(test_down_is_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
