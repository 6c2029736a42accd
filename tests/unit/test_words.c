/* Words as a shell reads them: fixed cases, and any list of words survives quoting. */
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 6 };

static const struct {
    const char *text;
    const char *want[MOST]; /* ends with NULL */
    const char *error;      /* a part of it; NULL = good */
} cases[] = {
    {"", {NULL}, NULL},
    {" \t ", {NULL}, NULL},
    {"a", {"a"}, NULL},
    {"  a\tb  c ", {"a", "b", "c"}, NULL},
    {"''", {""}, NULL},
    {"'' \"\" x", {"", "", "x"}, NULL},
    {"'a b' \"c d\"", {"a b", "c d"}, NULL},
    {"a'b c'd\"e f\"", {"ab cde f"}, NULL},
    {"'a\\b' 'a\"b'", {"a\\b", "a\"b"}, NULL},
    {"\"a\\\"b\" \"a\\\\b\" \"a\\b\" \"it's\"", {"a\"b", "a\\b", "a\\b", "it's"}, NULL},
    {"a\\ b \\\\ \\' \\\" \\x", {"a b", "\\", "'", "\"", "x"}, NULL},
    {"$HOME ${HOME} `id` $(id) ~ *", {"$HOME", "${HOME}", "`id`", "$(id)", "~", "*"}, NULL}, /* no expansion */
    {"a # b ; c", {"a", "#", "b", ";", "c"}, NULL},
    {"caf\xC3\xA9 \xE2\x80\x94", {"caf\xC3\xA9", "\xE2\x80\x94"}, NULL},
    {"'open", {NULL}, "a ' quote is not closed"},
    {"a \"open\\\"", {NULL}, "a \" quote is not closed"},
    {"a \"open\\", {NULL}, "backslash at the end"},
    {"a\\", {NULL}, "backslash at the end"},
    {"\\", {NULL}, "backslash at the end"},
    {"'a\\", {NULL}, "a ' quote is not closed"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct words w = {0};
        struct err e = {""};
        bool good = words_split(&w, cases[i].text, &e);
        if (good != !cases[i].error || (!good && !strstr(e.text, cases[i].error)))
            fail_msg("'%s': %s", cases[i].text, good ? "taken" : e.text);
        size_t n = 0;
        while (good && n < MOST && cases[i].want[n]) {
            if (n >= w.n || strcmp(w.at[n], cases[i].want[n]) != 0)
                fail_msg("'%s': word %zu is not '%s'", cases[i].text, n, cases[i].want[n]);
            n++;
        }
        if (good) {
            assert_int_equal(w.n, n);
            assert_true(!w.n || !w.at[w.n]); /* fit for exec */
        }
        words_clear(&w);
        assert_int_equal(w.n, 0);
        assert_null(w.at);
    }
}

static void test_append(void **state)
{
    (void)state;
    struct words w = {0};
    words_add(&w, "first");
    assert_true(words_split(&w, "second 'third one'", NULL));
    assert_int_equal(w.n, 3);
    assert_string_equal(w.at[0], "first");
    assert_true(words_have(&w, "third one"));
    assert_false(words_have(&w, "third"));
    assert_false(words_have(&w, ""));
    assert_false(words_split(&w, "'", NULL)); /* e may be NULL */
    words_clear(&w);
    words_clear(&w);
    assert_false(words_have(&w, "first"));
}

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } all[] = {{"", "", true},      {"", "x", false},      {"x y", "x 'y'", true},
               {"x y", "x", false}, {"x y", "x z", false}, {"x y", "y x", false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct words a = {0}, b = {0};
        assert_true(words_split(&a, all[i].a, NULL) && words_split(&b, all[i].b, NULL));
        assert_int_equal(words_same(&a, &b), all[i].equal);
        assert_int_equal(words_same(&b, &a), all[i].equal);
        words_clear(&a);
        words_clear(&b);
    }
}

/* Each word written in one of three ways of quoting, all of them read back. */
static void test_round_trip(void **state)
{
    (void)state;
    static const char alphabet[] = "ab \t'\"\\$#;\xC3\xA9";
    uint32_t seed = 7;
    for (int round = 0; round < 5000; round++) {
        struct words want = {0}, got = {0};
        struct buf text = {0};
        struct err e = {""};
        for (int k = 0; k < round % 5; k++) {
            char word[9] = "";
            for (int n = 0; n < 8; n++) {
                seed = seed * 1664525 + 1013904223;
                word[n] = (seed >> 28) < 3 ? '\0' : alphabet[(seed >> 16) % (sizeof alphabet - 1)];
                if (!word[n])
                    break;
            }
            words_add(&want, word);
            int how = (int)(seed >> 8) % 3;
            if (how == 0 && strchr(word, '\''))
                how = 1;
            if (how == 2 && !*word)
                how = 0;
            buf_adds(&text, k ? " " : "");
            buf_adds(&text, how == 0 ? "'" : how == 1 ? "\"" : "");
            for (const char *p = word; *p; p++) {
                if ((how == 1 && strchr("\"\\", *p)) || how == 2)
                    buf_adds(&text, "\\");
                buf_add(&text, p, 1);
            }
            buf_adds(&text, how == 0 ? "'" : how == 1 ? "\"" : "");
        }
        if (!words_split(&got, buf_str(&text), &e))
            fail_msg("%s: %s", buf_str(&text), e.text);
        assert_int_equal(got.n, want.n);
        for (size_t i = 0; i < got.n; i++)
            assert_string_equal(got.at[i], want.at[i]);
        words_clear(&want);
        words_clear(&got);
        buf_clear(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_append),
                                       cmocka_unit_test(test_equal), cmocka_unit_test(test_round_trip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
