#include "agents/restart.h"
#include <string.h>

void restart_init(struct restart_history *h, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    h->random = seed ? seed : 1;
}

void restart_started(struct restart_history *h, int64_t now)
{
    if (h->count == RESTART_STARTS_MAX) {
        memmove(h->starts, h->starts + 1, (RESTART_STARTS_MAX - 1) * sizeof *h->starts);
        h->count--;
    }
    h->starts[h->count++] = now;
}

void restart_uncount(struct restart_history *h)
{
    h->count -= h->count > 0;
}

void restart_forgive(struct restart_history *h)
{
    h->count = 0;
    h->failures = 0;
}

size_t restart_recent(const struct restart_history *h, const struct agent_policy *p, int64_t now)
{
    size_t n = 0;
    for (size_t i = 0; i < h->count; i++)
        n += h->starts[i] > now - p->start_limit_interval;
    return n;
}

int64_t restart_room(const struct restart_history *h, const struct agent_policy *p, int64_t now)
{
    size_t burst = (size_t)p->start_limit_burst;
    if (h->count < burst)
        return now;
    int64_t at = h->starts[h->count - burst] + p->start_limit_interval;
    /* A clock that was set back must not make it wait longer than the limit's own interval. */
    if (at > now + p->start_limit_interval)
        at = now + p->start_limit_interval;
    return at > now ? at : now;
}

/* xorshift64 (Marsaglia): good enough to spread restarts, small enough to replay. */
static uint64_t restart_random(struct restart_history *h)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    return h->random;
}

int64_t restart_backoff(struct restart_history *h, const struct agent_policy *p)
{
    int64_t delay = p->restart_delay;
    for (int i = 1; i < h->failures && delay < p->restart_delay_max; i++)
        delay *= 2;
    if (delay > p->restart_delay_max)
        delay = p->restart_delay_max;
    int64_t spread = delay * p->jitter_percent / 100;
    if (spread > 0)
        delay += (int64_t)(restart_random(h) % (uint64_t)(2 * spread + 1)) - spread;
    return delay > p->restart_delay_max ? p->restart_delay_max : delay;
}
