/* history + outcome + clock -> when may the loop start again? Pure; the random number comes from a seed that the caller
 * gives once, so that a recorded run replays to the same delays. */
#ifndef CCSUP_AGENTS_RESTART_H
#define CCSUP_AGENTS_RESTART_H
#include "agents/outcome.h"
#include "agents/policy.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESTART_STARTS_MAX = 64 }; /* the largest start_limit_burst */

struct restart_history {
    int64_t starts[RESTART_STARTS_MAX]; /* ms, newest last */
    size_t count;
    int failures;    /* in a row */
    uint64_t random; /* state of the jitter; never 0 after restart_init */
};

void restart_init(struct restart_history *h, uint64_t seed);
/* Notes a start. */
void restart_started(struct restart_history *h, int64_t now);
/* The newest start met a usage limit: it was none of a loop that fails, and is not counted. */
void restart_uncount(struct restart_history *h);
/* An operator looked: failures and starts are forgotten, the jitter goes on. */
void restart_forgive(struct restart_history *h);
/* Starts still counted in the interval that ends now. */
size_t restart_recent(const struct restart_history *h, const struct agent_policy *p, int64_t now);
/* The earliest time when one more start keeps the limit; now when there is room. */
int64_t restart_room(const struct restart_history *h, const struct agent_policy *p, int64_t now);
/* Milliseconds to wait after the failure that was just counted in h->failures: restart_delay doubled for each failure
 * after the first, at most restart_delay_max, moved by the jitter within [0, restart_delay_max]. */
int64_t restart_backoff(struct restart_history *h, const struct agent_policy *p);

#endif
