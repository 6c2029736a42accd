/* The keeper: parent, fence and record of everything that one agent starts, for one iteration. It waits for
 * go, runs the agent, ends it when asked, kills what is left, writes exit.json. One loop, no wakeup while
 * nothing happens. */
#ifndef CCSUP_KEEP_KEEPER_H
#define CCSUP_KEEP_KEEPER_H
#include "supervisor/keep/child.h"
#include "supervisor/keep/fence.h"
#include "supervisor/keep/iteration.h"
#include "supervisor/keep/options.h"
#include "supervisor/keep/peers.h"
#include "supervisor/keep/record.h"
#include "supervisor/keep/user.h"
#include <stdbool.h>
#include <stdint.h>

enum keeper_state {
    KEEPER_READY,     /* listens, nothing started */
    KEEPER_RUNNING,   /* the agent runs */
    KEEPER_STOPPING,  /* TERM is sent, the grace runs */
    KEEPER_KILLING,   /* the fence: the agent ended or its grace did */
    KEEPER_RECORDING, /* nothing lives below; exit.json is to be written */
    KEEPER_DONE
};
enum {
    KEEPER_GO_LIMIT = 5000,      /* ms to wait for go */
    KEEPER_READY_STEP = 100,     /* ms, READY and not connected: is there a watchdog at all? */
    KEEPER_RECORD_LIMIT = 60000, /* ms to go on trying when exit.json can't be written */
    KEEPER_RECORD_STEP = 1000
};

struct keeper {
    const struct options *options;
    const struct user *user;
    struct iteration it;
    struct peers peers;
    struct child child;
    struct fence fence;
    struct record record;
    enum keeper_state state; /* assigned by one function only */
    int signals;             /* signalfd of CHLD, TERM, INT */
    bool children;           /* did the last look find any child left? */
    bool killing_told;
    int64_t deadline;    /* clock_boot ms: READY no go; STOPPING end of grace; RECORDING end of trying */
    int64_t next;        /* READY: next look for a watchdog; RECORDING: next try */
    int64_t alone_since; /* clock_boot ms since when no watchdog is connected; -1 = one is */
};

/* o and u are borrowed, f is taken over. Blocks and takes over the signals of the process. */
void keeper_init(struct keeper *k, const struct options *o, const struct fence *f, const struct user *u);
/* Runs until exit.json is written; k->it, k->fence and k->peers are ready. The caller has reported ready. */
void keeper_run(struct keeper *k);
/* Removes the socket, frees everything. */
void keeper_clear(struct keeper *k);

#endif
