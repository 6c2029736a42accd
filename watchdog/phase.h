/* The phases: names of the active one's files, and which is next. Pure. docs/protocol.md, "Phases". */
#ifndef CCSUP_WATCHDOG_PHASE_H
#define CCSUP_WATCHDOG_PHASE_H
#include "supervisor/config/config.h"

/* "STATUS.md" for the default phase, "STATUS-1c.md" for phase 1c; the caller frees. base: STATUS, REVIEW, FINDINGS. */
char *phase_file(const struct config_phase *p, const char *base);
/* For people: the id, or "default". */
const char *phase_name(const struct config_phase *p);
/* Index of the phase with that id, or -1. */
int phase_find(const struct config *c, const char *id);

#endif
