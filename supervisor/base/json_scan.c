#include "supervisor/base/json_scan.h"
#include "supervisor/base/json.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SCAN_STRING_MAX = 4096, SCAN_MEMBERS_MAX = 128 };

struct scan {
    const char *at, *end;
};

static void scan_blanks(struct scan *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
        s->at++;
}

/* At an opening quote: past the closing one, which is the first with an even number of backslashes before it. */
static bool scan_string(struct scan *s)
{
    const char *quote = s->at + 1;
    for (; quote < s->end && (quote = memchr(quote, '"', (size_t)(s->end - quote))); quote++) {
        const char *slash = quote;
        while (slash[-1] == '\\')
            slash--;
        if ((quote - slash) % 2 == 0) {
            s->at = quote + 1;
            return true;
        }
    }
    return false;
}

/* At an opening bracket: past the one that closes it. The kinds of brackets are not told apart. */
static bool scan_nested(struct scan *s)
{
    size_t depth = 0;
    while (s->at < s->end) {
        char c = *s->at;
        if (c == '"') {
            if (!scan_string(s))
                return false;
            continue;
        }
        s->at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

/* Past one value. False: the text ends within it. */
static bool scan_value(struct scan *s)
{
    if (s->at == s->end)
        return false;
    if (*s->at == '"')
        return scan_string(s);
    if (*s->at == '{' || *s->at == '[')
        return scan_nested(s);
    const char *begin = s->at;
    while (s->at < s->end && !strchr(",]} \t\r\n", *s->at))
        s->at++;
    return s->at > begin && s->at < s->end;
}

/* One `"name": value` as it is written; quotes belong to it. */
struct member {
    const char *name, *value;
    size_t name_len, len;
    bool more; /* a comma follows */
};

/* At a name: past the value, and past the comma or the bracket that follows. */
static bool scan_member(struct scan *s, struct member *m)
{
    m->name = s->at;
    if (s->at == s->end || *s->at != '"' || !scan_string(s))
        return false;
    m->name_len = (size_t)(s->at - m->name);
    scan_blanks(s);
    if (s->at == s->end || *s->at != ':')
        return false;
    s->at++;
    scan_blanks(s);
    m->value = s->at;
    if (!scan_value(s))
        return false;
    m->len = (size_t)(s->at - m->value);
    scan_blanks(s);
    if (s->at == s->end || (*s->at != ',' && *s->at != '}'))
        return false;
    m->more = *s->at == ',';
    s->at++;
    if (m->more)
        scan_blanks(s);
    return true;
}

enum scan_found { SCAN_MEMBER, SCAN_END, SCAN_BROKEN };

/* Into the object. */
static bool scan_open(struct scan *s)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != '{')
        return false;
    s->at++;
    scan_blanks(s);
    return true;
}

/* The next member of the object that s is in; END: behind it, and nothing more is there. */
static enum scan_found scan_next(struct scan *s, struct member *m)
{
    if (!m->name && s->at < s->end && *s->at == '}')
        s->at++; /* an empty one */
    else if (!m->name || m->more)
        return scan_member(s, m) ? SCAN_MEMBER : SCAN_BROKEN;
    scan_blanks(s);
    return s->at == s->end ? SCAN_END : SCAN_BROKEN;
}

bool json_scan_find(const char *text, size_t n, const char *name, const char **value, size_t *len)
{
    struct scan s = {text, text + n};
    struct member m = {.name = NULL};
    size_t name_len = strlen(name);
    if (!scan_open(&s))
        return false;
    while (scan_next(&s, &m) == SCAN_MEMBER) {
        if (memchr(m.name, '\\', m.name_len))
            return false;
        if (m.name_len == name_len + 2 && memcmp(m.name + 1, name, name_len) == 0) {
            *value = m.value;
            *len = m.len;
            return true;
        }
    }
    return false;
}

bool json_scan_closed(const char *text, size_t n)
{
    struct scan s = {text, text + n};
    struct member m = {.name = NULL};
    enum scan_found found = scan_open(&s) ? SCAN_MEMBER : SCAN_BROKEN;
    while (found == SCAN_MEMBER)
        found = scan_next(&s, &m);
    return found == SCAN_END;
}

/* False: what should be a scalar is none. */
static bool keep_scalar(cJSON *into, const struct member *m)
{
    if (*m->value == '{' || *m->value == '[' || m->len > SCAN_STRING_MAX || m->name_len > SCAN_STRING_MAX ||
        cJSON_GetArraySize(into) >= SCAN_MEMBERS_MAX)
        return true;
    cJSON *name = json_parse(m->name, m->name_len), *v = json_parse(m->value, m->len);
    bool ok = name && v;
    if (ok && !json_get(into, name->valuestring)) { /* of a name that comes twice the first counts */
        cJSON_AddItemToObject(into, name->valuestring, v);
        v = NULL;
    }
    cJSON_Delete(name);
    cJSON_Delete(v);
    return ok;
}

cJSON *json_scan_top(const char *text, size_t n)
{
    struct scan s = {text, text + n};
    struct member m = {.name = NULL};
    if (!scan_open(&s))
        return NULL;
    cJSON *into = cJSON_CreateObject();
    enum scan_found found;
    while ((found = scan_next(&s, &m)) == SCAN_MEMBER)
        if (!keep_scalar(into, &m)) {
            found = SCAN_BROKEN;
            break;
        }
    if (found == SCAN_END)
        return into;
    cJSON_Delete(into);
    return NULL;
}
