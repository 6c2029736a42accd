/* supervisor/base/json: the traps of cJSON stay closed. */
#include "cm.h"
#include "random.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parses(const char *text, size_t n)
{
    cJSON *v = json_parse(text, n);
    cJSON_Delete(v);
    return v != NULL;
}

static void test_one_value_and_nothing_else(void **state)
{
    (void)state;
    static const char *const good[] = {"{}", " {\"a\":1}\n", "[1,2]\r\n", "null", "\"x\"", "-1.5e3", "true "};
    static const char *const bad[] = {"",        " ",         "{}x",     "{} {}", "{\"a\":1}}", "[1,]",     "{\"a\"}",
                                      "{a:1}",   "'x'",       "nul",     "[1 2]", "{\"a\":1",   "\"x",      "+1",
                                      "\"\\q\"", "\"\\u12\"", "// c\n1", "NaN",   "{,}",        "undefined"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!parses(good[i], strlen(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parses(bad[i], strlen(bad[i])))
            fail_msg("taken: %s", bad[i]);
    assert_false(parses("{}\0", 3));
    assert_false(parses("{}\0{}", 5));
    assert_false(parses("{\"a\":\"b\0c\"}", 11));
    assert_false(parses(NULL, 0));
}

/* Only n bytes are looked at, whatever stands behind them. */
static void test_length_is_obeyed(void **state)
{
    (void)state;
    assert_true(parses("{\"a\":1}garbage", 7));
    assert_false(parses("{\"a\":1}", 6));
    char *tight = malloc(2);
    assert_non_null(tight);
    memcpy(tight, "[]", 2);
    assert_true(parses(tight, 2));
    free(tight);
}

static void test_deep_nesting_is_refused_not_fatal(void **state)
{
    (void)state;
    static char deep[200001];
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    assert_false(parses(deep, 200000));
}

static void test_members_and_fallbacks(void **state)
{
    (void)state;
    static const char text[] = "{\"s\":\"x\",\"S\":\"y\",\"n\":42,\"f\":1.9,\"t\":true,\"z\":null,\"big\":1e300,"
                               "\"edge\":9007199254740992,\"over\":9007199254740994,\"e\":\"\"}";
    cJSON *v = json_parse(text, sizeof text - 1);
    assert_non_null(v);
    assert_string_equal(json_str(v, "s", "-"), "x");
    assert_string_equal(json_str(v, "S", "-"), "y");
    assert_string_equal(json_str(v, "e", "-"), "");
    assert_string_equal(json_str(v, "n", "-"), "-");
    assert_string_equal(json_str(v, "missing", "-"), "-");
    assert_null(json_str(v, "z", NULL));
    assert_int_equal(json_int(v, "n", -1), 42);
    assert_int_equal(json_int(v, "N", -1), -1);
    assert_int_equal(json_int(v, "f", -1), 1);
    assert_int_equal(json_int(v, "s", -1), -1);
    assert_int_equal(json_int(v, "big", -1), -1);
    assert_true(json_int(v, "edge", -1) == 9007199254740992);
    assert_int_equal(json_int(v, "over", -1), -1);
    assert_true(json_bool(v, "t", false));
    assert_true(json_bool(v, "n", true));
    assert_false(json_bool(v, "n", false));
    assert_null(json_get(v, "T"));
    assert_null(json_get(NULL, "s"));
    assert_string_equal(json_str(NULL, "s", "-"), "-");
    assert_int_equal(json_int(NULL, "s", 3), 3);
    cJSON_Delete(v);
}

static void test_whole_numbers_are_exact_before_and_after_printing(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 1795012345678, 9007199254740991, -9007199254740992};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        cJSON *v = cJSON_CreateObject();
        json_add_int(v, "n", numbers[i]);
        assert_true(json_int(v, "n", 7) == numbers[i]);
        char *text = json_print(v), want[64];
        snprintf(want, sizeof want, "{\"n\":%lld}", (long long)numbers[i]);
        assert_string_equal(text, want);
        cJSON *again = json_parse(text, strlen(text));
        assert_true(json_int(again, "n", 7) == numbers[i]);
        cJSON_Delete(again);
        free(text);
        cJSON_Delete(v);
    }
    cJSON *v = cJSON_CreateObject();
    json_add_int(v, "n", INT64_MIN);
    json_add_int(v, "m", 9007199254740993);
    assert_int_equal(json_int(v, "n", 7), 7);
    assert_int_equal(json_int(v, "m", 7), 7);
    cJSON_Delete(v);
}

/* Others' bytes in, one clean line out, the same text back. */
static void test_strings_round_trip(void **state)
{
    (void)state;
    struct random r = {99};
    for (int round = 0; round < 20000; round++) {
        char in[40];
        size_t n = random_below(&r, sizeof in - 1);
        for (size_t i = 0; i < n; i++)
            in[i] = (char)(1 + random_below(&r, round % 2 ? 255 : 127));
        in[n] = '\0';
        cJSON *v = cJSON_CreateObject();
        json_add_str(v, "s", in);
        json_add_str(v, "null", NULL);
        json_add_bool(v, "yes", true);
        json_add_str(json_add_obj(v, "o"), "in\x1b[0m", in);
        char *want = vis_utf8_dup(in, n);
        assert_string_equal(json_str(v, "s", ""), want);
        char *text = json_print(v);
        for (const char *p = text; *p; p += vis_utf8(p, strlen(p))) {
            assert_true(vis_utf8(p, strlen(p)) > 0);
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
            assert_false(strncmp(p, "\xc2\x9b", 2) == 0);
        }
        cJSON *again = json_parse(text, strlen(text));
        assert_string_equal(json_str(again, "s", ""), want);
        assert_string_equal(json_str(json_get(again, "o"), "in\x1b[0m", ""), want);
        assert_true(cJSON_IsNull(json_get(again, "null")));
        assert_true(json_bool(again, "yes", false));
        free(want);
        cJSON_Delete(again);
        free(text);
        cJSON_Delete(v);
    }
    assert_null(json_print(NULL));
}

static void test_text_put_in_past_us_is_printed_clean(void **state)
{
    (void)state;
    cJSON *v = cJSON_CreateArray();
    cJSON_AddItemToArray(v, cJSON_CreateString("a\xff\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81z"));
    json_add_arr(v, NULL);
    char *text = json_print(v);
    assert_non_null(strstr(text, "a\xEF\xBF\xBD\\u007f\\u009b\\u202e\\udb40\\udc41z"));
    free(text);
    cJSON_Delete(v);
}

static int hook(void **state)
{
    (void)state;
    mem_hook_cjson();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_value_and_nothing_else),
        cmocka_unit_test(test_length_is_obeyed),
        cmocka_unit_test(test_deep_nesting_is_refused_not_fatal),
        cmocka_unit_test(test_members_and_fallbacks),
        cmocka_unit_test(test_whole_numbers_are_exact_before_and_after_printing),
        cmocka_unit_test(test_strings_round_trip),
        cmocka_unit_test(test_text_put_in_past_us_is_printed_clean),
    };
    return cmocka_run_group_tests(tests, hook, NULL);
}
