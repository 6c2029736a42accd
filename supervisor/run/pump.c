/* The queue and the one pump: events in, effects out. */
#include "supervisor/base/mem.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include <stdlib.h>
#include <string.h>

/* Status and poll wait at most so long for a start to be over. */
enum { SETTLE_LIMIT_MS = 50 };

static void pump_idle(uv_idle_t *h)
{
    run_pump(h->data);
}

void run_enqueue(struct run *run, const struct watchdog_event *ev)
{
    if (run->ending) { /* what is torn down now still reports its end; nobody asks any more */
        if (ev->snapshot)
            snapshot_clear(ev->snapshot);
        free(ev->snapshot);
        return;
    }
    if (!run->queued)
        uv_idle_start(&run->pump, pump_idle);
    run->queue = mem_resize(run->queue, run->queued + 1, sizeof *run->queue);
    struct queued *q = &run->queue[run->queued++];
    memset(q, 0, sizeof *q);
    q->ev = *ev;
    q->code = mem_strdup(ev->code);
    q->text = mem_strdup(ev->text ? ev->text : ev->agent.text);
    if (ev->agent.exit)
        q->exit = *ev->agent.exit;
}

void run_agent_event(struct run *run, enum role role, enum agent_event_kind kind)
{
    struct watchdog_event ev = {.kind = EVENT_AGENT, .role = role, .agent = {.kind = kind}};
    run_enqueue(run, &ev);
}

static void pump_effect(struct run *run, const struct effect *e)
{
    struct keeper *k = &run->keepers[e->role];
    switch (e->kind) {
    case EFFECT_SPAWN: keeper_spawn(k, e->text, e->session, e->parked); break;
    case EFFECT_GO: keeper_say(k, "go"); break;
    case EFFECT_STOP: keeper_say(k, "stop"); break;
    case EFFECT_KILL: keeper_say(k, "kill"); break;
    case EFFECT_DESTROY: keeper_destroy(k); break;
    case EFFECT_ABANDON: keeper_abandon(k); break;
    case EFFECT_POLL: run->poll_wanted = true; break;
    case EFFECT_CLONE: repo_clone(run, e->role); break;
    case EFFECT_JOURNAL: record_journal(run, e->text, e->sync); break;
    case EFFECT_LOG: run_log(run, "%s", e->text); break;
    case EFFECT_EXIT: run->leaving = true; break; /* once all of it is carried out */
    }
}

static void pump_one(struct run *run, struct queued *q)
{
    struct effects effects = {0};
    int64_t now = clock_now();
    /* The pointers inside the event are those of the queue's own copies. */
    q->ev.code = q->code;
    q->ev.text = q->ev.agent.text = q->text;
    q->ev.agent.exit = &q->exit;
    cJSON *line = replay_event(&run->memory, &q->ev, now); /* before the step, which takes the snapshot */
    watchdog_step(&run->core, &q->ev, now, &effects);
    record_event(run, line, &effects);
    for (size_t i = 0; i < effects.count; i++)
        pump_effect(run, &effects.list[i]);
    effects_clear(&effects);
    notify_turn(run);
    run->asked |= q->ev.kind == EVENT_WISH && q->ev.wish == WISH_STOP;
    if (run->leaving && (run->asked || !notify_lingers(run)))
        run_end(run);
    free(q->code);
    free(q->text);
}

static void pump_queue(struct run *run)
{
    /* Effects may enqueue further events; they are taken in order, until there are none. */
    for (size_t i = 0; i < run->queued; i++) {
        struct queued q = run->queue[i];
        pump_one(run, &q);
    }
    run->queued = 0;
}

static bool pump_due(const struct run *run)
{
    int64_t at = watchdog_deadline(&run->core);
    return !run->ending && at && at <= clock_now();
}

/* Is an agent between its keeper's birth and its own first instruction? */
static bool pump_starting(const struct run *run)
{
    for (int role = 0; role < ROLES; role++) {
        enum agent_state state = run->core.roles[role].agent.state;
        if (state == AGENT_STARTING || (state == AGENT_RUNNING && !run->keepers[role].agent_pid))
            return true;
    }
    return false;
}

static void pump_settle_now(struct run *run)
{
    uv_timer_stop(&run->settle_timer);
    if (run->written != run->core.generation)
        record_status(run);
    if (run->poll_wanted && !run->ending)
        repo_poll(run);
    run->poll_wanted = false;
}

static void pump_settle_timer(uv_timer_t *h)
{
    pump_settle_now(h->data);
}

void run_settle(struct run *run)
{
    if (run->ending || !pump_starting(run))
        pump_settle_now(run);
    else if (!uv_is_active((uv_handle_t *)&run->settle_timer))
        uv_timer_start(&run->settle_timer, pump_settle_timer, SETTLE_LIMIT_MS, 0);
}

void run_pump(struct run *run)
{
    pump_queue(run);
    /* What the events made due at once, as a restart without delay, needs no turn through the timer. Only once: a
     * deadline
     * that stays due would keep the loop from its sockets. */
    if (pump_due(run)) {
        const struct watchdog_event timer = {.kind = EVENT_TIMER};
        run_enqueue(run, &timer);
        pump_queue(run);
    }
    uv_idle_stop(&run->pump);
    run_settle(run);
    recheck_turn(run);
    if (!run->ending)
        run_arm(run);
}

static void pump_timer(uv_timer_t *h)
{
    struct watchdog_event ev = {.kind = EVENT_TIMER};
    run_enqueue(h->data, &ev);
}

void run_arm(struct run *run)
{
    int64_t at = watchdog_deadline(&run->core), now = clock_now();
    if (!at) {
        uv_timer_stop(&run->timer);
        return;
    }
    uv_update_time(&run->loop);
    uv_timer_start(&run->timer, pump_timer, at > now ? (uint64_t)(at - now) : 1, 0);
}
