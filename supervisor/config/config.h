/* launch.conf: text -> struct config, or every error at once. Pure: the caller reads the file and hands in the
 * environment. The key table (config/keys.h) is the one place that knows a key's section, type, range, default and
 * help; validation, `ccsup config --print` and launch.conf(5)'s list come from it. */
#ifndef CCSUP_CONFIG_CONFIG_H
#define CCSUP_CONFIG_CONFIG_H
#include "agents/budget.h"
#include "agents/claude.h"
#include "agents/policy.h"
#include "agents/role.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"
#include "supervisor/config/notify.h"
#include "supervisor/config/waiver.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_agent {
    char *name;           /* the section's NAME */
    int line;             /* where its section begins */
    int role;             /* enum role */
    struct words command; /* program and arguments; empty = Claude, as follows */
    struct claude_settings claude;
    char *prompt;               /* file, relative to launch.conf; "" = the built-in prompt of the role */
    char *git_name, *git_email; /* identity of its commits; defaults "ccsup builder" <builder@ccsup.invalid> */
    struct words env;           /* NAME=VALUE */
    struct words env_pass;      /* names; a trailing * takes all that begin so */
    struct words env_deny;      /* names or trailing-* patterns that never pass */
    char *user;                 /* that it runs as; "" = ours */
    char *fence;                /* auto, pidns, cgroup or subreaper */
    char *leftovers;            /* kill or keep */
    struct agent_policy policy;
    struct budget budget; /* of all its iterations */
};

struct config_phase {
    char *id; /* "" = the one default phase: plain file names, `plan` of [ccsup] */
    int line;
    char *plan;            /* file relative to launch.conf, or repo:PATH */
    struct words criteria; /* ranges expanded; those of [done] added to the last phase's */
};

/* What [check NAME] asks for. Strings are never NULL; "" = not given. */
struct config_check_item {
    char *name;
    int line;
    char *type; /* http, tcp, tls, dns, ssh, command or file: config/checks.h says which fields each takes */
    char *url, *status, *body, *ca, *host, *same_as, *path, *mode, *owner;
    struct words headers, json, names, addresses, options, command;
    int64_t days, exit;
    bool sudo;
    struct words needs;
    int64_t timeout; /* ms */
    char *level;     /* fail or warn */
    char *fix;
};

struct config {
    int64_t orphan_timeout;          /* ms */
    int64_t check_every;             /* ms; 0 = never */
    char *plan;                      /* of the default phase */
    char *url, *branch, *state_path; /* state_path "" = the repository's root */
    int64_t poll, repo_timeout;      /* ms */
    int64_t state_max_bytes;
    struct words operators; /* e-mail addresses */
    struct words criteria;  /* of [done], ranges expanded */
    struct config_waivers waivers;
    int64_t window, skew, confirm, sweep; /* ms */
    char *stuck;                          /* hold or continue */
    int64_t stuck_flips, stuck_rounds;    /* 0 = never */
    bool require_current;
    struct budget budget, phase_budget; /* of both loops together: of the whole run, of each phase */
    struct config_phase *phases;        /* at least one */
    size_t phase_count;
    struct config_agent agents[ROLES]; /* by role */
    struct config_notify *notifies;    /* in the file's order */
    size_t notify_count;
    struct config_check_item *checks; /* in the file's order */
    size_t check_count;
};

/* Looks a variable up; NULL when unset. */
typedef const char *(*config_env_fn)(void *arg, const char *name);

/* Reads text (n bytes). `file` is only for messages. On success true and *c filled (free with config_clear); else
 * false, and errors holds one line an error, "launch.conf:LINE: what is wrong; what to write instead", sorted by
 * line, all of them; *c is zeroed. */
bool config_parse(struct config *c, const char *text, size_t n, const char *file, config_env_fn env, void *arg,
                  struct buf *errors);
void config_clear(struct config *c);
/* The whole effective configuration as a launch.conf that parses to the same value. */
void config_print(const struct config *c, struct buf *out);
/* Each key with section, type, range, default and help: for man = false as `ccsup config --keys` shows it, for man =
 * true as the mdoc list of launch.conf(5). */
void config_keys(struct buf *out, bool man);
/* The agent of that name or role, or -1. */
int config_agent_find(const struct config *c, const char *name);
/* Criteria: expands "D1-D10 E2E-TESTME" and appends; false and e set on a bad id, a range over 200, a duplicate. */
bool config_criteria(struct words *out, const char *text, struct err *e);

#endif
