#include "supervisor/config/criteria.h"
#include "supervisor/base/mem.h"
#include "supervisor/config/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [A-Z][A-Z0-9]*([-._][A-Z0-9]+)* */
static bool id_valid(const char *s)
{
    if (!upper(*s))
        return false;
    for (; *s; s++) {
        bool sep = *s == '-' || *s == '.' || *s == '_';
        if (!upper(*s) && !digit(*s) && !(sep && (upper(s[1]) || digit(s[1]))))
            return false;
    }
    return true;
}

/* Letters followed by digits: what a range counts. */
struct counted {
    const char *text;
    size_t letters, digits;
    long number;
};

enum { DIGITS_MAX = 9 };

static bool counted_read(struct counted *c, const char *s, size_t n)
{
    *c = (struct counted){.text = s};
    while (c->letters < n && upper(s[c->letters]))
        c->letters++;
    while (c->letters + c->digits < n && digit(s[c->letters + c->digits])) {
        if (c->digits < DIGITS_MAX)
            c->number = c->number * 10 + (s[c->letters + c->digits] - '0');
        c->digits++;
    }
    return c->letters && c->digits && c->letters + c->digits == n;
}

/* D08 to D12 count in two digits, D8 to D12 in as many as needed; D8 to D012 is neither. */
static bool counted_same_width(const struct counted *a, const struct counted *b)
{
    bool zero = (a->digits > 1 && a->text[a->letters] == '0') || (b->digits > 1 && b->text[b->letters] == '0');
    return !zero || a->digits == b->digits;
}

static bool counted_same_letters(const struct counted *a, const struct counted *b)
{
    return a->letters == b->letters && memcmp(a->text, b->text, a->letters) == 0;
}

static bool id_add(struct words *out, const char *id, struct err *e)
{
    if (words_have(out, id)) {
        err_set(e, "%s is listed twice; write it once", id);
        return false;
    }
    if (out->n >= CONFIG_IDS_MAX) {
        err_set(e, "more than %d ids; a run that large needs phases", CONFIG_IDS_MAX);
        return false;
    }
    words_add(out, id);
    return true;
}

static bool range_add(struct words *out, const char *word, const struct counted *a, const struct counted *b,
                      struct err *e)
{
    if (a->digits > DIGITS_MAX || b->digits > DIGITS_MAX || !counted_same_width(a, b)) {
        err_set(e,
                "the range %s does not count; write both ends with as many digits, at most %d, such as "
                "D1-D10 or D01-D10",
                word, DIGITS_MAX);
        return false;
    }
    if (b->number < a->number) {
        err_set(e, "the range %s runs backwards; write %s-%.*s", word, b->text, (int)(a->letters + a->digits), a->text);
        return false;
    }
    if (b->number - a->number >= CONFIG_RANGE_MAX) {
        err_set(e, "the range %s has %ld ids; at most %d, list several", word, b->number - a->number + 1,
                CONFIG_RANGE_MAX);
        return false;
    }
    for (long i = a->number; i <= b->number; i++) {
        char id[CONFIG_ID_MAX + 16];
        int width = a->digits == b->digits ? (int)a->digits : 1;
        snprintf(id, sizeof id, "%.*s%0*ld", (int)a->letters, a->text, width, i);
        if (!id_add(out, id, e))
            return false;
    }
    return true;
}

static bool word_add(struct words *out, const char *word, struct err *e)
{
    size_t n = strlen(word);
    if (word[n - 1] == ',') {
        err_set(e, "'%s' ends with a comma; separate ids by blanks", word);
        return false;
    }
    const char *dash = strchr(word, '-');
    struct counted a, b;
    bool range = dash && counted_read(&a, word, (size_t)(dash - word)) &&
                 counted_read(&b, dash + 1, strlen(dash + 1)) && counted_same_letters(&a, &b);
    size_t longest =
        range ? (a.letters + a.digits > b.letters + b.digits ? a.letters + a.digits : b.letters + b.digits) : n;
    if (longest > CONFIG_ID_MAX) {
        err_set(e, "the id %.20s... has %zu bytes; at most %d", word, longest, CONFIG_ID_MAX);
        return false;
    }
    if (range)
        return range_add(out, word, &a, &b, e);
    if (!id_valid(word)) {
        err_set(e,
                "'%s' is no id; write capital letters and digits beginning with a letter, - . _ between "
                "them, such as "
                "D1, E2E-LOGIN, or a range D1-D10",
                word);
        return false;
    }
    return id_add(out, word, e);
}

bool config_criteria(struct words *out, const char *text, struct err *e)
{
    const char *p = text;
    bool any = false, good = true;
    while (good) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p)
            break;
        size_t n = strcspn(p, " \t");
        char *word = mem_strndup(p, n);
        good = word_add(out, word, e);
        free(word);
        any = true;
        p += n;
    }
    if (good && !any)
        err_set(e, "no ids; write at least one, such as D1-D10");
    return good && any;
}

void config_criteria_write(struct buf *b, const struct words *ids, size_t n)
{
    for (size_t i = 0, last; i < n; i = last + 1) {
        struct counted first, one;
        last = i;
        if (counted_read(&first, ids->at[i], strlen(ids->at[i])) && first.digits <= DIGITS_MAX)
            while (last + 1 < n && last + 1 - i < CONFIG_RANGE_MAX &&
                   counted_read(&one, ids->at[last + 1], strlen(ids->at[last + 1])) && one.digits <= DIGITS_MAX &&
                   counted_same_letters(&first, &one) && one.number == first.number + (long)(last + 1 - i) &&
                   counted_same_width(&first, &one))
                last++;
        /* Two are no shorter as a range. */
        if (last == i + 1)
            last = i;
        buf_addf(b, "%s%s", i ? " " : "", ids->at[i]);
        if (last > i)
            buf_addf(b, "-%s", ids->at[last]);
    }
}
