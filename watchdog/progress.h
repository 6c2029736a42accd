/* How far the active phase has come, and whether the pair goes nowhere: the same criterion passing and failing in turn,
 * or so many rounds without a newly verified one. Counted from judgements and ended iterations, kept in the journal, so
 * that killing the watchdog starts no count anew. Pure. docs/protocol.md, "Stuck". */
#ifndef CCSUP_WATCHDOG_PROGRESS_H
#define CCSUP_WATCHDOG_PROGRESS_H
#include "supervisor/base/buf.h"
#include "watchdog/verdict.h"
#include <cJSON.h>

/* NO_WORK is no count: neither loop has work, and it is not done. It goes by itself as soon as one has. */
#define STUCK_WHYS(X) X(NO) X(FLIPS) X(ROUNDS) X(NO_WORK)
enum stuck_why {
#define X(name) STUCK_##name,
    STUCK_WHYS(X)
#undef X
};

/* What was last seen of one criterion. */
struct progress_criterion {
    char id[40];
    bool verified; /* has passed at least once since the phase began */
    int side;      /* 1 it passed last, -1 it failed last, 0 neither yet */
    int flips;     /* changes of side since the last progress */
};

struct progress {
    struct progress_criterion *list;
    size_t count;
    int base; /* iterations of both that had ended at the last progress: a newly verified criterion, the phase's
                 beginning, or an operator's act */
    enum stuck_why stuck;
    char id[40]; /* FLIPS: of the criterion that flips most */
    int number;  /* FLIPS, ROUNDS: how many */
};

struct progress_limits {
    int64_t flips, rounds; /* 0 = never */
};

/* Nothing is known: a phase begins. Frees what it holds. */
void progress_clear(struct progress *p);
/* Looks at a judgement; iterations: of both that have ended in this phase. True when what progress_render gives has
 * changed. */
bool progress_look(struct progress *p, const struct verdict *v, int iterations, const struct progress_limits *limits);
/* Does somebody have work? */
void progress_work(struct progress *p, bool somebody);
/* An operator has acted: every count begins anew. */
void progress_forgive(struct progress *p, int iterations);
/* A round is an iteration of each, or two of the same. */
int progress_rounds(const struct progress *p, int iterations);
/* For the journal, and back. */
cJSON *progress_render(const struct progress *p);
void progress_parse(struct progress *p, const cJSON *json);
/* Appends "D3 passed and failed in turn 6 times" or its like; codes and numbers only. */
void progress_tell(const struct progress *p, struct buf *out);
const char *stuck_why_name(enum stuck_why w);

#endif
