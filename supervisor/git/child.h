/* Runs the git program: in our own process group (the watchdog kills the group), dead when we die, without
 * prompts, with what it says captured, and never past the deadline. After a deadline nothing below us is
 * left: git's transports are grandchildren (git-remote-http), so the whole tree goes, not just git. */
#ifndef CCSUP_GIT_CHILD_H
#define CCSUP_GIT_CHILD_H
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"
#include "supervisor/git/trouble.h"
#include "supervisor/git/url.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    int code;            /* exit code; 128 + signal; -1 when it could not be started */
    bool timed_out;      /* the deadline came first */
    struct buf out, err; /* what it said, 4 MiB and 64 KiB at most; the rest is read and dropped */
};

struct child_way {
    const struct words *env; /* whole environment, from child_env */
    int64_t deadline;        /* clock_boot milliseconds */
    mode_t umask;
};

/* The environment of every git that we start: ours, less what would point git elsewhere or make it trace,
 * plus what keeps it from asking anybody. The user's own configuration and credential helpers stay. kind: of
 * the remote; ssh_set: the user's configuration names an ssh command, which then stands. Free with
 * words_clear. */
void child_env(struct words *env, enum url_kind kind, bool ssh_set, int64_t timeout_ms);
/* Adds the options that every git of ours gets: "git", "-c", ... */
void child_options(struct words *argv, int64_t timeout_ms);
/* Once, before the first child: orphans of git come to us and not to init, so that they can be found and
 * killed. */
void child_prepare(void);
/* Runs argv to its end or to the deadline. True when it ended by itself with exit code 0. Free with
 * child_clear in any case. */
bool child_run(struct child *c, const struct words *argv, const struct child_way *way);
void child_clear(struct child *c);

#endif
