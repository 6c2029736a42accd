/* Lines of REVIEW.md that forbid DONE, or lift that. docs/protocol.md, "VETO". Pure. A VETO is read loosely,
 * its lifting as strictly as a PASS. */
#ifndef CCSUP_WATCHDOG_VETO_H
#define CCSUP_WATCHDOG_VETO_H
#include "watchdog/markdown.h"

enum veto_kind {
    VETO_NONE,
    VETO_STANDS,
    VETO_BODY,   /* stands unless the text under it says "none" */
    VETO_FILLED, /* a heading "Open VETOs": stands only if there is text under it that does not say "none" */
    VETO_LIFTED,
    VETO_REFUSED, /* looks like a lifting and is none: see why */
};

/* Reads a live or dim line; why (size bytes) is set for VETO_REFUSED. */
enum veto_kind veto_read(const struct markdown_line *line, char *why, size_t size);
/* Whether a text says that there is none: "None.", "no open vetoes", "n/a", "—". */
bool veto_is_none(struct text t);

#endif
