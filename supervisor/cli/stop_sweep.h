/* What an agent's iterations left behind, for `ccsup stop`, where no watchdog will start a next one. What happens
 * then is ccsup-keep's (--sweep), here and before a start alike. */
#ifndef CCSUP_CLI_STOP_SWEEP_H
#define CCSUP_CLI_STOP_SWEEP_H
#include "supervisor/base/buf.h"
#include "supervisor/config/config.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <stddef.h>

struct stop_left {
    size_t killed; /* processes that were ended */
    size_t alive;  /* processes that could not be */
    bool unknown;  /* it could not be swept: nothing can be promised */
    bool foreign;  /* the last iteration is not of this folder: nothing was done about what that started elsewhere */
};

/* Sweeps after the role; takes up to 11 s. keep: what a clean end left behind may live on, so only an iteration
 * without a good record is looked after; else all that can be found is ended, whatever the records say. said:
 * appended to is a sentence about what is alive or unknown, escaped. Call it only while the role's keeper cannot come
 * back. */
void stop_sweep(const struct paths *p, const char *role, bool keep, struct stop_left *left, struct buf *said);
/* The same for both roles, with c's leftovers, where nothing is to run any more (all is done, or the wish is down),
 * holding the watchdog's lock meanwhile. Nothing is touched while a watchdog or the role's keeper lives. Returns how
 * many were killed. */
size_t stop_sweep_rest(const struct paths *p, const struct config *c);

#endif
