/* Rounds of an attempt that is bounded: how long to wait before the next one, and when to give up. */
#ifndef CCSUP_BASE_ROUNDS_H
#define CCSUP_BASE_ROUNDS_H
#include <stdbool.h>
#include <stdint.h>

enum {
    ROUNDS_STEP_MAX = 50, /* ms between two rounds at most */
    ROUNDS_LATE = 1000,   /* ms: a round this late was not kept waiting by a busy machine alone */
};

/* All in ms of one clock. */
struct rounds {
    int64_t deadline;
    int64_t next; /* when the next round is due */
    int64_t step; /* doubles from 1 to ROUNDS_STEP_MAX */
};

/* The first round is due now; they are given up limit ms later. */
void rounds_begin(struct rounds *r, int64_t limit, int64_t now);
/* At the beginning of a round: is the time up? Time in which we did not run (SIGSTOP, a machine that slept) is none in
 * which anything was tried: it moves the deadline. */
bool rounds_over(struct rounds *r, int64_t now);
/* At the end of a round, now being after it. */
void rounds_wait(struct rounds *r, int64_t now);

#endif
