/* What an operator can be told of, and to whom: the sections [notify NAME]. What becomes of it: watchdog/notify.h. */
#ifndef CCSUP_CONFIG_NOTIFY_H
#define CCSUP_CONFIG_NOTIFY_H
#include "supervisor/base/words.h"
#include <stdint.h>

/* NAME, its word in launch.conf and in a message, weight (3: somebody must act, or it is over; a full queue drops the
 * least first), how many of it are sent within ten minutes (the others are counted, and said as a number). */
#define NOTIFY_KINDS(X)                                                                                                \
    X(DONE, "done", 3, 100)            /* a phase is DONE */                                                           \
    X(PHASE, "phase", 1, 100)          /* a phase has begun */                                                         \
    X(HELD, "held", 3, 20)             /* an agent rests until an operator acts */                                     \
    X(BUDGET, "budget", 3, 20)         /* a budget is nearly or wholly used up */                                      \
    X(STUCK, "stuck", 3, 20)           /* the pair goes nowhere */                                                     \
    X(TAMPERED, "tampered", 3, 20)     /* the repository's history was rewritten */                                    \
    X(REPOSITORY, "repository", 2, 10) /* it can't be read */                                                          \
    X(VETO, "veto", 2, 10)             /* a VETO stands */                                                             \
    X(LIMIT, "limit", 2, 10)           /* a usage limit was met */                                                     \
    X(CHECK, "check", 2, 20)           /* a check of `ccsup check` fails */                                            \
    X(RESTARTED, "restarted", 2, 5)    /* a watchdog runs after one that died */                                       \
    X(STALLED, "stalled", 1, 5)        /* an iteration was ended: no progress, or too long */                          \
    X(CRASHED, "crashed", 1, 5)        /* an iteration failed */
enum notify_kind {
#define X(name, word, weight, burst) NOTIFY_##name,
    NOTIFY_KINDS(X)
#undef X
        NOTIFY_KIND_COUNT
};

/* One receiver: a URL or a command. */
struct config_notify {
    char *name; /* the section's NAME */
    int line;
    char *url;            /* http:// or https://; "" = the command */
    struct words command; /* program and arguments */
    struct words events;  /* words of NOTIFY_KINDS, or all */
    char *token_file;     /* "" = none; relative to launch.conf */
    char *token_env;      /* name of a variable; "" = none */
    struct words headers; /* NAME: VALUE */
    char *ca;             /* file of certificates; "" = the system's */
    int64_t timeout;      /* ms */
    int64_t deadman;      /* ms: it is called so often while all is well, and for nothing else; 0 = no such receiver */
};

const char *notify_kind_word(enum notify_kind k);
int notify_kind_find(const char *word); /* or -1 */
int notify_kind_weight(enum notify_kind k);
int notify_kind_burst(enum notify_kind k);

#endif
