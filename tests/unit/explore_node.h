/* One state of the exploration: an agent's machine and the world around it, reduced to what decides what can happen
 * next. Times are ticks relative to the present and are cut off where they stop to matter, so that there are finitely
 * many states; the machine itself is always the real one, rebuilt from the node for each step. */
#ifndef CCSUP_TESTS_EXPLORE_NODE_H
#define CCSUP_TESTS_EXPLORE_NODE_H
#include "agents/agent.h"
#include <string.h>

enum {
    TICK = 5000,         /* ms; every time of the policies below is a multiple of it, as agent.c's own limits are */
    NOW = 100000 * TICK, /* the present, in each step */
    LIMIT_START = 6,     /* ticks: how long agent.c waits for a keeper, for a fence, for a keeper's death */
    LIMIT_FENCE = 3,
    LIMIT_DESTROY = 1,
    LIMIT_LINGER = 3,
    LIMIT_WAIT = 24,        /* on top of max_wait */
    ASK_FIRST = 30 * 60000, /* ms */
    FAR = 12,               /* ticks: a deadline that is further away looks as if it were here */
    ASKS_MANY = 4,          /* so many in a row: one more changes nothing; 1 is taken for it, too */
    STARTS_KEPT = 4,
    NEVER = -128 /* as a time in ticks: there is none */
};

enum keeper_state { KEEPER_NONE, KEEPER_ASKED, KEEPER_READY, KEEPER_RUNS };

struct node {
    /* the agent */
    uint8_t state, want, why, again, sweep_only, failures, asks;
    uint8_t live;               /* while it runs */
    int8_t deadline;            /* one tick late stands for any lateness */
    int8_t started, progress;   /* of the running iteration */
    int8_t starts[STARTS_KEPT]; /* of its history, oldest first; NEVER = unused */
    /* the world */
    uint8_t keeper;
    uint8_t fresh;               /* nothing happened yet: an agent may be found running */
    uint8_t lost;                /* a keeper died without a record and nobody has swept since */
    uint8_t tried;               /* a keeper was asked for since then */
    int8_t stopped;              /* when STOP was said */
    uint8_t hurry;               /* the grace may be skipped: asked for, or over */
    int8_t killed;               /* when KILL was said */
    uint8_t destroyed;           /* the keeper itself was killed */
    uint8_t promised;            /* RESTART said: once it has ended, start at once */
    int8_t counted[STARTS_KEPT]; /* starts since an operator last looked, counted by the world */
};

static inline int8_t node_cut(int64_t ticks, int64_t low)
{
    return (int8_t)(ticks < low ? low : ticks > FAR ? FAR : ticks);
}

/* For how long it may be quiet, ms: the manual's word for it, said here once more. */
static inline int64_t quiet_of(enum agent_live live, const struct agent_policy *p)
{
    switch (live) {
    case LIVE_SILENT: return p->speaks ? p->start_timeout : p->idle_timeout;
    case LIVE_WORKS: return p->idle_timeout;
    case LIVE_TOOL: return p->tool_timeout;
    case LIVE_ENDED: return LIMIT_LINGER * TICK;
    case LIVE_WAITS: return p->max_wait + LIMIT_WAIT * TICK;
    }
    return 0;
}

/* The oldest progress that is told apart: what is older than that is stopped, for this or for its age. */
static inline int64_t node_oldest(const struct node *n, const struct agent_policy *p)
{
    int64_t quiet = quiet_of((enum agent_live)n->live, p);
    return -(quiet < p->iteration_timeout ? quiet : p->iteration_timeout) / TICK;
}

/* Ticks from now, rounded up: a delay that the jitter moved becomes due at the next tick. */
static inline int64_t node_ticks(int64_t at)
{
    int64_t d = at - NOW;
    return d > 0 ? (d + TICK - 1) / TICK : d / TICK;
}

static inline void node_agent(const struct node *n, uint64_t seed, struct agent *a)
{
    memset(a, 0, sizeof *a);
    a->state = (enum agent_state)n->state;
    a->want = (enum agent_want)n->want;
    a->why = (enum agent_why)n->why;
    a->again = n->again;
    a->sweep_only = n->sweep_only;
    a->asks = n->asks;
    a->live = (enum agent_live)n->live;
    a->deadline = n->deadline == NEVER ? 0 : NOW + (int64_t)n->deadline * TICK;
    a->started_at = n->started == NEVER ? 0 : NOW + (int64_t)n->started * TICK;
    a->progress_at = n->progress == NEVER ? 0 : NOW + (int64_t)n->progress * TICK;
    a->iteration = 1;
    a->history.failures = n->failures;
    a->history.random = seed | 1;
    for (size_t i = 0; i < STARTS_KEPT; i++)
        if (n->starts[i] != NEVER)
            a->history.starts[a->history.count++] = NOW + (int64_t)n->starts[i] * TICK;
}

/* The newest of those that still count. */
static inline void node_starts(int8_t out[STARTS_KEPT], const int64_t *at, size_t count, const struct agent_policy *p)
{
    size_t kept = 0;
    memset(out, NEVER, STARTS_KEPT);
    for (size_t i = 0; i < count; i++)
        if (at[i] > NOW - p->start_limit_interval && count - i <= STARTS_KEPT)
            out[kept++] = (int8_t)((at[i] - NOW) / TICK);
}

/* Puts the machine's state after a step into the node. */
static inline void node_take(struct node *n, const struct agent *a, const struct agent_policy *p)
{
    int saturated = 1; /* so many failures in a row: one more changes nothing */
    for (int64_t d = p->restart_delay; d < p->restart_delay_max; d *= 2)
        saturated++;
    n->state = (uint8_t)a->state;
    n->want = (uint8_t)a->want;
    n->why = (uint8_t)a->why;
    n->again = a->again;
    n->sweep_only = a->sweep_only;
    n->asks = a->asks ? ASKS_MANY : 0;
    n->live = LIVE_SILENT;
    n->failures = (uint8_t)(a->history.failures < saturated ? a->history.failures : saturated);
    n->deadline = a->deadline ? node_cut(node_ticks(a->deadline), -1) : NEVER;
    n->started = n->progress = NEVER;
    if (a->state == AGENT_RUNNING) {
        n->live = (uint8_t)a->live;
        n->started = node_cut(node_ticks(a->started_at), -p->iteration_timeout / TICK);
        n->progress = node_cut(node_ticks(a->progress_at), node_oldest(n, p));
    }
    node_starts(n->starts, a->history.starts, a->history.count, p);
}

static inline void node_age_starts(int8_t starts[STARTS_KEPT], const struct agent_policy *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < STARTS_KEPT; i++)
        if (starts[i] != NEVER && starts[i] - 1 > -p->start_limit_interval / TICK)
            starts[kept++] = (int8_t)(starts[i] - 1);
    while (kept < STARTS_KEPT)
        starts[kept++] = NEVER;
}

/* One tick passes. */
static inline void node_age(struct node *n, const struct agent_policy *p)
{
    if (n->deadline != NEVER)
        n->deadline = node_cut(n->deadline - 1, -1);
    if (n->started != NEVER)
        n->started = node_cut(n->started - 1, -p->iteration_timeout / TICK);
    if (n->progress != NEVER)
        n->progress = node_cut(n->progress - 1, node_oldest(n, p));
    if (n->stopped != NEVER)
        n->stopped = node_cut(n->stopped - 1, -p->grace / TICK);
    if (n->killed != NEVER)
        n->killed = node_cut(n->killed - 1, -LIMIT_FENCE);
    node_age_starts(n->starts, p);
    node_age_starts(n->counted, p);
}

#endif
