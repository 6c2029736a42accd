/* The model's watchdog: its life around the real agent_step and adoption_decide, as supervisor/run does it. */
#ifndef CCSUP_TESTS_MODEL_WATCHDOG_H
#define CCSUP_TESTS_MODEL_WATCHDOG_H
#include "model.h"

enum { MODEL_NOW = 1000000000 };

static const struct agent_policy model_policy = {.pace = 1000,
                                                 .restart_delay = 1000,
                                                 .restart_delay_max = 8000,
                                                 .start_limit_burst = 1,
                                                 .start_limit_interval = 60000,
                                                 .grace = 1000,
                                                 .idle_timeout = 20000,
                                                 .iteration_timeout = 50000};

static void watchdog_event(const struct model *model, struct step *one, int w, int role, const struct agent_event *ev,
                           bool full);

static void watchdog_spawns(const struct model *model, struct step *one, int w, int role)
{
    struct m_role *r = &one->to.role[role];
    int slot = 0;
    while (slot < KEEPERS && r->keeper[slot].at != K_NONE)
        slot++;
    if (r->of[w].link != LINK_NONE || slot == KEEPERS) { /* the last has not let go; or no process to be had */
        const struct agent_event failed = {.kind = AGENT_EV_START_FAILED};
        watchdog_event(model, one, w, role, &failed, false);
        return;
    }
    r->keeper[slot].at = K_BORN;
    r->keeper[slot].spawner = (uint8_t)(w + 1);
    r->of[w].link = LINK_SPAWNING;
    r->of[w].keeper = (uint8_t)(slot + 1);
    r->of[w].greeted = 0;
}

static void watchdog_lets_go(struct m_role *r, int w)
{
    struct m_link *l = &r->of[w];
    if (l->keeper) {
        struct m_keeper *k = &r->keeper[l->keeper - 1];
        peer_closes(k, w);
        if (k->spawner == w + 1)
            k->spawner = k->report = 0;
    }
    l->link = LINK_NONE;
    l->keeper = l->greeted = 0;
}

static void watchdog_says(struct m_role *r, int w, uint8_t word)
{
    const struct m_link *l = &r->of[w];
    if (l->link == LINK_CONNECTED && r->keeper[l->keeper - 1].open & 1u << w)
        r->keeper[l->keeper - 1].words[w] |= word;
}

static void watchdog_effect(const struct model *model, struct step *one, int w, int role, enum agent_effect e)
{
    struct m_role *r = &one->to.role[role];
    switch (e) {
    case AGENT_DO_SPAWN: watchdog_spawns(model, one, w, role); return;
    case AGENT_DO_GO:
        if (one->to.watchdog[w].stopping)
            one->broken = "a watchdog that takes everything down says no go";
        watchdog_says(r, w, WORD_GO);
        return;
    case AGENT_DO_STOP: watchdog_says(r, w, WORD_STOP); return;
    case AGENT_DO_KILL: watchdog_says(r, w, WORD_KILL); return;
    case AGENT_DO_ABANDON:
    case AGENT_DO_DESTROY:
        if (e == AGENT_DO_ABANDON)
            watchdog_lets_go(r, w);
        if (r->lock)
            keeper_gone(r, r->lock - 1);
        return;
    }
}

/* One event through the real machine. full: the start limit leaves no room. */
static void watchdog_event(const struct model *model, struct step *one, int w, int role, const struct agent_event *ev,
                           bool full)
{
    struct m_link *l = &one->to.role[role].of[w];
    struct agent_effects did;
    struct agent a;
    agent_init(&a, 1, MODEL_NOW);
    a.state = (enum agent_state)l->state;
    a.want = (enum agent_want)l->want;
    a.again = l->again;
    a.sweep_only = l->sweep_only;
    a.deadline = a.state == AGENT_DOWN || a.state == AGENT_HELD ? 0 : MODEL_NOW;
    a.started_at = a.progress_at = MODEL_NOW - 2 * model_policy.iteration_timeout;
    if (full)
        restart_started(&a.history, MODEL_NOW);
    agent_step(&model_policy, &a, ev, MODEL_NOW, &did);
    l->state = (uint8_t)a.state;
    l->want = (uint8_t)a.want;
    l->again = a.again;
    l->sweep_only = a.sweep_only && a.state == AGENT_STARTING;
    for (size_t i = 0; i < did.count; i++)
        watchdog_effect(model, one, w, role, did.list[i]);
}

/* After each step of the core: everything down means the end. */
static void watchdog_after(const struct model *model, struct step *one, int w)
{
    const struct m_watchdog *wd = &one->to.watchdog[w];
    if (wd->at != W_RUNS || !wd->stopping)
        return;
    for (int r = 0; r < model->roles; r++) {
        struct agent a = {.state = (enum agent_state)one->to.role[r].of[w].state};
        if (agent_alive(&a))
            return;
    }
    watchdog_gone(&one->to, w, model->roles);
}

/* A step of the core with this event. */
static struct step *watchdog_hears(const struct model *model, const struct sys *s, int w, int role, enum rank rank,
                                   const char *what, const struct agent_event *ev, bool full, struct steps *out)
{
    struct step *one = step_add(out, s, rank, what, role, w);
    struct m_role *r = &one->to.role[role];
    if (ev->kind == AGENT_EV_EXITED || ev->kind == AGENT_EV_KEEPER_LOST || ev->kind == AGENT_EV_START_FAILED)
        watchdog_lets_go(r, w);
    if (ev->kind == AGENT_EV_READY)
        r->of[w].greeted = 1;
    if (ev->kind == AGENT_EV_WANT_UP)
        r->of[w].began = 1;
    watchdog_event(model, one, w, role, ev, full);
    watchdog_after(model, one, w);
    return one;
}

/* --- one role's link --------------------------------------------------------------------------------------- */

static void watchdog_report(const struct model *model, const struct sys *s, int w, int role, struct steps *out)
{
    const struct m_role *r = &s->role[role];
    const struct m_keeper *k = &r->keeper[r->of[w].keeper - 1];
    bool listens = r->socket && r->keeper[r->socket - 1].at >= K_READY && r->keeper[r->socket - 1].at < K_LEAVES;
    if (k->report == REPORT_NONE)
        return;
    if (k->report == REPORT_READY && listens) {
        struct step *one = step_add(out, s, SOON, "connects to the keeper that is ready", role, w);
        struct m_role *to = &one->to.role[role];
        int slot = r->socket - 1; /* whoever listens there by now */
        to->keeper[r->of[w].keeper - 1].spawner = to->keeper[r->of[w].keeper - 1].report = 0;
        to->of[w].link = LINK_CONNECTED;
        to->of[w].keeper = (uint8_t)(slot + 1);
        to->keeper[slot].open |= (uint8_t)(1u << w);
        return;
    }
    const struct agent_event failed = {.kind = AGENT_EV_START_FAILED,
                                       .why = k->report == REPORT_SURVIVORS ? WHY_SURVIVORS : WHY_NONE};
    watchdog_hears(model, s, w, role, SOON, "learns that the start failed", &failed, false, out);
}

/* The connection's end: what happened is in exit.json. */
static void watchdog_eof(const struct model *model, const struct sys *s, int w, int role, struct steps *out)
{
    const struct m_role *r = &s->role[role];
    const struct m_keeper *k = &r->keeper[r->of[w].keeper - 1];
    enum record record = (enum record)(k->last ? r->record : k->record);
    if (!r->of[w].greeted) {
        watchdog_lets_go(&step_add(out, s, SOON, "loses a keeper that had not greeted", role, w)->to.role[role], w);
        return;
    }
    if (record == RECORD_MISSING) {
        const struct agent_event lost = {.kind = AGENT_EV_KEEPER_LOST};
        watchdog_hears(model, s, w, role, SOON, "finds no exit.json", &lost, false, out);
        return;
    }
    for (int bad = 0; bad < 2; bad++) {
        const struct exit_record exit = {
            .end = record == RECORD_LOST ? END_LOST : END_EXITED, .code = bad, .survivors = record == RECORD_SURVIVORS};
        const struct agent_event ended = {.kind = AGENT_EV_EXITED, .exit = &exit};
        const char *what = bad ? "reads of a failure, once too often" : "reads exit.json";
        watchdog_hears(model, s, w, role, bad ? OF_ITSELF : SOON, what, &ended, bad, out);
    }
}

static void watchdog_link(const struct model *model, const struct sys *s, int w, int role, struct steps *out)
{
    const struct m_role *r = &s->role[role];
    const struct m_link *l = &r->of[w];
    if (l->link == LINK_SPAWNING)
        watchdog_report(model, s, w, role, out);
    if (l->link != LINK_CONNECTED)
        return;
    const struct m_keeper *k = &r->keeper[l->keeper - 1];
    if (!(k->open & 1u << w)) {
        watchdog_eof(model, s, w, role, out);
    } else if (!l->greeted && keeper_listens(k)) {
        const struct agent_event ready = {.kind = AGENT_EV_READY, .iteration = 1};
        watchdog_hears(model, s, w, role, SOON, "is greeted by its keeper", &ready, false, out);
    }
}

static void watchdog_timer(const struct model *model, const struct sys *s, int w, int role, struct steps *out)
{
    /* Backoff doubles until it is longer than what another keeper waits for its go. */
    static const enum rank ranks[] = {[AGENT_WAITING] = LATE,  [AGENT_STARTING] = LATE, [AGENT_RUNNING] = AFTER_ALL,
                                      [AGENT_STOPPING] = LATE, [AGENT_KILLING] = LATE,  [AGENT_LOST] = LATE};
    const struct agent_event timer = {.kind = AGENT_EV_TIMER};
    enum agent_state state = (enum agent_state)s->role[role].of[w].state;
    if (state == AGENT_DOWN || state == AGENT_HELD)
        return;
    watchdog_hears(model, s, w, role, ranks[state], "reaches its agent's deadline", &timer, false, out);
    if (state == AGENT_WAITING || state == AGENT_LOST)
        watchdog_hears(model, s, w, role, OF_ITSELF, "reaches a deadline with no room to start", &timer, true, out);
}

static void watchdog_wishes(const struct model *model, const struct sys *s, int w, int role, struct steps *out)
{
    const struct agent_event restart = {.kind = AGENT_EV_RESTART, .why = WHY_OPERATOR};
    const struct agent_event pause = {.kind = AGENT_EV_WANT_PAUSED, .why = WHY_OPERATOR};
    const struct agent_event resume = {.kind = AGENT_EV_WANT_UP, .why = WHY_PACE, .forgive = true};
    const struct m_link *l = &s->role[role].of[w];
    if (!l->began && !l->paused && !s->watchdog[w].stopping) {
        const struct agent_event up = {.kind = AGENT_EV_WANT_UP, .why = WHY_PACE};
        watchdog_hears(model, s, w, role, SOON, "has its clone and wants it up", &up, false, out);
    }
    if (!s->wishes || s->watchdog[w].stopping)
        return;
    watchdog_hears(model, s, w, role, PERSON, "is told to restart it", &restart, false, out)->to.wishes--;
    struct step *one =
        watchdog_hears(model, s, w, role, PERSON, l->paused ? "is told to resume it" : "is told to pause it",
                       l->paused ? &resume : &pause, false, out);
    one->to.wishes--;
    one->to.role[role].of[w].paused = !l->paused;
}

/* --- from its birth to its end ----------------------------------------------------------------------------- */

/* Everything down: by the control socket, by TERM, or because all is done. */
static void watchdog_teardown(const struct model *model, const struct sys *s, int w, const char *what, enum rank rank,
                              struct steps *out)
{
    bool now = s->watchdog[w].stopping;
    struct step *one = step_add(out, s, rank, what, 0, w);
    one->to.watchdog[w].asked = one->to.watchdog[w].term = 0;
    one->to.watchdog[w].stopping = 1;
    for (int r = 0; r < model->roles; r++) {
        const struct agent_event down = {.kind = AGENT_EV_WANT_DOWN, .why = WHY_OPERATOR, .now = now};
        watchdog_event(model, one, w, r, &down, false);
    }
    watchdog_after(model, one, w);
}

static void watchdog_adopted(const struct model *model, struct step *one, int w)
{
    struct m_watchdog *wd = &one->to.watchdog[w];
    wd->heard = wd->heard_keeper = 0;
    wd->role++;
    wd->at = wd->role < model->roles ? W_LOOKS : W_RUNS;
    if (wd->at == W_RUNS)
        wd->role = 0;
}

/* keeper_adopt: who holds the lock, who answers at the socket? */
static void watchdog_looks(const struct sys *s, int w, struct steps *out)
{
    int role = s->watchdog[w].role;
    const struct m_role *r = &s->role[role];
    struct step *one;
    if (r->lock && r->socket && keeper_listens(&r->keeper[r->socket - 1])) {
        one = step_add(out, s, SOON, "hears the keeper's greeting", role, w);
        one->to.watchdog[w].at = W_ADOPTS;
        one->to.watchdog[w].heard = r->keeper[r->socket - 1].at == K_READY ? HEARD_READY : HEARD_STARTED;
        one->to.watchdog[w].heard_keeper = r->socket;
        one->to.role[role].keeper[r->socket - 1].open |= (uint8_t)(1u << w);
    }
    one = step_add(out, s, r->lock ? LATER : SOON, r->lock ? "waits in vain for a greeting" : "sees the lock free",
                   role, w);
    one->to.watchdog[w].at = W_ADOPTS;
}

/* keeper_adopt: the lock is looked at again, and the decision taken. */
static void watchdog_adopts(const struct model *model, const struct sys *s, int w, struct steps *out)
{
    int role = s->watchdog[w].role, heard = s->watchdog[w].heard_keeper;
    enum adoption what =
        adoption_decide(s->role[role].lock != 0, s->watchdog[w].heard, s->watchdog[w].heard == HEARD_STARTED);
    struct step *one = step_add(out, s, SOON, "decides about what it found", role, w);
    struct m_role *r = &one->to.role[role];
    switch (what) {
    case ADOPTION_NONE:
        if (heard)
            peer_closes(&r->keeper[heard - 1], w);
        break;
    case ADOPTION_ADOPT: {
        const struct agent_event found = {.kind = AGENT_EV_FOUND, .iteration = 1, .at = MODEL_NOW};
        r->of[w].link = LINK_CONNECTED;
        r->of[w].keeper = (uint8_t)heard;
        r->of[w].greeted = 1;
        watchdog_event(model, one, w, role, &found, false);
        break;
    }
    case ADOPTION_END:
        if (r->keeper[heard - 1].open & 1u << w)
            r->keeper[heard - 1].words[w] |= WORD_KILL;
        peer_closes(&r->keeper[heard - 1], w);
        break;
    case ADOPTION_KILL:
        if (r->lock)
            keeper_gone(r, r->lock - 1);
        break;
    }
    const struct agent_event lost = {.kind = AGENT_EV_KEEPER_LOST};
    if (!r->of[w].greeted && r->iterated && r->record == RECORD_MISSING && model->defect != DEFECT_PAST_FORGOTTEN)
        watchdog_event(model, one, w, role, &lost, false);
    watchdog_adopted(model, one, w);
}

static void watchdog_begins(const struct model *model, const struct sys *s, int w, struct steps *out)
{
    bool locked = s->lock && model->defect != DEFECT_NO_WATCHDOG_LOCK;
    struct step *one;
    if (s->watchdog[w].term) { /* no handler yet */
        watchdog_gone(&step_add(out, s, SOON, "is ended by TERM before it began", 0, w)->to, w, model->roles);
        return;
    }
    if (s->watchdog[w].at == W_LOCKED) {
        bool up = s->want || model->defect == DEFECT_WANT_NOT_READ;
        one = step_add(out, s, SOON, up ? "reads that it is wanted" : "reads that it is not wanted", 0, w);
        one->to.watchdog[w].at = W_LOOKS;
        if (!up)
            watchdog_gone(&one->to, w, model->roles);
        return;
    }
    one = step_add(out, s, SOON, locked ? "is too many: the lock is held" : "takes the watchdog's lock", 0, w);
    one->to.watchdog[w].at = W_LOCKED;
    if (locked)
        watchdog_gone(&one->to, w, model->roles);
    else
        one->to.lock = (uint8_t)(w + 1);
}

static inline void watchdog_steps(const struct model *model, const struct sys *s, int w, struct steps *out)
{
    const struct m_watchdog *wd = &s->watchdog[w];
    switch ((enum watchdog_at)wd->at) {
    case W_NONE: return;
    case W_BEGINS:
    case W_LOCKED: watchdog_begins(model, s, w, out); break;
    case W_LOOKS: watchdog_looks(s, w, out); break;
    case W_ADOPTS: watchdog_adopts(model, s, w, out); break;
    case W_RUNS:
        for (int r = 0; r < model->roles; r++) {
            watchdog_link(model, s, w, r, out);
            watchdog_timer(model, s, w, r, out);
            watchdog_wishes(model, s, w, r, out);
        }
        if (wd->asked || wd->term)
            watchdog_teardown(model, s, w, wd->asked ? "is asked to stop" : "takes TERM", SOON, out);
        else if (s->wishes) {
            watchdog_teardown(model, s, w, "is done, or ended by a service manager", PERSON, out);
            out->at[out->n - 1].to.wishes--;
        }
        break;
    }
    if (s->crashes) {
        struct step *one = step_add(out, s, FAULT, "is killed", 0, w);
        one->to.crashes--;
        watchdog_gone(&one->to, w, model->roles);
    }
}

#endif
