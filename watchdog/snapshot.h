/* What one successful poll found: the facts of one revision, from which everything is judged. Made by ccsup-git,
 * carried
 * as one JSON line, read back by the watchdog. A failed poll makes no snapshot: it is no news. */
#ifndef CCSUP_WATCHDOG_SNAPSHOT_H
#define CCSUP_WATCHDOG_SNAPSHOT_H
#include "agents/role.h"
#include "supervisor/base/err.h"
#include "watchdog/marker.h"
#include "watchdog/review.h"
#include <cJSON.h>

/* A commit `claim(<id>): ...` on the branch since the phase's start; only the newest per id. */
struct snapshot_claim {
    char id[40];
    char commit[41];
    int64_t committed; /* seconds */
    bool answered;     /* a verdict for the id was introduced in a descendant of the claim */
};

/* The last commit of one party on the branch since the start, and how many there are. */
struct snapshot_party {
    char commit[41]; /* "" = none */
    int64_t committed;
    int commits;
};

/* A commit since the start that took lines of REVIEW.md away or changed them, and is neither the Adversary's nor an
 * operator's. All that void a PASS or whose VETO stands, and the newest ones. */
struct snapshot_foreign {
    char commit[41];
    int64_t committed;
    char author[128];
    enum review_by by;
    struct words lost; /* "D1 FAIL", "D2 PASS", "VETO" */
    bool veto;         /* a VETO is among them, and nothing lifts it in a descendant */
};

struct snapshot {
    int64_t fetched; /* wall clock, ms, when the fetch had succeeded */
    bool empty;      /* the remote has no commit at all: normal at the start */
    char tip[41];    /* "" when empty */
    char start[41];  /* the phase's start revision as used; "" = from the first commit on */
    bool rewritten;  /* the tip is no descendant of the last judged revision */
    bool cut;        /* the history since the start is longer than is read: who changed what can't be told */
    bool has_status, has_review;
    struct marker marker;
    struct review review;
    char status_blob[41], review_blob[41]; /* "" = missing */
    char findings_blob[41];                /* FINDINGS.md, the Adversary's; "" = missing */
    struct snapshot_claim *claims;
    size_t claim_count;
    struct snapshot_foreign *foreign; /* newest first */
    size_t foreign_count;
    struct snapshot_party party[ROLES];
    struct words inbox[ROLES]; /* names of the files in inbox/<role>/, escaped */
};

void snapshot_clear(struct snapshot *s);
/* Whether the facts are of a revision: then git is asked about each line, and what it can't tell doesn't count. */
bool snapshot_has_provenance(const struct snapshot *s);
/* The facts as a JSON object to be printed (the caller frees). */
cJSON *snapshot_render(const struct snapshot *s);
/* And back, from JSON that was read with json_parse: fills s (free with snapshot_clear). False with e set and s
 * cleared when a
 * member is missing, of another type, out of range or too long. */
bool snapshot_parse(struct snapshot *s, const cJSON *json, struct err *e);

#endif
