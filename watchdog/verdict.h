/* The judgement: facts of one revision + criteria + clock -> DONE, NOT_DONE or UNKNOWN, and why. docs/protocol.md,
 * "Verdicts", "Times", "The decision". Pure. The second look after done.confirm is the watchdog's (watchdog.c), not
 * this function's. */
#ifndef CCSUP_WATCHDOG_VERDICT_H
#define CCSUP_WATCHDOG_VERDICT_H
#include "supervisor/config/waiver.h"
#include "watchdog/kept.h"

enum verdict_value { VERDICT_NOT_DONE, VERDICT_DONE, VERDICT_UNKNOWN };

#define CRITERION_STATES(X) X(PASS) X(STALE) X(FUTURE) X(UNDATED) X(FAIL) X(PENDING) X(MISSING) X(REFUSED)
enum criterion_state {
#define X(name) CRITERION_##name,
    CRITERION_STATES(X)
#undef X
};

/* docs/protocol.md, "The decision". CONFIRMING and STUCK are the watchdog's; verdict_judge yields the others. */
#define VERDICT_STATES(X)                                                                                              \
    X(RUNNING) X(READY_UNMARKED) X(CLAIMED_UNPROVEN) X(VETOED) X(TAMPERED) X(REFUSED) X(CONFIRMING) X(STUCK) X(DONE)
enum verdict_state {
#define X(name) STATE_##name,
    VERDICT_STATES(X)
#undef X
};

struct verdict_rules {
    const struct words *criteria;
    int64_t window, skew;                 /* seconds */
    const struct config_waivers *waivers; /* the operator's; NULL = none */
    const struct kept *kept; /* what the watchdog remembers of the phase; NULL = judged from the snapshot alone */
    bool require_current;    /* a PASS is STALE when code has changed since the commit that it names */
};

struct verdict_criterion {
    char id[40];
    enum criterion_state state;
    const struct review_entry *entry;   /* that decided; NULL = none. Lives in the snapshot */
    int64_t effective;                  /* seconds; 0 = none */
    bool claimed;                       /* an unanswered claim stands */
    const struct config_waiver *waiver; /* that holds now: it needs no PASS, whatever its state; NULL = none */
    bool passed;                        /* a standing PASS whatever its age: PASS or STALE */
    bool behind;                        /* that PASS is STALE as code has changed since (require_current) */
    const struct review_entry *voided;  /* without one: the last PASS that a foreign commit voids; NULL = none */
};

/* One thing that keeps it from being done. Codes go to the agents' prompts; text and fix to people (already
 * escaped). */
struct verdict_reason {
    /* "D3 STALE" is code STALE, id D3. Codes: NO_MARKER NEAR_MARKER STALE FUTURE UNDATED FAIL PENDING MISSING VETO
     * REFUSED_STATUS REFUSED_REVIEW TAMPERED NOT_ADVERSARY BEFORE_START FOREIGN BEHIND EARLY_MARKER FROZEN CUT. */
    const char *code;
    char id[40];      /* criterion or "" */
    const char *file; /* STATUS.md, REVIEW.md (the phase's real name), or NULL */
    int line;         /* 0 = none */
    char *text, *fix; /* owned; fix may be NULL */
};

struct verdict {
    enum verdict_value value;
    enum verdict_state state;
    struct verdict_criterion *criteria;
    size_t count;
    size_t passing;                 /* criteria in PASS */
    size_t waived;                  /* criteria in another state that need none now */
    bool marked;                    /* the marker stands and was not too early */
    bool frozen;                    /* ... but code has changed since */
    int vetoes;                     /* standing, with those whose line is gone */
    struct verdict_reason *reasons; /* in order of weight */
    size_t reason_count;
    bool kept;             /* judged with what the watchdog remembers */
    struct words warnings; /* what changes nothing and an operator should know, escaped */
};

/* Judges s at `now` (seconds). status_name, review_name: the phase's file names, for the reasons; they must outlive v.
 * Free with verdict_clear; s must outlive v. */
void verdict_judge(struct verdict *v, const struct snapshot *s, const struct verdict_rules *rules,
                   const char *status_name, const char *review_name, int64_t now);
void verdict_clear(struct verdict *v);
const char *verdict_value_name(enum verdict_value x); /* "NOT_DONE" "DONE" "UNKNOWN" */
const char *verdict_state_name(enum verdict_state x); /* "READY-UNMARKED": the protocol's spelling */
const char *criterion_state_name(enum criterion_state x);

#endif
