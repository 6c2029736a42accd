#include "watchdog/walk.h"
#include <stdio.h>
#include <string.h>

/* The protocol's words. The lists are complete: a word that is not here has no meaning. */
static const char *const PASS_WORDS[] = {"PASS", "PASSED"};
static const char *const FAIL_WORDS[] = {"FAIL",     "FAILED",  "FAILURE",   "REJECT",    "REJECTED",
                                         "REOPENED", "REVOKED", "WITHDRAWN", "REGRESSED", "BROKEN",
                                         "BLOCKED",  "VETO",    "VETOED"};
static const char *const PENDING_WORDS[] = {
    "PENDING",  "CLAIMED", "UNVERIFIED", "PARTIAL",      "TODO",        "TBD",         "SKIP",    "SKIPPED",
    "UNTESTED", "STALE",   "N/A",        "INCONCLUSIVE", "CONDITIONAL", "PROVISIONAL", "UNKNOWN", "WIP"};
static const char *const HEDGES[] = {
    "provisional", "provisionally", "partial",    "partially", "pending", "conditional", "conditionally",
    "tentative",   "tentatively",   "except",     "unless",    "mostly",  "interim",     "expected",
    "should",      "would",         "todo",       "tbd",       "once",    "until",       "draft",
    "unverified",  "assumed",       "presumably", "awaiting",  "waived",  "if"};
static const char *const NEGATIONS[] = {"not",   "no",     "never", "without", "cannot", "can't",
                                        "isn't", "wasn't", "non",   "nor",     "neither"};
/* Beginnings of words that take back a PASS before them ... */
static const char *const RETRACTIONS[] = {"withdr", "retract", "revok", "reopen", "regress", "invalid"};
/* ... and that make a line without a verdict word a PENDING. */
static const char *const TAKEN_BACK[] = {"fail", "broke", "withdr", "retract", "revok", "reopen", "regress", "reject"};
static const char *const TAKEN_BACK_WORDS[] = {"anymore", "never",  "cannot", "doesn't", "don't",
                                               "isn't",   "wasn't", "hasn't", "can't"};
static const char *const AUXILIARIES[] = {"does", "do", "is", "was", "has", "can"};
static const char *const CROSSES[] = {"❌", "✗", "✘"};
/* Signs that may touch a PASS. Any other byte that is not ASCII (a look-alike, a no-break space) makes it no
 * PASS. */
static const char *const SIGNS[] = {"—", "–", "→", "…", "✅", "✔", "✓", "☑", "🎉"};
/* Whether something that was meant as a time begins t: "@...", "07:05", "2026-5-28", "28.05.2026". */
static bool like_a_time(struct text t, bool after_word)
{
    size_t digits = 0;
    if (t.n && t.at[0] == '@')
        return true;
    while (digits < t.n && digits < 5 && text_is_digit(t.at[digits]))
        digits++;
    if (after_word || !digits || digits + 1 >= t.n || !text_is_digit(t.at[digits + 1]))
        return false;
    char sign = t.at[digits];
    return (digits <= 2 && sign == ':') || (digits == 4 && sign == '-');
}

/* Whether nothing but blanks and opening marks is left: the time itself follows. */
static bool only_marks(struct text t)
{
    while (t.n && (text_is_blank(t.at[0]) || strchr("*_`([~", t.at[0])))
        t = text_from(t, 1);
    return !t.n;
}

void walk_why(struct walk_found *f, const char *what, const char *word)
{
    if (f->why[0])
        return;
    snprintf(f->why, sizeof f->why, "%s%s%s", what, word, *word ? "`" : "");
}

/* The word in lower case, with a plain apostrophe; what is longer than any word of the lists is cut. */
static void lower(struct text word, char out[16])
{
    size_t n = 0;
    for (size_t i = 0; i < word.n && n < 15;) {
        if (text_begins(text_from(word, i), "’", false)) {
            out[n++] = '\'';
            i += strlen("’");
        } else {
            out[n++] = text_lower(word.at[i++]);
        }
    }
    out[n] = '\0';
}

static bool in_table(const char *word, struct text_table table)
{
    return text_find(text_of(word), table, false) >= 0;
}

bool walk_stands_alone(struct text t, size_t i, size_t end, bool dated)
{
    if (i && (unsigned char)t.at[i - 1] >= 0x80) {
        bool known = false;
        for (size_t k = 0; k < sizeof SIGNS / sizeof *SIGNS; k++) {
            size_t n = strlen(SIGNS[k]);
            known = known || (i >= n && memcmp(t.at + i - n, SIGNS[k], n) == 0);
        }
        if (!known)
            return false;
    }
    struct text after = text_from(t, end);
    if (after.n && (unsigned char)after.at[0] >= 0x80 && text_find_prefix(after, TEXT_TABLE(SIGNS), false) < 0)
        return false;
    /* PASS_2026-05-28 is one word, though the time ends the part. */
    size_t tail = 0;
    while (tail < after.n && after.at[tail] == '_')
        tail++;
    if (tail && tail == after.n && dated)
        return false;
    return !(after.n > 1 && strchr("-/.+", after.at[0]) && text_is_alnum(after.at[1])) &&
           !(i && t.at[i - 1] == '-' && i > 1 && text_is_alnum(t.at[i - 2]));
}

/* A hedge or a retraction after a PASS, by the word and the one before it. */
static bool takes_pass_back(const char *word, const char *last, struct walk_found *f)
{
    bool two = (strcmp(last, "not") == 0 && strcmp(word, "yet") == 0) ||
               (strcmp(last, "no") == 0 && strcmp(word, "longer") == 0) ||
               (strcmp(last, "any") == 0 && strcmp(word, "more") == 0);
    if (in_table(word, TEXT_TABLE(HEDGES)) || two) {
        walk_why(f, "between PASS and its end stands the hedge `", word);
        return true;
    }
    if (text_find_prefix(text_of(word), TEXT_TABLE(RETRACTIONS), false) >= 0 || strcmp(word, "void") == 0 ||
        strcmp(word, "anymore") == 0) {
        walk_why(f, "the PASS is taken back by `", word);
        return true;
    }
    return false;
}

static bool is_taken_back(const char *word, const char *last)
{
    return text_find_prefix(text_of(word), TEXT_TABLE(TAKEN_BACK), false) >= 0 ||
           in_table(word, TEXT_TABLE(TAKEN_BACK_WORDS)) || (strcmp(word, "longer") == 0 && strcmp(last, "no") == 0) ||
           (strcmp(word, "more") == 0 && strcmp(last, "any") == 0) ||
           (strcmp(word, "not") == 0 && in_table(last, TEXT_TABLE(AUXILIARIES)));
}

static void on_pass(struct walk *w, size_t end)
{
    struct walk_found *f = w->f;
    f->verdict = true;
    if (w->negated || w->negating) {
        f->pending = true;
        walk_why(f, "a negation stands before PASS", "");
    } else if (f->open) {
        f->pending = true;
        walk_why(f, "an open box stands before PASS", "");
    } else if (!walk_stands_alone(w->t, w->at, end, w->dated)) {
        f->near = true;
        walk_why(f, "PASS is joined to something else", "");
    } else if (w->gap == GAP_TEXT || (w->cell && w->gap != GAP_START)) {
        f->near = true;
        walk_why(f, w->cell ? "PASS does not begin its cell" : "there is no separator before PASS; put a colon there",
                 "");
    } else {
        f->pass = true;
    }
    w->negated = w->negating = false;
}

/* Whether a cell holds that word, emphasis and nothing else. */
static bool is_all(struct text cell, struct text word)
{
    while (cell.n && (text_is_blank(cell.at[0]) || strchr("*_`", cell.at[0])))
        cell = text_from(cell, 1);
    while (cell.n && (text_is_blank(cell.at[cell.n - 1]) || strchr("*_`", cell.at[cell.n - 1])))
        cell.n--;
    return cell.at == word.at && cell.n == word.n;
}

/* A word after a PASS that counts. */
static void after_pass(struct walk *w, struct text exact, const char *word)
{
    struct walk_found *f = w->f;
    bool negation = in_table(word, TEXT_TABLE(NEGATIONS));
    if ((w->negated || w->negating) && text_find(exact, TEXT_TABLE(PASS_WORDS), false) >= 0) {
        f->pending = true;
        walk_why(f, "a negation stands before PASS", "");
    }
    w->negated = w->negated || negation;
    w->negating = negation;
    f->pending = takes_pass_back(word, w->last, f) || f->pending;
}

/* One word of the deciding part; exact is the word as it is written. */
static void on_word(struct walk *w, struct text exact, size_t end)
{
    struct walk_found *f = w->f;
    char word[16];
    lower(exact, word);
    bool leads = !w->worded && (!w->cell || w->second || is_all(w->t, exact));
    bool counts = !w->cell || w->gap != GAP_TEXT || f->verdict;
    bool is_fail = text_find(exact, TEXT_TABLE(FAIL_WORDS), false) >= 0;
    if ((is_fail && counts) || (leads && text_find(exact, TEXT_TABLE(FAIL_WORDS), true) >= 0)) {
        f->fail = f->verdict = true;
    } else if (w->past_time) {
        /* Behind what was meant as a time only a plain FAIL is heard. */
    } else if (text_find(exact, TEXT_TABLE(PENDING_WORDS), false) >= 0 && counts) {
        char plain[16];
        snprintf(plain, sizeof plain, "%.*s", (int)exact.n, exact.at);
        f->pending = f->verdict = true;
        walk_why(f, "the line says `", plain);
    } else if (f->pass) {
        after_pass(w, exact, word);
    } else if (text_find(exact, TEXT_TABLE(PASS_WORDS), false) >= 0) {
        on_pass(w, end);
    } else {
        bool negation = in_table(word, TEXT_TABLE(NEGATIONS));
        w->negated = w->negated || negation;
        f->taken = f->taken || is_taken_back(word, w->last);
        if (strncmp(word, "pass", 4) == 0 && w->gap != GAP_TEXT) {
            f->near = true;
            walk_why(f, "the word is not PASS or PASSED in upper case", "");
        }
        w->negating = negation;
    }
    memcpy(w->last, word, sizeof word);
    w->worded = true;
    w->gap = GAP_TEXT;
}

/* A byte that begins no word: a separator, a mark, a sign, or text. Returns how many bytes it took. */
static size_t on_sign(struct walk *w)
{
    struct text t = text_from(w->t, w->at);
    bool blank_before = !w->at || text_is_blank(w->t.at[w->at - 1]), open;
    /* In a cell a bar is an escaped one, which is text. */
    size_t n = w->cell && w->at && w->t.at[w->at - 1] == '\\' && t.at[0] == '|' ? 0 : text_separator(t, blank_before);
    if (n) {
        w->gap = w->f->pass ? GAP_TEXT : GAP_SEPARATOR;
        w->negated = false;
        return n;
    }
    if (strchr("*`", t.at[0]))
        return 1;
    int cross = text_find_prefix(t, TEXT_TABLE(CROSSES), false);
    if (cross >= 0 && !w->past_time) {
        if (!w->cell || w->gap != GAP_TEXT)
            w->f->fail = w->f->verdict = true;
        return strlen(CROSSES[cross]);
    }
    n = text_box(t, &open);
    if (n && !w->f->pass) {
        w->f->open = w->f->open || open;
        w->gap = GAP_TEXT;
        return n;
    }
    if (t.at[0] == '?' && w->f->pass && !w->past_time) {
        w->f->pending = true;
        walk_why(w->f, "a question mark stands after PASS", "");
    }
    w->gap = GAP_TEXT;
    return 1;
}

void walk_run(struct walk *w)
{
    bool after_word = false;
    while (w->at < w->t.n) {
        struct text t = text_from(w->t, w->at);
        if (text_is_blank(t.at[0])) {
            w->at += text_blanks(t);
            after_word = false;
            continue;
        }
        if (w->f->pass && like_a_time(t, after_word)) {
            if (!w->dated)
                w->past_time = true;
            else if (t.at[0] != '@' || (!after_word && !only_marks(text_from(t, 1))))
                w->f->undated = true;
        }
        size_t n = text_begins_word(t, "N/A", false) ? 3 : text_word(t);
        after_word = n > 0;
        if (!n) {
            w->at += on_sign(w);
            continue;
        }
        struct text word = {t.at, n};
        while (word.n && word.at[0] == '_')
            word = text_from(word, 1);
        while (word.n && word.at[word.n - 1] == '_')
            word.n--;
        if (word.n)
            on_word(w, word, w->at + (size_t)(word.at - t.at) + word.n);
        w->at += n;
    }
}

bool walk_denied(struct text t)
{
    char word[16];
    while (t.n && (t.at[0] == '_' || !text_word(t)))
        t = text_from(t, 1);
    struct text first = {t.at, text_word(t)};
    while (first.n && first.at[first.n - 1] == '_')
        first.n--;
    lower(first, word);
    return in_table(word, TEXT_TABLE(NEGATIONS));
}

bool walk_only_hedges(struct text t)
{
    size_t words = 0;
    while (t.n) {
        size_t n = text_word(t);
        char word[16];
        lower((struct text){t.at, n}, word);
        if (n && !in_table(word, TEXT_TABLE(HEDGES)))
            return false;
        if (!n && ((unsigned char)t.at[0] >= 0x80 || text_is_alnum(t.at[0])))
            return false;
        words += n > 0;
        t = text_from(t, n ? n : 1);
    }
    return words > 0;
}
