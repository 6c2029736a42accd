/* Bytes in any pieces -> lines. The same lines come out however the bytes were cut (a property test). A line of more
 * than `max` bytes (its end not counted) is given with its first `max` bytes and cut = true, once, when its end is
 * seen; the rest of it is skipped. */
#ifndef CCSUP_BASE_LINES_H
#define CCSUP_BASE_LINES_H
#include "supervisor/base/buf.h"

/* One line without its LF and without a CR right before it. The bytes live only during the call. */
typedef void (*lines_fn)(void *arg, const char *line, size_t len, bool cut);

struct lines {
    struct buf part; /* the line so far, with room for a CR past the cap */
    size_t max;      /* bytes of a line; 0 = no cap */
    lines_fn fn;
    void *arg;
};

void lines_init(struct lines *l, size_t max, lines_fn fn, void *arg);
void lines_clear(struct lines *l);
void lines_feed(struct lines *l, const char *data, size_t n);
/* Gives a last line that has no LF (torn), if there is one; a CR at its end counts as the half of a line's end. */
void lines_end(struct lines *l);

#endif
