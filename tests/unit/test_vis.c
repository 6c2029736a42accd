/* supervisor/base/vis: whatever comes in, what goes out is well-formed, visible and one line. */
#include "cm.h"
#include "random.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include <stdlib.h>
#include <string.h>

/* An independent reading of well-formed UTF-8, by decoding: the code point, or -1. */
static int32_t decode(const unsigned char *p, size_t n, size_t *len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    *len = p[0] < 0x80 ? 1 : p[0] < 0xC0 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF8 ? 4 : 0;
    if (!*len || *len > n)
        return -1;
    uint32_t c = *len == 1 ? p[0] : p[0] & (0x7Fu >> *len);
    for (size_t i = 1; i < *len; i++) {
        if (p[i] < 0x80 || p[i] > 0xBF)
            return -1;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least[*len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return -1;
    return (int32_t)c;
}

/* Only characters that a person sees, each well-formed. */
static void assert_clean(const char *s, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        int32_t c = decode((const unsigned char *)s + i, n - i, &len);
        assert_true(c >= 0);
        assert_false(c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C);
        assert_false((c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F));
        assert_false(c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F));
    }
}

/* Bytes that try: any, fragments of characters, and whole hidden ones. */
static size_t nasty(struct random *r, char *out, size_t max)
{
    static const char *const pieces[] = {"a",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "\x1b[31m",
                                         "\x7f",
                                         "\xc2\x9b",
                                         "é",
                                         "\xe2\x80\xae",
                                         "\xe2\x80\x8b",
                                         "\xef\xbb\xbf",
                                         "\xd8\x9c",
                                         "\xc2\xad",
                                         "😀",
                                         "\xed\xa0",
                                         "\xf0\x9f\x98",
                                         "\xc0\x80",
                                         "\xf4\x90\x80",
                                         "\xe0\x9f\xbf",
                                         "\xf3\xa0\x81\x81"};
    size_t n = 0, want = random_below(r, (uint32_t)max - 8);
    while (n < want) {
        if (random_below(r, 2)) {
            out[n++] = (char)random_below(r, 256);
        } else {
            const char *p = pieces[random_below(r, sizeof pieces / sizeof *pieces)];
            memcpy(out + n, p, strlen(p));
            n += strlen(p);
        }
    }
    return n;
}

static void test_utf8_length_agrees_with_decoding(void **state)
{
    (void)state;
    /* Every lead byte with every second, and the borders of the third and fourth. */
    static const unsigned char tails[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++)
            for (size_t c = 0; c < sizeof tails; c++)
                for (size_t d = 0; d < sizeof tails; d++) {
                    unsigned char s[] = {(unsigned char)a, (unsigned char)b, tails[c], tails[d]};
                    for (size_t n = 1; n <= 4; n++) {
                        size_t len, got = vis_utf8((const char *)s, n);
                        int32_t code = decode(s, n, &len);
                        if (got != (code < 0 ? 0 : len))
                            fail_msg("%02x %02x %02x %02x of %zu: %zu", s[0], s[1], s[2], s[3], n, got);
                    }
                }
    assert_int_equal(vis_utf8("", 0), 0);
}

static void expect(const char *in, size_t n, const char *want)
{
    struct buf b;
    buf_init(&b, 0);
    vis_add(&b, in, n);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

static void test_what_is_escaped_and_what_is_not(void **state)
{
    (void)state;
#define EXPECT(in, want) expect(in, sizeof(in) - 1, want)
    EXPECT("plain ~ text", "plain ~ text");
    EXPECT("Grüße, 世界 😀", "Grüße, 世界 😀");
    EXPECT("a\nb\tc\rd", "a\\nb\\tc\\x0Dd");
    EXPECT("nul\0in", "nul\\x00in");
    EXPECT("\x1b[2J\x07\x7f", "\\x1B[2J\\x07\\x7F");
    EXPECT("\xc2\x9b", "\\xC2\\x9B");
    EXPECT("\xe2\x80\xae", "\\xE2\\x80\\xAE");
    EXPECT("\xd8\x9c", "\\xD8\\x9C");
    EXPECT("\xf3\xa0\x81\x81", "\\xF3\\xA0\\x81\\x81");
    EXPECT("\xff\xc3(\xc3", "\\xFF\\xC3(\\xC3");
    EXPECT("\xed\xa0\x80", "\\xED\\xA0\\x80");
#undef EXPECT
}

static void test_output_is_clean_for_any_input(void **state)
{
    (void)state;
    struct random r = {7};
    char in[120];
    for (int round = 0; round < 20000; round++) {
        size_t n = nasty(&r, in, sizeof in);
        struct buf b;
        buf_init(&b, 0);
        vis_add(&b, in, n);
        assert_clean(buf_str(&b), b.len);
        size_t max = random_below(&r, 80);
        char *cut = vis_dup(in, n, max);
        assert_clean(cut, strlen(cut));
        assert_in_range(strlen(cut), 0, max);
        if (b.len <= max)
            assert_string_equal(cut, buf_str(&b));
        else if (max >= 3)
            assert_string_equal(cut + strlen(cut) - 3, "…");
        free(cut);
        buf_clear(&b);
    }
}

static void test_cut_is_on_a_border_and_no_earlier_than_needed(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t max;
        const char *want;
    } rows[] = {{"abcdef", 6, "abcdef"}, {"abcdef", 5, "ab…"}, {"abcdef", 3, "…"},  {"abcdef", 2, ""},    {"", 0, ""},
                {"ééééé", 10, "ééééé"},  {"ééééé", 9, "ééé…"}, {"ééééé", 8, "éé…"}, {"\n\n\n", 5, "\\n…"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *s = vis_dup(rows[i].in, strlen(rows[i].in), rows[i].max);
        assert_string_equal(s, rows[i].want);
        free(s);
    }
}

/* A quoted string that is clean, and that a JSON reader turns back into the bytes (ill-formed ones as U+FFFD). */
static void test_json_string_for_any_input(void **state)
{
    (void)state;
    struct random r = {8};
    char in[120];
    for (int round = 0; round < 20000; round++) {
        size_t n = nasty(&r, in, sizeof in);
        for (size_t i = 0; i < n; i++)
            if (!in[i])
                in[i] = '0'; /* a NUL would end cJSON's string */
        struct buf b;
        buf_init(&b, 0);
        vis_add_json(&b, in, n);
        assert_clean(buf_str(&b), b.len);
        cJSON *v = json_parse(buf_str(&b), b.len);
        assert_true(cJSON_IsString(v));
        char *want = vis_utf8_dup(in, n);
        assert_string_equal(v->valuestring, want);
        for (size_t i = 0, len; want[i]; i += len)
            assert_true(decode((unsigned char *)want + i, strlen(want + i), &len) >= 0);
        free(want);
        cJSON_Delete(v);
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_length_agrees_with_decoding),
        cmocka_unit_test(test_what_is_escaped_and_what_is_not),
        cmocka_unit_test(test_output_is_clean_for_any_input),
        cmocka_unit_test(test_cut_is_on_a_border_and_no_earlier_than_needed),
        cmocka_unit_test(test_json_string_for_any_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
