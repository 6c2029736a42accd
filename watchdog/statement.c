#include "watchdog/statement.h"
#include "watchdog/timestamp.h"
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
static const char *const TAKEN_BACK[] = {"fail",  "broke",  "withdr",  "retract",
                                         "revok", "reopen", "regress", "reject"};
static const char *const TAKEN_BACK_WORDS[] = {"anymore", "never",  "cannot", "doesn't", "don't",
                                               "isn't",   "wasn't", "hasn't", "can't"};
static const char *const AUXILIARIES[] = {"does", "do", "is", "was", "has", "can"};
static const char *const CROSSES[] = {"❌", "✗", "✘"};
/* Signs that may touch a PASS. Any other byte that is not ASCII (a look-alike, a no-break space) makes it no
 * PASS. */
static const char *const SIGNS[] = {"—", "–", "→", "…", "✅", "✔", "✓", "☑", "🎉"};
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

struct lead lead_read(struct text line)
{
    struct lead l = {0};
    for (;;) {
        struct text t = text_from(line, l.at);
        bool open = false;
        size_t n = text_blanks(t), bytes;
        if (!n)
            n = text_list_mark(t);
        if (!n && (n = text_box(t, &open)) > 0)
            l.open_box = l.open_box || open;
        if (!n && text_hashes(t, &bytes))
            n = bytes;
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

/* ---- the walk over the deciding part ---- */

enum gap { GAP_START, GAP_SEPARATOR, GAP_TEXT };

/* What was found in a line or a cell. */
struct found {
    bool fail, pending, pass, near;
    bool taken;   /* words of TAKEN_BACK and the like */
    bool open;    /* an open box before the verdict */
    bool verdict; /* any verdict word */
    char why[200];
};

struct walk {
    struct found *f;
    struct text t;
    size_t at;
    bool cell;   /* a cell of a table: only what begins it, or stands after a separator, is a verdict */
    bool second; /* and it is the one right of the id: a failure in any case counts at its beginning */
    bool dated;  /* a readable time ends the part */
    enum gap gap;
    bool worded;    /* a word has been read */
    bool negated;   /* a negation in this clause */
    bool negating;  /* the last word was a negation, and at most a separator came since */
    bool past_time; /* after a PASS, something like a time was read */
    char last[16];  /* the word before, in lower case */
};

static void set_why(struct found *f, const char *fmt, const char *word)
{
    if (f->why[0])
        return;
    int n = snprintf(f->why, sizeof f->why, "%s%s%s", fmt, word, *word ? "`" : "");
    (void)n;
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

/* Whether a PASS that stands at w->at and ends at `end` touches nothing that makes it another word. */
static bool pass_stands_alone(const struct walk *w, size_t end)
{
    struct text t = w->t;
    size_t i = w->at;
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
    if (after.n && (unsigned char)after.at[0] >= 0x80 &&
        text_find_prefix(after, TEXT_TABLE(SIGNS), false) < 0)
        return false;
    return !(after.n > 1 && strchr("-/.+", after.at[0]) && text_is_alnum(after.at[1])) &&
           !(i && t.at[i - 1] == '-' && i > 1 && text_is_alnum(t.at[i - 2]));
}

/* A hedge or a retraction after a PASS, by the word and the one before it. */
static bool takes_pass_back(const char *word, const char *last, struct found *f)
{
    bool two = (strcmp(last, "not") == 0 && strcmp(word, "yet") == 0) ||
               (strcmp(last, "no") == 0 && strcmp(word, "longer") == 0) ||
               (strcmp(last, "any") == 0 && strcmp(word, "more") == 0);
    if (in_table(word, TEXT_TABLE(HEDGES)) || two) {
        set_why(f, "between PASS and its end stands the hedge `", word);
        return true;
    }
    if (text_find_prefix(text_of(word), TEXT_TABLE(RETRACTIONS), false) >= 0 || strcmp(word, "void") == 0 ||
        strcmp(word, "anymore") == 0) {
        set_why(f, "the PASS is taken back by `", word);
        return true;
    }
    return false;
}

static bool is_taken_back(const char *word, const char *last)
{
    return text_find_prefix(text_of(word), TEXT_TABLE(TAKEN_BACK), false) >= 0 ||
           in_table(word, TEXT_TABLE(TAKEN_BACK_WORDS)) ||
           (strcmp(word, "longer") == 0 && strcmp(last, "no") == 0) ||
           (strcmp(word, "more") == 0 && strcmp(last, "any") == 0) ||
           (strcmp(word, "not") == 0 && in_table(last, TEXT_TABLE(AUXILIARIES)));
}

static void on_pass(struct walk *w, size_t end)
{
    struct found *f = w->f;
    f->verdict = true;
    if (w->negated || w->negating) {
        f->pending = true;
        set_why(f, "a negation stands before PASS", "");
    } else if (f->open) {
        f->pending = true;
        set_why(f, "an open box stands before PASS", "");
    } else if (!pass_stands_alone(w, end)) {
        f->near = true;
        set_why(f, "PASS is joined to something else", "");
    } else if (w->gap == GAP_TEXT || (w->cell && w->gap != GAP_START)) {
        f->near = true;
        set_why(f,
                w->cell ? "PASS does not begin its cell"
                        : "there is no separator before PASS; put a colon there",
                "");
    } else {
        f->pass = true;
    }
}

/* One word of the deciding part; exact is the word as it is written. */
static void on_word(struct walk *w, struct text exact, size_t end)
{
    struct found *f = w->f;
    char word[16];
    lower(exact, word);
    bool whole_cell = w->cell && text_trim(w->t).n == exact.n;
    bool leads = !w->worded && (!w->cell || w->second || whole_cell);
    bool counts = !w->cell || w->gap != GAP_TEXT || f->pass;
    bool is_fail = text_find(exact, TEXT_TABLE(FAIL_WORDS), false) >= 0;
    if ((is_fail && counts) || (leads && text_find(exact, TEXT_TABLE(FAIL_WORDS), true) >= 0)) {
        f->fail = f->verdict = true;
    } else if (w->past_time) {
        /* Behind what was meant as a time only a plain FAIL is heard. */
    } else if (text_find(exact, TEXT_TABLE(PENDING_WORDS), false) >= 0 && counts) {
        f->pending = f->verdict = true;
        set_why(f, "the line says `", "that it is not verified");
    } else if (f->pass) {
        f->pending = takes_pass_back(word, w->last, f) || f->pending;
    } else if (text_find(exact, TEXT_TABLE(PASS_WORDS), false) >= 0) {
        on_pass(w, end);
    } else {
        bool negation = in_table(word, TEXT_TABLE(NEGATIONS));
        w->negated = w->negated || negation;
        f->taken = f->taken || is_taken_back(word, w->last);
        if (strncmp(word, "pass", 4) == 0 && w->gap != GAP_TEXT) {
            f->near = true;
            set_why(f, "the word is not PASS or PASSED in upper case", "");
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
    size_t n = text_separator(t, blank_before);
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
        set_why(w->f, "a question mark stands after PASS", "");
    }
    w->gap = GAP_TEXT;
    return 1;
}

static void walk_run(struct walk *w)
{
    bool after_word = false;
    while (w->at < w->t.n) {
        struct text t = text_from(w->t, w->at);
        if (text_is_blank(t.at[0])) {
            w->at += text_blanks(t);
            after_word = false;
            continue;
        }
        if (w->f->pass && !w->dated && like_a_time(t, after_word))
            w->past_time = true;
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
        if (i >= after.n || (after.at[i] != '(' && after.at[i] != '['))
            return (struct text){after.at, end};
        int depth = 0;
        do {
            depth += (after.at[i] == '(' || after.at[i] == '[') - (after.at[i] == ')' || after.at[i] == ']');
            i++;
        } while (depth > 0 && i < after.n);
        end = i;
    }
}

bool statement_hedged(struct text between, struct text after, char *why, size_t size)
{
    struct found f = {.pass = true};
    struct walk w = {.f = &f, .t = between, .dated = true};
    walk_run(&w);
    struct walk b = {.f = &f, .t = brackets(after), .dated = true};
    struct found in_brackets = {.pass = true};
    b.f = &in_brackets;
    walk_run(&b);
    if (f.fail || f.pending)
        snprintf(why, size, "%s", f.why[0] ? f.why : "a word of failure follows");
    else if (in_brackets.pending)
        snprintf(why, size, "%s",
                 in_brackets.why[0] ? in_brackets.why : "the bracket after the time takes it back");
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
    while (n < t.n && n < 41 &&
           (text_is_digit(t.at[n]) || (text_lower(t.at[n]) >= 'a' && text_lower(t.at[n]) <= 'f')))
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
static void check_brackets(struct found *f, struct text after)
{
    struct text none = {after.at, 0};
    if (f->pass && statement_hedged(none, after, f->why, sizeof f->why))
        f->pending = true;
}

/* A FAIL that stands after the time, with nothing decided before it: only blanks or a separator may be
 * between. */
static bool fails_after(struct text after)
{
    struct found f = {0};
    struct walk w = {.f = &f, .t = after, .cell = true, .dated = true};
    walk_run(&w);
    return f.fail;
}

static bool read_plain(struct found *f, struct text rest, struct times *times, char sha[41])
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

/* Whether a cell holds hedges and nothing else. */
static bool only_hedges(struct text cell)
{
    size_t words = 0;
    while (cell.n) {
        size_t n = text_word(cell);
        char word[16];
        lower((struct text){cell.at, n}, word);
        if (n && !in_table(word, TEXT_TABLE(HEDGES)))
            return false;
        if (!n && ((unsigned char)cell.at[0] >= 0x80 || text_is_alnum(cell.at[0])))
            return false;
        words += n > 0;
        cell = text_from(cell, n ? n : 1);
    }
    return words > 0;
}

static bool read_cell(struct found *f, struct text cell, int index, struct times *times, char sha[41])
{
    size_t begin = cell.n, end = cell.n, lead = 0, box;
    int64_t seconds;
    bool open = false;
    bool dated = statement_time(cell, &begin, &end, &seconds);
    while (lead < cell.n && strchr("*_`@", cell.at[lead]))
        lead++;
    if (dated && begin <= lead) {
        add_time(times, seconds);
        struct found after = {.pass = true};
        check_brackets(&after, text_from(cell, end));
        f->pending = f->pending || after.pending;
        return read_sha(text_from(cell, end), sha);
    }
    box = text_box(cell, &open);
    f->open = f->open || (open && box == cell.n);
    struct found here = {0};
    struct walk w = {.f = &here,
                     .t = {cell.at, dated ? begin : cell.n},
                     .cell = true,
                     .second = index == 1,
                     .dated = dated};
    walk_run(&w);
    if (here.verdict && dated) {
        add_time(times, seconds);
        check_brackets(&here, text_from(cell, end));
    }
    f->fail = f->fail || here.fail;
    f->pending = f->pending || here.pending;
    f->pass = f->pass || here.pass;
    f->near = f->near || here.near;
    f->open = f->open || here.open;
    f->taken = f->taken || here.taken;
    if (here.why[0] && !f->why[0])
        memcpy(f->why, here.why, sizeof f->why);
    return here.pass ? read_sha(dated ? text_from(cell, end) : cell, sha) : read_sha_before(cell, sha);
}

static bool read_row(struct found *f, struct text rest, struct times *times, char sha[41])
{
    bool good = true, hedged = false;
    for (int index = 0; rest.n; index++) {
        struct text cell = next_cell(&rest);
        good = read_cell(f, cell, index, times, sha) && good;
        hedged = hedged || only_hedges(cell);
    }
    if (f->pass && hedged) {
        f->pending = true;
        set_why(f, "a cell of the row is a hedge", "");
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

static void conclude(struct statement *s, const struct found *f, const struct times *times,
                     const char *refusal, bool sha_good)
{
    enum subject_shape shape = s->subject.shape;
    s->stated = true;
    snprintf(s->why, sizeof s->why, "%s", f->why);
    s->dating = times->any ? REVIEW_DATED : REVIEW_UNDATED;
    s->written = times->last;
    if (f->fail) {
        s->kind = REVIEW_FAIL;
        s->why[0] = '\0';
    } else if (shape == SUBJECT_PART || shape == SUBJECT_UNKNOWN) {
        s->kind = REVIEW_NEAR;
        s->stated = f->pass;
        snprintf(s->why, sizeof s->why, "%s",
                 shape == SUBJECT_PART ? "a PASS of a part does not pass the criterion"
                                       : "the id is no criterion");
    } else if (f->pending || (f->pass && f->open) || (f->taken && !f->pass)) {
        s->kind = REVIEW_PENDING;
        if (!f->pending)
            snprintf(s->why, sizeof s->why, "%s",
                     f->pass ? "its box is open" : "the words take the criterion back");
    } else if (f->pass) {
        s->kind = refusal ? REVIEW_NEAR : REVIEW_PASS;
        s->written = times->first;
        if (refusal || !times->any)
            snprintf(s->why, sizeof s->why, "%s", refusal ? refusal : "it has no readable time");
        if (!refusal && times->any && !sha_good) {
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

void statement_read(struct statement *s, const struct subject_ids *ids, struct text line, const char *dim,
                    bool *hits)
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
    else if (!clean)
        refusal = "the id is joined to something else";
    else if (lead.doubtful)
        refusal = "something stands before the id";
    if (dim)
        refusal = dim;
    struct found f = {.open = lead.open_box, .fail = lead.cross, .verdict = lead.cross};
    struct times times = {0};
    size_t blanks = text_blanks(t);
    bool row = lead.row || (blanks < t.n && t.at[blanks] == '|'), sha_good;
    sha_good = row ? read_row(&f, t, &times, s->sha) : read_plain(&f, t, &times, s->sha);
    conclude(s, &f, &times, refusal, sha_good);
}
