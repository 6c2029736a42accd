/* review: one line, one table row, one veto at a time. Each row is a file, the criterion asked, and its state
 * at a fixed clock; '?' lines are what the row proves. The state is the judgement's, so that what is read and
 * what counts are seen together. */
#include "supervisor/base/timestamp.h"
#include "watchdog/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define T "2026-05-28T10:00:00Z"
static const char *const NOW = "2026-05-28T12:00:00Z";

static void criteria_make(struct words *w)
{
    for (int i = 1; i <= 10; i++) {
        char id[8];
        snprintf(id, sizeof id, "D%d", i);
        words_add(w, id);
    }
    words_add(w, "E2E-TESTME");
}

/* State of one criterion, or the number of vetoes when id is "VETO". */
static void state_of(const char *file, const char *id, char out[32])
{
    struct words criteria = {0};
    criteria_make(&criteria);
    struct verdict_rules rules = {.criteria = &criteria, .window = 86400, .skew = 120};
    struct snapshot s = {.has_review = true};
    struct verdict v;
    int64_t now = 0;
    timestamp_parse(NOW, strlen(NOW), &now);
    review_read(&s.review, file, strlen(file), &criteria, 8 << 20);
    verdict_judge(&v, &s, &rules, "STATUS.md", "REVIEW.md", now);
    snprintf(out, 32, "%d", v.vetoes);
    for (size_t i = 0; i < v.count; i++)
        if (strcmp(v.criteria[i].id, id) == 0)
            snprintf(out, 32, "%s", criterion_state_name(v.criteria[i].state));
    verdict_clear(&v);
    snapshot_clear(&s);
    words_clear(&criteria);
}

struct row {
    const char *file, *id, *want;
};

static void check(const struct row *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char got[32];
        state_of(rows[i].file, rows[i].id, got);
        if (strcmp(got, rows[i].want) != 0) {
            print_message("%s is %s, not %s:\n%s\n", rows[i].id, got, rows[i].want, rows[i].file);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

static void test_forms(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"D7: PASS @" T " sha=1a2b3c4 — evidence\n", "D7", "PASS"},
        {"## D7 — title: PASS @" T "\n", "D7", "PASS"},
        {"- [x] **D7** — title. PASS @" T "\n", "D7", "PASS"},
        {"- [X] **D7** — title. PASS @" T "\n", "D7", "PASS"},
        {"| D7 | PASS | " T " | evidence |\n", "D7", "PASS"},
        {"| D7 | evidence | " T " | PASS |\n", "D7", "PASS"},
        {"| D7 | " T " | **PASS** |\n", "D7", "PASS"},
        {"| [D7](#d7) | `PASS` | @" T " |\n", "D7", "PASS"},
        {"D7 | PASS | " T "\n", "D7", "PASS"},
        {"D7 | " T " | FAIL\n", "D7", "FAIL"},
        {"1. D7: PASS @" T "\n", "D7", "PASS"},
        {"2) D7: PASS @" T "\n", "D7", "PASS"},
        {"[D7](#d7): PASS @" T "\n", "D7", "PASS"},
        {"**[D7](#d7)**: PASS @" T "\n", "D7", "PASS"},
        {"D7 PASS " T "\n", "D7", "PASS"},
        {"D7: PASSED @" T "\n", "D7", "PASS"},
        {"D7=PASS @" T "\n", "D7", "PASS"},
        {"D7 -> PASS @" T "\n", "D7", "PASS"},
        {"D7 → PASS @" T "\n", "D7", "PASS"},
        {"D7 - PASS @" T "\n", "D7", "PASS"},
        {"D7 (PASS @" T ")\n", "D7", "PASS"},
        {"D7; PASS @" T "\n", "D7", "PASS"},
        {"D7. PASS @" T "\n", "D7", "PASS"},
        {"**D7:** PASS @" T "\n", "D7", "PASS"},
        {"__D7__: __PASS__ @" T "\n", "D7", "PASS"},
        {"_D7: PASS @" T "_\n", "D7", "PASS"},
        {"D7: PASS (6/6) @" T "\n", "D7", "PASS"},
        {"D7: PASS on a cold clone @" T "\n", "D7", "PASS"},
        {"D7:\tPASS\t@" T "\n", "D7", "PASS"},
        {"D7: PASS\t" T "\n", "D7", "PASS"},
        {"\xEF\xBB\xBF"
         "D7: PASS @" T "\n",
         "D7", "PASS"},
        {"E2E-TESTME: PASS @" T "\n", "E2E-TESTME", "PASS"},
        {"D7: PASS @2026-05-28 — 0 FAILED\n", "D7", "PASS"},
        {"* D7: PASS @" T "\n", "D7", "PASS"},
        {"+ D7: PASS @" T "\n", "D7", "PASS"},
        {"D7: PASS @" T, "D7", "PASS"},
        {"D7: PASS @" T " (sha=1a2b3c4)\n", "D7", "PASS"},
        {"D7: PASS sha=1a2b3c4 @" T "\n", "D7", "PASS"},
        {"D7: PASS @" T " — sha=nothing here\n", "D7", "PASS"},
        {"D7: PASS @" T " <!-- FAIL -->\n", "D7", "PASS"},
        {"D7: ~~FAIL~~ PASS @" T "\n", "D7", "PASS"},
        {"D7 — the badge. PASS @" T "\n", "D7", "PASS"},
        {"D7 — no flakes left: PASS @" T "\n", "D7", "PASS"},
    };
    CHECK(rows);
}

static void test_no_pass(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"d7: PASS @" T "\n", "D7", "MISSING"},
        {"D07: PASS @" T "\n", "D7", "MISSING"},
        {"WD7: PASS @" T "\n", "D7", "MISSING"},
        {"D7-v2: PASS @" T "\n", "D7", "MISSING"},
        {"D7.2: PASS @" T "\n", "D7", "MISSING"},
        {"D7_a: PASS @" T "\n", "D7", "MISSING"},
        {"D7a: PASS @" T "\n", "D7", "MISSING"},
        {"D7, D8: PASS @" T "\n", "D7", "MISSING"},
        {"D7 and D8: PASS @" T "\n", "D8", "MISSING"},
        {"D7/D8: PASS @" T "\n", "D7", "MISSING"},
        {"D7 & D8: PASS @" T "\n", "D7", "MISSING"},
        {"D7 to D9: PASS @" T "\n", "D7", "MISSING"},
        {"D7–9: PASS @" T "\n", "D7", "MISSING"},
        {"D7–D9: PASS @" T "\n", "D7", "MISSING"},
        {"D7-9: PASS @" T "\n", "D7", "MISSING"},
        {"D7..D9: PASS @" T "\n", "D7", "MISSING"},
        {"**D7**, **D8**: PASS @" T "\n", "D7", "MISSING"},
        {"D7: pass @" T "\n", "D7", "MISSING"},
        {"D7: PASSES @" T "\n", "D7", "MISSING"},
        {"D7: PASS_all @" T "\n", "D7", "MISSING"},
        {"D7: PASS-ish @" T "\n", "D7", "MISSING"},
        {"D7: BYPASS @" T "\n", "D7", "MISSING"},
        {"D7:\xC2\xA0PASS @" T "\n", "D7", "MISSING"},
        {"D7: PASS\xE2\x80\x8B @" T "\n", "D7", "MISSING"},
        {"D7: P\xD0\x90SS @" T "\n", "D7", "MISSING"},
        {"D7 expect PASS @" T "\n", "D7", "MISSING"},
        {"D7's PASS @" T "\n", "D7", "MISSING"},
        {"D7's build: PASS @" T "\n", "D7", "MISSING"},
        {"D7, the badge: PASS @" T "\n", "D7", "MISSING"},
        {"D7: PASS @07:05Z — if nothing moved\n", "D7", "UNDATED"}, /* behind what was meant as a time */
        {"D7: PASS if nothing moved\n", "D7", "PENDING"},
        {"[D7]: PASS @" T "\n", "D7", "MISSING"},
        {"✅ D7: PASS @" T "\n", "D7", "MISSING"},
        {"D7: \"PASS\" @" T "\n", "D7", "MISSING"},
        {"\"D7: PASS @" T "\"\n", "D7", "MISSING"},
        {"##D7: PASS @" T "\n", "D7", "MISSING"},
        {"`D7: PASS @" T "` is the form\n", "D7", "MISSING"},
        {"**`D7: PASS @" T "`**\n", "D7", "MISSING"},
        {"- `D7: PASS @" T "`\n", "D7", "MISSING"},
        {"| x | D7 | PASS | " T " |\n", "D7", "MISSING"},
        {"| D7 | it should PASS | " T " |\n", "D7", "MISSING"},
        {"D7: " T " PASS\n", "D7", "MISSING"},
        {"see D7: PASS @" T "\n", "D7", "MISSING"},
        {"D7: PASS\n", "D7", "UNDATED"},
        {"D7: PASS @2026-05-28T10:00:00\n", "D7", "UNDATED"},
        {"D7: PASS @28.05.2026 10:00 UTC\n", "D7", "UNDATED"},
        {"D7: PASS @2026-05-28 10:00 CEST — all fine\n", "D7", "UNDATED"},
        {"D7: PASS @" T " sha=<commit>\n", "D7", "UNDATED"},
        {"D7: PASS @" T " sha=1a2b3c\n", "D7", "UNDATED"},
        {"D7: PASS @" T " sha=HEAD\n", "D7", "UNDATED"},
        {"D7: PASS @2026-05-28T12:02:01Z\n", "D7", "FUTURE"},
        {"D7: PASS @2026-05-28T12:02:00Z\n", "D7", "PASS"},
        {"D7: PASS @2019-05-28T12:02:00Z\n", "D7", "UNDATED"},
    };
    CHECK(rows);
}

static void test_pending(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"D7: PASS (provisional) @" T "\n", "D7", "PENDING"},
        {"D7: PASS provisionally @" T "\n", "D7", "PENDING"},
        {"D7: PASS if D8 holds @" T "\n", "D7", "PENDING"},
        {"D7: PASS? @" T "\n", "D7", "PENDING"},
        {"D7: PASS, Except on arm @" T "\n", "D7", "PENDING"},
        {"D7: PASS not yet confirmed @" T "\n", "D7", "PENDING"},
        {"D7: PASS @" T " (provisional)\n", "D7", "PENDING"},
        {"D7: PASS @" T " sha=1a2b3c4 (6/6) [until Monday]\n", "D7", "PENDING"},
        {"D7: PASS @" T " — provisional\n", "D7", "PASS"},
        {"D7: PASS withdrawn @" T "\n", "D7", "PENDING"},
        {"D7: PASS no longer holds @" T "\n", "D7", "PENDING"},
        {"D7: PASS is void @" T "\n", "D7", "PENDING"},
        {"D7: PASS does not hold any more @" T "\n", "D7", "PENDING"},
        {"D7: not: PASS @" T "\n", "D7", "PENDING"},
        {"D7: does not PASS @" T "\n", "D7", "PENDING"},
        {"D7: can’t PASS @" T "\n", "D7", "PENDING"},
        {"D7: NON-PASS @" T "\n", "D7", "PENDING"},
        {"D7: never PASS @" T "\n", "D7", "PENDING"},
        {"D7: CONDITIONAL PASS @" T "\n", "D7", "PENDING"},
        {"D7: PASS PENDING @" T "\n", "D7", "PENDING"},
        {"- [ ] D7: PASS @" T "\n", "D7", "PENDING"},
        {"- [~] D7: PASS @" T "\n", "D7", "PENDING"},
        {"D7 [ ] PASS @" T "\n", "D7", "PENDING"},
        {"| D7 | [ ] | PASS | " T " |\n", "D7", "PENDING"},
        {"| D7 | PASS (partial) | " T " |\n", "D7", "PENDING"},
        {"| D7 | PASS | provisional | " T " |\n", "D7", "PENDING"},
        {"| D7 | PASS | " T " | 2026-05-20T10:00:00Z |\n", "D7", "STALE"}, /* the older one */
        {"| D7 | PASS | " T " (draft) |\n", "D7", "PENDING"},
        {"| D7 | PASS | expected output seen | " T " |\n", "D7", "PASS"},
        {"D7: N/A\n", "D7", "PENDING"},
        {"D7: CLAIMED @" T "\n", "D7", "PENDING"},
        {"D7 now regressing\n", "D7", "PENDING"},
        {"D7 doesn't work\n", "D7", "PENDING"},
        {"D7 is not done\n", "D7", "PENDING"},
        {"D7 does no longer work\n", "D7", "PENDING"},
        {"D7 cannot be reproduced\n", "D7", "PENDING"},
        {"D7 will be looked at\n", "D7", "MISSING"},
        {"| D7 | no longer works | |\n", "D7", "PENDING"},
        {"D7: PASS @" T "\nD7 and D8 no longer hold\n", "D7", "PENDING"},
        {"<details>\nD7: PENDING\n</details>\n", "D7", "PENDING"},
    };
    CHECK(rows);
}

static void test_fail(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"D7: FAIL @" T "\n", "D7", "FAIL"},
        {"D7: VETOED\n", "D7", "FAIL"},
        {"D7: regressed since monday\n", "D7", "FAIL"},
        {"D7 — Broken again\n", "D7", "FAIL"},
        {"D7 ✗\n", "D7", "FAIL"},
        {"D7: the ✘ is back @" T "\n", "D7", "FAIL"},
        {"❌ D7 regression\n", "D7", "FAIL"},
        {"✅ D7: FAIL\n", "D7", "FAIL"},
        {"D7: PASS 5, FAILED 1 @" T "\n", "D7", "FAIL"},
        {"D7: FAIL, was PASS @" T "\n", "D7", "FAIL"},
        {"D7: PASS/FAIL @" T "\n", "D7", "FAIL"},
        {"D7: PASS @07:05Z then FAILED\n", "D7", "FAIL"},
        {"D7: " T " FAIL\n", "D7", "FAIL"},
        {"D7 @" T ": FAIL\n", "D7", "FAIL"},
        {"D7: " T " 0 FAILED\n", "D7", "MISSING"},
        {"[D7] FAIL\n", "D7", "FAIL"},
        {"D7's build FAILED\n", "D7", "FAIL"},
        {"##D7: FAIL\n", "D7", "FAIL"},
        {"~~D7: FAIL\n", "D7", "FAIL"},
        {"D7, D8: FAIL @" T "\n", "D8", "FAIL"},
        {"D7 and D9: FAIL\n", "D9", "FAIL"},
        {"D7 and D9: FAIL\n", "D8", "MISSING"},
        {"D1 – D10: FAIL\n", "D10", "FAIL"},
        {"D1-10: FAIL\n", "D4", "FAIL"},
        {"D10–D8: FAIL\n", "D9", "FAIL"},
        {"D0-D3: FAIL\n", "D2", "FAIL"},
        {"D1, D3-D5, and D7: FAIL\n", "D4", "FAIL"},
        {"D1, D3-D5, and D7: FAIL\n", "D7", "FAIL"},
        {"D1, D3-D5, and D7: FAIL\n", "D6", "MISSING"},
        {"D10 to E2E-TESTME: FAIL\n", "E2E-TESTME", "FAIL"},
        {"D7.2: FAIL\n", "D7", "FAIL"},
        {"D7.a broken\n", "D7", "FAIL"},
        {"D11: FAIL\n", "D1", "MISSING"},
        {"D7-v2: FAIL\n", "D7", "MISSING"},
        {"| D7 | PASS | FAIL | " T " |\n", "D7", "FAIL"},
        {"| D7 | failed | " T " |\n", "D7", "FAIL"},
        {"| D7 | ❌ | " T " |\n", "D7", "FAIL"},
        {"| D7 | run: FAIL | PASS | " T " |\n", "D7", "FAIL"},
        {"| D7 | 0 FAILED | PASS | " T " |\n", "D7", "PASS"},
        {"| D7 | PASS | " T " | was failing before, FAIL gone |\n", "D7", "PASS"},
        {"D7: PASS @" T "\nD7: FAIL\n", "D7", "FAIL"},
        {"D7: `FAIL`\n", "D7", "FAIL"},
        {"D7: FAIL-safe mode: PASS @" T "\n", "D7", "FAIL"},
        {"> note\nD7: FAIL\n", "D7", "FAIL"},
        {"text\n    D7: FAIL\n", "D7", "FAIL"},
        {"- a\n  ```\n  x\nD7: FAIL\n  ```\n", "D7", "FAIL"},
    };
    CHECK(rows);
}

static void test_dead_and_dim(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"```\nD7: PASS @" T "\n```\n", "D7", "MISSING"},
        {"```\nD7: FAIL\n```\n", "D7", "MISSING"},
        {"````\n```\nD7: FAIL\n````\n", "D7", "MISSING"},
        {"~~~\n```\nD7: FAIL\n~~~\n", "D7", "MISSING"},
        {"- x\n\n      ```\n      D7: FAIL\n      ```\n", "D7", "MISSING"},
        {"``` a`b\nD7: PASS @" T "\n", "D7", "PASS"},           /* no fence: a backtick in its info */
        {"```\nx\n``` text\nD7: FAIL\n```\n", "D7", "MISSING"}, /* a closer has nothing after it */
        {"```\nD7: FAIL\n", "D7", "FAIL"},
        {"```\nD7: PASS @" T "\n", "D7", "MISSING"},
        {"<!-- x\nD7: FAIL\n", "D7", "FAIL"},
        {"<!-- D7: FAIL\n", "D7", "FAIL"},
        {"<!-- x\nD7: FAIL\n-->\n", "D7", "MISSING"},
        {"a <!-- x\n--> D7: PASS @" T "\n", "D7", "MISSING"},
        {"a <!-- x\n--> D7: FAIL\n", "D7", "FAIL"},
        {"<!-->\nD7: PASS @" T "\n", "D7", "PASS"},
        {"<!--->\nD7: PASS @" T "\n", "D7", "PASS"},
        {"`<!--`\nD7: PASS @" T "\n", "D7", "PASS"},
        {"\\`<!--`\nD7: PASS @" T "\n-->\n", "D7", "MISSING"},
        {"D7: PASS @" T " — saw <!-- once\nD8: FAIL\n", "D7", "PASS"},
        {"<pre>\nD7: PASS @" T "\n</pre>\n", "D7", "MISSING"},
        {"<PRE class=x>\nD7: FAIL\n</pre>\nD7: PASS @" T "\n", "D7", "PASS"},
        {"<pre>\nD7: FAIL\n", "D7", "FAIL"},
        {"<script>\nD7: FAIL\n</script>\n", "D7", "MISSING"},
        {"see <pre>\nD7: PASS @" T "\n</pre>\n", "D7", "MISSING"},
        {"see <pre>\nD7: FAIL\n</pre>\n", "D7", "FAIL"},
        {"see `<pre>`\nD7: PASS @" T "\n", "D7", "PASS"},
        {"<prefix>\nD7: PASS @" T "\n", "D7", "PASS"},
        {"> D7: FAIL\n", "D7", "MISSING"},
        {"> said\nD7: PASS @" T "\n", "D7", "MISSING"}, /* goes on with the quotation */
        {"> said\n\nD7: PASS @" T "\n", "D7", "PASS"},
        {"> said\n- D7: PASS @" T "\n", "D7", "PASS"},
        {"~~D7: FAIL~~\n", "D7", "MISSING"},
        {"~~D7: PASS @" T "\nmore~~\n", "D7", "MISSING"},
        {"`\nD7: PASS @" T "\n`\n", "D7", "MISSING"},
        {"don`t\nD7: PASS @" T "\n", "D7", "PASS"},
        {"---\na: b\nD7: PASS @" T "\n---\n", "D7", "MISSING"},
        {"---\nD7: FAIL\n---\nD7: PASS @" T "\n", "D7", "PASS"},
        {"---\nD7: FAIL\n", "D7", "FAIL"},
        {"    D7: PASS @" T "\n", "D7", "MISSING"},
        {"\tD7: FAIL\n", "D7", "MISSING"},
        {"text\n    D7: PASS @" T "\n", "D7", "MISSING"},
        {"- M8\n  - D7: PASS @" T "\n", "D7", "PASS"},
        {"- M8\n\t- D7: PASS @" T "\n", "D7", "PASS"},
        {"1. M8\n   - D7: PASS @" T "\n", "D7", "PASS"},
        {"- M8\n\n      D7: PASS @" T "\n", "D7", "MISSING"},
        {"- M8\nD7: PASS @" T "\n", "D7", "PASS"},
        {"<details>\nD7: FAIL\n</details>\n", "D7", "FAIL"},
        {"<details>\n</details>\nD7: PASS @" T "\n", "D7", "PASS"},
        {"<details>\n<details>\n</details>\nD7: PASS @" T "\n</details>\n", "D7", "MISSING"},
        {"## Format\nD7: PASS @" T "\n", "D7", "MISSING"},
        {"## Format\nD7: FAIL\n", "D7", "MISSING"},
        {"## Format ##\nD7: FAIL\n", "D7", "MISSING"},
        {"Format\n======\nD7: FAIL\n", "D7", "MISSING"},
        {"## Format\nD7: FAIL\n## Verdicts\nD7: PASS @" T "\n", "D7", "PASS"},
        {"## Format\nD7: FAIL\n### more\nD7: FAIL\n# Verdicts\nD7: PASS @" T "\n", "D7", "PASS"},
        {"D8: PASS @" T "\n## Format\nD7: FAIL\n", "D7", "FAIL"},
        {"D8: PASS @" T "\n## Format\nD7: PASS @" T "\n", "D7", "MISSING"},
        {"## EXAMPLE:\nD7: PASS @" T "\n", "D7", "MISSING"},
        {"## Examples of use\nD7: PASS @" T "\n", "D7", "PASS"},
        {"## VETO\nNone\n\n## How to read this file\nD7: FAIL\n", "D7", "MISSING"},
        {"D7: PASS @" T " \r\nD8: FAIL\r\n", "D7", "PASS"},
        {"x\rD7: PASS @" T "\n", "D7", "MISSING"},
    };
    CHECK(rows);
}

static void test_order(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"D7: FAIL @2026-05-28T09:00:00Z\nD7: PASS @" T "\n", "D7", "PASS"},
        {"D7: PASS @" T "\nD7: FAIL @2026-05-28T09:00:00Z\n", "D7", "FAIL"},
        {"D7: FAIL @2026-05-28T11:00:00Z\nD7: PASS @" T "\n", "D7", "FAIL"},
        {"D7: FAIL @" T "\nD7: PASS @" T "\n", "D7", "FAIL"},
        {"D7: FAIL\nD7: PASS @" T "\n", "D7", "PASS"},
        {"D7: PASS @" T "\nD7: PASS\n", "D7", "PASS"},
        {"D7: FAIL @" T "\nD7: PASS\n", "D7", "FAIL"},
        {"D7: PASS @" T "\nD7: PASS @2026-05-20T10:00:00Z\n", "D7", "PASS"},
        {"D7: PASS @2026-05-20T10:00:00Z\n", "D7", "STALE"},
        {"D7: PASS @" T "\nD7: PASS @2026-05-29T10:00:00Z\n", "D7", "PASS"},
        {"D7: FAIL @2026-05-28T09:00:00Z\nD7: re-check PENDING\n", "D7", "PENDING"},
        {"D7: PENDING\nD7: FAIL @2026-05-28T09:00:00Z\n", "D7", "FAIL"},
        {"D7: FAIL @2026-05-28T09:00:00Z\nD7: PENDING @2026-05-28T08:00:00Z\n", "D7", "FAIL"},
        {"D7: FAIL @2026-05-29T09:00:00Z\nD7: PASS @" T "\n", "D7", "FAIL"},
    };
    CHECK(rows);
}

static void test_vetoes(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"## VETO leak\n", "VETO", "1"},
        {"VETO\n", "VETO", "1"},
        {"## VETO\n", "VETO", "1"},
        {"## VETO\n\nleak in the logs\n", "VETO", "1"},
        {"## VETO\n\n_None yet._\n", "VETO", "0"},
        {"## VETO\n\n- none\n", "VETO", "0"},
        {"## VETO\n\n—\n", "VETO", "0"},
        {"## VETO — none\n", "VETO", "0"},
        {"## VETO: no secrets in logs\n", "VETO", "1"},
        {"## VETO (none)\n", "VETO", "0"},
        {"## VETO\n\n## Verdicts\nNone\n", "VETO", "1"},
        {"## VETO\n\n---\n\nnone\n", "VETO", "0"},
        {"VETO: none\n", "VETO", "0"},
        {"## NO VETO\n", "VETO", "0"},
        {"There is no VETO.\n", "VETO", "0"},
        {"A VETO stands\n", "VETO", "0"},
        {"- [ ] **VETO**: leak\n", "VETO", "1"},
        {"- [x] VETO: leak\n", "VETO", "1"},
        {"## 🛑 VETO leak\n", "VETO", "1"},
        {"veto: leak\n", "VETO", "0"},
        {"###### Veto leak\n", "VETO", "1"},
        {"veto leak\n---------\n", "VETO", "1"},
        {"VETOED: leak\n", "VETO", "0"},
        {"## Open VETOs\n\n- leak\n", "VETO", "1"},
        {"## Standing vetoes\n\nnone\n", "VETO", "0"},
        {"## Active VETO(e)s\n\n## x\n", "VETO", "0"},
        {"## Current VETOes: leak\n", "VETO", "1"},
        {"## Open VETOs\n", "VETO", "0"},
        {"## Open VETOs\n### leak\n", "VETO", "1"},
        {"Open VETOs\n\nleak\n", "VETO", "0"},
        {"```\n## VETO leak\n```\n", "VETO", "0"},
        {"<details>\n## VETO leak\n</details>\n", "VETO", "1"},
        {"```\n## veto leak\n", "VETO", "1"},
        {"<!-- VETO -->\n", "VETO", "0"},
        {"## VETO leak\n## VETO LIFTED\n", "VETO", "0"},
        {"## VETO leak\nVETO: LIFTED @" T " — fixed\n", "VETO", "0"},
        {"## VETO leak\n- VETO — RESOLVED in 1a2b3c4\n", "VETO", "0"},
        {"## VETO leak\n## VETO lifted\n", "VETO", "2"},
        {"## VETO leak\n## VETO NOT LIFTED\n", "VETO", "2"},
        {"## VETO leak\n## VETO LIFTED?\n", "VETO", "1"},
        {"## VETO leak\n## VETO LIFTED (provisional)\n", "VETO", "1"},
        {"## VETO leak\n## VETO LIFTED @" T " (if it holds)\n", "VETO", "1"},
        {"## VETO leak\n## VETO LIFTED @" T " — it was provisional\n", "VETO", "0"},
        {"## VETO leak\n- [ ] VETO LIFTED\n", "VETO", "1"},
        {"## VETO leak\n> ## VETO LIFTED\n", "VETO", "1"},
        {"## VETO leak\n<details>\n## VETO LIFTED\n</details>\n", "VETO", "1"},
        {"## VETO leak\n```\n## VETO LIFTED\n", "VETO", "1"},
        {"## VETO leak\n    VETO LIFTED\n", "VETO", "1"},
        {"## VETO LIFTED\n## VETO a\n## VETO b\n", "VETO", "2"},
        {"## VETO leak\n\n`## VETO LIFTED`\n", "VETO", "1"},
        {"## VETO leak\n\nVETO was LIFTED\n", "VETO", "2"},
    };
    CHECK(rows);
}

/* A file of n times the same lines. Free with review_clear. */
static void read_many(struct review *r, const char *lines, int n)
{
    struct words criteria = {0};
    struct buf b = {0};
    criteria_make(&criteria);
    while (n-- > 0)
        buf_adds(&b, lines);
    review_read(r, b.data, b.len, &criteria, 8 << 20);
    buf_clear(&b);
    words_clear(&criteria);
}

/* What a file may hold of everything. */
static void test_caps(void **unused)
{
    (void)unused;
    struct review r;
    read_many(&r, "D1: PASS @" T "\n", 20000);
    assert_false(r.refused);
    assert_int_equal(r.count, 20000);
    review_clear(&r);
    read_many(&r, "D1: PASS @" T "\n", 20001);
    assert_true(r.refused);
    assert_string_equal(r.why, "it holds more than 20000 verdicts; move the oldest ones to another file");
    assert_int_equal(r.count, 0);
    review_clear(&r);
    read_many(&r, "D1–D10: FAIL\n", 2001); /* each line is ten */
    assert_true(r.refused);
    review_clear(&r);
    read_many(&r, "D1: pass @" T "\n", 501);
    assert_int_equal(r.count, 500);
    assert_string_equal(r.warnings.at[r.warnings.n - 1],
                        "there are more than 500 lines that only look like verdicts; the first are shown");
    review_clear(&r);
    read_many(&r, "D99: FAIL\n", 100); /* no criterion */
    size_t warnings = r.warnings.n;
    review_clear(&r);
    read_many(&r, "D99: FAIL\n", 200);
    assert_int_equal(r.warnings.n, warnings);
    review_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),  cmocka_unit_test(test_no_pass),      cmocka_unit_test(test_pending),
        cmocka_unit_test(test_fail),   cmocka_unit_test(test_dead_and_dim), cmocka_unit_test(test_order),
        cmocka_unit_test(test_vetoes), cmocka_unit_test(test_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
