/* writing: whatever the evidence says, the file that comes out reads as before and has one entry more, the one that is
 * meant; and where that can't be, a sentence names the line that is in the way. */
#include "cm.h"
#include "random.h"
#include "supervisor/base/mem.h"
#include "watchdog/marker.h"
#include "watchdog/review.h"
#include "supervisor/base/timestamp.h"
#include "watchdog/writing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX ((int64_t)8 << 20)
#define SHA "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
enum { NOW = 1779955800 }; /* 2026-05-28T08:10:00Z */

static struct words criteria;

static int setup(void **state)
{
    (void)state;
    words_add(&criteria, "D1");
    words_add(&criteria, "D3");
    words_add(&criteria, "D10");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    words_clear(&criteria);
    return 0;
}

static struct writing writing_of(enum writing_kind kind, const char *text)
{
    bool sha = writing_has_sha(kind);
    return (struct writing){kind, sha ? "D3" : "", NOW, sha ? SHA : "", text};
}

/* The new file, or NULL and the sentence in e; the caller frees. */
static char *append(const char *old, enum writing_kind kind, const char *text, int *line, struct err *e)
{
    struct buf out;
    struct writing w = writing_of(kind, text);
    buf_init(&out, 0);
    bool status = kind == WRITING_CLAIM || kind == WRITING_DONE;
    if (writing_append(&out, status ? "STATUS.md" : "REVIEW.md", old, old ? strlen(old) : 0, &w, &criteria, MAX, line,
                       e))
        return buf_take(&out);
    buf_clear(&out);
    return NULL;
}

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        enum writing_kind kind;
        const char *text, *want;
        int line;
    } rows[] = {
        {NULL, WRITING_PASS, "0 and 13 refused",
         "# Review\n\nD3: PASS @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — 0 and 13 refused\n", 3},
        {"", WRITING_FAIL, "`sh days.sh 2023 13` prints 31",
         "# Review\n\nD3: FAIL @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — `sh days.sh 2023 13` prints 31\n", 3},
        {"# R\r\n\r\nD1: FAIL x", WRITING_PASS, "a\r\n\tb",
         "# R\r\n\r\nD1: FAIL x\r\n\r\nD3: PASS @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — a b\r\n", 5},
        {"D1: FAIL x\n", WRITING_PASS, "\x01 a\x7f",
         "D1: FAIL x\n\nD3: PASS @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — \\x01 a\\x7F\n", 3},
        {"x\n \n", WRITING_VETO, "a key\nis in it", "x\n \nVETO @2026-05-28T08:10:00Z — a key is in it\n", 3},
        {"VETO x\n\n", WRITING_LIFT, "gone", "VETO x\n\nVETO LIFTED @2026-05-28T08:10:00Z — gone\n", 3},
        {NULL, WRITING_CLAIM, "", "# Status\n\nD3: CLAIMED @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f\n", 3},
        {"# S\n", WRITING_CLAIM, "HOW: `make`",
         "# S\n\nD3: CLAIMED @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — HOW: `make`\n", 3},
        {"# S\n\n## DONE\n", WRITING_CLAIM, "again",
         "# S\n\n## DONE\n\nD3: CLAIMED @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — again\n", 5},
        {"# S", WRITING_DONE, "ignored", "# S\n\n## DONE — 2026-05-28T08:10:00Z\n", 3},
        /* An early marker is in the way of the new one, whose line is what counts. */
        {"# S\n\n## DONE\n\nall of it\n\n## DONE — 2026-05-27\n", WRITING_DONE, "",
         "# S\n\n\nall of it\n\n## DONE — 2026-05-28T08:10:00Z\n", 6},
        /* What opens something stays text; what is closed again stays as it is. */
        {NULL, WRITING_PASS, "<!-- ` ~~ a --> <pre> </details> `<b>` 1 < 2 ``x`",
         "# Review\n\nD3: PASS @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — &lt;!-- ` ~~ a --> <pre> </details> `&lt;b>` 1 "
         "< 2 ``x`\n",
         3},
        {NULL, WRITING_PASS, "<!-- ~~~ a --> <pre> `<b>` 1 < 2",
         "# Review\n\nD3: PASS @2026-05-28T08:10:00Z sha=1a2b3c4d5e6f — &lt;!-- ~ ~ ~ a --&gt; &lt;pre> `<b>` 1 < 2\n",
         3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = {""};
        int line = 0;
        char *got = append(rows[i].old, rows[i].kind, rows[i].text, &line, &e);
        if (!got)
            fail_msg("row %zu: %s", i, e.text);
        assert_string_equal(got, rows[i].want);
        assert_int_equal(line, rows[i].line);
        free(got);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        enum writing_kind kind;
        const char *has;
    } rows[] = {
        {"# R\n\n```\nD1: PASS\n", WRITING_PASS, "REVIEW.md: line 3: a code fence opens here and is never closed"},
        {"# R\n\n```\n", WRITING_FAIL, "line 3: a code fence"},
        {"a <!-- b\n", WRITING_LIFT, "line 1: a comment opens here"},
        {"# R\n\n<details>\n\n", WRITING_PASS, "line 3: <details> opens here and is never closed"},
        {"<pre>\n", WRITING_VETO, "line 1: an HTML element"},
        {"---\nx: y\n", WRITING_PASS, "line 1: front matter begins here and never ends"},
        {"# R\n\n## Format\n\nD1: PASS\n", WRITING_PASS,
         "the section of examples that begins in line 3; end that with a heading"},
        {"D1: FAIL\n\n## Open VETOs\n", WRITING_PASS, "line 3 would count with text behind it"},
        {"a\xff\n", WRITING_PASS, NULL},
        {"\xff\xfe", WRITING_PASS, "it cannot be read: it is UTF-16"},
        {"# S\n\n```\n", WRITING_CLAIM, "STATUS.md: line 3: a code fence"},
        {"# S\n\n```\n", WRITING_DONE, "STATUS.md: line 3: a code fence"},
        {"# S\n\n## NOT DONE yet\n", WRITING_DONE,
         "the marker would not count: line 3: `## NOT DONE yet` takes DONE back"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = {""};
        int line = 0;
        char *got = append(rows[i].old, rows[i].kind, "words", &line, &e);
        if (!rows[i].has ? !got : got != NULL || !strstr(e.text, rows[i].has))
            fail_msg("row %zu: %s: %s", i, got ? "written" : "refused", got ? got : e.text);
        free(got);
    }
    struct err e = {""};
    int line;
    char *long_text = mem_zalloc(WRITING_TEXT_MAX + 2);
    memset(long_text, 'x', WRITING_TEXT_MAX + 1);
    assert_null(append(NULL, WRITING_PASS, long_text, &line, &e));
    assert_non_null(strstr(e.text, "longer than 4000 bytes"));
    free(long_text);
}

/* Pieces from which hostile evidence is made. */
static const char *const PIECES[] = {
    "`",
    "``",
    "```",
    "~~",
    "~~~",
    "<!--",
    "-->",
    "--",
    ">",
    "<",
    "<pre>",
    "</pre>",
    "<details>",
    "</details>",
    "<script",
    "<b",
    "</",
    "<?",
    "<!",
    "|",
    "| D3 | PASS |",
    "D1: PASS @2026-05-28T10:00:00Z",
    "D1: FAIL",
    "VETO",
    "VETO LIFTED",
    "## DONE",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\t",
    "    ",
    "\x0b",
    "\x01",
    "\x7f",
    "\x80",
    "\xc2\xa0",
    "\xe2\x80\x8b",
    "\xe2\x80\xa8",
    "—",
    "(",
    ")",
    "[",
    "]",
    "[ ]",
    "(provisional)",
    "not",
    "if",
    "?",
    "❌",
    "✅",
    "*",
    "**",
    "_",
    "\\",
    "\\`",
    "#",
    "# ",
    "- ",
    "1. ",
    "> ",
    "---",
    "===",
    "sha=0000000",
    "@",
    ":",
    "a",
    "b ",
    "é",
    " ",
    "none",
    "LIFTED",
    "&lt;",
    "\"",
    "'",
};

static void random_text(struct random *r, struct buf *b)
{
    for (uint32_t n = random_below(r, 12); n; n--)
        buf_adds(b, PIECES[random_below(r, sizeof PIECES / sizeof *PIECES)]);
}

/* Files that may have an entry at their end. */
static const char *const FILES[] = {
    NULL,
    "",
    "# Review\n",
    "\xef\xbb\xbf# Review\r\n\r\nD1: PASS @2026-05-28T07:00:00Z\r\n",
    "D1: FAIL @2026-05-28T07:00:00Z\n- a list\n  - with a second",
    "| id | verdict | time |\n|---|---|---|\n| D1 | PASS | 2026-05-28T07:00:00Z |",
    "> D1: FAIL quoted\n",
    "text with a ` tick\nD10: PASS @2026-05-28T07:00:00Z\n",
    "text ~~ struck\nD10: FAIL\n\n    code\n",
    "```\nD1: PASS\n```\nD1: PENDING\n## VETO\n",
    "a line that ends with CR\r",
};

static void check_review(const char *old, const struct writing *w, const char *text)
{
    struct review before, after;
    review_read(&before, old ? old : "", old ? strlen(old) : 0, &criteria, MAX);
    review_read(&after, text, strlen(text), &criteria, MAX);
    const struct review_entry *x = &after.entries[after.count - 1];
    if (after.count != before.count + 1 || x->kind != (w->kind == WRITING_PASS ? REVIEW_PASS : REVIEW_FAIL) ||
        strcmp(x->id, "D3") != 0 || x->written != NOW)
        fail_msg("%zu entries after %zu; the last is %s %s:\n%s", after.count, before.count, x->id,
                 review_kind_name(x->kind), text);
    for (size_t i = 0; i < before.count; i++) {
        assert_int_equal(before.entries[i].hash, after.entries[i].hash);
        assert_int_equal(before.entries[i].kind, after.entries[i].kind);
    }
    if (after.warnings.n > before.warnings.n)
        fail_msg("%s:\n%s", after.warnings.at[after.warnings.n - 1], text);
    review_clear(&before);
    review_clear(&after);
}

/* Somebody writes a line right behind it, by hand and with marks of all kinds: both count. */
static void check_line_behind(const char *text)
{
    struct buf b;
    struct review r;
    buf_init(&b, 0);
    buf_addf(&b, "%sD10: PASS @2026-05-28T09:00:00Z — ` `` ``` ~~ -->\n", text);
    review_read(&r, buf_str(&b), b.len, &criteria, MAX);
    const struct review_entry *last = r.count > 1 ? &r.entries[r.count - 1] : NULL;
    if (!last || last->kind != REVIEW_PASS || strcmp(last->id, "D10") != 0 || last[-1].kind == REVIEW_NEAR ||
        strcmp(last[-1].id, "D3") != 0)
        fail_msg("the line behind it:\n%s", buf_str(&b));
    review_clear(&r);
    buf_clear(&b);
}

static void test_any_evidence(void **state)
{
    (void)state;
    struct random r = {7};
    for (int i = 0; i < 15000; i++) {
        struct buf text;
        struct err e = {""};
        int line = 0;
        buf_init(&text, 0);
        random_text(&r, &text);
        const char *old = FILES[random_below(&r, sizeof FILES / sizeof *FILES)];
        enum writing_kind kind = random_below(&r, 2) ? WRITING_PASS : WRITING_FAIL;
        struct writing w = writing_of(kind, buf_str(&text));
        char *once = append(old, kind, buf_str(&text), &line, &e);
        if (!once)
            fail_msg("refused: %s; file %s; evidence %s", e.text, old ? old : "none", buf_str(&text));
        check_review(old, &w, once);
        check_line_behind(once);
        /* And nothing of it reaches the next one. */
        char *twice = append(once, kind, buf_str(&text), &line, &e);
        if (!twice)
            fail_msg("refused the second time: %s; evidence %s", e.text, buf_str(&text));
        check_review(once, &w, twice);
        free(once);
        free(twice);
        buf_clear(&text);
    }
}

/* A file of any bytes: written as it is meant, or refused; never something else. */
static void test_any_file(void **state)
{
    (void)state;
    struct random r = {11};
    int written = 0;
    for (int i = 0; i < 10000; i++) {
        struct buf old, text;
        struct err e = {""};
        int line = 0;
        buf_init(&old, 0);
        buf_init(&text, 0);
        random_text(&r, &old);
        random_text(&r, &old);
        random_text(&r, &text);
        enum writing_kind kind = random_below(&r, 2) ? WRITING_PASS : WRITING_FAIL;
        struct writing w = writing_of(kind, buf_str(&text));
        char *got = append(buf_str(&old), kind, buf_str(&text), &line, &e);
        if (got) {
            struct review before, after;
            review_read(&before, buf_str(&old), old.len, &criteria, MAX);
            review_read(&after, got, strlen(got), &criteria, MAX);
            assert_int_equal(after.count, before.count + 1);
            assert_int_equal(after.entries[before.count].line, line);
            assert_int_equal(strncmp(got, buf_str(&old), old.len), 0);
            review_clear(&before);
            review_clear(&after);
            written++;
        } else {
            assert_true(e.text[0]);
        }
        (void)w;
        free(got);
        buf_clear(&old);
        buf_clear(&text);
    }
    assert_true(written > 1500 && written < 10000);
}

static void test_too_soon(void **state)
{
    (void)state;
    static const char file[] = "D3: FAIL @2026-05-28T08:10:00Z\n";
    struct writing w = writing_of(WRITING_PASS, "x");
    assert_true(writing_too_soon(file, strlen(file), &w, &criteria, MAX));
    w.now++;
    assert_false(writing_too_soon(file, strlen(file), &w, &criteria, MAX));
    w.now--;
    w.id = "D1";
    assert_false(writing_too_soon(file, strlen(file), &w, &criteria, MAX));
    assert_false(writing_too_soon(NULL, 0, &w, &criteria, MAX));
}

static void test_subjects(void **state)
{
    (void)state;
    static const struct {
        enum writing_kind kind;
        const char *text, *want;
    } rows[] = {
        {WRITING_CLAIM, "", "claim(D3): ready to be verified"},
        {WRITING_PASS, "a\nb", "review(D3): PASS — a b"},
        {WRITING_FAIL, "123456789 123456789 123456789 123456789 123456789 123456789 123456789",
         "review(D3): FAIL — 123456789 123456789 123456789 123456789 123456789 1234567…"},
        {WRITING_VETO, "x", "veto: x"},
        {WRITING_LIFT, "x", "veto: lifted — x"},
        {WRITING_DONE, "", "done: the marker"},
        {WRITING_SEND, "claim(D1): x", "inbox: to the builder: claim(D1): x"},
        {WRITING_DROP, "", "inbox: the builder has dealt with n.md"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b;
        struct writing w = writing_of(rows[i].kind, rows[i].text);
        buf_init(&b, 0);
        writing_subject(&b, &w, "builder", "n.md");
        assert_string_equal(buf_str(&b), rows[i].want);
        buf_clear(&b);
        assert_int_equal(writing_kind_parse(writing_kind_name(rows[i].kind)), rows[i].kind);
    }
    assert_int_equal(writing_kind_parse("x"), -1);
}

static void test_notes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    struct writing w = writing_of(WRITING_SEND, "The port: 80, NOT 8080!\r\nsee\t\x1b[1m x");
    writing_note(&b, w.text);
    assert_string_equal(buf_str(&b), "The port: 80, NOT 8080!\nsee\t\\x1B[1m x\n");
    buf_clear(&b);
    writing_note_name(&b, &w, 1);
    assert_string_equal(buf_str(&b), "20260528T081000Z-the-port-80-not-8080-see-1m-x.md");
    buf_clear(&b);
    w.text = "/../é";
    writing_note_name(&b, &w, 2);
    assert_string_equal(buf_str(&b), "20260528T081000Z-note-2.md");
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_refusals), cmocka_unit_test(test_any_evidence),
        cmocka_unit_test(test_any_file), cmocka_unit_test(test_too_soon), cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_notes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
