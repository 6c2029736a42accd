/* Does the user's git configuration name an ssh command of its own? */
#ifndef CCSUP_GIT_SSHCONFIG_H
#define CCSUP_GIT_SSHCONFIG_H
#include "supervisor/git/url.h"
#include <stdbool.h>
#include <stdint.h>

/* True when core.sshCommand is set; asks git, and only when kind is URL_SSH. deadline: clock_boot
 * milliseconds. */
bool sshconfig_is_set(enum url_kind kind, int64_t deadline);

#endif
