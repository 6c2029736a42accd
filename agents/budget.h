/* How much of a budget is used, and what an iteration adds to what was spent. Pure. docs/claude.md, "Budgets".
 *
 * Claude says what a session has cost since it began, over all processes that went on with it, so an iteration's share
 * is a difference. Measured (2.1.330): a process saves that sum when it ends by itself or by TERM; after KILL the next
 * one goes on from the sum that was saved before. */
#ifndef CCSUP_AGENTS_BUDGET_H
#define CCSUP_AGENTS_BUDGET_H
#include "agents/ending.h"
#include "supervisor/base/buf.h"

/* NAME, name */
#define BUDGET_KINDS(X) X(COST, cost) X(ITERATIONS, iterations) X(RUN_TIME, run_time)
enum budget_kind {
#define X(name, text) BUDGET_##name,
    BUDGET_KINDS(X)
#undef X
        BUDGET_KIND_COUNT
};

/* What may be spent, or was: millionths of a dollar, iterations, ms. In a limit 0 = without one. */
struct budget {
    int64_t cost, iterations, run_time;
};

/* FINE below 80 %, WARNS below 100 %. */
#define BUDGET_LEVELS(X) X(FINE) X(WARNS) X(USED_UP)
enum budget_level {
#define X(name) BUDGET_##name,
    BUDGET_LEVELS(X)
#undef X
};

struct spent {
    struct budget sum;
    int64_t unpriced; /* iterations that did not say all that they cost: what they did not say is not in sum */
};

/* What one role has spent; only iterations that have ended. */
struct ledger {
    struct spent run, phase; /* ever; in the active phase */
    int counted;             /* number of the iteration that was counted last; 0 = none */
    char session[40];        /* that was saved last, "" = none: */
    int64_t saved;           /* what it had cost then */
};

/* An iteration that has ended. */
struct ledger_iteration {
    int number;
    bool in_phase; /* it was told of the active phase */
    bool worked;   /* it did not end at a usage limit, or for want of a login: else it is none of the iterations */
    bool saved;    /* its program ended by itself or by TERM */
    int64_t ms;    /* how long it ran */
    const struct said *said;
};

/* Adds it, unless it is the one that was counted last: its end may be heard of twice. False then. */
bool ledger_count(struct ledger *l, const struct ledger_iteration *one);
/* Adds one to sum; what would overflow stays at the largest number. */
void spent_add(struct spent *sum, const struct spent *one);
enum budget_level budget_level(int64_t spent, int64_t limit);
int64_t budget_of(const struct budget *b, enum budget_kind kind);
/* Appends "$12.40 of $50.00", "33 of 100 iterations", "2 h 05 min of 2 d 00 h"; without the second part where limit is
 * 0. */
void budget_render(struct buf *out, enum budget_kind kind, int64_t spent, int64_t limit);
const char *budget_kind_name(enum budget_kind k);   /* "run_time" */
const char *budget_level_name(enum budget_level l); /* "USED_UP" */
int budget_level_parse(const char *name);           /* or -1 */

#endif
