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

#define OUTCOMES(X)                                                                                                    \
    X(NONE) X(OK) X(FAILED) X(CRASHED) X(EXEC_FAILED) X(STALLED) X(TIMED_OUT) X(STOPPED) X(LOST) X(NOT_STARTED)
enum outcome {
#define X(name) OUTCOME_##name,
    OUTCOMES(X)
#undef X
};

/* Reads exit.json's document; false when it is none of ours (then the iteration counts as lost). */
bool exit_record_parse(struct exit_record *r, const cJSON *json);
/* stalled, timed_out: the watchdog stopped it for that reason. */
enum outcome outcome_classify(const struct exit_record *r, bool stalled, bool timed_out);
/* Does it count as a failure (backoff, start limit)? A stop that was asked for does not. */
bool outcome_failed(enum outcome o);
const char *outcome_name(enum outcome o); /* "OK" "CRASHED" ... */
/* One sentence for status and prompt: "exit code 1", "killed by signal 11", "cannot run foo: ...". At most n bytes. */
void outcome_describe(const struct exit_record *r, char *out, unsigned n);

#endif
