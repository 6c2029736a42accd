/* The command line of ccsup-keep. Everything is given once; only --user may be left out (the keeper's own user),
 * nothing else has a default: the watchdog decides. */
#ifndef CCSUP_KEEP_OPTIONS_H
#define CCSUP_KEEP_OPTIONS_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* What holds together all that the agent starts. One list: the enum and its words in launch.conf and the records. */
#define OPTIONS_FENCES(X)                                                                                              \
    X(AUTO, "auto")           /* the first of these that this machine allows */                                        \
    X(PIDNS, "pidns")         /* the keeper is PID 1 of the agent's PID namespace (root only) */                       \
    X(CGROUP, "cgroup")       /* a control group of its own, killed as one */                                          \
    X(SUBREAPER, "subreaper") /* descent from the keeper, in rounds */

#define OPTIONS_FENCE_ENUM(name, text) FENCE_##name,
enum fence_kind { OPTIONS_FENCES(OPTIONS_FENCE_ENUM) FENCE_KINDS };
#undef OPTIONS_FENCE_ENUM

/* Points into argv; nothing to free. */
struct options {
    bool sweep;            /* keep nothing: only state, role, clone, tmp and keep are set */
    const char *state;     /* the instance's state folder, absolute */
    const char *role;      /* builder or adversary */
    const char *socket;    /* where to listen, absolute */
    const char *clone;     /* the agent's working directory, absolute */
    const char *tmp;       /* the agent's TMPDIR (with --user: the folder it is in), absolute */
    const char *run_id;    /* 32 hex digits: value of the marker CCSUP_RUN_ID */
    const char *user;      /* name of the user that the agent runs as; NULL = the keeper's own */
    bool wait;             /* until standard input says begin */
    int64_t over;          /* the iteration whose keeper told the watchdog that nothing of it lives; 0 = none (not an
                              option: that word says it) */
    enum fence_kind fence; /* what is asked for */
    enum fence_kind tried; /* the caller has just seen an agent run in it: no trial; AUTO = none */
    bool keep;             /* what the agent leaves behind at a clean end is left alone */
    int64_t grace;         /* ms between TERM and KILL */
    int64_t orphan;        /* ms without a watchdog until the agent is stopped; 0 = never */
    char *const *command;  /* NULL-terminated, at least one word */
};

/* False and e set on wrong use. */
bool options_parse(struct options *o, int argc, char *const *argv, struct err *e);
/* The usage, for --help and wrong use. */
extern const char options_usage[];
const char *options_fence_name(enum fence_kind kind);

#endif
