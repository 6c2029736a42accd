/* What `ccsup wait` was told: the probe, when it holds, and how long to wait. docs/waiting.md. */
#ifndef CCSUP_CLI_WAIT_H
#define CCSUP_CLI_WAIT_H
#include "supervisor/cli/cli.h"
#include "watchdog/wait.h"
#include <regex.h>

/* Kinds of probes and how they are written. */
#define PROBES(X)                                                                                                      \
    X(CMD, "cmd")                                                                                                      \
    X(HTTP, "http")                                                                                                    \
    X(TCP, "tcp")                                                                                                      \
    X(TLS, "tls")                                                                                                      \
    X(FILE, "file")                                                                                                    \
    X(GIT, "git")                                                                                                      \
    X(VERDICT, "verdict")
enum probe_kind {
#define X(name, word) PROBE_##name,
    PROBES(X)
#undef X
};

struct wait_regex {
    regex_t re;
    bool set;
};

enum { WAIT_EXITS = 256, WAIT_STATUSES = 600 };

struct wait_spec {
    const char *name; /* "" = none */
    enum probe_kind kind;
    char **words; /* what the probe is about, without its kind; borrowed */
    int word_count;
    struct wait_rules rules; /* without the deadline */
    int64_t timeout_ms, initial_delay, probe_timeout;
    int64_t until; /* wall clock, seconds: timeout_ms follows from it; 0 = it was given itself */
    struct wait_regex ok, fail, subject;
    bool json;
    bool fail_exit[WAIT_EXITS];          /* cmd: codes that say that it has failed */
    bool statuses[WAIT_STATUSES];        /* http: that hold */
    const struct words *headers;         /* http */
    const char *ca;                      /* http, tls: "" = the system's */
    int days;                            /* tls */
    bool absent;                         /* file: it holds when there is none */
    int64_t newer_than;                  /* file: ms, wall clock; 0 = any */
    const char *moved_from, *path, *pin; /* git; "" = none */
};

/* Reads the options and words of the verb. CLI_YES; CLI_USAGE and the sentence. Free with wait_spec_clear in any
 * case. */
enum cli_exit wait_spec_read(struct cli *cli, struct wait_spec *s);
void wait_spec_clear(struct wait_spec *s);

#endif
