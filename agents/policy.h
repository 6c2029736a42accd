/* What launch.conf says of one agent's loop: the numbers that its state machine obeys. All times in milliseconds. */
#ifndef CCSUP_AGENTS_POLICY_H
#define CCSUP_AGENTS_POLICY_H
#include <stdbool.h>
#include <stdint.h>

struct agent_policy {
    int64_t pace;                 /* from the end of a good iteration to the next while there is work */
    int64_t wake_every;           /* most that pace grows to while nothing is pushed; first wake-up without work */
    int64_t restart_delay;        /* after the first failure; doubles with each further one */
    int64_t restart_delay_max;    /* most that it doubles to */
    int64_t jitter_percent;       /* a backoff is moved by up to this share, either way, within its maximum */
    int64_t start_limit_burst;    /* so many starts ... */
    int64_t start_limit_interval; /* ... within this: a failing agent is held, a good one waits for room */
    int64_t grace;                /* from TERM to KILL */
    int64_t idle_timeout;         /* no progress for this long: stalled, restarted */
    bool speaks;                  /* it is Claude, which says something soon after its start: */
    int64_t start_timeout;        /* the same before its first output */
    int64_t tool_timeout;         /* the same while a tool runs */
    int64_t max_wait;             /* the longest that it may wait, its turn over, for a background task or wake-up */
    int64_t iteration_timeout;    /* longest iteration */
};

#endif
