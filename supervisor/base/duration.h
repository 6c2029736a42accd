/* Lengths of time: text <-> milliseconds. */
#ifndef CCSUP_BASE_DURATION_H
#define CCSUP_BASE_DURATION_H
#include "supervisor/base/buf.h"
#include <stdbool.h>
#include <stdint.h>

/* Reads "250ms", "30s", "15m", "6h", "8d", and sums such as "1h30m"; "0" alone is zero. A number without a unit is
 * refused (seconds or minutes? the writer must say). *ms only set on success. */
bool duration_parse(const char *text, int64_t *ms);
/* The shortest exact form that duration_parse reads back: "90s", "1h", "250ms". */
void duration_format(struct buf *b, int64_t ms);
/* For people, at most two units, rounded down: "14 s", "3 min", "2 h 05 min", "3 d 04 h". */
void duration_render(struct buf *b, int64_t ms);

#endif
