#include "watchdog/markdown.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "watchdog/block.h"
#include "watchdog/inline.h"
#include "watchdog/mark.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARNINGS_MAX = 20 };

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
    [WHY_QUOTED_COMMENT] = "it may stand in a comment that was opened in a quotation or in indented code",
    [WHY_CODE] = "it is one code span",
};

static void warn(struct markdown *md, size_t index, const char *what)
{
    char text[320];
    if (md->warnings.n == WARNINGS_MAX - 1)
        snprintf(text, sizeof text, "there are more warnings than %d; only the first are shown", WARNINGS_MAX - 1);
    else
        snprintf(text, sizeof text, "line %zu: %s", index + 1, what);
    if (md->warnings.n < WARNINGS_MAX)
        words_add(&md->warnings, text);
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

static void dim_below(struct markdown *md, size_t index)
{
    for (size_t i = index + 1; i < md->count; i++) {
        md->flags[i] = FLAG_AS_IS;
        block_set_dim(&md->flags[i], WHY_UNCLOSED);
    }
}

/* An opener without an end: what follows is dim, so that a forgotten fence hides no failure. */
static void on_unclosed(struct block_reader *r)
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
        dim_below(md, r->opened);
    }
    if (r->tag) {
        warn(md, r->tag_line, texts[OPEN_RAW]);
        dim_below(md, r->tag_line);
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
        size_t k = (unsigned char)md->text.at[i] < 0x80 ? 1 : vis_utf8(md->text.at + i, md->text.n - i);
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
        snprintf(why, size,
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
        snprintf(why, size, "line %zu holds a NUL byte; take it out", line);
        return true;
    }
    return false;
}

void markdown_read(struct markdown *md, const char *text, size_t n)
{
    memset(md, 0, sizeof *md);
    buf_init(&md->scratch, 0);
    buf_init(&md->title, 0);
    md->text = (struct text){text, n};
    if (text_begins(md->text, "\xEF\xBB\xBF", false))
        md->text = text_from(md->text, 3);
    md->count = count_lines(md->text);
    md->flags = mem_zalloc((md->count + 1) * sizeof *md->flags);
    check_utf8(md);
    struct block_reader r = {.md = md};
    for (size_t at = 0; at < md->text.n; r.index++) {
        r.flags = &md->flags[r.index];
        block_line(&r, line_at(md->text, at, &at));
        if (r.long_line)
            warn(md, r.index,
                 "the line is longer than 64 KiB: only its beginning is read, and no PASS counts on it; "
                 "write shorter lines");
        r.long_line = false;
    }
    block_end(&r);
    on_unclosed(&r);
}

/* Appends a line's text without comments and struck text. */
static void add_text(struct buf *out, unsigned flags, struct text raw, bool keep)
{
    struct inline_scan s = {.comment = (flags & FLAG_COMMENT) != 0, .keep = keep, .out = out};
    if (flags & FLAG_AS_IS)
        buf_add(out, raw.at, raw.n);
    else if (!(flags & FLAG_DEAD))
        inline_scan(&s, raw, 0);
}

static struct text cut(struct text line)
{
    if (line.n > BLOCK_LINE_MAX)
        line.n = BLOCK_LINE_MAX;
    return line;
}

/* The text of a heading of several lines: from the line before the walk's place on. */
static struct text title_of(struct markdown *md, struct text first)
{
    md->title.len = 0;
    buf_add(&md->title, first.at, first.n);
    for (size_t i = md->line, at = md->at; i < md->count && md->flags[i] & FLAG_UNDERLINED; i++) {
        buf_adds(&md->title, " ");
        add_text(&md->title, md->flags[i], cut(line_at(md->text, at, &at)), false);
    }
    return (struct text){buf_str(&md->title), md->title.len};
}

/* A line in doubtful text, where no block is recognised: what may be a heading is one, also in a list or by the line
 * under it. */
static void heading_as_is(const struct markdown *md, struct markdown_line *line)
{
    struct text t = text_trim(line->raw);
    size_t bytes, at;
    line->loose = line->underlined = false;
    for (size_t mark; (mark = text_list_mark(t)) > 0; line->loose = true)
        t = text_from(t, mark);
    line->heading = text_hashes(t, &bytes);
    if (line->heading || !t.n || md->line >= md->count || !(md->flags[md->line] & FLAG_AS_IS))
        return;
    line->heading = mark_underline_level(cut(line_at(md->text, md->at, &at)));
    line->loose = line->underlined = line->heading > 0;
}

bool markdown_next(struct markdown *md, struct markdown_line *line)
{
    if (md->at >= md->text.n)
        return false;
    size_t next;
    unsigned flags = md->flags[md->line];
    memset(line, 0, sizeof *line);
    line->number = (int)md->line + 1;
    line->whole = line_at(md->text, md->at, &next);
    line->raw = cut(line->whole);
    line->life = flags & FLAG_DEAD ? MARKDOWN_DEAD : flags & FLAG_DIM ? MARKDOWN_DIM : MARKDOWN_LIVE;
    line->why = line->life == MARKDOWN_DIM ? WHY_TEXT[flags >> FLAG_WHY_SHIFT & FLAG_WHY_MASK] : NULL;
    line->sample = (flags & FLAG_SAMPLE) != 0;
    line->heading = (int)(flags >> FLAG_HEADING_SHIFT & 7);
    line->underlined = (flags & FLAG_UNDERLINED) != 0;
    line->nested = (flags & FLAG_NESTED) != 0;
    line->loose = (flags & FLAG_TITLE) != 0;
    line->text = line->title = line->raw;
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
        heading_as_is(md, line);
        return true;
    }
    if (second) {
        line->life = MARKDOWN_DIM;
        line->why = WHY_TEXT[WHY_UNCLOSED];
    }
    md->scratch.len = 0;
    add_text(&md->scratch, flags, line->raw, second);
    line->text = (struct text){buf_str(&md->scratch), md->scratch.len};
    line->title = flags & FLAG_TITLE ? title_of(md, line->text) : line->text;
    return true;
}

void markdown_clear(struct markdown *md)
{
    free(md->flags);
    words_clear(&md->warnings);
    buf_clear(&md->scratch);
    buf_clear(&md->title);
    memset(md, 0, sizeof *md);
}
