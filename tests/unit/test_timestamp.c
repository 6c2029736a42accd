/* timestamp: what is a time and what is none, and both ways for every day. */
#include "supervisor/base/timestamp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* Reads text, checks how many bytes were taken, and gives the instant as text. */
static void reads(const char *text, size_t bytes, const char *want)
{
    int64_t t = 0;
    char got[21] = "nothing";
    size_t used = timestamp_parse(text, strlen(text), &t);
    if (used)
        timestamp_format(t, got);
    if (used != bytes || (bytes && strcmp(got, want) != 0))
        fail_msg("%s: %zu bytes as %s, not %zu as %s", text, used, got, bytes, want);
}

static void test_read(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t bytes;
        const char *want;
    } rows[] = {
        {"2026-05-28T08:10:00Z", 20, "2026-05-28T08:10:00Z"},
        {"2026-05-28t08:10:00z", 20, "2026-05-28T08:10:00Z"},
        {"2026-05-28 08:10:00Z", 20, "2026-05-28T08:10:00Z"},
        {"2026-05-28T08:10Z", 17, "2026-05-28T08:10:00Z"},
        {"2026-05-28T08:10:00 UTC", 23, "2026-05-28T08:10:00Z"},
        {"2026-05-28 08:10 gmt.", 20, "2026-05-28T08:10:00Z"},
        {"2026-05-28T08:10:00+02:00", 25, "2026-05-28T06:10:00Z"},
        {"2026-05-28T08:10:00+0200", 24, "2026-05-28T06:10:00Z"},
        {"2026-05-28 08:10:00 +0200", 25, "2026-05-28T06:10:00Z"},
        {"2026-05-28T08:10:00+02", 22, "2026-05-28T06:10:00Z"},
        {"2026-05-28T08:10:00-14:59", 25, "2026-05-28T23:09:00Z"},
        {"2026-05-28T08:10:00-00:00", 25, "2026-05-28T08:10:00Z"},
        {"2026-05-28T08:10:00.123456789Z", 30, "2026-05-28T08:10:00Z"},
        {"2026-12-31T23:59:60Z", 20, "2026-12-31T23:59:59Z"},
        {"2024-02-29T00:00:00Z", 20, "2024-02-29T00:00:00Z"},
        {"2020-01-01T00:00:00Z", 20, "2020-01-01T00:00:00Z"},
        {"2100-12-31T23:59:59Z", 20, "2100-12-31T23:59:59Z"},
        {"2026-05-28", 10, "2026-05-28T00:00:00Z"},
        {"2026-05-28 — evidence", 10, "2026-05-28T00:00:00Z"},
        {"2026-05-28)", 10, "2026-05-28T00:00:00Z"},
        {"2026-05-28. Fine", 10, "2026-05-28T00:00:00Z"},
        {"2026-05-28 6/6", 10, "2026-05-28T00:00:00Z"},
        {"2026-05-28T08:10:00Z**", 20, "2026-05-28T08:10:00Z"},
        {"2026-05-28T08:10:00Z.", 20, "2026-05-28T08:10:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        reads(rows[i].text, rows[i].bytes, rows[i].want);
}

static void test_refuse(void **unused)
{
    (void)unused;
    static const char *const rows[] = {
        "",
        "2026",
        "2026-05-28T08:10:00",
        "2026-05-28 08:10",
        "2026-05-28 08:10:00 BST",
        "2026-05-28 08:10:00 CEST",
        "2026-05-28T08:10:00Zulu",
        "2026-05-28T08:10:00 UTC+2",
        "2026-05-28T08:10:00+2",
        "2026-05-28T08:10:00+15:00",
        "2026-05-28T08:10:00+14:60",
        "2026-05-28T08:10:00+02:0",
        "2026-05-28T24:00:00Z",
        "2026-05-28T08:60:00Z",
        "2026-05-28T08:10:61Z",
        "2026-05-28T08:10:00.Z",
        "2026-05-28T8:10:00Z",
        "2026-05-28 8:10Z",
        "2026-05-28  08:10Z",
        "2026-05-28\t08:10Z",
        "2026-05-28T",
        "2026-05-28Tfoo",
        "2026-05-28x",
        "2026-05-28/29",
        "2026-05-281",
        "2026-05-28-1",
        "2026-05-28.5",
        "2026-02-29",
        "2026-02-30T10:00:00Z",
        "2100-02-29T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2026-00-10T10:00:00Z",
        "2026-13-10T10:00:00Z",
        "2026-05-00T10:00:00Z",
        "2019-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "26-05-28T10:00:00Z",
        "28.05.2026 10:00 UTC",
        "08:10Z",
        "YYYY-MM-DDTHH:MM:SSZ",
        "2026\xE2\x80\x91"
        "05-28T08:10:00Z",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        reads(rows[i], 0, "");
}

/* Every day of the years that are read, and the seconds around its end. */
static void test_both_ways(void **unused)
{
    (void)unused;
    int64_t first = 0;
    assert_int_equal(timestamp_parse("2020-01-01", 10, &first), 10);
    assert_int_equal(first, 1577836800); /* known from elsewhere, so that a shift of all days is seen */
    int days = 0;
    for (int64_t t = first;; t += 86400, days++) {
        char text[21];
        int64_t back = 0;
        timestamp_format(t - (days > 0), text);
        assert_int_equal(timestamp_parse(text, 20, &back), 20);
        assert_int_equal(back, t - (days > 0));
        if (strncmp(text, "2100-12-31", 10) == 0)
            break;
    }
    assert_int_equal(days, 29585); /* 81 years, 20 of them leap */
}

/* No byte past n is looked at: each text is read from a block that ends with it. */
static void test_bounds(void **unused)
{
    (void)unused;
    static const char text[] = "2026-05-28T08:10:00.5+02:00";
    for (size_t n = 0; n <= strlen(text); n++) {
        char block[sizeof text];
        memset(block, '9', sizeof block);
        memcpy(block, text, n);
        int64_t a = 1, b = 1;
        char exact[sizeof text] = "";
        memcpy(exact, text, n);
        assert_int_equal(timestamp_parse(block, n, &a), timestamp_parse(exact, n, &b));
        assert_int_equal(a, b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
