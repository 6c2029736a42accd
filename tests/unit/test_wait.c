/* What `ccsup wait` decides. */
#include "cm.h"
#include "supervisor/base/json.h"
#include "watchdog/wait.h"
#include <stdlib.h>
#include <string.h>

static const struct wait_rules RULES = {
    .every = 1000, .deadline = 60000, .progress = 10000, .stable = 1, .fail_stable = 2, .max_errors = 3};

/* Each letter a probe that takes no time, one a second: y n f e s. The end, and in *at after how many. */
static enum wait_end run(const struct wait_rules *r, const char *seen, int *at)
{
    struct wait w;
    static const char letters[] = "ynfes";
    wait_begin(&w, 0, 0);
    for (*at = 0; seen[*at];) {
        int64_t now = *at * INT64_C(1000);
        enum wait_end end = wait_saw(&w, r, (enum wait_seen)(strchr(letters, seen[*at]) - letters), "x", 1, now, now);
        ++*at;
        if (end != WAIT_GOES_ON)
            return end;
    }
    return WAIT_GOES_ON;
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        int stable, fail_stable, max_errors;
        const char *seen;
        enum wait_end end;
        int at;
    } rows[] = {
        {1, 2, 3, "nnny", WAIT_MET, 4},        {1, 2, 3, "y", WAIT_MET, 1},       {3, 2, 3, "yynyyy", WAIT_MET, 6},
        {2, 2, 3, "yeyy", WAIT_MET, 4}, /* an error is no success */
        {1, 2, 3, "fnf", WAIT_GOES_ON, 3},     {1, 2, 3, "nff", WAIT_FAILED, 3},  {1, 1, 3, "f", WAIT_FAILED, 1},
        {2, 2, 3, "yfyfy", WAIT_GOES_ON, 5},   {1, 2, 3, "eee", WAIT_GOES_ON, 3}, {1, 2, 3, "eeee", WAIT_ERROR, 4},
        {1, 2, 3, "eeeneee", WAIT_GOES_ON, 7}, {1, 2, 0, "e", WAIT_ERROR, 1},     {1, 2, 3, "ns", WAIT_SUPERSEDED, 2},
        {1, 2, 3, "feff", WAIT_FAILED, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wait_rules r = RULES;
        int at;
        r.stable = rows[i].stable;
        r.fail_stable = rows[i].fail_stable;
        r.max_errors = rows[i].max_errors;
        assert_int_equal(run(&r, rows[i].seen, &at), rows[i].end);
        assert_int_equal(at, rows[i].at);
    }
}

static void test_time(void **state)
{
    (void)state;
    struct wait w;
    wait_begin(&w, 500, 2500);
    assert_int_equal(wait_due(&w, &RULES), 2500);
    /* The next probe is due by the beginning of the last one; at once when that took longer. */
    assert_int_equal(wait_saw(&w, &RULES, WAIT_SEEN_NO, "", 0, 2500, 2600), WAIT_GOES_ON);
    assert_int_equal(w.next_at, 3500);
    assert_int_equal(wait_saw(&w, &RULES, WAIT_SEEN_NO, "", 0, 3500, 9000), WAIT_GOES_ON);
    assert_int_equal(w.next_at, 9000);
    /* Silence. */
    assert_false(wait_tells(&w, &RULES, 10499));
    assert_true(wait_tells(&w, &RULES, 10500));
    assert_false(wait_tells(&w, &RULES, 10501));
    w.next_at = 30000;
    assert_int_equal(wait_due(&w, &RULES), 20500);
    struct wait_rules mute = RULES;
    mute.progress = 0;
    assert_int_equal(wait_due(&w, &mute), 30000);
    assert_false(wait_tells(&w, &mute, 1000000));
    /* The end by the clock; what was seen by then counts first. */
    assert_int_equal(wait_late(&RULES, 59999), WAIT_GOES_ON);
    assert_int_equal(wait_late(&RULES, 60000), WAIT_TIMEOUT);
    w.next_at = 70000;
    assert_int_equal(wait_due(&w, &mute), 60000);
    assert_int_equal(wait_saw(&w, &RULES, WAIT_SEEN_NO, "", 0, 59000, 60001), WAIT_TIMEOUT);
    assert_int_equal(wait_saw(&w, &RULES, WAIT_SEEN_YES, "", 0, 59000, 60001), WAIT_MET);
}

static const char *line(struct buf *b, const struct wait *w, enum wait_end end, const char *name, const char *next,
                        bool json)
{
    buf_clear(b);
    buf_init(b, 0);
    wait_line(b, w, end, name, next, json, 412999);
    return buf_str(b);
}

static void test_line(void **state)
{
    (void)state;
    struct wait w;
    struct buf b;
    buf_init(&b, 0);
    wait_begin(&w, 0, 0);
    assert_string_equal(line(&b, &w, WAIT_TIMEOUT, "", "", false), "CCSUP-WAIT timeout elapsed=412s polls=0 last=\"\"");
    static const char said[] = "starting\n 5/5 \"replicas\"\x1b[31m \n \n\t\n";
    wait_saw(&w, &RULES, WAIT_SEEN_YES, said, sizeof said - 1, 0, 0);
    assert_string_equal(line(&b, &w, WAIT_MET, "web", "go on", false),
                        "CCSUP-WAIT met name=web elapsed=412s polls=1 last=\"5/5 \\\"replicas\\\"\\\\x1B[31m\" "
                        "next=\"go on\"");
    const char *text = line(&b, &w, WAIT_FAILED, "web", "go on", true);
    cJSON *o = json_parse(text, strlen(text));
    assert_string_equal(json_str(o, "wait", ""), "failed");
    assert_string_equal(json_str(o, "name", ""), "web");
    assert_string_equal(json_str(o, "last", ""), "5/5 \"replicas\"\\x1B[31m");
    assert_string_equal(json_str(o, "next", ""), "go on");
    assert_int_equal(json_int(o, "elapsed", 0), 412);
    assert_int_equal(json_int(o, "polls", 0), 1);
    cJSON_Delete(o);
    wait_saw(&w, &RULES, WAIT_SEEN_YES, "token=abc\r\n", 11, 0, 0);
    assert_string_equal(w.last, "token=***");
    wait_saw(&w, &RULES, WAIT_SEEN_YES, "\n\n", 2, 0, 0);
    assert_string_equal(w.last, "");
    /* Never longer than it may be, whatever was said. */
    char much[3000], name[WAIT_NAME_MAX + 1], next[101];
    memset(much, '"', sizeof much);
    memset(name, 'n', sizeof name - 1);
    memset(next, 'x', sizeof next - 1);
    name[WAIT_NAME_MAX] = next[100] = '\0';
    wait_saw(&w, &RULES, WAIT_SEEN_NO, much, sizeof much, 0, 0);
    for (int json = 0; json < 2; json++) {
        text = line(&b, &w, WAIT_SUPERSEDED, name, next, json);
        assert_true(b.len <= WAIT_LINE_MAX && b.len > 300);
        assert_null(strchr(text, '\n'));
    }
    buf_clear(&b);
}

static void test_progress(void **state)
{
    (void)state;
    struct wait w;
    struct buf b;
    buf_init(&b, 0);
    wait_begin(&w, 0, 0);
    wait_progress(&b, &w, 5000);
    assert_string_equal(buf_str(&b), "not looked yet, 5 s, 0 polls");
    buf_clear(&b);
    wait_saw(&w, &RULES, WAIT_SEEN_ERROR, "no route", 8, 0, 0);
    wait_progress(&b, &w, 125000);
    assert_string_equal(buf_str(&b), "cannot tell, 2 min, 1 poll: no route");
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends), cmocka_unit_test(test_time),
                                       cmocka_unit_test(test_line), cmocka_unit_test(test_progress)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
