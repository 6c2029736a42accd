/* Untrusted bytes made safe: agents' output, names in a repository, answers of servers. Everything of theirs passes
 * here before a terminal, a log line or a JSON document of ours sees it. */
#ifndef CCSUP_BASE_VIS_H
#define CCSUP_BASE_VIS_H
#include "supervisor/base/buf.h"
#include <stdbool.h>
#include <stddef.h>

/* Appends n bytes of s: printable ASCII and well-formed UTF-8 as they are; control bytes (also C1, DEL and the
 * bidirectional and zero-width controls), and ill-formed bytes as \xHH; newline and tab as \n and \t. */
void vis_add(struct buf *b, const char *s, size_t n);
/* The same as a new string of at most max bytes (cut on a character's border, "…" added); the caller frees. */
char *vis_dup(const char *s, size_t n, size_t max);
/* Length in bytes (1..4) of the well-formed UTF-8 character at s, 0 when ill-formed or cut. RFC 3629. */
size_t vis_utf8(const char *s, size_t n);
/* Appends s as a quoted JSON string; ill-formed UTF-8 becomes U+FFFD. */
void vis_add_json(struct buf *b, const char *s, size_t n);
/* A copy of s where ill-formed UTF-8 is U+FFFD, fit for cJSON; the caller frees. */
char *vis_utf8_dup(const char *s, size_t n);

#endif
