#include "watchdog/verdict.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "watchdog/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VETO_REASONS_MAX = 50 };

/* What the judgement is made from, and the reasons as they come. */
struct judge {
    struct verdict *v;
    const struct snapshot *s;
    const struct verdict_rules *rules;
    const char *status_name, *review_name;
    int64_t now;
    bool git; /* the entries say who introduced them, so that is asked of each */
};

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
    return x == STATE_READY_UNMARKED     ? "READY-UNMARKED"
           : x == STATE_CLAIMED_UNPROVEN ? "CLAIMED-UNPROVEN"
                                         : names[x];
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
enum standing { COUNTS, IS_UNDATED, NOT_ADVERSARY, BEFORE_START };

static bool by_verifier(const struct review_entry *x)
{
    return x->by == REVIEW_BY_ADVERSARY || x->by == REVIEW_BY_OPERATOR;
}

static enum standing pass_standing(const struct judge *j, const struct review_entry *x)
{
    if (x->dating != REVIEW_DATED || (j->git && !x->sha_known))
        return IS_UNDATED;
    if (j->git && (!x->commit[0] || !by_verifier(x)))
        return NOT_ADVERSARY;
    return j->git && !x->after_start ? BEFORE_START : COUNTS;
}

/* The written time can only age a verdict: it is never later than its commit, nor, without git, than now. */
static int64_t effective(const struct judge *j, const struct review_entry *x)
{
    int64_t bound = x->committed > 0 ? x->committed : j->now;
    return x->written < bound ? x->written : bound;
}

static bool is_future(const struct judge *j, const struct review_entry *x)
{
    return x->written > j->now + j->rules->skew;
}

static bool is_fresh(const struct judge *j, const struct review_entry *x)
{
    return !is_future(j, x) && j->now - effective(j, x) <= j->rules->window;
}

/* ---- one criterion ---- */

/* The lines of one id, as far as the judgement needs them. Places are indexes of entries; SIZE_MAX = none. */
struct ledger {
    size_t against;       /* the last FAIL or PENDING */
    size_t fail;          /* the FAIL that no PENDING has come after, or the same as against */
    bool against_dated;   /* any of them has a time */
    int64_t against_time; /* the latest effective one */
    size_t pass;          /* the PASS that stands: the freshest, else the last */
    size_t late;          /* a PASS below `against` that does not clear it, as its time is not later */
    size_t undated, stranger, early, near; /* the last of each that counts for nothing */
};

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
             x->dating == REVIEW_UNDATED || effective(j, x) > effective(j, &entries[l->fail]))
        l->fail = i;
    if (x->dating == REVIEW_DATED && (!l->against_dated || effective(j, x) > l->against_time)) {
        l->against_dated = true;
        l->against_time = effective(j, x);
    }
}

static void note_pass(const struct judge *j, struct ledger *l, size_t i)
{
    const struct review_entry *x = &j->s->review.entries[i];
    switch (pass_standing(j, x)) {
    case IS_UNDATED: l->undated = i; return;
    case NOT_ADVERSARY: l->stranger = i; return;
    case BEFORE_START: l->early = i; return;
    case COUNTS: break;
    }
    if (l->against != SIZE_MAX && i < l->against)
        return;
    if (l->against_dated && effective(j, x) <= l->against_time) {
        l->late = i;
        return;
    }
    const struct review_entry *old = l->pass == SIZE_MAX ? NULL : &j->s->review.entries[l->pass];
    bool better = !old || (is_fresh(j, x) ? !is_fresh(j, old) || effective(j, x) >= effective(j, old)
                                          : !is_fresh(j, old));
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
                         .near = SIZE_MAX};
    for (size_t i = 0; i < r->count; i++)
        if (is_of(&r->entries[i], id) &&
            (r->entries[i].kind == REVIEW_FAIL || r->entries[i].kind == REVIEW_PENDING))
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

static const struct review_entry *entry_at(const struct judge *j, size_t i)
{
    return i == SIZE_MAX ? NULL : &j->s->review.entries[i];
}

static void judge_criterion(const struct judge *j, struct verdict_criterion *c, const struct ledger *l)
{
    c->entry = entry_at(j, l->pass);
    if (j->s->review.refused) {
        c->state = CRITERION_REFUSED;
        c->entry = NULL;
    } else if (c->entry) {
        c->state = is_future(j, c->entry)  ? CRITERION_FUTURE
                   : is_fresh(j, c->entry) ? CRITERION_PASS
                                           : CRITERION_STALE;
    } else if (l->fail != SIZE_MAX) {
        c->entry = entry_at(j, l->fail);
        c->state = c->entry->kind == REVIEW_FAIL ? CRITERION_FAIL : CRITERION_PENDING;
    } else if (l->undated != SIZE_MAX) {
        c->entry = entry_at(j, l->undated);
        c->state = CRITERION_UNDATED;
    } else {
        c->state = CRITERION_MISSING;
    }
    c->passed = c->state == CRITERION_PASS || c->state == CRITERION_STALE;
    c->effective = c->entry && c->entry->dating == REVIEW_DATED ? effective(j, c->entry) : 0;
    for (size_t i = 0; i < j->s->claim_count; i++)
        if (strcmp(j->s->claims[i].id, c->id) == 0 && !j->s->claims[i].answered)
            c->claimed = true;
}

/* ---- reasons ---- */

static void add_reason(struct judge *j, const char *code, const char *id, const char *file, int line,
                       char *text, char *fix)
{
    struct verdict *v = j->v;
    v->reasons = mem_resize(v->reasons, v->reason_count + 1, sizeof *v->reasons);
    struct verdict_reason *r = &v->reasons[v->reason_count++];
    memset(r, 0, sizeof *r);
    r->code = code;
    snprintf(r->id, sizeof r->id, "%s", id);
    r->file = file;
    r->line = line;
    r->text = text;
    r->fix = fix;
}

static char *fix_pass(const struct judge *j, const char *id)
{
    char at[21], text[160];
    timestamp_format(j->now, at);
    if (j->s->tip[0])
        snprintf(text, sizeof text, "%s: PASS @%s sha=%.7s — <evidence>", id, at, j->s->tip);
    else
        snprintf(text, sizeof text, "%s: PASS @%s — <evidence>", id, at);
    return mem_strdup(text);
}

static char *fix_lift(const struct judge *j)
{
    char at[21], text[80];
    timestamp_format(j->now, at);
    snprintf(text, sizeof text, "## VETO LIFTED @%s — <why>", at);
    return mem_strdup(text);
}

/* "2 h 05 min" of a length in seconds. */
static void add_length(struct buf *b, int64_t seconds)
{
    duration_render(b, (seconds < 0 ? -seconds : seconds) * 1000);
}

/* ", by adversary (a@b.example) in commit 1a2b3c4": who and where, as far as it is known. */
static void add_origin(struct buf *b, const struct review_entry *x)
{
    if (!x->commit[0])
        return;
    buf_addf(b, ", by %s (", review_by_name(x->by));
    vis_add(b, x->author, strlen(x->author));
    buf_addf(b, ") in commit %.7s", x->commit);
}

/* " `the line`" */
static void add_line(struct buf *b, const struct review_entry *x)
{
    char *shown = vis_dup(x->text ? x->text : "", x->text ? strlen(x->text) : 0, 120);
    buf_addf(b, " in line %d: `%s`", x->line, shown);
    free(shown);
}

static void add_age(struct buf *b, const struct judge *j, int64_t at)
{
    buf_adds(b, j->now >= at ? ", " : ", in ");
    add_length(b, j->now - at);
    if (j->now >= at)
        buf_adds(b, " ago");
}

/* One sentence about the line that decided. */
static char *tell_criterion(const struct judge *j, const struct verdict_criterion *c, const struct ledger *l)
{
    struct buf b;
    buf_init(&b, 1400);
    const struct review_entry *x = c->entry;
    buf_addf(&b, "%s is ", c->id);
    switch (c->state) {
    case CRITERION_STALE:
        buf_adds(&b, "STALE: its PASS is ");
        add_length(&b, j->now - c->effective);
        buf_adds(&b, " old, and after ");
        add_length(&b, j->rules->window);
        buf_adds(&b, " it must be verified again");
        break;
    case CRITERION_FUTURE:
        buf_adds(&b, "FUTURE: its PASS is dated ");
        add_length(&b, x->written - j->now);
        buf_adds(&b, " ahead of the clock; times are UTC");
        break;
    case CRITERION_UNDATED:
        buf_addf(&b, "UNDATED: %s",
                 x->dating == REVIEW_DATED ? "its sha= names neither the tip nor an ancestor of it"
                 : x->why                  ? x->why
                                           : "its PASS has no readable time");
        break;
    case CRITERION_FAIL: buf_adds(&b, "FAIL"); break;
    case CRITERION_PENDING: buf_addf(&b, "PENDING: %s", x->why ? x->why : "it is being verified"); break;
    case CRITERION_PASS:
    case CRITERION_MISSING:
    case CRITERION_REFUSED: buf_addf(&b, "MISSING: %s holds no verdict about it", j->review_name); break;
    }
    if (x) {
        add_line(&b, x);
        add_origin(&b, x);
        if (x->dating == REVIEW_DATED && c->state == CRITERION_FAIL)
            add_age(&b, j, c->effective);
    }
    const struct review_entry *late = entry_at(j, l->late), *near = entry_at(j, l->near);
    if (late && !c->passed && x)
        buf_addf(&b, "; the PASS in line %d does not clear it, as its time is not later", late->line);
    if (near && (!x || near->line > x->line))
        buf_addf(&b, "; line %d is no verdict: %s", near->line,
                 near->why ? near->why : "it is not written as one");
    return buf_take(&b);
}

/* A PASS that would help but counts for nothing. */
static void tell_other(struct judge *j, const struct verdict_criterion *c, size_t at, const char *code,
                       const char *what)
{
    const struct review_entry *x = entry_at(j, at);
    if (!x || x == c->entry || (c->entry && c->state != CRITERION_MISSING && x->line < c->entry->line))
        return;
    struct buf b;
    buf_init(&b, 1000);
    buf_addf(&b, "a PASS of %s counts for nothing, as %s", c->id, what);
    add_line(&b, x);
    add_origin(&b, x);
    add_reason(j, code, c->id, j->review_name, x->line, buf_take(&b), fix_pass(j, c->id));
}

static void tell(struct judge *j, const struct verdict_criterion *c, const struct ledger *l)
{
    if (c->state == CRITERION_PASS || c->state == CRITERION_REFUSED)
        return;
    const struct review_entry *near = entry_at(j, l->near);
    int line = c->entry ? c->entry->line : near ? near->line : 0;
    add_reason(j, criterion_state_name(c->state), c->id, j->review_name, line, tell_criterion(j, c, l),
               fix_pass(j, c->id));
    tell_other(j, c, l->undated, "UNDATED", "it has no readable time, or its sha= is not known here");
    tell_other(j, c, l->stranger, "NOT_ADVERSARY", "it was not written by the Adversary or an operator");
    tell_other(j, c, l->early, "BEFORE_START", "it was written before the phase began");
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
        v->passing += c->state == CRITERION_PASS;
        tell(j, c, &l);
    }
}

/* ---- vetoes ---- */

static void tell_veto(struct judge *j, const struct review_entry *x)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_adds(&b, "a VETO stands");
    add_line(&b, x);
    add_origin(&b, x);
    add_reason(j, "VETO", "", j->review_name, x->line, buf_take(&b), fix_lift(j));
}

/* A VETO stands until a lifting below it that counts. */
static void judge_vetoes(struct judge *j)
{
    const struct review *r = &j->s->review;
    size_t from = 0;
    const struct review_entry *stranger = NULL;
    for (size_t i = 0; i < r->count; i++) {
        if (r->entries[i].kind != REVIEW_LIFT)
            continue;
        if (j->git && (!r->entries[i].commit[0] || !by_verifier(&r->entries[i])))
            stranger = &r->entries[i];
        else
            from = i + 1;
    }
    for (size_t i = from; i < r->count; i++) {
        if (r->entries[i].kind != REVIEW_VETO)
            continue;
        if (j->v->vetoes++ < VETO_REASONS_MAX)
            tell_veto(j, &r->entries[i]);
    }
    if (j->v->vetoes && stranger) {
        struct buf b;
        buf_init(&b, 1000);
        buf_adds(&b, "a lifting counts for nothing, as it was not written by the Adversary or an operator");
        add_line(&b, stranger);
        add_origin(&b, stranger);
        add_reason(j, "NOT_ADVERSARY", "", j->review_name, stranger->line, buf_take(&b), fix_lift(j));
    }
}

/* ---- the files and the marker ---- */

static void tell_file(struct judge *j, const char *code, const char *file, const char *fmt, const char *more)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_addf(&b, "%s %s", file, fmt);
    vis_add(&b, more, strlen(more));
    add_reason(j, code, "", file, 0, buf_take(&b), NULL);
}

static void judge_marker(struct judge *j, bool proven)
{
    const struct marker *m = &j->s->marker;
    if (m->refused || m->done)
        return;
    struct buf b;
    buf_init(&b, 1400);
    if (m->near.n) {
        buf_addf(&b, "%s has no marker that counts: %s", j->status_name, m->near.at[0]);
    } else {
        buf_addf(&b, "%s %s; ", j->status_name, j->s->has_status ? "has no marker" : "is not there");
        buf_adds(&b, proven ? "every criterion is PASS, so the Builder may write it now"
                            : "the Builder writes it when every criterion is PASS");
    }
    add_reason(j, m->near.n ? "NEAR_MARKER" : "NO_MARKER", "", j->status_name, m->line, buf_take(&b),
               mem_strdup("## DONE"));
}

static void judge_trust(struct judge *j)
{
    const struct snapshot *s = j->s;
    if (s->rewritten) {
        struct buf b;
        buf_init(&b, 400);
        buf_addf(&b,
                 "the branch was rewritten: its tip %.7s is no descendant of the last judged revision, so "
                 "nothing is judged "
                 "until an operator has looked at it",
                 s->tip);
        add_reason(j, "TAMPERED", "", NULL, 0, buf_take(&b), NULL);
    }
    if (s->marker.refused)
        tell_file(j, "REFUSED_STATUS", j->status_name, "can't be read: ", s->marker.why);
    if (s->review.refused)
        tell_file(j, "REFUSED_REVIEW", j->review_name, "can't be read: ", s->review.why);
}

/* ---- the whole ---- */

/* The reasons' order: what an operator must know first stands first. */
static int weight(const char *code)
{
    static const char *const order[] = {
        "TAMPERED", "REFUSED_STATUS", "REFUSED_REVIEW", "VETO",  "FAIL",    "UNDATED",     "FUTURE",
        "PENDING",  "NOT_ADVERSARY",  "BEFORE_START",   "STALE", "MISSING", "NEAR_MARKER", "NO_MARKER"};
    static const int classes[] = {0, 1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 6, 7, 7};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (strcmp(order[i], code) == 0)
            return classes[i];
    return 8;
}

/* Stable, so that within a class the criteria keep their order. */
static void order_reasons(struct verdict *v)
{
    struct verdict_reason *sorted = mem_zalloc((v->reason_count + 1) * sizeof *sorted);
    size_t n = 0;
    for (int w = 0; w <= 8; w++)
        for (size_t i = 0; i < v->reason_count; i++)
            if (weight(v->reasons[i].code) == w)
                sorted[n++] = v->reasons[i];
    free(v->reasons);
    v->reasons = sorted;
}

static enum verdict_state state_of(const struct judge *j, bool proven)
{
    const struct snapshot *s = j->s;
    if (s->rewritten)
        return STATE_TAMPERED;
    if (s->marker.refused || s->review.refused)
        return STATE_REFUSED;
    if (j->v->vetoes)
        return STATE_VETOED;
    if (s->marker.done)
        return proven ? STATE_DONE : STATE_CLAIMED_UNPROVEN;
    return proven ? STATE_READY_UNMARKED : STATE_RUNNING;
}

/* Whether git says who introduced the lines. One that says it for some lines is asked for all of them. */
static bool has_provenance(const struct snapshot *s)
{
    for (size_t i = 0; i < s->review.count; i++)
        if (s->review.entries[i].commit[0])
            return true;
    return s->marker.commit[0] != '\0';
}

void verdict_judge(struct verdict *v, const struct snapshot *s, const struct verdict_rules *rules,
                   const char *status_name, const char *review_name, int64_t now)
{
    memset(v, 0, sizeof *v);
    struct judge j = {v, s, rules, status_name, review_name, now, has_provenance(s)};
    judge_trust(&j);
    judge_vetoes(&j);
    judge_criteria(&j);
    /* Nothing to prove proves nothing. */
    bool proven = v->count > 0 && v->passing == v->count && !s->review.refused;
    judge_marker(&j, proven);
    order_reasons(v);
    v->state = state_of(&j, proven);
    v->value = v->state == STATE_DONE      ? VERDICT_DONE
               : v->state == STATE_REFUSED ? VERDICT_UNKNOWN
                                           : VERDICT_NOT_DONE;
}

void verdict_clear(struct verdict *v)
{
    for (size_t i = 0; i < v->reason_count; i++) {
        free(v->reasons[i].text);
        free(v->reasons[i].fix);
    }
    free(v->reasons);
    free(v->criteria);
    memset(v, 0, sizeof *v);
}
