/* What an agent's last iteration left behind, for `ccsup stop`, where no watchdog will start a next one: its keeper
 * died, or could not end all. What happens then is ccsup-keep's (--sweep), here and before a start alike. */
#ifndef CCSUP_CLI_STOP_SWEEP_H
#define CCSUP_CLI_STOP_SWEEP_H
#include "supervisor/base/buf.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <stddef.h>

struct stop_left {
    size_t killed; /* processes that were ended */
    size_t alive;  /* processes that could not be */
    bool unknown;  /* it could not be swept: nothing can be promised */
};

/* Looks at the role's newest iteration and sweeps after it, unless its record says that all is well; takes up to 11 s.
 * said: appended to is a sentence about what is alive or unknown, escaped. Call it only while the role's keeper cannot
 * come back. */
void stop_sweep(const struct paths *p, const char *role, struct stop_left *left, struct buf *said);
/* The same for both roles where nothing is to run any more (all is done, or the wish is down), holding the watchdog's
 * lock meanwhile. Nothing is touched while a watchdog or the role's keeper lives. Returns how many were killed. */
size_t stop_sweep_rest(const struct paths *p);

#endif
