#include "watchdog/work.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void work_add(struct words *reasons, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 200);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    words_add(reasons, buf_str(&b));
    buf_clear(&b);
}

static void work_place(const struct work_input *in, const struct verdict_criterion *c, char *out, size_t n)
{
    if (c->entry)
        snprintf(out, n, " %s:%d", in->review_file, c->entry->line);
    else
        out[0] = '\0';
}

/* The Builder: a criterion neither passed nor under claim. What only the Adversary can mend (a verdict without a usable
 * time) and what only age has taken is not the Builder's. */
static void work_builder(const struct work_input *in, struct words *reasons)
{
    const struct verdict *v = in->verdict;
    for (size_t i = 0; i < v->count; i++) {
        const struct verdict_criterion *c = &v->criteria[i];
        char place[120];
        if (c->waiver)
            continue;
        work_place(in, c, place, sizeof place);
        switch (c->state) {
        case CRITERION_FAIL:
        case CRITERION_PENDING:
        case CRITERION_MISSING:
            if (!c->claimed)
                work_add(reasons, "%s %s%s", c->id, criterion_state_name(c->state), place);
            break;
        case CRITERION_PASS:
        case CRITERION_STALE:
        case CRITERION_FUTURE:
        case CRITERION_UNDATED:
        case CRITERION_REFUSED: break;
        }
    }
    if (v->vetoes)
        work_add(reasons, "VETO %d", v->vetoes);
    if (in->snapshot->findings_blob[0] && strcmp(in->snapshot->findings_blob, in->seen_findings) != 0)
        work_add(reasons, "FINDINGS");
    if (v->state == STATE_READY_UNMARKED)
        work_add(reasons, "READY-UNMARKED");
    if (v->frozen && v->passing + v->waived == v->count)
        work_add(reasons, "FROZEN %.7s", in->snapshot->marker.changed);
    if (in->snapshot->marker.refused)
        work_add(reasons, "STATUS REFUSED");
}

/* Age wakes the Adversary only when everything has passed once, or the marker stands. */
static bool work_sweeps(const struct verdict *v)
{
    if (v->marked)
        return true;
    for (size_t i = 0; i < v->count; i++)
        if (!v->criteria[i].passed && !v->criteria[i].waiver)
            return false;
    return v->count > 0;
}

static int work_older(const void *a, const void *b)
{
    const struct verdict_criterion *x = *(const struct verdict_criterion *const *)a,
                                   *y = *(const struct verdict_criterion *const *)b;
    if (x->effective != y->effective)
        return x->effective < y->effective ? -1 : 1;
    return x < y ? -1 : x > y; /* the file's order */
}

/* All that are stale or will be within done.sweep, oldest first. */
static void work_sweep(const struct work_input *in, struct words *reasons)
{
    const struct verdict *v = in->verdict;
    const struct verdict_criterion **due = mem_zalloc((v->count + 1) * sizeof *due);
    size_t n = 0;
    for (size_t i = 0; i < v->count; i++)
        if (v->criteria[i].behind ||
            (v->criteria[i].passed && in->now - v->criteria[i].effective > in->window - in->sweep))
            due[n++] = &v->criteria[i];
    qsort(due, n, sizeof *due, work_older);
    for (size_t i = 0; i < n; i++) {
        char place[120];
        work_place(in, due[i], place, sizeof place);
        const char *why = due[i]->behind ? "BEHIND" : due[i]->state == CRITERION_STALE ? "STALE" : "SOON-STALE";
        work_add(reasons, "%s %s%s", due[i]->id, why, place);
    }
    free(due);
}

static void work_adversary(const struct work_input *in, struct words *reasons)
{
    const struct verdict *v = in->verdict;
    const struct snapshot *s = in->snapshot;
    for (size_t i = 0; i < s->claim_count; i++)
        if (!s->claims[i].answered)
            work_add(reasons, "%s CLAIMED %.7s", s->claims[i].id, s->claims[i].commit);
    for (size_t i = 0; i < v->count; i++) {
        const struct verdict_criterion *c = &v->criteria[i];
        char place[120];
        if (c->waiver)
            continue;
        work_place(in, c, place, sizeof place);
        if (c->state == CRITERION_UNDATED || c->state == CRITERION_FUTURE)
            work_add(reasons, "%s %s%s", c->id, criterion_state_name(c->state), place);
        else if (c->voided)
            work_add(reasons, "%s FOREIGN %.7s", c->id, c->voided->voided);
    }
    if (work_sweeps(v))
        work_sweep(in, reasons);
    if (s->review.refused)
        work_add(reasons, "REVIEW REFUSED");
}

void work_for(enum role role, const struct work_input *in, struct words *reasons)
{
    if (role == ROLE_BUILDER)
        work_builder(in, reasons);
    else
        work_adversary(in, reasons);
    if (in->snapshot->inbox[role].n)
        work_add(reasons, "INBOX %zu", in->snapshot->inbox[role].n);
    if (in->tell)
        work_add(reasons, "TELL");
    if (in->parked)
        work_add(reasons, "PARKED");
}
