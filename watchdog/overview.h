/* The list of phases: what is done, what is active, what waits. Pure. */
#ifndef CCSUP_WATCHDOG_OVERVIEW_H
#define CCSUP_WATCHDOG_OVERVIEW_H
#include "supervisor/base/buf.h"
#include "watchdog/watchdog.h"
#include <cJSON.h>

/* {"finished":false,"phases":[{"id","name","state","criteria",...}]} in the file's order; docs/interfaces.md names the
 * members. The caller frees. */
cJSON *overview_render(const struct watchdog *w);
/* Appends it as a table for `now` (ms). */
void overview_text(const cJSON *doc, int64_t now, struct buf *out);

#endif
