/* Time alone: a PASS that stands goes on standing and only ages, and nothing else becomes one, but where a line of the
 * criterion is dated ahead of the clock. */
#include "tests/fuzz/fuzz.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <string.h>

static void add_fact(struct buf *b, struct draw *d)
{
    static const char *const words[] = {"PASS", "FAIL", "PENDING", "PASS (draft)", "PASSED", "N/A", "x"};
    char at[21];
    timestamp_format(NOW - 200000 + draw(d, 65536) * 6, at);
    buf_addf(b, "D%d: %s", 1 + draw(d, IDS), DRAW(d, words));
    if (draw(d, 8))
        buf_addf(b, " @%s", at);
    buf_adds(b, "\n");
}

/* PASS and STALE; FUTURE is one that waits. */
static bool stands(enum criterion_state s)
{
    return s == CRITERION_PASS || s == CRITERION_STALE || s == CRITERION_FUTURE;
}

static bool dated_after(const struct review *r, const char *id, int64_t when)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->entries[i].id, id) == 0 && r->entries[i].dating == REVIEW_DATED && r->entries[i].written > when)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draw d = {data, data + size};
    struct buf b = {0};
    int64_t now = NOW - 200000 + draw(&d, 65536) * 6, later = now + draw(&d, 65536) * 3;
    while (d.at < d.end) {
        if (draw(&d, 8))
            add_fact(&b, &d);
        else
            add_noise(&b, &d);
    }
    struct judged one, two;
    judge_texts(&one, "## DONE\n", 8, buf_str(&b), b.len, now);
    judge_texts(&two, "## DONE\n", 8, buf_str(&b), b.len, later);
    for (size_t i = 0; i < one.v.count; i++) {
        enum criterion_state was = one.v.criteria[i].state, is = two.v.criteria[i].state;
        const char *id = one.v.criteria[i].id;
        char what[160];
        snprintf(what, sizeof what, "%s is %s, and %d seconds later %s", id, criterion_state_name(was),
                 (int)(later - now), criterion_state_name(is));
        if (stands(was) && !stands(is))
            broken(what, &b, NULL);
        if (!dated_after(&one.s.review, id, now) && is != was && !(was == CRITERION_PASS && is == CRITERION_STALE))
            broken(what, &b, NULL);
    }
    if (one.v.vetoes != two.v.vetoes)
        broken("a VETO comes or goes with the clock", &b, NULL);
    judged_clear(&one);
    judged_clear(&two);
    buf_clear(&b);
    return 0;
}
