#include "supervisor/config/value.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/config/criteria.h"
#include "supervisor/config/expand.h"
#include "supervisor/config/grammar.h"
#include <stdlib.h>
#include <string.h>

/* What a reading function gets: the key, the value as written, and after its variables were replaced. */
struct value {
    const struct config_key *key;
    const char *raw;
    const char *text; /* NULL for the family words, which replaces within each word */
    const char *(*check)(const char *);
    config_env_fn env;
    void *arg;
};

/* A piece of the file for a message: short, and of NAME=VALUE or NAME: VALUE only the name (values
 * may be secrets). */
static char *value_shown(const struct value *v, const char *s)
{
    bool setting = v->key->type == CONFIG_SETTINGS && strchr(s, '=');
    size_t n = setting ? strcspn(s, "=") : v->key->type == CONFIG_HEADERS ? strcspn(s, ":") : strlen(s);
    return vis_dup(s, n, 60);
}

static bool value_wrong(const struct value *v, const char *s, const char *what, struct err *e)
{
    char *shown = value_shown(v, s);
    err_set(e, "'%s' %s", shown, what);
    free(shown);
    return false;
}

void config_value_number(struct buf *b, enum config_type type, int64_t n)
{
    bool mib = n && n % CONFIG_KIB(1024) == 0, kib = n && n % CONFIG_KIB(1) == 0;
    if (type == CONFIG_DURATION)
        duration_format(b, n);
    else if (type == CONFIG_BYTES && (mib || kib))
        buf_addf(b, "%lld%s", (long long)(n / (mib ? CONFIG_KIB(1024) : CONFIG_KIB(1))), mib ? "MiB" : "KiB");
    else if (type == CONFIG_MONEY && n % CONFIG_DOLLARS(1))
        buf_addf(b, "%lld.%06lld", (long long)(n / CONFIG_DOLLARS(1)), (long long)(n % CONFIG_DOLLARS(1)));
    else if (type == CONFIG_MONEY)
        buf_addf(b, "%lld", (long long)(n / CONFIG_DOLLARS(1)));
    else
        buf_addf(b, "%lld", (long long)n);
}

static bool number_in_range(const struct value *v, int64_t n, int64_t *field, struct err *e)
{
    const struct config_key *k = v->key;
    if (n >= k->min && n <= k->max) {
        *field = n;
        return true;
    }
    struct buf b;
    buf_init(&b, 0);
    buf_adds(&b, "is out of range; write ");
    config_value_number(&b, k->type, k->min);
    buf_adds(&b, " to ");
    config_value_number(&b, k->type, k->max);
    value_wrong(v, v->raw, buf_str(&b), e);
    buf_clear(&b);
    return false;
}

/* Digits, at most 12 of them; *rest is what follows. */
static bool number_read(const char *s, int64_t *n, const char **rest)
{
    size_t digits = strspn(s, "0123456789");
    *n = 0;
    for (size_t i = 0; i < digits && i < 13; i++)
        *n = *n * 10 + (s[i] - '0');
    *rest = s + digits;
    return digits && digits < 13;
}

static bool read_duration(const struct value *v, void *field, struct err *e)
{
    int64_t ms;
    if (!duration_parse(v->text, &ms))
        return value_wrong(v, v->raw, "is no duration; write a number and its unit (ms s m h d), such as 90s or 1h30m",
                           e);
    return number_in_range(v, ms, field, e);
}

static bool read_integer(const struct value *v, void *field, struct err *e)
{
    int64_t n;
    const char *rest;
    if (!number_read(v->text, &n, &rest) || *rest)
        return value_wrong(v, v->raw, "is no whole number; write digits alone, such as 10", e);
    return number_in_range(v, n, field, e);
}

static bool read_bytes(const struct value *v, void *field, struct err *e)
{
    int64_t n;
    const char *rest;
    int64_t unit = 0;
    if (number_read(v->text, &n, &rest))
        unit = !*rest ? 1 : strcmp(rest, "KiB") == 0 ? CONFIG_KIB(1) : strcmp(rest, "MiB") == 0 ? CONFIG_KIB(1024) : 0;
    if (!unit)
        return value_wrong(v, v->raw, "is no size; write bytes, KiB or MiB, such as 8MiB", e);
    return number_in_range(v, n * unit, field, e);
}

/* Dollars with at most six digits behind the point, as millionths. */
static bool read_money(const struct value *v, void *field, struct err *e)
{
    int64_t whole, part = 0;
    const char *rest;
    bool good = number_read(v->text, &whole, &rest) && whole < CONFIG_DOLLARS(1000);
    if (good && *rest == '.') {
        size_t digits = strspn(++rest, "0123456789");
        good = digits >= 1 && digits <= 6;
        for (size_t i = 0; good && i < 6; i++)
            part = part * 10 + (i < digits ? rest[i] - '0' : 0);
        rest += digits;
    }
    if (!good || *rest)
        return value_wrong(v, v->raw, "is no sum of money; write dollars, such as 2.50", e);
    return number_in_range(v, CONFIG_DOLLARS(whole) + part, field, e);
}

static bool read_text(const struct value *v, void *field, struct err *e)
{
    const char *wrong = v->check ? v->check(v->text) : NULL;
    if (wrong)
        return value_wrong(v, v->raw, wrong, e);
    mem_set(field, v->text);
    return true;
}

static bool read_role(const struct value *v, void *field, struct err *e)
{
    int *role = field;
    *role = role_parse(v->text);
    return *role >= 0 || value_wrong(v, v->raw, "is no role; write builder or adversary", e);
}

static bool read_yesno(const struct value *v, void *field, struct err *e)
{
    bool *yes = field;
    *yes = strcmp(v->text, "yes") == 0;
    return *yes || strcmp(v->text, "no") == 0 || value_wrong(v, v->raw, "is neither; write yes or no", e);
}

static bool read_criteria(const struct value *v, void *field, struct err *e)
{
    return config_criteria(field, v->text, e);
}

/* One more of them; each is a line of its own. */
static bool read_waivers(const struct value *v, void *field, struct err *e)
{
    return !*v->text || config_waiver_read(field, v->text, e);
}

/* Words between blanks, nothing quoted. */
static bool read_list(const struct value *v, void *field, struct err *e)
{
    struct words *out = field;
    for (const char *p = v->text + strspn(v->text, " \t"); *p; p += strspn(p, " \t")) {
        size_t n = strcspn(p, " \t");
        char *word = mem_strndup(p, n);
        const char *wrong = word[n - 1] == ','      ? "ends with a comma; separate them by blanks"
                            : words_have(out, word) ? "is listed twice; write it once"
                                                    : v->check(word);
        if (wrong)
            value_wrong(v, word, wrong, e);
        else
            words_add(out, word);
        free(word);
        if (wrong)
            return false;
        p += n;
    }
    return true;
}

/* Is a variable of that name set twice? at is the last word. */
static bool setting_again(const struct words *w)
{
    const char *last = w->at[w->n - 1];
    size_t n = grammar_variable(last) + 1;
    for (size_t i = 0; i + 1 < w->n; i++)
        if (strncmp(w->at[i], last, n) == 0)
            return true;
    return false;
}

/* Words as a shell reads them; variables are replaced within each, so that what they hold is never split. */
static bool read_words(const struct value *v, void *field, struct err *e)
{
    struct words *out = field, raw = {0};
    bool good = words_split(&raw, v->raw, e);
    for (size_t i = 0; good && i < raw.n; i++) {
        struct buf word;
        buf_init(&word, 0);
        good = config_expand(&word, raw.at[i], v->env, v->arg, e);
        const char *wrong = good && v->check ? v->check(buf_str(&word)) : NULL;
        words_add(out, buf_str(&word));
        if (good && !wrong && v->key->type == CONFIG_SETTINGS && setting_again(out))
            wrong = "is set twice; write it once";
        if (wrong)
            good = value_wrong(v, raw.at[i], wrong, e);
        buf_clear(&word);
    }
    words_clear(&raw);
    if (good && v->key->type == CONFIG_COMMAND && out->n && !*out->at[0]) {
        err_set(e, "names no program; write one, such as /usr/local/bin/loop --once");
        good = false;
    }
    return good;
}

static void write_number(struct buf *b, const struct config_key *k, const void *field)
{
    config_value_number(b, k->type, *(const int64_t *)field);
}

static void write_text(struct buf *b, const struct config_key *k, const void *field)
{
    (void)k;
    config_expand_quote(b, *(char *const *)field);
}

static void write_role(struct buf *b, const struct config_key *k, const void *field)
{
    (void)k;
    buf_adds(b, role_name((enum role) * (const int *)field));
}

static void write_yesno(struct buf *b, const struct config_key *k, const void *field)
{
    (void)k;
    buf_adds(b, *(const bool *)field ? "yes" : "no");
}

static void write_criteria(struct buf *b, const struct config_key *k, const void *field)
{
    (void)k;
    config_criteria_write(b, field, ((const struct words *)field)->n);
}

/* All of them, as the lines of the key. */
static void write_waivers(struct buf *b, const struct config_key *k, const void *field)
{
    const struct config_waivers *w = field;
    for (size_t i = 0; i < w->n; i++) {
        struct buf one;
        buf_init(&one, 0);
        config_waiver_write(&one, &w->at[i]);
        if (i)
            buf_addf(b, "\n%s = ", k->name);
        config_expand_quote(b, buf_str(&one));
        buf_clear(&one);
    }
}

/* A word so that words_split reads it back, in quotes only where it needs them. */
static void word_quote(struct buf *b, const char *word)
{
    if (*word && !strpbrk(word, " \t'\"\\")) {
        buf_adds(b, word);
    } else if (!strchr(word, '\'')) {
        buf_addf(b, "'%s'", word);
    } else {
        buf_adds(b, "\"");
        for (const char *p = word; *p; p++)
            buf_addf(b, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
        buf_adds(b, "\"");
    }
}

static void write_list(struct buf *b, const struct config_key *k, const void *field)
{
    (void)k;
    const struct words *w = field;
    for (size_t i = 0; i < w->n; i++) {
        buf_adds(b, i ? " " : "");
        config_expand_quote(b, w->at[i]);
    }
}

static void write_words(struct buf *b, const struct config_key *k, const void *field)
{
    (void)k;
    const struct words *w = field;
    struct buf quoted;
    buf_init(&quoted, 0);
    for (size_t i = 0; i < w->n; i++) {
        buf_adds(&quoted, i ? " " : "");
        word_quote(&quoted, w->at[i]);
    }
    config_expand_quote(b, buf_str(&quoted));
    buf_clear(&quoted);
}

/* What to free in a field of each family. */
enum value_holds { HOLDS_NOTHING, HOLDS_STRING, HOLDS_WORDS, HOLDS_WAIVERS };

#define FAMILY_duration read_duration, write_number, HOLDS_NOTHING
#define FAMILY_integer read_integer, write_number, HOLDS_NOTHING
#define FAMILY_bytes read_bytes, write_number, HOLDS_NOTHING
#define FAMILY_money read_money, write_number, HOLDS_NOTHING
#define FAMILY_text read_text, write_text, HOLDS_STRING
#define FAMILY_role read_role, write_role, HOLDS_NOTHING
#define FAMILY_yesno read_yesno, write_yesno, HOLDS_NOTHING
#define FAMILY_list read_list, write_list, HOLDS_WORDS
#define FAMILY_criteria read_criteria, write_criteria, HOLDS_WORDS
#define FAMILY_waivers read_waivers, write_waivers, HOLDS_WAIVERS
#define FAMILY_words read_words, write_words, HOLDS_WORDS

static const struct {
    bool (*read)(const struct value *v, void *field, struct err *e);
    void (*write)(struct buf *b, const struct config_key *k, const void *field);
    enum value_holds holds;
    const char *(*check)(const char *s);
} types[CONFIG_TYPE_COUNT] = {
#define X(type, family, check, help, example) {FAMILY_##family, check},
    CONFIG_TYPES(X)
#undef X
};

/* " # ..." or " ; ..." after a value is meant as a comment, and would silently become a part of it. In a text
 * of one's own ("Builder #2") it must stand apart to be taken for one. */
static bool value_has_comment(const char *s, bool own)
{
    for (; *s; s++)
        if ((*s == ' ' || *s == '\t') && (s[1] == '#' || s[1] == ';') && (!own || !s[2] || s[2] == ' ' || s[2] == '\t'))
            return true;
    return false;
}

/* Replaces variables and removes blanks at both ends; NULL and e set. The caller frees. */
static char *value_text(const struct value *v, struct err *e)
{
    struct buf b;
    buf_init(&b, 0);
    char *text = NULL;
    if (config_expand(&b, v->raw, v->env, v->arg, e)) {
        const char *s = buf_str(&b);
        size_t n = strlen(s);
        for (; n && (*s == ' ' || *s == '\t'); n--)
            s++;
        while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
            n--;
        text = mem_strndup(s, n);
        enum value_holds holds = types[v->key->type].holds;
        if (value_has_comment(text, holds == HOLDS_STRING || holds == HOLDS_WAIVERS)) {
            err_set(e, "a comment after the value would become a part of it; write comments on lines of their own");
            free(text);
            text = NULL;
        }
    }
    buf_clear(&b);
    return text;
}

static void *value_field(const struct config_key *k, const void *base)
{
    return (char *)(uintptr_t)base + k->offset;
}

bool config_value_read(const struct config_key *k, void *base, const char *text, config_env_fn env, void *arg,
                       struct err *e)
{
    struct value v = {.key = k, .raw = text, .check = types[k->type].check, .env = env, .arg = arg};
    if (!config_value_repeats(k))
        config_value_clear(k, base);
    char *replaced = NULL;
    if (types[k->type].read != read_words) {
        v.text = replaced = value_text(&v, e);
        if (!replaced)
            return false;
    }
    bool good = types[k->type].read(&v, value_field(k, base), e);
    free(replaced);
    if (!good)
        return false;
    if (config_value_repeats(k)) /* each is bounded where it is read */
        return true;
    struct buf written;
    buf_init(&written, 0);
    config_value_write(&written, k, base);
    size_t n = written.len;
    buf_clear(&written);
    if (n > CONFIG_VALUE_MAX)
        err_set(e, "the value is too long: %zu bytes when written out, at most %d", n, CONFIG_VALUE_MAX);
    return n <= CONFIG_VALUE_MAX;
}

bool config_value_repeats(const struct config_key *k)
{
    return types[k->type].holds == HOLDS_WAIVERS;
}

void config_value_write(struct buf *b, const struct config_key *k, const void *base)
{
    types[k->type].write(b, k, value_field(k, base));
}

void config_value_clear(const struct config_key *k, void *base)
{
    void *field = value_field(k, base);
    if (types[k->type].holds == HOLDS_STRING)
        mem_set(field, NULL);
    else if (types[k->type].holds == HOLDS_WORDS)
        words_clear(field);
    else if (types[k->type].holds == HOLDS_WAIVERS)
        config_waivers_clear(field);
}
