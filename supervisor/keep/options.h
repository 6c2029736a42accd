/* The command line of ccsup-keep. Everything is given once, nothing has a default: the watchdog decides. */
#ifndef CCSUP_KEEP_OPTIONS_H
#define CCSUP_KEEP_OPTIONS_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* Points into argv; nothing to free. */
struct options {
    const char *state;    /* the instance's state folder, absolute */
    const char *role;     /* builder or adversary */
    const char *socket;   /* where to listen, absolute */
    const char *clone;    /* the agent's working directory, absolute */
    const char *tmp;      /* the agent's TMPDIR, absolute; only looked at by the sweep */
    const char *run_id;   /* 32 hex digits: value of the marker CCSUP_RUN_ID */
    int64_t grace;        /* ms between TERM and KILL */
    int64_t orphan;       /* ms without a watchdog until the agent is stopped; 0 = never */
    char *const *command; /* NULL-terminated, at least one word */
};

/* False and e set on wrong use. */
bool options_parse(struct options *o, int argc, char *const *argv, struct err *e);
/* The usage, for --help and wrong use. */
extern const char options_usage[];

#endif
