/* kept: what is remembered of lines that go, come back or are moved; its bounds; its way through the journal. */
#include "watchdog/kept.h"
#include "random.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/journal.h"
#include "watchdog/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { HOUR = 3600 };
static const int64_t NOW = 1779969600; /* 2026-05-28T12:00:00Z */

struct bench {
    struct words criteria;
    struct verdict_rules rules;
    struct kept kept;
    struct snapshot s;
    struct verdict v;
    cJSON *records; /* all that was to be journalled */
};

static void open_bench(struct bench *b)
{
    memset(b, 0, sizeof *b);
    words_add(&b->criteria, "D1");
    b->rules = (struct verdict_rules){.criteria = &b->criteria, .window = 24 * HOUR, .skew = 120, .kept = &b->kept};
    b->records = cJSON_CreateArray();
}

static void close_bench(struct bench *b)
{
    verdict_clear(&b->v);
    snapshot_clear(&b->s);
    words_clear(&b->criteria);
    kept_clear(&b->kept);
    cJSON_Delete(b->records);
}

/* A snapshot of REVIEW as `review`, marked. Each line was introduced by the Adversary in a commit of the line's own, a
 * line with "(b)" in it by the Builder; the commits are as old as the line says. */
static void reading(struct bench *b, const char *review)
{
    snapshot_clear(&b->s);
    b->s.has_status = b->s.has_review = true;
    b->s.marker.done = b->s.marker.after_start = true;
    memset(b->s.marker.commit, 'd', 40);
    memset(b->s.tip, 'f', 40);
    review_read(&b->s.review, review, strlen(review), &b->criteria, 8 << 20);
    for (size_t i = 0; i < b->s.review.count; i++) {
        struct review_entry *x = &b->s.review.entries[i];
        snprintf(x->commit, sizeof x->commit, "%08x%08x%08x%08x%08x", (unsigned)x->hash, 1u, 2u, 3u, 4u);
        x->committed = x->dating == REVIEW_DATED ? x->written : NOW - HOUR;
        x->by = strstr(x->text, "(b)") ? REVIEW_BY_BUILDER : REVIEW_BY_ADVERSARY;
        x->after_start = true;
    }
}

static void judge(struct bench *b, int64_t now)
{
    verdict_clear(&b->v);
    verdict_judge(&b->v, &b->s, &b->rules, "STATUS.md", "REVIEW.md", now);
}

/* As the watchdog does it: learns, then judges. */
static void look(struct bench *b, const char *review, int64_t now)
{
    reading(b, review);
    kept_look(&b->kept, &b->s, now, b->records);
    judge(b, now);
}

static const char *veto_text(const struct bench *b)
{
    for (size_t i = 0; i < b->v.reason_count; i++)
        if (strcmp(b->v.reasons[i].code, "VETO") == 0)
            return b->v.reasons[i].text;
    return "";
}

static char *rendered(const struct kept *k)
{
    cJSON *all = cJSON_CreateArray();
    kept_render(k, all);
    char *text = json_print(all);
    cJSON_Delete(all);
    return text;
}

/* The journal's records make the same memory. */
static void same_again(const struct bench *b)
{
    struct kept again = {0};
    const cJSON *one;
    cJSON_ArrayForEach(one, b->records) assert_true(kept_restore(&again, one));
    char *live = rendered(&b->kept), *journal = rendered(&again);
    assert_string_equal(live, journal);
    free(journal);
    cJSON *all = cJSON_CreateArray();
    kept_render(&again, all);
    kept_clear(&again);
    cJSON_ArrayForEach(one, all) kept_restore(&again, one);
    journal = rendered(&again);
    assert_string_equal(live, journal);
    cJSON_Delete(all);
    free(live);
    free(journal);
    kept_clear(&again);
}

#define PASS "D1: PASS @2026-05-28T11:00:00Z — x\n"
#define AHEAD "D1: PASS @2026-05-29T04:00:00Z — x\n"
#define LIFT "## VETO LIFTED @2026-05-28T11:30:00Z — x\n"

/* A PASS that was dated and committed 16 h ahead is as old as its first sight, also after it was away. */
static void test_first_sight(void **unused)
{
    (void)unused;
    struct bench b;
    open_bench(&b);
    look(&b, AHEAD, NOW);
    assert_int_equal(b.v.criteria[0].state, CRITERION_FUTURE);
    look(&b, "", NOW + 1 * HOUR);
    look(&b, AHEAD, NOW + 17 * HOUR);
    assert_int_equal(b.v.criteria[0].state, CRITERION_PASS);
    assert_int_equal(b.v.criteria[0].effective, NOW);
    judge(&b, NOW + 24 * HOUR);
    assert_int_equal(b.v.criteria[0].state, CRITERION_PASS);
    judge(&b, NOW + 24 * HOUR + 1);
    assert_int_equal(b.v.criteria[0].state, CRITERION_STALE);
    assert_non_null(strstr(b.v.reasons[0].text, "since it was first seen"));
    /* Without the memory git can't tell. */
    b.rules.kept = NULL;
    judge(&b, NOW + 24 * HOUR + 1);
    assert_int_equal(b.v.criteria[0].state, CRITERION_PASS);
    assert_int_equal(cJSON_GetArraySize(b.records), 1); /* known is known */
    same_again(&b);
    close_bench(&b);

    /* Another id, or another line, has a sight of its own; what is not ahead needs none. */
    open_bench(&b);
    words_add(&b.criteria, "D2");
    look(&b, PASS, NOW);
    assert_int_equal(cJSON_GetArraySize(b.records), 0);
    look(&b, AHEAD, NOW);
    look(&b, AHEAD "D1: PASS @2026-05-29T04:00:00Z — y\nD2: PASS @2026-05-29T04:00:00Z — x\n", NOW + HOUR);
    assert_int_equal(b.kept.sight_count, 3);
    judge(&b, NOW + 17 * HOUR);
    assert_int_equal(b.v.criteria[0].effective, NOW + HOUR); /* the freshest of both */
    assert_int_equal(b.v.criteria[1].effective, NOW + HOUR);
    same_again(&b);
    close_bench(&b);

    /* A FAIL is not made older, so that no earlier PASS clears it: what is DONE here is DONE by git alone. */
    open_bench(&b);
    look(&b, "D1: FAIL @2026-05-28T14:00:00Z\n", NOW);
    look(&b, "D1: FAIL @2026-05-28T14:00:00Z\nD1: PASS @2026-05-28T13:00:00Z\n", NOW + 3 * HOUR);
    assert_int_equal(b.v.criteria[0].state, CRITERION_FAIL);
    assert_int_equal(b.kept.sight_count, 0);
    /* Nor does a line of the Builder's count. */
    look(&b, "D1: PASS @2026-05-29T04:00:00Z (b)\n", NOW);
    assert_int_equal(b.kept.sight_count, 0);
    close_bench(&b);
}

static void test_veto_stays(void **unused)
{
    (void)unused;
    struct bench b;
    open_bench(&b);
    look(&b, PASS "## VETO the token leaks\n", NOW);
    assert_int_equal(b.v.vetoes, 1);
    look(&b, PASS, NOW + 60);
    assert_int_equal(b.v.vetoes, 1);
    assert_int_equal(b.v.state, STATE_VETOED);
    static const char *const told[] = {"VETO (removed from REVIEW.md): `## VETO the token leaks`",
                                       "seen at 2026-05-28T12:00:00Z", ", commit "};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (!strstr(veto_text(&b), told[i]))
            fail_msg("%s is not in: %s", told[i], veto_text(&b));
    assert_string_equal(b.v.reasons[0].fix, "## VETO LIFTED @2026-05-28T12:01:00Z — <why>");
    /* No file at all, and a refused one, lift nothing. */
    look(&b, "", NOW + 70);
    assert_int_equal(b.v.vetoes, 1);
    b.s.review.refused = true;
    kept_look(&b.kept, &b.s, NOW, b.records);
    judge(&b, NOW + 70);
    assert_true(b.v.vetoes == 1 && b.v.value == VERDICT_UNKNOWN);
    /* The Builder can't lift it; the Adversary can. */
    look(&b, PASS "## VETO LIFTED (b)\n", NOW + 80);
    assert_int_equal(b.v.vetoes, 1);
    look(&b, PASS LIFT, NOW + 90);
    assert_int_equal(b.v.vetoes, 0);
    assert_int_equal(b.v.value, VERDICT_DONE);
    /* For good, also without the lifting's line; and nothing is written twice. */
    int before = cJSON_GetArraySize(b.records);
    look(&b, PASS, NOW + 100);
    look(&b, PASS LIFT, NOW + 110);
    assert_int_equal(b.v.value, VERDICT_DONE);
    assert_int_equal(cJSON_GetArraySize(b.records), before);
    same_again(&b);
    close_bench(&b);
}

/* A lifting that was there before lifts nothing that came after it. */
static void test_old_liftings(void **unused)
{
    (void)unused;
    struct bench b;
    open_bench(&b);
    look(&b, "## VETO one\n", NOW);
    look(&b, "## VETO one\n" LIFT, NOW + 5);
    assert_int_equal(b.v.vetoes, 0);
    look(&b, "## VETO one\n" LIFT "## VETO two\n" PASS, NOW + 10);
    assert_int_equal(b.v.vetoes, 1);
    /* Removed: the old lifting is still there. */
    look(&b, "## VETO one\n" LIFT PASS, NOW + 20);
    assert_int_equal(b.v.vetoes, 1);
    /* Moved above it. */
    look(&b, "## VETO one\n## VETO two\n" LIFT PASS, NOW + 30);
    assert_int_equal(b.v.vetoes, 1);
    assert_non_null(strstr(veto_text(&b), "a VETO stands in line 2, as no lifting of it is newer"));
    /* The old lifting goes away and comes back, as by a merge. */
    look(&b, "## VETO one\n## VETO two\n" PASS, NOW + 40);
    assert_int_equal(b.v.vetoes, 2);
    look(&b, "## VETO one\n## VETO two\n" LIFT PASS, NOW + 50);
    assert_int_equal(b.v.vetoes, 1); /* of the first one it is no news */
    /* A new one above its line does not lift it, a new one below it does. */
    look(&b, "## VETO one\n## VETO LIFTED — a\n" LIFT "## VETO two\n" PASS, NOW + 60);
    assert_int_equal(b.v.vetoes, 1);
    look(&b, "## VETO one\n" LIFT "## VETO two\n" PASS "## VETO LIFTED — b\n", NOW + 70);
    assert_int_equal(b.v.value, VERDICT_DONE);
    same_again(&b);
    close_bench(&b);

    /* The same words again, for a second VETO. */
    open_bench(&b);
    look(&b, PASS "## VETO one\n", NOW);
    look(&b, PASS "## VETO one\n## VETO LIFTED\n", NOW + 10);
    assert_int_equal(b.v.vetoes, 0);
    look(&b, PASS "## VETO one\n## VETO LIFTED\n## VETO two\n", NOW + 20);
    assert_int_equal(b.v.vetoes, 1);
    look(&b, PASS "## VETO one\n## VETO LIFTED\n", NOW + 30);
    assert_int_equal(b.v.vetoes, 1);
    look(&b, PASS "## VETO one\n## VETO LIFTED\n\n## VETO LIFTED\n", NOW + 40);
    assert_int_equal(b.v.vetoes, 0);
    close_bench(&b);

    /* The same words in another commit are another VETO. */
    open_bench(&b);
    look(&b, PASS "## VETO one\n", NOW);
    look(&b, PASS "## VETO one\n" LIFT, NOW + 10);
    reading(&b, PASS "## VETO one\n" LIFT "## VETO one\n");
    memset(b.s.review.entries[3].commit, 'e', 40);
    kept_look(&b.kept, &b.s, NOW + 20, b.records);
    look(&b, PASS "## VETO one\n" LIFT, NOW + 30);
    assert_int_equal(b.v.vetoes, 1);
    close_bench(&b);
}

/* A rewritten history teaches nothing: neither a lifting nor a VETO of it counts. */
static void test_rewritten(void **unused)
{
    (void)unused;
    struct bench b;
    open_bench(&b);
    look(&b, PASS "## VETO one\n", NOW);
    reading(&b, AHEAD LIFT "## VETO two\n");
    b.s.rewritten = true;
    int before = cJSON_GetArraySize(b.records);
    kept_look(&b.kept, &b.s, NOW + 10, b.records);
    assert_int_equal(cJSON_GetArraySize(b.records), before);
    look(&b, PASS, NOW + 20);
    assert_int_equal(b.v.vetoes, 1);
    close_bench(&b);
}

/* A warning, never a verdict. */
static void test_dated_ahead_of_its_commit(void **unused)
{
    (void)unused;
    struct bench b;
    open_bench(&b);
    look(&b, PASS "D1: PASS @2026-05-28T11:59:00Z — y\n", NOW);
    b.s.review.entries[1].committed = b.s.review.entries[1].written - 120;
    judge(&b, NOW);
    assert_int_equal(b.v.warnings.n, 0);
    b.s.review.entries[1].committed -= 3480;
    judge(&b, NOW);
    assert_int_equal(b.v.warnings.n, 1);
    assert_non_null(strstr(b.v.warnings.at[0], "REVIEW.md: line 2: D1 is dated 1 h 00 min after its commit"));
    assert_int_equal(b.v.value, VERDICT_DONE);
    close_bench(&b);
}

/* However much is pushed, memory and journal stay bounded, and what is not kept counts as the older or the worse. */
static void test_bounds(void **unused)
{
    (void)unused;
    struct bench b;
    struct buf text;
    open_bench(&b);
    buf_init(&text, 0);
    for (int push = 0; push < 6; push++) {
        buf_clear(&text);
        for (int i = 0; i < 19000; i++)
            buf_addf(&text, "D1: PASS @2026-05-29T04:00:00Z — %d %d\n", push, i);
        look(&b, buf_str(&text), NOW + push);
    }
    assert_int_equal(b.kept.sight_count, KEPT_LINES_MAX);
    assert_int_equal(b.kept.full_at, NOW + 1);
    assert_int_equal(cJSON_GetArraySize(b.records), 2);
    assert_int_equal(b.v.warnings.n, 1);
    same_again(&b);
    look(&b, AHEAD, NOW + 10);
    judge(&b, NOW + 17 * HOUR);
    assert_int_equal(b.v.criteria[0].effective, NOW + 1);
    look(&b, PASS, NOW + 20); /* what is not dated later is as it says */
    assert_int_equal(b.v.criteria[0].effective, NOW - HOUR);
    close_bench(&b);

    open_bench(&b);
    for (int push = 0; push < 6; push++) {
        buf_clear(&text);
        for (int i = 0; i < 19000; i++)
            buf_addf(&text, "VETO %d %d (b)\n", push, i);
        look(&b, buf_str(&text), NOW + push);
    }
    assert_int_equal(b.kept.veto_count, KEPT_VETOES_MAX + 1);
    assert_int_equal(cJSON_GetArraySize(b.records), KEPT_VETOES_MAX + 1);
    same_again(&b);
    look(&b, PASS, NOW + 10);
    assert_int_equal(b.v.vetoes, KEPT_VETOES_MAX + 1);
    look(&b, PASS LIFT, NOW + 20);
    assert_int_equal(b.v.value, VERDICT_DONE);
    same_again(&b);
    /* The lifted ones make room. */
    look(&b, PASS LIFT "## VETO again\n", NOW + 30);
    look(&b, PASS LIFT, NOW + 40);
    assert_int_equal(b.v.vetoes, 1);
    assert_non_null(strstr(veto_text(&b), "## VETO again"));
    same_again(&b);
    close_bench(&b);

    open_bench(&b);
    look(&b, PASS "## VETO one\n", NOW);
    for (int push = 0; push < 2; push++) {
        buf_clear(&text);
        for (int i = 0; i < 15000; i++)
            buf_addf(&text, "VETO LIFTED %d %d\n", push, i);
        buf_adds(&text, PASS "## VETO two\n");
        look(&b, buf_str(&text), NOW + 1 + push);
    }
    assert_int_equal(b.kept.lift_count, KEPT_LINES_MAX);
    same_again(&b);
    look(&b, PASS LIFT, NOW + 10);
    assert_int_equal(b.v.vetoes, 1);
    buf_clear(&text);
    close_bench(&b);
}

/* Random files: the journal tells the same as the memory, and DONE with it is DONE without it. */
static void test_random(void **unused)
{
    (void)unused;
    static const char *const lines[] = {PASS,
                                        AHEAD,
                                        "D1: PASS @2026-05-28T13:00:00Z — z\n",
                                        "D1: FAIL @2026-05-28T10:00:00Z\n",
                                        "D1: FAIL @2026-05-28T14:00:00Z (b)\n",
                                        "## VETO one\n",
                                        "## VETO two (b)\n",
                                        LIFT,
                                        "## VETO LIFTED\n",
                                        "## VETO LIFTED (b)\n"};
    struct random seed = {7};
    int done = 0, vetoed = 0;
    for (int round = 0; round < 200; round++) {
        struct bench b;
        open_bench(&b);
        for (int step = 0; step < 20; step++) {
            char file[4000] = "";
            for (int i = (int)(random_below(&seed, 8)); i > 0; i--)
                strcat(file, lines[random_below(&seed, sizeof lines / sizeof *lines)]);
            look(&b, file, NOW + step * HOUR);
            bool with = b.v.value == VERDICT_DONE;
            vetoed += b.v.vetoes > 0;
            b.rules.kept = NULL;
            judge(&b, NOW + step * HOUR);
            assert_true(!with || b.v.value == VERDICT_DONE);
            b.rules.kept = &b.kept;
            done += with;
        }
        same_again(&b);
        close_bench(&b);
    }
    assert_true(done > 50 && vetoed > 50);
}

/* A damaged record teaches nothing. */
static void test_damaged(void **unused)
{
    (void)unused;
    static const char *const bad[] = {
        "{\"t\":\"sights\"}",
        "{\"t\":\"sights\",\"lines\":[[\"D1\",\"00112233\",5],[\"D1\",7,5],[1,\"0011223344556677\",5],[],3,"
        "[\"D1\",\"0011223344556677\",-1],[\"D1\",\"0011223344556677\"]]}",
        "{\"t\":\"lifts\",\"lines\":[[\"0011223344556677\",0],[\"0011223344556677\",1e99],[\"x\",1],{}]}",
        "{\"t\":\"veto\"}",
        "{\"t\":\"veto\",\"hash\":\"001122334455667g\",\"commit\":\"\",\"text\":\"x\"}",
    };
    struct kept k = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cJSON *record = json_parse(bad[i], strlen(bad[i]));
        assert_non_null(record);
        assert_true(kept_restore(&k, record));
        assert_true(!k.sight_count && !k.veto_count && !k.lift_count && !k.full_at);
        cJSON_Delete(record);
    }
    cJSON *other = json_parse("{\"t\":\"judged\"}", 14);
    assert_false(kept_restore(&k, other));
    cJSON_Delete(other);
    kept_clear(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_sight),
        cmocka_unit_test(test_veto_stays),
        cmocka_unit_test(test_old_liftings),
        cmocka_unit_test(test_rewritten),
        cmocka_unit_test(test_dated_ahead_of_its_commit),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
