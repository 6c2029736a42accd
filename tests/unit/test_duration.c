/* Lengths of time: what is read, what is refused, and that the written form is read back. */
#include "supervisor/base/duration.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0", 0},
        {"0s", 0},
        {"250ms", 250},
        {"30s", 30000},
        {"120s", 120000},
        {"15m", 900000},
        {"6h", 21600000},
        {"8d", 691200000},
        {"1h30m", 5400000},
        {"1d2h3m4s5ms", 93784005},
        {"0h5m", 300000},
        {"007s", 7000},
        {"1000000000s", 1000000000000},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = -7;
        if (!duration_parse(good[i].text, &ms) || ms != good[i].ms)
            fail_msg("%s: %lld", good[i].text, (long long)ms);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "30",
        "s",
        "-1s",
        "+1s",
        "1.5h",
        "1 s",
        " 1s",
        "1s ",
        "1S",
        "1w",
        "1min",
        "30m1h",
        "1s1s",
        "1h30",
        "1hh",
        "1e3s",
        "0x10s",
        "00",
        "1s,",
        "\xD9\xA1s",
        "1msx",
        "ms",
        "1m 30s",
        "inf",
        "nan",
        "1h-1m",
        "1s\n",
        "1d1w",
        "99999999999999999999s",
        "9999999999999d",
        "1s\t",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = -7;
        if (duration_parse(bad[i], &ms))
            fail_msg("'%s' was taken as %lld ms", bad[i], (long long)ms);
        assert_int_equal(ms, -7); /* untouched */
    }
}

static void format_is(int64_t ms, const char *want)
{
    struct buf b = {0};
    duration_format(&b, ms);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

static void test_format(void **state)
{
    (void)state;
    format_is(0, "0");
    format_is(-5, "0");
    format_is(1, "1ms");
    format_is(1500, "1500ms");
    format_is(1000, "1s");
    format_is(90000, "90s");
    format_is(120000, "2m");
    format_is(3600000, "1h");
    format_is(86400000, "1d");
    format_is(90000000, "25h");
}

/* All lengths up to 100 days, in uneven steps, and around each unit. */
static void test_round_trip(void **state)
{
    (void)state;
    static const int64_t units[] = {1, 1000, 60000, 3600000, 86400000};
    struct buf b = {0};
    for (int64_t ms = 0, step = 1; ms <= 100 * units[4]; ms += step, step += 13) {
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            int64_t at = ms / units[u] * units[u], back = -1;
            buf_clear(&b);
            duration_format(&b, at);
            if (!duration_parse(buf_str(&b), &back) || back != at)
                fail_msg("%lld ms: %s is read as %lld", (long long)at, buf_str(&b), (long long)back);
        }
    }
    buf_clear(&b);
}

static void test_render(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {
        {-1, "0 s"},
        {0, "0 s"},
        {999, "0 s"},
        {14999, "14 s"},
        {59999, "59 s"},
        {60000, "1 min"},
        {3599999, "59 min"},
        {3600000, "1 h 00 min"},
        {7500000, "2 h 05 min"},
        {86399999, "23 h 59 min"},
        {86400000, "1 d 00 h"},
        {273600000, "3 d 04 h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        duration_render(&b, cases[i].ms);
        assert_string_equal(buf_str(&b), cases[i].want);
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_refuse),
                                       cmocka_unit_test(test_format), cmocka_unit_test(test_round_trip),
                                       cmocka_unit_test(test_render)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
