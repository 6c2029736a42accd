/* Recorded runs, seen again: golden/replay/NAME.jsonl is the events.jsonl of a real run, NAME.txt its transitions.
 * When the
 * core is meant to behave differently, record the run anew (docs/testing.md says how) and read the difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include "watchdog/replay.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_whole(const char *path, struct buf *b)
{
    struct err e = {""};
    buf_init(b, 0);
    if (!file_read(path, 64 << 20, b, &e))
        fail_msg("%s", e.text);
}

/* A run of the demo, and one of two Claudes through an overload, a kill, a usage limit, another watchdog and a wake-up
 * (case claude_pair). */
static void test_recorded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int lives;
    } all[] = {{"demo", 1}, {"claude_pair", 2}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct buf lines, want, out;
        struct replay_result result;
        char path[60];
        snprintf(path, sizeof path, "golden/replay/%s.jsonl", all[i].name);
        read_whole(path, &lines);
        snprintf(path, sizeof path, "golden/replay/%s.txt", all[i].name);
        read_whole(path, &want);
        buf_init(&out, 0);
        replay_run(buf_str(&lines), lines.len, &out, &result);
        assert_string_equal(result.why.text, "");
        assert_int_equal(result.skipped, 0);
        assert_int_equal(result.lives, all[i].lives);
        assert_string_equal(buf_str(&out), buf_str(&want));
        buf_clear(&lines);
        buf_clear(&want);
        buf_clear(&out);
    }
}

/* The recorded lines with one text replaced, replayed. */
static struct replay_result changed(const char *from, const char *to)
{
    struct buf lines, other, out;
    struct replay_result result;
    read_whole("golden/replay/demo.jsonl", &lines);
    const char *at = strstr(buf_str(&lines), from);
    assert_non_null(at);
    buf_init(&other, 0);
    buf_add(&other, lines.data, (size_t)(at - lines.data));
    buf_adds(&other, to);
    buf_adds(&other, at + strlen(from));
    buf_init(&out, 0);
    replay_run(buf_str(&other), other.len, &out, &result);
    buf_clear(&lines);
    buf_clear(&other);
    buf_clear(&out);
    return result;
}

static void test_a_difference_is_named(void **state)
{
    (void)state;
    struct replay_result r = changed("\"GO builder\"", "\"KILL builder\"");
    assert_true(r.diverged_line > 1);
    assert_non_null(strstr(r.why.text, "KILL builder"));
    assert_non_null(strstr(r.why.text, "GO builder"));
}

static void test_torn_and_foreign_lines(void **state)
{
    (void)state;
    struct replay_result r = changed("{\"at\":", "{\"at");
    assert_true(r.skipped > 0);
    r = changed("\"life\":1", "\"life\":0"); /* nothing is made of events without their life */
    assert_int_equal(r.lives + r.events, 0);
    assert_true(r.skipped > 10);
    struct buf out;
    struct replay_result empty;
    buf_init(&out, 0);
    replay_run("", 0, &out, &empty);
    assert_int_equal(empty.events + empty.lives, 0);
    static const char stray[] = "{\"event\":\"TIMER\",\"at\":1}\nnoise\n";
    replay_run(stray, strlen(stray), &out, &empty);
    assert_int_equal(empty.skipped, 2);
    buf_clear(&out);
}

/* Lines of another version: what is not known is passed over, and counted. */
static void test_lines_that_are_not_known(void **state)
{
    (void)state;
    static const char *const events[] = {
        "{\"at\":1,\"event\":\"NOTHING\"}",
        "{\"at\":1,\"event\":\"TIMER\",\"role\":\"cook\"}",
        "{\"at\":1,\"event\":\"WISH\",\"wish\":\"fly\"}",
        "{\"at\":1,\"event\":\"AGENT\",\"agent\":\"SINGS\"}",
        "{\"at\":1,\"event\":\"AGENT\",\"agent\":\"PROGRESS\",\"why\":\"BECAUSE\"}",
        "{\"at\":1,\"event\":\"POLLED\",\"snapshot\":{}}",
        "{\"at\":1}",
        "[]",
        "7",
    };
    struct buf lines, all, out;
    read_whole("golden/replay/demo.jsonl", &lines);
    buf_init(&all, 0);
    /* Before the first life there is nobody whom an event could happen to, nor facts that could be the same. */
    buf_adds(&all, "{\"at\":1,\"event\":\"TIMER\"}\n");
    size_t first = (size_t)((char *)memchr(lines.data, '\n', lines.len) - lines.data) + 1;
    buf_add(&all, lines.data, first);
    buf_adds(&all, "{\"at\":1,\"event\":\"POLLED\",\"same\":7}\n");
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        buf_addf(&all, "%s\n", events[i]);
    buf_add(&all, lines.data + first, lines.len - first);
    struct replay_result result;
    buf_init(&out, 0);
    replay_run(buf_str(&all), all.len, &out, &result);
    assert_string_equal(result.why.text, "");
    assert_int_equal(result.lives, 1);
    assert_int_equal(result.skipped, 2 + sizeof events / sizeof *events);
    buf_clear(&lines);
    buf_clear(&all);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded), cmocka_unit_test(test_a_difference_is_named),
                                       cmocka_unit_test(test_torn_and_foreign_lines),
                                       cmocka_unit_test(test_lines_that_are_not_known)};
    mem_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
