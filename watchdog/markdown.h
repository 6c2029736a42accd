/* Bytes of a Markdown file -> lines, each live, dim or dead. docs/protocol.md, "Reading a file". It is no
 * renderer: it answers only what a line may count for, and where CommonMark and caution differ, caution wins:
 * what might be an example is not live, what might be a failure is not dead. Pure, linear in the file,
 * without recursion; two bytes of memory a line. */
#ifndef CCSUP_WATCHDOG_MARKDOWN_H
#define CCSUP_WATCHDOG_MARKDOWN_H
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"
#include "watchdog/text.h"
#include <stdint.h>

enum markdown_life {
    MARKDOWN_DEAD, /* nothing counts: code, comments, quotes, templates */
    MARKDOWN_DIM,  /* FAIL and VETO count, PASS, DONE and lifting do not */
    MARKDOWN_LIVE,
};

struct markdown_line {
    int number;        /* 1-based */
    struct text raw;   /* without its end; of an over-long line its first 64 KiB */
    struct text whole; /* without its end, uncut: what a hash of the line is made of */
    struct text text;  /* raw without comments and struck text; lives until the next line is asked for */
    enum markdown_life life;
    bool sample;       /* in a section of examples: dead before the first live verdict, dim after it */
    int heading;       /* level 1..6 of a heading; 0 = none */
    struct text title; /* of a heading: text, or that of all its lines, joined by blanks; lives as text does */
    bool underlined;   /* the heading is one by the === or --- under it; so are its further lines, without a level */
    bool nested;       /* inside a list item */
    bool loose;        /* a heading in doubt: it may say something, and ends nothing */
    const char *why;   /* why a DIM line is dim, as a clause; NULL when live or dead */
};

struct markdown {
    struct text text; /* borrowed, without its byte order mark */
    uint16_t *flags;  /* owned; one per line */
    size_t count;
    struct words warnings; /* "line 12: a code fence is never closed: ..."; at most 20 */
    /* The walk of markdown_next. */
    size_t line, at;
    bool again; /* the line is given once more */
    struct buf scratch, title;
};

/* Whether the file must not be read at all: longer than max_bytes, UTF-16, or with a NUL byte. why: a clause without
 * the file's name, a semicolon, and what to do; it begins with "line N " where it is about one. */
bool markdown_refuses(const char *text, size_t n, int64_t max_bytes, char *why, size_t size);
/* Reads n bytes, which must outlive md. Free with markdown_clear. */
void markdown_read(struct markdown *md, const char *text, size_t n);
/* The next line, from the first on; false after the last one. A line on which a comment opens that is never
 * closed comes twice: up to the opener, and then whole, as dim text. */
bool markdown_next(struct markdown *md, struct markdown_line *line);
void markdown_clear(struct markdown *md);

#endif
