/* verdict: who may say PASS, which time counts, which state the whole is in, and what the reasons tell. */
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
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
    struct snapshot s;
    struct verdict v;
};

/* Two criteria, the given files, no git. */
static void bench_open(struct bench *b, const char *status, const char *review)
{
    memset(b, 0, sizeof *b);
    words_add(&b->criteria, "D1");
    words_add(&b->criteria, "D2");
    b->rules = (struct verdict_rules){.criteria = &b->criteria, .window = 24 * HOUR, .skew = 120};
    b->s.has_status = b->s.has_review = true;
    marker_read(&b->s.marker, status, strlen(status), 8 << 20);
    review_read(&b->s.review, review, strlen(review), &b->criteria, 8 << 20);
}

/* Who introduced entry i, and when. */
static void bench_by(struct bench *b, size_t i, enum review_by by, int64_t committed)
{
    struct review_entry *x = &b->s.review.entries[i];
    memset(x->commit, 'a' + (int)i, 40);
    x->committed = committed;
    snprintf(x->author, sizeof x->author, "%s@x.example", review_by_name(by));
    x->by = by;
    x->after_start = true;
    memset(b->s.tip, 'f', 40);
    memset(b->s.marker.commit, 'e', 40);
    b->s.marker.after_start = true;
}

static void bench_judge(struct bench *b, int64_t now)
{
    verdict_clear(&b->v);
    verdict_judge(&b->v, &b->s, &b->rules, "STATUS-x.md", "REVIEW-x.md", now);
}

static void bench_close(struct bench *b)
{
    verdict_clear(&b->v);
    snapshot_clear(&b->s);
    words_clear(&b->criteria);
}

static const struct verdict_reason *reason(const struct bench *b, const char *code, const char *id)
{
    for (size_t i = 0; i < b->v.reason_count; i++)
        if (strcmp(b->v.reasons[i].code, code) == 0 && strcmp(b->v.reasons[i].id, id) == 0)
            return &b->v.reasons[i];
    return NULL;
}

static void is(const struct bench *b, size_t i, enum criterion_state want)
{
    assert_string_equal(criterion_state_name(b->v.criteria[i].state), criterion_state_name(want));
}

#define BOTH "D1: PASS @2026-05-28T10:00:00Z sha=1a2b3c4 — x\nD2: PASS @2026-05-28T11:00:00Z — x\n"

static void test_states(void **unused)
{
    (void)unused;
    static const struct {
        const char *status, *review;
        enum verdict_value value;
        enum verdict_state state;
    } rows[] = {
        {"## DONE\n", BOTH, VERDICT_DONE, STATE_DONE},
        {"", BOTH, VERDICT_NOT_DONE, STATE_READY_UNMARKED},
        {"## Done\n", BOTH, VERDICT_NOT_DONE, STATE_READY_UNMARKED},
        {"## DONE\n", "D1: PASS @2026-05-28T10:00:00Z\n", VERDICT_NOT_DONE, STATE_CLAIMED_UNPROVEN},
        {"", "", VERDICT_NOT_DONE, STATE_RUNNING},
        {"## DONE\n", BOTH "## VETO leak\n", VERDICT_NOT_DONE, STATE_VETOED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        bench_open(&b, rows[i].status, rows[i].review);
        bench_judge(&b, NOW);
        assert_string_equal(verdict_value_name(b.v.value), verdict_value_name(rows[i].value));
        assert_string_equal(verdict_state_name(b.v.state), verdict_state_name(rows[i].state));
        assert_true((b.v.reason_count == 0) == (rows[i].value == VERDICT_DONE));
        bench_close(&b);
    }
    assert_string_equal(verdict_state_name(STATE_READY_UNMARKED), "READY-UNMARKED");
    assert_string_equal(verdict_state_name(STATE_CLAIMED_UNPROVEN), "CLAIMED-UNPROVEN");
    assert_string_equal(verdict_value_name(VERDICT_NOT_DONE), "NOT_DONE");
}

static void test_no_news(void **unused)
{
    (void)unused;
    /* A refused file is no verdict; neither file may make the other one's DONE. */
    struct bench b;
    bench_open(&b, "## DONE\n", BOTH);
    review_clear(&b.s.review);
    review_read(&b.s.review, "x\0", 2, &b.criteria, 100);
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_UNKNOWN && b.v.state == STATE_REFUSED && b.v.passing == 0);
    is(&b, 0, CRITERION_REFUSED);
    assert_non_null(reason(&b, "REFUSED_REVIEW", ""));
    assert_non_null(strstr(reason(&b, "REFUSED_REVIEW", "")->text, "NUL"));
    bench_close(&b);

    bench_open(&b, "## DONE\n", BOTH);
    marker_clear(&b.s.marker);
    marker_read(&b.s.marker, "x\0", 2, 100);
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_UNKNOWN && b.v.state == STATE_REFUSED);
    assert_non_null(reason(&b, "REFUSED_STATUS", ""));
    bench_close(&b);

    /* A rewritten history is judged by nobody. */
    bench_open(&b, "## DONE\n", BOTH);
    b.s.rewritten = true;
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_NOT_DONE && b.v.state == STATE_TAMPERED);
    assert_string_equal(b.v.reasons[0].code, "TAMPERED");
    bench_close(&b);

    /* An empty remote. */
    bench_open(&b, "", "");
    b.s.empty = true;
    b.s.has_status = b.s.has_review = false;
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_NOT_DONE && b.v.state == STATE_RUNNING && b.v.count == 2);
    is(&b, 1, CRITERION_MISSING);
    assert_non_null(reason(&b, "NO_MARKER", ""));
    bench_close(&b);

    /* Without criteria there is nothing to prove, which proves nothing. */
    bench_open(&b, "## DONE\n", BOTH);
    words_clear(&b.criteria);
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_NOT_DONE && b.v.state == STATE_CLAIMED_UNPROVEN);
    bench_close(&b);
}

static void test_who(void **unused)
{
    (void)unused;
    struct bench b;
    static const struct {
        enum review_by by;
        bool counts;
    } rows[] = {{REVIEW_BY_ADVERSARY, true},
                {REVIEW_BY_OPERATOR, true},
                {REVIEW_BY_BUILDER, false},
                {REVIEW_BY_OTHER, false},
                {REVIEW_BY_UNKNOWN, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_open(&b, "## DONE\n", BOTH);
        bench_by(&b, 0, rows[i].by, NOW - HOUR);
        bench_by(&b, 1, REVIEW_BY_ADVERSARY, NOW - HOUR);
        bench_judge(&b, NOW);
        is(&b, 0, rows[i].counts ? CRITERION_PASS : CRITERION_MISSING);
        assert_true((b.v.value == VERDICT_DONE) == rows[i].counts);
        assert_true((reason(&b, "NOT_ADVERSARY", "D1") == NULL) == rows[i].counts);
        bench_close(&b);
    }
    /* A FAIL counts from anybody; a PASS of the Builder clears none. */
    bench_open(&b, "", "D1: FAIL @2026-05-28T09:00:00Z\nD1: PASS @2026-05-28T10:00:00Z\n");
    bench_by(&b, 0, REVIEW_BY_BUILDER, NOW - 3 * HOUR);
    bench_by(&b, 1, REVIEW_BY_BUILDER, NOW - 2 * HOUR);
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_FAIL);
    assert_non_null(reason(&b, "NOT_ADVERSARY", "D1"));
    b.s.review.entries[1].by = REVIEW_BY_ADVERSARY;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_PASS);
    /* From before the phase it clears nothing either. */
    b.s.review.entries[1].after_start = false;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_FAIL);
    assert_non_null(reason(&b, "BEFORE_START", "D1"));
    bench_close(&b);
    /* Once git speaks, a line that it says nothing about has no writer. */
    bench_open(&b, "## DONE\n", BOTH);
    bench_by(&b, 0, REVIEW_BY_ADVERSARY, NOW - HOUR);
    bench_judge(&b, NOW);
    assert_non_null(reason(&b, "NOT_ADVERSARY", "D2"));
    bench_close(&b);
    /* Lifting is the Adversary's and the operators'. */
    bench_open(&b, "## DONE\n", BOTH "## VETO leak\n\n## VETO LIFTED\n");
    bench_judge(&b, NOW);
    assert_true(b.v.vetoes == 0 && b.v.value == VERDICT_DONE);
    for (size_t i = 0; i < 4; i++)
        bench_by(&b, i, REVIEW_BY_ADVERSARY, NOW - HOUR);
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_DONE);
    b.s.review.entries[3].by = REVIEW_BY_BUILDER;
    bench_judge(&b, NOW);
    assert_true(b.v.vetoes == 1 && b.v.state == STATE_VETOED);
    assert_non_null(reason(&b, "NOT_ADVERSARY", ""));
    assert_non_null(reason(&b, "VETO", ""));
    bench_close(&b);
}

static void test_times(void **unused)
{
    (void)unused;
    struct bench b;
    /* The commit can only age a verdict: written now, committed two days ago. */
    bench_open(&b, "", "D1: PASS @2026-05-28T11:00:00Z\n");
    bench_by(&b, 0, REVIEW_BY_ADVERSARY, NOW - 48 * HOUR);
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_STALE);
    assert_int_equal(b.v.criteria[0].effective, NOW - 48 * HOUR);
    assert_true(b.v.criteria[0].passed);
    /* ... and never renews one: committed now, written two days ago. */
    b.s.review.entries[0].written = NOW - 48 * HOUR;
    b.s.review.entries[0].committed = NOW;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_STALE);
    /* Inclusive at both ends. */
    b.s.review.entries[0].written = NOW - 24 * HOUR;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_PASS);
    bench_judge(&b, NOW + 1);
    is(&b, 0, CRITERION_STALE);
    b.s.review.entries[0].written = NOW + 120;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_PASS);
    bench_judge(&b, NOW - 1);
    is(&b, 0, CRITERION_FUTURE);
    assert_false(b.v.criteria[0].passed);
    /* An unknown sha makes it undated. */
    b.s.review.entries[0].written = NOW;
    b.s.review.entries[0].sha_known = false;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_UNDATED);
    bench_close(&b);
    /* A FAIL committed later than it says stands by its commit?  No: by the earlier of both; but its place
     * decides. */
    bench_open(&b, "", "D1: FAIL @2026-05-28T11:00:00Z\nD1: PASS @2026-05-28T11:30:00Z\n");
    bench_by(&b, 0, REVIEW_BY_ADVERSARY, NOW);
    bench_by(&b, 1, REVIEW_BY_ADVERSARY, NOW - HOUR);
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_FAIL); /* the PASS was in the repository when the FAIL was written: same effective time */
    assert_non_null(strstr(reason(&b, "FAIL", "D1")->text, "line 2 does not clear it"));
    bench_close(&b);
}

/* The operator's waiver: until its time the criterion needs no PASS, and nothing in REVIEW makes one. */
static void test_waivers(void **unused)
{
    (void)unused;
    struct config_waivers waivers = {0};
    struct bench b;
    assert_true(config_waiver_read(&waivers, "D2 | no hardware | 2026-05-28T14:00:00Z", NULL));
    static const struct {
        const char *status, *review;
        enum verdict_state with;
        size_t waived;
    } rows[] = {
        {"## DONE\n", "D1: PASS @2026-05-28T10:00:00Z\n", STATE_DONE, 1},
        {"", "D1: PASS @2026-05-28T10:00:00Z\n", STATE_READY_UNMARKED, 1},
        {"## DONE\n", BOTH, STATE_DONE, 0},
        /* Whatever its state: "PASS and fresh, or waived". */
        {"## DONE\n", "D1: PASS @2026-05-28T10:00:00Z\nD2: FAIL @2026-05-28T10:00:00Z\n", STATE_DONE, 1},
        {"## DONE\n", "D1: PASS @2026-05-28T10:00:00Z\nD2: PASS @2026-05-20T10:00:00Z\n", STATE_DONE, 1},
        /* It is of one criterion, and takes no veto away. */
        {"## DONE\n", "D2: PASS @2026-05-28T10:00:00Z\n", STATE_CLAIMED_UNPROVEN, 0},
        {"## DONE\n", "D1: PASS @2026-05-28T10:00:00Z\n## VETO x\n", STATE_VETOED, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_open(&b, rows[i].status, rows[i].review);
        b.rules.waivers = &waivers;
        bench_judge(&b, NOW);
        assert_string_equal(verdict_state_name(b.v.state), verdict_state_name(rows[i].with));
        assert_int_equal(b.v.waived, rows[i].waived);
        assert_true((b.v.reason_count == 0) == (rows[i].with == STATE_DONE));
        assert_non_null(b.v.criteria[1].waiver);
        bench_close(&b);
    }
    /* Up to its time, and not at it. */
    bench_open(&b, "## DONE\n", "D1: PASS @2026-05-28T10:00:00Z\nD2: FAIL @2026-05-28T10:00:00Z\n");
    b.rules.waivers = &waivers;
    bench_judge(&b, NOW + 2 * HOUR - 1);
    assert_int_equal(b.v.value, VERDICT_DONE);
    assert_non_null(
        strstr(b.v.warnings.at[0], "REVIEW-x.md: line 2: D2 is FAIL, and waived until 2026-05-28T14:00:00Z"));
    bench_judge(&b, NOW + 2 * HOUR);
    assert_int_equal(b.v.value, VERDICT_NOT_DONE);
    assert_null(b.v.criteria[1].waiver);
    assert_non_null(strstr(b.v.warnings.at[0], "the waiver of D2 ended at 2026-05-28T14:00:00Z"));
    is(&b, 1, CRITERION_FAIL);
    bench_close(&b);
    /* One in REVIEW is none. */
    bench_open(&b, "## DONE\n",
               "D1: PASS @2026-05-28T10:00:00Z\nD2: WAIVED @2026-05-28T10:00:00Z\nwaive = D2 | me | 2027-01-01\n"
               "D2: PASS (waived) @2026-05-28T10:00:00Z\n");
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_NOT_DONE);
    is(&b, 1, CRITERION_PENDING);
    /* A refused file is no verdict, whatever is waived. */
    b.rules.waivers = &waivers;
    b.s.review.refused = true;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_UNKNOWN);
    bench_close(&b);
    config_waivers_clear(&waivers);
}

static void test_claims(void **unused)
{
    (void)unused;
    struct bench b;
    bench_open(&b, "", "");
    b.s.claims = mem_zalloc(2 * sizeof *b.s.claims);
    b.s.claim_count = 2;
    strcpy(b.s.claims[0].id, "D1");
    strcpy(b.s.claims[1].id, "D2");
    b.s.claims[1].answered = true;
    bench_judge(&b, NOW);
    assert_true(b.v.criteria[0].claimed && !b.v.criteria[1].claimed);
    bench_close(&b);
}

/* Every reason answers: which criterion, how old, by whom, in which commit and line, and what to write. */
static void test_reasons(void **unused)
{
    (void)unused;
    struct bench b;
    bench_open(&b, "x\n## Done\n", "D1: PASS @2026-05-27T10:00:00Z\nD2: pass @2026-05-28T10:00:00Z\n## VETO leak\n");
    bench_by(&b, 0, REVIEW_BY_ADVERSARY, NOW - 26 * HOUR);
    bench_judge(&b, NOW);
    static const char *const order[] = {"VETO", "STALE", "MISSING", "NEAR_MARKER"};
    assert_int_equal(b.v.reason_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(b.v.reasons[i].code, order[i]);
    const struct verdict_reason *stale = reason(&b, "STALE", "D1"), *missing = reason(&b, "MISSING", "D2");
    static const char *const told[] = {"D1 is STALE", "1 d 02 h", "adversary@x.example", "aaaaaaa", "line 1"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (!strstr(stale->text, told[i]))
            fail_msg("%s is not in: %s", told[i], stale->text);
    assert_string_equal(stale->fix, "D1: PASS @2026-05-28T12:00:00Z sha=fffffff — <evidence>");
    assert_string_equal(stale->file, "REVIEW-x.md");
    assert_int_equal(stale->line, 1);
    assert_int_equal(missing->line, 2);
    assert_non_null(strstr(missing->text, "not PASS or PASSED in upper case"));
    assert_string_equal(reason(&b, "VETO", "")->fix, "## VETO LIFTED @2026-05-28T12:00:00Z — <why>");
    assert_int_equal(reason(&b, "VETO", "")->line, 3);
    const struct verdict_reason *near = reason(&b, "NEAR_MARKER", "");
    assert_string_equal(near->file, "STATUS-x.md");
    assert_int_equal(near->line, 2);
    assert_non_null(strstr(near->text, "not in upper case"));
    assert_string_equal(near->fix, "## DONE");
    bench_close(&b);

    /* The text to write is one that counts. */
    bench_open(&b, "## DONE\n", "");
    bench_judge(&b, NOW);
    char file[400] = "";
    for (size_t i = 0; i < b.v.reason_count; i++) {
        strcat(file, b.v.reasons[i].fix);
        strcat(file, "\n");
    }
    bench_close(&b);
    bench_open(&b, "## DONE\n", file);
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_DONE);
    bench_close(&b);

    /* Bytes of the repository are escaped. */
    bench_open(&b, "", "D1: FAIL \x1b[31m\n");
    bench_by(&b, 0, REVIEW_BY_OTHER, NOW);
    strcpy(b.s.review.entries[0].author, "a\x1b]0;x@y");
    bench_judge(&b, NOW);
    for (size_t i = 0; i < b.v.reason_count; i++)
        assert_null(strchr(b.v.reasons[i].text, '\x1b'));
    bench_close(&b);
}

/* What is told contains all of it. */
static void told(const struct bench *b, const char *code, const char *id, const char *const *parts)
{
    const struct verdict_reason *r = reason(b, code, id);
    if (!r)
        fail_msg("no reason %s %s", id, code);
    for (; *parts; parts++)
        if (!strstr(r->text, *parts))
            fail_msg("'%s' is not in: %s", *parts, r->text);
}
#define TOLD(b, code, id, ...) told(b, code, id, (const char *const[]){__VA_ARGS__, NULL})

/* A bench whose lines are all the Adversary's, in the repository for an hour. */
static void bench_git(struct bench *b, const char *status, const char *review)
{
    bench_open(b, status, review);
    memset(b->s.tip, 'f', 40);
    for (size_t i = 0; i < b->s.review.count; i++)
        bench_by(b, i, REVIEW_BY_ADVERSARY, NOW - HOUR);
}

static struct snapshot_foreign *foreign(struct bench *b, char commit, const char *lost)
{
    b->s.foreign = mem_resize(b->s.foreign, b->s.foreign_count + 1, sizeof *b->s.foreign);
    struct snapshot_foreign *x = &b->s.foreign[b->s.foreign_count++];
    memset(x, 0, sizeof *x);
    memset(x->commit, commit, 40);
    snprintf(x->author, sizeof x->author, "b@x.example");
    x->by = REVIEW_BY_BUILDER;
    words_add(&x->lost, lost);
    return x;
}

static void test_foreign(void **unused)
{
    (void)unused;
    struct bench b;
    bench_git(&b, "## DONE\n", BOTH);
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_DONE);
    /* One that voids nothing is history. */
    foreign(&b, '9', "D2 FAIL");
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_DONE && !b.v.criteria[0].voided);
    struct snapshot_foreign *x = foreign(&b, '8', "D1 FAIL");
    memset(b.s.review.entries[0].voided, '8', 40);
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_MISSING);
    assert_ptr_equal(b.v.criteria[0].voided, &b.s.review.entries[0]);
    assert_int_equal(b.v.state, STATE_CLAIMED_UNPROVEN);
    TOLD(&b, "FOREIGN", "D1", "commit 8888888 by builder (b@x.example)", "(D1 FAIL)", "in line 1", "no PASS of D1");
    assert_null(reason(&b, "FOREIGN", "D2"));
    assert_non_null(strstr(reason(&b, "FOREIGN", "D1")->fix, "D1: PASS @"));
    for (int i = 0; i < 12; i++)
        words_add(&x->lost, "D1 PENDING");
    bench_judge(&b, NOW);
    TOLD(&b, "FOREIGN", "D1", ", ...)");
    /* Not in the list any more: it is named all the same. */
    b.s.foreign_count = 1;
    bench_judge(&b, NOW);
    TOLD(&b, "FOREIGN", "D1", "commit 8888888, which is not the Adversary's");
    b.s.foreign_count = 2;
    bench_close(&b);

    /* A later PASS mends it; a dated one ahead is what is told then. */
    bench_git(&b, "", "D1: PASS @2026-05-28T10:00:00Z\nD1: PASS @2026-05-28T10:30:00Z\n");
    memset(b.s.review.entries[0].voided, '8', 40);
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_PASS);
    assert_null(b.v.criteria[0].voided);
    b.s.review.entries[1].written = NOW + HOUR;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_FUTURE);
    assert_null(reason(&b, "FOREIGN", "D1"));
    bench_close(&b);

    /* A FAIL that is gone, with no PASS at all. */
    bench_git(&b, "", "D2: PASS @2026-05-28T10:00:00Z\n");
    foreign(&b, '7', "D10 FAIL");
    foreign(&b, '8', "D1 FAIL");
    bench_judge(&b, NOW);
    TOLD(&b, "FOREIGN", "D1", "commit 8888888");
    assert_int_equal(reason(&b, "FOREIGN", "D1")->line, 0);
    assert_null(reason(&b, "FOREIGN", "D2"));
    bench_close(&b);

    /* A VETO. */
    bench_git(&b, "## DONE\n", BOTH);
    foreign(&b, '8', "VETO");
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_DONE);
    b.s.foreign[0].veto = true;
    bench_judge(&b, NOW);
    assert_true(b.v.state == STATE_VETOED && b.v.vetoes == 1);
    TOLD(&b, "FOREIGN", "", "a VETO stands though its line is gone", "commit 8888888");
    bench_close(&b);
}

static void test_marked(void **unused)
{
    (void)unused;
    struct bench b;
    bench_git(&b, "x\n## DONE\n", BOTH);
    struct marker *m = &b.s.marker;
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_DONE && b.v.marked && !b.v.frozen);
    m->changes = 1;
    memset(m->changed, 'c', 40);
    bench_judge(&b, NOW);
    assert_true(b.v.state == STATE_CLAIMED_UNPROVEN && b.v.marked && b.v.frozen);
    TOLD(&b, "FROZEN", "", "code changed after DONE: ccccccc since", "came in with eeeeeee", "mark again");
    assert_int_equal(reason(&b, "FROZEN", "")->line, 2);
    m->changes = 2;
    bench_judge(&b, NOW);
    TOLD(&b, "FROZEN", "", "ccccccc and 1 more commit since");
    m->changes = 3;
    bench_judge(&b, NOW);
    TOLD(&b, "FROZEN", "", "ccccccc and 2 more commits since");
    /* Too early is as if there were none, and is what is told. */
    words_add(&m->unproven, "D2");
    bench_judge(&b, NOW);
    assert_true(b.v.state == STATE_READY_UNMARKED && !b.v.marked && !b.v.frozen);
    TOLD(&b, "EARLY_MARKER", "", "marked before D2 was verified", "eeeeeee", "ccsup mark-done");
    words_add(&m->unproven, "D1");
    bench_judge(&b, NOW);
    TOLD(&b, "EARLY_MARKER", "", "marked before D1, D2 were verified");
    /* What isn't asked for now is nothing that it lacked. */
    words_clear(&m->unproven);
    words_add(&m->unproven, "D9");
    m->changes = 0;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_DONE);
    m->after_start = false;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.state, STATE_READY_UNMARKED);
    TOLD(&b, "EARLY_MARKER", "", "from before this phase");
    m->after_start = true;
    m->commit[0] = '\0';
    bench_judge(&b, NOW);
    assert_int_equal(b.v.state, STATE_READY_UNMARKED);
    TOLD(&b, "EARLY_MARKER", "", "not known which commit");
    /* A revision of which git can tell nothing is not judged as files without git are. */
    memset(m->commit, 'e', 40);
    for (size_t i = 0; i < 2; i++) {
        b.s.review.entries[i].commit[0] = '\0';
        b.s.review.entries[i].by = REVIEW_BY_UNKNOWN;
    }
    bench_judge(&b, NOW);
    assert_true(b.v.value == VERDICT_NOT_DONE && b.v.passing == 0);
    bench_close(&b);

    bench_git(&b, "## DONE\n", BOTH);
    b.s.cut = true;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.state, STATE_CLAIMED_UNPROVEN);
    TOLD(&b, "CUT", "", "more commits than are read");
    bench_close(&b);
}

static void test_require_current(void **unused)
{
    (void)unused;
    struct bench b;
    bench_git(&b, "## DONE\n", BOTH);
    struct review_entry *x = b.s.review.entries;
    x[0].since = 1;
    memset(x[0].since_commit, 'c', 40);
    x[1].since = 0;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_DONE);
    b.rules.require_current = true;
    bench_judge(&b, NOW);
    is(&b, 0, CRITERION_STALE);
    is(&b, 1, CRITERION_PASS);
    assert_true(b.v.criteria[0].behind && b.v.criteria[0].passed && !b.v.criteria[1].behind);
    TOLD(&b, "BEHIND", "D1", "of commit 1a2b3c4, and 1 commit since then, the last ccccccc", "done.require_current");
    x[0].since = 2;
    bench_judge(&b, NOW);
    TOLD(&b, "BEHIND", "D1", "2 commits since then");
    x[0].since = -1;
    bench_judge(&b, NOW);
    TOLD(&b, "BEHIND", "D1", "names no commit");
    x[0].since = 0;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_DONE);
    bench_close(&b);
    /* Of two, the one that is not behind, though it is older; without git nobody asks. */
    bench_git(&b, "", "D1: PASS @2026-05-28T10:00:00Z\nD1: PASS @2026-05-28T10:30:00Z\n");
    b.rules.require_current = true;
    b.s.review.entries[0].since = 0;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.criteria[0].entry->line, 1);
    is(&b, 0, CRITERION_PASS);
    bench_close(&b);
    bench_open(&b, "## DONE\n", BOTH);
    b.rules.require_current = true;
    bench_judge(&b, NOW);
    assert_int_equal(b.v.value, VERDICT_DONE);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),          cmocka_unit_test(test_no_news), cmocka_unit_test(test_who),
        cmocka_unit_test(test_times),           cmocka_unit_test(test_waivers), cmocka_unit_test(test_claims),
        cmocka_unit_test(test_reasons),         cmocka_unit_test(test_foreign), cmocka_unit_test(test_marked),
        cmocka_unit_test(test_require_current),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
