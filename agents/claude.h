/* The command line and the environment of one iteration of Claude. Pure. docs/claude.md says why each part is there. */
#ifndef CCSUP_AGENTS_CLAUDE_H
#define CCSUP_AGENTS_CLAUDE_H
#include "supervisor/base/words.h"
#include <stdbool.h>
#include <stdint.h>

enum { CLAUDE_SESSION_ROOM = 37 }; /* a UUID's text with its NUL */

/* What launch.conf says of it ([agent]). Strings are never NULL; "" = not given. */
struct claude_settings {
    char *program; /* "" = the agent is no Claude: its `command` is run as it stands */
    char *model, *fallback_model;
    char *permission_mode;
    struct words allowed_tools, disallowed_tools;
    int64_t max_turns; /* of one iteration; 0 = no limit */
    int64_t max_cost;  /* of one iteration, millionths of a dollar; 0 = no limit */
    struct words args; /* further arguments, as they stand */
    char *config_dir;  /* CLAUDE_CONFIG_DIR; "" = one of its own */
    char *session;     /* fresh, resume or auto */
    char *account;     /* whose usage limits it shares */
};

/* Appends the whole command line, the program first. session: a UUID; resume: it is one that the program knows, else a
 * new one. left: what budgets leave to this iteration, in millionths of a dollar, 0 = no limit; the smaller of it and
 * max_cost holds (the option counts from the process's own start, also in a session that goes on: measured, 2.1.330).
 * The prompt comes on standard input. */
void claude_command(const struct claude_settings *s, const char *session, bool resume, int64_t left,
                    struct words *argv);
/* Appends NAME=VALUE entries: what a loop without a person needs (results of failed starts, no self-update, the time
 * that a tool may take up to max_wait (ms), its configuration's folder). What launch.conf sets under `env` is kept: an
 * entry whose name stands in given is left out. */
void claude_environment(const char *config_dir, int64_t max_wait, const struct words *given, struct words *env);
/* A UUID (version 4) made from 32 hexadecimal digits. */
void claude_session(const char hex[33], char out[CLAUDE_SESSION_ROOM]);
/* Is it the text of a UUID? Anything else on its command line Claude takes for an option, or for a title to look up. */
bool claude_session_is(const char *text);

#endif
