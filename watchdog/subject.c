#include "watchdog/subject.h"
#include "supervisor/base/mem.h"
#include <stdlib.h>
#include <string.h>

static int compare(struct text a, const char *b)
{
    size_t k = strlen(b);
    int order = memcmp(a.at, b, a.n < k ? a.n : k);
    return order ? order : (a.n > k) - (a.n < k);
}

void subject_ids_init(struct subject_ids *ids, const struct words *criteria)
{
    ids->criteria = criteria;
    ids->sorted = mem_zalloc((criteria->n + 1) * sizeof *ids->sorted);
    /* By insertion: a few hundred at most, once per file. */
    for (size_t i = 0; i < criteria->n; i++) {
        size_t at = i;
        while (at && strcmp(criteria->at[ids->sorted[at - 1]], criteria->at[i]) > 0) {
            ids->sorted[at] = ids->sorted[at - 1];
            at--;
        }
        ids->sorted[at] = i;
    }
}

void subject_ids_clear(struct subject_ids *ids)
{
    free(ids->sorted);
    ids->sorted = NULL;
}

int subject_ids_find(const struct subject_ids *ids, struct text name)
{
    size_t low = 0, high = ids->criteria->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare(name, ids->criteria->at[ids->sorted[mid]]);
        if (!order)
            return (int)ids->sorted[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return -1;
}

/* ---- one id ---- */

/* Longer than any id; what is longer is cut, and so is none. A bound, as a list looks at each word anew. */
enum { TOKEN_MAX = 64 };

/* Bytes that an id could have: letters and digits, and [-._] between them. */
static size_t token(struct text t)
{
    size_t i = 0;
    while (i < t.n && i < TOKEN_MAX &&
           (text_is_alnum(t.at[i]) || (i && i + 1 < t.n && strchr("-._", t.at[i]) && text_is_alnum(t.at[i + 1]))))
        i++;
    return i;
}

/* "D10" -> letters 1, number 10; what is too large for any criterion is 999999999. False when it is not letters
 * and then digits. */
static bool split_id(struct text id, size_t *letters, long *number)
{
    size_t i = 0;
    while (i < id.n && text_is_alnum(id.at[i]) && !text_is_digit(id.at[i]))
        i++;
    *letters = i;
    *number = 0;
    size_t first = i;
    for (; i < id.n && text_is_digit(id.at[i]); i++)
        *number = *number < 100000000 ? *number * 10 + (id.at[i] - '0') : 999999999;
    return i == id.n && i > first;
}

/* Whether a word that is no criterion was meant as one: D11, d3, D01, WD1. Its letters are those of a
 * criterion, in any case, or it is written as ids are. */
static bool looks_like_id(const struct subject_ids *ids, struct text t)
{
    size_t letters, other;
    long number;
    bool upper = true, digit = false;
    if (!t.n || t.n >= 40 || text_is_digit(t.at[0]))
        return false;
    for (size_t i = 0; i < t.n; i++) {
        if (text_is_alnum(t.at[i]) && !text_is_digit(t.at[i]) && text_lower(t.at[i]) == t.at[i])
            upper = false;
        digit = digit || text_is_digit(t.at[i]);
    }
    if (upper && digit)
        return true;
    bool numbered = split_id(t, &letters, &number);
    for (size_t i = 0; i < ids->criteria->n; i++) {
        struct text c = text_of(ids->criteria->at[i]);
        if (text_equals(t, c.at, true))
            return true;
        if (numbered && split_id(c, &other, &number) && other == letters) {
            c.n = letters;
            size_t same = 0;
            while (same < letters && text_lower(c.at[same]) == text_lower(t.at[same]))
                same++;
            if (same == letters)
                return true;
        }
    }
    return false;
}

/* ---- lists and ranges ---- */

struct list {
    struct subject *s;
    const struct subject_ids *ids;
    struct text t;
    size_t at;
};

static void hit(struct list *l, struct text id)
{
    int found = subject_ids_find(l->ids, id);
    if (found >= 0)
        l->s->hit[found] = true;
}

/* Every criterion from a to b: by number when both are the same letters and a number (b may be the number
 * alone), by their order in the configuration otherwise. */
static void hit_range(struct list *l, struct text a, struct text b)
{
    const struct words *all = l->ids->criteria;
    size_t la, lb, lc;
    long na, nb, nc;
    hit(l, a);
    hit(l, b);
    if (split_id(a, &la, &na) && split_id(b, &lb, &nb) && (!lb || (la == lb && memcmp(a.at, b.at, la) == 0))) {
        for (size_t i = 0; i < all->n; i++) {
            struct text c = text_of(all->at[i]);
            if (split_id(c, &lc, &nc) && lc == la && memcmp(c.at, a.at, la) == 0 && nc >= (na < nb ? na : nb) &&
                nc <= (na < nb ? nb : na))
                l->s->hit[i] = true;
        }
        return;
    }
    int from = subject_ids_find(l->ids, a), to = subject_ids_find(l->ids, b);
    if (from < 0 || to < 0)
        return;
    for (int i = from < to ? from : to; i <= (from < to ? to : from); i++)
        l->s->hit[i] = true;
}

/* Marks that may stand around an id of a list: **D1**, `D2`. */
static size_t marks(struct text t)
{
    size_t i = 0;
    while (i < t.n && strchr("*`_", t.at[i]))
        i++;
    return i;
}

static const char *const RANGE_SIGNS[] = {"–", "—", "..", "…", "-", "~"};
static const char *const RANGE_WORDS[] = {"to", "through", "thru", "until"};
static const char *const LIST_SIGNS[] = {",", "&", "/", "+"};
static const char *const LIST_WORDS[] = {"and", "or"};

/* A word of the table with blanks around it: its bytes with them, or 0. */
static size_t joining_word(struct text t, struct text_table table)
{
    size_t blanks = text_blanks(t);
    struct text rest = text_from(t, blanks), word = {rest.at, text_word(rest)};
    if (!blanks || text_find(word, table, true) < 0)
        return 0;
    size_t after = text_blanks(text_from(rest, word.n));
    return after ? blanks + word.n + after : 0;
}

/* The sign of a range or a list, with the blanks and marks around it; *range says which. 0 when none stands
 * there. */
static size_t joiner(struct text t, bool *range)
{
    size_t i = marks(t), word;
    struct text rest = text_from(t, i);
    *range = true;
    if ((word = joining_word(rest, TEXT_TABLE(RANGE_WORDS))) > 0)
        return i + word + marks(text_from(rest, word));
    *range = false;
    if ((word = joining_word(rest, TEXT_TABLE(LIST_WORDS))) > 0)
        return i + word + marks(text_from(rest, word));
    i += text_blanks(rest);
    rest = text_from(t, i);
    int found = text_find_prefix(rest, TEXT_TABLE(RANGE_SIGNS), false);
    *range = found >= 0;
    if (found >= 0) {
        i += strlen(RANGE_SIGNS[found]);
        /* "--", "..." and the like are one sign. */
        while (i < t.n && (t.at[i] == '-' || t.at[i] == '.'))
            i++;
    } else {
        found = text_find_prefix(rest, TEXT_TABLE(LIST_SIGNS), false);
        if (found < 0)
            return 0;
        i += strlen(LIST_SIGNS[found]);
        size_t and = joining_word(text_from(t, i), TEXT_TABLE(LIST_WORDS)); /* "D1, D2, and D3" */
        i += and;
    }
    i += text_blanks(text_from(t, i));
    return i + marks(text_from(t, i));
}

/* Whether the word after a joiner makes it a list: a criterion, another id of the same letters, or, after the
 * sign of a range, a number that touches it ("D1–10 FAIL") or ends there ("D1 – 10: FAIL"; not "D1 – 3 tests"). */
static bool continues(const struct list *l, struct text first, struct text word, bool range, bool tight,
                      struct text after)
{
    size_t la, lb;
    long na, nb;
    if (!word.n)
        return false;
    if (subject_ids_find(l->ids, word) >= 0)
        return true;
    if (!split_id(word, &lb, &nb))
        return false;
    bool number = lb == 0;
    if (!number)
        return split_id(first, &la, &na) && la == lb && memcmp(first.at, word.at, la) == 0;
    if (!range || tight)
        return range;
    after = text_from(after, marks(after));
    size_t blanks = text_blanks(after);
    after = text_from(after, blanks);
    return !after.n || text_separator(after, blanks > 0) || after.at[0] == ',';
}

/* Goes on after the first id as long as signs and ids follow. */
static void read_list(struct list *l, struct text first)
{
    struct text last = first;
    for (;;) {
        bool range;
        struct text rest = text_from(l->t, l->at);
        size_t sign = joiner(rest, &range);
        if (!sign)
            return;
        struct text next = text_from(rest, sign), word = next;
        word.n = token(next);
        /* "D1, D3-D5": the word itself may be a range with a plain hyphen. */
        const char *hyphen = word.n ? memchr(word.at, '-', word.n) : NULL;
        if (hyphen && subject_ids_find(l->ids, word) < 0)
            word.n = (size_t)(hyphen - word.at);
        bool tight = !text_is_blank(rest.at[0]) && !text_is_blank(rest.at[sign - 1]);
        if (!continues(l, first, word, range, tight, text_from(next, word.n)))
            return;
        l->s->shape = SUBJECT_MANY;
        if (range)
            hit_range(l, last, word);
        else
            hit(l, word);
        last = word;
        l->at += sign + word.n;
    }
}

/* The longest beginning of the word, up to one of [-._], that is a criterion: its index, or -1; *stem becomes
 * it. */
static int find_stem(const struct subject_ids *ids, struct text word, struct text *stem)
{
    *stem = word;
    for (size_t n = word.n; n-- > 1;) {
        if (!strchr("-._", word.at[n]))
            continue;
        stem->n = n;
        int found = subject_ids_find(ids, *stem);
        if (found >= 0)
            return found;
    }
    return -1;
}

static bool any_hit(const struct subject_ids *ids, const bool *hits)
{
    for (size_t i = 0; i < ids->criteria->n; i++)
        if (hits[i])
            return true;
    return false;
}

void subject_read(struct subject *s, const struct subject_ids *ids, struct text t, bool *hits)
{
    memset(s, 0, sizeof *s);
    s->hit = hits;
    struct text word = {t.at, token(t)}, first = word;
    if (!word.n)
        return;
    int found = subject_ids_find(ids, word), stem = -1;
    if (found < 0) {
        stem = find_stem(ids, word, &first);
        /* "D0-D9" begins with no criterion and may hit some all the same. */
        const char *hyphen = stem < 0 ? memchr(word.at, '-', word.n) : NULL;
        if (stem < 0)
            first.n = hyphen ? (size_t)(hyphen - word.at) : word.n;
        if (!looks_like_id(ids, first))
            return;
    }
    memset(hits, 0, ids->criteria->n * sizeof *hits);
    struct list l = {s, ids, t, first.n};
    if (found >= 0)
        hits[found] = true;
    if (stem >= 0 && word.at[first.n] == '.') {
        s->shape = SUBJECT_PART;
        hits[stem] = true;
    } else {
        s->shape = found >= 0 ? SUBJECT_ONE : SUBJECT_UNKNOWN;
        read_list(&l, first);
        if (s->shape == SUBJECT_MANY)
            hit(&l, first);
        if (s->shape == SUBJECT_MANY && !any_hit(ids, hits))
            s->shape = SUBJECT_UNKNOWN;
    }
    s->bytes = s->shape == SUBJECT_ONE || s->shape == SUBJECT_MANY || l.at > word.n ? l.at : word.n;
    s->name = (struct text){t.at, s->bytes};
}
