#include "supervisor/base/mask.h"
#include "supervisor/base/buf.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { BASIC_MIN = 8 }; /* "basic setup" is prose, "Basic dXNlcjpwYXNz" is none */

/* The bytes that are left. */
struct rest {
    const char *at, *end;
};

static size_t left(struct rest r)
{
    return (size_t)(r.end - r.at);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_value(char c)
{
    return (unsigned char)c > ' ' && !strchr("\"'`&,;<>(){}[]|", c);
}

static bool begins(struct rest r, const char *s)
{
    return left(r) >= strlen(s) && strncasecmp(r.at, s, strlen(s)) == 0;
}

static struct rest skip(struct rest r, const char *set, size_t most)
{
    while (r.at < r.end && *r.at && strchr(set, *r.at) && most--)
        r.at++;
    return r;
}

static size_t value_length(struct rest r)
{
    const char *p = r.at;
    while (p < r.end && is_value(*p))
        p++;
    return (size_t)(p - r.at);
}

/* Copies what lies between, puts *** for the value at `to`. Where reading goes on. */
static struct rest hide(struct buf *b, struct rest from, struct rest to, size_t n)
{
    buf_add(b, from.at, (size_t)(to.at - from.at));
    buf_adds(b, "***");
    to.at += n;
    return to;
}

static bool scheme_word(struct rest *r)
{
    static const char *const words[] = {"bearer ", "basic ", "token "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins(*r, words[i])) {
            r->at += strlen(words[i]);
            return true;
        }
    return false;
}

static bool names_secret(const char *word, size_t n)
{
    static const char *const names[] = {"token",      "secret",     "password",      "passwd",
                                        "pwd",        "apikey",     "api_key",       "api-key",
                                        "access_key", "credential", "authorization", "credentials"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t m = strlen(names[i]);
        if (n >= m && strncasecmp(word + n - m, names[i], m) == 0)
            return true;
    }
    return false;
}

static bool known_key(struct rest r)
{
    static const char *const keys[] = {"ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk-ant-", "xoxb-", "AKIA"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (left(r) > strlen(keys[i]) + 8 && strncmp(r.at, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

/* A word of n bytes begins here: if a secret is in it or follows it, that is hidden. */
static bool mask_word(struct buf *b, struct rest *r, size_t n)
{
    struct rest to = *r;
    if (known_key(to)) {
        *r = hide(b, *r, to, n);
        return true;
    }
    if (scheme_word(&to) && (size_t)(to.at - r->at) == n + 1) {
        to = skip(to, " ", 3);
        size_t m = value_length(to);
        if (m >= BASIC_MIN) {
            *r = hide(b, *r, to, m);
            return true;
        }
    }
    if (!names_secret(r->at, n))
        return false;
    to.at = r->at + n;
    to = skip(to, "\"'", 1);
    struct rest sign = skip(to, " ", 3);
    if (sign.at == sign.end || (*sign.at != ':' && *sign.at != '='))
        return false;
    sign.at++;
    to = skip(sign, " \"'", 3);
    scheme_word(&to);
    size_t m = value_length(to);
    if (!m)
        return false;
    *r = hide(b, *r, to, m);
    return true;
}

/* "://" is here: the user of the URL is hidden, if it has one. */
static bool mask_user(struct buf *b, struct rest *r)
{
    struct rest to = {r->at + 3, r->end};
    const char *p = to.at, *at = NULL;
    for (; p < to.end && (unsigned char)*p > ' ' && !strchr("/?#\"'<>", *p); p++)
        if (*p == '@')
            at = p;
    if (!at || at == to.at)
        return false;
    *r = hide(b, *r, to, (size_t)(at - to.at));
    return true;
}

char *mask_dup(const char *s, size_t n)
{
    struct buf b;
    struct rest r = {s, s + n};
    buf_init(&b, 0);
    while (r.at < r.end) {
        size_t word = 0;
        while (r.at + word < r.end && is_word(r.at[word]))
            word++;
        if (word ? mask_word(&b, &r, word) : begins(r, "://") && mask_user(&b, &r))
            continue;
        size_t step = word ? word : 1;
        buf_add(&b, r.at, step);
        r.at += step;
    }
    return buf_take(&b);
}
