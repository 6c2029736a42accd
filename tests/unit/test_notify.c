/* What an operator is told of: each fact once, by the same id in every life, in bounded numbers. */
#include "cm.h"
#include "watchdog/notify.h"
#include "world.h"

#define MINUTE INT64_C(60000)

/* Looks, and gives the messages as "event/agent event ...", in order. The caller frees. */
static char *looked(struct notify *n, const struct world *x)
{
    cJSON *out = cJSON_CreateArray(), *one;
    struct buf b;
    buf_init(&b, 0);
    notify_look(n, &x->w, false, x->now, out);
    cJSON_ArrayForEach(one, out)
    {
        const char *agent = json_str(one, "agent", NULL);
        buf_addf(&b, "%s%s%s%s", b.len ? " " : "", json_str(one, "event", "?"), agent ? "/" : "", agent ? agent : "");
        assert_int_equal(strlen(json_str(one, "id", "")), 16);
        assert_true(strlen(json_str(one, "text", "")) > 10);
    }
    cJSON_Delete(out);
    return buf_take(&b);
}

static void tells(struct notify *n, const struct world *x, const char *want)
{
    char *got = looked(n, x);
    if (strcmp(got, want) != 0)
        fail_msg("told '%s', wanted '%s'", got, want);
    free(got);
}

/* What the disk gives back to the next watchdog. */
static struct notify again(const struct notify *n)
{
    struct buf b;
    struct notify back = {0};
    buf_init(&b, 0);
    notify_format(n, &b);
    notify_parse(&back, buf_str(&b), b.len);
    assert_int_equal(back.count, n->count);
    buf_clear(&b);
    return back;
}

static void test_each_once(void **state)
{
    (void)state;
    struct notify n = {0};
    struct world *x = running("");
    tells(&n, x, "phase");
    tells(&n, x, "");
    ended(x, ROLE_BUILDER, 1);
    tells(&n, x, "crashed/builder");
    tick(x, x->now + MINUTE);
    tells(&n, x, "");
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    tells(&n, x, ""); /* another iteration runs: the last one's end is no news of it */
    ended(x, ROLE_BUILDER, 1);
    tells(&n, x, "crashed/builder");
    /* start_limit_burst = 3 */
    tick(x, x->now + MINUTE);
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    ended(x, ROLE_BUILDER, 1);
    tick(x, x->now + MINUTE);
    assert_string_equal(state_of(x, ROLE_BUILDER), "HELD");
    assert_false(notify_well(&x->w));
    tells(&n, x, "crashed/builder held/builder");
    /* The next watchdog knows it is so, and that it was said. */
    struct notify back = again(&n);
    struct world *y = reborn(x);
    y->w.started_at = y->now; /* another life */
    polled(y, snapshot(y, TIP1));
    simple(y, EVENT_CLONED, ROLE_BUILDER);
    simple(y, EVENT_CLONED, ROLE_ADVERSARY);
    assert_string_equal(state_of(y, ROLE_BUILDER), "HELD");
    tells(&back, y, "");
    /* One that was never told tells the same, but for what only lasted. */
    struct notify none = {0};
    tells(&none, y, "phase crashed/builder held/builder");
    for (size_t i = 0; i < none.count; i++) {
        bool known = false;
        for (size_t k = 0; k < n.count; k++)
            known = known || strcmp(n.list[k].id, none.list[i].id) == 0;
        assert_true(known);
    }
    notify_clear(&none);
    notify_clear(&back);
    notify_clear(&n);
    finish(y);
    finish(x);
}

static void test_done(void **state)
{
    (void)state;
    struct notify n = {0};
    struct world *x = running("");
    assert_true(notify_well(&x->w));
    tells(&n, x, "phase");
    polled(x, all_done(x, TIP2));
    tells(&n, x, "");
    x->now += MINUTE;
    polled(x, all_done(x, TIP2));
    assert_true(x->w.finished);
    cJSON *out = cJSON_CreateArray();
    assert_true(notify_look(&n, &x->w, false, x->now, out));
    const cJSON *done = cJSON_GetArrayItem(out, 0);
    assert_int_equal(cJSON_GetArraySize(out), 1);
    assert_string_equal(json_str(done, "event", ""), "done");
    assert_string_equal(json_str(done, "phase", ""), "default");
    assert_true(json_bool(done, "finished", false));
    assert_non_null(strstr(json_str(done, "text", ""), "2 of 2 criteria pass"));
    assert_non_null(strstr(json_str(done, "text", ""), "all is done"));
    /* Killed between the record and the message: the next one says it, as the same. */
    struct world *y = reborn_with(x, "");
    y->w.started_at = y->now;
    struct notify late = {0};
    cJSON *second = cJSON_CreateArray();
    notify_look(&late, &y->w, false, y->now, second);
    assert_string_equal(json_str(cJSON_GetArrayItem(second, 0), "id", "a"), json_str(done, "id", "b"));
    tells(&n, y, "");
    assert_false(notify_well(&x->w));
    cJSON_Delete(second);
    cJSON_Delete(out);
    notify_clear(&late);
    notify_clear(&n);
    simple(y, EVENT_START, ROLE_BUILDER);
    finish(y);
    finish(x);
}

static struct snapshot *vetoed(struct world *x, const char *tip)
{
    struct snapshot *s = snapshot(x, tip);
    verdict_line(x, s, "", REVIEW_VETO);
    s->review.entries[0].hash = 7;
    return s;
}

static void test_repository(void **state)
{
    (void)state;
    struct notify n = {0};
    struct world *x = running("");
    polled(x, snapshot(x, TIP1));
    tells(&n, x, "phase");
    polled(x, vetoed(x, TIP2));
    tells(&n, x, "veto");
    polled(x, vetoed(x, TIP2));
    tells(&n, x, "");
    for (int i = 0; i < 9; i++)
        poll_failed(x);
    tells(&n, x, "");
    poll_failed(x);
    tells(&n, x, "repository");
    poll_failed(x);
    tells(&n, x, "");
    x->now += MINUTE;
    polled(x, vetoed(x, TIP2)); /* readable again, and then not: another one */
    for (int i = 0; i < 10; i++)
        poll_failed(x);
    tells(&n, x, "repository");
    struct snapshot *s = vetoed(x, TIP3);
    s->rewritten = true;
    polled(x, s);
    tells(&n, x, "tampered");
    s = vetoed(x, TIP1);
    s->rewritten = true;
    polled(x, s);
    tells(&n, x, ""); /* whatever else is pushed meanwhile */
    notify_clear(&n);
    finish(x);
}

static void test_limit_and_budget(void **state)
{
    (void)state;
    struct notify n = {0};
    struct world *x = running("[budget]\niterations = 1\n");
    tells(&n, x, "phase");
    struct exit_record r = {.end = END_EXITED, .code = 1};
    struct watchdog_event ev = {.kind = EVENT_AGENT,
                                .role = ROLE_BUILDER,
                                .agent = {.kind = AGENT_EV_EXITED,
                                          .exit = &r,
                                          .said = {.outcome = OUTCOME_USAGE_LIMIT, .window = "five_hour"}}};
    step(x, &ev);
    tells(&n, x, "limit");
    x->now = x->w.limits[0].until;
    tick(x, x->now);
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    step(x, &ev);
    assert_int_equal(x->w.limits[0].count, 2);
    tells(&n, x, ""); /* the same row */
    x->now = x->w.limits[0].until;
    tick(x, x->now);
    agent(x, ROLE_BUILDER, AGENT_EV_READY);
    ended(x, ROLE_BUILDER, 0);
    tells(&n, x, "budget");
    struct world *y = reborn_with(x, "[budget]\niterations = 1\n");
    tells(&n, y, "");
    simple(y, EVENT_START, ROLE_BUILDER);
    notify_clear(&n);
    finish(y);
    finish(x);
}

/* A storm is a number. */
static void test_rate(void **state)
{
    (void)state;
    struct notify n = {0};
    cJSON *out = cJSON_CreateArray();
    struct world *x = running("");
    tells(&n, x, "phase");
    char fact[20];
    for (int i = 0; i < 40; i++) {
        snprintf(fact, sizeof fact, "crash %d", i);
        assert_true(notify_tell(&n, NOTIFY_CRASHED, fact, "it failed again", x->now, out));
        assert_false(notify_tell(&n, NOTIFY_CRASHED, fact, "it failed again", x->now, out));
    }
    assert_int_equal(cJSON_GetArraySize(out), 5);
    tells(&n, x, "");
    struct notify back = again(&n); /* a storm of watchdogs, too */
    assert_true(notify_tell(&back, NOTIFY_CRASHED, "one more", "it failed again", x->now + MINUTE, out));
    assert_int_equal(cJSON_GetArraySize(out), 5);
    cJSON_Delete(out);
    x->now += 11 * MINUTE;
    out = cJSON_CreateArray();
    assert_true(notify_look(&back, &x->w, false, x->now, out));
    assert_int_equal(cJSON_GetArraySize(out), 1);
    assert_int_equal(json_int(cJSON_GetArrayItem(out, 0), "more", 0), 36);
    tells(&back, x, "");
    cJSON_Delete(out);
    notify_clear(&back);
    notify_clear(&n);
    finish(x);
}

/* Whoever is named in launch.conf later gets what comes then; what is remembered is bounded, and what holds stays. */
static void test_quiet_and_bounds(void **state)
{
    (void)state;
    struct notify n = {0};
    struct world *x = running("");
    cJSON *out = cJSON_CreateArray();
    assert_true(notify_look(&n, &x->w, true, x->now, out));
    tells(&n, x, "");
    char fact[20];
    for (int i = 0; i < NOTIFY_SAID_MAX + 50; i++) {
        snprintf(fact, sizeof fact, "held %d", i);
        notify_tell(&n, NOTIFY_HELD, fact, "some text", x->now, out);
    }
    tells(&n, x, "");
    assert_int_equal(n.count, NOTIFY_SAID_MAX);
    tells(&n, x, "");
    /* Torn and foreign lines are no lines. */
    static const char bad[] =
        "1 done 0123456789abcdef s\n2 nonsense 0123456789abcdef s\n3 done 012 s\n\n4 done 0123456789abcdeg x\n"
        "5 held 0123456789abcde0 h\n6 held 0123456789abcde1 s";
    notify_parse(&n, bad, strlen(bad));
    assert_int_equal(n.count, 2);
    assert_int_equal(n.list[1].state, NOTIFY_HELD_BACK);
    notify_clear(&n);
    cJSON_Delete(out);
    finish(x);
}

static void result(const char *answer, bool taken, const char *problem, int64_t after)
{
    struct notify_result r;
    cJSON *json = answer ? json_parse(answer, strlen(answer)) : NULL;
    notify_answer(json, "it broke", &r);
    assert_int_equal(r.taken, taken);
    assert_int_equal(r.retry_after, after);
    if (!strstr(r.problem, problem))
        fail_msg("%s: %s", answer ? answer : "no answer", r.problem);
    cJSON_Delete(json);
}

static void test_delivery(void **state)
{
    (void)state;
    result("{\"ok\":true,\"status\":204}", true, "", 0);
    result("{\"ok\":true,\"status\":302,\"body\":\"\"}", false, "not followed", 0);
    result("{\"ok\":true,\"status\":429,\"retry_after\":120,\"body\":\"slow\\u001b[1m\"}", false, "HTTP 429: slow\\x1B",
           120000);
    result("{\"ok\":true,\"status\":503,\"retry_after\":999999999}", false, "HTTP 503", 86400000);
    result("{\"ok\":true,\"status\":400,\"body\":\"token=abcdef\"}", false, "token=***", 0);
    result("{\"ok\":false,\"code\":\"refused\",\"text\":\"nobody listens\"}", false, "nobody listens", 0);
    result(NULL, false, "it broke", 0);
    static const int64_t delays[] = {5000, 10000, 20000, 40000, 80000, 160000, 320000, 600000, 600000};
    for (int i = 0; i < 9; i++)
        assert_int_equal(notify_delay(i + 1, 0), delays[i]);
    assert_int_equal(notify_delay(1, 90000), 90000);
    assert_int_equal(notify_delay(9, 90000), 600000);

    struct config c;
    struct buf text, errors;
    buf_init(&text, 0);
    buf_init(&errors, 0);
    buf_addf(&text,
             "%s%s[notify a]\nurl = https://host/hook\ntoken_env = T\nheader = 'X-A: b'\nca = ca.pem\n"
             "events = done held\n[notify b]\nurl = http://127.0.0.1/\ndeadman = 5m\n",
             conf_head, conf_agents);
    assert_true(config_parse(&c, buf_str(&text), text.len, "launch.conf", no_env, NULL, &errors));
    cJSON *request = notify_request(&c.notifies[0], "/srv/p", "s3cret", "{}");
    char *line = json_print(request);
    assert_string_equal(line, "{\"headers\":[\"Content-Type: application/json\",\"X-A: b\",\"Authorization: Bearer "
                              "s3cret\"],\"url\":\"https://host/hook\",\"method\":\"POST\",\"body\":\"{}\","
                              "\"timeout_ms\":20000,\"body_max\":2048,\"ca\":\"/srv/p/ca.pem\"}");
    assert_true(notify_wants(&c.notifies[0], "held"));
    assert_false(notify_wants(&c.notifies[0], "crashed"));
    assert_false(notify_wants(&c.notifies[1], "held"));
    free(line);
    cJSON_Delete(request);
    config_clear(&c);
    buf_clear(&text);
    buf_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once),        cmocka_unit_test(test_done), cmocka_unit_test(test_repository),
        cmocka_unit_test(test_limit_and_budget), cmocka_unit_test(test_rate), cmocka_unit_test(test_quiet_and_bounds),
        cmocka_unit_test(test_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
