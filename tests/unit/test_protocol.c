/* The readers and the judgement together: the protocol's vectors, and what must hold for any file.
 * Runs in tests/. A failing vector or seed is named. */
#include "supervisor/base/buf.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include "watchdog/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct world {
    struct words criteria;
    struct verdict_rules rules;
    int64_t now, max_bytes;
};

static struct buf slurp(const char *path)
{
    struct buf b;
    buf_init(&b, 0);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        buf_add(&b, block, n);
    fclose(f);
    return b;
}

static struct buf base64(const char *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf b;
    buf_init(&b, 0);
    unsigned value = 0, bits = 0;
    for (; *s && *s != '='; s++) {
        const char *at = strchr(digits, *s);
        assert_non_null(at);
        value = value << 6 | (unsigned)(at - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            char byte = (char)(value >> bits & 0xFF);
            buf_add(&b, &byte, 1);
        }
    }
    return b;
}

/* The snapshot and verdict of two files, without git; free both. */
static void judge(const struct world *w, struct snapshot *s, struct verdict *v, const char *status, size_t status_n,
                  const char *review, size_t review_n, int64_t now)
{
    memset(s, 0, sizeof *s);
    s->has_status = s->has_review = true;
    marker_read(&s->marker, status, status_n, w->max_bytes);
    review_read(&s->review, review, review_n, &w->criteria, w->max_bytes);
    verdict_judge(v, s, &w->rules, "STATUS.md", "REVIEW.md", now);
}

static void done(struct snapshot *s, struct verdict *v)
{
    verdict_clear(v);
    snapshot_clear(s);
}

/* ---- the vectors ---- */

static void world_from(struct world *w, const cJSON *head)
{
    memset(w, 0, sizeof *w);
    const char *now = json_str(head, "now", "");
    assert_int_equal(timestamp_parse(now, strlen(now), &w->now), strlen(now));
    w->max_bytes = json_int(head, "max_bytes", 0);
    const cJSON *id;
    cJSON_ArrayForEach(id, json_get(head, "criteria")) words_add(&w->criteria, id->valuestring);
    w->rules = (struct verdict_rules){
        .criteria = &w->criteria, .window = json_int(head, "window_s", 0), .skew = json_int(head, "skew_s", 0)};
}

/* What our readers say about one vector, as its `want` is written. */
static void answer(const struct world *w, const cJSON *x, char out[32])
{
    const char *kind = json_str(x, "kind", "");
    bool decision = strcmp(kind, "decision") == 0, status = strcmp(kind, "status") == 0;
    struct buf one = base64(json_str(x, status ? "file_b64" : "status_b64", ""));
    struct buf two = base64(json_str(x, decision ? "review_b64" : status ? "none" : "file_b64", ""));
    struct snapshot s;
    struct verdict v;
    judge(w, &s, &v, one.data, one.len, two.data, two.len, w->now);
    if (decision) {
        snprintf(out, 32, "%s", v.value == VERDICT_DONE ? "ACCEPT" : "KEEP-RUNNING");
    } else if (status) {
        snprintf(out, 32, "%s", s.marker.refused ? "REFUSED" : s.marker.done ? "DONE" : "NOT-DONE");
    } else if (strcmp(kind, "veto") == 0) {
        snprintf(out, 32, "%d", v.vetoes);
    } else {
        for (size_t i = 0; i < v.count; i++)
            if (strcmp(v.criteria[i].id, json_str(x, "criterion", "")) == 0)
                snprintf(out, 32, "%s", criterion_state_name(v.criteria[i].state));
    }
    done(&s, &v);
    buf_clear(&one);
    buf_clear(&two);
}

static void vectors(const char *file)
{
    struct buf all = slurp(file);
    struct world w = {0};
    int seen = 0, wrong = 0;
    for (const char *at = buf_str(&all), *end; *at; at = end + 1) {
        end = strchr(at, '\n');
        assert_non_null(end);
        cJSON *x = json_parse(at, (size_t)(end - at));
        assert_non_null(x);
        if (!seen++) {
            world_from(&w, x);
            cJSON_Delete(x);
            continue;
        }
        char got[32] = "", want[32];
        const cJSON *number = json_get(x, "want");
        if (cJSON_IsNumber(number))
            snprintf(want, sizeof want, "%d", number->valueint);
        else
            snprintf(want, sizeof want, "%s", json_str(x, "want", "?"));
        answer(&w, x, got);
        if (strcmp(got, want) != 0) {
            print_message("%s: %s instead of %s: %s\n", json_str(x, "id", "?"), got, want, json_str(x, "why", ""));
            wrong++;
        }
        cJSON_Delete(x);
    }
    assert_true(seen > 50);
    assert_int_equal(wrong, 0);
    words_clear(&w.criteria);
    buf_clear(&all);
}

static void test_vectors(void **unused)
{
    (void)unused;
    vectors("vectors/protocol.jsonl");
}

/* Written from the protocol's text; vectors/more.py is their readable form. */
static void test_more_vectors(void **unused)
{
    (void)unused;
    vectors("vectors/more.jsonl");
}

/* What the comparison with the second reader found (tests/second); vectors/second.py is their readable form. */
static void test_second_vectors(void **unused)
{
    (void)unused;
    vectors("vectors/second.jsonl");
}

/* ---- properties ---- */

/* xorshift64*: the same runs every time. */
static uint64_t state;
static int below(int n)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (int)((state * 2685821657736338717u) >> 33) % n;
}
static void seed(uint64_t n)
{
    state = n * 0x9E3779B97F4A7C15u + 1;
}
#define PICK(list) list[below((int)(sizeof(list) / sizeof *(list)))]

static void world_make(struct world *w)
{
    memset(w, 0, sizeof *w);
    for (int i = 1; i <= 4; i++) {
        char id[8];
        snprintf(id, sizeof id, "D%d", i);
        words_add(&w->criteria, id);
    }
    w->rules = (struct verdict_rules){.criteria = &w->criteria, .window = 86400, .skew = 120};
    timestamp_parse("2026-05-28T12:00:00Z", 20, &w->now);
    w->max_bytes = 8 << 20;
}

/* A PASS in one of its forms, `age` seconds old. */
static void add_pass(struct buf *b, const struct world *w, int id, int age)
{
    static const char *const forms[] = {
        "D%d: PASS @%s — cold run\n",
        "## D%d — title: PASS @%s\n\n",
        "- [x] **D%d** — all of it. PASS @%s\n",
        "| D%d | PASS | %s | evidence |\n",
        "1. D%d: PASS (3/3) @%s\n",
        "[D%d](#d): PASS @%s\n",
        "D%d PASS %s\n",
        "`D%d`: **PASS** @ `%s`\n",
        "D%d — PASS — %s — 0 FAILED\n",
    };
    char at[21], line[200];
    timestamp_format(w->now - age, at);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, PICK(forms), id, at);
#pragma GCC diagnostic pop
    buf_adds(b, line);
}

/* Lines that say nothing. Each leaves the Markdown around it as it was. */
static const char *const NOISE[] = {
    "\n",
    "# Review\n\n",
    "\nSome prose about D1 and what PASS means.\n\n",
    "\n```\nD2: FAIL in a log\n```\n\n",
    "\n<!-- D3: FAIL once -->\n\n",
    "\n> D1: FAIL was said\n\n",
    "\n~~D2: FAIL~~\n\n",
    "\n# Log\n\n    D4: FAIL in code\n\n",
    "\n| id | verdict |\n|---|---|\n",
    "- a list\n  - that is nested\n\n",
    "\n<details>\n<summary>log</summary>\nall good\n</details>\n\n",
    "\n---\n\n",
    "D9: PASS @2026-05-28T10:00:00Z\n",
};

/* A REVIEW.md in which every criterion is PASS; the criteria in some order, noise between. */
static struct buf good_review(const struct world *w)
{
    struct buf b;
    buf_init(&b, 0);
    int order[] = {1, 2, 3, 4};
    for (int i = 3; i > 0; i--) {
        int k = below(i + 1), t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
    for (int i = 0; i < 4; i++) {
        for (int n = below(3); n > 0; n--)
            buf_adds(&b, PICK(NOISE));
        add_pass(&b, w, order[i], 60 + below(80000));
    }
    buf_adds(&b, "\n");
    return b;
}

static enum verdict_value value_of(const struct world *w, const char *status, const struct buf *review, int64_t now)
{
    struct snapshot s;
    struct verdict v;
    judge(w, &s, &v, status, strlen(status), review->data, review->len, now);
    enum verdict_value value = v.value;
    assert_true((value == VERDICT_DONE) == (v.reason_count == 0));
    done(&s, &v);
    return value;
}

static void must_keep(const struct world *w, const struct buf *review, const char *what)
{
    if (value_of(w, "## DONE\n", review, w->now) == VERDICT_DONE)
        fail_msg("DONE in spite of: %s\n%s", what, buf_str(review));
}

/* Appending any form of FAIL, of doubt or of VETO never leaves DONE standing. */
static void test_appended(void **unused)
{
    (void)unused;
    static const char *const forms[] = {
        "D2: FAIL\n",
        "D2: FAIL @2026-05-28T11:59:00Z sha=1a2b3c4 — reproduced\n",
        "D2: FAIL @2026-05-01T11:59:00Z — back-dated\n",
        "D2: FAIL @2030-05-01T11:59:00Z — ahead\n",
        "D2: failed on a cold clone\n",
        "- [ ] **D2** — title. FAIL\n",
        "## D2 — title: REGRESSED\n",
        "| D2 | FAIL | 2026-05-28T11:59:00Z | x |\n",
        "| D2 | PASS | FAIL | 2026-05-28T11:59:00Z |\n",
        "D1–D4: FAIL\n",
        "D1, D2: FAIL\n",
        "D2.1: FAIL\n",
        "D2 ❌\n",
        "❌ D2 is back\n",
        "D2: PASS (provisional) @2026-05-28T11:59:00Z\n",
        "D2: PASS? @2026-05-28T11:59:00Z\n",
        "D2: NOT PASS @2026-05-28T11:59:00Z\n",
        "D2: re-check PENDING\n",
        "D2: N/A\n",
        "D2 no longer works\n",
        "D2 is broken\n",
        "<details>\nD2: FAIL\n</details>\n",
        "```\nD2: FAIL\n",
        "<!-- \nD2: FAIL\n",
        "<pre>\nD2: FAIL\n",
        "> quoted\nD2: FAIL\n",
        "## Example\nD2: FAIL\n",
        "VETO\n",
        "VETO: leak\n",
        "- VETO leak\n",
        "# veto leak\n",
        "## VETO\n",
        "## VETO leak\n\n## VETO NOT LIFTED\n",
        "## VETO leak\n\n## VETO LIFTED?\n",
        "## VETO leak\n\n> ## VETO LIFTED\n",
        "## Open VETOs\n\n- leak\n",
        "~~~\n## VETO leak\n",
    };
    struct world w;
    world_make(&w);
    for (unsigned run = 0; run < 60; run++) {
        seed(run);
        struct buf review = good_review(&w);
        if (value_of(&w, "## DONE\n", &review, w.now) != VERDICT_DONE)
            fail_msg("not DONE to begin with (run %u):\n%s", run, buf_str(&review));
        size_t n = review.len;
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            review.len = n;
            buf_adds(&review, forms[i]);
            must_keep(&w, &review, forms[i]);
        }
        buf_clear(&review);
    }
    words_clear(&w.criteria);
}

/* One PASS of the four taken away, spoilt or hidden: never DONE. */
static void test_hidden(void **unused)
{
    (void)unused;
    static const char *const hidings[][2] = {
        {"```\n", "```\n"},
        {"~~~text\n", "~~~\n"},
        {"<!--\n", "-->\n"},
        {"<!-- ", " -->\n"},
        {"<pre>\n", "</pre>\n"},
        {"<details>\n", "</details>\n"},
        {"> ", ""},
        {"    ", ""},
        {"~~", "~~\n"},
        {"# Template\n\n", ""},
        {"```\n", ""},
        {"The Builder says ", ""},
        {"\\", ""},
        {"- [ ] ", ""},
        {"<script>\n", "</script>\n"},
        {"> said\n", ""},
        {"see <!-- x\n", "--> y\n"},
    };
    struct world w;
    world_make(&w);
    for (unsigned run = 0; run < 60; run++) {
        for (size_t i = 0; i < sizeof hidings / sizeof *hidings; i++) {
            seed(run);
            struct buf review = {0};
            buf_adds(&review, "\n");
            for (int id = 2; id <= 4; id++)
                add_pass(&review, &w, id, 60 + below(80000));
            buf_adds(&review, "\n# More\n\n");
            must_keep(&w, &review, "nothing about D1");
            buf_adds(&review, hidings[i][0]);
            char at[21], line[80];
            timestamp_format(w.now - 60, at);
            snprintf(line, sizeof line, "D1: PASS @%s", at);
            buf_adds(&review, line);
            if (!strchr(hidings[i][1], '\n') || hidings[i][1][0] == '`' || strlen(hidings[i][0]) > 3)
                buf_adds(&review, "\n");
            buf_adds(&review, hidings[i][1]);
            must_keep(&w, &review, hidings[i][0]);
            buf_clear(&review);
        }
    }
    words_clear(&w.criteria);
}

/* As the clock goes on a criterion goes from FUTURE to PASS to STALE and never back. */
static void test_clock(void **unused)
{
    (void)unused;
    struct world w;
    world_make(&w);
    for (unsigned run = 0; run < 40; run++) {
        seed(run);
        struct buf review = good_review(&w);
        int last[4] = {0};
        for (int64_t now = w.now - 200000; now < w.now + 200000; now += 1 + below(3000)) {
            struct snapshot s;
            struct verdict v;
            judge(&w, &s, &v, "## DONE\n", 8, review.data, review.len, now);
            for (size_t i = 0; i < v.count; i++) {
                int rank = v.criteria[i].state == CRITERION_FUTURE  ? 1
                           : v.criteria[i].state == CRITERION_PASS  ? 2
                           : v.criteria[i].state == CRITERION_STALE ? 3
                                                                    : 9;
                assert_in_range(rank, last[i], 3);
                last[i] = rank;
            }
            done(&s, &v);
        }
        for (int i = 0; i < 4; i++)
            assert_int_equal(last[i], 3);
        buf_clear(&review);
    }
    words_clear(&w.criteria);
}

/* Lines about different criteria may stand in any order. */
static void test_shuffled(void **unused)
{
    (void)unused;
    static const char *const facts[] = {"FAIL", "PASS", "PENDING", "PASS (draft)", "N/A", "PASSED"};
    struct world w;
    world_make(&w);
    for (unsigned run = 0; run < 200; run++) {
        seed(run);
        char lines[4][3][80];
        int want[4];
        for (int round = 0; round < 3; round++) {
            /* The lines of one id keep their order; the ids take turns as chance has it. */
            if (!round)
                for (int id = 0; id < 4; id++)
                    for (int k = 0; k < 3; k++) {
                        char at[21];
                        timestamp_format(w.now - below(100000), at);
                        snprintf(lines[id][k], sizeof lines[id][k], "D%d: %s @%s\n", id + 1, PICK(facts), at);
                    }
            struct buf review = {0};
            int next[4] = {0};
            for (int left = 12; left > 0;) {
                int id = below(4);
                if (next[id] == 3)
                    continue;
                buf_adds(&review, lines[id][next[id]++]);
                left--;
            }
            struct snapshot s;
            struct verdict v;
            judge(&w, &s, &v, "", 0, review.data, review.len, w.now);
            for (int id = 0; id < 4; id++) {
                if (!round)
                    want[id] = (int)v.criteria[id].state;
                assert_int_equal(v.criteria[id].state, want[id]);
            }
            done(&s, &v);
            buf_clear(&review);
        }
    }
    words_clear(&w.criteria);
}

/* Any bytes: no crash, every text of ours well-formed and in one line. */
static void test_any_bytes(void **unused)
{
    (void)unused;
    static const char *const pieces[] = {
        "D1",    "D2",     ": ",      "PASS",     "FAIL", "VETO",  "LIFTED",    "@2026-05-28T10:00:00Z",
        "\n",    "\n\n",   "```",     "~~~",      "<!--", "-->",   "<details>", "</details>",
        "<pre>", "</pre>", "`",       "``",       "~~",   "- ",    "1. ",       "## ",
        "    ",  "> ",     "|",       "[ ] ",     "[D3]", "(#d)",  "---",       "===",
        "\t",    "\r",     "\xFF",    "\xE2\x80", "—",    "❌",     "–",         "DONE",
        "not",   "sha=1",  "(",       ")",        "*",    "_",     "\\",        "Format",
        "2026-", "none",   ".",       "D1-D4",    "D1, ", " and ", "’",         "'",
        "?",     "if",     "\x1b[2J", "<",
    };
    struct world w;
    world_make(&w);
    for (unsigned run = 0; run < 3000; run++) {
        seed(run);
        struct buf b = {0};
        for (int n = below(60); n > 0; n--) {
            if (below(12)) {
                buf_adds(&b, PICK(pieces));
            } else {
                char c = (char)(1 + below(255));
                buf_add(&b, &c, 1);
            }
        }
        struct snapshot s;
        struct verdict v;
        /* From a block that ends with the last byte, so that a look past it is seen. */
        char *exact = malloc(b.len ? b.len : 1);
        memcpy(exact, buf_str(&b), b.len);
        judge(&w, &s, &v, exact, b.len, exact, b.len, w.now);
        free(exact);
        for (size_t i = 0; i < v.reason_count; i++)
            assert_null(strpbrk(v.reasons[i].text, "\n\x1b\r\t"));
        cJSON *json = snapshot_render(&s);
        char *line = json_print(json);
        cJSON *again = json_parse(line, strlen(line));
        assert_non_null(again);
        struct snapshot back;
        struct err e = {""};
        s.empty = true;
        cJSON_ReplaceItemInObjectCaseSensitive(again, "empty", cJSON_CreateBool(1));
        if (!snapshot_parse(&back, again, &e))
            fail_msg("run %u: %s", run, e.text);
        snapshot_clear(&back);
        cJSON_Delete(again);
        cJSON_Delete(json);
        free(line);
        done(&s, &v);
        buf_clear(&b);
    }
    words_clear(&w.criteria);
}

/* Big files made of what tempts a reader to go back: each must be read in one go. With anything worse than
 * linear work the test's time limit ends it. */
static void test_linear(void **unused)
{
    (void)unused;
    static const char *const atoms[] = {
        "`",
        "``a`",
        "<!-- ",
        "<!-- -->",
        "~~a ",
        "~~a~~ ",
        "[D1](",
        "- ",
        "> ",
        "<pre> ",
        "<details>",
        "2026-05-28 ",
        "D1, ",
        "D1-D4, ",
        "PASS ",
        "(",
        "PASS (",
        "*",
        "D1: PASS ",
        "|PASS",
        "\n",
        "```\n",
        "a\n---\n",
        "> a\n",
        "`\n",
        "~~a\n",
        "- a\n",
        "    - a\n",
        "<!--\n-->\n",
        "VETO\n",
        "## VETO\n\n",
        "D1: PASS\n",
        "D1: P@S\n",
        "## DONE\n",
        "<details>\n",
        "\xFF",
        "#",
        "2026-05-28T10:00:00.",
        "1. ",
        "not ",
        "D1-D4: PASS\n",
        "[ ] ",
        "\\|",
        "no none\n",
        "_",
        "D7-D8-D9-",
        "1.1.1.1",
        "— ",
    };
    struct world w;
    world_make(&w);
    static const size_t whole = 8 << 20; /* every 40th is as big as a file may be */
    for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++) {
        for (int lead = 0; lead < 2; lead++) {
            struct buf b = {0};
            buf_adds(&b, lead ? "D1: PASS " : "");
            size_t size = i % 40 == 0 && !lead ? whole : 100000;
            while (b.len + strlen(atoms[i]) <= size)
                buf_adds(&b, atoms[i]);
            struct snapshot s;
            struct verdict v;
            judge(&w, &s, &v, b.data, b.len, b.data, b.len, w.now);
            done(&s, &v);
            buf_clear(&b);
        }
    }
    words_clear(&w.criteria);
}

/* Each mark of a line of 64 KiB may begin a list item, or a thematic break, which only the line's end can tell. */
static void test_linear_marks(void **unused)
{
    (void)unused;
    static const char *const starts[] = {"", "> "}, *const ends[] = {"x\n", "*\n"};
    struct world w;
    world_make(&w);
    for (int i = 0; i < 4; i++) {
        struct buf b = {0};
        while (b.len < 4 << 20) {
            buf_adds(&b, starts[i / 2]);
            for (size_t from = b.len; b.len < from + 65400;)
                buf_adds(&b, "- ");
            buf_adds(&b, ends[i % 2]);
        }
        struct snapshot s;
        struct verdict v;
        judge(&w, &s, &v, b.data, b.len, b.data, b.len, w.now);
        done(&s, &v);
        buf_clear(&b);
    }
    words_clear(&w.criteria);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),      cmocka_unit_test(test_more_vectors), cmocka_unit_test(test_second_vectors),
        cmocka_unit_test(test_appended),     cmocka_unit_test(test_hidden),       cmocka_unit_test(test_clock),
        cmocka_unit_test(test_shuffled),     cmocka_unit_test(test_any_bytes),    cmocka_unit_test(test_linear),
        cmocka_unit_test(test_linear_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
