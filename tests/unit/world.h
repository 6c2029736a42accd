/* The core in a simulated world: a virtual clock, polls and keepers that answer when the test says so. For the tests of
 * watchdog/; include cmocka's headers before it. */
#ifndef CCSUP_TEST_WORLD_H
#define CCSUP_TEST_WORLD_H
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/replay.h"
#include "watchdog/status.h"
#include "watchdog/watchdog.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIP1 "1111111111111111111111111111111111111111"
#define TIP2 "2222222222222222222222222222222222222222"
#define TIP3 "3333333333333333333333333333333333333333"

static const char conf_head[] = "[ccsup]\norphan_timeout = 15m\n[repo]\nurl = /nowhere\npoll = 30s\n"
                                "[done]\ncriteria = D1 D2\nconfirm = 30s\n";
static const char conf_agents[] = "[agent b]\nrole = builder\nclaude = true\njitter = 0\nstart_limit_burst = 3\n"
                                  "[agent a]\nrole = adversary\nclaude = true\njitter = 0\n";
#define SESSION1 "11111111-2222-4333-8444-555555555555"
static const int64_t T0 = 1800000000000; /* 2027-01-15 */

struct world {
    struct config config;
    struct watchdog w;
    struct effects out; /* of the last step */
    int64_t now;
    int iteration;
    size_t steps;
    bool exited;
    struct buf journal;
    struct buf events; /* as events.jsonl: each scenario is replayed at its end */
    struct replay_memory memory;
};

static const char *no_env(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static inline int count(const struct world *x, enum effect_kind kind, int role)
{
    int n = 0;
    for (size_t i = 0; i < x->out.count; i++)
        n += x->out.list[i].kind == kind && (role < 0 || x->out.list[i].role == (enum role)role);
    return n;
}

static const char *effect_text(const struct world *x, enum effect_kind kind)
{
    for (size_t i = 0; i < x->out.count; i++)
        if (x->out.list[i].kind == kind)
            return x->out.list[i].text;
    return "";
}

static inline void record(struct world *x, cJSON *line)
{
    char *text = json_print(line);
    buf_addf(&x->events, "%s\n", text);
    free(text);
    cJSON_Delete(line);
}

static inline void step(struct world *x, const struct watchdog_event *ev)
{
    effects_clear(&x->out);
    x->steps++;
    cJSON *line = replay_event(&x->memory, ev, x->now);
    watchdog_step(&x->w, ev, x->now, &x->out);
    replay_add_effects(line, &x->out);
    record(x, line);
    x->exited |= count(x, EFFECT_EXIT, -1) > 0;
    for (size_t i = 0; i < x->out.count; i++)
        if (x->out.list[i].kind == EFFECT_JOURNAL)
            buf_addf(&x->journal, "%s\n", x->out.list[i].text);
}

static inline void simple(struct world *x, enum watchdog_event_kind kind, enum role role)
{
    struct watchdog_event ev = {.kind = kind, .role = role};
    step(x, &ev);
}

static inline void wish(struct world *x, enum wish w, enum role role, const char *text)
{
    struct watchdog_event ev = {.kind = EVENT_WISH, .wish = w, .role = role, .text = text};
    step(x, &ev);
}

static inline void agent(struct world *x, enum role role, enum agent_event_kind kind)
{
    struct watchdog_event ev = {
        .kind = EVENT_AGENT, .role = role, .agent = {.kind = kind, .iteration = ++x->iteration}};
    step(x, &ev);
}

static inline void ended(struct world *x, enum role role, int code)
{
    struct exit_record r = {.end = END_EXITED, .code = code};
    struct watchdog_event ev = {.kind = EVENT_AGENT, .role = role, .agent = {.kind = AGENT_EV_EXITED, .exit = &r}};
    step(x, &ev);
}

/* Time passes until the next deadline, at most to `until`; the timer fires. */
static inline bool tick(struct world *x, int64_t until)
{
    int64_t at = watchdog_deadline(&x->w);
    if (!at || at > until) {
        x->now = until;
        return false;
    }
    x->now = at > x->now ? at : x->now;
    simple(x, EVENT_TIMER, ROLE_BUILDER);
    return true;
}

static inline struct snapshot *snapshot(struct world *x, const char *tip)
{
    struct snapshot *s = mem_zalloc(sizeof *s);
    s->fetched = x->now;
    s->empty = !*tip;
    snprintf(s->tip, sizeof s->tip, "%s", tip);
    s->has_status = s->has_review = *tip;
    return s;
}

static inline void verdict_line(struct world *x, struct snapshot *s, const char *id, enum review_kind kind)
{
    struct review *r = &s->review;
    r->entries = mem_resize(r->entries, r->count + 1, sizeof *r->entries);
    struct review_entry *e = &r->entries[r->count++];
    memset(e, 0, sizeof *e);
    e->line = (int)r->count;
    e->kind = kind;
    snprintf(e->id, sizeof e->id, "%s", id);
    e->written = e->committed = x->now / 1000 - 60;
    e->text = mem_strdup("made up");
    snprintf(e->commit, sizeof e->commit, "%s", TIP2);
    snprintf(e->author, sizeof e->author, "adversary@ccsup.invalid");
    e->by = REVIEW_BY_ADVERSARY;
    e->after_start = e->sha_known = true;
}

static inline void claim(struct snapshot *s, const char *id)
{
    s->claims = mem_resize(s->claims, s->claim_count + 1, sizeof *s->claims);
    struct snapshot_claim *c = &s->claims[s->claim_count++];
    memset(c, 0, sizeof *c);
    snprintf(c->id, sizeof c->id, "%s", id);
    snprintf(c->commit, sizeof c->commit, "%s", TIP1);
}

/* The marker, as it counts. */
static inline void mark(struct snapshot *s)
{
    s->marker.done = true;
    s->marker.line = 3;
    snprintf(s->marker.commit, sizeof s->marker.commit, "%s", TIP2);
    s->marker.after_start = true;
}

static inline struct snapshot *all_done(struct world *x, const char *tip)
{
    struct snapshot *s = snapshot(x, tip);
    verdict_line(x, s, "D1", REVIEW_PASS);
    verdict_line(x, s, "D2", REVIEW_PASS);
    mark(s);
    return s;
}

static inline void polled(struct world *x, struct snapshot *s)
{
    struct watchdog_event ev = {.kind = EVENT_POLLED, .snapshot = s};
    step(x, &ev);
}

static inline void poll_failed(struct world *x)
{
    struct watchdog_event ev = {.kind = EVENT_POLL_FAILED, .code = "timeout", .text = "no answer"};
    step(x, &ev);
}

static const char *state_of(const struct world *x, enum role role)
{
    return agent_state_name(x->w.roles[role].agent.state);
}

static inline struct world *begin_at(const char *phases, int64_t now)
{
    static const char *const plans[] = {"the plan", "the second plan", "the third plan"};
    struct world *x = mem_zalloc(sizeof *x);
    struct buf text, errors;
    buf_init(&text, 0);
    buf_init(&errors, 0);
    bool own = strncmp(phases, "[done]", 6) == 0; /* a [done] of its own in place of the usual one */
    buf_addf(&text, "%.*s%s%s%s", own ? (int)(strstr(conf_head, "[done]") - conf_head) : (int)strlen(conf_head),
             conf_head, phases, own ? "criteria = D1 D2\n" : "", strstr(phases, "[agent ") ? "" : conf_agents);
    if (!config_parse(&x->config, buf_str(&text), text.len, "launch.conf", no_env, NULL, &errors))
        fail_msg("%s", buf_str(&errors));
    x->now = now;
    buf_init(&x->journal, 0);
    struct watchdog_texts texts = {.resume = "go on {{work}}",
                                   .prompt = {"build {{work}}|{{reasons}}|{{tell}}|{{plan}}", "judge {{work}}"},
                                   .plan = plans};
    watchdog_init(&x->w, &x->config, &texts, 42, x->now);
    buf_init(&x->events, 0);
    cJSON *journal = cJSON_CreateArray();
    record(x, replay_life(x->now, 42, buf_str(&text), journal));
    cJSON_Delete(journal);
    buf_clear(&text);
    buf_clear(&errors);
    return x;
}

static inline struct world *begin(const char *phases)
{
    return begin_at(phases, T0);
}

static inline void finish(struct world *x)
{
    struct replay_result result;
    struct buf out;
    buf_init(&out, 0);
    replay_run(buf_str(&x->events), x->events.len, &out, &result);
    assert_string_equal(result.why.text, "");
    assert_int_equal(result.skipped, 0);
    assert_true(result.lives == 1 && result.events == x->steps);
    buf_clear(&out);
    buf_clear(&x->events);
    free(x->memory.last);
    watchdog_clear(&x->w);
    effects_clear(&x->out);
    config_clear(&x->config);
    buf_clear(&x->journal);
    free(x);
}

/* To the point where the Builder runs and the Adversary sleeps: an empty repository, both clones made. */
static inline struct world *running(const char *phases)
{
    struct world *x = begin(phases);
    simple(x, EVENT_START, ROLE_BUILDER);
    assert_int_equal(count(x, EFFECT_POLL, -1), 1);
    polled(x, snapshot(x, ""));
    assert_int_equal(count(x, EFFECT_CLONE, -1), 2);
    assert_int_equal(count(x, EFFECT_SPAWN, -1), 0);
    simple(x, EVENT_CLONED, ROLE_BUILDER);
    simple(x, EVENT_CLONED, ROLE_ADVERSARY);
    tick(x, x->now + 1);
    assert_int_equal(count(x, EFFECT_SPAWN, ROLE_BUILDER), 1);
    assert_non_null(strstr(effect_text(x, EFFECT_SPAWN), "D1 MISSING"));
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "WAITING");
    assert_int_equal(x->w.roles[ROLE_ADVERSARY].agent.why, WHY_NO_WORK);
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    assert_int_equal(count(x, EFFECT_GO, ROLE_BUILDER), 1);
    return x;
}

/* What the journal of one life says to the next. */
/* conf: as of begin. The caller looks at it before anything happens, then gives it EVENT_START. */
static inline struct world *reborn_with(const struct world *x, const char *conf)
{
    struct world *again = begin_at(conf, x->now);
    char *journal = mem_strdup(buf_str(&x->journal)), *save = NULL;
    cJSON *records = cJSON_CreateArray(), *one;
    for (char *line = strtok_r(journal, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        cJSON_AddItemToArray(records, json_parse(line, strlen(line)));
    cJSON_ArrayForEach(one, records) watchdog_restore(&again->w, one);
    /* Its life begins with those records. */
    cJSON *life = json_parse(buf_str(&again->events), strlen(buf_str(&again->events)) - 1);
    cJSON_ReplaceItemInObjectCaseSensitive(life, "journal", records);
    buf_clear(&again->events);
    record(again, life);
    free(journal);
    return again;
}

static inline struct world *reborn(const struct world *x)
{
    struct world *again = reborn_with(x, "");
    simple(again, EVENT_START, ROLE_BUILDER);
    return again;
}

#endif
