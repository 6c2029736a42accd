/* state/status.json as a reader sees it, and whether its writer lives: decided here from the lock, never from the
 * file. */
#ifndef CCSUP_CLI_STATUS_DOC_H
#define CCSUP_CLI_STATUS_DOC_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/sys/paths.h"
#include "watchdog/status.h"
#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct status_doc {
    cJSON *json;        /* owned; NULL = there is none, or none that can be read */
    pid_t pid;          /* its writer */
    pid_t holder;       /* who holds the watchdog's lock now; 0 nobody, -1 cannot tell */
    int64_t generation; /* -1 = no document */
    int64_t age;        /* ms since it was written, 0 when it says the future */
    bool finished;      /* the run is done */
    bool needs;         /* an operator must act */
    bool ours;          /* written by the watchdog that runs now */
    enum status_alive alive;
    char why[256]; /* what the document itself cannot tell of its writer, a sentence; "" = nothing */
};

/* Reads it. False and e when a file is there and can't be read; a missing one is no error (json NULL). */
bool status_doc_read(const struct paths *p, int64_t now, struct status_doc *d, struct err *e);
void status_doc_clear(struct status_doc *d);
const char *status_alive_name(enum status_alive a);
/* 0 running or done, 3 not running or cannot tell, 6 an operator must act. */
int status_doc_exit(const struct status_doc *d);

#endif
