/* What can happen in a node, what the machine answers, and whether that keeps the invariants of agents/agent.h. */
#ifndef CCSUP_TESTS_EXPLORE_WORLD_H
#define CCSUP_TESTS_EXPLORE_WORLD_H
#include "explore_node.h"
#include <stdio.h>

enum { CHOICES_MAX = 64, STATES = 8, EVENTS = 15, ASK_MOST = 6 * 3600000 };

/* One thing that can happen: time passes, or an event reaches the machine. */
struct choice {
    bool passes;
    struct agent_event ev;
    struct exit_record exit;
    enum keeper_state keeper; /* after the event, before its effects */
    const char *note;
};

struct choices {
    struct choice at[CHOICES_MAX];
    size_t n;
};

/* The outcome of one step. broken: the invariant that does not hold, NULL = all do. */
struct moved {
    struct node to;
    bool went; /* a GO was said */
    const char *broken;
};

static struct choice *choice_add(struct choices *c, const struct node *n, enum agent_event_kind kind, const char *note)
{
    struct choice *one = &c->at[c->n++];
    memset(one, 0, sizeof *one);
    one->ev.kind = kind;
    one->ev.iteration = 2;
    one->keeper = (enum keeper_state)n->keeper;
    one->note = note;
    return one;
}

/* What operators, the schedule and the beginning of a watchdog's life say: at any time. */
static void choices_wishes(struct choices *c, const struct node *n)
{
    static const int8_t when[] = {0, 1, 3};
    static const enum agent_event_kind at[] = {AGENT_EV_WORK, AGENT_EV_IDLE, AGENT_EV_DELAY};
    for (int i = 0; i < 2; i++)
        choice_add(c, n, AGENT_EV_WANT_UP, i ? "forgive" : "")->ev.forgive = i;
    for (int i = 0; i < 2; i++)
        choice_add(c, n, AGENT_EV_WANT_DOWN, i ? "now" : "")->ev.now = i;
    choice_add(c, n, AGENT_EV_WANT_PAUSED, "");
    choice_add(c, n, AGENT_EV_RESTART, "");
    choice_add(c, n, AGENT_EV_HOLD, "");
    for (size_t i = 0; i < c->n; i++)
        c->at[i].ev.why = WHY_OPERATOR;
    if (n->state == AGENT_WAITING || n->state == AGENT_RUNNING || n->state == AGENT_HELD || n->state == AGENT_LOST)
        choice_add(c, n, AGENT_EV_WANT_UP, "begin")->ev.why = WHY_PACE; /* a clone became ready */
    for (size_t e = 0; e < sizeof at / sizeof *at; e++)
        for (size_t i = 0; i < sizeof when; i++)
            choice_add(c, n, at[e], "")->ev.at = NOW + when[i] * TICK;
    if (n->fresh)
        choice_add(c, n, AGENT_EV_KEEPER_LOST, "under an earlier watchdog");
    if (n->fresh)
        for (int64_t ago = 0; ago < 3; ago++)
            choice_add(c, n, AGENT_EV_FOUND, "")->ev.at = NOW - ago * 2 * TICK;
}

static void choice_end(struct choices *c, const struct node *n, enum exit_end end, int code, int survivors,
                       const char *note)
{
    struct choice *one = choice_add(c, n, AGENT_EV_EXITED, note);
    one->exit = (struct exit_record){.end = end, .code = code, .survivors = survivors};
    one->exit.signal = end == END_SIGNALED ? 9 : 0;
    one->exit.asked = n->stopped != NEVER || n->hurry;
    one->keeper = KEEPER_NONE;
}

/* What Claude says of its own end, with exit code 0 or 1. */
static void choices_said(struct choices *c, const struct node *n)
{
    static const struct {
        enum outcome said;
        int code;
        int8_t at; /* a usage limit's end */
    } all[] = {
        {OUTCOME_OK, 0, 0},
        {OUTCOME_DENIED, 0, 0},
        {OUTCOME_TRANSIENT, 1, 0},
        {OUTCOME_MAX_TURNS, 1, 0},
        {OUTCOME_USAGE_LIMIT, 1, 1},
        {OUTCOME_USAGE_LIMIT, 1, 3},
        {OUTCOME_AUTHENTICATION, 1, 0},
        {OUTCOME_BILLING, 1, 0},
        {OUTCOME_CONFIG_CORRUPT, 1, 0},
        {OUTCOME_OK, 143, 0}, /* it was stopped after its last word */
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        choice_end(c, n, END_EXITED, all[i].code, 0, outcome_name(all[i].said));
        c->at[c->n - 1].ev.said.outcome = all[i].said;
        c->at[c->n - 1].ev.at = NOW + all[i].at * TICK;
    }
}

static void choices_keeper(struct choices *c, const struct node *n)
{
    switch ((enum keeper_state)n->keeper) {
    case KEEPER_NONE: return;
    case KEEPER_ASKED:
        choice_add(c, n, AGENT_EV_READY, "")->keeper = KEEPER_READY;
        choice_add(c, n, AGENT_EV_START_FAILED, "")->keeper = KEEPER_NONE;
        choice_add(c, n, AGENT_EV_START_FAILED, "survivors")->keeper = KEEPER_NONE;
        c->at[c->n - 1].ev.why = WHY_SURVIVORS;
        return;
    case KEEPER_READY: choice_end(c, n, END_NOT_STARTED, 0, 0, "not started"); break;
    case KEEPER_RUNS:
        for (int live = LIVE_WORKS; live <= LIVE_WAITS; live++)
            choice_add(c, n, AGENT_EV_PROGRESS, agent_live_name((enum agent_live)live))->ev.live =
                (enum agent_live)live;
        choices_said(c, n);
        choice_end(c, n, END_EXITED, 0, 0, "code 0");
        choice_end(c, n, END_EXITED, 1, 0, "code 1");
        choice_end(c, n, END_SIGNALED, 0, 0, "signal");
        choice_end(c, n, END_EXEC_FAILED, 0, 0, "exec failed");
        choice_end(c, n, END_NOT_STARTED, 0, 0, "go came too late");
        choice_end(c, n, END_UNSUPERVISED, 0, 0, "unsupervised");
        choice_end(c, n, END_LOST, 0, 0, "swept by a keeper of an earlier watchdog");
        choice_end(c, n, END_EXITED, 0, 1, "survivors");
        break;
    }
    choice_add(c, n, AGENT_EV_KEEPER_LOST, "")->keeper = KEEPER_NONE;
}

/* Everything that can happen in n. */
static inline void choices_list(struct choices *c, const struct node *n)
{
    c->n = 0;
    choices_wishes(c, n);
    choices_keeper(c, n);
    if (n->deadline != NEVER && n->deadline <= 0)
        choice_add(c, n, AGENT_EV_TIMER, "");
    choice_add(c, n, AGENT_EV_TIMER, "a tick passes")->passes = true;
}

/* --- the world's side of a step --------------------------------------------------------------------------- */

#define HOLDS(m, what)                                                                                                 \
    do {                                                                                                               \
        if (!(what) && !(m)->broken)                                                                                   \
            (m)->broken = #what;                                                                                       \
    } while (0)

static void world_spawn(struct moved *m, const struct node *before, const struct agent_policy *p)
{
    struct node *n = &m->to;
    HOLDS(m, n->keeper == KEEPER_NONE /* at most one live tree */);
    HOLDS(m, n->want == WANT_UP || before->state == AGENT_LOST /* no start unless wanted, but to sweep */);
    n->keeper = KEEPER_ASKED;
    n->tried = 1;
    n->stopped = n->killed = NEVER;
    n->hurry = n->destroyed = 0;
    if (n->sweep_only)
        return;
    size_t used = 0;
    while (used < STARTS_KEPT && n->counted[used] != NEVER)
        used++;
    HOLDS(m, (int64_t)used < p->start_limit_burst /* starts within the interval <= burst */);
    if (used < STARTS_KEPT)
        n->counted[used] = 0;
}

static void world_effect(struct moved *m, enum agent_effect e, const struct node *before, const struct agent_policy *p)
{
    struct node *n = &m->to;
    bool over = n->stopped != NEVER && n->stopped <= -p->grace / TICK;
    switch (e) {
    case AGENT_DO_SPAWN: world_spawn(m, before, p); break;
    case AGENT_DO_GO:
        HOLDS(m, n->keeper == KEEPER_READY);
        HOLDS(m, n->want == WANT_UP);
        HOLDS(m, !n->lost /* its keeper has swept */);
        HOLDS(m, !n->sweep_only);
        n->keeper = KEEPER_RUNS;
        m->went = true;
        break;
    case AGENT_DO_STOP:
        HOLDS(m, n->keeper == KEEPER_RUNS);
        HOLDS(m, n->stopped == NEVER /* a second one would be a KILL */);
        n->stopped = 0;
        break;
    case AGENT_DO_KILL:
        HOLDS(m, n->keeper == KEEPER_READY || n->keeper == KEEPER_RUNS);
        HOLDS(m, n->keeper == KEEPER_READY || n->hurry || over /* KILL only after TERM and grace, unless asked */);
        HOLDS(m, n->killed == NEVER);
        n->killed = 0;
        n->hurry = 1;
        break;
    case AGENT_DO_DESTROY:
        HOLDS(m, n->destroyed || (n->killed != NEVER && n->killed <= -LIMIT_FENCE) /* the fence had its time */);
        n->destroyed = 1;
        break;
    case AGENT_DO_ABANDON:
        HOLDS(m, n->keeper == KEEPER_ASKED);
        n->keeper = KEEPER_NONE;
        break;
    }
}

/* The event as the world sees it, before the machine answers. */
static void world_event(struct node *n, const struct node *before, const struct choice *c)
{
    bool runs = before->state == AGENT_RUNNING || before->state == AGENT_STOPPING || before->state == AGENT_KILLING;
    bool looked =
        c->ev.kind == AGENT_EV_WANT_UP && c->ev.forgive && (before->state == AGENT_DOWN || before->state == AGENT_HELD);
    n->keeper = (uint8_t)c->keeper;
    n->fresh = 0;
    switch (c->ev.kind) {
    case AGENT_EV_FOUND: n->keeper = KEEPER_RUNS; break;
    case AGENT_EV_READY: n->lost = n->tried = 0; break;
    case AGENT_EV_KEEPER_LOST:
        looked = before->promised;
        n->lost = 1;
        n->tried = n->promised = 0;
        break;
    case AGENT_EV_EXITED:
        looked = before->promised && !c->exit.survivors;
        n->promised = 0;
        break;
    case AGENT_EV_WANT_DOWN:
        n->hurry |= c->ev.now;
        n->promised = 0;
        break;
    case AGENT_EV_WANT_PAUSED: n->promised = 0; break;
    case AGENT_EV_RESTART:
        n->promised = runs;
        looked = !runs && (before->state != AGENT_STARTING || before->sweep_only);
        break;
    case AGENT_EV_WANT_UP:
    case AGENT_EV_WORK:
    case AGENT_EV_IDLE:
    case AGENT_EV_DELAY:
    case AGENT_EV_TIMER:
    case AGENT_EV_START_FAILED:
    case AGENT_EV_PROGRESS:
    case AGENT_EV_HOLD: break;
    }
    if (looked)
        memset(n->counted, NEVER, STARTS_KEPT);
    if (n->keeper == KEEPER_NONE) {
        n->stopped = n->killed = NEVER;
        n->hurry = n->destroyed = 0;
    }
}

/* --- invariants ------------------------------------------------------------------------------------------- */

/* The longest that a loop is in a state, but for one that waits for a person (ask_bound). */
static int64_t bound_of(enum agent_state state, enum agent_live live, const struct agent_policy *p)
{
    int64_t wait = 3 * TICK; /* what WORK, IDLE and DELAY say here */
    switch (state) {
    case AGENT_DOWN:
    case AGENT_HELD: return 0;
    case AGENT_WAITING:
        wait = p->pace > wait ? p->pace : wait;
        wait = p->restart_delay_max > wait ? p->restart_delay_max : wait;
        return p->start_limit_interval > wait ? p->start_limit_interval : wait;
    case AGENT_STARTING: return LIMIT_START * TICK;
    case AGENT_RUNNING: wait = quiet_of(live, p); return wait < p->iteration_timeout ? wait : p->iteration_timeout;
    case AGENT_STOPPING: return p->grace + LIMIT_FENCE * TICK;
    case AGENT_KILLING: return LIMIT_FENCE * TICK;
    case AGENT_LOST: return p->restart_delay_max;
    }
    return 0;
}

static bool asks_for(enum agent_why why)
{
    return why == WHY_AUTHENTICATION || why == WHY_BILLING;
}

/* What holds in each state, however it was reached. */
static void holds_always(struct moved *m, const struct agent *a, const struct agent_policy *p)
{
    const struct node *n = &m->to;
    bool rests = n->state == AGENT_DOWN || n->state == AGENT_HELD;
    HOLDS(m, a->want == WANT_UP || (n->state != AGENT_WAITING && n->state != AGENT_HELD));
    HOLDS(m, a->want != WANT_DOWN || n->state != AGENT_RUNNING);
    HOLDS(m, rests == (a->deadline == 0) /* a state that waits has a deadline, one that rests has none */);
    int64_t most = a->state == AGENT_WAITING && asks_for(a->why) ? ASK_MOST : bound_of(a->state, a->live, p);
    HOLDS(m, a->deadline - NOW <= most || rests /* every delay <= its maximum */);
    HOLDS(m, (a->deadline - NOW) % TICK == 0 || p->jitter_percent || rests /* exact, not a little early */);
    HOLDS(m, agent_alive(a) || n->keeper == KEEPER_NONE /* no living keeper is forgotten */);
    HOLDS(m, n->state != AGENT_RUNNING || n->keeper == KEEPER_RUNS);
    HOLDS(m, (n->state == AGENT_STARTING) == (n->keeper == KEEPER_ASKED));
    HOLDS(m, n->state != AGENT_LOST || n->lost);
    HOLDS(m, !n->lost || n->tried || n->state == AGENT_LOST /* a lost keeper is followed by one that sweeps */);
    HOLDS(m, !a->again || n->state == AGENT_STOPPING || n->state == AGENT_KILLING /* it is for this end only */);
    HOLDS(m, a->again == n->promised /* RESTART is kept, and only RESTART */);
}

/* How an end counts that the program had words for. */
static enum outcome counts_as(const struct node *before, const struct choice *c)
{
    enum outcome said = c->ev.said.outcome;
    if (before->why == WHY_STALLED || before->why == WHY_NO_OUTPUT || before->why == WHY_LINGERS)
        return said; /* its last word, and then it stayed */
    if (before->why == WHY_ITERATION_TIMEOUT)
        return OUTCOME_TIMED_OUT;
    if (c->exit.asked)
        return said == OUTCOME_OK ? OUTCOME_STOPPED : said;
    return c->exit.code == 143 ? OUTCOME_FAILED : said;
}

static int starts_of(const int8_t starts[STARTS_KEPT])
{
    int n = 0;
    while (n < STARTS_KEPT && starts[n] != NEVER)
        n++;
    return n;
}

/* What follows from it. */
static void holds_said(struct moved *m, const struct node *before, const struct choice *c, const struct agent *a,
                       const struct agent_policy *p)
{
    int64_t wait = a->deadline - NOW;
    HOLDS(m, a->last == counts_as(before, c) /* the program's word is heard */);
    if (a->want != WANT_UP || before->promised)
        return;
    if (a->last == OUTCOME_USAGE_LIMIT) {
        HOLDS(m, a->state == AGENT_WAITING && a->why == WHY_USAGE_LIMIT && a->deadline == c->ev.at);
        HOLDS(m, a->history.failures == before->failures /* a limit is no failure */);
        HOLDS(m, starts_of(m->to.starts) == starts_of(before->starts) - (starts_of(before->starts) > 0));
    }
    if (a->last == OUTCOME_AUTHENTICATION || a->last == OUTCOME_BILLING) {
        HOLDS(m, a->state == AGENT_WAITING && asks_for(a->why));
        HOLDS(m, wait == (before->asks ? ASK_MOST : ASK_FIRST) /* less and less often */);
        HOLDS(m, a->history.failures == before->failures /* nor is what only a person can mend */);
    }
    if (a->last == OUTCOME_CONFIG_CORRUPT || a->last == OUTCOME_DENIED)
        HOLDS(m, a->state == AGENT_HELD);
    if (a->last == OUTCOME_OK || a->last == OUTCOME_MAX_TURNS)
        HOLDS(m, a->state == AGENT_WAITING && wait == p->pace && a->history.failures == 0 && !a->asks);
}

/* What holds of this very step. */
static void holds_now(struct moved *m, const struct node *before, const struct choice *c, const struct agent *a,
                      const struct agent_policy *p)
{
    int64_t wait = a->deadline - NOW;
    bool failed = c->ev.kind == AGENT_EV_EXITED || c->ev.kind == AGENT_EV_START_FAILED ||
                  (c->ev.kind == AGENT_EV_TIMER && before->state == AGENT_STARTING);
    if (a->state == AGENT_WAITING && failed) {
        HOLDS(m, a->why != WHY_BACKOFF || (wait >= 0 && wait <= p->restart_delay_max));
        HOLDS(m, a->why != WHY_PACE || wait == p->pace);
    }
    if (before->promised && c->ev.kind == AGENT_EV_EXITED && !c->exit.survivors)
        HOLDS(m, a->state == AGENT_WAITING && wait == 0 /* RESTART starts at once */);
    if (before->promised && c->ev.kind == AGENT_EV_KEEPER_LOST)
        HOLDS(m, a->state == AGENT_LOST && wait == 0 /* RESTART sweeps at once */);
    if (c->ev.kind == AGENT_EV_TIMER && before->state == AGENT_RUNNING) {
        bool old = before->started <= -p->iteration_timeout / TICK,
             quiet = before->progress <= -quiet_of((enum agent_live)before->live, p) / TICK;
        HOLDS(m,
              (a->state == AGENT_STOPPING) == (old || quiet) /* stopped when it is too long or too quiet, only then */);
    }
    if (c->ev.kind == AGENT_EV_PROGRESS && a->state == AGENT_RUNNING)
        HOLDS(m, a->live == c->ev.live && a->progress_at == NOW /* what it is at is known */);
    if (c->ev.kind == AGENT_EV_EXITED && c->ev.said.outcome != OUTCOME_NONE)
        holds_said(m, before, c, a, p);
    if (c->ev.kind == AGENT_EV_EXITED && c->exit.survivors)
        HOLDS(m, a->state == (a->want == WANT_UP ? AGENT_HELD : AGENT_DOWN));
}

/* A start that met a usage limit is not counted. */
static void world_uncount(struct node *n)
{
    for (size_t i = STARTS_KEPT; i-- > 0;)
        if (n->counted[i] != NEVER) {
            n->counted[i] = NEVER;
            return;
        }
}

/* Lets c happen in `from`. */
static inline void world_step(const struct node *from, const struct choice *c, const struct agent_policy *p,
                              uint64_t seed, struct moved *m)
{
    memset(m, 0, sizeof *m);
    m->to = *from;
    if (c->passes) {
        node_age(&m->to, p);
        return;
    }
    struct agent a;
    struct agent_effects did;
    struct agent_event ev = c->ev;
    ev.exit = &c->exit;
    ev.text = "made up";
    node_agent(from, seed, &a);
    world_event(&m->to, from, c);
    agent_step(p, &a, &ev, NOW, &did);
    node_take(&m->to, &a, p);
    if (c->ev.kind == AGENT_EV_EXITED && a.last == OUTCOME_USAGE_LIMIT)
        world_uncount(&m->to);
    for (size_t i = 0; i < did.count; i++)
        world_effect(m, did.list[i], from, p);
    holds_always(m, &a, p);
    holds_now(m, from, c, &a, p);
}

#endif
