#include "watchdog/inline.h"
#include <stdint.h>
#include <string.h>

static const char *const RAW_NAMES[INLINE_RAW_ELEMENTS] = {"pre", "script", "style", "textarea"};

static bool tag_ends(struct text t, size_t at)
{
    return at >= t.n || t.at[at] == '>' || t.at[at] == '/' || text_is_blank(t.at[at]);
}

static bool tag_is(struct text t, const char *open, const char *name)
{
    size_t k = strlen(open);
    return text_begins(t, open, false) && text_begins(text_from(t, k), name, true) && tag_ends(t, k + strlen(name));
}

int inline_raw_opener(struct text t)
{
    for (int i = 0; i < INLINE_RAW_ELEMENTS; i++)
        if (tag_is(t, "<", RAW_NAMES[i]))
            return i + 1;
    return 0;
}

/* The bytes of a closing tag that begins t, 0 when none does: "</pre>", with blanks before the ">" and nothing else. */
static size_t closing_tag(struct text t, const char *name)
{
    if (!text_begins(t, "</", false) || !text_begins(text_from(t, 2), name, true))
        return 0;
    size_t at = 2 + strlen(name);
    at += text_blanks(text_from(t, at));
    return at < t.n && t.at[at] == '>' ? at + 1 : 0;
}

bool inline_raw_closer(struct text t, int element, size_t *end)
{
    for (size_t i = 0; i + 1 < t.n; i++) {
        *end = t.at[i] == '<' ? closing_tag(text_from(t, i), RAW_NAMES[element - 1]) : 0;
        if (*end) {
            *end += i;
            return true;
        }
    }
    return false;
}

bool inline_any_raw_closer(struct text t)
{
    size_t end;
    for (int i = 0; i < INLINE_RAW_ELEMENTS; i++)
        if (inline_raw_closer(t, i + 1, &end))
            return true;
    return false;
}

bool inline_details(struct text t)
{
    return tag_is(t, "<", "details");
}

static size_t run_of(struct text t, size_t at, char c)
{
    size_t k = at;
    while (k < t.n && t.at[k] == c)
        k++;
    return k - at;
}

/* Where the run of exactly `length` backticks after `from` ends; 0 when there is none. */
static size_t code_end(struct text t, size_t from, size_t length)
{
    while (from < t.n) {
        if (t.at[from] != '`') {
            from++;
            continue;
        }
        size_t run = run_of(t, from, '`');
        from += run;
        if (run == length)
            return from;
    }
    return 0;
}

size_t inline_code(struct text t)
{
    size_t run = run_of(t, 0, '`');
    return run ? code_end(t, run, run) : 0;
}

/* The state of one scan beside what the caller sees. */
struct scan {
    struct inline_scan *s;
    struct text t;
    size_t at, start;
    size_t last[TICKS_MAX]; /* where the last run of that many backticks begins, + 1; so no search is in vain */
    size_t strike_from;     /* length of the output when ~~ was seen; SIZE_MAX = none is open */
    size_t noted;           /* the runs before this place are in s->ticks */
};

static void emit(struct scan *c, size_t n)
{
    if (c->s->out)
        buf_add(c->s->out, c->t.at + c->at, n);
    c->at += n;
}

static void emit_blank(struct scan *c)
{
    if (c->s->out)
        buf_add(c->s->out, " ", 1);
}

static void learn_ticks(struct scan *c)
{
    const char *tick = c->t.n ? memchr(c->t.at, '`', c->t.n) : NULL;
    for (size_t i = tick ? (size_t)(tick - c->t.at) : c->t.n; i < c->t.n;) {
        size_t run = run_of(c->t, i, '`');
        if (run && run < TICKS_MAX)
            c->last[run] = i + 1;
        i += run ? run : 1;
    }
}

/* Whether a backslash takes the meaning from the byte at `at`. */
static bool is_escaped(struct text t, size_t at)
{
    size_t n = 0;
    while (n < at && t.at[at - 1 - n] == '\\')
        n++;
    return n % 2;
}

/* Notes the runs of backticks that begin before `to`. inert: in a comment. */
static void note_ticks(struct scan *c, size_t from, size_t to, bool inert)
{
    for (size_t i = from < c->noted ? c->noted : from, run; c->s->ticks && i < to; i += run ? run : 1) {
        run = run_of(c->t, i, '`');
        struct tick tick = {.line = (uint32_t)c->s->line, .inert = inert, .first = i <= c->start};
        tick.escaped = run && is_escaped(c->t, i);
        if (run)
            ticks_add(c->s->ticks, tick, run);
        c->noted = i + run;
    }
}

static void on_ticks(struct scan *c)
{
    size_t run = run_of(c->t, c->at, '`'), end = c->at + run;
    if (run < TICKS_MAX && c->last[run] > c->at + 1)
        end = code_end(c->t, end, run);
    note_ticks(c, c->at, end, false);
    emit(c, end - c->at);
}

/* ~~struck~~ : the opener stands before text, the closer after text, as in GitHub's Markdown. */
static void on_tildes(struct scan *c)
{
    size_t run = run_of(c->t, c->at, '~'), end = c->at + run;
    bool text_before = c->at > 0 && !text_is_blank(c->t.at[c->at - 1]);
    bool text_after = end < c->t.n && !text_is_blank(c->t.at[end]);
    if (run == 2 && c->strike_from != SIZE_MAX && text_before) {
        if (c->s->out) {
            c->s->out->len = c->strike_from;
            emit_blank(c);
        }
        c->strike_from = SIZE_MAX;
        c->s->strike = false;
        c->at = end;
        return;
    }
    if (run == 2 && c->strike_from == SIZE_MAX && text_after) {
        c->strike_from = c->s->out ? c->s->out->len : 0;
        c->s->strike = true;
        c->s->strike_first = c->at <= c->start;
    }
    if (run == 2 && c->strike_from == SIZE_MAX && text_before)
        c->s->strike_end = true;
    emit(c, run);
}

/* Goes past the end of the comment that is open; false when it does not end on this line. */
static bool leave_comment(struct scan *c, bool at_start)
{
    struct text rest = text_from(c->t, c->at);
    for (size_t i = 0; i + 2 < rest.n; i++)
        if (rest.at[i] == '-' && rest.at[i + 1] == '-' && rest.at[i + 2] == '>') {
            c->at += i + 3;
            c->s->comment = false;
            emit_blank(c);
            if (at_start && text_trim(text_from(c->t, c->at)).n)
                c->s->after = true;
            return true;
        }
    return false;
}

static void on_comment(struct scan *c)
{
    bool at_start = text_trim((struct text){c->t.at, c->at}).n == 0 || c->at <= c->start;
    c->at += 4;
    c->s->comment = true;
    /* <!--> and <!---> are whole comments (HTML, CommonMark 0.31). */
    struct text rest = text_from(c->t, c->at);
    if (text_begins(rest, ">", false))
        c->at -= 2;
    else if (text_begins(rest, "->", false))
        c->at -= 1;
    size_t from = c->at;
    if (leave_comment(c, at_start)) {
        note_ticks(c, from, c->at, true);
        return;
    }
    c->s->opened = true;
    c->s->tail = text_trim(text_from(c->t, c->at)).n > 0;
    emit_blank(c);
    if (c->s->keep)
        emit(c, c->t.n - c->at);
    c->at = c->t.n;
}

static void on_angle(struct scan *c)
{
    struct text rest = text_from(c->t, c->at);
    if (text_begins(rest, "<!--", false)) {
        on_comment(c);
        return;
    }
    /* Only the first one without an end is of interest: so each is searched once. */
    int element = c->s->raw ? 0 : inline_raw_opener(rest);
    size_t end;
    if (element && inline_raw_closer(rest, element, &end)) {
        note_ticks(c, c->at, c->at + end, false);
        emit(c, end);
        return;
    }
    if (element)
        c->s->raw = element;
    if (inline_details(rest))
        c->s->details++;
    else if (c->s->details && closing_tag(rest, "details") && !is_escaped(c->t, c->at))
        c->s->details--;
    emit(c, 1);
}

/* Bytes up to the next one that may mean something, at least one. */
static size_t plain_run(struct text t)
{
    size_t n = 1;
    while (n < t.n && t.at[n] != '`' && t.at[n] != '~' && t.at[n] != '<' && t.at[n] != '\\')
        n++;
    return n;
}

void inline_scan(struct inline_scan *s, struct text t, size_t start)
{
    struct scan c = {.s = s, .t = t, .start = start, .strike_from = SIZE_MAX};
    s->after = s->opened = s->tail = s->strike = s->strike_first = s->strike_end = false;
    s->raw = 0;
    learn_ticks(&c);
    if (s->comment && !leave_comment(&c, true))
        return;
    while (c.at < t.n) {
        char b = t.at[c.at];
        if (b == '\\' && c.at + 1 < t.n && (t.at[c.at + 1] == '`' || t.at[c.at + 1] == '~')) {
            note_ticks(&c, c.at + 1, c.at + 2, false);
            emit(&c, 2);
        } else if (b == '`')
            on_ticks(&c);
        else if (b == '~')
            on_tildes(&c);
        else if (b == '<')
            on_angle(&c);
        else
            emit(&c, plain_run(text_from(t, c.at)));
    }
}
