/* Reading and building JSON through cJSON with the traps closed: case-sensitive keys, no trailing garbage, whole
 * numbers kept exact to 2^53, and text of others made well-formed first. */
#ifndef CCSUP_BASE_JSON_H
#define CCSUP_BASE_JSON_H
#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly one value in n bytes (white space around it allowed), or NULL. The caller frees with cJSON_Delete. A string
 * with \u0000 in it ends there; of a name that comes twice the first counts. */
cJSON *json_parse(const char *text, size_t n);
/* Members of obj (may be NULL) by exact name: the string (owned by obj) or fallback; the number, its fraction dropped
 * (fallback when it is past 2^53); the truth value. */
const char *json_str(const cJSON *obj, const char *name, const char *fallback);
int64_t json_int(const cJSON *obj, const char *name, int64_t fallback);
bool json_bool(const cJSON *obj, const char *name, bool fallback);
const cJSON *json_get(const cJSON *obj, const char *name);
/* Adds a string of others' bytes (NULL = JSON null), well-formed UTF-8 afterwards. */
void json_add_str(cJSON *obj, const char *name, const char *s);
void json_add_int(cJSON *obj, const char *name, int64_t n);
void json_add_bool(cJSON *obj, const char *name, bool yes);
cJSON *json_add_obj(cJSON *obj, const char *name);
cJSON *json_add_arr(cJSON *obj, const char *name);
/* One line without a newline, well-formed UTF-8 without control characters; NULL for NULL. The caller frees. */
char *json_print(const cJSON *v);

#endif
