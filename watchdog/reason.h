/* The judgement's inner parts: what it is made from, and the sentences that tell it. Used by
 * watchdog/verdict.c and watchdog/reason.c alone. Pure. */
#ifndef CCSUP_WATCHDOG_REASON_H
#define CCSUP_WATCHDOG_REASON_H
#include "watchdog/verdict.h"

/* What the judgement is made from, and the reasons as they come. */
struct judge {
    struct verdict *v;
    const struct snapshot *s;
    const struct verdict_rules *rules;
    const char *status_name, *review_name;
    int64_t now;
    bool git; /* the entries say who introduced them, so that is asked of each */
};

/* The lines of one id, as far as the judgement needs them. Places are indexes of entries; SIZE_MAX = none. */
struct ledger {
    size_t against;       /* the last FAIL or PENDING */
    size_t fail;          /* the FAIL that no PENDING has come after, or the same as against */
    bool against_dated;   /* any of them has a time */
    int64_t against_time; /* the latest effective one */
    size_t pass;          /* the PASS that stands: the freshest, else the last */
    size_t late;          /* a PASS below `against` that does not clear it, as its time is not later */
    size_t undated, stranger, early, voided, near; /* the last of each that counts for nothing */
};

/* The time that counts for a verdict, in seconds. */
int64_t judge_effective(const struct judge *j, const struct review_entry *x);
/* Does that PASS not count as code has changed since the commit that it names? */
bool judge_behind(const struct judge *j, const struct review_entry *x);
/* Was the marker brought in before that criterion had the PASS that it needs? */
bool judge_unproven(const struct marker *m, const struct verdict_criterion *c);
/* The entry at a place of the ledger; NULL for SIZE_MAX. */
const struct review_entry *judge_entry(const struct judge *j, size_t i);

/* Each adds what there is to say to the verdict's reasons. */
void reason_trust(struct judge *j);
void reason_refused_lift(struct judge *j, const struct review_entry *x);
void reason_veto(struct judge *j, const struct review_entry *x);
/* x: where its words stand now, although lifted by what is old; NULL = nowhere. */
void reason_kept_veto(struct judge *j, const struct kept_veto *veto, const struct review_entry *x);
void reason_stranger_lift(struct judge *j, const struct review_entry *x);
void reason_criterion(struct judge *j, const struct verdict_criterion *c, const struct ledger *l);
/* A VETO that the commit took away and that nothing has lifted. */
void reason_foreign_veto(struct judge *j, const struct snapshot_foreign *x);
/* proven: every criterion is PASS. */
void reason_marker(struct judge *j, bool proven);
/* What changes nothing and an operator should know. */
void reason_warnings(struct judge *j);
/* Sorts them by weight; within one weight they keep their order. */
void reason_order(struct verdict *v);

#endif
