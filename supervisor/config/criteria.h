/* Lists of criteria's ids: config_criteria (config.h) reads them, this writes them. */
#ifndef CCSUP_CONFIG_CRITERIA_H
#define CCSUP_CONFIG_CRITERIA_H
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"

enum {
    CONFIG_RANGE_MAX = 200, /* ids of one range */
    CONFIG_IDS_MAX = 1000,  /* ids of one list */
    CONFIG_ID_MAX = 64      /* bytes of an id */
};

/* Appends the first n ids, runs as ranges: config_criteria reads the same list back. */
void config_criteria_write(struct buf *b, const struct words *ids, size_t n);

#endif
