/* supervisor/base/lines: any chunking gives the same lines, caps, CRs and torn ends included. */
#include "cm.h"
#include "random.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/lines.h"
#include <string.h>

/* What came out, as one text: each line in brackets, a cut one with a +. */
static void collect(void *arg, const char *line, size_t len, bool cut)
{
    struct buf *out = arg;
    buf_adds(out, "[");
    buf_add(out, line, len);
    buf_adds(out, cut ? "+]" : "]");
}

/* The lines of data fed in pieces whose ends are given by `cuts` (a random stream), or all at once (NULL). */
static void split(struct buf *out, const char *data, size_t n, size_t max, struct random *cuts)
{
    struct lines l;
    lines_init(&l, max, collect, out);
    for (size_t i = 0; i < n;) {
        size_t take = cuts ? 1 + random_below(cuts, 9) : n;
        if (take > n - i)
            take = n - i;
        lines_feed(&l, data + i, take);
        i += take;
    }
    lines_end(&l);
    lines_end(&l);
    lines_clear(&l);
}

static void expect(const char *data, size_t n, size_t max, const char *want)
{
    struct buf out;
    buf_init(&out, 0);
    split(&out, data, n, max, NULL);
    assert_string_equal(buf_str(&out), want);
    buf_clear(&out);
}

#define EXPECT(data, max, want) expect(data, sizeof(data) - 1, max, want)

static void test_ends_of_lines(void **state)
{
    (void)state;
    EXPECT("", 0, "");
    EXPECT("\n", 0, "[]");
    EXPECT("a\nb\n", 0, "[a][b]");
    EXPECT("a\r\nb\r\r\n\r\n", 0, "[a][b\r][]");
    EXPECT("a\rb\n", 0, "[a\rb]");
    EXPECT("torn", 0, "[torn]");
    EXPECT("a\nb", 0, "[a][b]");
    EXPECT("a\n\ntorn\r", 0, "[a][][torn]");
}

static void test_cap_counts_the_line_without_its_end(void **state)
{
    (void)state;
    EXPECT("1234\n", 4, "[1234]");
    EXPECT("1234\r\n", 4, "[1234]");
    EXPECT("12345\n", 4, "[1234+]");
    EXPECT("12345\r\n", 4, "[1234+]");
    EXPECT("1234\rx\n", 4, "[1234+]");
    EXPECT("123\r5\nab\n", 4, "[123\r+][ab]");
    EXPECT("123456789", 4, "[1234+]");
    EXPECT("1234", 4, "[1234]");
    EXPECT("\r\r\n", 1, "[\r]");
}

static void test_nul_bytes_are_bytes(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    split(&out, "a\0b\n\0\n", 6, 0, NULL);
    assert_int_equal(out.len, 8);
    assert_memory_equal(out.data, "[a\0b][\0]", 8);
    buf_clear(&out);
}

static void test_any_chunking_gives_the_same_lines(void **state)
{
    (void)state;
    static const char alphabet[] = "ab\r\r\n\n\0";
    struct random r = {20261};
    for (int round = 0; round < 4000; round++) {
        char data[60];
        size_t n = random_below(&r, sizeof data + 1);
        for (size_t i = 0; i < n; i++)
            data[i] = alphabet[random_below(&r, sizeof alphabet - 1)];
        size_t max = random_below(&r, 6);
        struct buf whole, pieces;
        buf_init(&whole, 0);
        buf_init(&pieces, 0);
        split(&whole, data, n, max, NULL);
        split(&pieces, data, n, max, &r);
        assert_int_equal(whole.len, pieces.len);
        assert_memory_equal(buf_str(&whole), buf_str(&pieces), whole.len);
        buf_clear(&whole);
        buf_clear(&pieces);
    }
}

/* A line without an end costs no more memory than its cap, and a big one's memory is given back. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    struct lines l;
    lines_init(&l, 100000, collect, &out);
    char chunk[4096];
    memset(chunk, 'x', sizeof chunk);
    for (int i = 0; i < 1000; i++)
        lines_feed(&l, chunk, sizeof chunk);
    assert_in_range(l.part.cap, 100000, 400000);
    lines_feed(&l, "\nsmall\n", 7);
    assert_int_equal(out.len, 1 + 100000 + 2 + 7);
    assert_string_equal(out.data + out.len - 9, "+][small]");
    assert_in_range(l.part.cap, 0, 65536);
    lines_clear(&l);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_lines),       cmocka_unit_test(test_cap_counts_the_line_without_its_end),
        cmocka_unit_test(test_nul_bytes_are_bytes), cmocka_unit_test(test_any_chunking_gives_the_same_lines),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
