/* The decision of `ccsup wait`: what probes saw, and the clock, make it met, failed, given up or out of time. Pure:
 * times are milliseconds on one clock of the caller's. docs/waiting.md. */
#ifndef CCSUP_WATCHDOG_WAIT_H
#define CCSUP_WATCHDOG_WAIT_H
#include "supervisor/base/buf.h"
#include <stdint.h>

/* What one probe saw: the condition holds · not yet · it has failed and will not hold · cannot tell · what is watched
 * is no longer what was meant. */
#define WAIT_SEENS(X) X(YES) X(NO) X(FAIL) X(ERROR) X(SUPERSEDED)
enum wait_seen {
#define X(name) WAIT_SEEN_##name,
    WAIT_SEENS(X)
#undef X
};

/* How it ended, the word for it, and the exit code (124 as timeout(1) has it). */
#define WAIT_ENDS(X)                                                                                                   \
    X(GOES_ON, "goes on", 0)                                                                                           \
    X(MET, "met", 0)                                                                                                   \
    X(FAILED, "failed", 1)                                                                                             \
    X(ERROR, "error", 3)                                                                                               \
    X(SUPERSEDED, "superseded", 7)                                                                                     \
    X(TIMEOUT, "timeout", 124)
enum wait_end {
#define X(name, word, code) WAIT_##name,
    WAIT_ENDS(X)
#undef X
};

struct wait_rules {
    int64_t every;    /* ms from one probe's beginning to the next one's */
    int64_t deadline; /* when it is given up */
    int64_t progress; /* ms of silence at most */
    int stable;       /* so many YES in a row are met */
    int fail_stable;  /* so many FAIL in a row are failed */
    int max_errors;   /* more ERROR in a row are given up */
};

enum { WAIT_LAST_MAX = 160, WAIT_LINE_MAX = 400, WAIT_NAME_MAX = 64 };

struct wait {
    int64_t began;   /* when it began to wait */
    int64_t next_at; /* when the next probe is due */
    int64_t told_at; /* when something was last said */
    int64_t polls;
    int yes, fails, errors;       /* in a row */
    enum wait_seen seen;          /* of the last probe */
    char last[WAIT_LAST_MAX + 1]; /* what it said, masked and escaped; "" = nothing */
};

/* first: when the first probe is due. */
void wait_begin(struct wait *w, int64_t now, int64_t first);
/* A probe that began at `began` and is over now saw this; text: n bytes, of which the last line that says something is
 * kept. A FAIL is never made good by a YES of the same probe: the caller says FAIL then. */
enum wait_end wait_saw(struct wait *w, const struct wait_rules *r, enum wait_seen seen, const char *text, size_t n,
                       int64_t began, int64_t now);
/* Is it over by the clock alone? */
enum wait_end wait_late(const struct wait_rules *r, int64_t now);
/* When to look at the clock again: the next probe, progress line or the end. */
int64_t wait_due(const struct wait *w, const struct wait_rules *r);
/* Must something be said so that the silence has an end? It counts as said then. */
bool wait_tells(struct wait *w, const struct wait_rules *r, int64_t now);
/* The last line, at most WAIT_LINE_MAX bytes and no newline. name "" = none. next: what to do now; "" = nothing. json:
 * as an object of one line. */
void wait_line(struct buf *b, const struct wait *w, enum wait_end end, const char *name, const char *next, bool json,
               int64_t now);
/* "not yet, 412 s, 14 polls: 3/5 replicas" */
void wait_progress(struct buf *b, const struct wait *w, int64_t now);
const char *wait_end_word(enum wait_end e); /* "met" */
int wait_end_code(enum wait_end e);         /* the exit code */

#endif
