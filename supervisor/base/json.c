#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond it a double skips whole numbers. */
#define JSON_INT_MAX 9007199254740992

cJSON *json_parse(const char *text, size_t n)
{
    if (!text || memchr(text, '\0', n)) /* a NUL inside would hide the rest */
        return NULL;
    /* cJSON wants a NUL it may look at; the copy gives it one, whatever the caller's bytes are. */
    char *copy = mem_strndup(text, n);
    cJSON *v = cJSON_ParseWithLengthOpts(copy, n + 1, NULL, 1);
    free(copy);
    return v;
}

const cJSON *json_get(const cJSON *obj, const char *name)
{
    return obj ? cJSON_GetObjectItemCaseSensitive(obj, name) : NULL;
}

const char *json_str(const cJSON *obj, const char *name, const char *fallback)
{
    const cJSON *v = json_get(obj, name);
    return cJSON_IsString(v) ? v->valuestring : fallback;
}

/* What json_add_int made, read before it was ever printed: cJSON holds it as text. */
static int64_t json_raw_int(const char *s, int64_t fallback)
{
    bool minus = *s == '-';
    uint64_t n = 0;
    for (s += minus; *s >= '0' && *s <= '9'; s++)
        n = n * 10 + (uint64_t)(*s - '0');
    return n > JSON_INT_MAX ? fallback : minus ? -(int64_t)n : (int64_t)n;
}

int64_t json_int(const cJSON *obj, const char *name, int64_t fallback)
{
    const cJSON *v = json_get(obj, name);
    if (cJSON_IsRaw(v))
        return json_raw_int(v->valuestring, fallback);
    if (!cJSON_IsNumber(v) || !(v->valuedouble >= -(double)JSON_INT_MAX && v->valuedouble <= (double)JSON_INT_MAX))
        return fallback;
    return (int64_t)v->valuedouble;
}

bool json_bool(const cJSON *obj, const char *name, bool fallback)
{
    const cJSON *v = json_get(obj, name);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

void json_add_str(cJSON *obj, const char *name, const char *s)
{
    if (!s) {
        cJSON_AddNullToObject(obj, name);
        return;
    }
    char *clean = vis_utf8_dup(s, strlen(s));
    cJSON_AddStringToObject(obj, name, clean);
    free(clean);
}

void json_add_int(cJSON *obj, const char *name, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    cJSON_AddRawToObject(obj, name, text);
}

void json_add_bool(cJSON *obj, const char *name, bool yes)
{
    cJSON_AddBoolToObject(obj, name, yes);
}

cJSON *json_add_obj(cJSON *obj, const char *name)
{
    return cJSON_AddObjectToObject(obj, name);
}

cJSON *json_add_arr(cJSON *obj, const char *name)
{
    return cJSON_AddArrayToObject(obj, name);
}

char *json_print(const cJSON *v)
{
    char *text = cJSON_PrintUnformatted(v);
    if (!text)
        return NULL;
    /* cJSON lets DEL, C1, what cannot be seen and ill-formed bytes through: the line may be shown on a terminal. */
    struct buf clean;
    buf_init(&clean, 0);
    vis_clean_json(&clean, text, strlen(text));
    free(text);
    return buf_take(&clean);
}
