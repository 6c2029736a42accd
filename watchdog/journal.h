/* The journal's form: one record a line, `CRC32HEX SPACE JSON`, and which records an older journal can do without.
 * docs/interfaces.md, "Places". Pure; supervisor/run writes it, `ccsup verify` reads it too. */
#ifndef CCSUP_WATCHDOG_JOURNAL_H
#define CCSUP_WATCHDOG_JOURNAL_H
#include "supervisor/base/buf.h"
#include "watchdog/watchdog.h"

/* Bytes of a journal that are read. */
enum { JOURNAL_MAX = 64 << 20 };

/* What one reading found beside the records. */
struct journal_reading {
    size_t good; /* bytes up to the end of the last whole line */
    size_t bad;  /* lines that are torn or damaged, and were left out */
};

/* Appends a record's line. json: one line, as json_print makes it. */
void journal_line(struct buf *out, const char *json);
/* Folds n bytes of a journal into w, before its START; appends the records to the array `records` (NULL = not
 * wanted). */
struct journal_reading journal_restore(struct watchdog *w, const char *text, size_t n, cJSON *records);
/* The records that still mean something of all that w was restored from: phases, DONE records and inputs all; of
 * every other kind the last one of each role, and the `newest` newest of all; what is remembered of REVIEW as w
 * holds it, with `now` (ms) as its time. The caller frees. */
cJSON *journal_compact(const struct watchdog *w, const cJSON *records, int newest, int64_t now);

#endif
