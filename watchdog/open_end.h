/* Would a line that is put at the end of a file be read? Pure. */
#ifndef CCSUP_WATCHDOG_OPEN_END_H
#define CCSUP_WATCHDOG_OPEN_END_H
#include <stdbool.h>
#include <stddef.h>

/* True when the n bytes end in the middle of a line, or inside of something that is never closed (code, a comment, raw
 * HTML): what comes behind it is joined to that line, or does not count, or is hidden as soon as it happens to close
 * it. *from (may be NULL): where that begins, at a line's beginning: the last line that is read, as it may hold the
 * opener, or the line that does not end. Two files that are the same from there on are open in the same way. An empty
 * file is not open. */
bool open_end(const char *text, size_t n, size_t *from);
/* Or inside of a section of examples? */
bool open_end_or_sample(const char *text, size_t n);

#endif
