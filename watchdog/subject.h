/* The beginning of a line of REVIEW.md: which criteria it is about. docs/protocol.md, "Verdicts". Pure. */
#ifndef CCSUP_WATCHDOG_SUBJECT_H
#define CCSUP_WATCHDOG_SUBJECT_H
#include "supervisor/base/words.h"
#include "watchdog/text.h"

/* The criteria, ready to be looked up. */
struct subject_ids {
    const struct words *criteria; /* borrowed */
    size_t *sorted;               /* owned; indexes into it, by name */
};

enum subject_shape {
    SUBJECT_NONE,    /* the line begins with no id */
    SUBJECT_ONE,     /* exactly one criterion */
    SUBJECT_MANY,    /* a list or a range: a PASS is refused, a FAIL hits each */
    SUBJECT_PART,    /* a part of a criterion (D3.1): a FAIL fails it, a PASS does not pass it */
    SUBJECT_UNKNOWN, /* it looks like an id and is none */
};

struct subject {
    enum subject_shape shape;
    bool *hit;        /* by index of the criteria; the caller's, cleared here */
    struct text name; /* as it is written, for messages */
    size_t bytes;     /* read from the text, up to the end of the id or the list */
};

void subject_ids_init(struct subject_ids *ids, const struct words *criteria);
void subject_ids_clear(struct subject_ids *ids);
/* Index of the criterion of exactly that name, or -1. */
int subject_ids_find(const struct subject_ids *ids, struct text name);
/* Reads t, which begins where the marks of the line end. hit: criteria->n elements. */
void subject_read(struct subject *s, const struct subject_ids *ids, struct text t, bool *hit);

#endif
