/* The hooks of a role's clone: commits and pushes that touch what the other role writes are refused, with the
 * sentence that says what to do instead; then the repository's own hook of that name runs. Advice and no wall:
 * --no-verify goes past it, and what counts is decided by the judgement. */
#ifndef CCSUP_GIT_HOOKS_H
#define CCSUP_GIT_HOOKS_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include <stdbool.h>

/* Writes the hooks beside r->gitconfig, where the agent can run them and not change them when it is another user, and
 * points the clone's core.hooksPath there; what stood there before is kept as ccsup.hooksPath. False and t set. */
bool hooks_install(const struct request *r, struct trouble *t);
/* Takes away an old lock of the git configuration at file: a git that was killed between making and renaming it leaves
 * it for ever. A living one has it for milliseconds; young ones stay, as this may be looked at again. */
void hooks_unlock(const char *file);

#endif
