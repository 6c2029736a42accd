#include "watchdog/verdict.h"
#include "supervisor/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void add(struct verdict *v, const char *code, const char *id, const char *text) {
    v->reasons = mem_resize(v->reasons, v->reason_count + 1, sizeof *v->reasons);
    struct verdict_reason *r = &v->reasons[v->reason_count++];
    memset(r, 0, sizeof *r);
    r->code = code; snprintf(r->id, sizeof r->id, "%s", id); r->text = mem_strdup(text);
}
void verdict_judge(struct verdict *v, const struct snapshot *s, const struct verdict_rules *rules, const char *sn, const char *rn, int64_t now) {
    (void)sn; (void)rn;
    memset(v, 0, sizeof *v);
    v->count = rules->criteria->n;
    v->criteria = mem_zalloc(v->count * sizeof *v->criteria);
    size_t passed = 0;
    for (size_t i = 0; i < v->count; i++) {
        struct verdict_criterion *c = &v->criteria[i];
        snprintf(c->id, sizeof c->id, "%s", rules->criteria->at[i]);
        c->state = CRITERION_MISSING;
        for (size_t k = 0; k < s->claim_count; k++) if (!s->claims[k].answered && !strcmp(s->claims[k].id, c->id)) c->claimed = true;
        for (size_t k = 0; k < s->review.count; k++) {
            const struct review_entry *e = &s->review.entries[k];
            if (strcmp(e->id, c->id)) continue;
            c->entry = e; c->effective = e->written;
            c->state = e->dating == REVIEW_UNDATED ? CRITERION_UNDATED : e->kind == REVIEW_PASS ? (now - e->written > rules->window ? CRITERION_STALE : CRITERION_PASS) : e->kind == REVIEW_FAIL ? CRITERION_FAIL : CRITERION_PENDING;
        }
        c->passed = c->state == CRITERION_PASS || c->state == CRITERION_STALE;
        passed += c->passed; v->passing += c->state == CRITERION_PASS;
        if (c->state != CRITERION_PASS) add(v, criterion_state_name(c->state), c->id, "not pass");
    }
    if (!s->marker.done) add(v, "NO_MARKER", "", "no marker");
    v->value = s->review.refused ? VERDICT_UNKNOWN : v->passing == v->count && s->marker.done && !s->rewritten ? VERDICT_DONE : VERDICT_NOT_DONE;
    v->state = s->rewritten ? STATE_TAMPERED : v->value == VERDICT_UNKNOWN ? STATE_REFUSED : v->value == VERDICT_DONE ? STATE_DONE : s->marker.done ? STATE_CLAIMED_UNPROVEN : v->passing == v->count ? STATE_READY_UNMARKED : STATE_RUNNING;
}
void verdict_clear(struct verdict *v) { for (size_t i = 0; i < v->reason_count; i++) { free(v->reasons[i].text); free(v->reasons[i].fix); } free(v->reasons); free(v->criteria); memset(v, 0, sizeof *v); }
const char *verdict_value_name(enum verdict_value x) { static const char *const n[] = {"NOT_DONE","DONE","UNKNOWN"}; return n[x]; }
const char *verdict_state_name(enum verdict_state x) { static const char *const n[] = {"RUNNING","READY-UNMARKED","CLAIMED-UNPROVEN","VETOED","TAMPERED","REFUSED","CONFIRMING","STUCK","DONE"}; return n[x]; }
const char *criterion_state_name(enum criterion_state x) { static const char *const n[] = {
#define X(name) #name,
CRITERION_STATES(X)
#undef X
}; return n[x]; }
