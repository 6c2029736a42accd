/* One look at the world for `ccsup wait`: does the condition hold? It changes nothing, never asks, and is over in
 * time. */
#ifndef CCSUP_CLI_PROBE_H
#define CCSUP_CLI_PROBE_H
#include "supervisor/cli/wait.h"
#include "supervisor/sys/child.h"

/* What a probe may use and what it remembers from one look to the next. Zeroed, then stop and mask filled. */
struct probe {
    const struct wait_spec *spec;
    int stop;      /* signalfd: somebody wants us to end; a probe ends early then and its answer counts for nothing */
    sigset_t mask; /* of the signals that the programs which we start get */
    int64_t deadline;    /* clock_boot ms, of this look */
    struct lookup *late; /* tcp: names that the resolver was asked for in vain; owned */
    char *scratch;       /* git: folder of the objects; NULL = none was needed; owned */
};

/* What it saw; said: what may be shown of it, whose last line counts. */
enum wait_seen probe_look(struct probe *p, struct buf *said);
void probe_clear(struct probe *p);

/* For the kinds. */
enum wait_seen probe_cmd(struct probe *p, struct buf *said);
enum wait_seen probe_http(struct probe *p, struct buf *said);
enum wait_seen probe_tls(struct probe *p, struct buf *said);
enum wait_seen probe_tcp(struct probe *p, struct buf *said);
/* Frees what the resolver is done with; what it still writes into is left to it. */
void probe_tcp_clear(struct probe *p);
enum wait_seen probe_file(struct probe *p, struct buf *said);
enum wait_seen probe_git(struct probe *p, struct buf *said);
enum wait_seen probe_verdict(struct probe *p, struct buf *said);
/* Runs a program for the probe: in a group of its own, dead at the probe's deadline. env NULL = ours. As child_run;
 * child_clear in any case. */
bool probe_run(const struct probe *p, struct child *c, const struct words *argv, const struct words *env);
/* Where the text matches, NULL: nowhere (or no such expression). In a process of its own, as a text of somebody else's
 * can make a match take for hours: false when it was not over at the deadline. */
bool probe_finds(const struct probe *p, const struct wait_regex *const re[2], const char *text, const char *found[2]);
/* seen, but for what --fail and --ok say of the text: failure comes first, an error stays one. A NUL in it is an end of
 * line: what follows is looked at too. cut: there was more text, so what was not found may stand in the rest. The line
 * that decided is added to said. */
enum wait_seen probe_reads(const struct probe *p, enum wait_seen seen, const struct buf *text, bool cut,
                           struct buf *said);

#endif
