#include "watchdog/veto.h"
#include "watchdog/statement.h"
#include "watchdog/walk.h"
#include <stdio.h>
#include <string.h>

static const char *const LIFT_WORDS[] = {"LIFTED", "CLEARED", "WITHDRAWN", "RESOLVED", "RETRACTED"};
static const char *const STANDING_WORDS[] = {"open", "standing", "active", "current"};
static const char *const VETO_NOUNS[] = {"veto", "vetos", "vetoes", "veto(e)s"};
static const char *const NONE_WORDS[] = {"none", "no", "nil", "n/a", "nothing", "empty"};
/* Words that may follow one of them and leave it a "none". */
static const char *const NONE_MORE[] = {"yet",       "so",   "far",  "open",  "standing", "active", "current",
                                        "currently", "now",  "veto", "vetos", "vetoes",   "at",     "present",
                                        "moment",    "this", "the",  "time",  "right",    "here"};

/* Past blanks, emphasis, ticks, brackets and signs that separate. */
static struct text skip_marks(struct text t)
{
    static const char *const dashes[] = {"—", "–", "→"};
    while (t.n) {
        int dash = text_find_prefix(t, TEXT_TABLE(dashes), false);
        if (dash >= 0)
            t = text_from(t, strlen(dashes[dash]));
        else if (text_is_blank(t.at[0]) || strchr("*_`:;=|()[].-,!>\"'", t.at[0]))
            t = text_from(t, 1);
        else
            break;
    }
    return t;
}

static size_t word_bytes(struct text t)
{
    return text_begins_word(t, "n/a", true) ? 3 : text_word(t);
}

static bool has_dash(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] == '-' || text_begins(text_from(t, i), "—", false) || text_begins(text_from(t, i), "–", false))
            return true;
    return false;
}

bool veto_is_none(struct text t)
{
    struct text all = t;
    bool first = true;
    for (t = skip_marks(t); t.n; t = skip_marks(t), first = false) {
        struct text word = {t.at, word_bytes(t)};
        if (!word.n)
            return false;
        t = text_from(t, word.n);
        while (word.n && word.at[word.n - 1] == '_')
            word.n--;
        if (text_find(word, first ? TEXT_TABLE(NONE_WORDS) : TEXT_TABLE(NONE_MORE), true) < 0)
            return false;
    }
    /* Without any word a dash says none, and other signs say nothing. */
    return !first || has_dash(all);
}

/* "Open VETOs", "Standing vetoes: none": a heading over a list of them. */
static enum veto_kind read_list_heading(struct text t)
{
    struct text first = {t.at, text_word(t)};
    if (text_find(first, TEXT_TABLE(STANDING_WORDS), true) < 0)
        return VETO_NONE;
    t = skip_marks(text_from(t, first.n));
    int noun = -1;
    for (int i = (int)(sizeof VETO_NOUNS / sizeof *VETO_NOUNS) - 1; i >= 0 && noun < 0; i--)
        if (text_begins_word(t, VETO_NOUNS[i], true))
            noun = i;
    if (noun < 0)
        return VETO_NONE;
    t = text_from(t, strlen(VETO_NOUNS[noun]));
    struct text tail = skip_marks(t);
    if (!tail.n || text_trim(tail).at[0] == '#')
        return VETO_FILLED;
    return veto_is_none(tail) ? VETO_NONE : VETO_STANDS;
}

/* What may stand between VETO and LIFTED: a separator or only blanks, and emphasis. */
static struct text skip_separator(struct text t)
{
    bool separated = false;
    for (;;) {
        size_t blanks = text_blanks(t), n;
        if (blanks) {
            /* " - " wants a blank before it, which is read here. */
            n = separated ? 0 : text_separator(text_from(t, blanks), true);
            separated = separated || n;
            t = text_from(t, blanks + n);
        } else if (t.n && strchr("*_`", t.at[0])) {
            t = text_from(t, 1);
        } else if (!separated && (n = text_separator(t, false)) > 0) {
            separated = true;
            t = text_from(t, n);
        } else {
            return t;
        }
    }
}

/* The word LIFTED, which begins at `from` in t and ends at `to`: nothing is joined to it, no negation follows it before
 * its time (or before the end), no hedge does, and none stands in a bracket after the time. */
static bool lift_holds(struct text t, size_t from, size_t to, char *why, size_t size)
{
    struct text rest = text_from(t, to);
    size_t begin = rest.n, end = rest.n;
    int64_t seconds;
    bool dated = statement_time(rest, &begin, &end, &seconds);
    struct text between = {rest.at, dated ? begin : rest.n};
    if (!walk_stands_alone((struct text){t.at, to + between.n}, from, to, dated))
        snprintf(why, size, "the word that lifts it is joined to something else");
    else if (walk_denied(between))
        snprintf(why, size, "a negation follows the word that lifts it");
    else
        return !statement_hedged(between, text_from(rest, end), why, size);
    return false;
}

/* t: what follows VETO; the word that lifts it stands at from .. to. */
static enum veto_kind read_lift(const struct markdown_line *line, const struct lead *lead, bool exact, struct text t,
                                size_t from, size_t to, char *why, size_t size)
{
    if (line->life != MARKDOWN_LIVE)
        snprintf(why, size, "%s", line->why ? line->why : "it is not live");
    else if (lead->open_box)
        snprintf(why, size, "its box is open");
    else if (!exact)
        snprintf(why, size, "the word VETO is not in upper case");
    else if (lead->doubtful || lead->bracket)
        snprintf(why, size, "something stands before the word VETO");
    else if (lift_holds(t, from, to, why, size))
        return VETO_LIFTED;
    return VETO_REFUSED;
}

enum veto_kind veto_read(const struct markdown_line *line, char *why, size_t size)
{
    struct lead lead = lead_read(line->text);
    struct text t = text_from(line->text, lead.at);
    if (lead.row)
        return VETO_NONE;
    if (line->heading) {
        enum veto_kind kind = read_list_heading(t);
        if (kind != VETO_NONE)
            return kind;
    }
    if (!text_begins_word(t, "VETO", line->heading > 0))
        return VETO_NONE;
    bool exact = text_begins(t, "VETO", false);
    t = text_from(t, 4);
    struct text next = skip_separator(t), word = {next.at, text_word(next)};
    while (word.n && word.at[word.n - 1] == '_')
        word.n--;
    size_t from = (size_t)(next.at - t.at);
    if (text_find(word, TEXT_TABLE(LIFT_WORDS), false) >= 0)
        return read_lift(line, &lead, exact, t, from, from + word.n, why, size);
    struct text tail = text_trim(t);
    struct text said = skip_marks(tail);
    if (!said.n || said.at[0] == '#')
        return tail.n && veto_is_none(tail) ? VETO_NONE : VETO_BODY;
    return veto_is_none(tail) ? VETO_NONE : VETO_STANDS;
}
