/* What happened in one iteration: exit.json. Written once, after the fence; its absence says that the keeper
 * died. */
#ifndef CCSUP_KEEP_RECORD_H
#define CCSUP_KEEP_RECORD_H
#include "supervisor/base/err.h"
#include "supervisor/keep/options.h"
#include "supervisor/keep/tree.h"
#include <stdbool.h>
#include <stdint.h>

/* One list: the enum and its names in exit.json. */
#define RECORD_ENDS(X)                                                                                                 \
    X(NOT_STARTED, "not_started")   /* no go came */                                                                   \
    X(EXITED, "exited")             /* the agent's first process returned a code */                                    \
    X(SIGNALED, "signaled")         /* a signal ended it */                                                            \
    X(EXEC_FAILED, "exec_failed")   /* it could not be run; reason says why */                                         \
    X(UNSUPERVISED, "unsupervised") /* ended because no watchdog came */                                               \
    X(LOST, "lost")                 /* the keeper died; the next one swept and wrote this */
#define RECORD_ASKS(X)                                                                                                 \
    X(NONE, "none")                                                                                                    \
    X(STOP, "stop")     /* TERM and the grace */                                                                       \
    X(KILL, "kill")     /* the grace was skipped */                                                                    \
    X(ORPHAN, "orphan") /* nobody asked: no watchdog for too long */

#define RECORD_END_ENUM(name, text) RECORD_END_##name,
#define RECORD_ASK_ENUM(name, text) RECORD_ASK_##name,
enum record_end { RECORD_ENDS(RECORD_END_ENUM) };
enum record_ask { RECORD_ASKS(RECORD_ASK_ENUM) };
#undef RECORD_END_ENUM
#undef RECORD_ASK_ENUM

struct record {
    int64_t iteration;
    enum record_end end;
    enum record_ask asked;
    int code, signal;
    char reason[512];
    int64_t started_at, ended_at; /* wall-clock ms; started_at 0 = never */
    int64_t cpu_ms, max_rss_kb;
    enum fence_kind fence;                              /* AUTO: none was built */
    const struct victims *leftovers, *survivors, *kept; /* borrowed; NULL = none */
};

/* exit.json until it is whole. */
#define RECORD_UNFINISHED "exit.json.new"

/* Replaces dir/exit.json atomically. False and e set when it can't be written (a full disk). */
bool record_write(const struct record *r, const char *dir, struct err *e);
/* What an earlier keeper left: no (whole) exit.json, one that names survivors, or a good one. Only after a
 * good one may the next iteration begin without a sweep. */
enum record_found { RECORD_MISSING, RECORD_SURVIVORS, RECORD_SETTLED };
/* survivors: those that it names are added. */
enum record_found record_find(const char *dir, struct victims *survivors);

#endif
