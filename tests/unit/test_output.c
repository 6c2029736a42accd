/* What is told of an iteration from the bytes that it printed, and that the short way to the kind of a line says what
 * the long one does. */
#include "cm.h"
#include "agents/output.h"
#include "agents/steps.h"
#include "claude_run.h"
#include "supervisor/base/json_scan.h"
#include "supervisor/base/mem.h"
#include <glob.h>
#include <stdio.h>

/* ---- a line's kind, by a scan and by a whole parse ---- */

/* By the whole parse alone: is it a piece of a message, or the frame of one, and is it stream-json at all? */
static void parsed(const char *text, size_t n, bool *piece, bool *frame, bool *stream)
{
    cJSON *json = json_parse(text, n);
    const char *type = cJSON_IsObject(json) ? json_str(json, "type", "") : "";
    bool event = strcmp(type, "stream_event") == 0;
    *piece = event && strncmp(json_str(json_get(json, "event"), "type", ""), "content_block_", 14) == 0;
    *frame = event && !*piece;
    *stream = *type;
    cJSON_Delete(json);
}

static void same_as_parsed(const char *text, size_t n)
{
    bool piece, frame, stream;
    struct stream_line l;
    parsed(text, n, &piece, &frame, &stream);
    stream_line_read(&l, text, n, false);
    if ((l.kind == STREAM_PARTIAL) != piece || (l.kind == STREAM_FRAME) != frame ||
        (l.kind != STREAM_NOT_JSON) != stream)
        fail_msg("%s: %.*s", stream_kind_name(l.kind), (int)(n < 300 ? n : 300), text);
    stream_line_clear(&l);
}

/* The line as it is, with its members turned around, and torn at each of its first bytes and some of the others. */
static void try_line(void *arg, const char *text, size_t n, bool cut)
{
    int *count = arg;
    assert_false(cut);
    same_as_parsed(text, n);
    for (size_t i = 0; i < n; i += i < 300 ? 1 : 97)
        same_as_parsed(text, i);
    same_as_parsed(text, n - 1);
    cJSON *json = json_parse(text, n), *turned = cJSON_CreateObject(), *last;
    while ((last = json ? json->child : NULL)) {
        while (last->next)
            last = last->next;
        char *name = mem_strdup(last->string);
        cJSON_AddItemToObject(turned, name, cJSON_DetachItemViaPointer(json, last));
        free(name);
    }
    char *again = cJSON_PrintUnformatted(turned), *pretty = cJSON_Print(turned);
    same_as_parsed(again, strlen(again));
    same_as_parsed(pretty, strlen(pretty));
    free(again);
    free(pretty);
    cJSON_Delete(json);
    cJSON_Delete(turned);
    ++*count;
}

static void test_every_recorded_line_is_told_alike(void **state)
{
    (void)state;
    glob_t g;
    int count = 0;
    assert_int_equal(glob("vectors/claude/*.jsonl", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        struct buf log;
        struct lines lines;
        claude_run_read(g.gl_pathv[i], &log);
        lines_init(&lines, STREAM_LINE_MAX, try_line, &count);
        lines_feed(&lines, buf_str(&log), log.len);
        lines_clear(&lines);
        buf_clear(&log);
    }
    globfree(&g);
    assert_true(count > 250);
}

static void test_the_first_type_at_the_top_counts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum stream_kind kind;
    } all[] = {
        {"{\"type\":\"stream_event\"}", STREAM_FRAME},
        {" { \"a\" : [ { \"type\" : 1 } , \"]\" ] , \"type\" : \"stream_event\" } ", STREAM_FRAME},
        {"{\"a\":\"\\\\\",\"b\":\"\\\\\\\"\",\"type\":\"stream_event\"}", STREAM_FRAME},
        {"{\"type\":\"stream\\u005fevent\"}", STREAM_FRAME},
        {"{\"\\u0074ype\":\"stream_event\"}", STREAM_FRAME},
        {"{\"event\":{\"type\":\"content_block_delta\"},\"type\":\"stream_event\"}", STREAM_PARTIAL},
        {"{\"type\":\"stream_event\",\"event\":{\"a\":{\"type\":\"ping\"},\"type\":\"content_block_stop\"}}",
         STREAM_PARTIAL},
        {"{\"type\":\"stream_event\",\"\\u0065vent\":{\"type\":\"content_block_start\"}}", STREAM_PARTIAL},
        {"{\"type\":\"stream_event\",\"event\":{\"type\":\"ping\"}}", STREAM_FRAME},
        {"{\"type\":\"stream_event\",\"event\":\"content_block_delta\"}", STREAM_FRAME},
        {"{\"type\":\"stream_event\",\"event\":{\"type\":7}}", STREAM_FRAME},
        {"{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\"}", STREAM_NOT_JSON},
        {"{\"\\u0074ype\":\"result\",\"type\":\"stream_event\"}", STREAM_RESULT},
        {"{\"type\":\"result\",\"type\":\"stream_event\"}", STREAM_RESULT},
        {"{\"Type\":\"stream_event\",\"type\":\"result\"}", STREAM_RESULT},
        {"{\"event\":{\"type\":\"stream_event\"},\"type\":\"result\"}", STREAM_RESULT},
        {"{\"text\":\"\\\"type\\\":\\\"stream_event\\\"\",\"type\":\"result\"}", STREAM_RESULT},
        {"{\"type\":\"stream_event\"", STREAM_NOT_JSON},
        {"{\"type\":\"stream_event\",\"event\":{\"type\":\"x\"}", STREAM_NOT_JSON},
        {"{\"type\":\"stream_event\"}}", STREAM_NOT_JSON},
        {"{\"type\":\"stream_event\",}", STREAM_NOT_JSON},
        {"{\"type\":\"stream_event\"} {}", STREAM_NOT_JSON},
        {"{\"type\":\"stream_event\\\"}", STREAM_NOT_JSON},
        {"{}", STREAM_NOT_JSON},
        {"{", STREAM_NOT_JSON},
        {"", STREAM_NOT_JSON},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct stream_line l;
        stream_line_read(&l, all[i].text, strlen(all[i].text), false);
        if (l.kind != all[i].kind)
            fail_msg("%s: %s", all[i].text, stream_kind_name(l.kind));
        stream_line_clear(&l);
        same_as_parsed(all[i].text, strlen(all[i].text));
    }
}

static void test_scalars_at_the_top(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } all[] = {
        {"{\"a\":1,\"b\":{\"c\":\"}\"},\"d\":[\"]\",\"\\\"\"],\"e\":\"\\\\\",\"f\":null,\"a\":2}",
         "{\"a\":1,\"e\":\"\\\\\",\"f\":null}"},
        {" { } ", "{}"},
        {"{\"a\":1,}", NULL},
        {"{,}", NULL},
        {"{\"a\":tru}", NULL},
        {"{\"a\":1}x", NULL},
        {"{\"a\":\"x}", NULL},
        {"[1]", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cJSON *json = json_scan_top(all[i].text, strlen(all[i].text));
        char *got = json ? cJSON_PrintUnformatted(json) : NULL;
        if (!got != !all[i].want || (got && strcmp(got, all[i].want) != 0))
            fail_msg("%s: %s", all[i].text, got ? got : "none");
        free(got);
        cJSON_Delete(json);
    }
}

/* ---- the log ---- */

static void feed(struct output *o, const char *text)
{
    output_feed(o, text, strlen(text));
}

static void test_what_is_progress(void **state)
{
    (void)state;
    struct output o;
    output_init(&o, "main");
    feed(&o, "\n \n");
    assert_false(o.progress);
    assert_null(o.last);
    assert_int_equal(output_live(&o), LIVE_WORKS);
    /* Of a plain program every line is; of one that speaks stream-json only what the model does, but its first word. */
    feed(&o, "starting\n");
    assert_true(o.progress);
    o.progress = false;
    feed(&o, "still starting\n");
    assert_true(o.progress);
    assert_string_equal(o.last, "still starting");
    o.progress = false;
    feed(&o, "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\"}}\n");
    assert_true(o.progress && o.transcript.spoke);
    assert_string_equal(o.last, "still starting");
    o.progress = false;
    feed(&o, "a warning\n{\"type\":\"system\",\"subtype\":\"informational\"}\n");
    assert_false(o.progress);
    output_clear(&o);

    output_init(&o, "main");
    feed(&o, "{\"type\":\"system\",\"subtype\":\"informational\"}\n");
    assert_true(o.progress);
    output_clear(&o);
}

/* A program that shows its progress in one line that grows is not silent; stream-json is looked at line by line. */
static void test_a_line_that_grows(void **state)
{
    (void)state;
    struct output o;
    output_init(&o, "main");
    for (int i = 0; i < 3; i++) {
        feed(&o, i == 1 ? "12 %\r" : ".");
        assert_true(o.progress);
        o.progress = false;
    }
    feed(&o, "\n{\"type\":\"system\",\"subtype\":\"init\"}\n");
    o.progress = false;
    feed(&o, "{\"type\":\"stream_event\",");
    assert_false(o.progress);
    output_clear(&o);
}

/* Ids of any length and any letters: gateways make some of hundreds of bytes. */
static void test_a_tool_with_a_long_id(void **state)
{
    (void)state;
    char ids[3][400] = {"", "t\\u00fc\\u0007"}, line[1000], shown[STEPS_SHOWN];
    memset(ids[0], 'x', sizeof ids[0] - 1);
    memset(ids[2], 'y', 64);
    for (int i = 0; i < 3; i++) {
        struct output o;
        struct steps s;
        struct stream_line l;
        struct buf out;
        output_init(&o, "main");
        steps_init(&s);
        buf_init(&out, 0);
        for (int end = 0; end < 2; end++) {
            snprintf(line, sizeof line,
                     end ? "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\","
                           "\"tool_use_id\":\"%s\",\"content\":\"ok\"}]}}\n"
                         : "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"%s\","
                           "\"name\":\"Bash\",\"input\":{\"command\":\"make\"}}]}}\n",
                     ids[i]);
            feed(&o, line);
            assert_int_equal(output_live(&o), end ? LIVE_WORKS : LIVE_TOOL);
            stream_line_read(&l, line, strlen(line) - 1, false);
            steps_line(&s, &l, "", NULL, &out);
            stream_line_clear(&l);
        }
        assert_string_equal(transcript_activity(&o.transcript, shown, sizeof shown), "");
        assert_string_equal(buf_str(&out), "> Bash: make\n< Bash: ok, 2 B\n");
        buf_clear(&out);
        output_clear(&o);
    }
}

static void test_a_push_is_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool pushed;
    } all[] = {
        {"   1a2b3c4..5d6e7f8  HEAD -> main\n", true},
        {"   1a2b3c4..5d6e7f8  HEAD -> other\n", false},
        {"{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"content\":\"1a..2b  HEAD -> "
         "main\"}]}}\n",
         true},
        {"{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"I push HEAD -> main\"}]}}\n",
         false},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct output o;
        output_init(&o, "main");
        feed(&o, all[i].text);
        if (o.pushed != all[i].pushed)
            fail_msg("%s", all[i].text);
        output_clear(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_recorded_line_is_told_alike),
        cmocka_unit_test(test_the_first_type_at_the_top_counts),
        cmocka_unit_test(test_scalars_at_the_top),
        cmocka_unit_test(test_what_is_progress),
        cmocka_unit_test(test_a_line_that_grows),
        cmocka_unit_test(test_a_tool_with_a_long_id),
        cmocka_unit_test(test_a_push_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
