/* Runs a program to its end: dead when we die, with what it says captured, and never past the deadline. After a
 * deadline nothing below us is left: what it started may be grandchildren (git's transports), so the whole tree
 * goes. */
#ifndef CCSUP_SYS_CHILD_H
#define CCSUP_SYS_CHILD_H
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    int code;            /* exit code; 128 + signal; -1 when it could not be started */
    bool timed_out;      /* the deadline came first, or somebody wanted us to stop */
    struct buf out, err; /* what it said, 4 MiB and 64 KiB at most; the rest is read and dropped */
};

struct child_way {
    const struct words *env; /* whole environment */
    int64_t deadline;        /* clock_boot milliseconds */
    mode_t umask;
    /* false: it stays in our process group, with which whoever started us ends us. true: in one of its own */
    bool own_group;
    int stop;             /* with own_group: ends it once it can be read; -1 = none */
    const sigset_t *mask; /* of its signals; NULL = as ours */
    const char *input;    /* a file that it reads as standard input; NULL = nothing */
};

/* Once, before the first child: orphans come to us and not to init, so that they can be found and killed. */
void child_prepare(void);
/* Runs argv to its end or to the deadline. True when it ended by itself with exit code 0. Free with
 * child_clear in any case. */
bool child_run(struct child *c, const struct words *argv, const struct child_way *way);
void child_clear(struct child *c);

#endif
