/* Between the parts of the watchdog's process. Each part has its own file; all hang on struct run. */
#ifndef CCSUP_RUN_INTERNAL_H
#define CCSUP_RUN_INTERNAL_H
#include "agents/output.h"
#include "supervisor/base/lines.h"
#include "supervisor/base/words.h"
#include "supervisor/run/run.h"
#include "watchdog/replay.h"
#include "watchdog/watchdog.h"
#include <uv.h>

struct run;

/* service.c: the service manager that started us, if one did. */
struct service {
    int fd;           /* connected to its socket, -1 = none */
    uint64_t feed_ms; /* it kills us unless it hears of us twice as seldom, 0 = it does not */
    uv_timer_t feed;
    char *told; /* the status that it knows, owned */
    bool stopping;
};

/* keeper.c: the link to one role's keeper. */
struct keeper {
    struct run *run;
    enum role role;
    uv_process_t process; /* ccsup-keep's first process, from when it is loaded until it has reported */
    uv_pipe_t begin;      /* to it; open while it waits */
    uv_pipe_t report;
    uv_pipe_t pipe; /* the socket of the keeper that has begun */
    bool process_open, begin_open, report_open, pipe_open;
    bool stocked;           /* one was loaded since the last began: if it dies, the next start loads another */
    char run_id[33];        /* of the process */
    struct words argv, env; /* with which it was started */
    struct buf said;        /* its report line */
    bool heard;             /* that line was acted upon */
    struct lines lines;     /* from its socket */
    pid_t pid, agent_pid;
    char fence[16]; /* that the last keeper named in its greeting; "" = none yet */
    char tried[16]; /* the fence in which an agent that we started really ran last, "" = none: needs no trial */
    bool born;      /* we started it; not adopted from a watchdog that may have had other rights */
    int iteration;
    int over;     /* the iteration of which its keeper said that nothing lives, 0 = none */
    bool greeted; /* READY was given */
    char *next;   /* prompt of a start that waits for the last keeper's handles to close */
    char next_session[40];
    bool next_parked;
    bool abandoned; /* the core no longer waits for its report */
};

/* tail.c: follows out.log of the running iteration, and folds what it says. */
struct tail {
    struct run *run;
    enum role role;
    uv_fs_event_t event;
    uv_timer_t again;
    bool event_open;
    int fd; /* -1 = none */
    int iteration;
    int64_t at;    /* offset in the log of what is read next */
    int64_t known; /* so much of it stood there when it was begun to be read: no answer in it is news */
    bool torn;     /* `at` is in the midst of a line, which is left out */
    bool leapt;    /* more was printed than is read: of the rest only the newest is */
    struct output output;
    int64_t told_at;      /* when the core last heard of progress, ms since boot */
    int64_t pushed_at;    /* when the core last heard of a push, ms since boot */
    int64_t written_at;   /* after the end: when the last byte came, ms of the wall clock; 0 = not known */
    enum agent_live live; /* as the core knows it */
    bool past;            /* nobody is told: it is over */
};

/* helper.c: one short-lived ccsup-git, ccsup-http, or other of our programs. */
struct helper {
    struct run *run;
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t deadline;
    uv_write_t write;
    const char *program;
    char problem[100];
    char *request;
    struct buf answer;
    bool running, timed_out;
    int open; /* handles that are not closed yet */
    int status;
    void (*done)(struct helper *h, const cJSON *answer, const char *problem);
    enum role role;
};

enum { CONTROL_MAX = 16 };
struct control_peer {
    struct run *run;
    uv_pipe_t pipe;
    struct lines lines;
    int role; /* of the agent that asks, or -1: an operator */
    struct control_peer *next;
};

/* What a role's agent may not ask, and asked. */
struct control_refused {
    int64_t at;         /* when the log was told last, ms since boot; 0 = never */
    unsigned long more; /* since then */
};

struct queued {
    struct watchdog_event ev;
    struct exit_record exit;
    char *code, *text;
};

struct run {
    uv_loop_t loop;
    const struct paths *paths;
    const struct config *config;
    bool detached;
    struct watchdog core;
    char *prompts[ROLES];
    char **plans;
    /* A plan in the repository is read where its phase begins: "PHASE START" of the one that run->plans holds, of the
     * one that the running poll asks for, and its blob id. */
    char *plan_has, *plan_asked, *plan_blob;
    size_t plan_phase; /* index of the one that is asked for */

    uv_idle_t pump;   /* runs while the queue holds something */
    uv_timer_t timer; /* armed to the core's nearest deadline */
    uv_timer_t status_timer;
    uv_timer_t settle_timer;
    bool poll_wanted; /* by the core; begun by run_settle */
    uv_signal_t term, intr, hup;
    struct queued *queue;
    size_t queued;

    struct keeper keepers[ROLES];
    struct tail tails[ROLES];
    struct helper poll, clones[ROLES];
    uv_pipe_t control;
    bool control_open;
    struct control_peer *peers;
    int peer_count;
    struct control_refused refused[ROLES];
    uv_fs_event_t watch;
    uv_timer_t watch_timer;
    bool watch_open;

    struct service service;
    int lock, journal, events, log;
    struct buf unwritten; /* records that the journal has not taken yet */
    bool unsynced, journal_failed;
    int64_t events_size;
    bool events_torn;            /* the last line may not be whole */
    struct replay_memory memory; /* of events.jsonl */
    struct notifier *notifier;   /* NULL: launch.conf names nobody to be told */
    cJSON *restored;             /* the journal's records that this life began with */
    char boot_id[37];
    unsigned long generation, written; /* of status.json; the core's generation that it shows */
    int64_t status_at;
    bool leaving; /* the core wants no more */
    bool asked;   /* an operator wants it to end, or a signal does */
    bool ending;
    struct recheck *recheck; /* NULL: none is wanted */
};

/* pump.c */
void run_enqueue(struct run *run, const struct watchdog_event *ev); /* copies exit record and texts */
void run_agent_event(struct run *run, enum role role, enum agent_event_kind kind);
void run_pump(struct run *run);
void run_arm(struct run *run);
void run_end(struct run *run);
/* Writes the status if it is old, and begins the poll that is wanted; while an agent is between its keeper's birth and
 * its own first instruction, a little later: a start goes first. */
void run_settle(struct run *run);

/* record.c: log, journal, events, status */
void run_log(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool record_open(struct run *run, struct err *e);
void record_close(struct run *run);
/* Folds the journal into the core; says what was torn. */
bool record_restore(struct run *run, struct err *e);
/* Appends a record. What the disk does not take waits in memory, in order, and is tried again with each status. */
void record_journal(struct run *run, const char *json, bool sync);
/* in-force.conf: what this watchdog has read of the operator's, without secrets and with hashes of all of it, so that
 * the DONE record and the status can tell it from what stands in the files later. */
void record_in_force(struct run *run);
/* events.jsonl: the beginning of this life; one event (line: of replay_event, taken) with what it led to. */
void record_life(struct run *run, uint64_t seed);
void record_event(struct run *run, cJSON *line, const struct effects *did);
/* True when nothing waits. */
bool record_flush(struct run *run);
/* The last try, for at most 10 s. */
void record_settle(struct run *run);
void record_status(struct run *run);
/* Output moved something worth showing: written within a second. */
void record_status_soon(struct run *run);

/* keeper.c */
void keeper_init(struct run *run, enum role role);
void keeper_clear(struct keeper *k); /* its handles are closed */
const char *keeper_role(const struct keeper *k);
/* A record of the iteration as JSON, or NULL. */
cJSON *keeper_record(const struct keeper *k, int iteration, const char *name);
void keeper_start_failed(struct keeper *k, enum agent_why why, const char *text);
/* -1: errno. Never waits: the queue of a keeper that does not run may be full; then it is one that does not answer. */
int keeper_connect(const char *path);
/* Who listens behind that connection, told by the kernel and not by its words: the holder of the role's lock, or 0. */
pid_t keeper_peer(const struct keeper *k, int fd);
/* Is the folder of that iteration there? A keeper makes it before it listens. */
bool keeper_has(const struct keeper *k, int iteration);
/* Listens to the keeper at fd, or to the one at the role's socket where that is -1; on a unix socket that is done at
 * once. False, and fd closed: it isn't the keeper, or nobody is there. */
bool keeper_open(struct keeper *k, int fd);
void keeper_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf); /* for uv_read_start */
void keeper_let_go(struct keeper *k); /* a handle has closed: a start that waited for the last one may go on */
/* adopt.c: finds the keeper of an earlier watchdog, and goes on with it or ends it. Blocks for at most some seconds;
 * before the loop runs. */
void keeper_adopt(struct keeper *k);
/* birth.c. Loads the next keeper if an agent runs and none is loaded. */
void keeper_stock(struct keeper *k);
/* Lets the next keeper begin, which takes this prompt. session: that Claude goes on with; "" = a new one. */
void keeper_spawn(struct keeper *k, const char *prompt, const char *session, bool parked);
/* Has the role's agent left a wait behind (docs/waiting.md)? */
bool keeper_parked(const struct keeper *k);
void keeper_say(struct keeper *k, const char *word); /* go stop kill */
void keeper_destroy(struct keeper *k);
void keeper_abandon(struct keeper *k);

/* past.c: tells the core of the role's newest iteration. Before START, and not for one that is adopted. */
void past_restore(struct run *run, enum role role);

/* tail.c */
void tail_init(struct run *run, enum role role);
void tail_start(struct tail *t, int iteration);
/* Reads what is left, then lets go. */
void tail_stop(struct tail *t);
/* Reads the whole log of an iteration that is over, and tells nobody. */
void tail_past(struct tail *t, int iteration);
/* After tail_stop or tail_past: what the iteration's program said of its end, a time of day as of when it said so.
 * Fills said and a sentence ("" = none). */
void tail_said(struct tail *t, int iteration, struct said *said, char text[256]);

/* helper.c: spawns one of our programs (argv, static, ends with NULL) with the request (consumed). done is called once,
 * with the answer or a problem. */
void helper_start(struct helper *h, struct run *run, const char *const *argv, cJSON *request, int64_t timeout_ms,
                  void (*done)(struct helper *h, const cJSON *answer, const char *problem));
void helper_kill(struct helper *h); /* with its group */
void helper_term(struct helper *h); /* asks it to end */

/* repo.c */
void repo_poll(struct run *run);
void repo_clone(struct run *run, enum role role);
/* Watches a local repository's branch, so that a push is seen at once. */
void repo_watch(struct run *run);

/* service.c. Takes what the manager gave us out of the environment, so that no child has it: NOTIFY_SOCKET,
 * WATCHDOG_USEC, WATCHDOG_PID (sd_notify(3), sd_watchdog_enabled(3)). ours: it manages us, and not whoever put us into
 * the background. Where there is no manager the others do nothing. */
void service_open(struct service *s, bool ours);
/* Everything is up, or there is nothing to be up for; status: one line. Waits for at most 5 s: without this word the
 * start would be a failure. */
void service_ready(struct service *s, const char *status);
/* From the loop, as long as it turns, twice as often as the manager asks. */
void service_feed(struct service *s, uv_loop_t *loop);
/* With each status.json: its headline where that is another one, and once that we are going down. */
void service_status(struct service *s, const cJSON *doc, bool stopping);
void service_close(struct service *s);

/* recheck.c: `ccsup check` beside the loops. begin: before the loop runs; turn: after each turn of the core. */
void recheck_begin(struct run *run);
void recheck_turn(struct run *run);
void recheck_end(struct run *run);
bool recheck_busy(const struct run *run);
void recheck_free(struct run *run);
/* Adds what fails to the status document. */
void recheck_status(const struct run *run, cJSON *doc);

/* notify.c */
/* Takes the receivers' secrets out of the environment, before anything is started. */
void notify_secrets(struct run *run);
/* What was said before, what is undelivered, and whether the last watchdog died. After the core was restored. */
void notify_begin(struct run *run);
/* The core has stepped, and what it wants written is. */
void notify_turn(struct run *run);
/* A fact that the core does not know; what makes it this one, and for people. */
void notify_say(struct run *run, enum notify_kind kind, const char *fact, const char *text);
/* Everything is done and down: does this watchdog stay a little, as there is something to deliver? */
bool notify_lingers(struct run *run);
void notify_end(struct run *run);
bool notify_busy(const struct run *run);
void notify_free(struct run *run);
/* Adds the receivers, and what each has not taken yet, to the status. */
void notify_status(const struct run *run, cJSON *doc);

/* control.c */
bool control_open(struct run *run, struct err *e);
void control_close(struct run *run);

#endif
