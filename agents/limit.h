/* When may a loop go on that met a usage limit, and whom else does that limit hold? Pure. docs/claude.md, "Usage
 * limits". */
#ifndef CCSUP_AGENTS_LIMIT_H
#define CCSUP_AGENTS_LIMIT_H
#include <stdbool.h>
#include <stdint.h>

/* When to try again at the earliest, in ms, whatever was said or is answered since a limit was met: after a minute,
 * doubling with each further time in a row (count, from 1) up to an hour. */
int64_t limit_least(int64_t met, int count);
/* When to try again, in ms of the wall clock: a minute after the reset that was said (reset times have been seen to be
 * wrong, so it is bounded: never before limit_least, at most 6 h for the five-hour window, 8 days for a weekly one);
 * else after the wait that the program announced; else after 5 min, doubling with each further time in a row (count,
 * from 1) up to an hour. */
int64_t limit_until(const char *window, int64_t resets_at, int64_t retry_ms, int count, int64_t now);
/* Does a limit of that window hold an agent that runs that model ("" = not known)? A window of one model
 * ("seven_day_opus") holds only agents of that model. */
bool limit_holds(const char *window, const char *model);

#endif
