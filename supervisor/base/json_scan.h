/* The scalars at the top of a JSON object of any size, without a tree of the rest: for lines that are too large to
 * parse. Linear in the text; what it keeps is bounded. */
#ifndef CCSUP_BASE_JSON_SCAN_H
#define CCSUP_BASE_JSON_SCAN_H
#include <cJSON.h>
#include <stddef.h>

/* A new object with the top-level members of the object in text (n bytes) that are strings of at most 4096 bytes,
 * numbers, true, false or null, in their order, at most 128 of them; objects and arrays are left out. NULL when the
 * text is no object, or is cut (an open string or bracket): a torn line says nothing. What stands inside of nested
 * values is not checked beyond strings and brackets. The caller frees with cJSON_Delete. */
cJSON *json_scan_top(const char *text, size_t n);

#endif
