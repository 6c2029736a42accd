/* Waivers: criteria that an operator lets go unverified until a time. One line of launch.conf each, `ID | REASON |
 * UNTIL`. What they mean is decided in watchdog/verdict.c; docs/protocol.md, "The decision". */
#ifndef CCSUP_CONFIG_WAIVER_H
#define CCSUP_CONFIG_WAIVER_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_WAIVERS_MAX = 100, CONFIG_REASON_MAX = 400 /* bytes */ };

struct config_waiver {
    char *id, *reason;
    int64_t until; /* seconds; it holds before this time */
    int line;      /* of launch.conf; 0 = not from there */
};

/* In the file's order. Zeroed = none. */
struct config_waivers {
    struct config_waiver *at;
    size_t n;
};

/* Reads one line's value and appends it. False and e, as the end of a sentence that begins with the key: no three
 * parts, no reason, no time, a second one of the same id. Whether there is such a criterion is not asked. */
bool config_waiver_read(struct config_waivers *w, const char *text, struct err *e);
void config_waivers_clear(struct config_waivers *w);
/* Appends `ID | REASON | UNTIL`, the time in UTC. */
void config_waiver_write(struct buf *b, const struct config_waiver *w);
/* The one of that id, whether it holds or not; NULL = none. w may be NULL. */
const struct config_waiver *config_waiver_find(const struct config_waivers *w, const char *id);

#endif
