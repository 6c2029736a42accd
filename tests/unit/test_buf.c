/* supervisor/base/buf: the cap, the NUL, the numbers. */
#include "cm.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/base/vis.h"
#include <stdlib.h>
#include <string.h>

static void test_empty_buffer_is_an_empty_string(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    assert_string_equal(buf_str(&b), "");
    char *taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
    buf_clear(&b);
}

static void test_grows_and_keeps_the_nul(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 10000; i++) {
        assert_true(buf_add(&b, "ab", 2));
        assert_int_equal(b.len, 2 * (i + 1));
        assert_int_equal(b.data[b.len], '\0');
    }
    assert_true(buf_add(&b, "a\0b", 3));
    assert_memory_equal(b.data + b.len - 3, "a\0b", 4);
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_true(buf_adds(&b, "again"));
    assert_string_equal(buf_str(&b), "again");
    buf_clear(&b);
}

/* Whatever is added in whatever pieces: the first max bytes, and `full` exactly when something was dropped. */
static void test_cap_keeps_the_first_bytes(void **state)
{
    (void)state;
    static const char text[] = "0123456789abcdefghij";
    for (size_t max = 1; max < 24; max++)
        for (size_t piece = 1; piece < 22; piece++) {
            struct buf b;
            buf_init(&b, max);
            for (size_t i = 0; i < 20; i += piece) {
                size_t n = i + piece > 20 ? 20 - i : piece;
                assert_int_equal(buf_add(&b, text + i, n), i + n <= max);
            }
            size_t kept = max < 20 ? max : 20;
            assert_int_equal(b.len, kept);
            assert_int_equal(b.full, max < 20);
            assert_memory_equal(b.data, text, kept);
            assert_int_equal(b.data[kept], '\0');
            buf_clear(&b);
            assert_int_equal(b.max, max);
            assert_false(b.full);
        }
}

static void test_format_short_long_and_capped(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    for (int n = 505; n < 520; n++) { /* around the small buffer inside */
        buf_clear(&b);
        assert_true(buf_addf(&b, "%.*s", n, big));
        assert_int_equal(b.len, n);
    }
    assert_true(buf_addf(&b, "%s|%d", big, 7));
    assert_string_equal(b.data + b.len - 3, "x|7");
    buf_clear(&b);
    struct buf c;
    buf_init(&c, 10);
    assert_false(buf_addf(&c, "%s", big));
    assert_int_equal(c.len, 10);
    assert_true(c.full);
    buf_clear(&c);
}

static void test_take_and_consume(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    buf_adds(&b, "abcdef");
    buf_consume(&b, 2);
    assert_string_equal(buf_str(&b), "cdef");
    assert_true(buf_adds(&b, "ghij"));
    assert_false(buf_adds(&b, "k"));
    buf_consume(&b, 99);
    assert_string_equal(buf_str(&b), "");
    buf_consume(&b, 1);
    buf_adds(&b, "x");
    char *taken = buf_take(&b);
    assert_string_equal(taken, "x");
    assert_int_equal(b.len, 0);
    assert_int_equal(b.max, 8);
    assert_null(b.data);
    free(taken);
    buf_clear(&b);
}

static void test_err_replaces_and_takes_its_own_text(void **state)
{
    (void)state;
    struct err e = {""};
    err_set(&e, "one %d", 1);
    assert_string_equal(e.text, "one 1");
    err_set(&e, "%s: %s: two", e.text, e.text);
    assert_string_equal(e.text, "one 1: one 1: two");
    err_set(NULL, "nobody %s", "listens");
}

/* Cut on a character's border, whatever stands there. */
static void test_err_is_cut_well_formed(void **state)
{
    (void)state;
    char text[1200];
    for (size_t lead = 0; lead < 8; lead++) {
        size_t n = lead;
        memset(text, 'a', n);
        for (int i = 0; i < 200; i++, n += 4)
            memcpy(text + n, "\xF0\x9F\x98\x80", 4);
        text[n] = '\0';
        struct err e;
        err_set(&e, "%s", text);
        size_t len = strlen(e.text);
        assert_in_range(len, 505, sizeof e.text - 1);
        assert_string_equal(e.text + len - 3, "…");
        for (size_t i = 0; i < len; i += vis_utf8(e.text + i, len - i))
            assert_true(vis_utf8(e.text + i, len - i) > 0);
    }
    struct err e;
    text[511] = '\0';
    memset(text, 'a', 511);
    err_set(&e, "%s", text);
    assert_string_equal(e.text, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_buffer_is_an_empty_string),
        cmocka_unit_test(test_grows_and_keeps_the_nul),
        cmocka_unit_test(test_cap_keeps_the_first_bytes),
        cmocka_unit_test(test_format_short_long_and_capped),
        cmocka_unit_test(test_take_and_consume),
        cmocka_unit_test(test_err_replaces_and_takes_its_own_text),
        cmocka_unit_test(test_err_is_cut_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
