/* How every git program of ours is called: without prompts, hooks, traces and what else a user or a repository could
 * have it do. */
#ifndef CCSUP_GIT_COMMAND_H
#define CCSUP_GIT_COMMAND_H
#include "supervisor/base/words.h"
#include "supervisor/git/trouble.h"
#include "supervisor/git/url.h"
#include "supervisor/sys/child.h"
#include <stdbool.h>
#include <stdint.h>

/* The environment of every git that we start: ours, less what would point git elsewhere or make it trace,
 * plus what keeps it from asking anybody. The user's own configuration and credential helpers stay. kind: of
 * the remote; ssh_set: the user's configuration names an ssh command, which then stands. Free with
 * words_clear. */
void command_env(struct words *env, enum url_kind kind, bool ssh_set, int64_t timeout_ms);
/* Adds the options that every git of ours gets: "git", "-c", ... */
void command_options(struct words *argv, int64_t timeout_ms);

#endif
