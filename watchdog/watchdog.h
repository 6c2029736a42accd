/* The watchdog's core: agents + verdict + operator -> effects and the next deadline. Pure: watchdog_step is the only
 * way in, everything it wants done comes out as a list of effects. The edge (supervisor/run) carries them out and
 * answers with further events.
 *
 * The core owns the agents' machines, the active phase, the newest snapshot and its judgement, the second look after
 * done.confirm, and the order of the teardown. It never looks at a clock, a file or a process. */
#ifndef CCSUP_WATCHDOG_WATCHDOG_H
#define CCSUP_WATCHDOG_WATCHDOG_H
#include "agents/agent.h"
#include "agents/prompt.h"
#include "supervisor/config/config.h"
#include "watchdog/progress.h"
#include "watchdog/verdict.h"
#include <cJSON.h>

#define WISHES(X)                                                                                                      \
    X(STOP, "stop")                                                                                                    \
    X(RESTART, "restart")                                                                                              \
    X(PAUSE, "pause")                                                                                                  \
    X(RESUME, "resume") X(TELL, "tell") X(POLL, "poll") X(ACCEPT_HISTORY, "accept-history") X(PHASE, "phase")
enum wish {
#define X(name, text) WISH_##name,
    WISHES(X)
#undef X
};

/* START: locks are held, what was found alive has been told (AGENT FOUND), everything may begin. POLL_SOON: something
 * was pushed, as far as we can see. */
#define WATCHDOG_EVENTS(X)                                                                                             \
    X(START) X(TIMER) X(AGENT) X(POLLED) X(POLL_FAILED) X(POLL_SOON) X(CLONED) X(CLONE_FAILED) X(WISH)
enum watchdog_event_kind {
#define X(name) EVENT_##name,
    WATCHDOG_EVENTS(X)
#undef X
};

struct watchdog_event {
    enum watchdog_event_kind kind;
    enum role role;            /* AGENT, CLONE*, WISH that names an agent */
    struct agent_event agent;  /* AGENT */
    struct snapshot *snapshot; /* POLLED: heap-allocated, taken by the core */
    /* POLL_FAILED, CLONE_FAILED: escaped. text: also that of WISH TELL, the id of WISH PHASE, and of POLLED the
     * operator's files that count and their git blob ids, "launch.conf=1a2b… plan=…" (NULL = not known) */
    const char *code, *text;
    enum wish wish;
    bool now; /* WISH STOP: skip the grace */
};

#define EFFECTS(X) X(SPAWN) X(GO) X(STOP) X(KILL) X(DESTROY) X(ABANDON) X(POLL) X(CLONE) X(JOURNAL) X(LOG) X(EXIT)
enum effect_kind {
#define X(name) EFFECT_##name,
    EFFECTS(X)
#undef X
};

struct effect {
    enum effect_kind kind;
    enum role role;
    char session[40]; /* SPAWN: to go on with; "" = a new one */
    bool parked;      /* SPAWN: it begins with the wait that is parked; else that is dropped */
    char *text;       /* SPAWN: the prompt; JOURNAL: the record; LOG: the line. Owned by the list */
    bool sync;        /* JOURNAL: on the disk before anything else happens */
};

struct effects {
    struct effect *list;
    size_t count;
};

/* What the texts of the prompts are made from; loaded by the edge, owned by it. */
struct watchdog_texts {
    const char *prompt[ROLES]; /* checked templates */
    const char *resume;        /* of an iteration that goes on with its session; NULL = the role's own */
    const char *const *plan;   /* by phase */
};

/* Bytes of what an operator may have told one role and what has not been said yet; more is refused, not cut. */
enum { WATCHDOG_TELL_MAX = 65536 };

/* What a budget bounds: the run · the active phase · each loop (BUDGET_AGENT + its role). */
enum budget_scope { BUDGET_RUN, BUDGET_PHASE, BUDGET_AGENT, BUDGET_SCOPES = BUDGET_AGENT + ROLES };

/* What was last said of one budget, and of which limit. */
struct budget_told {
    enum budget_level level;
    int64_t limit;
};

/* What the core knows of one role beside the machine. */
struct watchdog_role {
    struct agent agent;
    bool clone_ready, cloning;
    char *clone_error; /* owned; NULL = none */
    bool paused;
    enum agent_why held; /* NONE, or why it was held when the journal was read */
    bool delayed;        /* it was due, but what a start needs was not there */
    bool ended;          /* an iteration ended well and no poll has looked since */
    int64_t ended_at;
    int64_t pace, wake; /* as grown by now, ms */
    char start_tip[41]; /* the tip that the last iteration started from */
    char seen_findings[41];
    struct buf tell;   /* what the operator said */
    int turn;          /* phase_turn when the prompt of the last start was made */
    size_t told;       /* bytes of it that stand in the running iteration's prompt */
    struct words work; /* why it has work; empty = none */
    char session[40];  /* that the next iteration goes on with; "" = a new one */
    bool resumed;      /* the running iteration goes on with one */
    bool parked;       /* a wait is parked: the next iteration begins with it */
    int resumes_lost;  /* iterations in a row that went on with one and failed */
    struct ledger ledger;
    int going;      /* number of the last iteration whose agent was started, as far as we know */
    char model[64]; /* that it runs, or ran last; "" = not known */
    char *activity; /* last line of output, escaped; set by the edge through watchdog_activity */
    int64_t output_bytes;
};

/* A usage limit that was met. */
enum { WATCHDOG_LIMITS_MAX = 16 };
struct watchdog_limit {
    char account[64], window[24];
    char model[64];    /* that met it; "" = not known */
    int64_t met;       /* when, the last time; ms */
    int64_t until;     /* ms; what it holds may try again then */
    int64_t resets_at; /* ms, as the API said it, and `until` comes of it; 0 = of our own clock */
    int count;         /* times in a row without an iteration that ended well, or went on for an hour */
};

struct watchdog_poll {
    bool running, again;
    int64_t next_at;   /* when the next one begins */
    int64_t deadline;  /* of the running one */
    int64_t ok_at;     /* last success; 0 = never */
    int failures;      /* in a row */
    char *code, *text; /* of the last failure; NULL after a success; owned */
};

struct watchdog {
    const struct config *config;
    struct watchdog_texts texts;
    struct watchdog_role roles[ROLES];
    struct watchdog_poll poll;
    struct watchdog_limit limits[WATCHDOG_LIMITS_MAX];
    size_t limit_count;
    size_t phase;
    bool phase_started;   /* its start revision is known */
    char phase_start[41]; /* "" = the repository was empty */
    int64_t phase_since;
    int phase_turn;    /* grows with every phase that is entered; 1 = none was yet */
    int64_t fresh_at;  /* an iteration that began before was told of another phase; ms */
    int first_turn;    /* phase_turn of when the active phase was entered first */
    int64_t run_since; /* when the first phase began; 0 = none has */
    struct budget_told told[BUDGET_SCOPES][BUDGET_KIND_COUNT];
    struct progress progress;        /* of the active phase */
    bool stuck_told;                 /* that it is stuck was said */
    char *missing;                   /* the journal's active phase, when launch.conf lacks it; owned; NULL = none */
    char *status_file, *review_file; /* names of the active phase's files; owned */
    char *inputs;                    /* as POLLED said when the phase began; owned; NULL = not known */
    struct words waivers;            /* launch.conf's, as they were then */
    char *inputs_now;                /* as it said last; owned */
    struct kept kept;                /* what is remembered of the phase's REVIEW */
    char judged[41];                 /* the last judged revision; "" = none */
    struct snapshot *snapshot;       /* newest of this phase; NULL = none yet */
    struct verdict verdict;          /* of it */
    bool judgement;                  /* verdict is filled */
    enum verdict_state state;        /* to show: with CONFIRMING */
    int64_t state_since;
    int64_t confirm_since; /* fetched time of the first judgement that said DONE, ms; 0 = none */
    cJSON *records;        /* array of DONE records, one a finished phase; owned */
    bool began, stopping, finished, exiting;
    int64_t started_at;
    int64_t now;              /* of the last step */
    unsigned long generation; /* grows with every change worth showing */
};

/* seed: for the jitter; differs from life to life. config must outlive w. Free with watchdog_clear. */
void watchdog_init(struct watchdog *w, const struct config *config, const struct watchdog_texts *texts, uint64_t seed,
                   int64_t now);
void watchdog_clear(struct watchdog *w);
/* Folds one record of the journal, before START. Unknown records are left alone. */
void watchdog_restore(struct watchdog *w, const cJSON *record);
/* The newest iteration of a role whose agent does not run. */
struct watchdog_past {
    int iteration;
    const struct exit_record *exit; /* NULL = no record */
    const struct said *said;        /* what its program said */
    const char *text;               /* "" = nothing */
    int64_t began, ended;           /* ms; 0 = not known; ended without a record: its log's last change */
};
/* Before START: what became of it, unless that is known already. Appends the records that the journal lacks of it to
 * the array, each to be written: then whoever restores them knows the same. */
void watchdog_past(struct watchdog *w, enum role role, const struct watchdog_past *past, cJSON *records);
/* Is there room for that text in what the role is told? */
bool watchdog_tell_fits(const struct watchdog *w, enum role role, const char *text);
/* Was it added to launch.conf since the phase began? False as long as that is not known. */
bool watchdog_waiver_added(const struct watchdog *w, const struct config_waiver *x);
/* One step; appends to out. */
void watchdog_step(struct watchdog *w, const struct watchdog_event *ev, int64_t now, struct effects *out);
/* When the next TIMER is due, ms; 0 = never. */
int64_t watchdog_deadline(const struct watchdog *w);
/* Output seen: how many bytes now, and the last line, escaped (NULL = none). */
void watchdog_activity(struct watchdog *w, enum role role, int64_t bytes, const char *line);
/* The request of the next poll (docs/interfaces.md), without the places. The caller frees. */
cJSON *watchdog_poll_request(const struct watchdog *w);
void effects_clear(struct effects *e);
const char *wish_name(enum wish w);
int wish_parse(const char *name); /* or -1 */
const char *watchdog_event_name(enum watchdog_event_kind k);

#endif
