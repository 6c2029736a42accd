#include "agents/agent.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* How long each of our own requests may take before the next step is taken. The keeper's fence is bounded by 10 s
 * (supervisor/keep); a start may have to sweep first, under the same bound. */
enum { START_LIMIT_MS = 30000, FENCE_LIMIT_MS = 15000, DESTROY_LIMIT_MS = 5000 };

/* A process that has said its last word ends within this (docs/claude.md, "Waiting"), or within its longest wait and
 * some more. */
enum { LINGER_MS = 15000, WAIT_MORE_MS = 120000 };
/* Until what only a person can mend is tried again. */
enum { ASK_MS = 30 * 60000, ASK_MAX_MS = 6 * 3600000 };

#define AGENT_LOST_TEXT "its keeper is gone without a record"

/* What one step works on. */
struct agent_turn {
    const struct agent_policy *policy;
    struct agent *a;
    const struct agent_event *ev;
    int64_t now;
    struct agent_effects *out;
};

static void agent_do(struct agent_turn *t, enum agent_effect effect)
{
    assert(t->out->count < AGENT_EFFECTS_MAX);
    t->out->list[t->out->count++] = effect;
}

/* The one place that assigns `state`. deadline 0 = rests until an event. `again` is a word about the end that is
 * awaited:
 * whatever else follows, a later iteration's end does not hear of it. */
static void agent_set(struct agent_turn *t, enum agent_state state, enum agent_why why, int64_t deadline)
{
    struct agent *a = t->a;
    assert((state == AGENT_DOWN || state == AGENT_HELD) == (deadline == 0));
    assert(a->want == WANT_UP || (state != AGENT_WAITING && state != AGENT_HELD));
    if (a->state != state)
        a->since = t->now;
    a->again = a->again && (state == AGENT_STOPPING || state == AGENT_KILLING);
    a->state = state;
    a->why = why;
    a->deadline = deadline;
}

/* A cell of the table that can't happen: loud in tests; in a release the agent is held, never guessed about. A process
 * may still be there, so its keeper is asked to end it. */
static void agent_impossible(struct agent_turn *t)
{
    assert(!"impossible event in this state");
    if (agent_alive(t->a))
        agent_do(t, AGENT_DO_KILL);
    snprintf(t->a->last_text, sizeof t->a->last_text, "event %s in state %s", agent_event_name(t->ev->kind),
             agent_state_name(t->a->state));
    if (t->a->want == WANT_UP)
        agent_set(t, AGENT_HELD, WHY_INTERNAL, 0);
    else if (agent_alive(t->a))
        agent_set(t, AGENT_LOST, WHY_INTERNAL, t->now + FENCE_LIMIT_MS);
    else
        agent_set(t, AGENT_DOWN, WHY_INTERNAL, 0);
}

/* How long it may be quiet. */
static int64_t agent_quiet(const struct agent_turn *t)
{
    const struct agent_policy *p = t->policy;
    switch (t->a->live) {
    case LIVE_SILENT: return p->speaks ? p->start_timeout : p->idle_timeout;
    case LIVE_WORKS: return p->idle_timeout;
    case LIVE_TOOL: return p->tool_timeout;
    case LIVE_ENDED: return LINGER_MS;
    case LIVE_WAITS: return p->max_wait + WAIT_MORE_MS;
    }
    return p->idle_timeout;
}

/* Why one that was quiet for so long is stopped. */
static enum agent_why agent_quiet_why(enum agent_live live)
{
    switch (live) {
    case LIVE_SILENT: return WHY_NO_OUTPUT;
    case LIVE_WORKS:
    case LIVE_TOOL: return WHY_STALLED;
    case LIVE_ENDED:
    case LIVE_WAITS: return WHY_LINGERS;
    }
    return WHY_STALLED;
}

static int64_t agent_running_deadline(const struct agent_turn *t)
{
    int64_t end = t->a->started_at + t->policy->iteration_timeout;
    int64_t idle = t->a->progress_at + agent_quiet(t);
    return end < idle ? end : idle;
}

static void agent_stop(struct agent_turn *t, enum agent_why why, bool now)
{
    agent_do(t, now ? AGENT_DO_KILL : AGENT_DO_STOP);
    if (now)
        agent_set(t, AGENT_KILLING, why, t->now + FENCE_LIMIT_MS);
    else
        agent_set(t, AGENT_STOPPING, why, t->now + t->policy->grace + FENCE_LIMIT_MS);
}

/* A failure: again after a delay, unless there were too many starts. */
static void agent_back_off(struct agent_turn *t)
{
    struct agent *a = t->a;
    a->history.failures++;
    if (restart_recent(&a->history, t->policy, t->now) >= (size_t)t->policy->start_limit_burst) {
        agent_set(t, AGENT_HELD, WHY_START_LIMIT, 0);
        return;
    }
    a->restarts++;
    agent_set(t, AGENT_WAITING, WHY_BACKOFF, t->now + restart_backoff(&a->history, t->policy));
}

/* Only a person can mend it, and nobody tells us when: it is tried again, less and less often. */
static void agent_ask(struct agent_turn *t, enum agent_why why)
{
    int64_t delay = ASK_MS;
    for (int i = 0; i < t->a->asks && delay < ASK_MAX_MS; i++)
        delay *= 2;
    t->a->asks++;
    agent_set(t, AGENT_WAITING, why, t->now + (delay < ASK_MAX_MS ? delay : ASK_MAX_MS));
}

/* After an end of any kind, or a start that failed: where to now? */
static void agent_settle(struct agent_turn *t, enum outcome outcome)
{
    struct agent *a = t->a;
    enum agent_why why = a->why;
    a->last = outcome;
    if (outcome_follow(outcome) == FOLLOW_RESET)
        restart_uncount(&a->history);
    if (a->want != WANT_UP) {
        a->again = false;
        agent_set(t, AGENT_DOWN, why, 0);
        return;
    }
    if (a->again) {
        a->again = false;
        restart_forgive(&a->history);
        agent_set(t, AGENT_WAITING, why, t->now);
        return;
    }
    if (outcome_follow(outcome) != FOLLOW_ASK)
        a->asks = 0;
    switch (outcome_follow(outcome)) {
    case FOLLOW_PACE:
        a->history.failures = 0;
        agent_set(t, AGENT_WAITING, WHY_PACE, t->now + t->policy->pace);
        return;
    case FOLLOW_BACKOFF: agent_back_off(t); return;
    case FOLLOW_RESET: agent_set(t, AGENT_WAITING, WHY_USAGE_LIMIT, t->ev->at > t->now ? t->ev->at : t->now); return;
    case FOLLOW_ASK: agent_ask(t, outcome == OUTCOME_BILLING ? WHY_BILLING : WHY_AUTHENTICATION); return;
    case FOLLOW_HOLD: agent_set(t, AGENT_HELD, outcome == OUTCOME_DENIED ? WHY_DENIED : WHY_CONFIG_CORRUPT, 0); return;
    }
}

/* The deadline of a waiting agent: start it, unless that would break the start limit. */
static void agent_start(struct agent_turn *t)
{
    int64_t room = restart_room(&t->a->history, t->policy, t->now);
    if (room > t->now) {
        agent_set(t, AGENT_WAITING, WHY_START_LIMIT, room);
        return;
    }
    restart_started(&t->a->history, t->now);
    t->a->sweep_only = false;
    agent_do(t, AGENT_DO_SPAWN);
    agent_set(t, AGENT_STARTING, t->a->why, t->now + START_LIMIT_MS);
}

static void agent_on_want_up(struct agent_turn *t)
{
    struct agent *a = t->a;
    a->want = WANT_UP;
    switch (a->state) {
    case AGENT_DOWN:
    case AGENT_HELD:
        if (t->ev->forgive)
            restart_forgive(&a->history);
        agent_set(t, AGENT_WAITING, t->ev->why, t->now);
        return;
    case AGENT_WAITING:
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST: return;
    }
}

static void agent_on_want_down(struct agent_turn *t)
{
    struct agent *a = t->a;
    a->want = WANT_DOWN;
    a->again = false;
    switch (a->state) {
    case AGENT_WAITING:
    case AGENT_HELD: agent_set(t, AGENT_DOWN, t->ev->why, 0); return;
    case AGENT_RUNNING: agent_stop(t, t->ev->why, t->ev->now); return;
    case AGENT_STOPPING:
        if (t->ev->now)
            agent_stop(t, t->ev->why, true);
        return;
    case AGENT_LOST: agent_set(t, AGENT_LOST, t->ev->why, t->now); return; /* sweep at once */
    case AGENT_STARTING:                                                   /* READY will see the wish */
    case AGENT_KILLING:
    case AGENT_DOWN: a->why = t->ev->why; return;
    }
}

static void agent_on_want_paused(struct agent_turn *t)
{
    struct agent *a = t->a;
    a->want = WANT_PAUSED;
    a->again = false;
    switch (a->state) {
    case AGENT_WAITING:
    case AGENT_HELD: agent_set(t, AGENT_DOWN, t->ev->why, 0); return;
    case AGENT_DOWN: a->why = t->ev->why; return;
    case AGENT_LOST: agent_set(t, AGENT_LOST, t->ev->why, t->now); return;
    case AGENT_STARTING:
    case AGENT_RUNNING: /* the iteration may finish */
    case AGENT_STOPPING:
    case AGENT_KILLING: return;
    }
}

static void agent_on_restart(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_DOWN:
    case AGENT_HELD:
    case AGENT_WAITING:
        a->want = WANT_UP;
        restart_forgive(&a->history);
        agent_set(t, AGENT_WAITING, t->ev->why, t->now);
        return;
    case AGENT_RUNNING:
        a->want = WANT_UP;
        a->again = true;
        agent_stop(t, t->ev->why, false);
        return;
    case AGENT_STOPPING:
    case AGENT_KILLING:
        a->want = WANT_UP;
        a->again = true;
        a->why = t->ev->why;
        return;
    case AGENT_STARTING:
        a->want = WANT_UP;
        if (a->sweep_only) { /* the operator makes room: what was to sweep only may go on */
            a->sweep_only = false;
            restart_forgive(&a->history);
            restart_started(&a->history, t->now);
        }
        return;
    case AGENT_LOST:
        a->want = WANT_UP;
        restart_forgive(&a->history);
        agent_set(t, AGENT_LOST, t->ev->why, t->now);
        return;
    }
}

/* Work appeared, or went away: only a loop that rests between good iterations is moved by it. DELAY: whatever it waits
 * for, what a start needs is not there yet. */
static void agent_on_work(struct agent_turn *t)
{
    enum agent_why why = t->a->why;
    switch (t->a->state) {
    case AGENT_WAITING:
        if (t->ev->kind == AGENT_EV_DELAY)
            agent_set(t, AGENT_WAITING, t->ev->why != WHY_NONE ? t->ev->why : why, t->ev->at);
        else if (why == WHY_PACE || why == WHY_NO_WORK)
            agent_set(t, AGENT_WAITING, t->ev->kind == AGENT_EV_WORK ? WHY_PACE : WHY_NO_WORK, t->ev->at);
        return;
    case AGENT_DOWN:
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST:
    case AGENT_HELD: return;
    }
}

static void agent_on_timer(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_WAITING: agent_start(t); return;
    case AGENT_STARTING:
        agent_do(t, AGENT_DO_ABANDON);
        snprintf(a->last_text, sizeof a->last_text, "its keeper did not answer within %d s", START_LIMIT_MS / 1000);
        agent_settle(t, OUTCOME_NOT_STARTED);
        return;
    case AGENT_RUNNING:
        if (t->now < agent_running_deadline(t))
            agent_set(t, AGENT_RUNNING, a->why, agent_running_deadline(t));
        else if (t->now >= a->started_at + t->policy->iteration_timeout)
            agent_stop(t, WHY_ITERATION_TIMEOUT, false);
        else
            agent_stop(t, agent_quiet_why(a->live), false);
        return;
    case AGENT_STOPPING: agent_stop(t, a->why, true); return;
    case AGENT_KILLING:
        agent_do(t, AGENT_DO_DESTROY);
        agent_set(t, AGENT_KILLING, a->why, t->now + DESTROY_LIMIT_MS);
        return;
    case AGENT_LOST: /* a keeper sweeps before it waits for go; without room for a start that is all it does */
        a->sweep_only = t->ev->sweep || restart_room(&a->history, t->policy, t->now) > t->now;
        if (!a->sweep_only)
            restart_started(&a->history, t->now);
        agent_do(t, AGENT_DO_SPAWN);
        agent_set(t, AGENT_STARTING, a->why, t->now + START_LIMIT_MS);
        return;
    case AGENT_DOWN:
    case AGENT_HELD: agent_impossible(t); return;
    }
}

/* The deadline is looked at again when it is reached, unless another kind of quiet begins. */
static void agent_on_progress(struct agent_turn *t)
{
    struct agent *a = t->a;
    bool other = a->live != t->ev->live;
    a->progress_at = t->now;
    a->live = t->ev->live;
    if (other && a->state == AGENT_RUNNING)
        agent_set(t, AGENT_RUNNING, a->why, agent_running_deadline(t));
}

static void agent_on_ready(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_STARTING:
        a->iteration = t->ev->iteration;
        if (a->want != WANT_UP || a->sweep_only) {
            agent_stop(t, a->why, true);
            return;
        }
        agent_do(t, AGENT_DO_GO);
        a->started_at = a->progress_at = t->now;
        a->live = LIVE_SILENT;
        agent_set(t, AGENT_RUNNING, WHY_NONE, agent_running_deadline(t));
        return;
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST:
    case AGENT_HELD: agent_impossible(t); return;
    }
}

static void agent_on_start_failed(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_STARTING:
        snprintf(a->last_text, sizeof a->last_text, "%s", t->ev->text ? t->ev->text : "could not be started");
        if (t->ev->why == WHY_SURVIVORS && a->want == WANT_UP) {
            a->last = OUTCOME_NOT_STARTED;
            agent_set(t, AGENT_HELD, WHY_SURVIVORS, 0);
        } else {
            agent_settle(t, OUTCOME_NOT_STARTED);
        }
        return;
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST:
    case AGENT_HELD: agent_impossible(t); return;
    }
}

/* What the keeper knows of the end, and what the program said. last_text holds the former; a code of our own making
 * says nothing without its reason. */
static enum outcome agent_outcome(const struct agent_turn *t)
{
    struct agent *a = t->a;
    bool quiet = a->why == WHY_STALLED || a->why == WHY_NO_OUTPUT || a->why == WHY_LINGERS;
    bool late = a->why == WHY_ITERATION_TIMEOUT;
    enum outcome o = ending_outcome(t->ev->exit, t->ev->said.outcome, quiet, late);
    char how[sizeof a->last_text];
    memcpy(how, a->last_text, sizeof how);
    if (quiet || late)
        snprintf(a->last_text, sizeof a->last_text, "%s: %.200s", agent_why_text(a->why), how);
    if (t->ev->text && *t->ev->text && o != OUTCOME_OK && o == t->ev->said.outcome)
        snprintf(a->last_text, sizeof a->last_text, "%s", t->ev->text);
    return o;
}

static void agent_on_exited(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
        outcome_describe(t->ev->exit, a->last_text, sizeof a->last_text);
        if (t->ev->exit->survivors && a->want == WANT_UP) {
            snprintf(a->last_text, sizeof a->last_text, "can't be killed: %s", t->ev->exit->leftover_names);
            a->last = OUTCOME_LOST;
            agent_set(t, AGENT_HELD, WHY_SURVIVORS, 0);
            return;
        }
        agent_settle(t, agent_outcome(t));
        return;
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_LOST:
    case AGENT_HELD: agent_impossible(t); return;
    }
}

static void agent_on_keeper_lost(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_DOWN: /* under an earlier watchdog: nobody has looked since what is left of its tree */
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
        a->last = OUTCOME_LOST;
        snprintf(a->last_text, sizeof a->last_text, AGENT_LOST_TEXT);
        if (a->want != WANT_UP) {
            agent_set(t, AGENT_LOST, a->why, t->now); /* sweep at once */
            return;
        }
        if (a->again) { /* the operator waits for a start: no backoff before the sweep */
            restart_forgive(&a->history);
            agent_set(t, AGENT_LOST, a->why, t->now);
            return;
        }
        a->history.failures++;
        a->restarts++;
        agent_set(t, AGENT_LOST, WHY_LOST_KEEPER, t->now + restart_backoff(&a->history, t->policy));
        return;
    case AGENT_WAITING:
    case AGENT_LOST:
    case AGENT_HELD: agent_impossible(t); return;
    }
}

static void agent_on_found(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_DOWN:
        a->want = WANT_UP; /* it runs, so somebody wanted it; a pause or a stop comes as its own event */
        a->iteration = t->ev->iteration;
        a->started_at = t->ev->at;
        a->progress_at = t->now;
        a->live = LIVE_WORKS; /* its log is folded again, and says more */
        agent_set(t, AGENT_RUNNING, WHY_NONE, agent_running_deadline(t));
        return;
    case AGENT_WAITING:
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST:
    case AGENT_HELD: agent_impossible(t); return;
    }
}

/* It was held when the last watchdog ended, and no operator has acted since. */
static void agent_on_hold(struct agent_turn *t)
{
    struct agent *a = t->a;
    switch (a->state) {
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_HELD:
        a->want = WANT_UP;
        agent_set(t, AGENT_HELD, t->ev->why, 0);
        return;
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST: return; /* what lives is judged by its end */
    }
}

void agent_step(const struct agent_policy *p, struct agent *a, const struct agent_event *ev, int64_t now,
                struct agent_effects *out)
{
    struct agent_turn t = {p, a, ev, now, out};
    out->count = 0;
    switch (ev->kind) {
    case AGENT_EV_WANT_UP: agent_on_want_up(&t); break;
    case AGENT_EV_WANT_DOWN: agent_on_want_down(&t); break;
    case AGENT_EV_WANT_PAUSED: agent_on_want_paused(&t); break;
    case AGENT_EV_RESTART: agent_on_restart(&t); break;
    case AGENT_EV_WORK:
    case AGENT_EV_IDLE:
    case AGENT_EV_DELAY: agent_on_work(&t); break;
    case AGENT_EV_TIMER: agent_on_timer(&t); break;
    case AGENT_EV_READY: agent_on_ready(&t); break;
    case AGENT_EV_START_FAILED: agent_on_start_failed(&t); break;
    case AGENT_EV_PROGRESS: agent_on_progress(&t); break;
    case AGENT_EV_EXITED: agent_on_exited(&t); break;
    case AGENT_EV_KEEPER_LOST: agent_on_keeper_lost(&t); break;
    case AGENT_EV_FOUND: agent_on_found(&t); break;
    case AGENT_EV_HOLD: agent_on_hold(&t); break;
    }
}

void agent_init(struct agent *a, uint64_t seed, int64_t now)
{
    memset(a, 0, sizeof *a);
    a->since = now;
    restart_init(&a->history, seed);
}

void agent_past(struct agent *a, int iteration, const struct exit_record *exit, enum outcome said, const char *text)
{
    if (exit && a->iteration == iteration && a->last != OUTCOME_NONE)
        return; /* its end was seen, and is remembered */
    a->iteration = iteration;
    a->last = exit ? ending_outcome(exit, said, false, false) : OUTCOME_LOST;
    if (exit)
        outcome_describe(exit, a->last_text, sizeof a->last_text);
    else
        snprintf(a->last_text, sizeof a->last_text, AGENT_LOST_TEXT);
    if (exit && *text && a->last != OUTCOME_OK && a->last == said)
        snprintf(a->last_text, sizeof a->last_text, "%s", text);
}

bool agent_alive(const struct agent *a)
{
    switch (a->state) {
    case AGENT_STARTING:
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST: return true;
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_HELD: return false;
    }
    return false;
}
