/* The top of a JSON object of any size, without a tree of the rest: for lines that are too large to parse, or too many.
 * Linear in the text; what it keeps is bounded. What stands inside of nested values is not checked beyond strings and
 * brackets. */
#ifndef CCSUP_BASE_JSON_SCAN_H
#define CCSUP_BASE_JSON_SCAN_H
#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* A new object with the top-level members of the object in text (n bytes) that are strings of at most 4096 bytes,
 * numbers, true, false or null, in their order, at most 128 of them; objects and arrays are left out. NULL when the
 * text is no object, or is cut (an open string or bracket): a torn line says nothing. The caller frees with
 * cJSON_Delete. */
cJSON *json_scan_top(const char *text, size_t n);
/* The first member at the top that has this name: *value is its value as it is written (len bytes within text, a string
 * with its quotes). False: there is none, or it can't be told without reading escapes in the names before it. What
 * follows the member is not looked at. */
bool json_scan_find(const char *text, size_t n, const char *name, const char **value, size_t *len);
/* Is the text one whole object, and nothing else? */
bool json_scan_closed(const char *text, size_t n);

#endif
