#include "watchdog/verdict.h"
#include "supervisor/base/mem.h"
#include "watchdog/reason.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VETO_REASONS_MAX = 50 };

/* ---- names ---- */

const char *verdict_value_name(enum verdict_value x)
{
    static const char *const names[] = {"NOT_DONE", "DONE", "UNKNOWN"};
    return names[x];
}

const char *verdict_state_name(enum verdict_state x)
{
    static const char *const names[] = {
#define X(name) #name,
        VERDICT_STATES(X)
#undef X
    };
    /* The two names of two words are written with a hyphen. */
    return x == STATE_READY_UNMARKED ? "READY-UNMARKED" : x == STATE_CLAIMED_UNPROVEN ? "CLAIMED-UNPROVEN" : names[x];
}

const char *criterion_state_name(enum criterion_state x)
{
    static const char *const names[] = {
#define X(name) #name,
        CRITERION_STATES(X)
#undef X
    };
    return names[x];
}

/* ---- one entry ---- */

/* What becomes of a PASS or a LIFT before any other line is looked at. */
enum standing { COUNTS, IS_UNDATED, NOT_ADVERSARY, BEFORE_START, VOIDED };

static enum standing pass_standing(const struct judge *j, const struct review_entry *x)
{
    if (x->dating != REVIEW_DATED || (j->git && !x->sha_known))
        return IS_UNDATED;
    if (j->git && !review_by_verifier(x))
        return NOT_ADVERSARY;
    if (j->git && !x->after_start)
        return BEFORE_START;
    return x->voided[0] ? VOIDED : COUNTS;
}

/* The written time can only age a verdict: it is never later than its commit nor than the watchdog's first sight of the
 * line, nor, without git, than now. */
int64_t judge_effective(const struct judge *j, const struct review_entry *x)
{
    int64_t bound = x->committed > 0 ? x->committed : j->now, seen = kept_bound(j->rules->kept, x);
    bound = seen < bound ? seen : bound;
    return x->written < bound ? x->written : bound;
}

static bool is_future(const struct judge *j, const struct review_entry *x)
{
    return x->written > j->now + j->rules->skew;
}

static bool is_fresh(const struct judge *j, const struct review_entry *x)
{
    return !is_future(j, x) && j->now - judge_effective(j, x) <= j->rules->window;
}

/* Without a commit's name it can't be told that nothing has changed since. */
bool judge_behind(const struct judge *j, const struct review_entry *x)
{
    return j->git && j->rules->require_current && x->since != 0;
}

static bool is_current(const struct judge *j, const struct review_entry *x)
{
    return is_fresh(j, x) && !judge_behind(j, x);
}

const struct review_entry *judge_entry(const struct judge *j, size_t i)
{
    return i == SIZE_MAX ? NULL : &j->s->review.entries[i];
}

/* ---- one criterion ---- */

static bool is_of(const struct review_entry *x, const char *id)
{
    return strcmp(x->id, id) == 0;
}

/* The last non-PASS decides, unless a FAIL is not earlier by place and by time: then the FAIL does. */
static void note_against(const struct judge *j, struct ledger *l, size_t i)
{
    const struct review_entry *x = &j->s->review.entries[i];
    const struct review_entry *entries = j->s->review.entries;
    l->against = i;
    if (x->kind == REVIEW_FAIL || l->fail == SIZE_MAX)
        l->fail = i;
    else if (entries[l->fail].kind == REVIEW_PENDING || entries[l->fail].dating == REVIEW_UNDATED ||
             x->dating == REVIEW_UNDATED || judge_effective(j, x) > judge_effective(j, &entries[l->fail]))
        l->fail = i;
    if (x->dating == REVIEW_DATED && (!l->against_dated || judge_effective(j, x) > l->against_time)) {
        l->against_dated = true;
        l->against_time = judge_effective(j, x);
    }
}

static void note_pass(const struct judge *j, struct ledger *l, size_t i)
{
    const struct review_entry *x = &j->s->review.entries[i];
    switch (pass_standing(j, x)) {
    case IS_UNDATED: l->undated = i; return;
    case NOT_ADVERSARY: l->stranger = i; return;
    case BEFORE_START: l->early = i; return;
    case VOIDED: l->voided = i; return;
    case COUNTS: break;
    }
    if (l->against != SIZE_MAX && i < l->against)
        return;
    if (l->against_dated && judge_effective(j, x) <= l->against_time) {
        l->late = i;
        return;
    }
    const struct review_entry *old = l->pass == SIZE_MAX ? NULL : &j->s->review.entries[l->pass];
    bool better = !old || (is_current(j, x) ? !is_current(j, old) || judge_effective(j, x) >= judge_effective(j, old)
                                            : !is_current(j, old));
    if (better)
        l->pass = i;
}

static void read_ledger(const struct judge *j, const char *id, struct ledger *l)
{
    const struct review *r = &j->s->review;
    *l = (struct ledger){.against = SIZE_MAX,
                         .fail = SIZE_MAX,
                         .pass = SIZE_MAX,
                         .late = SIZE_MAX,
                         .undated = SIZE_MAX,
                         .stranger = SIZE_MAX,
                         .early = SIZE_MAX,
                         .voided = SIZE_MAX,
                         .near = SIZE_MAX};
    for (size_t i = 0; i < r->count; i++)
        if (is_of(&r->entries[i], id) && (r->entries[i].kind == REVIEW_FAIL || r->entries[i].kind == REVIEW_PENDING))
            note_against(j, l, i);
    for (size_t i = 0; i < r->count; i++) {
        if (!is_of(&r->entries[i], id))
            continue;
        if (r->entries[i].kind == REVIEW_PASS)
            note_pass(j, l, i);
        else if (r->entries[i].kind == REVIEW_NEAR)
            l->near = i;
    }
}

static void judge_criterion(const struct judge *j, struct verdict_criterion *c, const struct ledger *l)
{
    c->entry = judge_entry(j, l->pass);
    if (j->s->review.refused) {
        c->state = CRITERION_REFUSED;
        c->entry = NULL;
    } else if (c->entry) {
        c->behind = judge_behind(j, c->entry);
        c->state = is_future(j, c->entry)    ? CRITERION_FUTURE
                   : is_current(j, c->entry) ? CRITERION_PASS
                                             : CRITERION_STALE;
    } else if (l->fail != SIZE_MAX) {
        c->entry = judge_entry(j, l->fail);
        c->state = c->entry->kind == REVIEW_FAIL ? CRITERION_FAIL : CRITERION_PENDING;
    } else if (l->undated != SIZE_MAX) {
        c->entry = judge_entry(j, l->undated);
        c->state = CRITERION_UNDATED;
    } else {
        c->state = CRITERION_MISSING;
    }
    c->passed = c->state == CRITERION_PASS || c->state == CRITERION_STALE;
    c->voided = judge_entry(j, l->voided);
    bool again = c->voided && c->entry && c->entry->kind == REVIEW_PASS && c->voided->line < c->entry->line;
    if (c->passed || again)
        c->voided = NULL;
    c->effective = c->entry && c->entry->dating == REVIEW_DATED ? judge_effective(j, c->entry) : 0;
    for (size_t i = 0; i < j->s->claim_count; i++)
        if (strcmp(j->s->claims[i].id, c->id) == 0 && !j->s->claims[i].answered)
            c->claimed = true;
}

static void judge_criteria(struct judge *j)
{
    struct verdict *v = j->v;
    const struct words *ids = j->rules->criteria;
    v->count = ids->n;
    v->criteria = mem_zalloc((ids->n + 1) * sizeof *v->criteria);
    for (size_t i = 0; i < ids->n; i++) {
        struct verdict_criterion *c = &v->criteria[i];
        struct ledger l;
        snprintf(c->id, sizeof c->id, "%s", ids->at[i]);
        read_ledger(j, ids->at[i], &l);
        judge_criterion(j, c, &l);
        c->waiver = config_waiver_find(j->rules->waivers, c->id);
        if (c->waiver && j->now >= c->waiver->until)
            c->waiver = NULL;
        v->passing += c->state == CRITERION_PASS;
        v->waived += c->waiver && c->state != CRITERION_PASS;
        if (!c->waiver)
            reason_criterion(j, c, &l);
    }
}

/* ---- vetoes ---- */

/* The last VETO of those words that stands by what is lifted; lifted 0: the last one at all. NULL = none. */
static const struct review_entry *last_veto(const struct review *r, uint64_t hash, size_t lifted)
{
    for (size_t i = r->count; i > 0; i--)
        if (r->entries[i - 1].hash == hash && review_stands(r, i - 1, lifted))
            return &r->entries[i - 1];
    return NULL;
}

/* Those that were seen standing and that nothing has lifted since, where the file does not show it: their line is gone,
 * or was moved above an old lifting. A refused file shows nothing. */
static void judge_kept(struct judge *j, size_t from)
{
    const struct kept *k = j->rules->kept;
    for (size_t i = 0; k && i < k->veto_count; i++) {
        if (k->vetoes[i].lifted || last_veto(&j->s->review, k->vetoes[i].hash, from))
            continue;
        if (j->v->vetoes++ < VETO_REASONS_MAX)
            reason_kept_veto(j, &k->vetoes[i], last_veto(&j->s->review, k->vetoes[i].hash, 0));
    }
}

/* A lifting that does not count says that there is something to lift. When nothing else stands, its VETO's line is gone
 * or was changed into it: doubt, so it stands for one. */
static void judge_refused_lift(struct judge *j, size_t from)
{
    const struct review *r = &j->s->review;
    for (size_t i = r->count; i > from && !j->v->vetoes; i--)
        if (r->entries[i - 1].kind == REVIEW_NEAR && !r->entries[i - 1].id[0]) {
            j->v->vetoes = 1;
            reason_refused_lift(j, &r->entries[i - 1]);
        }
}

/* Those that a foreign commit took away, by git alone. remembered: what was seen standing is counted already, and they
 * are most likely among it. */
static void judge_foreign(struct judge *j, bool remembered)
{
    int n = 0;
    for (size_t i = 0; i < j->s->foreign_count; i++)
        if (j->s->foreign[i].veto && n++ < VETO_REASONS_MAX)
            reason_foreign_veto(j, &j->s->foreign[i]);
    j->v->vetoes += remembered ? 0 : n;
}

/* A VETO stands until a lifting below it that counts, by who knew it. */
static void judge_vetoes(struct judge *j)
{
    const struct review *r = &j->s->review;
    size_t from = review_lifted(r, j->git);
    const struct review_entry *stranger = NULL;
    for (size_t i = 0; i < r->count; i++)
        if (r->entries[i].kind == REVIEW_LIFT && !review_lifts(&r->entries[i], j->git))
            stranger = &r->entries[i];
    for (size_t i = 0; i < r->count; i++) {
        if (!review_stands(r, i, from))
            continue;
        if (j->v->vetoes++ < VETO_REASONS_MAX)
            reason_veto(j, &r->entries[i]);
    }
    int shown = j->v->vetoes;
    judge_kept(j, from);
    judge_foreign(j, j->v->vetoes > shown);
    judge_refused_lift(j, from);
    if (j->v->vetoes && stranger)
        reason_stranger_lift(j, stranger);
}

/* ---- the whole ---- */

static enum verdict_state state_of(const struct judge *j, bool proven)
{
    const struct snapshot *s = j->s;
    if (s->rewritten)
        return STATE_TAMPERED;
    if (s->marker.refused || s->review.refused)
        return STATE_REFUSED;
    if (j->v->vetoes)
        return STATE_VETOED;
    if (j->v->marked)
        return proven && !j->v->frozen && !s->cut ? STATE_DONE : STATE_CLAIMED_UNPROVEN;
    return proven ? STATE_READY_UNMARKED : STATE_RUNNING;
}

bool judge_unproven(const struct marker *m, const struct verdict_criterion *c)
{
    return !c->waiver && words_have(&m->unproven, c->id);
}

/* Early: brought in before the phase, or, as far as the criteria asked for now go, before each of them had a PASS. */
static void judge_marker(struct judge *j)
{
    const struct marker *m = &j->s->marker;
    bool early = j->git && (!m->commit[0] || !m->after_start);
    for (size_t i = 0; j->git && i < j->v->count; i++)
        early = early || judge_unproven(m, &j->v->criteria[i]);
    j->v->marked = m->done && !m->refused && !early;
    j->v->frozen = j->v->marked && j->git && m->changes > 0;
}

void verdict_judge(struct verdict *v, const struct snapshot *s, const struct verdict_rules *rules,
                   const char *status_name, const char *review_name, int64_t now)
{
    memset(v, 0, sizeof *v);
    struct judge j = {v, s, rules, status_name, review_name, now, snapshot_has_provenance(s)};
    v->kept = rules->kept != NULL;
    reason_trust(&j);
    judge_vetoes(&j);
    judge_criteria(&j);
    reason_warnings(&j);
    /* Nothing to prove proves nothing. */
    bool proven = v->count > 0 && v->passing + v->waived == v->count && !s->review.refused;
    judge_marker(&j);
    reason_marker(&j, proven);
    reason_order(v);
    v->state = state_of(&j, proven);
    v->value = v->state == STATE_DONE ? VERDICT_DONE : v->state == STATE_REFUSED ? VERDICT_UNKNOWN : VERDICT_NOT_DONE;
}

void verdict_clear(struct verdict *v)
{
    for (size_t i = 0; i < v->reason_count; i++) {
        free(v->reasons[i].text);
        free(v->reasons[i].fix);
    }
    free(v->reasons);
    free(v->criteria);
    words_clear(&v->warnings);
    memset(v, 0, sizeof *v);
}
