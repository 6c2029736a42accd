#include "supervisor/cli/preflight_text.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

bool text_ranges(const char *ranges, int64_t n, bool *in)
{
    *in = false;
    for (const char *p = ranges;; p++) {
        char *end;
        if (*p < '0' || *p > '9')
            return false;
        long from = strtol(p, &end, 10), to = from;
        if (*end == '-') {
            p = end + 1;
            if (*p < '0' || *p > '9')
                return false;
            to = strtol(p, &end, 10);
        }
        if (to < from)
            return false;
        *in = *in || (n >= from && n <= to);
        p = end;
        if (!*p)
            return true;
        if (*p != ',')
            return false;
    }
}

bool text_matches(const char *regex, const char *text, struct err *e)
{
    regex_t re;
    char why[200];
    int rc = regcomp(&re, regex, REG_EXTENDED | REG_NEWLINE | REG_NOSUB);
    if (rc) {
        regerror(rc, &re, why, sizeof why);
        err_set(e, "body '%s' is no extended regular expression: %s", regex, why);
        return false;
    }
    bool found = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return found;
}

bool text_json(const cJSON *o, const char *path, struct err *e)
{
    size_t whole = strcspn(path, "=");
    const char *want = path[whole] ? path + whole + 1 : "true";
    for (const char *p = path; p < path + whole;) {
        size_t n = strcspn(p, ".=");
        char *name = mem_strndup(p, n);
        if (cJSON_IsArray(o) && n && strspn(name, "0123456789") == n && n < 6)
            o = cJSON_GetArrayItem(o, atoi(name));
        else
            o = json_get(o, name);
        free(name);
        p += n + (p[n] == '.');
    }
    if (!o) {
        err_set(e, "the answer has no %.*s", (int)whole, path);
        return false;
    }
    char *got = cJSON_IsString(o) ? mem_strdup(o->valuestring) : json_print(o);
    bool same = got && strcmp(got, want) == 0;
    if (!same)
        err_set(e, "%.*s is %.100s, not %.100s", (int)whole, path, got ? got : "nothing", want);
    free(got);
    return same;
}

void text_star(struct words *out, const char *name, int count)
{
    if (strncmp(name, "*.", 2) != 0) {
        words_add(out, name);
        return;
    }
    for (int i = 0; i < count; i++) {
        unsigned char raw[6];
        if (getrandom(raw, sizeof raw, 0) != sizeof raw)
            abort();
        char *one =
            file_fmt("ccsup-%02x%02x%02x%02x%02x%02x%s", raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], name + 1);
        words_add(out, one);
        free(one);
    }
}
