/* Who did what since the phase's start: the claims and the parties of a snapshot, from commits alone. */
#ifndef CCSUP_GIT_CLAIMS_H
#define CCSUP_GIT_CLAIMS_H
#include "supervisor/git/graph.h"
#include "supervisor/git/request.h"
#include "watchdog/snapshot.h"

/* Fills s->claims and s->party. s->review's provenance must be there: a claim is answered by a verdict for
 * its id that a descendant of the claim introduced (not the Builder's own). */
void claims_find(struct snapshot *s, const struct graph *g, const struct request *r);

#endif
