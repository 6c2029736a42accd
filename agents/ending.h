/* How did an iteration of Claude end, and why? Exit record + what the program said -> one class, one sentence. Pure.
 *
 * Never by subtype or exit code alone: an API failure is `subtype: success` with exit code 1, an interrupted run has
 * exit code 0. Asked in this order: what the keeper knows (it could not begin; we stopped it), what the program's last
 * result says (is_error, HTTP status, terminal_reason), its rate_limit_event, its own texts, the signal, the exit code.
 * Texts are matched only where the program itself wrote them. */
#ifndef CCSUP_AGENTS_ENDING_H
#define CCSUP_AGENTS_ENDING_H
#include "agents/limit_text.h"
#include "agents/outcome.h"
#include "agents/transcript.h"

/* What the program said of its own end. */
struct ending {
    enum outcome outcome; /* NONE: it said nothing of it, and the exit record decides */
    char text[256];       /* one sentence, escaped: for status and log, and the operator who must act; "" = none */
    /* USAGE_LIMIT only: */
    struct limit_text limit; /* which window; when it ends, as far as it was said */
    int64_t retry_ms;        /* the wait that the program last announced; 0 = none */
};

/* What the core is told of an iteration that ended, beside its exit record: an ending and its transcript, reduced to
 * what is acted upon. All zero: the program said nothing that we know. */
struct said {
    enum outcome outcome;
    char window[24];   /* USAGE_LIMIT: which; "unknown" where that was not said */
    int64_t resets_at; /* ms; 0 = not said */
    int64_t retry_ms;  /* the wait that the program last announced; 0 = none */
    char session[40], model[64];
    int64_t cost;   /* millionths of a dollar, cumulative over the session; 0 = none said */
    bool priced;    /* that is all of it: no turn began after it was said */
    int64_t tokens; /* in and out, of this iteration */
    bool parked;    /* it left a wait behind, with which the next iteration begins: filled by the edge */
};

/* t: NULL, or one that never spoke, for a program that is not Claude. err: the end of its standard error, may be NULL:
 * asked only where nothing else was said. */
void ending_read(struct ending *e, const struct transcript *t, const char *err);
/* Fills s. resets_at: when the limit of e ends, in ms, where the edge could tell (0 = not). t may be NULL. */
void ending_said(struct said *s, const struct ending *e, const struct transcript *t, int64_t resets_at);
/* Both together. said: an ending's outcome. stalled, timed_out: the watchdog stopped it for that reason. */
enum outcome ending_outcome(const struct exit_record *r, enum outcome said, bool stalled, bool timed_out);

#endif
