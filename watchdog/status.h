/* The status: the core's state as a document (status.json), and the document as text. Pure both ways: `ccsup status`
 * renders the file that the watchdog wrote, so it works when the watchdog hangs or is gone. */
#ifndef CCSUP_WATCHDOG_STATUS_H
#define CCSUP_WATCHDOG_STATUS_H
#include "supervisor/base/buf.h"
#include "watchdog/watchdog.h"
#include <cJSON.h>

/* What the reader found out about the writer, without trusting the document. */
enum status_alive { STATUS_ALIVE, STATUS_DEAD, STATUS_WEDGED, STATUS_STOPPED };

struct status_view {
    int width; /* columns; lines are cut there; 0 = as long as they are */
    bool color;
    enum status_alive alive;
};

/* Can't the repository be read, and somebody must look why: it is refused or not there, or for ten polls in a row? */
bool status_repo_needs(const struct watchdog *w);
/* The document. The edge adds pid, boot_id, version, config, and the agents' pids. The caller frees. */
cJSON *status_render(const struct watchdog *w, int64_t now);
/* Appends the document as a screen of text for `now` (ms): is it alive, who does what since when and what comes next,
 * why is it not done yet, what needs the operator. */
void status_text(const cJSON *doc, int64_t now, const struct status_view *view, struct buf *out);
/* Appends the same in one line, without what changes with time alone: state, phase, criteria, and whether it waits for
 * the operator. Nothing in it can end a line. */
void status_headline(const cJSON *doc, struct buf *out);

#endif
