/* Rounds of an attempt that is bounded. */
#include "supervisor/base/rounds.h"
#include "cm.h"

static void test_bounded(void **state)
{
    (void)state;
    struct rounds r;
    int64_t now = 1000, n = 0;
    rounds_begin(&r, 10000, now);
    assert_int_equal(r.next, 1000);
    for (; !rounds_over(&r, now); n++) {
        rounds_wait(&r, now + 3); /* a round takes its time */
        assert_in_range(r.next - now - 3, 1, ROUNDS_STEP_MAX);
        now = r.next;
    }
    assert_in_range(now, 11000, 11060);
    assert_in_range(n, 150, 250);
}

/* Rounds that take long are no time in which nothing was tried. */
static void test_slow_rounds(void **state)
{
    (void)state;
    struct rounds r;
    int64_t now = 0;
    rounds_begin(&r, 10000, now);
    while (!rounds_over(&r, now)) {
        rounds_wait(&r, now + 5 * ROUNDS_LATE);
        now = r.next;
    }
    assert_in_range(now, 10000, 10000 + 6 * ROUNDS_LATE);
}

/* Who was stopped for longer than the limit tries all the same, as often as one who was not. */
static void test_stopped(void **state)
{
    (void)state;
    struct rounds r;
    int64_t now = 0, n = 0;
    rounds_begin(&r, 10000, now);
    assert_false(rounds_over(&r, now));
    rounds_wait(&r, now);
    now = 3600000;
    for (; !rounds_over(&r, now); n++) {
        rounds_wait(&r, now);
        now = r.next;
    }
    assert_in_range(n, 150, 250);
    assert_in_range(now, 3610000 - 100, 3610000 + 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_slow_rounds),
        cmocka_unit_test(test_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
