/* The request that ccsup-git gets for one poll: configuration + phase + what is known -> JSON. docs/interfaces.md. */
#ifndef CCSUP_WATCHDOG_REQUEST_H
#define CCSUP_WATCHDOG_REQUEST_H
#include "supervisor/config/config.h"
#include <cJSON.h>

/* start, last, at: revisions or "". The places (mirror, lock) are the caller's to add. The caller frees. */
cJSON *request_poll(const struct config *c, const struct config_phase *p, const char *start, const char *last,
                    const char *at);
/* The request of one entry or note that is written, without mirror, lock, and what is to be written: name, email, kind,
 * file, id, text, role, clone, rev and on. */
cJSON *request_write(const struct config *c, const struct config_phase *p);
/* The request that prepares a role's clone, without dir and gitconfig. */
cJSON *request_clone(const struct config *c, enum role role);

#endif
