/* The client's end of our sockets: the watchdog's control socket and the keepers'. Never blocks longer than asked. */
#ifndef CCSUP_CLI_LINK_H
#define CCSUP_CLI_LINK_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/sys/paths.h"
#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum link_end { LINK_LINE, LINK_CLOSED, LINK_LATE };

/* A non-blocking connection to sockets/NAME, or -1 and e. The caller closes. */
int link_open(const struct paths *p, const char *name, struct err *e);
/* Sends all of text before clock_boot() reaches `until`. */
bool link_send(int fd, const char *text, int64_t until);
/* Reads one line (without LF, at most 64 KiB) into out. */
enum link_end link_line(int fd, int64_t until, struct buf *out);

struct link_answer {
    bool ok;
    int exit;   /* enum cli_exit: what the watchdog wants us to end with */
    char *text; /* owned, not escaped */
};

/* Sends one JSON object to the watchdog and takes its answer within ms. False and e when there is none. */
bool link_ask(const struct paths *p, const cJSON *request, int64_t ms, struct link_answer *a, struct err *e);

#endif
