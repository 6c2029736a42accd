/* The systemd unit of one instance: its text, its file, and which one runs it. One is known by its first line alone,
 * which names the launch.conf. */
#ifndef CCSUP_CLI_UNIT_H
#define CCSUP_CLI_UNIT_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct unit {
    bool user;  /* of the user's own manager, not the system's */
    char *name; /* "ccsup-ID.service"; owned */
    char *file; /* where it stands; owned */
};

/* Fills u for the instance, of that name (NULL = ccsup-ID). False and e: no unit's name, or no home for one. */
bool unit_init(struct unit *u, const struct paths *p, bool user, const char *name, struct err *e);
void unit_clear(struct unit *u);
/* Appends the text. grace: of the agents, ms. False and e: it can't be written down in a unit. */
bool unit_text(const struct unit *u, const struct paths *p, int64_t grace, struct buf *out, struct err *e);
/* Is what stands in its file ours, of this instance? True also when nothing stands there; else e. */
bool unit_free(const struct unit *u, const struct paths *p, struct err *e);
/* The unit of this instance that a systemd here knows, the user's before the system's; false when there is none. Free
 * with unit_clear. */
bool unit_find(const struct paths *p, struct unit *u);
/* Is the process the unit's? */
bool unit_has(const struct unit *u, pid_t pid);
/* "systemctl" or "systemctl --user". */
const char *unit_systemctl(const struct unit *u);

#endif
