#include "watchdog/writing.h"
#include "supervisor/base/vis.h"
#include "watchdog/markdown.h"
#include "watchdog/marker.h"
#include "watchdog/review.h"
#include "supervisor/base/timestamp.h"
#include "watchdog/writing_text.h"
#include <stdlib.h>
#include <string.h>

enum { SHA_DIGITS = 12, SUBJECT_TEXT = 60, SLUG_MAX = 40, MARKERS_MAX = 100 };

static const char *const KIND_NAMES[] = {
#define X(name, text) [WRITING_##name] = text,
    WRITING_KINDS(X)
#undef X
};

const char *writing_kind_name(enum writing_kind k)
{
    return KIND_NAMES[k];
}

int writing_kind_parse(const char *name)
{
    for (size_t i = 0; i < sizeof KIND_NAMES / sizeof *KIND_NAMES; i++)
        if (strcmp(KIND_NAMES[i], name) == 0)
            return (int)i;
    return -1;
}

bool writing_has_sha(enum writing_kind k)
{
    return k == WRITING_CLAIM || k == WRITING_PASS || k == WRITING_FAIL;
}

static bool in_status(enum writing_kind k)
{
    return k == WRITING_CLAIM || k == WRITING_DONE;
}

/* ---- the entry ---- */

/* Its line, without an end. False and e when the words are too long. */
static bool entry_line(struct buf *out, const struct writing *w, struct err *e)
{
    char when[21];
    struct buf text;
    buf_init(&text, 0);
    writing_text(&text, w->text);
    timestamp_format(w->now, when);
    switch (w->kind) {
    case WRITING_CLAIM: buf_addf(out, "%s: CLAIMED @%s", w->id, when); break;
    case WRITING_PASS: buf_addf(out, "%s: PASS @%s", w->id, when); break;
    case WRITING_FAIL: buf_addf(out, "%s: FAIL @%s", w->id, when); break;
    case WRITING_VETO: buf_addf(out, "VETO @%s", when); break;
    case WRITING_LIFT: buf_addf(out, "VETO LIFTED @%s", when); break;
    case WRITING_DONE: buf_addf(out, "## DONE — %s", when); break;
    case WRITING_SEND:
    case WRITING_DROP: break;
    }
    if (writing_has_sha(w->kind))
        buf_addf(out, " sha=%.*s", SHA_DIGITS, w->sha);
    if (text.len && w->kind != WRITING_DONE)
        buf_addf(out, " — %s", buf_str(&text));
    bool fits = text.len <= WRITING_TEXT_MAX;
    if (!fits)
        err_set(e, "the text is longer than %d bytes; put the details into a file of yours and name it here",
                WRITING_TEXT_MAX);
    buf_clear(&text);
    return fits;
}

/* ---- the file ---- */

/* Takes the standing markers out of the text. */
static void drop_markers(struct buf *text, int64_t max_bytes)
{
    struct marker m;
    for (int i = 0; i < MARKERS_MAX; i++) {
        marker_read(&m, buf_str(text), text->len, max_bytes);
        int line = m.done ? m.line : 0;
        marker_clear(&m);
        if (!line)
            return;
        char *at = text->data, *end = text->data + text->len;
        while (--line > 0)
            at = (char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        char *lf = memchr(at, '\n', (size_t)(end - at));
        char *rest = lf ? lf + 1 : end;
        memmove(at, rest, (size_t)(end - rest));
        text->len -= (size_t)(rest - at);
        text->data[text->len] = '\0';
    }
}

/* How the file ends its lines: as its last line that has an end. */
static const char *line_end(const struct buf *text)
{
    const char *lf = text->len ? memrchr(text->data, '\n', text->len) : NULL;
    bool crlf = lf ? lf > text->data && lf[-1] == '\r' : text->len && text->data[text->len - 1] == '\r';
    return crlf ? "\r\n" : "\n";
}

/* Does text that ends with a line's end, end with an empty line? */
static bool ends_empty(const struct buf *text)
{
    size_t i = text->len - 1;
    while (i && text->data[i - 1] != '\n' && text_is_blank(text->data[i - 1]))
        i--;
    return !i || text->data[i - 1] == '\n';
}

static int count_lines(const struct buf *text)
{
    int n = 0;
    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == '\n';
    return n;
}

/* Appends the line as a paragraph of its own; the number that it gets. */
static int add_line(struct buf *text, enum writing_kind kind, const struct buf *entry)
{
    if (!text->len)
        buf_adds(text, in_status(kind) ? "# Status\n" : "# Review\n");
    const char *end = line_end(text);
    if (text->data[text->len - 1] != '\n')
        buf_adds(text, text->data[text->len - 1] == '\r' ? "\r\n" : end);
    if (!ends_empty(text))
        buf_adds(text, end);
    int line = count_lines(text) + 1;
    buf_add(text, buf_str(entry), entry->len);
    buf_adds(text, end);
    return line;
}

/* ---- is it read as it is meant? ---- */

/* Is the line live? Else why says what it stands in and where that begins. */
static bool is_live(const struct buf *text, int number, struct err *e)
{
    struct markdown md;
    struct markdown_line line = {0};
    int sample = 0, heading = 0;
    bool live = false, in_sample = false;
    markdown_read(&md, buf_str(text), text->len);
    while (markdown_next(&md, &line) && line.number < number) {
        sample = line.sample && !in_sample ? heading : sample;
        heading = line.heading ? line.number : heading;
        in_sample = line.sample;
    }
    const char *opener = NULL; /* the last thing that is never closed */
    for (size_t i = 0; i < md.warnings.n; i++)
        if (strstr(md.warnings.at[i], "never closed") || strstr(md.warnings.at[i], "never ends"))
            opener = md.warnings.at[i];
    if (line.number == number && line.sample)
        err_set(e,
                "it would stand in the section of examples that begins in line %d; end that with a heading, such as "
                "`## Verdicts`",
                !in_sample || !sample ? heading : sample);
    else if (line.number == number && line.life == MARKDOWN_LIVE)
        live = true;
    else if (opener)
        err_set(e, "%s", opener);
    else
        err_set(e, "%s", line.why ? line.why : "it would stand in text that does not count");
    markdown_clear(&md);
    return live;
}

static bool same_entry(const struct review_entry *a, const struct review_entry *b)
{
    return a->line == b->line && a->kind == b->kind && strcmp(a->id, b->id) == 0 && a->dating == b->dating &&
           a->written == b->written && strcmp(a->sha, b->sha) == 0 && a->hash == b->hash;
}

static bool is_meant(const struct review_entry *x, const struct writing *w, int line)
{
    static const enum review_kind kinds[] = {
        [WRITING_CLAIM] = REVIEW_NEAR, [WRITING_PASS] = REVIEW_PASS, [WRITING_FAIL] = REVIEW_FAIL,
        [WRITING_VETO] = REVIEW_VETO,  [WRITING_LIFT] = REVIEW_LIFT, [WRITING_DONE] = REVIEW_NEAR,
        [WRITING_SEND] = REVIEW_NEAR,  [WRITING_DROP] = REVIEW_NEAR};
    return x->line == line && x->kind == kinds[w->kind] && strcmp(x->id, w->id) == 0 && x->dating == REVIEW_DATED &&
           x->written == w->now && strncmp(x->sha, w->sha, SHA_DIGITS) == 0;
}

/* Exactly one entry more, the one that is meant, and all others as they were. */
static bool review_holds(const struct buf *old, const struct buf *text, const struct writing *w,
                         const struct words *criteria, int64_t max_bytes, int line, struct err *e)
{
    struct review before, after;
    review_read(&before, buf_str(old), old->len, criteria, max_bytes);
    review_read(&after, buf_str(text), text->len, criteria, max_bytes);
    size_t same = 0;
    while (same < before.count && same < after.count && same_entry(&before.entries[same], &after.entries[same]))
        same++;
    bool ok = false;
    if (before.refused || after.refused)
        err_set(e, "it cannot be read: %s", before.refused ? before.why : after.why);
    else if (same < before.count)
        err_set(e, "line %d would be read in another way with one more line behind it; put that right first",
                before.entries[same].line);
    else if (after.count == same + 2 && after.entries[same].line < line)
        err_set(e, "line %d would count with text behind it; write under it what it is about, or take it away",
                after.entries[same].line);
    else if (after.count != same + 1 || !is_meant(&after.entries[same], w, line))
        err_set(e, "the line would not be read as it is meant");
    else
        ok = true;
    review_clear(&before);
    review_clear(&after);
    return ok;
}

/* The marker as it was, or for DONE the new line. */
static bool marker_holds(const struct buf *old, const struct buf *text, enum writing_kind kind, int64_t max_bytes,
                         int line, struct err *e)
{
    struct marker before, after;
    marker_read(&before, buf_str(old), old->len, max_bytes);
    marker_read(&after, buf_str(text), text->len, max_bytes);
    bool ok = false;
    if (before.refused || after.refused)
        err_set(e, "it cannot be read: %s", before.refused ? before.why : after.why);
    else if (kind == WRITING_DONE && !(after.done && after.line == line))
        err_set(e, "the marker would not count: %s",
                after.near.n ? after.near.at[0] : "something in the file forbids it");
    else if (kind == WRITING_CLAIM && (before.done != after.done || before.line != after.line))
        err_set(e,
                "the marker in line %d would be read in another way with one more line behind it; put that right "
                "first",
                before.line ? before.line : after.line);
    else
        ok = true;
    marker_clear(&before);
    marker_clear(&after);
    return ok;
}

bool writing_append(struct buf *out, const char *name, const char *old, size_t n, const struct writing *w,
                    const struct words *criteria, int64_t max_bytes, int *line, struct err *e)
{
    struct buf entry, text, was;
    struct err why = {""}, dead = {""};
    char unreadable[200];
    buf_init(&entry, 0);
    buf_init(&text, 0);
    buf_init(&was, 0);
    buf_add(&was, old ? old : "", old ? n : 0);
    bool ok = entry_line(&entry, w, e);
    if (ok && markdown_refuses(buf_str(&was), was.len, max_bytes, unreadable, sizeof unreadable)) {
        err_set(e, "%s: it cannot be read: %s", name, unreadable);
        ok = false;
    } else if (ok) {
        buf_add(&text, buf_str(&was), was.len);
        if (w->kind == WRITING_DONE)
            drop_markers(&text, max_bytes);
        *line = add_line(&text, w->kind, &entry);
        ok = in_status(w->kind) ? marker_holds(&was, &text, w->kind, max_bytes, *line, &why)
                                : review_holds(&was, &text, w, criteria, max_bytes, *line, &why);
        /* What it stands in says more than what came of that. */
        bool live = is_live(&text, *line, &dead);
        if (!ok || !live)
            err_set(e, "%s: %s", name, !live ? dead.text : why.text);
        ok = ok && live;
    }
    if (ok)
        buf_add(out, buf_str(&text), text.len);
    buf_clear(&entry);
    buf_clear(&text);
    buf_clear(&was);
    return ok;
}

bool writing_too_soon(const char *old, size_t n, const struct writing *w, const struct words *criteria,
                      int64_t max_bytes)
{
    struct review r;
    bool soon = false;
    if (w->kind != WRITING_PASS || !old)
        return false;
    review_read(&r, old, n, criteria, max_bytes);
    for (size_t i = 0; i < r.count; i++) {
        const struct review_entry *x = &r.entries[i];
        soon = soon || ((x->kind == REVIEW_FAIL || x->kind == REVIEW_PENDING) && strcmp(x->id, w->id) == 0 &&
                        x->dating == REVIEW_DATED && x->written == w->now);
    }
    review_clear(&r);
    return soon;
}

/* ---- the commit and the notes ---- */

void writing_subject(struct buf *out, const struct writing *w, const char *role, const char *file)
{
    struct buf clean;
    buf_init(&clean, 0);
    writing_text(&clean, w->text);
    char *text = vis_dup(buf_str(&clean), clean.len, SUBJECT_TEXT);
    const char *sep = *text ? " — " : "";
    switch (w->kind) {
    case WRITING_CLAIM: buf_addf(out, "claim(%s): %s", w->id, *text ? text : "ready to be verified"); break;
    case WRITING_PASS: buf_addf(out, "review(%s): PASS%s%s", w->id, sep, text); break;
    case WRITING_FAIL: buf_addf(out, "review(%s): FAIL%s%s", w->id, sep, text); break;
    case WRITING_VETO: buf_addf(out, "veto: %s", text); break;
    case WRITING_LIFT: buf_addf(out, "veto: lifted%s%s", sep, text); break;
    case WRITING_DONE: buf_addf(out, "done: %s", *text ? text : "the marker"); break;
    case WRITING_SEND: buf_addf(out, "inbox: to the %s: %s", role, text); break;
    case WRITING_DROP: buf_addf(out, "inbox: the %s has dealt with %s", role, file); break;
    }
    free(text);
    buf_clear(&clean);
}

void writing_note(struct buf *out, const char *text)
{
    for (size_t from = 0; text[from];) {
        size_t n = strcspn(text + from, "\n\t");
        size_t cr = n && text[from + n] == '\n' && text[from + n - 1] == '\r';
        vis_add(out, text + from, n - cr);
        from += n;
        if (text[from])
            buf_add(out, text + from++, 1);
    }
    if (out->len && out->data[out->len - 1] != '\n')
        buf_adds(out, "\n");
}

void writing_note_name(struct buf *out, const struct writing *w, int number)
{
    char when[21];
    struct buf slug;
    buf_init(&slug, SLUG_MAX);
    timestamp_format(w->now, when);
    for (const char *p = w->text; *p && slug.len < SLUG_MAX; p++) {
        char c = text_lower(*p);
        if (text_is_alnum(c))
            buf_add(&slug, &c, 1);
        else if (slug.len && slug.data[slug.len - 1] != '-')
            buf_adds(&slug, "-");
    }
    while (slug.len && slug.data[slug.len - 1] == '-')
        slug.data[--slug.len] = '\0';
    for (const char *p = when; *p; p++)
        if (*p != '-' && *p != ':')
            buf_add(out, p, 1);
    buf_addf(out, "-%s", slug.len ? buf_str(&slug) : "note");
    if (number > 1)
        buf_addf(out, "-%d", number);
    buf_adds(out, ".md");
    buf_clear(&slug);
}
