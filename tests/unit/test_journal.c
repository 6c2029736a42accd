/* journal: what is torn is left out, what means something stays, and the shorter one tells the same. */
#include "supervisor/base/json.h"
#include "watchdog/journal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char conf[] = "[repo]\nurl = /nowhere\n[phase one]\nplan = a\ncriteria = D1\n"
                           "[phase two]\nplan = b\ncriteria = E1\n[done]\ncriteria = E2\n"
                           "[agent b]\nrole = builder\ncommand = true\n[agent a]\nrole = adversary\ncommand = true\n";

static const char *no_env(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static void life(struct watchdog *w, struct config *config)
{
    static const char *const plans[] = {"", ""};
    struct watchdog_texts texts = {.prompt = {"", ""}, .plan = plans};
    struct buf errors;
    buf_init(&errors, 0);
    assert_true(config_parse(config, conf, strlen(conf), "launch.conf", no_env, NULL, &errors));
    watchdog_init(w, config, &texts, 1, 1);
    buf_clear(&errors);
}

static void death(struct watchdog *w, struct config *config)
{
    watchdog_clear(w);
    config_clear(config);
}

static char *memory(const struct watchdog *w)
{
    cJSON *all = cJSON_CreateArray();
    kept_render(&w->kept, all);
    char *text = json_print(all);
    cJSON_Delete(all);
    return text;
}

static void test_torn(void **unused)
{
    (void)unused;
    struct watchdog w;
    struct config config;
    struct buf b;
    life(&w, &config);
    buf_init(&b, 0);
    journal_line(&b, "{\"t\":\"phase\",\"id\":\"two\",\"start\":\"\"}");
    size_t first = b.len;
    journal_line(&b, "{\"t\":\"judged\",\"tip\":\"1111111111111111111111111111111111111111\"}");
    size_t second = b.len;
    b.data[second - 5] ^= 1; /* a flipped bit */
    journal_line(&b, "{\"t\":\"pause\",\"role\":\"builder\",\"paused\":true}");
    size_t third = b.len;
    buf_adds(&b, "short\n");
    size_t whole = b.len;
    journal_line(&b, "{\"t\":\"pause\",\"role\":\"builder\",\"paused\":false}");
    cJSON *records = cJSON_CreateArray();
    struct journal_reading r = journal_restore(&w, b.data, b.len - 1, records);
    assert_true(first < second && second < third);
    assert_int_equal(r.bad, 3);
    assert_int_equal(r.good, whole);
    assert_int_equal(cJSON_GetArraySize(records), 2);
    assert_true(w.phase == 1 && w.roles[ROLE_BUILDER].paused && !w.judged[0]);
    cJSON_Delete(records);
    buf_clear(&b);
    death(&w, &config);
}

static void test_compaction(void **unused)
{
    (void)unused;
    struct watchdog w, again;
    struct config config, same;
    struct buf b;
    char json[300];
    life(&w, &config);
    buf_init(&b, 0);
    journal_line(&b, "{\"t\":\"phase\",\"id\":\"one\",\"start\":\"\",\"at\":5}");
    journal_line(&b,
                 "{\"t\":\"veto\",\"phase\":\"one\",\"hash\":\"00000000000000aa\",\"commit\":\"\",\"text\":\"old\"}");
    journal_line(&b, "{\"t\":\"done\",\"phase\":\"one\",\"at\":6}");
    journal_line(&b, "{\"t\":\"phase\",\"id\":\"two\",\"start\":\"\",\"at\":7}");
    for (int i = 0; i < 500; i++) {
        snprintf(json, sizeof json, "{\"t\":\"sights\",\"phase\":\"two\",\"lines\":[[\"E1\",\"%016x\",%d]],\"at\":8}",
                 i, 1800000000 + i);
        journal_line(&b, json);
        snprintf(
            json, sizeof json,
            "{\"t\":\"veto\",\"phase\":\"two\",\"hash\":\"%016x\",\"commit\":\"\",\"line\":3,\"seen\":%d,\"lifted\":%s,"
            "\"text\":\"VETO %d\"}",
            i + 1, 1800000000 + i, i % 50 == 3 ? "false" : "true", i);
        journal_line(&b, json);
        snprintf(json, sizeof json, "{\"t\":\"judged\",\"tip\":\"%040x\"}", i + 1);
        journal_line(&b, json);
    }
    journal_line(&b, "{\"t\":\"lifts\",\"phase\":\"two\",\"lines\":[[\"00000000000000ff\",2]]}");
    cJSON *records = cJSON_CreateArray(), *one;
    assert_int_equal(journal_restore(&w, b.data, b.len, records).bad, 0);
    assert_true(w.kept.sight_count == 500 && w.kept.veto_count == KEPT_VETOES_MAX && w.kept.lift_count == 1);
    int standing = 0;
    for (size_t i = 0; i < w.kept.veto_count; i++)
        standing += !w.kept.vetoes[i].lifted;
    assert_int_equal(standing, 10); /* none of those that stand had to go */

    cJSON *keep = journal_compact(&w, records, 5, 9);
    assert_true(cJSON_GetArraySize(keep) < 3 + 5 + 2 + KEPT_VETOES_MAX + 1);
    buf_clear(&b);
    cJSON_ArrayForEach(one, keep)
    {
        char *text = json_print(one);
        journal_line(&b, text);
        free(text);
        assert_true(json_int(one, "at", 0) || strcmp(json_str(one, "t", ""), "judged") == 0);
    }
    life(&again, &same);
    assert_int_equal(journal_restore(&again, b.data, b.len, NULL).bad, 0);
    char *before = memory(&w), *after = memory(&again);
    assert_string_equal(before, after);
    assert_string_equal(again.judged, w.judged);
    assert_true(again.phase == 1 && cJSON_GetArraySize(again.records) == 1);
    free(before);
    free(after);
    cJSON_Delete(keep);
    cJSON_Delete(records);
    buf_clear(&b);
    death(&w, &config);
    death(&again, &same);
}

/* What an operator said and a paused role was not told yet outlives any number of other records; what was told does
 * not come again. */
static void test_tells_stay(void **unused)
{
    (void)unused;
    struct watchdog w, again;
    struct config config, same;
    struct buf b;
    life(&w, &config);
    buf_init(&b, 0);
    journal_line(&b, "{\"t\":\"tell\",\"role\":\"builder\",\"text\":\"told long ago\"}");
    journal_line(&b, "{\"t\":\"told\",\"role\":\"builder\",\"bytes\":14}");
    journal_line(&b, "{\"t\":\"tell\",\"role\":\"builder\",\"text\":\"in its prompt\"}");
    journal_line(&b, "{\"t\":\"tell\",\"role\":\"builder\",\"text\":\"first\"}");
    journal_line(&b, "{\"t\":\"tell\",\"role\":\"adversary\",\"text\":\"to the other\"}");
    for (int i = 0; i < 20; i++)
        journal_line(&b, "{\"t\":\"start\",\"role\":\"adversary\",\"at\":8}");
    journal_line(&b, "{\"t\":\"told\",\"role\":\"builder\",\"bytes\":14}");
    journal_line(&b, "{\"t\":\"tell\",\"role\":\"builder\",\"text\":\"second\"}");
    cJSON *records = cJSON_CreateArray(), *one;
    assert_int_equal(journal_restore(&w, b.data, b.len, records).bad, 0);
    assert_string_equal(buf_str(&w.roles[ROLE_BUILDER].tell), "first\nsecond\n");
    cJSON *keep = journal_compact(&w, records, 5, 9);
    buf_clear(&b);
    cJSON_ArrayForEach(one, keep)
    {
        char *text = json_print(one);
        journal_line(&b, text);
        free(text);
    }
    life(&again, &same);
    assert_int_equal(journal_restore(&again, b.data, b.len, NULL).bad, 0);
    assert_string_equal(buf_str(&again.roles[ROLE_BUILDER].tell), "first\nsecond\n");
    assert_string_equal(buf_str(&again.roles[ROLE_ADVERSARY].tell), "to the other\n");
    cJSON_Delete(keep);
    cJSON_Delete(records);
    buf_clear(&b);
    death(&w, &config);
    death(&again, &same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_torn), cmocka_unit_test(test_compaction),
                                       cmocka_unit_test(test_tells_stay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
