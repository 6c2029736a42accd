/* What `ccsup logs` makes of recorded runs: golden/steps/NAME.txt. CCSUP_GOLDEN=write makes them anew. */
#include "cm.h"
#include "agents/steps.h"
#include "claude_run.h"
#include <glob.h>
#include <stdio.h>

struct shown {
    struct steps s;
    struct buf out;
};

static void shown_line(void *arg, const char *text, size_t n, bool cut)
{
    struct shown *x = arg;
    struct stream_line l;
    stream_line_read(&l, text, n, cut);
    steps_line(&x->s, &l, "", NULL, &x->out);
    stream_line_clear(&l);
}

static void one(const char *path)
{
    struct shown x;
    struct buf log, want;
    struct lines lines;
    claude_run_read(path, &log);
    steps_init(&x.s);
    buf_init(&x.out, 0);
    lines_init(&lines, STREAM_LINE_MAX, shown_line, &x);
    lines_feed(&lines, buf_str(&log), log.len);
    lines_end(&lines);
    lines_clear(&lines);
    char *name = file_fmt("golden/steps/%.*s.txt", (int)(strlen(path) - strlen("vectors/claude/.jsonl")),
                          path + strlen("vectors/claude/"));
    const char *mode = getenv("CCSUP_GOLDEN");
    struct err e;
    if (mode && strcmp(mode, "write") == 0 && !file_replace(name, buf_str(&x.out), x.out.len, 0644, false, &e))
        fail_msg("%s", e.text);
    claude_run_read(name, &want);
    if (strcmp(buf_str(&want), buf_str(&x.out)) != 0)
        fail_msg("%s: expected\n%s\ngot\n%s", name, buf_str(&want), buf_str(&x.out));
    for (const char *p = buf_str(&x.out); *p; p++)
        assert_true((unsigned char)*p >= ' ' || *p == '\n');
    buf_clear(&log);
    buf_clear(&want);
    buf_clear(&x.out);
    free(name);
}

static void test_recorded_runs(void **state)
{
    (void)state;
    glob_t g;
    assert_int_equal(glob("vectors/claude/*.jsonl", 0, NULL, &g), 0);
    assert_true(g.gl_pathc >= 40);
    for (size_t i = 0; i < g.gl_pathc; i++)
        one(g.gl_pathv[i]);
    globfree(&g);
}

static const char *tone(enum steps_tone t)
{
    return t == STEPS_PLAIN ? "<0>" : t == STEPS_CALL ? "<call>" : "<other>";
}

/* Bytes of others stay on their line and say nothing to a terminal. */
static void test_hostile_text(void **state)
{
    (void)state;
    static const char text[] =
        "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"a\\nb\\u001b[31m\\u0007\"},"
        "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"Ba\\nsh\",\"input\":{\"command\":\"x\\u001b]0;y\"}}]}}";
    struct stream_line l;
    struct steps s;
    struct buf out;
    buf_init(&out, 0);
    steps_init(&s);
    stream_line_read(&l, text, strlen(text), false);
    steps_line(&s, &l, "b | ", tone, &out);
    assert_string_equal(buf_str(&out), "b | <0>a b\\x1B[31m\\x07\nb | <call>> Ba\\nsh: x\\x1B]0;y<0>\n");
    stream_line_clear(&l);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded_runs), cmocka_unit_test(test_hostile_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
