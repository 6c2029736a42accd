/* All errors of one file: collected in any order, written by line. Text of the file is escaped here, once. */
#ifndef CCSUP_CONFIG_REPORT_H
#define CCSUP_CONFIG_REPORT_H
#include "supervisor/base/buf.h"
#include <stddef.h>

enum { CONFIG_REPORT_MAX = 200 }; /* errors kept; the rest is counted */

struct config_report_line {
    int line;   /* 0: of the file as a whole */
    char *text; /* owned */
};

struct config_report {
    struct config_report_line *at; /* owned; zeroed = empty */
    size_t n, more;
};

/* "what is wrong; what to write instead", without file and line. Control bytes and ill-formed UTF-8 in what
 * comes out are escaped, so values may be put in as they are. */
void config_report_add(struct config_report *r, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Appends the lines, "FILE:LINE: TEXT\n", those without a line last. */
void config_report_write(struct config_report *r, const char *file, struct buf *out);
void config_report_clear(struct config_report *r);

#endif
