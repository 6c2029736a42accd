#include "watchdog/marker.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/vis.h"
#include "watchdog/mark.h"
#include "watchdog/markdown.h"
#include "supervisor/base/timestamp.h"
#include <stdlib.h>
#include <string.h>

enum { NEAR_MAX = 20, SHOWN_MAX = 120 };

/* What a body must not begin with: it is a placeholder. docs/protocol.md, "The marker". */
static const char *const PLACEHOLDERS[] = {
    "not",
    "no",
    "none",
    "n/a",
    "pending",
    "tbd",
    "todo",
    "to be",
    "when",
    "once",
    "after",
    "until",
    "will",
    "written only",
    "only when",
    "waiting",
    "awaiting",
    "blocked",
    "in progress",
    "wip",
    "placeholder",
    "reserved",
    "builder writes",
    "write",
    "add",
    "written here only",
};

/* "DONE withdrawn": takes the marker back. */
static const char *const TAKEN_BACK[] = {"retracted", "withdrawn", "revoked"};
static const char *const CHEERS[] = {"✅", "✔", "✓", "🎉"};
/* The sign that asks for colour: it may follow each of them, and is nothing by itself. */
static const char COLOUR[] = "\xEF\xB8\x8F";

static bool eat(struct text *t, const char *s)
{
    if (!text_begins(*t, s, false))
        return false;
    *t = text_from(*t, strlen(s));
    return true;
}

static void eat_blanks(struct text *t)
{
    *t = text_from(*t, text_blanks(*t));
}

static void eat_bold(struct text *t)
{
    if (!eat(t, "**"))
        eat(t, "__");
}

static void eat_stop(struct text *t)
{
    if (!eat(t, "."))
        eat(t, "!");
}

static void eat_separator(struct text *t)
{
    static const char *const all[] = {":", "@", "(", "-", "–", "—"};
    int found = text_find_prefix(*t, TEXT_TABLE(all), false);
    if (found >= 0)
        eat(t, all[found]);
}

/* A date and time, or a date alone. */
static void eat_date(struct text *t)
{
    int64_t seconds;
    size_t used = timestamp_parse(t->at, t->n, &seconds);
    *t = text_from(*t, used);
}

/* What may follow the word DONE, to the end of the line. */
static bool tail_ends(struct text t)
{
    eat_bold(&t);
    eat_stop(&t);
    eat_blanks(&t);
    eat_separator(&t);
    eat_blanks(&t);
    eat_date(&t);
    eat_blanks(&t);
    eat(&t, ")");
    eat_stop(&t);
    eat_blanks(&t);
    for (int found; (found = text_find_prefix(t, TEXT_TABLE(CHEERS), false)) >= 0;) {
        eat(&t, CHEERS[found]);
        eat(&t, COLOUR);
    }
    if (!text_trim(t).n)
        return true;
    /* Closing hashes stand after a space; the blanks were read above when nothing else stood there. */
    bool space = t.n && t.at[-1] == ' ';
    space = eat(&t, " ") || space;
    while (eat(&t, " "))
        ;
    size_t hashes = 0;
    while (eat(&t, "#"))
        hashes++;
    return space && hashes && !text_trim(t).n;
}

/* The whole grammar on the line's own bytes. */
static bool is_marker(struct text t)
{
    size_t spaces = 0;
    while (eat(&t, " "))
        spaces++;
    if (spaces > 3 || !eat(&t, "##") || !(text_begins(t, " ", false) || text_begins(t, "\t", false)))
        return false;
    while (eat(&t, " ") || eat(&t, "\t"))
        ;
    eat_bold(&t);
    return eat(&t, "DONE") && tail_ends(t);
}

/* Marks before the first word: list marks, hashes, emphasis, code ticks, an opening bracket or quote. */
static struct text bare(struct text t)
{
    for (size_t before = t.n + 1; t.n && t.n < before;) {
        before = t.n;
        eat_blanks(&t);
        t = text_from(t, text_list_mark(t));
        while (t.n && strchr("#*_`(\"'", t.at[0]))
            t = text_from(t, 1);
    }
    return t;
}

/* Whether t begins with these words, in any case and with any blanks between them. */
static bool begins_phrase(struct text t, const char *words)
{
    for (; *words; words++) {
        size_t n = *words == ' ' ? text_blanks(t) : t.n && text_lower(t.at[0]) == *words;
        if (!n)
            return false;
        t = text_from(t, n);
    }
    return !t.n || !text_is_alnum(t.at[0]);
}

/* What kind of text the body's first line is that voids the marker; NULL = none. */
static const char *placeholder(struct text line)
{
    struct text t = text_trim(line);
    for (size_t mark; (mark = text_list_mark(t)) > 0;)
        t = text_from(t, mark);
    bool open = false;
    if (text_box(t, &open) && open)
        return "an open box";
    while (t.n && strchr("*_`(\"'", t.at[0]))
        t = text_from(t, 1);
    if ((text_box(t, &open) && open) || text_begins(t, "[ ]", false))
        return "an open box";
    if (t.n > 1 && t.at[0] == '<' && text_is_alnum(t.at[1]) && !text_is_digit(t.at[1]))
        return "a template in angle brackets";
    if (text_begins(t, "...", false) || text_begins(t, "…", false))
        return "an ellipsis";
    for (size_t i = 0; i < sizeof PLACEHOLDERS / sizeof *PLACEHOLDERS; i++)
        if (begins_phrase(t, PLACEHOLDERS[i]))
            return PLACEHOLDERS[i];
    while (t.n && strchr("*_.!)", t.at[t.n - 1]))
        t.n--;
    const char *close = t.n ? memchr(t.at, ']', t.n) : NULL;
    if (t.n && t.at[0] == '[' && close == t.at + t.n - 1)
        return "a bracket alone";
    return NULL;
}

/* The next word of t, past blanks and punctuation; t goes past it. */
static struct text next_word(struct text *t)
{
    size_t i = 0;
    while (i < t->n && !text_is_alnum(t->at[i]))
        i++;
    *t = text_from(*t, i);
    struct text word = *t;
    word.n = text_word(*t);
    *t = text_from(*t, word.n ? word.n : t->n);
    while (word.n && word.at[word.n - 1] == '_')
        word.n--;
    return word;
}

/* A heading of level 2 that takes the marker back: NOT ... DONE, UNDONE, REOPENED, DONE withdrawn. In any
 * case. */
static bool takes_back(const struct markdown_line *line)
{
    if (line->heading != 2)
        return false;
    struct text t = bare(line->title), first = next_word(&t);
    if (text_equals(first, "UNDONE", true) || text_equals(first, "REOPENED", true))
        return true;
    struct text rest = t, second = next_word(&rest);
    if (text_equals(first, "RE", true) && text_begins(t, "-OPENED", true))
        return true;
    if (text_equals(first, "DONE", true))
        return text_find(second, TEXT_TABLE(TAKEN_BACK), true) >= 0;
    if (!text_equals(first, "NOT", true))
        return false;
    for (; second.n; second = next_word(&rest))
        if (text_equals(second, "DONE", true))
            return true;
    return false;
}

/* ---- near misses ---- */

static void add_near(struct marker *m, const struct markdown_line *line, const char *why, const char *what,
                     const char *fix)
{
    if (!m->done && !m->line)
        m->line = line->number;
    if (m->near.n >= NEAR_MAX)
        return;
    struct text t = text_trim(line->raw);
    char *shown = vis_dup(t.at ? t.at : "", t.n, SHOWN_MAX);
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "line %d: `%s` %s%s; %s", line->number, shown, why, what, fix);
    words_add(&m->near, buf_str(&b));
    buf_clear(&b);
    free(shown);
}

/* Whether what follows DONE would do if the rest of the line were right. */
static bool good_tail(struct text t)
{
    while (t.n && (t.at[t.n - 1] == '`' || t.at[t.n - 1] == '*'))
        t.n--;
    return tail_ends(text_from(t, text_begins(t, "`", false) ? 1 : 0));
}

/* A line that is no marker but looks like one. */
static void look_for_near(struct marker *m, const struct markdown_line *line)
{
    static const char *const fix = "write a line of its own: ## DONE";
    struct text t = text_trim(line->text), word = bare(t);
    if (!text_begins_word(word, "DONE", true))
        return;
    struct text tail = text_from(word, 4);
    bool exact = text_begins(word, "DONE", false), ends = good_tail(tail);
    bool hashes = text_begins(t, "#", false);
    if (line->heading == 2 && !line->underlined && exact) {
        if (!ends)
            add_near(m, line, "has more after DONE than a date", "", fix);
        else
            add_near(m, line, line->nested ? "stands inside a list" : "is not written as the marker is", "", fix);
    } else if (ends && line->heading == 2 && !exact) {
        add_near(m, line, "is not in upper case", "", fix);
    } else if (ends && exact && line->underlined) {
        add_near(m, line, "is a heading by the line under it", "", fix);
    } else if (ends && line->heading) {
        add_near(m, line, "is no heading of level 2", "", fix);
    } else if (ends && exact && hashes) {
        add_near(m, line, "has no space after ##", "", fix);
    } else if (ends && exact && !line->nested) {
        add_near(m, line, "is no heading", "", fix);
    }
}

/* ---- the file ---- */

/* A marker whose body has not been seen yet. */
struct candidate {
    bool open;
    struct markdown_line line;
};

static void stand(struct marker *m, const struct markdown_line *line)
{
    if (m->done)
        return;
    m->done = true;
    m->line = line->number;
    m->hash = hash_fnv(line->whole.at, line->whole.n);
}

/* Whether a line has nothing that could be a body: marks of lists and lines under headings. */
static bool says_nothing(const struct markdown_line *line)
{
    static const char *const folds[] = {"<details", "</details", "<summary", "</summary"};
    struct text t = text_trim(line->text);
    if (text_is_rule(t) || mark_underline_level(t))
        return true;
    for (size_t mark; (mark = text_list_mark(t)) > 0;)
        t = text_from(t, mark);
    for (size_t i = 0; line->life == MARKDOWN_DIM && i < sizeof folds / sizeof *folds; i++)
        if (text_begins_word(t, folds[i], true))
            return true;
    return !t.n;
}

/* The body rule: the next live line that is no heading decides about the markers before it. */
static void on_body(struct marker *m, struct candidate *c, const struct markdown_line *line)
{
    if (!c->open || (line->heading && !line->underlined) || says_nothing(line))
        return;
    const char *what = placeholder(line->text);
    /* "not yet" over a line of dashes was hardly meant as a heading, and in dim text it is a doubt. */
    if ((line->underlined || line->life == MARKDOWN_DIM) && !what)
        return;
    c->open = false;
    if (what)
        add_near(m, &c->line, "stands over a placeholder, which begins with: ", what,
                 "when it is done, take the placeholder away or write the evidence in its place");
    else
        stand(m, &c->line);
}

/* A second marker before a body: both wait for the same line, and the first one's place is kept. */
static void on_marker(struct candidate *c, const struct markdown_line *line)
{
    if (!c->open)
        c->line = *line;
    c->open = true;
}

static void read_lines(struct marker *m, struct markdown *md)
{
    struct markdown_line line, back = {0};
    struct candidate c = {0};
    while (markdown_next(md, &line)) {
        if (line.sample)
            line.life = MARKDOWN_DEAD; /* no verdict is read here, so examples stay examples to the end */
        if (line.life == MARKDOWN_DEAD)
            continue;
        on_body(m, &c, &line);
        if (takes_back(&line)) {
            back = line;
        } else if (line.life == MARKDOWN_LIVE && line.heading == 2 && !line.nested && is_marker(line.raw)) {
            on_marker(&c, &line);
        } else if (line.life == MARKDOWN_DIM && is_marker(line.raw)) {
            add_near(m, &line, "does not count: ", line.why ? line.why : "", "write a line of its own: ## DONE");
        } else {
            look_for_near(m, &line);
        }
    }
    if (c.open)
        stand(m, &c.line);
    if (back.number) {
        /* A contradiction wins wherever it stands. */
        m->done = false;
        m->line = 0;
        m->hash = 0;
        struct words others = m->near;
        m->near = (struct words){0};
        add_near(m, &back, "takes DONE back", "", "when it is done, take this heading away");
        for (size_t i = 0; i < others.n && m->near.n < NEAR_MAX; i++)
            words_add(&m->near, others.at[i]);
        words_clear(&others);
    }
}

void marker_read(struct marker *m, const char *text, size_t n, int64_t max_bytes)
{
    memset(m, 0, sizeof *m);
    m->refused = markdown_refuses(text, n, max_bytes, m->why, sizeof m->why);
    if (m->refused)
        return;
    struct markdown md;
    markdown_read(&md, text, n);
    m->warnings = md.warnings;
    md.warnings = (struct words){0};
    read_lines(m, &md);
    if (m->done)
        words_clear(&m->near);
    markdown_clear(&md);
}

void marker_clear(struct marker *m)
{
    words_clear(&m->near);
    words_clear(&m->warnings);
    words_clear(&m->unproven);
    memset(m, 0, sizeof *m);
}
