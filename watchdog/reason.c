#include "watchdog/reason.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reasons ---- */

static void add_reason(struct judge *j, const char *code, const char *id, const char *file, int line, char *text,
                       char *fix)
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

static void tell_behind(struct buf *b, const struct review_entry *x)
{
    if (x->since < 0)
        buf_adds(b, "STALE: its PASS names no commit (sha=), so nobody can tell what has changed since; "
                    "done.require_current is on");
    else
        buf_addf(b,
                 "STALE: its PASS is of commit %s, and %d commit%s since then, the last %.7s, changed more than the "
                 "state files; done.require_current is on",
                 x->sha, x->since, x->since == 1 ? "" : "s", x->since_commit);
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
        if (c->behind) {
            tell_behind(&b, x);
            break;
        }
        buf_adds(&b, "STALE: its PASS is ");
        add_length(&b, j->now - c->effective);
        buf_adds(&b, kept_bound(j->rules->kept, x) == c->effective ? " old, since it was first seen, and after "
                                                                   : " old, and after ");
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
    const struct review_entry *late = judge_entry(j, l->late), *near = judge_entry(j, l->near);
    if (late && !c->passed && x)
        buf_addf(&b, "; the PASS in line %d does not clear it, as its time is not later", late->line);
    if (near && (!x || near->line > x->line))
        buf_addf(&b, "; line %d is no verdict: %s", near->line, near->why ? near->why : "it is not written as one");
    return buf_take(&b);
}

/* A PASS that would help but counts for nothing. */
static void tell_other(struct judge *j, const struct verdict_criterion *c, size_t at, const char *code,
                       const char *what)
{
    const struct review_entry *x = judge_entry(j, at);
    if (!x || x == c->entry || (c->entry && c->state != CRITERION_MISSING && x->line < c->entry->line))
        return;
    struct buf b;
    buf_init(&b, 1000);
    buf_addf(&b, "a PASS of %s counts for nothing, as %s", c->id, what);
    add_line(&b, x);
    add_origin(&b, x);
    add_reason(j, code, c->id, j->review_name, x->line, buf_take(&b), fix_pass(j, c->id));
}

/* ---- foreign commits ---- */

/* The foreign commit that voids the entry; without one, the newest that took lines of that criterion away. */
static const struct snapshot_foreign *foreign_of(const struct judge *j, const char *id, const struct review_entry *x)
{
    size_t n = strlen(id);
    for (size_t i = 0; i < j->s->foreign_count; i++) {
        const struct snapshot_foreign *f = &j->s->foreign[i];
        if (x && strcmp(x->voided, f->commit) == 0)
            return f;
        for (size_t k = 0; !x && k < f->lost.n; k++)
            if (strncmp(f->lost.at[k], id, n) == 0 && f->lost.at[k][n] == ' ')
                return f;
    }
    return NULL;
}

/* The Adversary's own, or an operator's: nobody can read what it says. */
static bool is_hidden(const struct snapshot_foreign *f)
{
    return f->lost.n && strcmp(f->lost.at[f->lost.n - 1], "HIDDEN") == 0;
}

/* "commit 1a2b3c4 by builder (b@x.example) took away or changed what REVIEW.md held (D1 FAIL, D1 PASS)" */
static void add_foreign(struct buf *b, const struct judge *j, const struct snapshot_foreign *f)
{
    buf_addf(b, "commit %.7s by %s (", f->commit, review_by_name(f->by));
    vis_add(b, f->author, strlen(f->author));
    if (f->lost.n == 1 && strcmp(f->lost.at[0], "END") == 0) {
        buf_addf(b, ") left %s open at its end, so that what is written behind it might not be read", j->review_name);
        return;
    }
    size_t n = f->lost.n;
    bool hidden = is_hidden(f);
    n -= hidden;
    buf_addf(b, hidden ? ") wrote at the end of %s what is not read there (" : ") took away or changed what %s held (",
             j->review_name);
    for (size_t i = 0; i < n && i < 10; i++) {
        buf_adds(b, i ? ", " : "");
        vis_add(b, f->lost.at[i], strlen(f->lost.at[i]));
    }
    buf_adds(b, n > 10 ? ", ...)" : ")");
    if (hidden)
        buf_adds(b, ", as something above it is open or it stands in a section of examples");
}

static void tell_foreign(struct judge *j, const struct verdict_criterion *c)
{
    const struct review_entry *x = c->voided;
    const struct snapshot_foreign *f = x || c->state == CRITERION_MISSING ? foreign_of(j, c->id, x) : NULL;
    struct buf b;
    if (!x && !f)
        return;
    buf_init(&b, 1400);
    if (f)
        add_foreign(&b, j, f);
    else
        buf_addf(&b, "commit %.7s, which is not the Adversary's, took away or changed verdicts", x->voided);
    buf_addf(&b, "; it must be verified again, as no PASS of %s from before it counts", c->id);
    if (x) {
        add_line(&b, x);
        add_origin(&b, x);
    }
    add_reason(j, "FOREIGN", c->id, j->review_name, x ? x->line : 0, buf_take(&b), fix_pass(j, c->id));
}

void reason_foreign_veto(struct judge *j, const struct snapshot_foreign *x)
{
    struct buf b;
    buf_init(&b, 1400);
    buf_addf(&b, "a VETO stands though %s: ", is_hidden(x) ? "its line does not count" : "its line is gone");
    add_foreign(&b, j, x);
    buf_adds(&b, ", and the Adversary has lifted none since");
    add_reason(j, "FOREIGN", "", j->review_name, 0, buf_take(&b), fix_lift(j));
}

/* ---- a criterion ---- */

void reason_criterion(struct judge *j, const struct verdict_criterion *c, const struct ledger *l)
{
    if (c->state == CRITERION_PASS || c->state == CRITERION_REFUSED)
        return;
    const struct review_entry *near = judge_entry(j, l->near);
    int line = c->entry ? c->entry->line : near ? near->line : 0;
    add_reason(j, c->behind ? "BEHIND" : criterion_state_name(c->state), c->id, j->review_name, line,
               tell_criterion(j, c, l), fix_pass(j, c->id));
    tell_other(j, c, l->undated, "UNDATED", "it has no readable time, or its sha= is not known here");
    tell_other(j, c, l->stranger, "NOT_ADVERSARY", "it was not written by the Adversary or an operator");
    tell_other(j, c, l->early, "BEFORE_START", "it was written before the phase began");
    tell_foreign(j, c);
}

void reason_veto(struct judge *j, const struct review_entry *x)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_adds(&b, "a VETO stands");
    add_line(&b, x);
    add_origin(&b, x);
    add_reason(j, "VETO", "", j->review_name, x->line, buf_take(&b), fix_lift(j));
}

void reason_refused_lift(struct judge *j, const struct review_entry *x)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_addf(&b, "a VETO stands: its lifting does not count, as %s", x->why ? x->why : "it is in doubt");
    add_line(&b, x);
    add_origin(&b, x);
    add_reason(j, "VETO", "", j->review_name, x->line, buf_take(&b), fix_lift(j));
}

void reason_kept_veto(struct judge *j, const struct kept_veto *veto, const struct review_entry *x)
{
    struct buf b;
    char seen[21];
    buf_init(&b, 1400);
    timestamp_format(veto->seen, seen);
    if (x)
        buf_addf(&b, "a VETO stands in line %d, as no lifting of it is newer than it: `", x->line);
    else
        buf_addf(&b, "VETO (removed from %s): `", j->review_name);
    vis_add(&b, veto->text, strlen(veto->text));
    buf_addf(&b, "`, seen at %s", seen);
    if (veto->commit[0])
        buf_addf(&b, ", commit %.7s", veto->commit);
    buf_adds(&b, "; it stands until the Adversary or an operator lifts it");
    add_reason(j, "VETO", "", j->review_name, x ? x->line : 0, buf_take(&b), fix_lift(j));
}

void reason_stranger_lift(struct judge *j, const struct review_entry *x)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_adds(&b, "a lifting counts for nothing, as it was not written by the Adversary or an operator");
    add_line(&b, x);
    add_origin(&b, x);
    add_reason(j, "NOT_ADVERSARY", "", j->review_name, x->line, buf_take(&b), fix_lift(j));
}

/* ---- the files and the marker ---- */

/* A file that is refused. why: "line N holds ...; what to do" (watchdog/markdown.h), or a shorter one of git's. */
static void tell_refused(struct judge *j, const char *code, const char *file, const char *why)
{
    struct buf b;
    int line = 0;
    const char *fix = strstr(why, "; ");
    fix = fix ? fix : strstr(why, ": ");
    buf_init(&b, 1000);
    buf_addf(&b, "%s can't be read: ", file);
    vis_add(&b, why, strlen(why));
    if (strncmp(why, "line ", 5) == 0)
        for (const char *p = why + 5; *p >= '0' && *p <= '9' && line < 100000000; p++)
            line = line * 10 + (*p - '0');
    add_reason(j, code, "", file, line, buf_take(&b), fix ? vis_dup(fix + 2, strlen(fix + 2), 200) : NULL);
}

/* Why a marker that stands by its text does not count. */
static void tell_marked(struct judge *j, struct buf *b)
{
    const struct marker *m = &j->s->marker;
    const char *code = j->v->frozen ? "FROZEN" : "EARLY_MARKER";
    if (j->v->frozen) {
        buf_addf(b, "code changed after DONE: %.7s", m->changed);
        if (m->changes > 1)
            buf_addf(b, " and %d more commit%s", m->changes - 1, m->changes == 2 ? "" : "s");
        buf_addf(b, " since the marker came in with %.7s", m->commit);
    } else if (!m->commit[0]) {
        buf_adds(b, "it is not known which commit brought the marker in");
    } else if (!m->after_start) {
        buf_addf(b, "the marker is from before this phase: it came in with %.7s", m->commit);
    } else {
        size_t n = 0;
        buf_adds(b, "marked before ");
        for (size_t i = 0; i < j->v->count; i++)
            if (judge_unproven(m, &j->v->criteria[i]))
                buf_addf(b, "%s%s", n++ ? ", " : "", j->v->criteria[i].id);
        buf_addf(b, " %s verified: the marker came in with %.7s", n == 1 ? "was" : "were", m->commit);
    }
    buf_addf(b,
             "; mark again when every criterion is PASS: run `ccsup mark-done`, or take the line out of %s, push, and "
             "write it anew",
             j->status_name);
    add_reason(j, code, "", j->status_name, m->line, buf_take(b), mem_strdup("## DONE"));
}

void reason_marker(struct judge *j, bool proven)
{
    const struct marker *m = &j->s->marker;
    if (m->refused || (j->v->marked && !j->v->frozen))
        return;
    struct buf b;
    buf_init(&b, 1400);
    if (m->done) {
        tell_marked(j, &b);
        return;
    }
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

void reason_trust(struct judge *j)
{
    const struct snapshot *s = j->s;
    if (s->rewritten) {
        struct buf b;
        buf_init(&b, 400);
        buf_addf(&b,
                 "the branch was rewritten: its tip %.7s is no descendant of the last judged revision, so nothing "
                 "is judged until an operator has looked at it and says `ccsup accept-history`",
                 s->tip);
        add_reason(j, "TAMPERED", "", NULL, 0, buf_take(&b), NULL);
    }
    if (s->cut) {
        struct buf b;
        buf_init(&b, 400);
        buf_adds(&b, "the history since the phase began has more commits than are read (50000), so nobody can tell who "
                     "changed what: begin a new phase at a newer revision");
        add_reason(j, "CUT", "", NULL, 0, buf_take(&b), NULL);
    }
    if (s->marker.refused)
        tell_refused(j, "REFUSED_STATUS", j->status_name, s->marker.why);
    if (s->review.refused)
        tell_refused(j, "REFUSED_REVIEW", j->review_name, s->review.why);
}

/* ---- warnings ---- */

enum { WARNINGS_MAX = 20 };

__attribute__((format(printf, 2, 3))) static void warn(struct judge *j, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    if (j->v->warnings.n >= WARNINGS_MAX)
        return;
    buf_init(&b, 400);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    words_add(&j->v->warnings, buf_str(&b));
    buf_clear(&b);
}

/* A FAIL that hinders nothing, and a waiver that is over. */
static void warn_waivers(struct judge *j)
{
    char until[21];
    for (size_t i = 0; i < j->v->count; i++) {
        const struct verdict_criterion *c = &j->v->criteria[i];
        const struct config_waiver *w = config_waiver_find(j->rules->waivers, c->id);
        if (!w)
            continue;
        timestamp_format(w->until, until);
        if (c->waiver && c->state == CRITERION_FAIL)
            warn(j, "%s: line %d: %s is FAIL, and waived until %s", j->review_name, c->entry->line, c->id, until);
        else if (!c->waiver)
            warn(j, "launch.conf: the waiver of %s ended at %s and counts for nothing", c->id, until);
    }
}

void reason_warnings(struct judge *j)
{
    const struct review *r = &j->s->review;
    if (j->rules->kept && j->rules->kept->full_at) {
        char at[21];
        timestamp_format(j->rules->kept->full_at, at);
        warn(j, "%s: over %d PASSes were dated ahead of the clock; whatever else is dated after %s counts as seen then",
             j->review_name, KEPT_LINES_MAX, at);
    }
    warn_waivers(j);
    for (size_t i = 0; i < r->count; i++) {
        const struct review_entry *x = &r->entries[i];
        if (x->dating != REVIEW_DATED || x->committed <= 0 || x->written - x->committed <= j->rules->skew)
            continue;
        struct buf b;
        buf_init(&b, 100);
        add_length(&b, x->written - x->committed);
        warn(
            j,
            "%s: line %d: %s is dated %s after its commit %.7s; times are UTC, and the commit's is the one that counts",
            j->review_name, x->line, x->id[0] ? x->id : "a VETO or its lifting", buf_str(&b), x->commit);
        buf_clear(&b);
    }
}

/* The reasons' order: what an operator must know first stands first. */
static int weight(const char *code)
{
    static const char *const order[] = {"TAMPERED", "REFUSED_STATUS", "REFUSED_REVIEW", "VETO",          "FAIL",
                                        "UNDATED",  "FUTURE",         "PENDING",        "NOT_ADVERSARY", "BEFORE_START",
                                        "STALE",    "MISSING",        "NEAR_MARKER",    "NO_MARKER",     "CUT",
                                        "FOREIGN",  "BEHIND",         "EARLY_MARKER",   "FROZEN"};
    static const int classes[] = {0, 1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 6, 7, 7, 1, 2, 5, 7, 7};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (strcmp(order[i], code) == 0)
            return classes[i];
    return 8;
}

/* Stable, so that within a class the criteria keep their order. */
void reason_order(struct verdict *v)
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
