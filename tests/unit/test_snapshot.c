/* snapshot: the facts come back from their JSON line exactly as they went in; what is out of range is
 * refused. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/snapshot.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* xorshift64*: the same run every time. */
static uint64_t state = 0x9E3779B97F4A7C15u;
static uint64_t any(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717u;
}
static int below(int n)
{
    return (int)(any() >> 33) % n;
}

static void hex(char *out, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = "0123456789abcdef"[below(16)];
    out[n] = '\0';
}

static void text(char *out, int max)
{
    static const char *const pieces[] = {"a", "\"", "\\", "é", "→", "\n", "{", "]", " ", "\x01", "🎉", "x@y.example"};
    int n = below(max);
    out[0] = '\0';
    for (int used = 0;;) {
        const char *p = pieces[below(12)];
        used += (int)strlen(p);
        if (used >= n)
            return;
        strcat(out, p);
    }
}

static char *owned(void)
{
    char t[400];
    text(t, sizeof t);
    return mem_strdup(t);
}

static void some(struct words *w)
{
    for (int i = below(4); i > 0; i--) {
        char *t = owned();
        words_add(w, t);
        free(t);
    }
}

static void entry(struct review_entry *x, int line)
{
    x->line = line;
    x->kind = (enum review_kind)below(6);
    if (below(3))
        snprintf(x->id, sizeof x->id, "D%d", below(20));
    x->dating = (enum review_dating)below(2);
    x->written = (int64_t)(any() >> 31) - (1LL << 32);
    if (below(2))
        hex(x->sha, 7 + below(34));
    x->hash = any();
    x->text = owned();
    x->why = below(2) ? owned() : NULL;
    x->fix = below(2) ? owned() : NULL;
    if (below(2))
        hex(x->commit, 40);
    x->committed = (int64_t)(any() >> 31);
    text(x->author, sizeof x->author);
    x->by = (enum review_by)below(5);
    x->after_start = below(2);
    x->sha_known = below(2);
    if (below(2))
        hex(x->voided, 40);
    x->since = below(1000) - 1;
    if (below(2))
        x->unseen = below(2);
    hex(x->since_commit, 40);
}

static void fill(struct snapshot *s)
{
    memset(s, 0, sizeof *s);
    s->fetched = (int64_t)(any() >> 23);
    s->empty = below(2);
    if (!s->empty)
        hex(s->tip, 40);
    if (below(2))
        hex(s->start, 40);
    s->rewritten = below(2);
    s->cut = below(2);
    s->has_status = below(2);
    s->has_review = below(2);
    hex(s->status_blob, 40);
    hex(s->review_blob, 40);
    struct marker *m = &s->marker;
    m->refused = below(2);
    text(m->why, sizeof m->why);
    m->done = !m->refused && below(2);
    m->line = below(1 << 30);
    m->hash = any();
    some(&m->near);
    some(&m->warnings);
    hex(m->commit, 40);
    m->committed = (int64_t)(any() >> 31);
    text(m->author, sizeof m->author);
    m->after_start = below(2);
    some(&m->unproven);
    m->changes = below(1 << 30);
    if (below(2))
        hex(m->changed, 40);
    struct review *r = &s->review;
    r->refused = below(2);
    text(r->why, sizeof r->why);
    r->count = (size_t)below(6);
    r->entries = r->count ? mem_zalloc(r->count * sizeof *r->entries) : NULL;
    for (size_t i = 0; i < r->count; i++)
        entry(&r->entries[i], (int)i + 1);
    some(&r->warnings);
    s->claim_count = (size_t)below(4);
    s->claims = s->claim_count ? mem_zalloc(s->claim_count * sizeof *s->claims) : NULL;
    for (size_t i = 0; i < s->claim_count; i++) {
        text(s->claims[i].id, sizeof s->claims[i].id);
        hex(s->claims[i].commit, 40);
        s->claims[i].committed = (int64_t)(any() >> 31);
        s->claims[i].answered = below(2);
    }
    s->foreign_count = (size_t)below(4);
    s->foreign = s->foreign_count ? mem_zalloc(s->foreign_count * sizeof *s->foreign) : NULL;
    for (size_t i = 0; i < s->foreign_count; i++) {
        struct snapshot_foreign *x = &s->foreign[i];
        hex(x->commit, 40);
        x->committed = (int64_t)(any() >> 31);
        text(x->author, sizeof x->author);
        x->by = (enum review_by)below(5);
        some(&x->lost);
        x->veto = below(2);
    }
    for (int i = 0; i < ROLES; i++) {
        hex(s->party[i].commit, 40);
        s->party[i].committed = (int64_t)(any() >> 31);
        s->party[i].commits = below(1 << 30);
        some(&s->inbox[i]);
    }
}

static char *line_of(const struct snapshot *s)
{
    cJSON *v = snapshot_render(s);
    char *line = json_print(v);
    cJSON_Delete(v);
    return line;
}

static bool back(struct snapshot *s, const char *line, struct err *e)
{
    cJSON *v = json_parse(line, strlen(line));
    assert_non_null(v);
    bool ok = snapshot_parse(s, v, e);
    cJSON_Delete(v);
    return ok;
}

static void same_words(const struct words *a, const struct words *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_string_equal(a->at[i], b->at[i]);
}

static void same_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a)
        assert_string_equal(a, b);
}

/* Member by member, so that a member which both ways forget is seen. */
static void same(const struct snapshot *a, const struct snapshot *b)
{
    assert_int_equal(a->fetched, b->fetched);
    assert_true(a->empty == b->empty && a->rewritten == b->rewritten && a->cut == b->cut);
    assert_true(a->has_status == b->has_status && a->has_review == b->has_review);
    assert_string_equal(a->tip, b->tip);
    assert_string_equal(a->start, b->start);
    assert_string_equal(a->status_blob, b->status_blob);
    assert_string_equal(a->review_blob, b->review_blob);
    assert_string_equal(a->findings_blob, b->findings_blob);
    const struct marker *m = &a->marker, *k = &b->marker;
    assert_true(m->refused == k->refused && m->done == k->done && m->line == k->line && m->hash == k->hash);
    assert_string_equal(m->why, k->why);
    assert_string_equal(m->commit, k->commit);
    assert_string_equal(m->author, k->author);
    assert_int_equal(m->committed, k->committed);
    same_words(&m->near, &k->near);
    assert_true(m->after_start == k->after_start && m->changes == k->changes);
    assert_string_equal(m->changed, k->changed);
    same_words(&m->unproven, &k->unproven);
    same_words(&m->warnings, &k->warnings);
    assert_true(a->review.refused == b->review.refused);
    assert_string_equal(a->review.why, b->review.why);
    same_words(&a->review.warnings, &b->review.warnings);
    assert_int_equal(a->review.count, b->review.count);
    for (size_t i = 0; i < a->review.count; i++) {
        const struct review_entry *x = &a->review.entries[i], *y = &b->review.entries[i];
        assert_true(x->line == y->line && x->kind == y->kind && x->dating == y->dating && x->by == y->by);
        assert_true(x->written == y->written && x->committed == y->committed && x->hash == y->hash);
        assert_true(x->after_start == y->after_start && x->sha_known == y->sha_known);
        assert_int_equal(x->since, y->since);
        assert_int_equal(x->unseen, y->unseen);
        assert_string_equal(x->since_commit, y->since_commit);
        assert_string_equal(x->voided, y->voided);
        assert_string_equal(x->id, y->id);
        assert_string_equal(x->sha, y->sha);
        assert_string_equal(x->commit, y->commit);
        assert_string_equal(x->author, y->author);
        same_text(x->text, y->text);
        same_text(x->why, y->why);
        same_text(x->fix, y->fix);
    }
    assert_int_equal(a->claim_count, b->claim_count);
    for (size_t i = 0; i < a->claim_count; i++) {
        assert_string_equal(a->claims[i].id, b->claims[i].id);
        assert_string_equal(a->claims[i].commit, b->claims[i].commit);
        assert_int_equal(a->claims[i].committed, b->claims[i].committed);
        assert_int_equal(a->claims[i].answered, b->claims[i].answered);
    }
    assert_int_equal(a->foreign_count, b->foreign_count);
    for (size_t i = 0; i < a->foreign_count; i++) {
        const struct snapshot_foreign *x = &a->foreign[i], *y = &b->foreign[i];
        assert_string_equal(x->commit, y->commit);
        assert_string_equal(x->author, y->author);
        assert_true(x->committed == y->committed && x->by == y->by && x->veto == y->veto);
        same_words(&x->lost, &y->lost);
    }
    for (int i = 0; i < ROLES; i++) {
        assert_string_equal(a->party[i].commit, b->party[i].commit);
        assert_int_equal(a->party[i].committed, b->party[i].committed);
        assert_int_equal(a->party[i].commits, b->party[i].commits);
        same_words(&a->inbox[i], &b->inbox[i]);
    }
}

static void test_round_trip(void **unused)
{
    (void)unused;
    for (int i = 0; i < 400; i++) {
        struct snapshot a, b;
        struct err e = {""};
        fill(&a);
        char *line = line_of(&a);
        assert_null(strchr(line, '\n'));
        if (!back(&b, line, &e))
            fail_msg("%s", e.text);
        same(&a, &b);
        char *again = line_of(&b);
        assert_string_equal(line, again);
        free(line);
        free(again);
        snapshot_clear(&a);
        snapshot_clear(&b);
    }
}

/* Every member is asked for: without it, or with another type, nothing is read. */
static int spoil(cJSON *v, cJSON *root)
{
    int seen = 0;
    for (cJSON *m = v->child, *next; m; m = next) {
        next = m->next;
        if (cJSON_IsObject(v) && m->string) {
            cJSON *held = cJSON_Duplicate(m, 1), *wrong = cJSON_CreateArray();
            char name[64];
            snprintf(name, sizeof name, "%s", m->string);
            cJSON_AddItemToArray(wrong, cJSON_CreateNumber(1.5));
            cJSON_ReplaceItemInObjectCaseSensitive(v, name, wrong);
            struct snapshot s;
            struct err e = {""};
            if (snapshot_parse(&s, root, &e))
                fail_msg("a wrong member was taken: %s", name);
            assert_string_not_equal(e.text, "");
            snapshot_clear(&s);
            cJSON_ReplaceItemInObjectCaseSensitive(v, name, held);
            m = cJSON_GetObjectItemCaseSensitive(v, name);
            next = m->next;
            seen++;
        }
        seen += spoil(m, root);
    }
    return seen;
}

static void test_refusals(void **unused)
{
    (void)unused;
    struct snapshot s;
    do {
        fill(&s);
        if (s.review.count && s.claim_count && s.foreign_count)
            break;
        snapshot_clear(&s);
    } while (1);
    char *line = line_of(&s);
    cJSON *v = json_parse(line, strlen(line));
    assert_true(spoil(v, v) > 50);
    cJSON_Delete(v);
    free(line);
    snapshot_clear(&s);

    static const struct {
        const char *from, *to;
    } bad[] = {
        {"\"schema\":1", "\"schema\":2"},
        {"\"kind\":\"PASS\"", "\"kind\":\"pass\""},
        {"\"by\":\"adversary\"", "\"by\":\"anybody\""},
        {"\"line\":7", "\"line\":0"},
        {"\"line\":7", "\"line\":-7"},
        {"\"line\":7", "\"line\":7.5"},
        {"\"line\":7", "\"line\":4294967303"},
        {"\"commits\":3", "\"commits\":-1"},
        {"\"tip\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "\"tip\":\"aaaaaaa\""},
        {"\"tip\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "\"tip\":\"\""},
        {"\"tip\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
         "\"tip\":\"gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""},
        {"\"sha\":\"1a2b3c4\"", "\"sha\":\"1a2b\""},
        {"\"id\":\"D7\"", "\"id\":\"D7777777777777777777777777777777777777777777777777777777\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct review_entry x = {.line = 7, .kind = REVIEW_PASS, .by = REVIEW_BY_ADVERSARY, .text = (char *)"t"};
        struct snapshot t = {.has_review = true, .review = {.entries = &x, .count = 1}};
        strcpy(x.id, "D7");
        strcpy(x.sha, "1a2b3c4");
        memset(t.tip, 'a', 40);
        t.party[0].commits = 3;
        line = line_of(&t);
        struct snapshot out;
        struct err e = {""};
        assert_true(back(&out, line, &e));
        snapshot_clear(&out);
        char *at = strstr(line, bad[i].from);
        assert_non_null(at);
        char *spoilt = mem_zalloc(strlen(line) + strlen(bad[i].to) + 1);
        snprintf(spoilt, strlen(line) + strlen(bad[i].to) + 1, "%.*s%s%s", (int)(at - line), line, bad[i].to,
                 at + strlen(bad[i].from));
        if (back(&out, spoilt, &e))
            fail_msg("taken: %s", bad[i].to);
        assert_string_not_equal(e.text, "");
        free(spoilt);
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
