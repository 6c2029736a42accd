/* The runs of backticks of a paragraph, and the code spans of several lines that they make: CommonMark closes a run by
 * the next one of exactly its length in the paragraph, and the first one that finds its end is found first.
 * docs/protocol.md, "Reading a file". Pure; linear in the runs. Used by watchdog/block.c and watchdog/inline.c. */
#ifndef CCSUP_WATCHDOG_TICKS_H
#define CCSUP_WATCHDOG_TICKS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer runs of backticks than this never make a code span. CommonMark's own reader has such a limit too. */
enum { TICKS_MAX = 64 };

struct tick {
    uint32_t line; /* index */
    uint8_t length;
    bool escaped; /* its first backtick is no opener */
    bool inert;   /* it may end a span and begin none */
    bool first;   /* it begins its line's content */
};

/* In the order of the text; zeroed = none. As large as a file's runs at most. */
struct ticks {
    struct tick *at;
    size_t n, room;
};

/* Adds a run; one that is too long for a span is left out. */
void ticks_add(struct ticks *k, struct tick run, size_t length);
/* Calls `inside` with the first and the last line of each span of several lines, and forgets the runs. The line on
 * which a span begins is inside only if nothing stands before it. */
void ticks_end(struct ticks *k, void (*inside)(void *arg, size_t from, size_t to), void *arg);
void ticks_clear(struct ticks *k);

#endif
