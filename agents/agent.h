/* The state machine of one agent's loop. Pure: a step takes the policy, the agent, an event and the clock, and gives
 * effects for others to carry out. One function assigns `state`; `want` is what is wished, `state` what is, `why` why.
 *
 *   DOWN      resting                        WAITING   starts at the deadline
 *   STARTING  a keeper was asked for         RUNNING   the agent runs under its keeper
 *   STOPPING  the keeper was asked to stop   KILLING   asked to skip the grace
 *   LOST      the keeper is gone without a record (KEEPER_LOST; in DOWN: under an earlier watchdog); at the deadline a
 *             keeper sweeps
 *   HELD      an operator must act
 *
 * Invariants (docs/state-machine.md): at most one live tree; want not UP => never WAITING nor HELD; no start
 * unless want is UP, but to sweep; KILL never before STOP and the keeper's own grace, unless asked; starts within the
 * limit's interval <= its burst, but for those that met a usage limit; every delay <= its maximum; a state that waits
 * has a deadline, one that rests has none. */
#ifndef CCSUP_AGENTS_AGENT_H
#define CCSUP_AGENTS_AGENT_H
#include "agents/ending.h"
#include "agents/policy.h"
#include "agents/restart.h"

#define AGENT_STATES(X) X(DOWN) X(WAITING) X(STARTING) X(RUNNING) X(STOPPING) X(KILLING) X(LOST) X(HELD)
enum agent_state {
#define X(name) AGENT_##name,
    AGENT_STATES(X)
#undef X
};

enum agent_want { WANT_DOWN, WANT_PAUSED, WANT_UP };

/* Why it is in its state: for the status, and for what may change it. */
#define AGENT_WHYS(X)                                                                                                  \
    X(NONE, "")                                                                                                        \
    X(PREPARING, "preparing its clone")                                                                                \
    X(PACE, "next iteration")                                                                                          \
    X(NO_WORK, "no work; wakes up")                                                                                    \
    X(BACKOFF, "restart after a failure")                                                                              \
    X(START_LIMIT, "too many starts")                                                                                  \
    X(OPERATOR, "the operator asked")                                                                                  \
    X(PHASE, "a new phase begins")                                                                                     \
    X(DONE, "all is done")                                                                                             \
    X(USAGE_LIMIT, "a usage limit; starts when it ends")                                                               \
    X(AUTHENTICATION, "the login was refused; tried again")                                                            \
    X(BILLING, "no credit; tried again")                                                                               \
    X(CONFIG_CORRUPT, "its configuration can't be read")                                                               \
    X(DENIED, "every tool that it asked for was denied")                                                               \
    X(NO_OUTPUT, "no output at all")                                                                                   \
    X(STALLED, "no progress for too long")                                                                             \
    X(LINGERS, "it stays after its last word")                                                                         \
    X(ITERATION_TIMEOUT, "the iteration took too long")                                                                \
    X(STUCK, "the pair is stuck")                                                                                      \
    X(BUDGET, "a budget is used up")                                                                                   \
    X(SURVIVORS, "processes that can't be killed")                                                                     \
    X(LOST_KEEPER, "its keeper is gone without a record")                                                              \
    X(INTERNAL, "a bug in ccsup")
enum agent_why {
#define X(name, text) WHY_##name,
    AGENT_WHYS(X)
#undef X
};

#define AGENT_EVENTS(X)                                                                                                \
    X(WANT_UP)                                                                                                         \
    X(WANT_DOWN)                                                                                                       \
    X(WANT_PAUSED)                                                                                                     \
    X(RESTART)                                                                                                         \
    X(WORK) X(IDLE) X(DELAY) X(TIMER) X(READY) X(START_FAILED) X(PROGRESS) X(EXITED) X(KEEPER_LOST) X(FOUND) X(HOLD)
enum agent_event_kind {
#define X(name) AGENT_EV_##name,
    AGENT_EVENTS(X)
#undef X
};

/* What a running agent is at, which bounds how long it may be quiet: it has said nothing yet · the model works (or a
 * program of which no more is known) · a tool runs · its turn is over, and it should end · its turn is over, and it
 * waits for a task of its own. */
#define AGENT_LIVES(X) X(SILENT) X(WORKS) X(TOOL) X(ENDED) X(WAITS)
enum agent_live {
#define X(name) LIVE_##name,
    AGENT_LIVES(X)
#undef X
};

struct agent_event {
    enum agent_event_kind kind;
    enum agent_why why;   /* WANT_*, RESTART: for whom; HOLD: why; START_FAILED: SURVIVORS = hold it; DELAY: a
                                       usage limit of its account, or NONE */
    int64_t at;           /* WORK, IDLE, DELAY: start at; FOUND: when its iteration began; EXITED: when a usage
                                       limit ends, that it may start again */
    bool now;             /* WANT_DOWN: skip the grace */
    bool forgive;         /* WANT_UP: an operator looked; failures and starts count from here */
    bool sweep;           /* TIMER: a keeper that is to sweep does no more: nothing may be started */
    int iteration;        /* READY, FOUND */
    enum agent_live live; /* PROGRESS: what it is at now */
    const struct exit_record *exit; /* EXITED */
    bool answered;                  /* PROGRESS, EXITED: the model gave a good answer since the last such event */
    struct said said;               /* EXITED, KEEPER_LOST: what the program said; PROGRESS: the model alone */
    const char *text;               /* START_FAILED, EXITED: the sentence, escaped; NULL = none */
};

/* SPAWN a keeper; GO let it start the agent; STOP TERM and grace; KILL skip the grace; DESTROY kill the keeper itself;
 * ABANDON forget a keeper that never answered. */
#define AGENT_EFFECTS(X) X(SPAWN) X(GO) X(STOP) X(KILL) X(DESTROY) X(ABANDON)
enum agent_effect {
#define X(name) AGENT_DO_##name,
    AGENT_EFFECTS(X)
#undef X
};

enum { AGENT_EFFECTS_MAX = 4 };
struct agent_effects {
    enum agent_effect list[AGENT_EFFECTS_MAX];
    size_t count;
};

struct agent {
    enum agent_state state;
    enum agent_want want;
    enum agent_why why;
    int64_t since;        /* when the state began, ms */
    int64_t deadline;     /* ms; 0 = rests */
    int64_t started_at;   /* of the running iteration */
    int64_t progress_at;  /* last progress */
    enum agent_live live; /* what it is at since then */
    int asks;             /* endings in a row that only a person can mend */
    int iteration;        /* number of the running or last one */
    int restarts;         /* starts after a failure, ever */
    bool again;           /* once it has ended, start at once */
    bool sweep_only;      /* STARTING only to sweep after a lost keeper: the start limit leaves no room for more */
    enum outcome last;    /* how the last iteration ended */
    char last_text[256];  /* one sentence of it, escaped */
    struct restart_history history;
};

void agent_init(struct agent *a, uint64_t seed, int64_t now);
/* Before the first step: its newest iteration ended so under an earlier watchdog, or under none. exit NULL = without a
 * record; said, text: what its program said of it (text "" = nothing). What is remembered of that very end stays. */
void agent_past(struct agent *a, int iteration, const struct exit_record *exit, enum outcome said, const char *text);
/* One step. out is emptied first. */
void agent_step(const struct agent_policy *p, struct agent *a, const struct agent_event *ev, int64_t now,
                struct agent_effects *out);
/* Is there, or could there be, a process of it? */
bool agent_alive(const struct agent *a);
const char *agent_state_name(enum agent_state s);
const char *agent_why_name(enum agent_why w); /* "NO_WORK" */
int agent_why_parse(const char *name);        /* or -1 */
const char *agent_why_text(enum agent_why w); /* for people */
const char *agent_event_name(enum agent_event_kind e);
const char *agent_live_name(enum agent_live l); /* "TOOL" */
int agent_live_parse(const char *name);         /* or -1 */
const char *agent_effect_name(enum agent_effect e);

#endif
