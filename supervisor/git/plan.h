/* The plan of a phase, when it stands in the repository: as it is at the revision where the phase begins, whatever is
 * pushed to that file afterwards. */
#ifndef CCSUP_GIT_PLAN_H
#define CCSUP_GIT_PLAN_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include "watchdog/snapshot.h"
#include <cJSON.h>
#include <stdbool.h>

/* Adds "plan":{"blob","text"} to the answer of a poll that asked for one and found s: r->plan at r->start, or at the
 * tip when the phase has not begun. Nothing is added for a history that was rewritten. False and t when there is no
 * such file, or none that can be a plan. */
bool plan_read(const struct request *r, const struct snapshot *s, cJSON *answer, struct trouble *t);

#endif
