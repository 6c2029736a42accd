/* The phases: one after another, over the deaths of watchdogs and changes of launch.conf; back and forth by the
 * operator; and the list of them. docs/protocol.md, "Phases". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "watchdog/overview.h"
#include "watchdog/phase.h"
#include "world.h"

static const char three[] = "[phase one]\nplan = a\ncriteria = D1 D2\n[phase two]\nplan = b\ncriteria = E1\n"
                            "[phase three]\nplan = c\ncriteria = F1\n";
static const char without_one[] = "[phase two]\nplan = b\ncriteria = E1\n[phase three]\nplan = c\ncriteria = F1\n";
static const char without_two[] = "[phase one]\nplan = a\ncriteria = D1 D2\n[phase three]\nplan = c\ncriteria = F1\n";
static const char four[] = "[phase two]\nplan = b\ncriteria = E1\n[phase one]\nplan = a\ncriteria = D1 D2\n"
                           "[phase three]\nplan = c\ncriteria = F1\n[phase four]\nplan = d\ncriteria = G1\n";

/* Every criterion of the active phase passes, twice. */
static void pass_all(struct world *x, const char *tip)
{
    const struct words *ids = &x->config.phases[x->w.phase].criteria;
    for (int look = 0; look < 2; look++) {
        struct snapshot *s = snapshot(x, tip);
        for (size_t i = 0; i < ids->n; i++)
            verdict_line(x, s, ids->at[i], REVIEW_PASS);
        mark(s);
        polled(x, s);
        x->now += 30000;
    }
}

static const char *active(const struct world *x)
{
    return x->config.phases[x->w.phase].id;
}

/* "one:done two:active three:waiting" */
static void assert_states(const struct world *x, const char *want)
{
    struct buf b;
    const cJSON *p = NULL;
    cJSON *doc = overview_render(&x->w);
    buf_init(&b, 0);
    cJSON_ArrayForEach(p, json_get(doc, "phases"))
        buf_addf(&b, "%s%s:%s", b.len ? " " : "", json_str(p, "name", "?"), json_str(p, "state", "?"));
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
    cJSON_Delete(doc);
}

/* Cuts the journal behind the last record of that kind. */
static void cut_after(struct world *x, const char *kind)
{
    char mark[40];
    snprintf(mark, sizeof mark, "\"t\":\"%s\"", kind);
    char *at = NULL, *next = x->journal.data;
    while ((next = strstr(next, mark)))
        at = next++;
    assert_non_null(at);
    at = strchr(at, '\n') + 1;
    *at = '\0';
    x->journal.len = (size_t)(at - x->journal.data);
}

static void test_to_the_end(void **state)
{
    (void)state;
    struct world *x = running(three);
    assert_states(x, "one:active two:waiting three:waiting");
    ended(x, ROLE_BUILDER, 0);
    pass_all(x, TIP1);
    assert_string_equal(active(x), "two");
    pass_all(x, TIP2);
    assert_states(x, "one:done two:done three:active");
    assert_false(x->w.finished);
    pass_all(x, TIP3);
    assert_true(x->w.finished && x->exited);
    assert_states(x, "one:done two:done three:done");
    const cJSON *first = cJSON_GetArrayItem(x->w.records, 0);
    assert_string_equal(json_str(first, "phase", ""), "one");
    assert_int_equal(json_int(json_get(first, "iterations"), "builder", -1), 1);
    assert_int_equal(json_int(json_get(first, "iterations"), "adversary", -1), 0);
    assert_true(json_int(first, "ended", 0) > json_int(first, "began", 0) && json_int(first, "began", 0) >= T0);
    finish(x);
}

/* Killed between the two records, the next watchdog goes on in the next phase, and there is one DONE record. */
static void test_killed_between_the_records(void **state)
{
    (void)state;
    struct world *x = running(three);
    ended(x, ROLE_BUILDER, 0);
    pass_all(x, TIP2);
    cut_after(x, "done");
    struct world *again = reborn_with(x, three);
    assert_string_equal(active(again), "two");
    assert_string_equal(again->w.phase_start, TIP2);
    assert_true(again->w.phase_started);
    assert_int_equal(cJSON_GetArraySize(again->w.records), 1);
    finish(again);
    finish(x);
}

/* Finished phases are known by their ids, wherever they stand now; the active one must be there. */
static void test_another_launch_conf(void **state)
{
    (void)state;
    struct world *x = running(three);
    ended(x, ROLE_BUILDER, 0);
    pass_all(x, TIP1);
    struct world *again = reborn_with(x, without_one);
    assert_null(again->w.missing);
    assert_string_equal(active(again), "two");
    finish(again);
    again = reborn_with(x, without_two);
    assert_string_equal(again->w.missing, "two");
    finish(again);
    again = reborn_with(x, "");
    assert_string_equal(again->w.missing, "two");
    finish(again);
    again = reborn_with(x, four);
    assert_states(again, "two:active one:done three:waiting four:waiting");
    simple(again, EVENT_START, ROLE_BUILDER);
    polled(again, snapshot(again, TIP1));
    pass_all(again, TIP2);
    assert_string_equal(active(again), "three"); /* not "one" again */
    finish(again);
    /* All is over, and then there is one more. */
    pass_all(x, TIP2);
    pass_all(x, TIP3);
    assert_true(x->w.finished);
    again = reborn_with(x, four);
    assert_false(again->w.finished);
    assert_string_equal(active(again), "four");
    assert_string_equal(again->w.phase_start, TIP3);
    finish(again);
    finish(x);
    /* From no phases to phases. */
    x = running("");
    again = reborn_with(x, three);
    assert_string_equal(again->w.missing, "");
    finish(again);
    finish(x);
}

static void go_to(struct world *x, const char *id)
{
    wish(x, WISH_PHASE, ROLE_BUILDER, id);
}

/* Back: the phase and all that follow it are to be done again, from the tip on, also for the next watchdog. */
static void test_back(void **state)
{
    (void)state;
    struct world *x = running(three);
    ended(x, ROLE_BUILDER, 0);
    pass_all(x, TIP1);
    pass_all(x, TIP2);
    assert_string_equal(active(x), "three");
    struct world *again = reborn_with(x, three);
    go_to(again, "two");
    simple(again, EVENT_START, ROLE_BUILDER);
    assert_states(again, "one:done two:active three:waiting");
    assert_false(again->w.phase_started);
    assert_null(strstr(buf_str(&again->journal), "\"start\"")); /* at the tip, which nobody knows yet */
    buf_addf(&x->journal, "%s", buf_str(&again->journal));
    finish(again);
    again = reborn_with(x, three);
    assert_states(again, "one:done two:active three:waiting");
    assert_false(again->w.phase_started);
    simple(again, EVENT_START, ROLE_BUILDER);
    /* What stands there already was said before it began. */
    struct snapshot *s = snapshot(again, TIP3);
    verdict_line(again, s, "E1", REVIEW_PASS);
    s->marker.done = true;
    polled(again, s);
    assert_int_equal(again->w.confirm_since, 0);
    assert_string_equal(again->w.phase_start, TIP3);
    pass_all(again, TIP3);
    pass_all(again, TIP3);
    assert_true(again->w.finished);
    assert_int_equal(cJSON_GetArraySize(again->w.records), 3);
    finish(again);
    finish(x);
}

/* A run that is over begins again where the operator says. */
static void test_back_from_the_end(void **state)
{
    (void)state;
    struct world *x = running(three);
    ended(x, ROLE_BUILDER, 0);
    pass_all(x, TIP1);
    pass_all(x, TIP2);
    pass_all(x, TIP3);
    struct world *again = reborn_with(x, three);
    assert_true(again->w.finished);
    go_to(again, "one");
    simple(again, EVENT_START, ROLE_BUILDER);
    assert_false(again->exited);
    assert_states(again, "one:active two:waiting three:waiting");
    finish(again);
    finish(x);
}

/* Forth: what lies between is skipped and not run afterwards. */
static void test_forth(void **state)
{
    (void)state;
    struct world *x = running(three);
    struct world *again = reborn_with(x, three);
    go_to(again, "three");
    simple(again, EVENT_START, ROLE_BUILDER);
    assert_states(again, "one:skipped two:skipped three:active");
    polled(again, snapshot(again, TIP1));
    pass_all(again, TIP2);
    assert_true(again->w.finished);
    finish(again);
    finish(x);
}

/* Whoever was told of a phase that is over is ended: also one that was only being started, and one that an earlier
 * watchdog left running. */
static void test_fresh_sessions(void **state)
{
    (void)state;
    struct world *x = running(three);
    for (int role = 0; role < ROLES; role++)
        snprintf(x->w.roles[role].session, sizeof x->w.roles[role].session, "one");
    pass_all(x, TIP1); /* the Builder runs meanwhile */
    assert_true(!x->w.roles[ROLE_BUILDER].session[0] && !x->w.roles[ROLE_ADVERSARY].session[0]);
    assert_string_equal(active(x), "two");
    assert_string_equal(state_of(x, ROLE_BUILDER), "STOPPING");
    ended(x, ROLE_BUILDER, 143);
    assert_int_equal(x->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations, 0); /* it was the other phase's */
    polled(x, snapshot(x, TIP1));
    tick(x, x->now + 60000);
    assert_string_equal(state_of(x, ROLE_BUILDER), "STARTING");
    pass_all(x, TIP2);
    assert_string_equal(active(x), "three");
    agent(x, ROLE_BUILDER, AGENT_EV_READY); /* its prompt is phase two's */
    assert_int_equal(count(x, EFFECT_STOP, ROLE_BUILDER), 1);
    int64_t began[] = {x->now - 3600000, x->now};
    for (int i = 0; i < 2; i++) {
        struct world *again = reborn_with(x, three);
        struct watchdog_event found = {.kind = EVENT_AGENT,
                                       .role = ROLE_BUILDER,
                                       .agent = {.kind = AGENT_EV_FOUND, .iteration = 9, .at = began[i]}};
        step(again, &found);
        assert_string_equal(state_of(again, ROLE_BUILDER), i ? "RUNNING" : "STOPPING");
        finish(again);
    }
    finish(x);
}

/* Iterations that ended in the phase are counted over the deaths of watchdogs. */
static void test_iterations_are_counted(void **state)
{
    (void)state;
    struct world *x = running(three);
    ended(x, ROLE_BUILDER, 0);
    struct world *again = reborn_with(x, three);
    assert_int_equal(again->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations, 1);
    finish(again);
    finish(x);
}

static void test_the_list_as_text(void **state)
{
    (void)state;
    struct world *x = running(three);
    struct exit_record exit = {.end = END_EXITED};
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .role = ROLE_BUILDER,
                                .agent = {.kind = AGENT_EV_EXITED,
                                          .exit = &exit,
                                          .said = {.outcome = OUTCOME_OK, .cost = 1500000, .priced = true}}};
    step(x, &ev);
    pass_all(x, TIP1);
    struct buf b;
    cJSON *doc = overview_render(&x->w);
    buf_init(&b, 0);
    overview_text(doc, x->now + 60000, &b);
    assert_non_null(strstr(buf_str(&b), "one           done     2027-01-15T08:00:00Z  2027-01-15T08:00:30Z  30 s       "
                                        "   1 + 0       $1.50     1111111\n"));
    assert_non_null(strstr(buf_str(&b), "  ccsup verify --at " TIP1 " --now 2027-01-15T08:00:30Z --phase one\n"));
    assert_non_null(strstr(buf_str(&b), "two           active   2027-01-15T08:00:30Z  -"));
    assert_non_null(strstr(buf_str(&b), "three         waiting  -"));
    buf_clear(&b);
    cJSON_Delete(doc);
    finish(x);
    x = begin("");
    assert_states(x, "default:waiting");
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_the_end),          cmocka_unit_test(test_killed_between_the_records),
        cmocka_unit_test(test_another_launch_conf), cmocka_unit_test(test_back),
        cmocka_unit_test(test_back_from_the_end),   cmocka_unit_test(test_forth),
        cmocka_unit_test(test_fresh_sessions),      cmocka_unit_test(test_iterations_are_counted),
        cmocka_unit_test(test_the_list_as_text),
    };
    mem_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
