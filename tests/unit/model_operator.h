/* The model's `ccsup stop`, `ccsup start`, service manager, and the machine that loses power. */
#ifndef CCSUP_TESTS_MODEL_OPERATOR_H
#define CCSUP_TESTS_MODEL_OPERATOR_H
#include "model.h"

static void stop_gone(struct sys *s, int roles)
{
    if (s->lock == PEER_STOP + 1)
        s->lock = 0;
    for (int r = 0; r < roles; r++)
        for (int k = 0; k < KEEPERS; k++)
            peer_closes(&s->role[r].keeper[k], PEER_STOP);
    s->stop = s->stop_failed = 0;
}

static bool keepers_hold(const struct sys *s, int roles)
{
    for (int r = 0; r < roles; r++)
        if (s->role[r].lock)
            return true;
    return false;
}

static void stop_ends_watchdog(const struct model *model, const struct sys *s, struct steps *out)
{
    bool held = s->lock != 0;
    int w = s->lock - 1;
    struct step *one;
    switch ((enum stop_at)s->stop) {
    case S_LOOKS:
        one = step_add(out, s, SOON, held ? "asks the watchdog" : "sees no watchdog", 0, 0);
        one->to.stop = held ? S_WAITS : S_LOCKS;
        if (held && s->watchdog[w].at >= W_LOOKS) /* its control socket is open */
            one->to.watchdog[w].asked = 1;
        return;
    case S_WAITS:
    case S_TERMED:
        one = step_add(out, s, held ? LATE : SOON, held ? "signals the watchdog" : "sees the watchdog end", 0, 0);
        one->to.stop = held && s->stop == S_WAITS ? S_TERMED : S_LOCKS;
        if (held && s->stop == S_WAITS)
            one->to.watchdog[w].term = 1;
        else if (held)
            watchdog_gone(&one->to, w, model->roles); /* KILL */
        return;
    case S_NONE:
    case S_WRITES:
    case S_LOCKS:
    case S_ASKS:
    case S_AWAITS:
    case S_TERMS:
    case S_KILLS:
    case S_SWEEPS:
    case S_ENDS: return;
    }
}

static void stop_asks(const struct model *model, struct sys *s)
{
    for (int r = 0; r < model->roles; r++) {
        struct m_role *role = &s->role[r];
        if (!role->lock)
            continue;
        struct m_keeper *k = role->socket ? &role->keeper[role->socket - 1] : NULL;
        if (k && k->at >= K_READY && k->at < K_LEAVES) {
            k->open |= 1u << PEER_STOP;
            k->words[PEER_STOP] |= WORD_STOP;
        } else {
            role->keeper[role->lock - 1].term = 1;
        }
    }
    s->stop = model->defect == DEFECT_STOP_FORGETS_KEEPERS ? S_SWEEPS : S_AWAITS;
}

static void stop_ends_keepers(const struct model *model, const struct sys *s, struct steps *out)
{
    bool held = keepers_hold(s, model->roles);
    struct step *one;
    if (s->stop == S_ASKS) {
        stop_asks(model, &step_add(out, s, SOON, "asks the keepers", 0, 0)->to);
        return;
    }
    if (!held) {
        step_add(out, s, SOON, "sees the keepers end", 0, 0)->to.stop = S_SWEEPS;
        return;
    }
    if (s->stop == S_KILLS) {
        one = step_add(out, s, LATE, "gives up on a keeper", 0, 0);
        one->to.stop = S_SWEEPS;
        one->to.stop_failed = 1;
        return;
    }
    one = step_add(out, s, LATE, s->stop == S_AWAITS ? "sends TERM to the keepers" : "sends KILL to the keepers", 0, 0);
    for (int r = 0; r < model->roles; r++)
        if (s->role[r].lock && s->stop == S_AWAITS)
            one->to.role[r].keeper[s->role[r].lock - 1].term = 1;
        else if (s->role[r].lock)
            keeper_gone(&one->to.role[r], s->role[r].lock - 1);
    one->to.stop = s->stop == S_AWAITS ? S_TERMS : S_KILLS;
}

/* What the newest iteration left, by its record or its marker. */
static void stop_sweeps(const struct model *model, struct step *one)
{
    for (int r = 0; r < model->roles; r++) {
        struct m_role *role = &one->to.role[r];
        bool marked = role->iterated && role->kept && role->record == RECORD_MISSING && role->tree_last;
        bool named = role->record == RECORD_SURVIVORS && role->tree_last && tree_lives(role);
        if (model->defect == DEFECT_STOP_WITHOUT_SWEEP)
            continue;
        if ((marked && !tree_kill(role)) || named)
            one->to.stop_failed = 1;
    }
    one->to.stop = S_ENDS;
}

static void stop_ends(const struct model *model, struct step *one)
{
    bool well = !one->to.stop_failed;
    stop_gone(&one->to, model->roles);
    one->to.stopped = well && !one->to.want;
    for (int r = 0; well && r < model->roles; r++)
        if (tree_lives(&one->to.role[r]))
            one->broken = "after stop has ended well no process of an agent lives";
}

static inline void stop_steps(const struct model *model, const struct sys *s, struct steps *out)
{
    struct step *one;
    switch ((enum stop_at)s->stop) {
    case S_NONE: return;
    case S_WRITES:
        one = step_add(out, s, SOON, "writes want=down", 0, 0);
        one->to.want = 0;
        one->to.stop = S_LOOKS;
        break;
    case S_LOOKS:
    case S_WAITS:
    case S_TERMED: stop_ends_watchdog(model, s, out); break;
    case S_LOCKS:
        if (!s->lock || model->defect == DEFECT_STOP_WITHOUT_LOCK) {
            one = step_add(out, s, SOON, "takes the watchdog's lock", 0, 0);
            if (!s->lock && model->defect != DEFECT_STOP_WITHOUT_LOCK)
                one->to.lock = PEER_STOP + 1;
            one->to.stop = S_ASKS;
        } else {
            stop_gone(&step_add(out, s, LATE, "gives up: another watchdog began", 0, 0)->to, model->roles);
        }
        break;
    case S_ASKS:
    case S_AWAITS:
    case S_TERMS:
    case S_KILLS: stop_ends_keepers(model, s, out); break;
    case S_SWEEPS: stop_sweeps(model, step_add(out, s, SOON, "sweeps", 0, 0)); break;
    case S_ENDS: stop_ends(model, step_add(out, s, SOON, "ends", 0, 0)); break;
    }
    if (s->crashes) {
        one = step_add(out, s, FAULT, "(stop) is killed", 0, 0);
        one->to.crashes--;
        stop_gone(&one->to, model->roles);
    }
}

/* --- start, the service manager, power --------------------------------------------------------------------- */

static int watchdog_free(const struct sys *s)
{
    for (int w = 0; w < WATCHDOGS; w++)
        if (s->watchdog[w].at == W_NONE)
            return w;
    return -1;
}

static void start_steps(const struct sys *s, struct steps *out)
{
    int w = watchdog_free(s);
    struct step *one;
    if (s->start == ST_WRITES) {
        one = step_add(out, s, SOON, "(start) writes want=up", 0, 0);
        one->to.want = 1;
        one->to.stopped = 0;
        one->to.start = ST_SPAWNS;
    } else if (s->start == ST_SPAWNS && w >= 0) {
        one = step_add(out, s, SOON, "(start) starts a watchdog", 0, 0);
        one->to.start = ST_NONE;
        one->to.watchdog[w].at = W_BEGINS;
    }
}

/* Nothing lives any more; what was not fsynced may be gone. */
static void machine_fails(const struct model *model, const struct sys *s, bool forgets, struct steps *out)
{
    struct step *one = step_add(out, s, FAULT, forgets ? "power fails; exit.json is gone" : "power fails", 0, 0);
    struct sys *t = &one->to;
    t->crashes--;
    for (int w = 0; w < WATCHDOGS; w++)
        watchdog_gone(t, w, model->roles);
    stop_gone(t, model->roles);
    t->start = ST_NONE;
    t->lock = 0;
    for (int r = 0; r < model->roles; r++) {
        struct m_role *role = &t->role[r];
        role->lock = role->socket = role->first = role->daemon = role->stuck = 0;
        memset(role->keeper, 0, sizeof role->keeper);
        if (forgets)
            role->record = RECORD_MISSING;
    }
}

static inline void person_steps(const struct model *model, const struct sys *s, struct steps *out)
{
    int w = watchdog_free(s);
    struct step *one;
    start_steps(s, out);
    if (s->stops && s->stop == S_NONE) {
        one = step_add(out, s, PERSON, "calls ccsup stop", 0, 0);
        one->to.stops--;
        one->to.stop = S_WRITES;
    }
    if (s->starts && s->start == ST_NONE && !s->lock) { /* start refuses while a watchdog lives */
        one = step_add(out, s, PERSON, "calls ccsup start", 0, 0);
        one->to.starts--;
        one->to.start = ST_WRITES;
    }
    if (s->watchdogs && w >= 0) {
        one = step_add(out, s, PERSON, "starts a watchdog (service manager)", 0, 0);
        one->to.watchdogs--;
        one->to.watchdog[w].at = W_BEGINS;
    }
    if (s->crashes) {
        machine_fails(model, s, false, out);
        machine_fails(model, s, true, out);
    }
}

#endif
