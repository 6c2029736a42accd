/* Who of an instance lives, told by its locks and by nothing else; the operator's wish on disk; ending a holder. */
#ifndef CCSUP_CLI_INSTANCE_H
#define CCSUP_CLI_INSTANCE_H
#include "supervisor/base/err.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum instance_want { INSTANCE_WANT_NONE, INSTANCE_WANT_UP, INSTANCE_WANT_DOWN };

/* state/want as it stands; a missing or unreadable one is NONE. */
enum instance_want instance_want(const struct paths *p);
/* Replaces it, on the disk when this returns. */
bool instance_want_set(const struct paths *p, bool up, struct err *e);
/* The pid that holds the lock `name` ("watchdog", a role, "git"): 0 free, -1 cannot tell (e set). */
pid_t instance_holder(const struct paths *p, const char *name, struct err *e);
/* When the process began, "2026-05-28T08:10:00Z"; "" when it is gone. */
void instance_since(pid_t pid, char out[21]);
/* Waits until the lock is free, at most ms; true when it is. */
bool instance_wait_free(const struct paths *p, const char *name, int64_t ms);
/* Sends sig to the holder, if there is one; nobody else can be hit. */
void instance_signal(const struct paths *p, const char *name, int sig);
/* Sleeps. */
void instance_nap(int64_t ms);
/* ms since 1970 as RFC 3339, UTC, whole seconds. */
void instance_time(int64_t ms, char out[21]);

#endif
