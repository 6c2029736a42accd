/* The whole of ccsup as a model: every process as a little program whose steps may interleave in any way, and any of
 * which may be killed between two steps. What a watchdog decides is decided by the real agent_step and
 * adoption_decide; everything else is as docs/interfaces.md says. Time is abstract: what waits for a deadline may reach
 * it at any moment, so nothing here depends on how long anything takes.
 *
 * The state is bytes only, so that states compare by memcmp and there is no padding. References to slots are index + 1,
 * 0 = none. */
#ifndef CCSUP_TESTS_MODEL_H
#define CCSUP_TESTS_MODEL_H
#include "agents/agent.h"
#include "watchdog/adoption.h"
#include <string.h>

enum { MODEL_ROLES = 2, WATCHDOGS = 2, KEEPERS = 3, STEPS_MAX = 96 };

/* Who may hold the watchdog's lock or a connection to a keeper. */
enum peer { PEER_W0, PEER_W1, PEER_STOP, PEERS };

/* Words on a connection, in the order in which they are said. */
enum { WORD_GO = 1, WORD_STOP = 2, WORD_KILL = 4 };

enum keeper_at {
    K_NONE,
    K_BORN,    /* forked; no lock yet */
    K_SWEEPS,  /* has the lock; the last iteration has no good record */
    K_SWEPT,   /* writes that it is lost */
    K_SETTLED, /* has the lock, and nothing of the last iteration can live: makes its own */
    K_MADE,    /* the folder; keep.json not yet */
    K_READY,   /* listens and waits for go */
    K_CHECKED, /* go, and the lock's holder said it */
    K_RUNNING,
    K_STOPPING, /* TERM was sent */
    K_FENCING,  /* KILL, in rounds */
    K_RECORDS,  /* writes exit.json */
    K_LEAVES,   /* sockets closed; the lock goes with the process */
    K_DEAD      /* somebody still has its end to learn */
};

enum report { REPORT_NONE, REPORT_READY, REPORT_BUSY, REPORT_FAILED, REPORT_SURVIVORS };
enum record { RECORD_MISSING, RECORD_SETTLED, RECORD_SURVIVORS, RECORD_LOST };

struct m_keeper {
    uint8_t at;          /* enum keeper_at */
    uint8_t spawner;     /* the watchdog that reads its report + 1 */
    uint8_t report;      /* not yet read */
    uint8_t open;        /* connections: 1 << peer */
    uint8_t ghosts;      /* connections whose other end is closed, not yet noticed */
    uint8_t ghost_words; /* said on them, not yet read */
    uint8_t words[PEERS];
    uint8_t term;   /* a SIGTERM is pending */
    uint8_t last;   /* its iteration is the role's last */
    uint8_t record; /* of its iteration, once it is not the last */
    uint8_t result; /* K_RECORDS: what it will write */
};

enum link { LINK_NONE, LINK_SPAWNING, LINK_CONNECTED };

/* What a watchdog knows of one role. */
struct m_link {
    uint8_t state, want, again, sweep_only; /* of struct agent */
    uint8_t link, keeper;                   /* keeper: slot + 1 */
    uint8_t greeted, began, paused;
};

struct m_role {
    uint8_t lock;                   /* keeper + 1 */
    uint8_t socket;                 /* the keeper that listens there + 1 */
    uint8_t iterated, kept, record; /* is there an iteration; its keep.json; its exit.json */
    uint8_t first, daemon;          /* the agent's first process; what detached itself from it */
    uint8_t stuck;                  /* can't be killed for now */
    uint8_t tree_keeper, tree_last; /* its keeper + 1; its iteration is the last one */
    struct m_link of[WATCHDOGS];
    struct m_keeper keeper[KEEPERS];
};

enum watchdog_at { W_NONE, W_BEGINS, W_LOCKED, W_LOOKS, W_ADOPTS, W_RUNS };
enum heard { HEARD_NOTHING, HEARD_READY, HEARD_STARTED };

struct m_watchdog {
    uint8_t at;
    uint8_t role;                /* being adopted */
    uint8_t heard, heard_keeper; /* its socket's greeting */
    uint8_t asked, term, stopping;
};

enum stop_at {
    S_NONE,
    S_WRITES,
    S_LOOKS,
    S_WAITS,
    S_TERMED,
    S_LOCKS,
    S_ASKS,
    S_AWAITS,
    S_TERMS,
    S_KILLS,
    S_SWEEPS,
    S_ENDS
};
enum start_at { ST_NONE, ST_WRITES, ST_SPAWNS };

struct sys {
    uint8_t want;    /* the file: 1 = up */
    uint8_t stopped; /* stop has ended well and nobody started since */
    uint8_t lock;    /* the watchdog's: enum peer + 1 */
    uint8_t stop, stop_failed, start;
    uint8_t crashes, watchdogs, starts, stops, wishes; /* left */
    struct m_watchdog watchdog[WATCHDOGS];
    struct m_role role[MODEL_ROLES]; /* last: only as many as the model has are kept */
};

/* How soon something happens where nothing fails: what can go on at once, what waits for a limit (shorter first), what
 * an agent may do by itself, and what only a fault or a person does. */
enum rank { SOON, SHORTLY, LATER, LATE, AFTER_ALL, OF_ITSELF, FAULT, PERSON };

struct step {
    struct sys to;
    enum rank rank;
    const char *what;
    uint8_t role, who;
    const char *broken; /* the property that this step breaks */
};

struct steps {
    struct step at[STEPS_MAX];
    size_t n;
};

/* Deliberate mistakes, each of which the check must find. */
#define DEFECTS(X)                                                                                                     \
    X(NONE)                                                                                                            \
    X(GO_OF_ANYBODY)                                                                                                   \
    X(NO_GO_NEEDED)                                                                                                    \
    X(NO_KEEPER_LOCK)                                                                                                  \
    X(NO_SWEEP)                                                                                                        \
    X(RECORD_BEFORE_FENCE)                                                                                             \
    X(WANT_NOT_READ)                                                                                                   \
    X(NO_WATCHDOG_LOCK)                                                                                                \
    X(STOP_WITHOUT_LOCK)                                                                                               \
    X(STOP_FORGETS_KEEPERS)                                                                                            \
    X(STOP_WITHOUT_SWEEP) X(NO_ORPHAN_TIMEOUT) X(NO_LIMIT_WITHOUT_GO) X(SURVIVORS_IGNORED) X(PAST_FORGOTTEN)
enum defect {
#define X(name) DEFECT_##name,
    DEFECTS(X)
#undef X
};

struct model {
    int roles;
    enum defect defect;
};

static inline struct step *step_add(struct steps *out, const struct sys *s, enum rank rank, const char *what, int role,
                                    int who)
{
    struct step *one = &out->at[out->n++];
    one->to = *s;
    one->rank = rank;
    one->what = what;
    one->role = (uint8_t)role;
    one->who = (uint8_t)who;
    one->broken = NULL;
    return one;
}

static inline bool tree_lives(const struct m_role *r)
{
    return r->first || r->daemon;
}

/* KILL to all of it. False when something can't be killed. */
static inline bool tree_kill(struct m_role *r)
{
    if (r->stuck && tree_lives(r))
        return false;
    r->first = r->daemon = 0;
    return true;
}

/* Does the keeper take words, connections and signals? */
static inline bool keeper_listens(const struct m_keeper *k)
{
    return k->at == K_READY || k->at == K_RUNNING || k->at == K_STOPPING || k->at == K_FENCING || k->at == K_RECORDS;
}

/* The process is gone, in whatever way. */
static inline void keeper_gone(struct m_role *r, int slot)
{
    struct m_keeper *k = &r->keeper[slot];
    if (r->lock == slot + 1)
        r->lock = 0;
    if (r->socket == slot + 1)
        r->socket = 0;
    if (r->tree_keeper == slot + 1)
        r->tree_keeper = 0;
    if (k->spawner && k->report == REPORT_NONE && k->at < K_READY)
        k->report = REPORT_FAILED;
    k->at = K_DEAD;
    k->open = k->ghosts = k->ghost_words = k->term = k->result = 0;
    memset(k->words, 0, sizeof k->words);
}

/* A peer's end of its connection is closed. */
static inline void peer_closes(struct m_keeper *k, int peer)
{
    if (!(k->open & 1u << peer))
        return;
    k->open &= (uint8_t) ~(1u << peer);
    k->ghosts = 1;
    k->ghost_words |= k->words[peer];
    k->words[peer] = 0;
}

/* A watchdog's process is gone: so are its lock, its connections and what it knew. */
static inline void watchdog_gone(struct sys *s, int w, int roles)
{
    if (s->lock == w + 1)
        s->lock = 0;
    for (int r = 0; r < roles; r++) {
        for (int k = 0; k < KEEPERS; k++) {
            struct m_keeper *one = &s->role[r].keeper[k];
            peer_closes(one, w);
            if (one->spawner == w + 1)
                one->spawner = one->report = 0;
        }
        memset(&s->role[r].of[w], 0, sizeof s->role[r].of[w]);
    }
    memset(&s->watchdog[w], 0, sizeof s->watchdog[w]);
}

/* --- states that are one ----------------------------------------------------------------------------------- */

static inline void model_rename(uint8_t *ref, int a, int b)
{
    if (*ref == a + 1)
        *ref = (uint8_t)(b + 1);
    else if (*ref == b + 1)
        *ref = (uint8_t)(a + 1);
}

static inline void model_swap_keepers(struct sys *s, int role, int a, int b)
{
    struct m_role *r = &s->role[role];
    struct m_keeper k = r->keeper[a];
    r->keeper[a] = r->keeper[b];
    r->keeper[b] = k;
    model_rename(&r->lock, a, b);
    model_rename(&r->socket, a, b);
    model_rename(&r->tree_keeper, a, b);
    for (int w = 0; w < WATCHDOGS; w++) {
        model_rename(&r->of[w].keeper, a, b);
        if (s->watchdog[w].role == role)
            model_rename(&s->watchdog[w].heard_keeper, a, b);
    }
}

static inline void model_swap_watchdogs(struct sys *s, int roles)
{
    struct m_watchdog w = s->watchdog[0];
    s->watchdog[0] = s->watchdog[1];
    s->watchdog[1] = w;
    model_rename(&s->lock, PEER_W0, PEER_W1);
    for (int r = 0; r < roles; r++) {
        struct m_role *role = &s->role[r];
        struct m_link l = role->of[0];
        role->of[0] = role->of[1];
        role->of[1] = l;
        for (int i = 0; i < KEEPERS; i++) {
            struct m_keeper *k = &role->keeper[i];
            uint8_t word = k->words[0], both = k->open & 3;
            k->words[0] = k->words[1];
            k->words[1] = word;
            k->open = (uint8_t)((k->open & ~3) | (both >> 1) | (both & 1) << 1);
            model_rename(&k->spawner, 0, 1);
        }
    }
}

static inline bool model_awaited(const struct sys *s, int role, int slot)
{
    const struct m_role *r = &s->role[role];
    bool awaited = r->keeper[slot].report != REPORT_NONE;
    for (int w = 0; w < WATCHDOGS; w++)
        awaited = awaited || r->of[w].keeper == slot + 1 ||
                  (s->watchdog[w].role == role && s->watchdog[w].heard_keeper == slot + 1);
    return awaited;
}

/* Slots have no meaning, so states that differ in them only are one. The dead of whom nobody will hear are
 * forgotten. */
static inline void model_canonical(struct sys *s, int roles)
{
    for (int r = 0; r < roles; r++) {
        struct m_role *role = &s->role[r];
        if (!tree_lives(role))
            role->stuck = role->tree_keeper = role->tree_last = 0;
        for (int k = 0; k < KEEPERS; k++)
            if (role->keeper[k].at == K_DEAD && !model_awaited(s, r, k))
                memset(&role->keeper[k], 0, sizeof role->keeper[k]);
        for (int i = 0; i < KEEPERS; i++)
            for (int k = 0; k + 1 < KEEPERS - i; k++)
                if (memcmp(&role->keeper[k], &role->keeper[k + 1], sizeof role->keeper[k]) < 0)
                    model_swap_keepers(s, r, k, k + 1);
    }
    if (memcmp(&s->watchdog[0], &s->watchdog[1], sizeof s->watchdog[0]) < 0)
        model_swap_watchdogs(s, roles);
}

#endif
