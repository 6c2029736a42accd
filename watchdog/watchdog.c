#include "watchdog/internal.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "watchdog/phase.h"
#include "watchdog/request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A poll that fails is tried again after poll, 2 polls, 4 polls ... at most this many. */
enum { POLL_BACKOFF_MAX = 10 };
/* Beyond the helper's own deadline: ccsup-git answers by itself, this is for one that does not. */
enum { POLL_SLACK_MS = 5000 };

/* --- effects ---------------------------------------------------------------------------------------------- */

struct effect *turn_effect(struct turn *t, enum effect_kind kind, enum role role)
{
    struct effects *e = t->out;
    e->list = mem_resize(e->list, e->count + 1, sizeof *e->list);
    struct effect *one = &e->list[e->count++];
    memset(one, 0, sizeof *one);
    one->kind = kind;
    one->role = role;
    return one;
}

void turn_log(struct turn *t, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 1000);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    turn_effect(t, EFFECT_LOG, ROLE_BUILDER)->text = buf_take(&b);
}

void turn_journal(struct turn *t, cJSON *record, bool sync)
{
    json_add_int(record, "at", t->now);
    struct effect *e = turn_effect(t, EFFECT_JOURNAL, ROLE_BUILDER);
    e->text = json_print(record);
    e->sync = sync;
    cJSON_Delete(record);
}

void effects_clear(struct effects *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->list[i].text);
    free(e->list);
    memset(e, 0, sizeof *e);
}

/* --- agents ------------------------------------------------------------------------------------------------ */

static enum effect_kind effect_of(enum agent_effect e)
{
    switch (e) {
    case AGENT_DO_SPAWN: return EFFECT_SPAWN;
    case AGENT_DO_GO: return EFFECT_GO;
    case AGENT_DO_STOP: return EFFECT_STOP;
    case AGENT_DO_KILL: return EFFECT_KILL;
    case AGENT_DO_DESTROY: return EFFECT_DESTROY;
    case AGENT_DO_ABANDON: return EFFECT_ABANDON;
    }
    return EFFECT_KILL;
}

/* A line when the state changed, with what led there. */
static void turn_agent_log(struct turn *t, enum role role, enum agent_state before, const struct agent_event *ev)
{
    const struct agent *a = &t->w->roles[role].agent;
    if (a->state == before)
        return;
    struct buf b;
    buf_init(&b, 600);
    buf_addf(&b, "%s: %s -> %s", role_name(role), agent_state_name(before), agent_state_name(a->state));
    if (a->iteration)
        buf_addf(&b, ", iteration %d", a->iteration);
    if (ev->kind == AGENT_EV_EXITED || ev->kind == AGENT_EV_KEEPER_LOST || ev->kind == AGENT_EV_START_FAILED)
        buf_addf(&b, ": %s", a->last_text);
    if (a->why != WHY_NONE && strcmp(agent_why_text(a->why), a->last_text) != 0)
        buf_addf(&b, " (%s)", agent_why_text(a->why));
    turn_log(t, "%s", buf_str(&b));
    buf_clear(&b);
}

/* An iteration that was told of a phase which is over by now: it was being started meanwhile, or an earlier watchdog
 * did not live to end it. */
static void turn_agent_phase(struct turn *t, enum role role, const struct agent_event *ev)
{
    struct watchdog *w = t->w;
    struct watchdog_role *r = &w->roles[role];
    bool old = (ev->kind == AGENT_EV_READY && r->turn != w->phase_turn) ||
               (ev->kind == AGENT_EV_FOUND && r->agent.started_at < w->fresh_at);
    if (old && r->agent.state == AGENT_RUNNING)
        turn_agent_simple(t, role, AGENT_EV_RESTART, WHY_PHASE, 0);
    else if (ev->kind == AGENT_EV_FOUND)
        r->turn = w->phase_turn;
    if (ev->kind == AGENT_EV_FOUND)
        r->going = ev->iteration;
}

void turn_agent(struct turn *t, enum role role, const struct agent_event *ev)
{
    struct watchdog_role *r = &t->w->roles[role];
    struct agent_effects did;
    const struct agent before = r->agent;
    struct agent_event now = *ev;
    if (ev->said.model[0])
        snprintf(r->model, sizeof r->model, "%s", ev->said.model);
    if (ev->kind == AGENT_EV_EXITED && ev->said.outcome == OUTCOME_USAGE_LIMIT)
        now.at = limits_hit(t, role, &ev->said);
    agent_step(&t->w->config->agents[role].policy, &r->agent, &now, t->now, &did);
    turn_agent_log(t, role, before.state, ev);
    if (ev->kind == AGENT_EV_EXITED || ev->kind == AGENT_EV_KEEPER_LOST)
        schedule_goes_on(t->w, role, &before, ev);
    history_agent(t, role, &before, ev);
    for (size_t i = 0; i < did.count; i++) {
        bool spawn = did.list[i] == AGENT_DO_SPAWN;
        char *prompt = spawn ? schedule_prompt(t, role) : NULL;
        struct effect *effect = turn_effect(t, effect_of(did.list[i]), role);
        effect->text = prompt;
        if (spawn)
            snprintf(effect->session, sizeof effect->session, "%s", r->session);
        effect->parked = spawn && r->parked;
        r->resumed = spawn ? r->session[0] != '\0' : r->resumed;
        r->going = did.list[i] == AGENT_DO_GO ? r->agent.iteration : r->going;
    }
    limits_answered(t, role, ev, before.started_at);
    if (ev->kind == AGENT_EV_READY) { /* what the last iteration said is not this one's */
        mem_set(&r->activity, NULL);
        r->output_bytes = 0;
    }
    if (ev->kind == AGENT_EV_EXITED)
        schedule_ended(t, role);
    if (ev->kind == AGENT_EV_EXITED || ev->kind == AGENT_EV_KEEPER_LOST || ev->kind == AGENT_EV_START_FAILED)
        budgets_look(t);
    turn_agent_phase(t, role, ev);
    /* It came to rest after a sweep: what was said to it meanwhile (that it is held) was lost on it. */
    if (before.state != AGENT_DOWN && r->agent.state == AGENT_DOWN && r->clone_ready && !r->paused && !t->w->stopping)
        schedule_begin(t, role, false);
}

void turn_agent_simple(struct turn *t, enum role role, enum agent_event_kind kind, enum agent_why why, int64_t at)
{
    struct agent_event ev = {.kind = kind, .why = why, .at = at};
    turn_agent(t, role, &ev);
}

/* --- polls ------------------------------------------------------------------------------------------------- */

static void poll_begin(struct turn *t)
{
    struct watchdog_poll *p = &t->w->poll;
    p->running = true;
    p->again = false;
    p->deadline = t->now + t->w->config->repo_timeout + POLL_SLACK_MS;
    turn_effect(t, EFFECT_POLL, ROLE_BUILDER);
}

void turn_poll_soon(struct turn *t)
{
    struct watchdog_poll *p = &t->w->poll;
    if (!t->w->began || t->w->stopping)
        return;
    if (p->running)
        p->again = true;
    else
        poll_begin(t);
}

/* The running poll has ended; when is the next? */
static void poll_ended(struct turn *t)
{
    struct watchdog_poll *p = &t->w->poll;
    int64_t pause = t->w->config->poll;
    for (int i = 1; i < p->failures && pause < t->w->config->poll * POLL_BACKOFF_MAX; i++)
        pause *= 2;
    if (pause > t->w->config->poll * POLL_BACKOFF_MAX)
        pause = t->w->config->poll * POLL_BACKOFF_MAX;
    p->running = false;
    p->next_at = t->now + pause;
    if (p->again)
        poll_begin(t);
}

static char *waiver_text(const struct config_waiver *x)
{
    struct buf b;
    buf_init(&b, 0);
    config_waiver_write(&b, x);
    return buf_take(&b);
}

bool watchdog_waiver_added(const struct watchdog *w, const struct config_waiver *x)
{
    char *text = waiver_text(x);
    bool added = w->inputs && !words_have(&w->waivers, text);
    free(text);
    return added;
}

/* What the operator gave is fixed when a phase begins: a later change is shown, and stands in the DONE record. */
static void on_inputs(struct turn *t, const char *inputs)
{
    struct watchdog *w = t->w;
    if (!inputs)
        return;
    if (!w->inputs) {
        cJSON *record = cJSON_CreateObject();
        json_add_str(record, "t", "inputs");
        json_add_str(record, "inputs", inputs);
        cJSON *waivers = json_add_arr(record, "waivers");
        for (size_t i = 0; i < w->config->waivers.n; i++) {
            char *text = waiver_text(&w->config->waivers.at[i]);
            cJSON_AddItemToArray(waivers, cJSON_CreateString(text));
            free(text);
        }
        history_inputs(w, record);
        turn_journal(t, record, true);
    }
    if (w->inputs_now && strcmp(w->inputs_now, inputs) != 0)
        turn_log(t, "launch.conf, a plan or a prompt changed: %s", inputs);
    mem_set(&w->inputs_now, inputs);
}

static void on_polled(struct turn *t, struct snapshot *s)
{
    struct watchdog *w = t->w;
    struct watchdog_poll *p = &w->poll;
    if (p->failures)
        turn_log(t, "repository: reachable again after %d failed polls", p->failures);
    p->failures = 0;
    p->ok_at = t->now;
    mem_set(&p->code, NULL);
    mem_set(&p->text, NULL);
    if (!w->phase_started) {
        /* The phase begins at the tip that is there now: verdicts and a marker from before it count for nothing. With
         * commits there the facts must be asked for again, relative to it. */
        judge_begin_phase(t, w->phase, s->tip, false, NULL);
        if (!s->empty) {
            snapshot_clear(s);
            free(s);
            poll_ended(t);
            turn_poll_soon(t);
            return;
        }
    }
    if (w->snapshot) {
        if (w->judgement)
            verdict_clear(&w->verdict);
        w->judgement = false;
        snapshot_clear(w->snapshot);
        free(w->snapshot);
    }
    w->snapshot = s;
    poll_ended(t);
    judge_look(t);
    for (int role = 0; role < ROLES; role++) {
        struct watchdog_role *r = &w->roles[role];
        if (!w->stopping && !r->clone_ready && !r->cloning) {
            r->cloning = true;
            turn_effect(t, EFFECT_CLONE, (enum role)role);
        }
    }
    schedule_look(t);
}

static void on_poll_failed(struct turn *t, const char *code, const char *text)
{
    struct watchdog_poll *p = &t->w->poll;
    if (!p->code || strcmp(p->code, code) != 0)
        turn_log(t, "repository: %s: %s", code, text);
    p->failures++;
    mem_set(&p->code, code);
    mem_set(&p->text, text);
    poll_ended(t);
    schedule_look(t);
}

/* --- clones ------------------------------------------------------------------------------------------------ */

static void on_cloned(struct turn *t, enum role role)
{
    struct watchdog_role *r = &t->w->roles[role];
    r->clone_ready = true;
    r->cloning = false;
    mem_set(&r->clone_error, NULL);
    schedule_begin(t, role, false);
}

static void on_clone_failed(struct turn *t, enum role role, const char *text)
{
    struct watchdog_role *r = &t->w->roles[role];
    r->cloning = false;
    if (!r->clone_error || strcmp(r->clone_error, text) != 0)
        turn_log(t, "%s: its clone could not be prepared: %s", role_name(role), text);
    mem_set(&r->clone_error, text);
}

/* --- the operator ------------------------------------------------------------------------------------------- */

static void wish_pause(struct turn *t, enum role role, bool paused)
{
    struct watchdog_role *r = &t->w->roles[role];
    r->paused = paused;
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", "pause");
    json_add_str(record, "role", role_name(role));
    json_add_bool(record, "paused", paused);
    turn_journal(t, record, true);
    if (paused) {
        turn_agent_simple(t, role, AGENT_EV_WANT_PAUSED, WHY_OPERATOR, 0);
    } else {
        r->held = WHY_NONE;
        schedule_begin(t, role, true);
        schedule_look(t);
    }
}

static void on_wish(struct turn *t, const struct watchdog_event *ev)
{
    struct watchdog *w = t->w;
    struct watchdog_role *r = &w->roles[ev->role];
    switch (ev->wish) {
    case WISH_STOP: judge_teardown(t, WHY_OPERATOR, ev->now); break;
    case WISH_RESTART:
        judge_forgive(t);
        r->parked = false;
        if (r->paused)
            wish_pause(t, ev->role, false);
        if (r->clone_ready && !w->stopping)
            turn_agent_simple(t, ev->role, AGENT_EV_RESTART, WHY_OPERATOR, 0);
        break;
    case WISH_PAUSE: wish_pause(t, ev->role, true); break;
    case WISH_RESUME:
        judge_forgive(t);
        wish_pause(t, ev->role, false);
        break;
    case WISH_TELL: {
        cJSON *record = cJSON_CreateObject();
        json_add_str(record, "t", "tell");
        json_add_str(record, "role", role_name(ev->role));
        json_add_str(record, "text", ev->text);
        turn_journal(t, record, true);
        buf_adds(&r->tell, ev->text);
        buf_adds(&r->tell, "\n");
        judge_forgive(t);
        schedule_look(t);
        break;
    }
    case WISH_POLL: turn_poll_soon(t); break;
    case WISH_ACCEPT_HISTORY:
        turn_log(t, "the operator accepts the repository's rewritten history; phase %s begins anew at its tip",
                 phase_name(turn_phase(w)));
        /* The start revision may be gone with the old history. What stands in the new one must be verified again. */
        judge_begin_phase(t, w->phase, NULL, false, NULL);
        w->judged[0] = '\0';
        judge_journal(t, true);
        turn_poll_soon(t);
        break;
    case WISH_PHASE: {
        int index = phase_find(w->config, ev->text ? ev->text : "");
        if (index < 0)
            break; /* whoever passes it on has looked */
        turn_log(t, "the operator begins phase %s anew, at the repository's tip",
                 phase_name(&w->config->phases[index]));
        judge_begin_phase(t, (size_t)index, NULL, true, phase_voids(w->config, (size_t)index, w->records));
        turn_poll_soon(t);
        break;
    }
    }
}

/* --- the step ----------------------------------------------------------------------------------------------- */

static void on_start(struct turn *t)
{
    struct watchdog *w = t->w;
    w->began = true;
    if (w->finished) {
        judge_teardown(t, WHY_DONE, false);
        return;
    }
    poll_begin(t);
}

static void on_timer(struct turn *t)
{
    struct watchdog *w = t->w;
    for (int role = 0; role < ROLES; role++) {
        struct agent *a = &w->roles[role].agent;
        if (a->deadline && a->deadline <= t->now &&
            (a->state != AGENT_WAITING || schedule_may_start(t, (enum role)role))) {
            struct agent_event ev = {.kind = AGENT_EV_TIMER, .sweep = schedule_sweeps(w, (enum role)role, t->now)};
            turn_agent(t, (enum role)role, &ev);
        }
    }
    if (w->began && !w->stopping && !w->poll.running && w->poll.next_at <= t->now)
        poll_begin(t);
}

static bool all_down(const struct watchdog *w)
{
    for (int role = 0; role < ROLES; role++)
        if (agent_alive(&w->roles[role].agent))
            return false;
    return true;
}

void watchdog_step(struct watchdog *w, const struct watchdog_event *ev, int64_t now, struct effects *out)
{
    struct turn t = {w, now, out};
    clock_back(w, now);
    if (ev->kind != EVENT_AGENT || ev->agent.kind != AGENT_EV_PROGRESS)
        w->generation++;
    switch (ev->kind) {
    case EVENT_START: on_start(&t); break;
    case EVENT_TIMER: on_timer(&t); break;
    case EVENT_AGENT: turn_agent(&t, ev->role, &ev->agent); break;
    case EVENT_POLLED:
        on_inputs(&t, ev->text);
        on_polled(&t, ev->snapshot);
        break;
    case EVENT_POLL_FAILED: on_poll_failed(&t, ev->code, ev->text); break;
    case EVENT_POLL_SOON: turn_poll_soon(&t); break;
    case EVENT_CLONED: on_cloned(&t, ev->role); break;
    case EVENT_CLONE_FAILED: on_clone_failed(&t, ev->role, ev->text); break;
    case EVENT_WISH: on_wish(&t, ev); break;
    }
    if (w->stopping && !w->exiting && all_down(w)) {
        w->exiting = true;
        turn_effect(&t, EFFECT_EXIT, ROLE_BUILDER);
    }
}

int64_t watchdog_deadline(const struct watchdog *w)
{
    int64_t at = 0;
    for (int role = 0; role < ROLES; role++) {
        int64_t d = w->roles[role].agent.deadline;
        if (d && (!at || d < at))
            at = d;
    }
    if (w->began && !w->stopping && !w->poll.running && (!at || w->poll.next_at < at))
        at = w->poll.next_at;
    return at;
}

bool watchdog_tell_fits(const struct watchdog *w, enum role role, const char *text)
{
    return w->roles[role].tell.len + strlen(text) + 1 <= WATCHDOG_TELL_MAX;
}

void watchdog_activity(struct watchdog *w, enum role role, int64_t bytes, const char *line)
{
    struct watchdog_role *r = &w->roles[role];
    r->output_bytes = bytes;
    if (line)
        mem_set(&r->activity, line);
}

cJSON *watchdog_poll_request(const struct watchdog *w)
{
    return request_poll(w->config, turn_phase(w), w->phase_started ? w->phase_start : "", w->judged, "");
}

const struct config_phase *turn_phase(const struct watchdog *w)
{
    return &w->config->phases[w->phase];
}

/* --- life --------------------------------------------------------------------------------------------------- */

void watchdog_init(struct watchdog *w, const struct config *config, const struct watchdog_texts *texts, uint64_t seed,
                   int64_t now)
{
    memset(w, 0, sizeof *w);
    w->config = config;
    w->texts = *texts;
    w->records = cJSON_CreateArray();
    w->started_at = w->now = now;
    judge_enter_phase(w, 0, NULL, true, now);
    for (int role = 0; role < ROLES; role++) {
        struct watchdog_role *r = &w->roles[role];
        agent_init(&r->agent, seed + (uint64_t)role * 0x9E3779B97F4A7C15u, now);
        r->agent.why = WHY_PREPARING;
        r->pace = config->agents[role].policy.pace;
        r->wake = config->agents[role].policy.wake_every;
        buf_init(&r->tell, WATCHDOG_TELL_MAX);
    }
}

void watchdog_clear(struct watchdog *w)
{
    for (int role = 0; role < ROLES; role++) {
        struct watchdog_role *r = &w->roles[role];
        free(r->clone_error);
        free(r->activity);
        buf_clear(&r->tell);
        words_clear(&r->work);
    }
    judge_enter_phase(w, 0, NULL, true, 0); /* frees snapshot and judgement */
    kept_clear(&w->kept);
    free(w->status_file);
    free(w->review_file);
    free(w->inputs);
    words_clear(&w->waivers);
    free(w->inputs_now);
    free(w->missing);
    progress_clear(&w->progress);
    free(w->poll.code);
    free(w->poll.text);
    cJSON_Delete(w->records);
    memset(w, 0, sizeof *w);
}
