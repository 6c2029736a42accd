/* What outlives the process: the records of the journal that the core writes about its loops, and their way back
 * when the
 * next watchdog begins. docs/interfaces.md names the journal's place. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/internal.h"
#include "watchdog/phase.h"
#include <stdio.h>
#include <string.h>

static cJSON *agent_record(enum role role, const char *kind)
{
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", kind);
    json_add_str(record, "role", role_name(role));
    return record;
}

/* launch.conf's model for it. */
static const char *wanted_model(const struct watchdog *w, enum role role)
{
    const char *model = w->config->agents[role].claude.model;
    return model ? model : "";
}

/* How an iteration ended, and all that was counted of the loop by then. */
static cJSON *end_record(const struct watchdog *w, enum role role)
{
    const struct watchdog_role *r = &w->roles[role];
    const struct agent *a = &r->agent;
    cJSON *record = agent_record(role, "end");
    json_add_int(record, "iteration", a->iteration);
    json_add_str(record, "outcome", outcome_name(a->last));
    json_add_str(record, "text", a->last_text);
    json_add_int(record, "failures", a->history.failures);
    json_add_int(record, "restarts", a->restarts);
    json_add_int(record, "asks", a->asks);
    json_add_str(record, "session", r->session);
    json_add_int(record, "resumes_lost", r->resumes_lost);
    json_add_str(record, "model", r->model);
    json_add_str(record, "wanted", wanted_model(w, role));
    if (r->parked)
        json_add_bool(record, "parked", true);
    cJSON_AddItemToObject(record, "ledger", budgets_ledger(&r->ledger));
    return record;
}

/* What the next watchdog must know of this loop: its starts and failures (the start limit outlives us), and whether it
 * is held. */
void history_agent(struct turn *t, enum role role, const struct agent *before, const struct agent_event *ev)
{
    struct watchdog_role *r = &t->w->roles[role];
    const struct agent *a = &r->agent;
    bool uncounted = ev->kind == AGENT_EV_EXITED && outcome_follow(a->last) == FOLLOW_RESET; /* "end" says so */
    bool forgiven = a->history.count + uncounted < before->history.count;
    if (forgiven || (before->state == AGENT_HELD && a->state != AGENT_HELD)) {
        r->held = WHY_NONE;
        turn_journal(t, agent_record(role, "forgive"), false);
    }
    if (a->state == AGENT_STARTING && !a->sweep_only && (before->state != AGENT_STARTING || before->sweep_only)) {
        cJSON *record = agent_record(role, "start");
        if (r->session[0])
            json_add_bool(record, "resumed", true);
        turn_journal(t, record, false);
    }
    if (ev->kind == AGENT_EV_EXITED || ev->kind == AGENT_EV_KEEPER_LOST || ev->kind == AGENT_EV_START_FAILED) {
        budgets_ended(t, role, ev);
        turn_journal(t, end_record(t->w, role), false);
    }
    if (a->state == AGENT_HELD && before->state != AGENT_HELD && ev->kind != AGENT_EV_HOLD) {
        cJSON *record = agent_record(role, "held");
        json_add_str(record, "why", agent_why_name(a->why));
        json_add_str(record, "text", a->last_text);
        turn_journal(t, record, false);
    }
}

static void restore_role(struct watchdog *w, enum role role, const char *kind, const cJSON *record)
{
    struct watchdog_role *r = &w->roles[role];
    struct agent *a = &r->agent;
    if (strcmp(kind, "tell") == 0) {
        buf_addf(&r->tell, "%s\n", json_str(record, "text", ""));
    } else if (strcmp(kind, "told") == 0) {
        buf_consume(&r->tell, (size_t)json_int(record, "bytes", 0));
    } else if (strcmp(kind, "pause") == 0) {
        r->paused = json_bool(record, "paused", false);
    } else if (strcmp(kind, "start") == 0) {
        restart_started(&a->history, json_int(record, "at", 0));
        r->resumed = json_bool(record, "resumed", false);
    } else if (strcmp(kind, "end") == 0) {
        int last = outcome_parse(json_str(record, "outcome", "NONE"));
        a->last = last < 0 ? OUTCOME_NONE : (enum outcome)last;
        if (outcome_follow(a->last) == FOLLOW_RESET)
            restart_uncount(&a->history);
        a->history.failures = (int)json_int(record, "failures", 0);
        a->restarts = (int)json_int(record, "restarts", 0);
        a->asks = (int)json_int(record, "asks", 0);
        snprintf(a->last_text, sizeof a->last_text, "%s", json_str(record, "text", ""));
        snprintf(r->session, sizeof r->session, "%s", json_str(record, "session", ""));
        /* Another one is to run by now: what it ran says nothing of it. */
        bool same = strcmp(json_str(record, "wanted", wanted_model(w, role)), wanted_model(w, role)) == 0;
        snprintf(r->model, sizeof r->model, "%s", same ? json_str(record, "model", "") : "");
        r->resumes_lost = (int)json_int(record, "resumes_lost", 0);
        r->parked = json_bool(record, "parked", false);
        a->iteration = (int)json_int(record, "iteration", 0);
        budgets_ledger_restore(&r->ledger, json_get(record, "ledger"));
    } else if (strcmp(kind, "forgive") == 0) {
        restart_forgive(&a->history);
        r->held = WHY_NONE;
    } else if (strcmp(kind, "held") == 0) {
        int why = agent_why_parse(json_str(record, "why", ""));
        r->held = why < 0 ? WHY_INTERNAL : (enum agent_why)why;
        snprintf(a->last_text, sizeof a->last_text, "%s", json_str(record, "text", ""));
    }
}

/* What was begun before is another phase's: iterations, and the sessions that they would go on with. */
static void restore_fresh(struct watchdog *w, int64_t at)
{
    w->fresh_at = at;
    for (int role = 0; role < ROLES; role++) {
        w->roles[role].session[0] = '\0';
        w->roles[role].parked = false;
    }
}

/* The active phase is the last one that began. One that launch.conf lacks now is remembered: without it nothing can go
 * on, unless a later record says that it is over. */
static void restore_phase(struct watchdog *w, const cJSON *record)
{
    const char *id = json_str(record, "id", "");
    int index = phase_find(w->config, id);
    int64_t at = json_int(record, "at", 0);
    judge_void(w, json_get(record, "void"));
    mem_set(&w->missing, index < 0 ? id : NULL);
    bool fresh = json_bool(record, "fresh", false);
    if (index >= 0)
        judge_enter_phase(w, (size_t)index, json_str(record, "start", NULL), fresh, at);
    w->run_since = w->run_since ? w->run_since : at;
    if (fresh) {
        kept_clear(&w->kept);
        restore_fresh(w, at);
        mem_set(&w->inputs, NULL);
    }
    w->finished = false;
}

/* A phase is over. The record of the next one follows, unless the watchdog was killed between the two, or launch.conf
 * has got further phases since. */
static void restore_done(struct watchdog *w, const cJSON *record)
{
    cJSON_AddItemToArray(w->records, cJSON_Duplicate(record, 1));
    int index = phase_find(w->config, json_str(record, "phase", ""));
    if (index < 0)
        return;
    int next = phase_next(w->config, (size_t)index, w->records);
    int64_t at = json_int(record, "at", 0);
    w->finished = next < 0;
    if (w->finished)
        return;
    judge_enter_phase(w, (size_t)next, json_str(record, "revision", ""), true, at);
    restore_fresh(w, at);
    mem_set(&w->inputs, NULL);
}

void history_inputs(struct watchdog *w, const cJSON *record)
{
    const cJSON *one;
    mem_set(&w->inputs, json_str(record, "inputs", NULL));
    words_clear(&w->waivers);
    cJSON_ArrayForEach(one, json_get(record, "waivers"))
    {
        if (cJSON_IsString(one))
            words_add(&w->waivers, one->valuestring);
    }
}

void watchdog_restore(struct watchdog *w, const cJSON *record)
{
    const char *kind = json_str(record, "t", "");
    if (strcmp(kind, "phase") == 0) {
        restore_phase(w, record);
    } else if (strcmp(kind, "inputs") == 0) {
        history_inputs(w, record);
    } else if (strcmp(kind, "judged") == 0) {
        snprintf(w->judged, sizeof w->judged, "%s", json_str(record, "tip", ""));
        progress_parse(&w->progress, json_get(record, "progress"));
    } else if (strcmp(kind, "done") == 0) {
        restore_done(w, record);
    } else if (strcmp(json_str(record, "phase", turn_phase(w)->id), turn_phase(w)->id) == 0 &&
               kept_restore(&w->kept, record)) {
        /* it was one of the active phase's memory */
    } else if (strcmp(kind, "limit") == 0) {
        limits_restore(w, record);
    } else if (strcmp(kind, "budget") == 0) {
        budgets_restore(w, record);
    } else {
        int role = role_parse(json_str(record, "role", ""));
        if (role >= 0)
            restore_role(w, (enum role)role, kind, record);
    }
}

/* Without a turn there is nobody to journal it: the caller does. */
static void past_record(struct watchdog *w, cJSON *record, cJSON *records)
{
    json_add_int(record, "at", w->now);
    cJSON_AddItemToArray(records, record);
}

void watchdog_past(struct watchdog *w, enum role role, const struct watchdog_past *past, cJSON *records)
{
    struct watchdog_role *r = &w->roles[role];
    bool known = r->agent.iteration == past->iteration && r->agent.last != OUTCOME_NONE;
    agent_past(&r->agent, past->iteration, past->exit, past->said->outcome, past->text);
    if (known)
        return;
    if (past->said->model[0])
        snprintf(r->model, sizeof r->model, "%s", past->said->model);
    schedule_session(w, role, past->said, past->began && past->began < w->fresh_at);
    budgets_past(w, role, past);
    past_record(w, end_record(w, role), records);
    if (r->agent.last != OUTCOME_USAGE_LIMIT)
        return;
    restart_uncount(&r->agent.history);
    past_record(w, limits_record(limits_note(w, role, past->said, w->started_at)), records);
}
