/* Is it done, and what follows: the second look, the DONE record, the next phase, the teardown. docs/protocol.md,
 * "The decision" and "Phases". */
#include "watchdog/internal.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/budgets.h"
#include "watchdog/phase.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void judge_set_state(struct turn *t, enum verdict_state state)
{
    struct watchdog *w = t->w;
    if (w->state == state && w->state_since)
        return;
    w->state = state;
    w->state_since = t->now;
    turn_log(t, "phase %s: %s (%zu of %zu criteria pass)", phase_name(turn_phase(w)), verdict_state_name(state),
             w->verdict.passing, w->verdict.count);
}

void judge_teardown(struct turn *t, enum agent_why why, bool now)
{
    t->w->stopping = true;
    for (int role = 0; role < ROLES; role++) {
        struct agent_event ev = {.kind = AGENT_EV_WANT_DOWN, .why = why, .now = now};
        turn_agent(t, (enum role)role, &ev);
    }
}

void judge_enter_phase(struct watchdog *w, size_t index, const char *start, bool fresh, int64_t now)
{
    /* Its start may move (history that was accepted): what was spent in it stays spent. */
    bool first = fresh || index != w->phase || !w->run_since;
    if (w->judgement)
        verdict_clear(&w->verdict);
    if (w->snapshot) {
        snapshot_clear(w->snapshot);
        free(w->snapshot);
    }
    memset(&w->verdict, 0, sizeof w->verdict);
    free(w->status_file);
    free(w->review_file);
    w->status_file = phase_file(&w->config->phases[index], "STATUS");
    w->review_file = phase_file(&w->config->phases[index], "REVIEW");
    w->judgement = false;
    w->snapshot = NULL;
    if (index != w->phase)
        kept_clear(&w->kept);
    w->phase = index;
    w->phase_started = start != NULL;
    w->phase_turn++;
    if (first) {
        w->phase_since = now;
        w->first_turn = w->phase_turn;
        budgets_phase(w);
    }
    progress_clear(&w->progress);
    progress_forgive(&w->progress, judge_iterations(w));
    w->stuck_told = false;
    snprintf(w->phase_start, sizeof w->phase_start, "%s", start ? start : "");
    w->confirm_since = 0;
    w->state = STATE_RUNNING;
    w->state_since = 0;
}

void judge_void(struct watchdog *w, const cJSON *ids)
{
    const cJSON *id = NULL;
    cJSON_ArrayForEach(id, ids)
    {
        for (int i = cJSON_GetArraySize(w->records) - 1; i >= 0 && cJSON_IsString(id); i--)
            if (strcmp(json_str(cJSON_GetArrayItem(w->records, i), "phase", "?"), id->valuestring) == 0)
                cJSON_DeleteItemFromArray(w->records, i);
    }
}

void judge_begin_phase(struct turn *t, size_t index, const char *start, bool fresh, cJSON *voids)
{
    struct watchdog *w = t->w;
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", "phase");
    json_add_str(record, "id", w->config->phases[index].id);
    if (start)
        json_add_str(record, "start", start);
    json_add_bool(record, "fresh", fresh);
    judge_void(w, voids);
    if (voids)
        cJSON_AddItemToObject(record, "void", voids);
    turn_journal(t, record, true);
    judge_enter_phase(w, index, start, fresh, t->now);
    w->run_since = w->run_since ? w->run_since : t->now;
    w->finished = false;
    mem_set(&w->missing, NULL);
    if (start)
        turn_log(t, "phase %s begins at %s", phase_name(turn_phase(w)), start[0] ? start : "an empty repository");
    if (!fresh)
        return;
    kept_clear(&w->kept);
    w->fresh_at = t->now;
    mem_set(&w->inputs, NULL); /* another plan: its first poll says which */
    for (int role = 0; role < ROLES; role++) {
        struct watchdog_role *r = &w->roles[role];
        r->session[0] = '\0'; /* also of one that waits */
        r->parked = false;
        r->pace = w->config->agents[role].policy.pace;
        r->wake = w->config->agents[role].policy.wake_every;
        if (r->agent.want == WANT_UP)
            turn_agent_simple(t, (enum role)role, AGENT_EV_RESTART, WHY_PHASE, 0);
    }
}

static void judge_record_criterion(cJSON *list, const struct verdict_criterion *c)
{
    cJSON *one = cJSON_CreateObject();
    char time[21];
    json_add_str(one, "id", c->id);
    json_add_str(one, "state", criterion_state_name(c->state));
    if (c->waiver)
        json_add_bool(one, "waived", true);
    if (c->entry) {
        if (c->entry->dating == REVIEW_DATED) /* without a time only one that is waived */
            timestamp_format(c->entry->written, time);
        json_add_int(one, "line", c->entry->line);
        json_add_str(one, "time", c->entry->dating == REVIEW_DATED ? time : NULL);
        json_add_str(one, "author", c->entry->author);
        json_add_str(one, "commit", c->entry->commit);
        json_add_str(one, "sha", c->entry->sha);
        json_add_str(one, "text", c->entry->text);
        if (c->entry->sha[0] && c->entry->since >= 0)
            json_add_int(one, "commits_since", c->entry->since);
    }
    cJSON_AddItemToArray(list, one);
}

void judge_add_inputs(cJSON *record, const char *inputs)
{
    struct words list = {0};
    cJSON *o = json_add_obj(record, "inputs");
    words_split(&list, inputs ? inputs : "", NULL);
    for (size_t i = 0; i < list.n; i++) {
        char *eq = strchr(list.at[i], '=');
        if (!eq)
            continue;
        *eq = '\0';
        json_add_str(o, list.at[i], eq + 1);
    }
    words_clear(&list);
}

void judge_add_waivers(cJSON *obj, const struct watchdog *w)
{
    cJSON *list = json_add_arr(obj, "waivers");
    for (size_t i = 0; i < w->config->waivers.n; i++) {
        const struct config_waiver *x = &w->config->waivers.at[i];
        const struct verdict_criterion *c = NULL;
        for (size_t k = 0; w->judgement && k < w->verdict.count; k++)
            if (strcmp(w->verdict.criteria[k].id, x->id) == 0)
                c = &w->verdict.criteria[k];
        char until[21];
        cJSON *one = cJSON_CreateObject();
        timestamp_format(x->until, until);
        json_add_str(one, "id", x->id);
        json_add_str(one, "reason", x->reason);
        json_add_str(one, "until", until);
        json_add_bool(one, "holds", c && c->waiver);
        json_add_bool(one, "added", watchdog_waiver_added(w, x));
        cJSON_AddItemToArray(list, one);
    }
}

bool judge_enforced(const struct config *c)
{
    const struct config_agent *b = &c->agents[ROLE_BUILDER], *a = &c->agents[ROLE_ADVERSARY];
    return *b->user && *a->user && strcmp(b->user, a->user) != 0 && strcmp(b->fence, "pidns") == 0 &&
           strcmp(a->fence, "pidns") == 0;
}

/* Everything with which anyone can judge this again from git alone. */
static cJSON *judge_record(struct turn *t)
{
    struct watchdog *w = t->w;
    const struct snapshot *s = w->snapshot;
    cJSON *r = cJSON_CreateObject();
    char now[21];
    /* Not of the fetch: a PASS may be dated up to done.skew ahead of this, and not of that. */
    timestamp_format(t->now / 1000, now);
    json_add_str(r, "t", "done");
    json_add_str(r, "phase", turn_phase(w)->id);
    json_add_str(r, "revision", s->tip);
    json_add_str(r, "start", w->phase_start);
    json_add_str(r, "judged_at", now);
    json_add_int(r, "began", w->phase_since);
    json_add_int(r, "ended", t->now);
    cJSON *iterations = json_add_obj(r, "iterations");
    for (int role = 0; role < ROLES; role++)
        json_add_int(iterations, role_name((enum role)role), w->roles[role].ledger.phase.sum.iterations);
    json_add_int(r, "cost", budgets_phase_cost(w));
    json_add_int(r, "marker_line", s->marker.line);
    json_add_str(r, "marker_commit", s->marker.commit);
    json_add_str(r, "status_blob", s->status_blob);
    json_add_str(r, "review_blob", s->review_blob);
    json_add_str(r, "ownership", judge_enforced(w->config) ? "enforced" : "convention");
    judge_add_inputs(r, w->inputs_now);
    judge_add_waivers(r, w);
    cJSON *list = json_add_arr(r, "criteria");
    for (size_t i = 0; i < w->verdict.count; i++)
        judge_record_criterion(list, &w->verdict.criteria[i]);
    char command[200]; /* needs no memory of ours: launch.conf and the repository suffice */
    snprintf(command, sizeof command, "ccsup verify --at %s --now %s%s%s%s%s", s->tip, now,
             w->phase_start[0] ? " --start " : "", w->phase_start, turn_phase(w)->id[0] ? " --phase " : "",
             turn_phase(w)->id);
    json_add_str(r, "verify", command);
    return r;
}

/* The second look held. The record is on the disk before anything that follows from it. */
static void judge_done(struct turn *t)
{
    struct watchdog *w = t->w;
    cJSON *record = judge_record(t);
    cJSON_AddItemToArray(w->records, cJSON_Duplicate(record, 1));
    turn_journal(t, record, true);
    judge_set_state(t, STATE_DONE);
    int next = phase_next(w->config, w->phase, w->records);
    if (next < 0) {
        w->finished = true;
        turn_log(t, "done: every phase is verified; taking everything down");
        judge_teardown(t, WHY_DONE, false);
        return;
    }
    char tip[41];
    snprintf(tip, sizeof tip, "%s", w->snapshot->tip);
    judge_begin_phase(t, (size_t)next, tip, true, NULL);
    turn_poll_soon(t);
}

/* What this snapshot teaches is on the disk before anything follows from it. */
static void judge_keep(struct turn *t)
{
    struct watchdog *w = t->w;
    cJSON *records = cJSON_CreateArray(), *one;
    kept_look(&w->kept, w->snapshot, t->now / 1000, records);
    while ((one = cJSON_DetachItemFromArray(records, 0))) {
        json_add_str(one, "phase", turn_phase(w)->id);
        turn_journal(t, one, !cJSON_GetArraySize(records)); /* one fsync for all */
    }
    cJSON_Delete(records);
}

int judge_iterations(const struct watchdog *w)
{
    return (int)(w->roles[ROLE_BUILDER].ledger.phase.sum.iterations +
                 w->roles[ROLE_ADVERSARY].ledger.phase.sum.iterations);
}

/* The state to show: stuck is said of a pair that could go on. */
static enum verdict_state judge_shown(const struct watchdog *w)
{
    bool stuck =
        w->progress.stuck != STUCK_NO && w->verdict.value == VERDICT_NOT_DONE && w->verdict.state != STATE_TAMPERED;
    return stuck ? STATE_STUCK : w->verdict.state;
}

void judge_stuck(struct turn *t)
{
    struct watchdog *w = t->w;
    struct buf b;
    if (w->progress.stuck == STUCK_NO) {
        w->stuck_told = false;
    } else if (!w->stuck_told) {
        w->stuck_told = true;
        buf_init(&b, 400);
        progress_tell(&w->progress, &b);
        turn_log(t, "stuck: %s; %s", buf_str(&b),
                 schedule_holds(w) ? "nothing is started until an operator says `ccsup tell` or `ccsup resume`"
                                   : "the loops go on");
        buf_clear(&b);
    }
    if (w->verdict.value == VERDICT_NOT_DONE && !w->confirm_since)
        judge_set_state(t, judge_shown(w));
}

void judge_journal(struct turn *t, bool sync)
{
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", "judged");
    json_add_str(record, "tip", t->w->judged);
    cJSON_AddItemToObject(record, "progress", progress_render(&t->w->progress));
    turn_journal(t, record, sync);
}

void judge_forgive(struct turn *t)
{
    struct watchdog *w = t->w;
    progress_forgive(&w->progress, judge_iterations(w));
    w->stuck_told = false;
    judge_journal(t, true);
    for (int role = 0; role < ROLES; role++)
        if (w->roles[role].agent.state == AGENT_HELD && w->roles[role].agent.why == WHY_STUCK)
            schedule_begin(t, (enum role)role, false);
    if (w->judgement)
        judge_stuck(t);
}

void judge_look(struct turn *t)
{
    struct watchdog *w = t->w;
    judge_keep(t);
    struct verdict_rules rules = {
        .criteria = &turn_phase(w)->criteria,
        .window = w->config->window / 1000,
        .skew = w->config->skew / 1000,
        .waivers = &w->config->waivers,
        .kept = &w->kept,
        .require_current = w->config->require_current,
    };
    verdict_judge(&w->verdict, w->snapshot, &rules, w->status_file, w->review_file, t->now / 1000);
    w->judgement = true;
    if (w->stopping)
        return;
    struct progress_limits limits = {w->config->stuck_flips, w->config->stuck_rounds};
    if (!w->snapshot->rewritten) {
        bool moved = w->verdict.value != VERDICT_UNKNOWN &&
                     progress_look(&w->progress, &w->verdict, judge_iterations(w), &limits);
        if (moved || strcmp(w->judged, w->snapshot->tip) != 0) {
            snprintf(w->judged, sizeof w->judged, "%s", w->snapshot->tip);
            judge_journal(t, false);
        }
    }
    if (w->verdict.value == VERDICT_UNKNOWN) {
        /* No event: it neither confirms nor takes back. */
        judge_set_state(t, w->verdict.state);
        return;
    }
    if (w->verdict.value != VERDICT_DONE) {
        w->confirm_since = 0;
        judge_set_state(t, judge_shown(w));
        judge_stuck(t);
        return;
    }
    /* Whatever done.confirm is, one fetch is one look. */
    bool first = !w->confirm_since;
    if (first)
        w->confirm_since = w->snapshot->fetched;
    if (first || w->confirm_since + w->config->confirm > w->snapshot->fetched) {
        judge_set_state(t, STATE_CONFIRMING);
        int64_t at = w->confirm_since + w->config->confirm;
        if (w->poll.next_at > at)
            w->poll.next_at = at > t->now ? at : t->now;
        return;
    }
    judge_done(t);
}
