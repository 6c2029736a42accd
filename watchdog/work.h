/* Who has work? role + facts + verdict -> the reasons to run, or none: then the loop sleeps. Pure. The reasons go
 * to the
 * status and into the prompt: codes, ids and places only, never bytes of the repository. */
#ifndef CCSUP_WATCHDOG_WORK_H
#define CCSUP_WATCHDOG_WORK_H
#include "watchdog/verdict.h"

struct work_input {
    const struct snapshot *snapshot;
    const struct verdict *verdict;
    const char *review_file; /* for the places */
    const char
        *seen_findings; /* blob of FINDINGS.md at the tip that this role's last iteration started from; "" = none */
    bool tell;          /* the operator said something to this role */
    bool parked;        /* it parked a wait */
    int64_t now, window, sweep; /* seconds */
};

/* Appends the reasons, such as "D3 MISSING", "D5 FAIL REVIEW.md:12", "D2 CLAIMED 1a2b3c4", "READY-UNMARKED". */
void work_for(enum role role, const struct work_input *in, struct words *reasons);

#endif
