#include "watchdog/markdown.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "watchdog/inline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 65536, LIST_DEPTH = 32, WARNINGS_MAX = 20 };

/* What is remembered of a line. Bits 8..10: the level of its heading; bits 11..14: why it is dim. */
enum line_flag {
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
};

enum why {
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
};

static const char *const WHY_TEXT[] = {
    [WHY_NONE] = NULL,
    [WHY_UNCLOSED] = "it stands after something that is never closed",
    [WHY_LONG] = "the line is longer than 64 KiB",
    [WHY_DETAILS] = "it stands inside <details>",
    [WHY_COMMENT] = "it shares a line with the end of a comment",
    [WHY_LAZY_QUOTE] = "it follows a quotation without an empty line between",
    [WHY_INDENT] = "it is indented by four or more",
    [WHY_SPAN] = "it stands inside a code span or struck text that runs over several lines",
    [WHY_RAW] = "it stands inside raw HTML",
    [WHY_SECTION] = "it stands in a section of examples",
    [WHY_FENCE] = "it stands in a code fence of a list, but is less indented than the list",
    [WHY_QUOTED_COMMENT] = "it may stand in a comment that was opened in a quotation",
};

/* Headings of sections whose lines are examples. */
static const char *const SAMPLE_TITLES[] = {
    "Example", "Examples", "Template",    "Format",         "Legend",
    "Grammar", "Syntax",   "Line format", "Verdict format", "How to read this file",
};

/* What is open from line to line: at most one of fence, comment, raw and front. */
enum open { OPEN_NONE, OPEN_FENCE, OPEN_COMMENT, OPEN_RAW, OPEN_FRONT };

struct fence {
    char mark;
    size_t length;
    int column; /* of the opener */
    int base;   /* of the list item's content that it stands in; 0 = in no list */
};

struct reader {
    struct markdown *md;
    enum open open;
    bool soft;     /* what is open makes lines dim, not dead: it is doubtful whether it is open */
    size_t opened; /* index of the line that opened it */
    bool tail;     /* text stands after the opener on its line */
    struct fence fence;
    int raw;     /* the element, for OPEN_RAW */
    int details; /* open <details> */
    size_t details_line;
    int item[LIST_DEPTH]; /* columns where the contents of the open list items begin */
    int depth;
    bool para;        /* a paragraph is open */
    size_t para_line; /* and began on this line */
    bool quote;       /* it is in a block quote */
    size_t sample_line;       /* where it was opened */
    int sample;       /* level of the section of examples that is open; 0 = none */
    bool sample_soft; /* its title is not exactly one of the list */
    /* A run of backticks, or ~~, without its pair on its own line: it may be closed later in the paragraph.
     */
    size_t tick, tick_line, strike_line;
    bool strike, tick_first, strike_first;
    size_t index; /* of the line */
    uint16_t *flags;
};

/* One line on its way through the block marks. */
struct block {
    struct text t;
    size_t pos;  /* bytes read */
    int col;     /* column of t.at[pos] */
    bool marked; /* a list mark was read on this line */
};

static void set_dim(uint16_t *flags, enum why why)
{
    if (!(*flags & (FLAG_DIM | FLAG_DEAD)))
        *flags = (uint16_t)(*flags | FLAG_DIM | (unsigned)why << FLAG_WHY_SHIFT);
}

static void warn(struct markdown *md, size_t index, const char *what)
{
    char text[320];
    if (md->warnings.n == WARNINGS_MAX - 1)
        snprintf(text, sizeof text, "there are more warnings than %d; only the first are shown",
                 WARNINGS_MAX - 1);
    else
        snprintf(text, sizeof text, "line %zu: %s", index + 1, what);
    if (md->warnings.n < WARNINGS_MAX)
        words_add(&md->warnings, text);
}

/* ---- columns and marks ---- */

static void block_blanks(struct block *b)
{
    while (b->pos < b->t.n && text_is_blank(b->t.at[b->pos])) {
        b->col = b->t.at[b->pos] == '\t' ? (b->col / 4 + 1) * 4 : b->col + 1;
        b->pos++;
    }
}

static struct text block_rest(const struct block *b)
{
    return text_from(b->t, b->pos);
}

/* A fence's opener: at least three of ` or ~, and no backtick after backticks. */
static bool fence_opens(struct text t, struct fence *f)
{
    size_t k = 0;
    while (k < t.n && (t.at[k] == '`' || t.at[k] == '~') && t.at[k] == t.at[0])
        k++;
    if (k < 3 || (t.at[0] == '`' && k < t.n && memchr(t.at + k, '`', t.n - k)))
        return false;
    f->mark = t.at[0];
    f->length = k;
    return true;
}

/* Nothing but the fence's character, enough of it, at most 3 columns right of the opener. */
static bool fence_closes(const struct fence *f, struct text t, int column)
{
    t = text_trim(t);
    if (t.n < f->length || column > f->column + 3)
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] != f->mark)
            return false;
    return true;
}

/* "===" or "---" under a paragraph: the level of the heading that it makes, or 0. */
static int underline_level(struct text t)
{
    t = text_trim(t);
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] != t.at[0] || (t.at[0] != '=' && t.at[0] != '-'))
            return 0;
    return t.n ? (t.at[0] == '=' ? 1 : 2) : 0;
}

/* Whether a line that begins so ends a paragraph rather than going on with it. */
static bool starts_block(struct text t)
{
    struct fence f;
    size_t bytes;
    return text_hashes(t, &bytes) || fence_opens(t, &f) || text_is_rule(t) || text_list_mark(t) ||
           (t.n && t.at[0] == '>') || inline_raw_opener(t) || text_begins(t, "<!--", false) ||
           inline_details(t);
}

/* ---- headings ---- */

/* A heading's text without closing hashes. */
static struct text heading_title(struct text t)
{
    t = text_trim(t);
    size_t n = t.n;
    while (n && t.at[n - 1] == '#')
        n--;
    if (n && n < t.n && text_is_blank(t.at[n - 1]))
        t.n = n;
    return text_trim(t);
}

static void on_heading(struct reader *r, uint16_t *flags, int level, struct text title, bool nested)
{
    *flags = (uint16_t)(*flags | (unsigned)level << FLAG_HEADING_SHIFT);
    if (nested)
        return;
    if (r->sample && level <= r->sample)
        r->sample = 0;
    title = heading_title(title);
    bool exact = text_find(title, TEXT_TABLE(SAMPLE_TITLES), false) >= 0;
    while (title.n && (title.at[0] == '*' || title.at[0] == '_'))
        title = text_from(title, 1);
    while (title.n && strchr("*_:", title.at[title.n - 1]))
        title.n--;
    bool near = text_find(title, TEXT_TABLE(SAMPLE_TITLES), true) >= 0;
    if ((exact || near) && !r->sample) {
        r->sample = level;
        r->sample_line = r->index;
        r->sample_soft = !exact;
    }
}

/* ---- what a line's text holds ---- */

/* A run of backticks or ~~ that finds its pair on a later line of the paragraph: the lines between are inside
 * it. */
static void span_lines(struct reader *r, size_t from, bool from_first)
{
    for (size_t i = from + (from_first ? 0 : 1); i <= r->index; i++)
        set_dim(&r->md->flags[i], WHY_SPAN);
}

static void on_spans(struct reader *r, const struct inline_scan *s)
{
    if (s->tick && r->tick == s->tick) {
        span_lines(r, r->tick_line, r->tick_first);
        r->tick = 0;
    } else if (s->tick && !r->tick) {
        r->tick = s->tick;
        r->tick_line = r->index;
        r->tick_first = s->tick_first;
    }
    if ((s->strike || s->strike_end) && r->strike) {
        span_lines(r, r->strike_line, r->strike_first);
        r->strike = false;
    } else if (s->strike) {
        r->strike = true;
        r->strike_line = r->index;
        r->strike_first = s->strike_first;
    }
}

static void end_paragraph(struct reader *r)
{
    r->para = r->quote = r->strike = false;
    r->tick = 0;
}

static void open_up(struct reader *r, enum open open, bool soft)
{
    r->open = open;
    r->soft = soft;
    r->opened = r->index;
    r->tail = false;
}

/* Looks through the text of a line for comments, spans and tags. `quoted`: it is in a block quote, where a
 * comment that opens is doubtful: CommonMark would end it with the quote. */
static void scan_text(struct reader *r, struct text t, size_t start, bool quoted)
{
    struct inline_scan s = {.comment = r->open == OPEN_COMMENT, .details = r->details};
    bool was_open = s.comment;
    inline_scan(&s, t, start);
    if (s.after)
        set_dim(r->flags, WHY_COMMENT);
    if (was_open && !s.comment)
        r->open = OPEN_NONE;
    if (s.opened) {
        open_up(r, OPEN_COMMENT, quoted);
        r->tail = s.tail;
    } else if (s.raw && r->open == OPEN_NONE && !quoted) {
        open_up(r, OPEN_RAW, true);
        r->raw = s.raw;
    }
    if (quoted)
        return;
    bool begins = inline_details(text_from(t, start));
    if (r->details || begins)
        set_dim(r->flags, WHY_DETAILS);
    if (!r->details && s.details)
        r->details_line = r->index;
    r->details = s.details;
    on_spans(r, &s);
}

/* Whether the content is one code span and nothing else but emphasis and a box around it. */
static bool is_whole_span(struct text t)
{
    bool open;
    t = text_trim(t);
    t = text_from(t, text_box(t, &open));
    while (t.n && (t.at[0] == '*' || t.at[0] == '_'))
        t = text_from(t, 1);
    while (t.n && (t.at[t.n - 1] == '*' || t.at[t.n - 1] == '_'))
        t.n--;
    return t.n && inline_code(t) == t.n;
}

/* ---- lines inside something open ---- */

static void in_fence(struct reader *r, struct text t)
{
    struct block b = {.t = t};
    block_blanks(&b);
    *r->flags |= FLAG_DEAD;
    if (fence_closes(&r->fence, block_rest(&b), b.col)) {
        r->open = OPEN_NONE;
    } else if (b.pos < t.n && b.col < r->fence.base) {
        /* CommonMark ends the list and its fence here; whoever wrote it meant code. Doubt: dim. */
        *r->flags = FLAG_AS_IS;
        set_dim(r->flags, WHY_FENCE);
    }
}

static void in_comment(struct reader *r, struct text t)
{
    bool soft = r->soft;
    scan_text(r, t, 0, false);
    if (soft) {
        *r->flags = FLAG_AS_IS;
        set_dim(r->flags, WHY_QUOTED_COMMENT);
    } else {
        *r->flags |= FLAG_COMMENT | (*r->flags & FLAG_DIM ? 0 : FLAG_DEAD);
    }
    end_paragraph(r);
}

static void in_raw(struct reader *r, struct text t)
{
    size_t end;
    *r->flags |= r->soft ? FLAG_AS_IS : FLAG_DEAD;
    set_dim(r->flags, WHY_RAW);
    if (inline_raw_closer(t, r->raw, &end))
        r->open = OPEN_NONE;
}

static void in_front(struct reader *r, struct text t)
{
    *r->flags |= FLAG_DEAD;
    if ((text_begins(t, "---", false) || text_begins(t, "...", false)) && !text_trim(text_from(t, 3)).n)
        r->open = OPEN_NONE;
}

/* ---- lines of text ---- */

/* Closes the list items whose content begins right of this line, unless it goes on with an open paragraph. */
static void close_items(struct reader *r, const struct block *b)
{
    if (r->para && !starts_block(block_rest(b)))
        return;
    while (r->depth && b->col < r->item[r->depth - 1]) {
        r->depth--;
        end_paragraph(r);
    }
}

static int block_base(const struct reader *r)
{
    return r->depth ? r->item[r->depth - 1] : 0;
}

/* Reads a list mark; false when the item is empty. */
static void open_item(struct reader *r, struct block *b)
{
    size_t mark = text_list_mark(block_rest(b)), blanks_from = b->pos;
    int before = b->col;
    while (blanks_from < b->pos + mark && !text_is_blank(b->t.at[blanks_from]))
        blanks_from++;
    b->col += (int)(blanks_from - b->pos);
    int marked = b->col;
    b->pos = blanks_from;
    block_blanks(b);
    b->marked = true;
    bool code = b->pos < b->t.n && b->col - marked > 4;
    int content = b->pos >= b->t.n || code ? marked + 1 : b->col;
    if (content <= before)
        content = before + 1;
    if (r->depth < LIST_DEPTH)
        r->depth++;
    r->item[r->depth - 1] = content;
    end_paragraph(r);
}

static void on_quote(struct reader *r, struct text t, const struct block *b)
{
    *r->flags |= FLAG_DEAD;
    struct text inside = text_trim(text_from(block_rest(b), 1));
    while (inside.n && inside.at[0] == '>')
        inside = text_trim(text_from(inside, 1));
    bool text_inside = inside.n && (text_list_mark(inside) || !starts_block(inside));
    scan_text(r, t, b->pos, true);
    end_paragraph(r);
    r->para = r->quote = text_inside;
}

/* What is neither a mark nor the inside of something: a paragraph's line, perhaps the line under a heading.
 */
static void on_paragraph(struct reader *r, struct text t, const struct block *b, bool lazy_quote)
{
    struct text rest = block_rest(b);
    int level =
        r->para && !r->quote && !b->marked && r->para_line + 1 == r->index ? underline_level(rest) : 0;
    if (level) {
        uint16_t *above = &r->md->flags[r->index - 1];
        const char *start = r->md->text.at;
        /* The line above ends before this one's beginning, with LF or CR LF. */
        size_t end = (size_t)(t.at - start) - 1, from = end;
        while (from && start[from - 1] != '\n' && end - from < LINE_MAX_BYTES)
            from--;
        on_heading(r, above, level, text_trim((struct text){start + from, end - from}), *above & FLAG_NESTED);
        *above |= FLAG_UNDERLINED;
        if (!r->sample)
            *above &= (uint16_t)~FLAG_SAMPLE;
        end_paragraph(r);
        return;
    }
    if (text_is_rule(rest)) {
        end_paragraph(r);
        return;
    }
    if (is_whole_span(rest)) {
        *r->flags |= FLAG_DEAD;
    } else if (lazy_quote) {
        set_dim(r->flags, WHY_LAZY_QUOTE);
    }
    if (!r->para)
        r->para_line = r->index;
    scan_text(r, t, b->pos, false);
    r->para = r->open == OPEN_NONE;
    r->quote = lazy_quote && r->para;
}

/* A line that begins outside fences, comments, raw HTML and front matter. */
static void on_line(struct reader *r, struct text t)
{
    struct block b = {.t = t};
    block_blanks(&b);
    if (b.pos >= t.n) {
        end_paragraph(r);
        return;
    }
    close_items(r, &b);
    for (;;) {
        struct text rest = block_rest(&b);
        int in = b.col - block_base(r);
        size_t bytes;
        struct fence f = {.column = b.col, .base = block_base(r)};
        if ((in < 4 || r->depth) && fence_opens(rest, &f)) {
            r->fence = f;
            *r->flags |= FLAG_DEAD;
            end_paragraph(r);
            open_up(r, OPEN_FENCE, false);
            return;
        }
        if (in >= 4) {
            if (!r->para) {
                *r->flags |= FLAG_DEAD; /* indented code */
                return;
            }
            set_dim(r->flags, WHY_INDENT);
            scan_text(r, t, b.pos, false);
            r->para = r->open == OPEN_NONE;
            return;
        }
        if (rest.at[0] == '>') {
            on_quote(r, t, &b);
            return;
        }
        if (inline_raw_opener(rest)) {
            end_paragraph(r);
            *r->flags |= FLAG_DEAD;
            r->raw = inline_raw_opener(rest);
            if (!inline_raw_closer(rest, r->raw, &bytes))
                open_up(r, OPEN_RAW, false);
            return;
        }
        if (text_list_mark(rest) && !text_is_rule(rest)) {
            open_item(r, &b);
            if (b.pos >= t.n)
                return;
            continue;
        }
        if (r->depth)
            *r->flags |= FLAG_NESTED;
        int level = text_hashes(rest, &bytes);
        if (level) {
            end_paragraph(r);
            on_heading(r, r->flags, level, text_from(rest, bytes), r->depth > 0);
            scan_text(r, t, b.pos + bytes, false);
            end_paragraph(r);
            return;
        }
        on_paragraph(r, t, &b, r->quote && r->para && !b.marked);
        return;
    }
}

static void read_line(struct reader *r, struct text whole)
{
    struct text t = whole;
    bool in_sample = r->sample > 0;
    if (t.n > LINE_MAX_BYTES)
        t.n = LINE_MAX_BYTES;
    switch (r->open) {
    case OPEN_NONE:
        if (!r->index && text_begins(t, "---", false) && !text_trim(text_from(t, 3)).n) {
            *r->flags |= FLAG_DEAD;
            open_up(r, OPEN_FRONT, false);
        } else {
            on_line(r, t);
        }
        break;
    case OPEN_FENCE: in_fence(r, t); break;
    case OPEN_COMMENT: in_comment(r, t); break;
    case OPEN_RAW: in_raw(r, t); break;
    case OPEN_FRONT: in_front(r, t); break;
    }
    /* The heading of the next section is no example itself. */
    if (in_sample && r->sample && r->sample_line != r->index && !(*r->flags & FLAG_DEAD)) {
        if (r->sample_soft)
            set_dim(r->flags, WHY_SECTION);
        else
            *r->flags |= FLAG_SAMPLE;
    }
    if (whole.n > LINE_MAX_BYTES) {
        set_dim(r->flags, WHY_LONG);
        warn(r->md, r->index,
             "the line is longer than 64 KiB: only its beginning is read, and no PASS counts on it; "
             "write shorter lines");
    }
}

/* ---- the whole file ---- */

/* The line at `at` without its end; *next: where the next one begins. */
static struct text line_at(struct text t, size_t at, size_t *next)
{
    const char *lf = memchr(t.at + at, '\n', t.n - at);
    size_t n = lf ? (size_t)(lf - t.at) - at : t.n - at;
    *next = at + n + (lf != NULL);
    if (lf && n && t.at[at + n - 1] == '\r')
        n--;
    return (struct text){t.at + at, n};
}

static size_t count_lines(struct text t)
{
    size_t count = 0;
    for (size_t at = 0; at < t.n; count++)
        line_at(t, at, &at);
    return count;
}

/* An opener without an end: what follows is dim, so that a forgotten fence hides no failure. */
static void on_unclosed(struct reader *r)
{
    static const char *const texts[] = {
        [OPEN_FENCE] = "a code fence opens here and is never closed, so no PASS, DONE or lifting counts "
                       "after it; close it "
                       "with a line of the same characters",
        [OPEN_COMMENT] =
            "a comment opens here and is never closed, so no PASS, DONE or lifting counts after it; close it "
            "with -->",
        [OPEN_RAW] = "an HTML element of raw text opens here and is never closed, so no PASS, DONE or "
                     "lifting counts after "
                     "it; close it, or put its name into backticks",
        [OPEN_FRONT] = "front matter begins here and never ends, so no PASS, DONE or lifting counts after "
                       "it; end it with "
                       "---, or take the line away",
    };
    struct markdown *md = r->md;
    if (r->open != OPEN_NONE) {
        warn(md, r->opened, texts[r->open]);
        if (r->open == OPEN_COMMENT && r->tail)
            md->flags[r->opened] |= FLAG_KEEP;
        for (size_t i = r->opened + 1; i < md->count; i++) {
            md->flags[i] = FLAG_AS_IS;
            set_dim(&md->flags[i], WHY_UNCLOSED);
        }
    }
    if (r->details)
        warn(md, r->details_line,
             "<details> opens here and is never closed, so no PASS, DONE or lifting counts after it; "
             "close it with </details>");
}

static void check_utf8(struct markdown *md)
{
    size_t index = 0;
    for (size_t i = 0; i < md->text.n;) {
        size_t k = vis_utf8(md->text.at + i, md->text.n - i);
        if (!k) {
            warn(md, index, "these bytes are no UTF-8; the file is read all the same");
            return;
        }
        index += md->text.at[i] == '\n';
        i += k;
    }
}

bool markdown_refuses(const char *text, size_t n, int64_t max_bytes, char *why, size_t size)
{
    struct text t = {text, n};
    if ((uint64_t)n > (uint64_t)(max_bytes > 0 ? max_bytes : 0)) {
        snprintf(
            why, size,
            "it has %zu bytes, and at most %lld are read (repo.state_max_bytes); move old text elsewhere", n,
            (long long)max_bytes);
        return true;
    }
    if (text_begins(t, "\xFF\xFE", false) || text_begins(t, "\xFE\xFF", false)) {
        snprintf(why, size, "it is UTF-16; write it as UTF-8");
        return true;
    }
    const char *nul = n ? memchr(text, 0, n) : NULL;
    if (nul) {
        size_t line = 1;
        for (const char *p = text; p < nul; p++)
            line += *p == '\n';
        snprintf(why, size, "there is a NUL byte in line %zu; take it away", line);
        return true;
    }
    return false;
}

void markdown_read(struct markdown *md, const char *text, size_t n)
{
    memset(md, 0, sizeof *md);
    buf_init(&md->scratch, 0);
    md->text = (struct text){text, n};
    if (text_begins(md->text, "\xEF\xBB\xBF", false))
        md->text = text_from(md->text, 3);
    md->count = count_lines(md->text);
    md->flags = mem_zalloc((md->count + 1) * sizeof *md->flags);
    check_utf8(md);
    struct reader r = {.md = md};
    for (size_t at = 0; at < md->text.n; r.index++) {
        r.flags = &md->flags[r.index];
        read_line(&r, line_at(md->text, at, &at));
    }
    on_unclosed(&r);
}

bool markdown_next(struct markdown *md, struct markdown_line *line)
{
    if (md->at >= md->text.n)
        return false;
    size_t next;
    unsigned flags = md->flags[md->line];
    memset(line, 0, sizeof *line);
    line->number = (int)md->line + 1;
    line->whole = line->raw = line_at(md->text, md->at, &next);
    if (line->raw.n > LINE_MAX_BYTES)
        line->raw.n = LINE_MAX_BYTES;
    line->life = flags & FLAG_DEAD ? MARKDOWN_DEAD : flags & FLAG_DIM ? MARKDOWN_DIM : MARKDOWN_LIVE;
    line->why = line->life == MARKDOWN_DIM ? WHY_TEXT[flags >> FLAG_WHY_SHIFT] : NULL;
    line->sample = (flags & FLAG_SAMPLE) != 0;
    line->heading = (int)(flags >> FLAG_HEADING_SHIFT & 7);
    line->underlined = (flags & FLAG_UNDERLINED) != 0;
    line->nested = (flags & FLAG_NESTED) != 0;
    line->text = line->raw;
    bool twice = (flags & FLAG_KEEP) && line->life != MARKDOWN_DEAD;
    bool second = twice && md->again;
    md->again = twice && !second;
    if (!md->again) {
        md->line++;
        md->at = next;
    }
    if (line->life == MARKDOWN_DEAD)
        return true;
    if (flags & FLAG_AS_IS) {
        struct text t = text_trim(line->raw);
        size_t bytes;
        line->heading = text_hashes(t, &bytes);
        return true;
    }
    if (second) {
        line->life = MARKDOWN_DIM;
        line->why = WHY_TEXT[WHY_UNCLOSED];
    }
    md->scratch.len = 0;
    struct inline_scan s = {.comment = (flags & FLAG_COMMENT) != 0, .keep = second, .out = &md->scratch};
    inline_scan(&s, line->raw, 0);
    line->text = (struct text){buf_str(&md->scratch), md->scratch.len};
    return true;
}

void markdown_clear(struct markdown *md)
{
    free(md->flags);
    words_clear(&md->warnings);
    buf_clear(&md->scratch);
    memset(md, 0, sizeof *md);
}
