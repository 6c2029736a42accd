/* RFC 3339 <-> seconds since 1970, UTC. docs/protocol.md, "Times". Pure: no time zone database, no strptime. */
#ifndef CCSUP_BASE_TIMESTAMP_H
#define CCSUP_BASE_TIMESTAMP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a time at s (n bytes there). Returns how many bytes it takes, 0 when what stands there is no dated time by
 * that page (no zone, a named zone, no date, a day that does not exist, another date form). */
size_t timestamp_parse(const char *s, size_t n, int64_t *seconds);
/* "2026-05-28T08:10:00Z" */
void timestamp_format(int64_t seconds, char out[21]);

#endif
