/* A time of day in a named zone -> the next moment when it is that time there. The one place that asks the machine for
 * its zones. */
#ifndef CCSUP_SYS_ZONE_H
#define CCSUP_SYS_ZONE_H
#include "agents/limit_text.h"

/* When what l says of the clock comes next after `now` (ms), or came in the ten minutes before: 0 when it gives no
 * clock. Its own resets_at (seconds) wins. A zone that the machine does not know, or none, is the machine's own.
 * Changes the process's TZ for a moment: call it from the only thread. */
int64_t zone_next(const struct limit_text *l, int64_t now);

#endif
