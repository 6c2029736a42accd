/* The core in a simulated world: a virtual clock, polls and keepers that answer when the test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/base/hash.h"
#include "world.h"

static void test_nothing_starts_before_a_poll(void **state)
{
    (void)state;
    struct world *x = begin("");
    simple(x, EVENT_START, ROLE_BUILDER);
    poll_failed(x);
    assert_int_equal(count(x, EFFECT_CLONE, -1) + count(x, EFFECT_SPAWN, -1), 0);
    /* It tries again, ever more slowly but without end. */
    for (int i = 0; i < 20; i++) {
        assert_true(tick(x, x->now + 300000 + 1));
        assert_int_equal(count(x, EFFECT_POLL, -1), 1);
        poll_failed(x);
    }
    cJSON *doc = status_render(&x->w, x->now);
    assert_string_equal(json_str(json_get(json_get(doc, "repo"), "error"), "code", ""), "timeout");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "needs")), 1);
    cJSON_Delete(doc);
    finish(x);
}

/* The server is away for a night: what can't be pushed is tried again more and more seldom, and who had no work
 * sleeps. */
static void test_the_server_is_away(void **state)
{
    (void)state;
    struct world *x = running("");
    int starts[ROLES] = {0};
    wish(x, WISH_TELL, ROLE_ADVERSARY, "look"); /* told once, it has an iteration to end */
    for (int64_t end = x->now + 8 * 3600000LL; x->now < end;) {
        for (int role = 0; role < ROLES; role++) {
            starts[role] += count(x, EFFECT_SPAWN, role);
            if (strcmp(state_of(x, (enum role)role), "STARTING") == 0)
                agent(x, (enum role)role, AGENT_EV_READY);
            if (strcmp(state_of(x, (enum role)role), "RUNNING") == 0) {
                x->now += 5000;
                ended(x, (enum role)role, 0);
            }
        }
        if (x->w.poll.running)
            poll_failed(x);
        else
            tick(x, end);
    }
    assert_in_range(starts[ROLE_BUILDER], 10, 40);
    assert_in_range(starts[ROLE_ADVERSARY], 1, 16);
    /* It is back: nobody waits for as long any more. */
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, snapshot(x, TIP2));
    assert_int_equal(x->w.roles[ROLE_BUILDER].pace, x->config.agents[ROLE_BUILDER].policy.pace);
    finish(x);
}

static void test_a_phase_begins_at_the_tip(void **state)
{
    (void)state;
    struct world *x = begin("");
    simple(x, EVENT_START, ROLE_BUILDER);
    /* What stood there before us counts for nothing: asked again, relative to the start revision. */
    polled(x, all_done(x, TIP1));
    assert_int_equal(count(x, EFFECT_POLL, -1), 1);
    assert_int_equal(x->w.confirm_since, 0);
    assert_string_equal(x->w.phase_start, TIP1);
    cJSON *request = watchdog_poll_request(&x->w);
    assert_string_equal(json_str(request, "start", ""), TIP1);
    cJSON_Delete(request);
    finish(x);
}

static void test_done_needs_a_second_look(void **state)
{
    (void)state;
    struct world *x = running("");
    ended(x, ROLE_BUILDER, 0);
    polled(x, all_done(x, TIP2));
    assert_int_equal(x->w.state, STATE_CONFIRMING);
    assert_int_equal(count(x, EFFECT_JOURNAL, -1), 1); /* judged */
    int64_t first = x->now;
    /* A failed poll keeps it confirming, and proves nothing however late it is. */
    while (x->now < first + 40000 && tick(x, first + 40000))
        if (count(x, EFFECT_POLL, -1))
            poll_failed(x);
    assert_int_equal(x->w.state, STATE_CONFIRMING);
    assert_false(x->exited);
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, all_done(x, TIP2));
    assert_true(x->w.finished);
    assert_true(x->exited);
    assert_non_null(strstr(buf_str(&x->journal), "\"t\":\"done\""));
    assert_non_null(strstr(buf_str(&x->journal), "ccsup verify --at " TIP2));
    finish(x);
}

/* Even with done.confirm = 0 one fetch is one look. */
static void test_confirm_zero(void **state)
{
    (void)state;
    struct world *x = running("[done]\nconfirm = 0\n");
    ended(x, ROLE_BUILDER, 0);
    polled(x, all_done(x, TIP2));
    assert_int_equal(x->w.state, STATE_CONFIRMING);
    assert_false(x->w.finished);
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, all_done(x, TIP2));
    assert_true(x->w.finished);
    finish(x);
}

/* What the operator said survives the watchdog, and is said once. */
static void test_tell_outlives_us(void **state)
{
    (void)state;
    struct world *x = running("");
    wish(x, WISH_TELL, ROLE_BUILDER, "mind the gap");
    struct world *again = reborn(x);
    assert_string_equal(buf_str(&again->w.roles[ROLE_BUILDER].tell), "mind the gap\n");
    finish(again);
    ended(x, ROLE_BUILDER, 1); /* it was told too late for this one */
    polled(x, snapshot(x, ""));
    for (int i = 0; i < 9 && !count(x, EFFECT_SPAWN, ROLE_BUILDER); i++) {
        tick(x, x->now + 60000);
        if (x->w.poll.running && !count(x, EFFECT_SPAWN, ROLE_BUILDER))
            polled(x, snapshot(x, ""));
    }
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    ended(x, ROLE_BUILDER, 0);
    again = reborn(x);
    assert_int_equal(again->w.roles[ROLE_BUILDER].tell.len, 0);
    finish(again);
    finish(x);
}

static void test_second_look_too_early(void **state)
{
    (void)state;
    struct world *x = running("");
    ended(x, ROLE_BUILDER, 0);
    polled(x, all_done(x, TIP2));
    x->now += 29999;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, all_done(x, TIP2));
    assert_false(x->w.finished);
    /* Taken back in between: the count begins anew. */
    x->now += 1;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    struct snapshot *s = all_done(x, TIP3);
    verdict_line(x, s, "D1", REVIEW_FAIL);
    polled(x, s);
    assert_int_equal(x->w.confirm_since, 0);
    x->now += 1000;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, all_done(x, TIP3));
    assert_int_equal(x->w.state, STATE_CONFIRMING);
    assert_false(x->w.finished);
    finish(x);
}

static void test_unknown_is_no_event(void **state)
{
    (void)state;
    struct world *x = running("");
    ended(x, ROLE_BUILDER, 0);
    polled(x, all_done(x, TIP2));
    x->now += 30000;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    struct snapshot *s = all_done(x, TIP2);
    s->review.refused = true;
    polled(x, s);
    assert_false(x->w.finished);
    assert_int_equal(x->w.verdict.value, VERDICT_UNKNOWN);
    finish(x);
}

static void test_done_stops_what_runs(void **state)
{
    (void)state;
    struct world *x = running("");
    polled(x, all_done(x, TIP2));
    x->now += 30000;
    polled(x, all_done(x, TIP2));
    assert_true(x->w.finished);
    assert_int_equal(count(x, EFFECT_STOP, ROLE_BUILDER), 1);
    assert_false(x->exited);
    ended(x, ROLE_BUILDER, 143);
    assert_true(x->exited);
    assert_string_equal(state_of(x, ROLE_BUILDER), "DOWN");
    finish(x);
}

static void test_restored_finish(void **state)
{
    (void)state;
    struct world *x = running("");
    polled(x, all_done(x, TIP2));
    x->now += 30000;
    polled(x, all_done(x, TIP2));
    struct world *again = reborn(x);
    assert_true(again->exited);
    assert_int_equal(count(again, EFFECT_POLL, -1) + count(again, EFFECT_SPAWN, -1), 0);
    assert_int_equal(cJSON_GetArraySize(again->w.records), 1);
    finish(again);
    finish(x);
}

static void test_phases_in_order(void **state)
{
    (void)state;
    struct world *x = running("[phase one]\nplan = a\ncriteria = D1 D2\n[phase two]\nplan = b\ncriteria = E1\n");
    assert_string_equal(x->w.status_file, "STATUS-one.md");
    ended(x, ROLE_BUILDER, 0);
    polled(x, all_done(x, TIP2));
    x->now += 30000;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    polled(x, all_done(x, TIP2));
    assert_false(x->w.finished);
    assert_int_equal(x->w.phase, 1);
    assert_string_equal(x->w.phase_start, TIP2);
    assert_string_equal(x->w.status_file, "STATUS-two.md");
    assert_int_equal(count(x, EFFECT_POLL, -1), 1);
    assert_int_equal(count(x, EFFECT_SPAWN, -1), 0); /* not before the new phase's facts are there */
    polled(x, snapshot(x, TIP2));
    tick(x, x->now + 60000);
    bool spawned = count(x, EFFECT_SPAWN, ROLE_BUILDER) == 1;
    assert_true(spawned);
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "the second plan"));
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "E1 MISSING"));
    finish(x);
}

static void test_claims_wake_the_adversary(void **state)
{
    (void)state;
    struct world *x = running("");
    struct snapshot *s = snapshot(x, TIP2);
    claim(s, "D1");
    claim(s, "D2");
    polled(x, s);
    tick(x, x->now + 60000);
    assert_int_equal(count(x, EFFECT_SPAWN, ROLE_ADVERSARY), 1);
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "D1 CLAIMED 1111111"));
    /* All is under claim: the Builder has nothing to do once its iteration ends. */
    ended(x, ROLE_BUILDER, 0);
    s = snapshot(x, TIP2);
    claim(s, "D1");
    claim(s, "D2");
    polled(x, s);
    assert_int_equal(x->w.roles[ROLE_BUILDER].agent.why, WHY_NO_WORK);
    finish(x);
}

static void test_pace_doubles_without_a_push(void **state)
{
    (void)state;
    struct world *x = running("");
    int64_t last = 0;
    for (int i = 0; i < 14; i++) {
        x->now += 1000;
        ended(x, ROLE_BUILDER, 0);
        assert_int_equal(count(x, EFFECT_POLL, -1), 1);
        polled(x, snapshot(x, ""));
        int64_t wait = x->w.roles[ROLE_BUILDER].agent.deadline - x->now;
        assert_true(wait >= last);
        assert_true(wait <= 1800000);
        last = wait;
        while (!count(x, EFFECT_SPAWN, ROLE_BUILDER) && tick(x, x->now + 2000000))
            if (count(x, EFFECT_POLL, -1))
                polled(x, snapshot(x, ""));
        agent(x, ROLE_BUILDER, AGENT_EV_READY);
    }
    assert_int_equal(last, 1800000);
    ended(x, ROLE_BUILDER, 0);
    polled(x, snapshot(x, TIP1)); /* a push: back to the pace */
    assert_int_equal(x->w.roles[ROLE_BUILDER].agent.deadline - x->now, 10000);
    finish(x);
}

/* The Builder fails until it is held; how many times it was started, the first included. */
static int crash_until_held(struct world *x)
{
    int spawns = 1;
    for (int i = 0; i < 10 && strcmp(state_of(x, ROLE_BUILDER), "HELD") != 0; i++) {
        ended(x, ROLE_BUILDER, 1);
        assert_int_equal(x->w.poll.running, true);
        polled(x, snapshot(x, ""));
        while (strcmp(state_of(x, ROLE_BUILDER), "WAITING") == 0 && tick(x, x->now + 400000)) {
            spawns += count(x, EFFECT_SPAWN, ROLE_BUILDER);
            if (count(x, EFFECT_POLL, -1))
                polled(x, snapshot(x, ""));
        }
        if (strcmp(state_of(x, ROLE_BUILDER), "STARTING") == 0)
            agent(x, ROLE_BUILDER, AGENT_EV_READY);
    }
    assert_string_equal(state_of(x, ROLE_BUILDER), "HELD");
    return spawns;
}

static void test_crashes_are_held(void **state)
{
    (void)state;
    struct world *x = running("");
    assert_int_equal(crash_until_held(x), 3);
    cJSON *doc = status_render(&x->w, x->now);
    assert_non_null(strstr(cJSON_GetArrayItem(json_get(doc, "needs"), 0)->valuestring, "ccsup resume builder"));
    cJSON_Delete(doc);
    wish(x, WISH_RESUME, ROLE_BUILDER, NULL);
    assert_string_equal(state_of(x, ROLE_BUILDER), "WAITING");
    finish(x);
}

/* The start limit and a hold outlive the watchdog: killing it is no way around them. */
static void test_history_outlives_us(void **state)
{
    (void)state;
    struct world *x = running("");
    ended(x, ROLE_BUILDER, 1);
    struct world *again = reborn(x);
    assert_int_equal(again->w.roles[ROLE_BUILDER].agent.history.count, 1);
    assert_int_equal(again->w.roles[ROLE_BUILDER].agent.history.failures, 1);
    assert_int_equal(again->w.roles[ROLE_BUILDER].agent.restarts, 1);
    finish(again);
    finish(x);
    x = running("");
    crash_until_held(x);
    again = reborn(x);
    polled(again, snapshot(again, ""));
    simple(again, EVENT_CLONED, ROLE_BUILDER);
    assert_string_equal(state_of(again, ROLE_BUILDER), "HELD");
    assert_int_equal(again->w.roles[ROLE_BUILDER].agent.why, WHY_START_LIMIT);
    wish(again, WISH_RESUME, ROLE_BUILDER, NULL);
    assert_string_equal(state_of(again, ROLE_BUILDER), "WAITING");
    finish(again);
    finish(x);
}

static void test_pause_and_tell(void **state)
{
    (void)state;
    struct world *x = running("");
    wish(x, WISH_PAUSE, ROLE_BUILDER, NULL);
    assert_string_equal(state_of(x, ROLE_BUILDER), "RUNNING");
    ended(x, ROLE_BUILDER, 0);
    assert_string_equal(state_of(x, ROLE_BUILDER), "DOWN");
    polled(x, snapshot(x, ""));
    wish(x, WISH_TELL, ROLE_BUILDER, "mind the \"gap\"");
    tick(x, x->now + 100000);
    assert_string_equal(state_of(x, ROLE_BUILDER), "DOWN");
    wish(x, WISH_RESUME, ROLE_BUILDER, NULL);
    for (int i = 0; i < 5 && !count(x, EFFECT_SPAWN, ROLE_BUILDER); i++) {
        if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        tick(x, x->now + 60000);
    }
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "mind the \"gap\""));
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    ended(x, ROLE_BUILDER, 0);
    assert_int_equal(x->w.roles[ROLE_BUILDER].tell.len, 0); /* told once */
    finish(x);
}

static void test_rewritten_history_stops_starts(void **state)
{
    (void)state;
    struct world *x = running("");
    polled(x, snapshot(x, TIP2));
    ended(x, ROLE_BUILDER, 0);
    struct snapshot *s = all_done(x, TIP3);
    s->rewritten = true;
    polled(x, s);
    assert_int_equal(x->w.state, STATE_TAMPERED);
    for (int i = 0; i < 50; i++) {
        tick(x, x->now + 100000);
        assert_int_equal(count(x, EFFECT_SPAWN, -1), 0);
        if (x->w.poll.running) {
            s = all_done(x, TIP3);
            s->rewritten = true;
            polled(x, s);
        }
    }
    assert_false(x->w.finished);
    wish(x, WISH_ACCEPT_HISTORY, ROLE_BUILDER, NULL);
    cJSON *request = watchdog_poll_request(&x->w);
    assert_string_equal(json_str(request, "last", "?"), "");
    cJSON_Delete(request);
    /* The phase begins anew at the new tip: what stands there already must be verified again. */
    polled(x, all_done(x, TIP3));
    assert_string_equal(x->w.phase_start, TIP3);
    assert_int_equal(x->w.confirm_since, 0);
    polled(x, all_done(x, TIP3));
    assert_int_equal(x->w.state, STATE_CONFIRMING);
    finish(x);
}

static void test_stop(void **state)
{
    (void)state;
    struct world *x = running("");
    wish(x, WISH_STOP, ROLE_BUILDER, NULL);
    assert_int_equal(count(x, EFFECT_STOP, ROLE_BUILDER), 1);
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "DOWN");
    /* Nothing comes back to life while it is stopping. */
    polled(x, snapshot(x, TIP2));
    assert_int_equal(count(x, EFFECT_SPAWN, -1), 0);
    tick(x, x->now + 100000);
    assert_int_equal(count(x, EFFECT_KILL, ROLE_BUILDER), 1);
    ended(x, ROLE_BUILDER, 137);
    assert_true(x->exited);
    assert_int_equal(watchdog_deadline(&x->w), 0);
    finish(x);
}

/* While it is not done, somebody runs or has work, or an operator is told: two loops that sleep are never silent. */
static void test_somebody_has_work(void **state)
{
    (void)state;
    struct world *x = running("");
    ended(x, ROLE_BUILDER, 0);
    for (int mask = 0; mask < 8192; mask++) {
        struct snapshot *s = snapshot(x, TIP2);
        static const enum review_kind kinds[] = {REVIEW_PASS, REVIEW_FAIL, REVIEW_PENDING};
        for (int c = 0; c < 2; c++) {
            int kind = mask >> (2 * c) & 3;
            if (kind < 3)
                verdict_line(x, s, c ? "D2" : "D1", kinds[kind]);
        }
        if (mask & 16)
            claim(s, "D1");
        if (s->claim_count)
            s->claims[0].answered = mask & 32;
        if (mask & 64)
            mark(s);
        /* The marker: too early, of another phase, out of date. A verdict: void, behind. A VETO taken away. */
        s->marker.changes = mask >> 8 & 1;
        if (mask & 512)
            words_add(&s->marker.unproven, "D2");
        s->marker.after_start = !(mask & 1024);
        if (s->review.count && mask & 2048)
            snprintf(s->review.entries[0].voided, sizeof s->review.entries[0].voided, "%s", TIP1);
        if (mask & 4096) {
            s->foreign = mem_zalloc(sizeof *s->foreign);
            s->foreign_count = 1;
            s->foreign->veto = true;
        }
        x->config.require_current = mask & 32;
        if (s->review.count)
            s->review.entries[0].since = mask & 16 ? 1 : 0;
        if (s->review.count)
            s->review.entries[0].dating = mask & 128 ? REVIEW_UNDATED : REVIEW_DATED;
        wish(x, WISH_POLL, ROLE_BUILDER, NULL);
        polled(x, s);
        if (x->w.verdict.value == VERDICT_DONE)
            continue;
        assert_true(x->w.roles[ROLE_BUILDER].work.n + x->w.roles[ROLE_ADVERSARY].work.n > 0);
    }
    finish(x);
}

/* A line that has its own words: its hash is theirs. */
static void own_line(struct world *x, struct snapshot *s, enum review_kind kind, const char *words)
{
    verdict_line(x, s, kind == REVIEW_VETO || kind == REVIEW_LIFT ? "" : "D1", kind);
    struct review_entry *e = &s->review.entries[s->review.count - 1];
    mem_set(&e->text, words);
    e->hash = hash_fnv(words, strlen(words));
    e->dating = REVIEW_DATED;
}

static void look_again(struct world *x, struct snapshot *s)
{
    x->now += 60000;
    wish(x, WISH_POLL, ROLE_BUILDER, NULL);
    s->fetched = x->now;
    polled(x, s);
}

/* A VETO whose line was removed stands for this watchdog and for the next, until it is lifted. */
static void test_a_veto_outlives_us(void **state)
{
    (void)state;
    struct world *x = running("");
    struct snapshot *s = all_done(x, TIP2);
    own_line(x, s, REVIEW_VETO, "## VETO it leaks");
    look_again(x, s);
    assert_int_equal(x->w.state, STATE_VETOED);
    look_again(x, all_done(x, TIP3));
    look_again(x, all_done(x, TIP3));
    assert_int_equal(x->w.state, STATE_VETOED);
    cJSON *doc = status_render(&x->w, x->now);
    char *text = json_print(json_get(doc, "reasons"));
    assert_non_null(strstr(text, "VETO (removed from REVIEW.md): `## VETO it leaks`"));
    free(text);
    cJSON_Delete(doc);
    /* Its words are people's alone: what the loops are told is a code and a number. */
    ended(x, ROLE_BUILDER, 0);
    for (int i = 0; i < 5 && !count(x, EFFECT_SPAWN, ROLE_BUILDER); i++) {
        tick(x, x->now + 60000);
        if (!count(x, EFFECT_SPAWN, ROLE_BUILDER) && x->w.poll.running)
            polled(x, all_done(x, TIP3));
    }
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "VETO"));
    assert_null(strstr(effect_text(x, EFFECT_SPAWN), "leaks"));

    struct world *again = reborn(x);
    polled(again, all_done(again, TIP3));
    assert_int_equal(again->w.state, STATE_VETOED);
    s = all_done(again, TIP3);
    own_line(again, s, REVIEW_LIFT, "## VETO LIFTED");
    look_again(again, s);
    assert_int_equal(again->w.state, STATE_CONFIRMING);
    struct world *third = reborn(again); /* the records of both lives tell the same */
    kept_clear(&third->w.kept);
    finish(third);
    finish(again);
    finish(x);
}

/* The first sight of a line that is dated ahead is on the disk; a rewritten history that is accepted leaves it and the
 * vetoes alone, the next phase begins without. */
static void test_memory_is_the_phases(void **state)
{
    (void)state;
    struct world *x = running("[phase one]\nplan = a\ncriteria = D1 D2\n[phase two]\nplan = b\ncriteria = E1\n");
    struct snapshot *s = snapshot(x, TIP1);
    own_line(x, s, REVIEW_PASS, "D1: PASS ahead");
    s->review.entries[0].written = s->review.entries[0].committed = x->now / 1000 + 3600;
    own_line(x, s, REVIEW_VETO, "VETO one");
    int64_t seen = x->now / 1000 + 60;
    look_again(x, s);
    assert_int_equal(x->w.kept.sight_count, 1);
    assert_int_equal(x->w.kept.sights[0].at, seen);
    assert_non_null(strstr(buf_str(&x->journal), "\"t\":\"sights\""));
    assert_non_null(strstr(buf_str(&x->journal), "\"phase\":\"one\""));
    int synced = 0;
    for (size_t i = 0; i < x->out.count; i++)
        synced += x->out.list[i].kind == EFFECT_JOURNAL && x->out.list[i].sync;
    assert_int_equal(synced, 1); /* both records at once */
    wish(x, WISH_ACCEPT_HISTORY, ROLE_BUILDER, NULL);
    assert_true(x->w.kept.sight_count == 1 && x->w.kept.veto_count == 1);
    polled(x, snapshot(x, TIP2));
    polled(x, all_done(x, TIP2));
    assert_int_equal(x->w.state, STATE_VETOED);
    s = all_done(x, TIP2);
    own_line(x, s, REVIEW_LIFT, "VETO LIFTED");
    look_again(x, s);
    s = all_done(x, TIP2);
    own_line(x, s, REVIEW_LIFT, "VETO LIFTED");
    look_again(x, s);
    assert_int_equal(x->w.phase, 1);
    assert_true(!x->w.kept.sight_count && !x->w.kept.veto_count && !x->w.kept.lift_count);
    /* Read back: what is the first phase's is not the second's. */
    char *journal = mem_strdup(buf_str(&x->journal)), *save = NULL;
    for (char *line = strtok_r(journal, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        cJSON *record = json_parse(line, strlen(line));
        if (strcmp(json_str(record, "t", ""), "phase") != 0)
            watchdog_restore(&x->w, record);
        cJSON_Delete(record);
    }
    assert_true(!x->w.kept.sight_count && !x->w.kept.veto_count && !x->w.kept.lift_count);
    free(journal);
    finish(x);
}

/* A phase that the operator begins anew begins without it, for the next watchdog too. */
static void test_a_phase_begins_without_memory(void **state)
{
    (void)state;
    struct world *x = running("");
    struct snapshot *s = all_done(x, TIP2);
    own_line(x, s, REVIEW_VETO, "VETO one");
    look_again(x, s);
    assert_int_equal(x->w.kept.veto_count, 1);
    wish(x, WISH_PHASE, ROLE_BUILDER, "");
    assert_int_equal(x->w.kept.veto_count, 0);
    struct world *again = reborn(x);
    assert_int_equal(again->w.kept.veto_count, 0);
    finish(again);
    finish(x);
}

static void polled_with(struct world *x, struct snapshot *s, const char *inputs)
{
    struct watchdog_event ev = {.kind = EVENT_POLLED, .snapshot = s, .text = inputs};
    x->now += 60000;
    s->fetched = x->now - 10000; /* reading took its time */
    step(x, &ev);
}

static bool warned(const struct world *x, const char *what)
{
    cJSON *doc = status_render(&x->w, x->now);
    char *text = json_print(json_get(doc, "warnings"));
    bool found = strstr(text, what) != NULL;
    free(text);
    cJSON_Delete(doc);
    return found;
}

static const cJSON *done_record(const struct world *x)
{
    return cJSON_GetArrayItem(x->w.records, 0);
}

/* A waived criterion is nobody's work; status and DONE record name the waiver, and one that was slipped in is told. */
static void test_waived(void **state)
{
    (void)state;
    static const char conf[] = "[done]\nwaive = D2 | no hardware | 2027-06-01\n";
    struct world *x = running("[done]\n");
    polled_with(x, snapshot(x, TIP1), "launch.conf=aa plan=bb");
    assert_true(x->w.inputs && !x->w.waivers.n);
    /* The file changes: it holds for nobody before the next start, and then it is said. */
    polled_with(x, snapshot(x, TIP1), "launch.conf=ac plan=bb");
    assert_true(warned(x, "changed since the phase began: launch.conf;"));
    struct world *again = reborn_with(x, conf);
    simple(again, EVENT_START, ROLE_BUILDER);
    struct snapshot *s = snapshot(again, TIP2);
    verdict_line(again, s, "D1", REVIEW_PASS);
    verdict_line(again, s, "D2", REVIEW_FAIL);
    s->review.entries[1].dating = REVIEW_UNDATED;
    polled_with(again, s, "launch.conf=ac plan=bb");
    assert_true(warned(again, "changed since the phase began: launch.conf;"));
    assert_true(warned(again, "the waiver of D2 was not in launch.conf when the phase began"));
    assert_int_equal(again->w.state, STATE_READY_UNMARKED);
    const struct words *work = &again->w.roles[ROLE_BUILDER].work;
    assert_true(work->n == 1 && strcmp(work->at[0], "READY-UNMARKED") == 0);
    assert_int_equal(again->w.roles[ROLE_ADVERSARY].work.n, 0);
    for (int look = 0; look < 2; look++) {
        s = snapshot(again, TIP2);
        verdict_line(again, s, "D1", REVIEW_PASS);
        verdict_line(again, s, "D2", REVIEW_FAIL);
        s->review.entries[1].dating = REVIEW_UNDATED;
        mark(s);
        words_add(&s->marker.unproven, "D2"); /* what is waived need not have been verified when it was marked */
        polled_with(again, s, "launch.conf=ac plan=bb");
    }
    assert_true(again->w.finished);
    const cJSON *waiver = cJSON_GetArrayItem(json_get(done_record(again), "waivers"), 0);
    assert_string_equal(json_str(waiver, "id", ""), "D2");
    assert_string_equal(json_str(waiver, "reason", ""), "no hardware");
    assert_string_equal(json_str(waiver, "until", ""), "2027-06-01T00:00:00Z");
    assert_true(json_bool(waiver, "holds", false) && json_bool(waiver, "added", false));
    const cJSON *d2 = cJSON_GetArrayItem(json_get(done_record(again), "criteria"), 1);
    assert_true(json_bool(d2, "waived", false) && cJSON_IsNull(json_get(d2, "time")));
    finish(again);
    finish(x);

    /* Given from the beginning it is no news; known to the next life as well. */
    x = running(conf);
    polled_with(x, snapshot(x, TIP1), "launch.conf=aa plan=bb");
    assert_false(warned(x, "waiver"));
    again = reborn_with(x, conf);
    simple(again, EVENT_START, ROLE_BUILDER);
    polled_with(again, snapshot(again, TIP1), "launch.conf=aa plan=bb");
    assert_true(again->w.waivers.n == 1 && !warned(again, "waiver"));
    finish(again);
    finish(x);
}

/* The record says all that docs/protocol.md promises of it, and the time is that of the judgement. */
static void test_the_record(void **state)
{
    (void)state;
    struct world *x = running("");
    for (int look = 0; look < 2; look++) {
        struct snapshot *s = all_done(x, TIP2);
        snprintf(s->status_blob, sizeof s->status_blob, "%s", TIP1);
        snprintf(s->review_blob, sizeof s->review_blob, "%s", TIP3);
        s->review.entries[0].dating = s->review.entries[1].dating = REVIEW_DATED;
        polled_with(x, s, "launch.conf=aa plan=bb builder-prompt=cc adversary-prompt=dd");
    }
    assert_true(x->w.finished);
    static const char *const members[][2] = {{"phase", ""},
                                             {"revision", TIP2},
                                             {"start", ""},
                                             {"judged_at", "2027-01-15T08:02:00Z"},
                                             {"status_blob", TIP1},
                                             {"review_blob", TIP3},
                                             {"verify", "ccsup verify --at " TIP2 " --now 2027-01-15T08:02:00Z"}};
    const cJSON *r = done_record(x), *inputs = json_get(r, "inputs"), *one;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        assert_string_equal(json_str(r, members[i][0], "?"), members[i][1]);
    assert_string_equal(json_str(inputs, "launch.conf", ""), "aa");
    assert_string_equal(json_str(inputs, "plan", ""), "bb");
    assert_string_equal(json_str(inputs, "builder-prompt", ""), "cc");
    assert_string_equal(json_str(inputs, "adversary-prompt", ""), "dd");
    assert_int_equal(cJSON_GetArraySize(json_get(r, "criteria")), 2);
    assert_true(cJSON_IsArray(json_get(r, "waivers")));
    cJSON_ArrayForEach(one, json_get(r, "criteria"))
    {
        assert_string_equal(json_str(one, "state", ""), "PASS");
        assert_true(json_int(one, "line", 0) > 0);
        assert_string_equal(json_str(one, "time", ""), "2027-01-15T08:00:00Z");
        assert_string_equal(json_str(one, "author", ""), "adversary@ccsup.invalid");
        assert_string_equal(json_str(one, "commit", ""), TIP2);
        assert_string_equal(json_str(one, "text", ""), "made up");
    }
    finish(x);
}

/* Accepted, and killed before the next fetch: the phase still begins at the tip that is there then. */
static void test_acceptance_outlives_us(void **state)
{
    (void)state;
    struct world *x = running("");
    look_again(x, all_done(x, TIP1));
    wish(x, WISH_ACCEPT_HISTORY, ROLE_BUILDER, NULL);
    struct world *again = reborn(x);
    assert_false(again->w.phase_started);
    polled(again, all_done(again, TIP2));
    assert_string_equal(again->w.phase_start, TIP2);
    finish(again);
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_starts_before_a_poll),
        cmocka_unit_test(test_the_server_is_away),
        cmocka_unit_test(test_a_phase_begins_at_the_tip),
        cmocka_unit_test(test_done_needs_a_second_look),
        cmocka_unit_test(test_second_look_too_early),
        cmocka_unit_test(test_unknown_is_no_event),
        cmocka_unit_test(test_done_stops_what_runs),
        cmocka_unit_test(test_restored_finish),
        cmocka_unit_test(test_phases_in_order),
        cmocka_unit_test(test_claims_wake_the_adversary),
        cmocka_unit_test(test_pace_doubles_without_a_push),
        cmocka_unit_test(test_history_outlives_us),
        cmocka_unit_test(test_confirm_zero),
        cmocka_unit_test(test_tell_outlives_us),
        cmocka_unit_test(test_crashes_are_held),
        cmocka_unit_test(test_pause_and_tell),
        cmocka_unit_test(test_rewritten_history_stops_starts),
        cmocka_unit_test(test_a_veto_outlives_us),
        cmocka_unit_test(test_memory_is_the_phases),
        cmocka_unit_test(test_acceptance_outlives_us),
        cmocka_unit_test(test_waived),
        cmocka_unit_test(test_the_record),
        cmocka_unit_test(test_a_phase_begins_without_memory),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_somebody_has_work),
    };
    mem_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
