/* Untrusted bytes made safe: agents' output, names in a repository, answers of servers. Everything of theirs passes
 * here before a terminal, a log line or a JSON document of ours sees it. */
#ifndef CCSUP_BASE_VIS_H
#define CCSUP_BASE_VIS_H
#include "supervisor/base/buf.h"
#include <stdbool.h>
#include <stddef.h>

/* Appends n bytes of s: printable ASCII and well-formed UTF-8 as they are; control bytes (also C1, DEL, the
 * bidirectional controls and characters that cannot be seen), and ill-formed bytes as \xHH; newline and tab as \n and
 * \t. What comes out is well-formed UTF-8 of one line. */
void vis_add(struct buf *b, const char *s, size_t n);
/* The same as a new string of at most max bytes without the NUL: when it is longer, cut on a character's border and
 * "…" put at its end, within max. The caller frees. */
char *vis_dup(const char *s, size_t n, size_t max);
/* Length in bytes (1..4) of the well-formed UTF-8 character at s, 0 when ill-formed or cut. RFC 3629. */
size_t vis_utf8(const char *s, size_t n);
/* Appends s as a quoted JSON string: controls and what cannot be seen as \u escapes, ill-formed UTF-8 as U+FFFD. */
void vis_add_json(struct buf *b, const char *s, size_t n);
/* Appends a JSON text of one line that means the same, made safe in the same way. */
void vis_clean_json(struct buf *b, const char *json, size_t n);
/* A copy of s where ill-formed UTF-8 and NUL are U+FFFD, fit for cJSON; the caller frees. */
char *vis_utf8_dup(const char *s, size_t n);

#endif
