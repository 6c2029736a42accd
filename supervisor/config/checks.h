/* What `ccsup check` looks at by itself: one list, of which the ids that launch.conf may name, the program's table and
 * the documents are made. docs/check.md says what each means. */
#ifndef CCSUP_CONFIG_CHECKS_H
#define CCSUP_CONFIG_CHECKS_H
#include <stdbool.h>

/* function, id, ids of those without which it says nothing (blanks between), START: `ccsup start` looks at it too, and
 * starts nothing when it fails; LATER: it asks others, or takes long */
#define CHECKS_BUILT_IN(X)                                                                                             \
    X(config, "config", "", START)                                                                                     \
    X(plans, "plans", "config", START)                                                                                 \
    X(filled, "filled", "config", START)                                                                               \
    X(prompts, "prompts", "config", START)                                                                             \
    X(notify, "notify", "config", START)                                                                               \
    X(programs, "programs", "config", START)                                                                           \
    X(fence, "fence", "config", START)                                                                                 \
    X(proc, "proc", "", START)                                                                                         \
    X(state, "state", "", START)                                                                                       \
    X(disk, "disk", "", START)                                                                                         \
    X(instance, "instance", "config", START)                                                                           \
    X(remote, "remote", "config", START)                                                                               \
    X(identities, "identities", "config", START)                                                                       \
    X(secrets, "secrets", "config proc", START)                                                                        \
    X(linger, "linger", "", LATER)                                                                                     \
    X(git_read, "git-read", "programs", LATER)                                                                         \
    X(git_push, "git-push", "git-read fence", LATER)                                                                   \
    X(claude, "claude", "programs", LATER)                                                                             \
    X(claude_login, "claude-login", "claude", LATER)                                                                   \
    X(claude_root, "claude-root", "config", LATER)                                                                     \
    X(clock, "clock", "config", LATER)

/* Is that the id of one of them? */
bool checks_built_in(const char *id);
/* The keys that a type of [check NAME] takes beside needs, timeout, level and fix, blanks between; '!' behind one that
 * it must have. NULL: no such type. */
const char *checks_keys(const char *type);
/* Does that type take the key? */
bool checks_takes(const char *type, const char *key);

#endif
