/* What a command is about: one phase of the configuration, its files and revisions; and the facts of it, asked from
 * ccsup-git. Shared by `ccsup verify` and the commands that write. */
#ifndef CCSUP_CLI_TARGET_H
#define CCSUP_CLI_TARGET_H
#include "supervisor/cli/cli.h"
#include "watchdog/verdict.h"
#include <cJSON.h>

struct target {
    const struct config_phase *phase;
    char *start, *last;    /* revisions, "" = from the first commit on, nothing judged before; owned */
    char *status, *review; /* file names; owned */
    const char *at;        /* revision or "" = the tip; borrowed, set before target_find */
    const char *began;     /* the phase's start; NULL = as the status document says; borrowed, set before target_find */
    bool remembers;
    struct kept kept; /* if so: what the watchdog remembers of the phase */
};

/* Fills t for the phase `asked` (NULL = the one that the watchdog's status calls active, else the first one). False and
 * e. Free with target_clear in any case. The configuration must have been read. */
bool target_find(struct cli *cli, struct target *t, const char *asked, struct err *e);
void target_clear(struct target *t);
/* The request of a poll as one line; the caller frees. */
char *target_poll(const struct cli *cli, const struct target *t);
/* Runs ccsup-git with the request, again while it is busy, at most ms each time. Its answer (owned by the caller), also
 * one that says "ok": false; NULL and e when there is none. */
cJSON *target_ask(const struct cli *cli, const char *request, int64_t ms, struct err *e);
/* Reads what the watchdog remembers of the phase, if it is the active one of the journal beside launch.conf: the rules
 * go by it from then on. Without such a journal they ask git alone. False and e when there is one that can't be
 * read. */
bool target_remember(const struct cli *cli, struct target *t, struct err *e);
/* The rules of the configuration for the phase, borrowed from cli and t. */
struct verdict_rules target_rules(const struct cli *cli, const struct target *t);

#endif
