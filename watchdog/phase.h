/* The phases: names of the active one's files, and which is next. Pure. docs/protocol.md, "Phases". */
#ifndef CCSUP_WATCHDOG_PHASE_H
#define CCSUP_WATCHDOG_PHASE_H
#include "supervisor/config/config.h"
#include "supervisor/base/err.h"
#include <cJSON.h>

/* "STATUS.md" for the default phase, "STATUS-1c.md" for phase 1c; the caller frees. base: STATUS, REVIEW, FINDINGS. */
char *phase_file(const struct config_phase *p, const char *base);
/* For people: the id, or "default". */
const char *phase_name(const struct config_phase *p);
/* Index of the phase with that id, or -1. */
int phase_find(const struct config *c, const char *id);
/* Among DONE records (an array): the one of the phase with that id, or NULL. */
const cJSON *phase_record(const cJSON *records, const char *id);
/* Index of the phase that follows `after`: the next of the file without a DONE record; -1 = the run is done. Finished
 * phases are told by their ids, so one that was moved behind the active one is not run again. */
int phase_next(const struct config *c, size_t after, const cJSON *records);
/* The sentence for a run whose active phase launch.conf lacks. */
void phase_missing(const char *id, struct err *e);
/* The ids (a new array) of the DONE records that count no more when the phase at `index` begins anew: its own and those
 * of all that follow it. */
cJSON *phase_voids(const struct config *c, size_t index, const cJSON *records);

#endif
