/* What git says about the lines, at random: whatever it is, DONE stands only on passes that were written by who may, in
 * the phase, at a known commit, and voided by nobody; the reasons are lines; and facts that are broken are refused. */
#include "supervisor/base/json.h"
#include "supervisor/config/config.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const REVISIONS[] = {
    "1111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222",
    "3333333333333333333333333333333333333333",
};

/* A revision, or in one case of `rare` none. */
static void set_revision(struct draw *d, int rare, char to[41])
{
    snprintf(to, 41, "%s", draw(d, rare) == 1 ? "" : DRAW(d, REVISIONS));
}

static void set_entry(struct draw *d, struct review_entry *x)
{
    bool odd = draw(d, 4) == 1;
    set_revision(d, odd ? 3 : 255, x->commit);
    x->committed = NOW - 50000 + draw(d, 65536);
    x->by = odd ? (enum review_by)draw(d, 5) : REVIEW_BY_ADVERSARY;
    x->after_start = !odd || draw(d, 2);
    x->sha_known = !odd || draw(d, 2);
    x->since = odd ? draw(d, 4) - 1 : 0;
    if (odd && draw(d, 2))
        set_revision(d, 3, x->voided);
    set_revision(d, 3, x->since_commit);
    snprintf(x->author, sizeof x->author, "%s", draw(d, 2) ? "a@b" : "\x1b[2J");
}

static void set_foreign(struct draw *d, struct snapshot *s)
{
    static const char *const lost[] = {"D1 PASS", "D2 FAIL", "VETO", "D3", "D10 PASS", "LIFT"};
    s->foreign_count = (size_t)draw(d, 3);
    s->foreign = calloc(s->foreign_count + 1, sizeof *s->foreign);
    for (size_t i = 0; s->foreign && i < s->foreign_count; i++) {
        struct snapshot_foreign *f = &s->foreign[i];
        set_revision(d, 255, f->commit);
        f->committed = NOW;
        f->by = (enum review_by)draw(d, 5);
        for (int n = draw(d, 14); n > 0; n--)
            words_add(&f->lost, DRAW(d, lost));
        f->veto = draw(d, 2);
    }
}

static void set_facts(struct draw *d, struct snapshot *s)
{
    bool odd = draw(d, 3) == 1;
    snprintf(s->tip, sizeof s->tip, "%s", DRAW(d, REVISIONS)); /* without one it is a judgement of files */
    s->rewritten = odd && draw(d, 3) == 1;
    s->cut = odd && draw(d, 3) == 1;
    s->has_status = !odd || draw(d, 2);
    for (size_t i = 0; i < s->review.count; i++)
        set_entry(d, &s->review.entries[i]);
    struct marker *m = &s->marker;
    odd = draw(d, 3) == 1;
    set_revision(d, odd ? 3 : 255, m->commit);
    m->after_start = !odd || draw(d, 2);
    m->changes = odd ? draw(d, 4) : 0;
    set_revision(d, 255, m->changed);
    for (int i = odd ? draw(d, 4) : 0; i > 0; i--) {
        char id[16];
        snprintf(id, sizeof id, "D%d", i);
        words_add(&m->unproven, id);
    }
    if (draw(d, 3) == 1)
        set_foreign(d, s);
}

static const struct config_waiver *waived(const struct config_waivers *w, const char *id)
{
    const struct config_waiver *x = config_waiver_find(w, id);
    return x && x->until > NOW ? x : NULL;
}

static void check(const struct judged *j, const struct buf *text)
{
    for (size_t i = 0; i < j->v.reason_count; i++) {
        const struct verdict_reason *r = &j->v.reasons[i];
        if (!r->text || strpbrk(r->text, "\n\x1b") || (r->fix && strpbrk(r->fix, "\n\x1b")))
            broken("a reason is no line", text, NULL);
    }
    if (j->v.value != VERDICT_DONE)
        return;
    if (!j->s.marker.done || !j->s.marker.commit[0] || !j->s.marker.after_start || j->s.marker.changes ||
        j->s.rewritten || j->s.cut || j->v.vetoes || j->v.reason_count)
        broken("DONE on a marker that does not count", text, NULL);
    for (size_t i = 0; i < j->v.count; i++) {
        const struct verdict_criterion *c = &j->v.criteria[i];
        const struct review_entry *x = c->entry;
        if (waived(j->rules.waivers, c->id))
            continue;
        if (!x || x->kind != REVIEW_PASS || x->dating != REVIEW_DATED || strcmp(x->id, c->id) != 0 || !x->after_start ||
            !x->sha_known || x->voided[0] || !x->commit[0] ||
            (x->by != REVIEW_BY_ADVERSARY && x->by != REVIEW_BY_OPERATOR) || (j->rules.require_current && x->since))
            broken(c->id, text, NULL);
    }
}

/* One member somewhere is another value: refused with a word, or still facts that can be judged. */
static void spoil(struct draw *d, struct judged *j, const struct buf *text)
{
    cJSON *json = snapshot_render(&j->s), *at = json;
    for (int depth = draw(d, 5); depth > 0 && at->child; depth--) {
        cJSON *to = at->child;
        for (int n = draw(d, 25); n > 0 && to->next; n--)
            to = to->next;
        if (cJSON_IsObject(to) || cJSON_IsArray(to))
            at = to;
    }
    cJSON *victim = at->child, *other = NULL;
    for (int n = draw(d, 30); victim && n > 0 && victim->next; n--)
        victim = victim->next;
    switch (draw(d, 6)) {
    case 0: break; /* it is left out */
    case 1: other = cJSON_CreateNumber((double)draw(d, 65536) - 30); break;
    case 2: other = cJSON_CreateString("zz"); break;
    case 3: other = cJSON_CreateBool(draw(d, 2)); break;
    case 4: other = cJSON_CreateArray(); break;
    case 5: other = cJSON_CreateNumber(1e300); break;
    default: break;
    }
    if (victim && other)
        cJSON_ReplaceItemViaPointer(at, victim, other);
    else if (victim)
        cJSON_Delete(cJSON_DetachItemViaPointer(at, victim));
    else
        cJSON_Delete(other);
    struct judged back = {.rules = j->rules};
    struct err e = {""};
    if (snapshot_parse(&back.s, json, &e)) {
        verdict_judge(&back.v, &back.s, &back.rules, "STATUS.md", "REVIEW.md", NOW);
        judged_clear(&back);
    } else if (!e.text[0]) {
        broken("facts are refused without a word", text, NULL);
    }
    cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const lines[] = {"D1: FAIL\n", "VETO x\n",   "VETO LIFTED\n",
                                        "D2: PASS\n", "D3: pass\n", "VETO LIFTED?\n"};
    struct draw d = {data, data + size};
    struct buf text = {0};
    for (int i = 1; i <= IDS; i++) {
        if (draw(&d, 6) == 1)
            buf_adds(&text, DRAW(&d, lines));
        add_pass(&text, &d, i, 60 + draw(&d, 80000));
    }
    struct judged j;
    judge_texts(&j, "## DONE\n", 8, text.data, text.len, NOW);
    verdict_clear(&j.v);
    set_facts(&d, &j.s);
    struct config_waiver waiver = {.id = (char[]){"D2"}, .reason = (char[]){"r"}, .until = NOW - 100 + draw(&d, 200)};
    struct config_waivers waivers = {&waiver, (size_t)(draw(&d, 4) == 1)};
    j.rules.waivers = &waivers;
    j.rules.require_current = draw(&d, 3) == 1;
    verdict_judge(&j.v, &j.s, &j.rules, "STATUS.md", "REVIEW.md", NOW);
    check(&j, &text);
    spoil(&d, &j, &text);
    judged_clear(&j);
    buf_clear(&text);
    return 0;
}
