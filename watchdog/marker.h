/* STATUS.md -> does the marker stand? docs/protocol.md, "The marker". Pure; linear in the file. */
#ifndef CCSUP_WATCHDOG_MARKER_H
#define CCSUP_WATCHDOG_MARKER_H
#include "supervisor/base/words.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct marker {
    bool refused; /* the file must not be read at all */
    char why[200];
    bool done;             /* the marker stands by its text alone */
    int line;              /* of the marker; of the first near miss when not done; 0 = none */
    uint64_t hash;         /* of the marker's line */
    struct words near;     /* "line 12: `## Done` is not in upper case; write: ## DONE" */
    struct words warnings; /* "line 12: a fence that is never closed makes the rest dim" */
    /* Provenance, filled by ccsup-git; zero without git. */
    char commit[41]; /* that introduced the marker's line */
    int64_t committed;
    char author[128];
    bool after_start;      /* that commit is a proper descendant of the phase's start revision */
    struct words unproven; /* the criteria that had no PASS, of any age, in that commit's REVIEW */
    int changes;           /* commits after it that change anything but the state files */
    char changed[41];      /* the newest of them */
};

/* Free with marker_clear. */
void marker_read(struct marker *m, const char *text, size_t n, int64_t max_bytes);
void marker_clear(struct marker *m);

#endif
