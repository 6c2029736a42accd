#include "watchdog/block.h"
#include "watchdog/inline.h"
#include "watchdog/mark.h"
#include <string.h>

/* Headings of sections whose lines are examples. */
static const char *const SAMPLE_TITLES[] = {
    "Example", "Examples", "Template",    "Format",         "Legend",
    "Grammar", "Syntax",   "Line format", "Verdict format", "How to read this file",
};

/* One line on its way through the block marks. */
struct place {
    struct text t;
    size_t pos;       /* bytes read */
    int col;          /* column of t.at[pos] */
    bool marked;      /* a list mark was read on this line */
    size_t rule_from; /* before this place no thematic break begins; known when marked */
};

void block_set_dim(uint16_t *flags, enum block_why why)
{
    if (!(*flags & (FLAG_DIM | FLAG_DEAD)))
        *flags = (uint16_t)(*flags | FLAG_DIM | (unsigned)why << FLAG_WHY_SHIFT);
}

/* ---- columns and marks ---- */

static void place_blanks(struct place *b)
{
    while (b->pos < b->t.n && text_is_blank(b->t.at[b->pos])) {
        b->col = b->t.at[b->pos] == '\t' ? (b->col / 4 + 1) * 4 : b->col + 1;
        b->pos++;
    }
}

static struct text place_rest(const struct place *b)
{
    return text_from(b->t, b->pos);
}

/* ---- headings ---- */

static void on_heading(struct block_reader *r, uint16_t *flags, int level, struct text title, bool nested)
{
    *flags = (uint16_t)(*flags | (unsigned)level << FLAG_HEADING_SHIFT);
    if (nested)
        return;
    if (r->sample && level <= r->sample)
        r->sample = 0;
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

/* A code span or ~~ that ends on a later line of the paragraph: the lines between are inside it. So is one that is a
 * code span by itself: its backticks may belong to others. */
static void span_lines(void *arg, size_t from, size_t to)
{
    struct block_reader *r = arg;
    for (size_t i = from; i <= to; i++) {
        r->md->flags[i] &= (uint16_t)~FLAG_DEAD;
        block_set_dim(&r->md->flags[i], WHY_SPAN);
    }
}

static void on_struck(struct block_reader *r, const struct inline_scan *s)
{
    if ((s->strike || s->strike_end) && r->strike) {
        span_lines(r, r->strike_line + (r->strike_first ? 0 : 1), r->index);
        r->strike = false;
    } else if (s->strike) {
        r->strike = true;
        r->strike_line = r->index;
        r->strike_first = s->strike_first;
    }
}

static void end_paragraph(struct block_reader *r)
{
    ticks_end(&r->ticks, span_lines, r);
    r->para = r->quote = r->strike = false;
}

void block_end(struct block_reader *r)
{
    end_paragraph(r);
    ticks_clear(&r->ticks);
}

static void open_up(struct block_reader *r, enum block_open open, bool soft)
{
    r->open = open;
    r->soft = soft;
    r->opened = r->index;
    r->tail = false;
}

/* Looks through the text of a line for comments, spans and tags. `quoted`: it is in a block quote or indented code,
 * where a comment that opens is doubtful: CommonMark would end it with the quote, or see none. */
static void scan_text(struct block_reader *r, struct text t, size_t start, bool quoted)
{
    struct inline_scan s = {.comment = r->open == OPEN_COMMENT, .details = r->details, .line = r->index};
    s.ticks = quoted ? NULL : &r->ticks;
    bool was_open = s.comment;
    inline_scan(&s, t, start);
    if (s.after)
        block_set_dim(r->flags, WHY_COMMENT);
    if (was_open && !s.comment)
        r->open = OPEN_NONE;
    if (s.opened) {
        open_up(r, OPEN_COMMENT, quoted);
        r->tail = s.tail;
    } else if (s.raw && !quoted && !r->tag) {
        r->tag = s.raw;
        r->tag_line = r->index;
    }
    if (quoted)
        return;
    bool begins = inline_details(text_from(t, start));
    if (r->details || begins)
        block_set_dim(r->flags, WHY_DETAILS);
    if (!r->details && s.details)
        r->details_line = r->index;
    r->details = s.details;
    on_struck(r, &s);
}

/* ---- lines inside something open ---- */

static void in_fence(struct block_reader *r, struct text t)
{
    struct place b = {.t = t};
    place_blanks(&b);
    *r->flags |= FLAG_DEAD;
    if (mark_fence_closes(&r->fence, place_rest(&b), b.col)) {
        r->open = OPEN_NONE;
    } else if (b.pos < t.n && b.col < r->fence.base) {
        /* CommonMark ends the list and its fence here; whoever wrote it meant code. Doubt: dim. */
        *r->flags = FLAG_AS_IS;
        block_set_dim(r->flags, WHY_FENCE);
    }
}

static void in_comment(struct block_reader *r, struct text t)
{
    bool soft = r->soft;
    scan_text(r, t, 0, false);
    if (soft) {
        *r->flags = FLAG_AS_IS;
        block_set_dim(r->flags, WHY_QUOTED_COMMENT);
    } else {
        *r->flags |= FLAG_COMMENT | (*r->flags & FLAG_DIM ? 0 : FLAG_DEAD);
    }
    end_paragraph(r);
}

static void in_raw(struct block_reader *r, struct text t)
{
    size_t end;
    *r->flags |= r->soft ? FLAG_AS_IS : FLAG_DEAD;
    block_set_dim(r->flags, WHY_RAW);
    if (inline_raw_closer(t, r->raw, &end))
        r->open = OPEN_NONE;
    else if (inline_any_raw_closer(t))
        r->soft = true; /* CommonMark ends it with the tag of another one: doubt */
}

static void in_front(struct block_reader *r, struct text t)
{
    *r->flags |= FLAG_DEAD;
    if ((text_begins(t, "---", false) || text_begins(t, "...", false)) && !text_trim(text_from(t, 3)).n)
        r->open = OPEN_NONE;
}

/* ---- lines of text ---- */

/* Closes the list items whose content begins right of this line, unless it goes on with an open paragraph. False: it
 * does so although a block seems to begin on it, which is too far right for that. */
static bool close_items(struct block_reader *r, const struct place *b)
{
    int depth = r->depth;
    while (depth && b->col < r->item[depth - 1])
        depth--;
    bool begins = mark_starts_block(place_rest(b));
    if (r->para && begins && depth < r->depth && b->col - (depth ? r->item[depth - 1] : 0) >= 4)
        return false;
    if (!r->para || begins) {
        if (depth < r->depth)
            end_paragraph(r);
        r->depth = depth;
    }
    return true;
}

/* Whether a list mark begins an item here. */
static bool item_begins(const struct block_reader *r, struct place *b)
{
    struct text t = place_rest(b);
    size_t mark = text_list_mark(t);
    if (!mark)
        return false;
    if (!b->marked)
        b->rule_from = text_rule_from(b->t);
    bool rule = b->pos >= b->rule_from && text_is_rule(t);
    return !rule && (!r->para || r->quote || mark_item_interrupts(t, mark));
}

static int item_base(const struct block_reader *r)
{
    return r->depth ? r->item[r->depth - 1] : 0;
}

/* Reads a list mark; false when the item is empty. */
static void open_item(struct block_reader *r, struct place *b)
{
    size_t mark = text_list_mark(place_rest(b)), blanks_from = b->pos;
    int before = b->col;
    while (blanks_from < b->pos + mark && !text_is_blank(b->t.at[blanks_from]))
        blanks_from++;
    b->col += (int)(blanks_from - b->pos);
    int marked = b->col;
    b->pos = blanks_from;
    place_blanks(b);
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

static void on_quote(struct block_reader *r, struct text t, const struct place *b)
{
    *r->flags |= FLAG_DEAD;
    bool text_inside = mark_quotes_paragraph(text_from(place_rest(b), 1), r->para && r->quote);
    scan_text(r, t, b->pos, true);
    end_paragraph(r);
    r->para = r->quote = text_inside;
}

/* A paragraph of several lines is a heading. It was hardly meant so, as verdicts often stand right above a line of
 * dashes: its lines are read as lines, too, and it begins and ends no section; but an example is in doubt below it. */
static void on_title(struct block_reader *r, int level)
{
    uint16_t *flags = r->md->flags;
    flags[r->para_line] = (uint16_t)(flags[r->para_line] | FLAG_TITLE | (unsigned)level << FLAG_HEADING_SHIFT);
    for (size_t i = r->para_line; i < r->index; i++)
        flags[i] |= FLAG_UNDERLINED;
    if (r->sample && level <= r->sample && !(flags[r->para_line] & FLAG_NESTED))
        r->sample_soft = true;
}

/* What is neither a mark nor the inside of something: a paragraph's line, perhaps the line under a heading.
 */
static void on_paragraph(struct block_reader *r, struct text t, const struct place *b, bool lazy_quote)
{
    struct text rest = place_rest(b);
    bool under = r->para && !r->quote && !b->marked && b->col >= item_base(r);
    int level = under ? mark_underline_level(rest) : 0;
    if (level && r->para_line + 1 != r->index) {
        on_title(r, level);
        end_paragraph(r);
        return;
    }
    if (level) {
        uint16_t *above = &r->md->flags[r->index - 1];
        const char *start = r->md->text.at;
        /* The line above ends before this one's beginning, with LF or CR LF. */
        size_t end = (size_t)(t.at - start) - 1, from = end;
        while (from && start[from - 1] != '\n' && end - from < BLOCK_LINE_MAX)
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
    bool bare;
    if (mark_whole_span(rest, &bare)) {
        /* "- `D3: FAIL`" is an example as well as a verdict in its dress: doubt. */
        if (bare && !b->marked)
            *r->flags |= FLAG_DEAD;
        else
            block_set_dim(r->flags, WHY_CODE);
    } else if (lazy_quote) {
        block_set_dim(r->flags, WHY_LAZY_QUOTE);
    }
    if (!r->para)
        r->para_line = r->index;
    scan_text(r, t, b->pos, false);
    r->para = r->open == OPEN_NONE;
    r->quote = lazy_quote && r->para;
}

/* A line that begins outside fences, comments, raw HTML and front matter. */
static void on_line(struct block_reader *r, struct text t)
{
    struct place b = {.t = t};
    place_blanks(&b);
    bool empty_item = r->empty_item;
    r->empty_item = false;
    if (b.pos >= t.n) {
        /* An item that begins with an empty line is over. */
        if (empty_item && r->depth)
            r->depth--;
        end_paragraph(r);
        return;
    }
    bool at_once = close_items(r, &b);
    for (;;) {
        struct text rest = place_rest(&b);
        int in = b.col - item_base(r);
        size_t bytes;
        struct block_fence f = {.column = b.col, .base = item_base(r)};
        if ((in < 4 || r->depth) && mark_fence_opens(rest, &f)) {
            r->fence = f;
            *r->flags |= FLAG_DEAD;
            end_paragraph(r);
            open_up(r, OPEN_FENCE, false);
            return;
        }
        if (in >= 4 || !at_once) {
            if (!r->para) {
                *r->flags |= FLAG_DEAD; /* indented code */
                scan_text(r, t, b.pos, true);
                return;
            }
            block_set_dim(r->flags, WHY_INDENT);
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
        if (item_begins(r, &b)) {
            open_item(r, &b);
            r->empty_item = b.pos >= t.n;
            if (r->empty_item)
                return;
            continue;
        }
        if (r->depth)
            *r->flags |= FLAG_NESTED;
        int level = text_hashes(rest, &bytes);
        if (level) {
            end_paragraph(r);
            on_heading(r, r->flags, level, mark_heading_title(text_from(rest, bytes)), r->depth > 0);
            scan_text(r, t, b.pos + bytes, false);
            end_paragraph(r);
            return;
        }
        on_paragraph(r, t, &b, r->quote && r->para && !b.marked);
        return;
    }
}

void block_line(struct block_reader *r, struct text whole)
{
    struct text t = whole;
    bool in_sample = r->sample > 0, in_tag = r->tag > 0;
    size_t end;
    if (t.n > BLOCK_LINE_MAX)
        t.n = BLOCK_LINE_MAX;
    if (in_tag && inline_raw_closer(t, r->tag, &end))
        r->tag = 0;
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
    if (in_tag) {
        /* Whatever the line is, it may be raw text; and what it opens is open all the same. */
        *r->flags = FLAG_AS_IS;
        block_set_dim(r->flags, WHY_RAW);
    }
    /* The heading of the next section is no example itself. */
    if (in_sample && r->sample && r->sample_line != r->index && !(*r->flags & FLAG_DEAD)) {
        if (r->sample_soft)
            block_set_dim(r->flags, WHY_SECTION);
        else
            *r->flags |= FLAG_SAMPLE;
    }
    if (whole.n > BLOCK_LINE_MAX) {
        block_set_dim(r->flags, WHY_LONG);
        r->long_line = true;
    }
}
