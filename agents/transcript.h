/* The lines of one iteration's stream-json, folded into what is known of it. Pure, and a function of the log alone:
 * after an adoption it is folded again from the first byte, so that nothing counts twice or is lost. Text of the model
 * is kept for people only, escaped; nothing in it is ever matched. */
#ifndef CCSUP_AGENTS_TRANSCRIPT_H
#define CCSUP_AGENTS_TRANSCRIPT_H
#include "agents/stream_json.h"
#include <stdint.h>

enum { TRANSCRIPT_TOOLS_MAX = 32, TRANSCRIPT_SHOWN = 200 };

/* A tool call under way. */
struct transcript_tool {
    char id[64];
    char name[40];
    char what[TRANSCRIPT_SHOWN]; /* "Bash: make test", escaped */
    signed char wake;            /* once it has worked: 1 it will be woken, -1 it will not be, 0 that is as it was */
};

/* The newest `result`: the end of a turn, as the program says it. Success is decided elsewhere (agents/outcome.h). */
struct transcript_result {
    bool is_error;
    int64_t status;  /* api_error_status: of HTTP; 0 = none */
    char reason[40]; /* terminal_reason */
    char subtype[40];
    char api_error[40];      /* "connection_failed", "max_output_tokens" */
    char api_error_type[40]; /* "rate_limit_error" */
    char startup[40];        /* startup_failure_reason */
    char text[400];          /* result or errors, escaped: written by the program where is_error is set */
};

struct transcript_retry {
    int64_t attempt, most;
    int64_t delay_ms;
    int64_t status; /* 0 = there was no answer */
    char error[40];
};

/* A usage limit by rate_limit_event. */
struct transcript_limit {
    bool rejected;     /* requests are refused, and nothing is drawn from elsewhere (overage) */
    int64_t resets_at; /* seconds since 1970; 0 = not said */
    char window[32];   /* "five_hour", "seven_day", "seven_day_opus" ... */
};

struct transcript {
    bool spoke; /* at least one line was stream-json */
    char session[40], model[64], version[24];
    int64_t turns, calls, retries, fallbacks, denials, tokens_in, tokens_out;
    int64_t cost; /* millionths of a dollar, cumulative over the session: the most that a result said; 0 = none yet */
    bool priced;  /* the newest result said one */
    struct transcript_tool
        tools[TRANSCRIPT_TOOLS_MAX]; /* under way, oldest first; beyond the room they are only counted */
    size_t tool_count;
    size_t tools_more;
    size_t tasks;  /* background tasks that are open */
    bool parked;   /* the wait of an earlier iteration goes on; the program has not begun yet */
    bool woken;    /* it went on and is over */
    bool wake;     /* it asked to be woken (ScheduleWakeup), and no turn has begun since */
    bool answered; /* the model said something since the newest RETRY */
    bool ended;    /* a result came, and no turn has begun since */
    size_t results;
    struct transcript_result result; /* newest; valid when results > 0 */
    struct transcript_retry retry;   /* newest; attempt 0 = none */
    struct transcript_limit limit;   /* newest; window "" = none */
    char error[40]; /* `error` of the newest API_ERROR message: "billing_error"; "" = none since the last good one */
    char said[TRANSCRIPT_SHOWN]; /* newest thing worth showing, escaped */
};

void transcript_init(struct transcript *t);
/* Folds one line. Returns whether it is progress: the model said something, a tool began or ended, a turn began or
 * ended. Retries, notices, and pings are none (docs/claude.md). */
bool transcript_line(struct transcript *t, const struct stream_line *l);
/* Is the program waiting for something of its own, after its result (docs/claude.md, "Waiting")? */
bool transcript_waits(const struct transcript *t);
/* One line for people: "Bash: make test", "retry 3 of 10 in 9 s (429 rate_limit)"; "" = nothing yet. */
const char *transcript_activity(const struct transcript *t, char *out, size_t room);

#endif
