/* The readers and the judgement together: the protocol's vectors, and what must hold for any file.
 * Runs in tests/. A failing vector or seed is named. */
#include "supervisor/base/buf.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/timestamp.h"
#include "watchdog/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct world {
    struct words criteria;
    struct verdict_rules rules;
    int64_t now, max_bytes;
};

static struct buf slurp(const char *path)
{
    struct buf b;
    buf_init(&b, 0);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        buf_add(&b, block, n);
    fclose(f);
    return b;
}

static struct buf base64(const char *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf b;
    buf_init(&b, 0);
    unsigned value = 0, bits = 0;
    for (; *s && *s != '='; s++) {
        const char *at = strchr(digits, *s);
        assert_non_null(at);
        value = value << 6 | (unsigned)(at - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            char byte = (char)(value >> bits & 0xFF);
            buf_add(&b, &byte, 1);
        }
    }
    return b;
}

/* The snapshot and verdict of two files, without git; free both. */
static void judge(const struct world *w, struct snapshot *s, struct verdict *v, const char *status, size_t status_n,
                  const char *review, size_t review_n, int64_t now)
{
    memset(s, 0, sizeof *s);
    s->has_status = s->has_review = true;
    marker_read(&s->marker, status, status_n, w->max_bytes);
    review_read(&s->review, review, review_n, &w->criteria, w->max_bytes);
    verdict_judge(v, s, &w->rules, "STATUS.md", "REVIEW.md", now);
}

static void done(struct snapshot *s, struct verdict *v)
{
    verdict_clear(v);
    snapshot_clear(s);
}

/* ---- the vectors ---- */

static void world_from(struct world *w, const cJSON *head)
{
    memset(w, 0, sizeof *w);
    const char *now = json_str(head, "now", "");
    assert_int_equal(timestamp_parse(now, strlen(now), &w->now), strlen(now));
    w->max_bytes = json_int(head, "max_bytes", 0);
    const cJSON *id;
    cJSON_ArrayForEach(id, json_get(head, "criteria")) words_add(&w->criteria, id->valuestring);
    w->rules = (struct verdict_rules){&w->criteria, json_int(head, "window_s", 0), json_int(head, "skew_s", 0)};
}

/* What our readers say about one vector, as its `want` is written. */
static void answer(const struct world *w, const cJSON *x, char out[32])
{
    const char *kind = json_str(x, "kind", "");
    bool decision = strcmp(kind, "decision") == 0, status = strcmp(kind, "status") == 0;
    struct buf one = base64(json_str(x, status ? "file_b64" : "status_b64", ""));
    struct buf two = base64(json_str(x, decision ? "review_b64" : status ? "none" : "file_b64", ""));
    struct snapshot s;
    struct verdict v;
    judge(w, &s, &v, one.data, one.len, two.data, two.len, w->now);
    if (decision) {
        snprintf(out, 32, "%s", v.value == VERDICT_DONE ? "ACCEPT" : "KEEP-RUNNING");
    } else if (status) {
        snprintf(out, 32, "%s", s.marker.refused ? "REFUSED" : s.marker.done ? "DONE" : "NOT-DONE");
    } else if (strcmp(kind, "veto") == 0) {
        snprintf(out, 32, "%d", v.vetoes);
    } else {
        for (size_t i = 0; i < v.count; i++)
            if (strcmp(v.criteria[i].id, json_str(x, "criterion", "")) == 0)
                snprintf(out, 32, "%s", criterion_state_name(v.criteria[i].state));
    }
    done(&s, &v);
    buf_clear(&one);
    buf_clear(&two);
}

static void test_vectors(void **unused)
{
    (void)unused;
    struct buf all = slurp("vectors/protocol.jsonl");
    struct world w = {0};
    int seen = 0, wrong = 0;
    for (const char *at = buf_str(&all), *end; *at; at = end + 1) {
        end = strchr(at, '\n');
        assert_non_null(end);
        cJSON *x = json_parse(at, (size_t)(end - at));
        assert_non_null(x);
        if (!seen++) {
            world_from(&w, x);
            cJSON_Delete(x);
            continue;
        }
        char got[32] = "", want[32];
        const cJSON *number = json_get(x, "want");
        if (cJSON_IsNumber(number))
            snprintf(want, sizeof want, "%d", number->valueint);
        else
            snprintf(want, sizeof want, "%s", json_str(x, "want", "?"));
        answer(&w, x, got);
        if (strcmp(got, want) != 0) {
            print_message("%s: %s instead of %s: %s\n", json_str(x, "id", "?"), got, want, json_str(x, "why", ""));
            wrong++;
        }
        cJSON_Delete(x);
    }
    assert_true(seen > 100);
    assert_int_equal(wrong, 0);
    words_clear(&w.criteria);
    buf_clear(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
