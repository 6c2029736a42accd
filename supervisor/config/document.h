/* The bytes of launch.conf -> sections with keys and raw values: the form only, what they mean is config.c's.
 * Splitting key from value is inih's; its reader here hands it only lines that it cannot misread (see
 * document.c). */
#ifndef CCSUP_CONFIG_DOCUMENT_H
#define CCSUP_CONFIG_DOCUMENT_H
#include "supervisor/config/report.h"
#include <stdbool.h>
#include <stddef.h>

enum {
    CONFIG_LINE_MAX = 4000,       /* bytes of a line */
    CONFIG_FILE_MAX = 1024 * 1024 /* bytes of the file */
};

struct config_entry {
    int line;
    char *name;  /* owned */
    char *value; /* owned; NULL: the line is wrong and reported, the key counts as given */
};

struct config_section {
    int line;
    bool broken; /* reported; its keys belong to nobody */
    char *text;  /* owned; between the brackets, blanks at both ends removed */
    struct config_entry *at;
    size_t n;
};

struct config_document {
    struct config_section *at; /* in the file's order; zeroed = empty */
    size_t n;
};

/* Fills d (zeroed before; cleared with config_document_clear in any case); errors of form go to r, and
 * what could be read is there all the same. False: nothing could. */
bool config_document_read(struct config_document *d, const char *text, size_t n, struct config_report *r);
void config_document_clear(struct config_document *d);

#endif
