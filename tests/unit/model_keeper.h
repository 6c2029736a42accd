/* The model's ccsup-keep and the tree of its agent. docs/interfaces.md, "ccsup-keep". */
#ifndef CCSUP_TESTS_MODEL_KEEPER_H
#define CCSUP_TESTS_MODEL_KEEPER_H
#include "model.h"

static void keeper_report(struct m_keeper *k, enum report what)
{
    if (k->spawner)
        k->report = (uint8_t)what;
}

/* A folder of its own: what was the last iteration is not any more. */
static void keeper_makes(struct m_role *r, int slot)
{
    for (int i = 0; i < KEEPERS; i++)
        if (r->keeper[i].last) {
            r->keeper[i].record = r->record;
            r->keeper[i].last = 0;
        }
    r->keeper[slot].last = r->iterated = 1;
    r->kept = r->tree_last = 0;
    r->record = RECORD_MISSING;
    r->keeper[slot].at = K_MADE;
}

/* From the fork to listening. */
static void keeper_begins(const struct model *model, const struct sys *s, int role, int slot, struct steps *out)
{
    const struct m_role *r = &s->role[role];
    bool locked = r->lock && model->defect != DEFECT_NO_KEEPER_LOCK;
    bool unsettled = r->iterated && (r->record == RECORD_MISSING || r->record == RECORD_SURVIVORS);
    if (model->defect == DEFECT_SURVIVORS_IGNORED)
        unsettled = r->iterated && r->record == RECORD_MISSING;
    struct step *one;
    switch ((enum keeper_at)r->keeper[slot].at) {
    case K_BORN:
        one = step_add(out, s, SOON, locked ? "is too many: the lock is held" : "takes its lock", role, slot);
        if (!locked) {
            one->to.role[role].lock = (uint8_t)(slot + 1);
            one->to.role[role].keeper[slot].at = unsettled && model->defect != DEFECT_NO_SWEEP ? K_SWEEPS : K_SETTLED;
            return;
        }
        keeper_report(&one->to.role[role].keeper[slot], REPORT_BUSY);
        keeper_gone(&one->to.role[role], slot);
        return;
    case K_SWEEPS:
        one = step_add(out, s, SOON, "sweeps", role, slot);
        /* By the marker of the last iteration: without its keep.json nothing of it was started. */
        if (r->kept && r->tree_last && !tree_kill(&one->to.role[role])) {
            keeper_report(&one->to.role[role].keeper[slot], REPORT_SURVIVORS);
            keeper_gone(&one->to.role[role], slot);
            return;
        }
        one->to.role[role].keeper[slot].at = K_SWEPT;
        return;
    case K_SWEPT:
        one = step_add(out, s, SOON, "records that the last iteration is lost", role, slot);
        if (r->record == RECORD_MISSING)
            one->to.role[role].record = RECORD_LOST;
        one->to.role[role].keeper[slot].at = K_SETTLED;
        return;
    case K_SETTLED:
        one = step_add(out, s, SOON, "makes its iteration's folder", role, slot);
        keeper_makes(&one->to.role[role], slot);
        return;
    case K_MADE:
        one = step_add(out, s, SOON, "writes keep.json, listens and reports", role, slot);
        one->to.role[role].kept = 1;
        one->to.role[role].socket = (uint8_t)(slot + 1);
        one->to.role[role].keeper[slot].at = model->defect == DEFECT_NO_GO_NEEDED ? K_CHECKED : K_READY;
        keeper_report(&one->to.role[role].keeper[slot], REPORT_READY);
        return;
    case K_NONE:
    case K_READY:
    case K_CHECKED:
    case K_RUNNING:
    case K_STOPPING:
    case K_FENCING:
    case K_RECORDS:
    case K_LEAVES:
    case K_DEAD: return;
    }
}

/* Somebody wants the end; a second wish, or `now`, skips the grace. */
static void keeper_asked(const struct model *model, struct m_role *r, struct m_keeper *k, bool now)
{
    if (k->at == K_READY) {
        k->at = K_RECORDS;
        k->result = RECORD_SETTLED;
    } else if (k->at == K_STOPPING || (k->at == K_RUNNING && now)) {
        k->at = K_FENCING;
    } else if (k->at == K_RUNNING) {
        k->at = K_STOPPING;
    }
    if (model->defect == DEFECT_RECORD_BEFORE_FENCE && k->at == K_FENCING)
        r->record = RECORD_SETTLED;
}

/* One word of a connection, the first that was said. peer: who said it, or -1 when he is gone. */
static void keeper_hears(const struct model *model, const struct sys *s, int role, int slot, int peer,
                         struct steps *out)
{
    const struct m_keeper *k = &s->role[role].keeper[slot];
    uint8_t words = peer < 0 ? k->ghost_words : k->words[peer];
    uint8_t word = words & WORD_GO ? WORD_GO : words & WORD_STOP ? WORD_STOP : WORD_KILL;
    if (!words || !keeper_listens(k))
        return;
    bool obeyed = (peer >= 0 && s->lock == peer + 1) || model->defect == DEFECT_GO_OF_ANYBODY;
    const char *what = word == WORD_STOP ? "hears stop" : word == WORD_KILL ? "hears kill" : "hears go";
    if (word == WORD_GO && !obeyed)
        what = "refuses go of who does not hold the lock";
    struct step *one = step_add(out, s, SOON, what, role, slot);
    struct m_keeper *to = &one->to.role[role].keeper[slot];
    if (peer < 0)
        to->ghost_words &= (uint8_t)~word;
    else
        to->words[peer] &= (uint8_t)~word;
    if (word != WORD_GO)
        keeper_asked(model, &one->to.role[role], to, word == WORD_KILL);
    else if (k->at == K_READY && obeyed)
        to->at = K_CHECKED;
}

static void keeper_talks(const struct model *model, const struct sys *s, int role, int slot, struct steps *out)
{
    const struct m_keeper *k = &s->role[role].keeper[slot];
    struct step *one;
    for (int peer = -1; peer < PEERS; peer++)
        keeper_hears(model, s, role, slot, peer, out);
    if (k->term && keeper_listens(k)) {
        one = step_add(out, s, SOON, "takes TERM", role, slot);
        one->to.role[role].keeper[slot].term = 0;
        keeper_asked(model, &one->to.role[role], &one->to.role[role].keeper[slot], false);
    }
    if (k->ghosts && !k->ghost_words && keeper_listens(k)) {
        one = step_add(out, s, SOON, "notices a closed connection", role, slot);
        one->to.role[role].keeper[slot].ghosts = 0;
        if (!k->open && k->at == K_READY)
            keeper_asked(model, &one->to.role[role], &one->to.role[role].keeper[slot], false);
    }
}

static void keeper_execs(struct step *one, int role, int slot)
{
    struct m_role *r = &one->to.role[role];
    if (tree_lives(r))
        one->broken = "never two live trees of one role: an exec while an older process of it lives";
    if (one->to.stopped)
        one->broken = "after stop has ended no agent is started";
    r->keeper[slot].at = K_RUNNING;
    r->first = r->tree_last = 1;
    r->daemon = 0;
    r->tree_keeper = (uint8_t)(slot + 1);
}

/* Its peers see EOF while it still holds its lock. */
static void keeper_closes(struct m_role *r, int slot)
{
    struct m_keeper *k = &r->keeper[slot];
    if (r->socket == slot + 1)
        r->socket = 0;
    k->open = k->ghosts = k->ghost_words = k->term = k->result = 0;
    memset(k->words, 0, sizeof k->words);
    k->at = K_LEAVES;
}

/* From go to the end. */
static void keeper_lives(const struct model *model, const struct sys *s, int role, int slot, struct steps *out)
{
    const struct m_role *r = &s->role[role];
    const struct m_keeper *k = &r->keeper[slot];
    struct step *one;
    if ((k->at == K_RUNNING || k->at == K_STOPPING) && !r->first) {
        one = step_add(out, s, SOON, "sees its agent end", role, slot);
        one->to.role[role].keeper[slot].at = K_RUNNING;
        keeper_asked(model, &one->to.role[role], &one->to.role[role].keeper[slot], true);
    }
    switch ((enum keeper_at)k->at) {
    case K_READY:
        if (model->defect == DEFECT_NO_LIMIT_WITHOUT_GO)
            return;
        one = step_add(out, s, LATER, "waits no longer for go", role, slot);
        keeper_asked(model, &one->to.role[role], &one->to.role[role].keeper[slot], false);
        return;
    case K_CHECKED: keeper_execs(step_add(out, s, SOON, "starts the agent", role, slot), role, slot); return;
    case K_RUNNING:
        if (k->open || k->ghosts || model->defect == DEFECT_NO_ORPHAN_TIMEOUT)
            return;
        one = step_add(out, s, AFTER_ALL, "has had no watchdog for too long", role, slot);
        one->to.role[role].keeper[slot].at = K_STOPPING;
        return;
    case K_STOPPING:
        one = step_add(out, s, SHORTLY, "ends the grace", role, slot);
        keeper_asked(model, &one->to.role[role], &one->to.role[role].keeper[slot], true);
        return;
    case K_FENCING:
        one = step_add(out, s, r->stuck ? LATER : SOON, "fences", role, slot);
        one->to.role[role].keeper[slot].result = tree_kill(&one->to.role[role]) ? RECORD_SETTLED : RECORD_SURVIVORS;
        one->to.role[role].keeper[slot].at = K_RECORDS;
        return;
    case K_RECORDS:
        one = step_add(out, s, SOON, "writes exit.json and closes its sockets", role, slot);
        one->to.role[role].record = k->result;
        keeper_closes(&one->to.role[role], slot);
        if (!s->crashes)
            return;
        one = step_add(out, s, FAULT, "can't write exit.json: the disk is full; closes its sockets", role, slot);
        one->to.crashes--;
        keeper_closes(&one->to.role[role], slot);
        return;
    case K_LEAVES: keeper_gone(&step_add(out, s, SOON, "ends", role, slot)->to.role[role], slot); return;
    case K_NONE:
    case K_BORN:
    case K_SWEEPS:
    case K_SWEPT:
    case K_SETTLED:
    case K_MADE:
    case K_DEAD: return;
    }
}

static void tree_steps(const struct sys *s, int role, struct steps *out)
{
    const struct m_role *r = &s->role[role];
    struct step *one;
    if (r->first) {
        one = step_add(out, s, OF_ITSELF, "the agent ends", role, 0);
        one->to.role[role].first = 0;
        if (!r->daemon)
            step_add(out, s, OF_ITSELF, "the agent starts a daemon", role, 0)->to.role[role].daemon = 1;
    }
    if (tree_lives(r) && !r->stuck && s->crashes) {
        one = step_add(out, s, FAULT, "the tree can't be killed for now", role, 0);
        one->to.crashes--;
        one->to.role[role].stuck = 1;
    }
    if (r->stuck)
        step_add(out, s, AFTER_ALL, "the tree can be killed again", role, 0)->to.role[role].stuck = 0;
}

static inline void keeper_steps(const struct model *model, const struct sys *s, int role, struct steps *out)
{
    for (int slot = 0; slot < KEEPERS; slot++) {
        uint8_t at = s->role[role].keeper[slot].at;
        if (at == K_NONE || at == K_DEAD)
            continue;
        keeper_begins(model, s, role, slot, out);
        keeper_talks(model, s, role, slot, out);
        keeper_lives(model, s, role, slot, out);
        if (s->crashes) {
            struct step *one = step_add(out, s, FAULT, "is killed", role, slot);
            one->to.crashes--;
            keeper_gone(&one->to.role[role], slot);
        }
        if (s->crashes && at == K_READY) {
            struct step *one = step_add(out, s, FAULT, "is told go by a stranger, who leaves", role, slot);
            one->to.crashes--;
            one->to.role[role].keeper[slot].ghosts = 1;
            one->to.role[role].keeper[slot].ghost_words |= WORD_GO;
        }
    }
    tree_steps(s, role, out);
}

#endif
