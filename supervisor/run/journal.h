/* The form of the journal, for its writer and for who reads it without a watchdog: one record a line,
 * `CRC32HEX SPACE JSON`. */
#ifndef CCSUP_RUN_JOURNAL_H
#define CCSUP_RUN_JOURNAL_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum { JOURNAL_MAX = 64 << 20 }; /* bytes that are read */

/* One line without its LF: the record (the caller frees), or NULL when the line is torn or damaged. */
cJSON *journal_parse(const char *line, size_t n);
/* Appends the record as a line with its LF. json: one line. */
void journal_add(struct buf *b, const char *json);
/* Appends the whole records of the file to list, in order, and leaves out what is torn; no file = no records. False and
 * e when it can't be read. */
bool journal_read(const char *path, cJSON *list, struct err *e);

#endif
