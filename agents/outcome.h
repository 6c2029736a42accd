/* How did an iteration end? Exit record of the keeper + why we stopped it -> one class. Pure.
 * The class decides about the restart (agents/restart.h); nothing else looks at codes and signals. */
#ifndef CCSUP_AGENTS_OUTCOME_H
#define CCSUP_AGENTS_OUTCOME_H
#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* As in exit.json (docs/interfaces.md). */
#define EXIT_ENDS(X)                                                                                                   \
    X(EXITED, "exited")                                                                                                \
    X(SIGNALED, "signaled")                                                                                            \
    X(EXEC_FAILED, "exec_failed") X(NOT_STARTED, "not_started") X(UNSUPERVISED, "unsupervised") X(LOST, "lost")
enum exit_end {
#define X(name, text) END_##name,
    EXIT_ENDS(X)
#undef X
};

struct exit_record {
    enum exit_end end;
    int code, signal;
    char reason[256];             /* escaped; "" = none */
    int64_t started_at, ended_at; /* ms */
    int64_t cpu_ms, max_rss_kb;
    bool asked;               /* we asked it to stop */
    int leftovers, survivors; /* processes that had to be killed; that could not be */
    char leftover_names[160]; /* "sleep(17), node(18)" */
};

/* What follows an ending: PACE the next iteration when there is work · BACKOFF after a delay that doubles, within the
 * start limit · RESET when the usage limit ends · ASK a person has to act, and it is tried again after 30 min, doubling
 * to 6 h · HOLD a person has to act, and no try can help. */
enum follow { FOLLOW_PACE, FOLLOW_BACKOFF, FOLLOW_RESET, FOLLOW_ASK, FOLLOW_HOLD };
/* With which session the next iteration goes on, when launch.conf leaves the choice to us. */
enum session_choice { SESSION_FRESH, SESSION_RESUME };

/* The classes of an ending, and the one table that says what follows (docs/claude.md prints it): NAME, follow, session,
 * what it means. Only what follows with BACKOFF counts as a failure. */
#define OUTCOMES(X)                                                                                                    \
    X(NONE, PACE, FRESH, "it has not ended yet")                                                                       \
    X(OK, PACE, FRESH, "it ended well")                                                                                \
    X(STOPPED, PACE, RESUME, "it was asked to end")                                                                    \
    X(MAX_TURNS, PACE, RESUME, "it used up its turns (--max-turns)")                                                   \
    X(MAX_COST, PACE, FRESH, "it used up its money (--max-budget-usd)")                                                \
    X(FAILED, BACKOFF, RESUME, "it failed, and nothing says why")                                                      \
    X(CRASHED, BACKOFF, RESUME, "a signal that nobody of us sent ended it")                                            \
    X(STALLED, BACKOFF, RESUME, "no progress for too long")                                                            \
    X(TIMED_OUT, BACKOFF, RESUME, "the iteration took too long")                                                       \
    X(LOST, BACKOFF, RESUME, "its keeper died without a record")                                                       \
    X(EXEC_FAILED, BACKOFF, FRESH, "its program can't be run")                                                         \
    X(NOT_STARTED, BACKOFF, FRESH, "its keeper could not begin")                                                       \
    X(BAD_FLAG, BACKOFF, FRESH, "the program ended before it began: a wrong flag or setting")                          \
    X(TRANSIENT, BACKOFF, RESUME, "the network or the API failed for a while")                                         \
    X(OVERLOADED, BACKOFF, RESUME, "the API is overloaded")                                                            \
    X(PROMPT_TOO_LONG, BACKOFF, FRESH, "the conversation no longer fits")                                              \
    X(REFUSED, BACKOFF, FRESH, "the model refused")                                                                    \
    X(USAGE_LIMIT, RESET, RESUME, "a usage limit was hit")                                                             \
    X(AUTHENTICATION, ASK, RESUME, "the login was refused")                                                            \
    X(BILLING, ASK, RESUME, "there is no credit")                                                                      \
    X(CONFIG_CORRUPT, HOLD, FRESH, "its configuration can't be read")                                                  \
    X(DENIED, HOLD, FRESH, "every tool that it asked for was denied")
enum outcome {
#define X(name, follow, session, text) OUTCOME_##name,
    OUTCOMES(X)
#undef X
        OUTCOME_COUNT
};

/* Reads exit.json's document; false when it is none of ours (then the iteration counts as lost). */
bool exit_record_parse(struct exit_record *r, const cJSON *json);
/* By the exit record alone, for a program that says nothing else (agents/ending.h asks what Claude said, too).
 * stalled, timed_out: the watchdog stopped it for that reason. */
enum outcome outcome_classify(const struct exit_record *r, bool stalled, bool timed_out);
enum follow outcome_follow(enum outcome o);
enum session_choice outcome_session(enum outcome o);
const char *outcome_meaning(enum outcome o); /* the table's last column */
int outcome_parse(const char *name);         /* or -1 */
/* Does it count as a failure (backoff, start limit)? A stop that was asked for does not, nor what only a person or time
 * can mend. */
bool outcome_failed(enum outcome o);
const char *outcome_name(enum outcome o); /* "OK" "CRASHED" ... */
/* One sentence for status and prompt: "exit code 1", "killed by signal 11", "cannot run foo: ...". At most n bytes. */
void outcome_describe(const struct exit_record *r, char *out, unsigned n);

#endif
