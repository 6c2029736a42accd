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

/* At an opening quote: past the closing one. */
static bool scan_string(struct scan *s)
{
    for (s->at++; s->at < s->end; s->at++) {
        if (*s->at == '\\')
            s->at++;
        else if (*s->at == '"') {
            s->at++;
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

static bool scan_member(struct scan *s, cJSON *into)
{
    struct scan name = *s;
    if (*s->at != '"' || !scan_string(s))
        return false;
    size_t name_len = (size_t)(s->at - name.at);
    scan_blanks(s);
    if (s->at == s->end || *s->at != ':')
        return false;
    s->at++;
    scan_blanks(s);
    const char *value = s->at;
    if (!scan_value(s))
        return false;
    size_t len = (size_t)(s->at - value);
    if (*value == '{' || *value == '[' || len > SCAN_STRING_MAX || name_len > SCAN_STRING_MAX ||
        cJSON_GetArraySize(into) >= SCAN_MEMBERS_MAX)
        return true;
    cJSON *n = json_parse(name.at, name_len), *v = json_parse(value, len);
    bool ok = n && v;
    if (ok && !json_get(into, n->valuestring)) { /* of a name that comes twice the first counts */
        cJSON_AddItemToObject(into, n->valuestring, v);
        v = NULL;
    }
    cJSON_Delete(n);
    cJSON_Delete(v);
    return ok;
}

cJSON *json_scan_top(const char *text, size_t n)
{
    struct scan s = {text, text + n};
    scan_blanks(&s);
    if (s.at == s.end || *s.at != '{')
        return NULL;
    s.at++;
    cJSON *into = cJSON_CreateObject();
    bool ok = true, more = false;
    for (;;) {
        scan_blanks(&s);
        if (s.at == s.end) {
            ok = false;
            break;
        }
        if (*s.at == '}' && !more)
            break;
        if (!scan_member(&s, into)) {
            ok = false;
            break;
        }
        scan_blanks(&s);
        more = s.at < s.end && *s.at == ',';
        if (more)
            s.at++;
        else if (s.at == s.end || *s.at != '}') {
            ok = false;
            break;
        }
    }
    if (ok) {
        s.at++;
        scan_blanks(&s);
        ok = s.at == s.end;
    }
    if (ok)
        return into;
    cJSON_Delete(into);
    return NULL;
}
