/* The state of the reading of a Markdown file between two lines, and the step from line to line: what is
 * open, and so what each line is. Used by watchdog/markdown.c alone. docs/protocol.md, "Reading a file".
 * Pure; a line's work is linear in the line. */
#ifndef CCSUP_WATCHDOG_BLOCK_H
#define CCSUP_WATCHDOG_BLOCK_H
#include "watchdog/markdown.h"
#include "watchdog/ticks.h"

enum { BLOCK_LINE_MAX = 65536, LIST_DEPTH = 32 };

/* What is remembered of a line. Bits 8..10: the level of its heading; bits 11..14: why it is dim; bit 15: the heading
 * goes on in the lines below, which are UNDERLINED and have no level. */
enum block_flag {
    FLAG_DEAD = 1,
    FLAG_DIM = 2,
    FLAG_SAMPLE = 4,
    FLAG_COMMENT = 8, /* it begins inside a comment */
    FLAG_AS_IS = 16,  /* comments and struck text are not taken out */
    FLAG_KEEP = 32,   /* an opener of a comment on it has no end in the whole file */
    FLAG_UNDERLINED = 64,
    FLAG_NESTED = 128,
    FLAG_HEADING_SHIFT = 8,
    FLAG_WHY_SHIFT = 11,
    FLAG_WHY_MASK = 15,
    FLAG_TITLE = 1 << 15,
};

enum block_why {
    WHY_NONE,
    WHY_UNCLOSED,
    WHY_LONG,
    WHY_DETAILS,
    WHY_COMMENT,
    WHY_LAZY_QUOTE,
    WHY_INDENT,
    WHY_SPAN,
    WHY_RAW,
    WHY_SECTION,
    WHY_FENCE,
    WHY_QUOTED_COMMENT,
    WHY_CODE,
};

/* What is open from line to line: at most one of fence, comment, raw and front. */
enum block_open { OPEN_NONE, OPEN_FENCE, OPEN_COMMENT, OPEN_RAW, OPEN_FRONT };

struct block_fence {
    char mark;
    size_t length;
    int column; /* of the opener */
    int base;   /* of the list item's content that it stands in; 0 = in no list */
};

struct block_reader {
    struct markdown *md;
    enum block_open open;
    bool soft;     /* what is open makes lines dim, not dead: it is doubtful whether it is open */
    size_t opened; /* index of the line that opened it */
    bool tail;     /* text stands after the opener on its line */
    struct block_fence fence;
    int raw; /* the element, for OPEN_RAW */
    /* An element of raw text that was opened inside a line, 0 = none: text for CommonMark, so the lines are dim. */
    int tag;
    size_t tag_line;
    int details; /* open <details> */
    size_t details_line;
    int item[LIST_DEPTH]; /* columns where the contents of the open list items begin */
    int depth;
    bool empty_item;    /* the line above ends with the mark of an item that has nothing on it */
    bool para;          /* a paragraph is open */
    size_t para_line;   /* and began on this line */
    bool quote;         /* it is in a block quote */
    size_t sample_line; /* where it was opened */
    int sample;         /* level of the section of examples that is open; 0 = none */
    bool sample_soft;   /* its title is not exactly one of the list */
    struct ticks ticks; /* the paragraph's */
    /* A ~~ without its pair on its own line: it may be closed later in the paragraph. */
    size_t strike_line;
    bool strike, strike_first;
    bool long_line; /* the line was cut; whoever asks clears it */
    size_t index;   /* of the line */
    uint16_t *flags;
};

/* Reads the line r->index, without its end, into *r->flags. */
void block_line(struct block_reader *r, struct text whole);
/* After the last line. */
void block_end(struct block_reader *r);
/* Makes a line dim, unless it is dead or dim already. */
void block_set_dim(uint16_t *flags, enum block_why why);

#endif
