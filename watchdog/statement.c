#include "watchdog/statement.h"
#include "supervisor/base/timestamp.h"
#include "watchdog/walk.h"
#include <stdio.h>
#include <string.h>

/* Signs that agents put before an id. */
static const char *const ORNAMENTS[] = {"❌", "✗",    "✘", "✅",    "✔",    "✓", "☑", "⚠",           "⛔",
                                        "✖", "🛑", "🔴", "🟢", "🟡", "🚫", "🚨", "\xEF\xB8\x8F"};

/* ---- what stands before the first word ---- */

/* A sign and the blanks after it. */
static size_t ornament(struct text t, bool *cross)
{
    size_t i = 0;
    for (int found; (found = text_find_prefix(text_from(t, i), TEXT_TABLE(ORNAMENTS), false)) >= 0;) {
        *cross = *cross || found < 3;
        i += strlen(ORNAMENTS[found]);
    }
    return i ? i + text_blanks(text_from(t, i)) : 0;
}

/* The grammar has one list mark, one box, one heading's hashes, in this order: 0, 1, 2. *after: the place of the last
 * one, + 1. */
static void in_order(struct lead *l, int *after, int place)
{
    l->doubtful = l->doubtful || place < *after;
    *after = place + 1;
}

struct lead lead_read(struct text line)
{
    struct lead l = {0};
    int after = 0;
    for (;;) {
        struct text t = text_from(line, l.at);
        bool open = false;
        size_t n = text_blanks(t), bytes;
        if (!n && (n = text_list_mark(t)) > 0)
            in_order(&l, &after, 0);
        if (!n && (n = text_box(t, &open)) > 0) {
            l.open_box = l.open_box || open;
            in_order(&l, &after, 1);
        }
        if (!n && text_hashes(t, &bytes)) {
            n = bytes;
            in_order(&l, &after, 2);
        }
        if (!n && (n = ornament(t, &l.cross)) > 0)
            l.doubtful = true;
        if (!n && t.n && t.at[0] == '#') {
            n = 1;
            l.doubtful = true;
        }
        if (!n && t.n > 1 && t.at[0] == '~' && t.at[1] == '~') {
            n = 2;
            l.doubtful = true;
        }
        if (!n && t.n && t.at[0] == '|' && !l.row) {
            n = 1;
            l.row = true;
        }
        if (!n && t.n && strchr("*_`[", t.at[0])) {
            n = 1;
            l.tick = t.at[0] == '`';
            l.bracket = t.at[0] == '[';
        }
        if (!n)
            return l;
        l.at += n;
    }
}

/* ---- times ---- */

bool statement_time(struct text t, size_t *begin, size_t *end, int64_t *seconds)
{
    for (size_t i = 0; i + 10 <= t.n; i++) {
        if (!text_is_digit(t.at[i]) || t.at[i + 4] != '-')
            continue;
        if (i && (text_is_alnum(t.at[i - 1]) || strchr("-./+#\\", t.at[i - 1])))
            continue;
        size_t used = timestamp_parse(t.at + i, t.n - i, seconds);
        if (used) {
            *begin = i;
            *end = i + used;
            return true;
        }
    }
    return false;
}

/* ---- what takes a PASS back after it ---- */

/* Brackets right after a time, one after another: their contents up to the last one's end. */
static struct text brackets(struct text after)
{
    size_t i = 0, end = 0;
    for (;;) {
        while (i < after.n && (text_is_blank(after.at[i]) || strchr("*_`", after.at[i])))
            i++;
        if (text_begins(text_from(after, i), "sha=", false)) {
            while (i < after.n && !text_is_blank(after.at[i]) && after.at[i] != '(')
                i++;
            continue;
        }
        if (i >= after.n || !strchr("([{", after.at[i]))
            return (struct text){after.at, end};
        int depth = 0;
        do {
            depth += (strchr("([{", after.at[i]) != NULL) - (strchr(")]}", after.at[i]) != NULL);
            i++;
        } while (depth > 0 && i < after.n);
        end = i;
    }
}

bool statement_hedged(struct text between, struct text after, char *why, size_t size)
{
    struct walk_found f = {.pass = true};
    struct walk w = {.f = &f, .t = between, .dated = true};
    walk_run(&w);
    struct walk b = {.f = &f, .t = brackets(after), .dated = true};
    struct walk_found in_brackets = {.pass = true};
    b.f = &in_brackets;
    walk_run(&b);
    if (f.fail || f.pending)
        snprintf(why, size, "%s", f.why[0] ? f.why : "a word of failure follows");
    else if (in_brackets.pending)
        snprintf(why, size, "%s", in_brackets.why[0] ? in_brackets.why : "the bracket after the time takes it back");
    return f.fail || f.pending || in_brackets.pending;
}

/* ---- sha= ---- */

/* Reads "sha=..." where a commit may be named: right after the time, or before it. False when it is no
 * commit. */
static bool read_sha(struct text t, char sha[41])
{
    while (t.n && (text_is_blank(t.at[0]) || strchr("*_`()[],;|", t.at[0])))
        t = text_from(t, 1);
    if (!text_begins(t, "sha=", true))
        return true;
    t = text_from(t, 4);
    while (t.n && strchr("*_`", t.at[0]))
        t = text_from(t, 1);
    size_t n = 0;
    while (n < t.n && n < 41 && (text_is_digit(t.at[n]) || (text_lower(t.at[n]) >= 'a' && text_lower(t.at[n]) <= 'f')))
        n++;
    if (n < 7 || n > 40 || (n < t.n && (text_is_alnum(t.at[n]) || (unsigned char)t.at[n] >= 0x80)))
        return false;
    for (size_t i = 0; i < n; i++)
        sha[i] = text_lower(t.at[i]);
    sha[n] = '\0';
    return true;
}

/* "sha=" anywhere in the part before the time. */
static bool read_sha_before(struct text part, char sha[41])
{
    for (size_t i = 0; i + 4 <= part.n; i++)
        if (text_begins(text_from(part, i), "sha=", true) && (!i || !text_is_alnum(part.at[i - 1])))
            return read_sha(text_from(part, i), sha);
    return true;
}

/* ---- lines and rows ---- */

struct times {
    bool any;
    int64_t first, last;
};

static void add_time(struct times *t, int64_t seconds)
{
    if (!t->any || seconds < t->first)
        t->first = seconds;
    if (!t->any || seconds > t->last)
        t->last = seconds;
    t->any = true;
}

/* Brackets after a time that take the PASS back. */
static void check_brackets(struct walk_found *f, struct text after)
{
    struct text none = {after.at, 0};
    if (f->pass && statement_hedged(none, after, f->why, sizeof f->why))
        f->pending = true;
}

/* A FAIL that stands after the time, with nothing decided before it: only blanks or a separator may be
 * between. */
static bool fails_after(struct text after)
{
    struct walk_found f = {0};
    struct walk w = {.f = &f, .t = after, .cell = true, .dated = true};
    walk_run(&w);
    return f.fail;
}

static bool read_plain(struct walk_found *f, struct text rest, struct times *times, char sha[41])
{
    size_t begin = rest.n, end = rest.n;
    int64_t seconds;
    bool dated = statement_time(rest, &begin, &end, &seconds), sha_good;
    struct text part = {rest.at, dated ? begin : rest.n}, after = text_from(rest, end);
    struct walk w = {.f = f, .t = part, .dated = dated};
    walk_run(&w);
    sha_good = read_sha_before(part, sha);
    if (!dated)
        return sha_good;
    add_time(times, seconds);
    check_brackets(f, after);
    if (!f->verdict && fails_after(after))
        f->fail = f->verdict = true;
    return read_sha(after, sha) && sha_good;
}

/* The next cell of a row; t goes past it. */
static struct text next_cell(struct text *t)
{
    size_t i = 0;
    while (i < t->n && (t->at[i] != '|' || (i && t->at[i - 1] == '\\')))
        i++;
    struct text cell = {t->at, i};
    *t = text_from(*t, i + 1);
    return text_trim(cell);
}

static bool read_cell(struct walk_found *f, struct text cell, int index, struct times *times, char sha[41])
{
    size_t begin = cell.n, end = cell.n, lead = 0, box;
    int64_t seconds;
    bool open = false;
    bool dated = statement_time(cell, &begin, &end, &seconds);
    while (lead < cell.n && (text_is_blank(cell.at[lead]) || strchr("*_`@", cell.at[lead])))
        lead++;
    if (dated && begin <= lead) {
        add_time(times, seconds);
        struct walk_found after = {.pass = true};
        check_brackets(&after, text_from(cell, end));
        f->pending = f->pending || after.pending;
        return read_sha(text_from(cell, end), sha);
    }
    box = text_box(cell, &open);
    f->open = f->open || (open && box == cell.n);
    struct walk_found here = {0};
    struct walk w = {
        .f = &here, .t = {cell.at, dated ? begin : cell.n}, .cell = true, .second = index == 1, .dated = dated};
    walk_run(&w);
    if (here.verdict && dated) {
        add_time(times, seconds);
        check_brackets(&here, text_from(cell, end));
    }
    f->fail = f->fail || here.fail;
    f->pending = f->pending || here.pending;
    f->pass = f->pass || here.pass;
    f->near = f->near || here.near;
    f->undated = f->undated || here.undated;
    f->open = f->open || here.open;
    f->taken = f->taken || here.taken;
    if (here.why[0] && !f->why[0])
        memcpy(f->why, here.why, sizeof f->why);
    return here.pass ? read_sha(dated ? text_from(cell, end) : cell, sha) : read_sha_before(cell, sha);
}

static bool read_row(struct walk_found *f, struct text rest, struct times *times, char sha[41])
{
    bool good = true, hedged = false;
    for (int index = 0; rest.n; index++) {
        struct text cell = next_cell(&rest);
        good = read_cell(f, cell, index, times, sha) && good;
        hedged = hedged || walk_only_hedges(cell);
    }
    if (f->pass && hedged) {
        f->pending = true;
        walk_why(f, "a cell of the row is a hedge", "");
    }
    return good;
}

/* ---- the line ---- */

/* Goes past what closes the marks around the id: emphasis, ticks, and the target of a link. False when what
 * follows is neither a blank nor a separator nor the end, so that the id is not one for a PASS. */
static bool leave_id(struct text *t, const struct lead *lead, const char **why)
{
    if (lead->tick && !(t->n && t->at[0] == '`'))
        *why = "the id stands in a code span with other text";
    while (t->n && strchr("*_`", t->at[0]))
        *t = text_from(*t, 1);
    if (lead->bracket && t->n && t->at[0] == ']') {
        *t = text_from(*t, 1);
        const char *close = t->n && t->at[0] == '(' ? memchr(t->at, ')', t->n) : NULL;
        if (close)
            *t = text_from(*t, (size_t)(close - t->at) + 1);
        else
            *why = "the id stands in brackets";
        while (t->n && strchr("*_`", t->at[0]))
            *t = text_from(*t, 1);
    } else if (lead->bracket) {
        *why = "the id stands in brackets";
    }
    return !t->n || text_is_blank(t->at[0]) || text_separator(*t, false);
}

static void conclude(struct statement *s, const struct walk_found *f, const struct times *times, const char *refusal,
                     bool sha_good)
{
    enum subject_shape shape = s->subject.shape;
    s->stated = true;
    snprintf(s->why, sizeof s->why, "%s", f->why);
    s->dating = times->any ? REVIEW_DATED : REVIEW_UNDATED;
    s->written = times->last;
    if (f->fail) {
        s->kind = REVIEW_FAIL;
        s->why[0] = '\0';
    } else if (shape == SUBJECT_UNKNOWN) {
        s->kind = REVIEW_NEAR;
        s->stated = f->pass;
        snprintf(s->why, sizeof s->why, "the id is no criterion");
    } else if (f->pending || (f->pass && f->open) || (f->taken && !f->pass)) {
        s->kind = REVIEW_PENDING;
        if (!f->pending)
            snprintf(s->why, sizeof s->why, "%s", f->pass ? "its box is open" : "the words take the criterion back");
    } else if (f->pass) {
        s->kind = refusal ? REVIEW_NEAR : REVIEW_PASS;
        s->written = times->first;
        if (refusal || !times->any)
            snprintf(s->why, sizeof s->why, "%s", refusal ? refusal : "it has no readable time");
        if (!refusal && times->any && f->undated) {
            s->dating = REVIEW_UNDATED;
            snprintf(s->why, sizeof s->why, "what stands where its time belongs cannot be read as one");
        } else if (!refusal && times->any && !sha_good) {
            s->dating = REVIEW_UNDATED;
            snprintf(s->why, sizeof s->why, "sha= is not followed by 7 to 40 hexadecimal digits");
        }
    } else {
        s->kind = REVIEW_NEAR;
        s->stated = f->near;
    }
    if (s->dating == REVIEW_UNDATED)
        s->written = 0;
}

void statement_read(struct statement *s, const struct subject_ids *ids, struct text line, const char *dim, bool *hits)
{
    memset(s, 0, sizeof *s);
    struct lead lead = lead_read(line);
    struct text t = text_from(line, lead.at);
    subject_read(&s->subject, ids, t, hits);
    if (s->subject.shape == SUBJECT_NONE)
        return;
    const char *refusal = NULL;
    t = text_from(t, s->subject.bytes);
    bool clean = leave_id(&t, &lead, &refusal);
    if (s->subject.shape == SUBJECT_MANY)
        refusal = "a PASS names one criterion, not a list or a range";
    else if (s->subject.shape == SUBJECT_PART)
        refusal = "a PASS of a part does not pass the criterion";
    else if (!clean)
        refusal = "the id is joined to something else";
    else if (lead.doubtful)
        refusal = "something stands before the id";
    if (dim)
        refusal = dim;
    struct walk_found f = {.open = lead.open_box, .fail = lead.cross, .verdict = lead.cross};
    struct times times = {0};
    size_t blanks = text_blanks(t);
    bool row = lead.row || (blanks < t.n && t.at[blanks] == '|'), sha_good;
    sha_good = row ? read_row(&f, t, &times, s->sha) : read_plain(&f, t, &times, s->sha);
    s->worded = f.verdict || f.fail || f.pending || f.pass || f.taken;
    conclude(s, &f, &times, refusal, sha_good);
}
