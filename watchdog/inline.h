/* One line of Markdown, from left to right: which of its bytes are a comment, struck out, or code. The work
 * is linear in the line. docs/protocol.md, "Reading a file". */
#ifndef CCSUP_WATCHDOG_INLINE_H
#define CCSUP_WATCHDOG_INLINE_H
#include "supervisor/base/buf.h"
#include "watchdog/text.h"
#include "watchdog/ticks.h"

/* Elements whose content is shown as it is: <pre> <script> <style> <textarea>. */
enum { INLINE_RAW_ELEMENTS = 4 };

struct inline_scan {
    /* From line to line. */
    bool comment; /* inside an HTML comment */
    int details;  /* open <details> elements */
    /* Asked by the caller. */
    bool keep;           /* an opener of a comment that finds no end on this line is a blank, and what follows it is
                  kept */
    struct buf *out;     /* gets the line without comments and struck text, each of them a blank; NULL = not wanted */
    struct ticks *ticks; /* gets the runs of backticks; NULL = not wanted */
    size_t line;         /* index of the line, for these */
    /* Found on this line. */
    bool after;      /* text stands after a comment that was open before or at the line's beginning */
    bool opened;     /* a comment was opened that does not end on this line */
    bool tail;       /* text stands after the opener of a comment that does not end on this line */
    int raw;         /* an element of raw text was opened and not closed: its index + 1; 0 = none */
    bool strike_end; /* a ~~ that may close one of an earlier line */
    bool strike;     /* a ~~ without its pair */
    bool strike_first;
};

/* Scans t; `start`: where the line's content begins, after marks. The fields "found" are set anew. */
void inline_scan(struct inline_scan *s, struct text t, size_t start);
/* The raw element whose opening tag begins t: its index + 1, or 0. */
int inline_raw_opener(struct text t);
/* Whether the closing tag of that element stands in t; *end: the byte behind it. */
bool inline_raw_closer(struct text t, int element, size_t *end);
/* Whether the closing tag of any of them does. */
bool inline_any_raw_closer(struct text t);
/* Whether t begins with the opening tag of <details>. */
bool inline_details(struct text t);
/* Bytes of the code span that begins t, with its ticks; 0 when t begins with none. */
size_t inline_code(struct text t);

#endif
