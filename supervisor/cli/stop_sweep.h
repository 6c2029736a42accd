/* What an agent's last iteration left behind, for `ccsup stop`: by its record, or, without one, by its marker. */
#ifndef CCSUP_CLI_STOP_SWEEP_H
#define CCSUP_CLI_STOP_SWEEP_H
#include "supervisor/base/buf.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <stddef.h>

struct stop_left {
    size_t killed; /* processes that we killed */
    size_t alive;  /* processes that still live */
    bool unknown;  /* the record cannot be read: nothing can be promised */
};

/* Looks at the newest iteration of the role. Its exit.json names survivors: those that still live are counted. No
 * exit.json (the keeper itself was killed): every process with the iteration's marker gets KILL, in rounds, until two
 * rounds find none or 5 s passed. names: appends "17 (sleep), 18 (sh)" of those alive, escaped. Call it only while the
 * role's keeper cannot come back. */
void stop_sweep(const struct paths *p, const char *role, struct stop_left *left, struct buf *names);
/* The same for both roles where nothing is to run any more (all is done, or the wish is down), holding the watchdog's
 * lock meanwhile. Nothing is touched while a watchdog or the role's keeper lives. Returns how many were killed. */
size_t stop_sweep_rest(const struct paths *p);

#endif
