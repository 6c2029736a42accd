/* The mirror at one revision -> the snapshot. Reads only; what it can't read is the mirror's damage
 * (TROUBLE_MIRROR), never a fact. */
#ifndef CCSUP_GIT_FACTS_H
#define CCSUP_GIT_FACTS_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include "watchdog/snapshot.h"
#include <stdbool.h>
#include <stdint.h>

/* Fills s from the mirror at dir; fetched: clock_now() of the fetch; deadline: clock_boot() milliseconds.
 * Free with snapshot_clear in any case. */
bool facts_read(struct snapshot *s, const char *dir, const struct request *r, int64_t fetched, int64_t deadline,
                struct trouble *t);
/* The snapshot of a remote without any branch. */
void facts_empty(struct snapshot *s, const struct request *r, int64_t fetched);

#endif
