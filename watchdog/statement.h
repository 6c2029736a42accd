/* One line of REVIEW.md -> what it states about a criterion. docs/protocol.md, "Verdicts". Pure, linear in
 * the line. PASS is read strictly; FAIL loosely. */
#ifndef CCSUP_WATCHDOG_STATEMENT_H
#define CCSUP_WATCHDOG_STATEMENT_H
#include "watchdog/review.h"
#include "watchdog/subject.h"

struct statement {
    bool stated; /* false: the line says nothing about any id */
    bool worded; /* it begins with an id and a verdict word stands on it, or words that take it back; count or not */
    enum review_kind kind;
    enum review_dating dating;
    int64_t written; /* seconds; only when dated */
    char sha[41];    /* "" = none */
    char why[200];   /* the rule that a refused PASS broke; "" = none */
    struct subject subject;
};

/* Reads a line, without comments and struck text. dim: why no PASS counts on it, or NULL. hits: one bool a
 * criterion; it becomes subject.hit. */
void statement_read(struct statement *s, const struct subject_ids *ids, struct text line, const char *dim, bool *hits);

/* What stands before the first word of a line. */
struct lead {
    size_t at;     /* bytes of marks and blanks */
    bool open_box; /* a box with anything but x */
    bool doubtful; /* marks that a PASS or a lifting must not have: a sign such as ✅, hashes without a blank */
    bool cross;    /* ❌ ✗ or ✘ */
    bool row;      /* a table's row begins with | */
    bool tick;     /* the last mark is a backtick */
    bool bracket;  /* the last mark is [ */
};
struct lead lead_read(struct text line);

/* The words between PASS (or LIFTED) and its time, and in brackets after the time, that take it back: a hedge
 * or a retraction. Sets why and returns true when there is one. */
bool statement_hedged(struct text between, struct text after, char *why, size_t size);
/* Where the first readable time of t begins and ends. False when there is none. */
bool statement_time(struct text t, size_t *begin, size_t *end, int64_t *seconds);

#endif
