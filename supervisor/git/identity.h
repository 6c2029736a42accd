/* The role's GIT_CONFIG_GLOBAL: the user's own configuration first, then what makes the role's commits the
 * role's. */
#ifndef CCSUP_GIT_IDENTITY_H
#define CCSUP_GIT_IDENTITY_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include <stdbool.h>

/* Writes r->gitconfig (0600, atomically, only when its content differs). False and t set. */
bool identity_write(const struct request *r, struct trouble *t);

#endif
