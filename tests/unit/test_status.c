/* The status: the core's state as a document, and any document as a screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "random.h"
#include "supervisor/base/vis.h"
#include "world.h"

/* ---- the screen ---- */

enum { NOW = 2000000 };

/* The screen of a document that is given as JSON with ' for ". The caller frees. */
static char *screen(const char *text, struct status_view view)
{
    char *json = mem_strdup(text);
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    cJSON *doc = json_parse(json, strlen(json));
    assert_non_null(doc);
    struct buf out;
    buf_init(&out, 0);
    status_text(doc, NOW, &view, &out);
    cJSON_Delete(doc);
    free(json);
    return buf_take(&out);
}

static void test_lines(void **unused)
{
    (void)unused;
    static const struct {
        enum status_alive alive;
        const char *doc, *want;
    } rows[] = {
        {STATUS_ALIVE, "{'state':'running','pid':7,'started_at':1000000}", "ccsup running, pid 7, up 16 min"},
        {STATUS_DEAD, "{'written_at':1940000}",
         "NOT RUNNING: the watchdog died; `ccsup start` goes on; this was true 1 min"},
        {STATUS_DEAD, "{'state':'stopped','written_at':1940000}", "NOT RUNNING: it was ended and took everything down"},
        {STATUS_DEAD, "{'finished':true}", "ccsup finished\n"},
        {STATUS_WEDGED, "{'pid':7,'written_at':1940000}",
         "WEDGED: pid 7 holds the lock and has written no status for 1 min"},
        {STATUS_STOPPED, "{'written_at':1940000}", "stopped by the operator; this was true 1 min ago"},
        {STATUS_STOPPED, "{'finished':true}", "ccsup finished\n"},
        {STATUS_ALIVE, "{'phase':{'name':'1c','number':2,'count':7}}", "phase 1c (2 of 7): ?, 0 of 0 criteria pass"},
        {STATUS_ALIVE, "{'verdict':{'state':'DONE','passing':2,'total':3,'waived':1}}",
         "DONE, 2 of 3 criteria pass, 1 waived"},
        {STATUS_ALIVE, "{'verdict':{'state':'CONFIRMING','confirm_at':2030000}}", "pass, second look in 30 s\n"},
        {STATUS_ALIVE, "{'verdict':{'state':'CONFIRMING','confirm_at':1030000}}", "criteria pass\n"},
        {STATUS_ALIVE, "{'verdict':{'state':'RUNNING','confirm_at':2030000}}", "criteria pass\n"},
        {STATUS_ALIVE, "{'repo':{'url':'u','branch':'main','tip':'0123456789'}}", "repo u, main @ 0123456\n"},
        {STATUS_ALIVE, "{'repo':{'url':'u','branch':'main','empty':true}}", "repo u, main, empty\n"},
        {STATUS_ALIVE, "{'repo':{'polled_at':1990000,'polling':true}}", "read 10 s ago, polling\n"},
        {STATUS_ALIVE, "{'repo':{'polled_at':1990000,'next_poll_at':2010000}}", "read 10 s ago, next in 10 s\n"},
        {STATUS_ALIVE, "{'repo':{'next_poll_at':1010000}}", "repo ?, ?\n"},
        {STATUS_DEAD, "{'repo':{'polling':true,'next_poll_at':2010000}}", "repo ?, ?\n"},
        {STATUS_ALIVE, "{'repo':{'failures':3,'error':{'code':'auth','text':'no \\u001b key'}}}",
         "     auth (3 failed in a row): no \\x1B key\n"},
        {STATUS_ALIVE,
         "{'agents':[{'role':'builder','state':'RUNNING','iteration':4,'agent_pid':9,'fence':'pidns',"
         "'iteration_started_at':1990000,'activity':'make','progress_at':1998000}]}",
         "  builder    RUNNING  iteration 4 for 10 s, pid 9, fence pidns\n             2 s ago: make\n"},
        {STATUS_ALIVE, "{'agents':[{'role':'builder','state':'RUNNING','since':1999000,'work':['x']}]}",
         "  builder    RUNNING  iteration 0 for 1 s, pid 0\n"},
        {STATUS_ALIVE,
         "{'agents':[{'role':'builder','name':'x','state':'WAITING','why_text':'next iteration',"
         "'deadline':2005000,'iteration':4,'last_text':'exit code 0','ended_at':1999000,'restarts':1}]}",
         "  x          WAITING  next iteration in 5 s; iteration 4: exit code 0, 1 s ago; 1 restart\n"},
        {STATUS_ALIVE,
         "{'agents':[{'role':'builder','state':'HELD','why_text':'broken','since':1999000,'iteration':4,"
         "'last_text':'exit code 1','restarts':2}]}",
         "HELD     broken, for 1 s; iteration 4: exit code 1; 2 restarts\n"},
        {STATUS_ALIVE, "{'agents':[{'state':'LOST','work':['D1 FAIL',7,'D2 FAIL','D3','D4','D5','D6','D7']}]}",
         "LOST     for 0 s\n             work: D1 FAIL, D2 FAIL, D3, D4, D5, D6, ...\n"},
        {STATUS_ALIVE,
         "{'criteria':[{'id':'D1','state':'PASS','effective':1999000,'fresh_until':2005000,'line':3,"
         "'by':'a@b','commit':'0123456789','commits_since':2}]}",
         "  D1         PASS    1 s old, fresh for 5 s, REVIEW.md:3, by a@b in 0123456, 2 commits of code since\n"},
        {STATUS_ALIVE,
         "{'phase':{'review_file':'R'},'criteria':[{'id':'D1','state':'FAIL','line':3,'commits_since':1}]}",
         "R:3, 1 commit of code since\n"},
        {STATUS_ALIVE, "{'criteria':[{'id':'D1','state':'PASS','fresh_until':5}]}", "D1         PASS    \n"},
        {STATUS_ALIVE, "{'criteria':[{'id':'D1','state':'MISSING','claimed':true,'waived':true}]}",
         "MISSING claimed, waived\n"},
        {STATUS_ALIVE, "{'criteria':[{'id':'D1','state':'STALE','effective':1999000,'claimed':true}]}",
         "STALE   1 s old, claimed\n"},
        {STATUS_ALIVE, "{'criteria':[{'id':'D1','state':'MISSING','waived':true}]}", "MISSING waived\n"},
        {STATUS_ALIVE, "{'criteria':[{'id':'D1','state':'FAIL','effective':1999000,'waived':true}]}", "old, waived\n"},
        {STATUS_ALIVE, "{'waivers':[{'id':'D8','until':'u','reason':'r','holds':true},{'id':'D9'}]}",
         "D8 waived by the operator until u: r\nD9 waived by the operator until ?, which holds for nothing now: ?\n"},
        {STATUS_ALIVE, "{'reasons':[{'code':'FAIL','text':'D1 is FAIL','fix':'write'},{'code':'MISSING'}]}",
         "not done yet, because\n  D1 is FAIL\n      write\n  MISSING\n"},
        {STATUS_ALIVE, "{'reasons':[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}",
         "  ?\n  and 2 more: `ccsup verify` lists all\n"},
        {STATUS_ALIVE,
         "{'done':[{'phase':'','revision':'0123456789','judged_at':'then','verify':'ccsup verify'},"
         "{'phase':'1c','waivers':[{'id':'D8','holds':true}]}]}",
         "DONE: phase default at 0123456, judged then\n  judge it again: ccsup verify\nDONE: phase 1c at ?, judged ?\n"
         "  D8 waived by the operator until ?: ?\n"},
        {STATUS_ALIVE, "{'warnings':['one',2],'needs':['you']}", "warnings\n  one\nneeds you\n  you\n"},
        {STATUS_ALIVE, "{'limits':[{'window':'five_hour','account':'a','until':2060000}]}",
         "usage limit (five_hour) of account a, for another 1 min"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = screen(rows[i].doc, (struct status_view){.alive = rows[i].alive});
        if (!strstr(got, rows[i].want))
            fail_msg("%s\nhas no:\n%s\nbut:\n%s", rows[i].doc, rows[i].want, got);
        free(got);
    }
    /* What is done has no reasons why it is not. */
    char *got = screen("{'finished':true,'reasons':[{'text':'x'}]}", (struct status_view){.alive = STATUS_DEAD});
    assert_null(strstr(got, "not done yet"));
    free(got);
}

static void test_colours_and_width(void **unused)
{
    (void)unused;
    static const char doc[] = "{'finished':true,'phase':{'name':'éé'},'verdict':{'state':'DONE'},'needs':['you'],"
                              "'criteria':[{'id':'D1','state':'PASS'},{'id':'D2','state':'FAIL'}]}";
    char *got = screen(doc, (struct status_view){.alive = STATUS_DEAD, .color = true});
    static const char *const wants[] = {"\033[1mccsup finished\033[0m\n", "\033[32mphase", "\033[32m  D1",
                                        "\033[31m  D2", "\033[31m  you\033[0m\n"};
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        assert_non_null(strstr(got, wants[i]));
    free(got);
    got = screen(doc, (struct status_view){.alive = STATUS_DEAD, .width = 7});
    assert_non_null(strstr(got, "ccsup f\nphase é\n"));
    free(got);
    /* A list that is empty leaves no title; an empty line has no colour. */
    got =
        screen("{'warnings':[],'needs':[''],'reasons':[]}", (struct status_view){.alive = STATUS_ALIVE, .color = true});
    assert_null(strstr(got, "warnings"));
    free(got);
}

/* Documents of chance, of which any part may be missing or of another kind: lines that a terminal can be given. */
static cJSON *value(struct random *r, int depth)
{
    static const char *const names[] = {
        "state",  "finished", "phase",       "verdict", "repo",      "error",    "agents",    "why",     "deadline",
        "role",   "name",     "criteria",    "id",      "effective", "line",     "by",        "reasons", "text",
        "fix",    "waivers",  "done",        "needs",   "warnings",  "limits",   "until",     "work",    "count",
        "number", "claimed",  "fresh_until", "commit",  "tip",       "activity", "iteration", "restarts"};
    static const char *const texts[] = {"",           "PASS",     "FAIL", "RUNNING", "WAITING",
                                        "CONFIRMING", "\x1b[2Jx", "é",    "a\nb",    "stopped"};
    cJSON *o;
    switch (random_below(r, depth ? 6 : 4)) {
    case 0: return cJSON_CreateString(texts[random_below(r, sizeof texts / sizeof *texts)]);
    case 1: return cJSON_CreateNumber(random_below(r, 3) ? random_below(r, 4000000) : -1e300);
    case 2: return cJSON_CreateBool((int)random_below(r, 2));
    case 3: return cJSON_CreateNull();
    case 4:
        o = cJSON_CreateArray();
        for (uint32_t n = random_below(r, 15); n > 0; n--)
            cJSON_AddItemToArray(o, value(r, depth - 1));
        return o;
    default:
        o = cJSON_CreateObject();
        for (uint32_t n = random_below(r, 20); n > 0; n--)
            cJSON_AddItemToObject(o, names[random_below(r, sizeof names / sizeof *names)], value(r, depth - 1));
        return o;
    }
}

static void test_any_document(void **unused)
{
    (void)unused;
    struct random r = {1};
    for (int run = 0; run < 2000; run++) {
        cJSON *doc = value(&r, 4);
        struct status_view view = {.width = (int)random_below(&r, 60), .alive = (enum status_alive)random_below(&r, 4)};
        struct buf out;
        buf_init(&out, 0);
        status_text(doc, NOW, &view, &out);
        size_t columns = 0;
        for (size_t i = 0; i < out.len; columns++) {
            size_t c = vis_utf8(out.data + i, out.len - i);
            assert_true(c > 0 && ((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n'));
            if (view.width && columns > (size_t)view.width)
                fail_msg("a line is longer than %d", view.width);
            columns = out.data[i] == '\n' ? (size_t)-1 : columns;
            i += c;
        }
        buf_clear(&out);
        cJSON_Delete(doc);
    }
}

/* ---- the document ---- */

static void has_need(struct world *x, const char *want)
{
    cJSON *doc = status_render(&x->w, x->now);
    char *text = json_print(json_get(doc, "needs"));
    if (!strstr(text, want))
        fail_msg("no '%s' in %s", want, text);
    free(text);
    cJSON_Delete(doc);
}

static void test_needs(void **unused)
{
    (void)unused;
    struct world *x = running("");
    struct agent *a = &x->w.roles[ROLE_BUILDER].agent, was = *a;
    a->state = AGENT_HELD;
    a->why = WHY_INTERNAL;
    has_need(x, "builder is held: ");
    a->why = WHY_STUCK;
    has_need(x, "[]");
    a->state = AGENT_WAITING;
    a->why = WHY_AUTHENTICATION;
    has_need(x, "builder can't log in");
    a->why = WHY_BILLING;
    has_need(x, "builder has no credit");
    *a = was;
    static const char *const codes[] = {"auth", "not-found", "no-branch", "no-plan"};
    mem_set(&x->w.poll.text, "text");
    for (size_t i = 0; i < 4; i++) {
        mem_set(&x->w.poll.code, codes[i]);
        has_need(x, "the repository can't be read: text");
    }
    mem_set(&x->w.poll.code, "unreachable");
    has_need(x, "[]");
    x->w.poll.failures = 10;
    has_need(x, "the repository can't be read: text");
    x->w.state = STATE_STUCK;
    has_need(x, "the pair is stuck: ");
    x->w.roles[ROLE_ADVERSARY].clone_ready = false;
    mem_set(&x->w.roles[ROLE_ADVERSARY].clone_error, "disk full");
    has_need(x, "adversary has no clone: disk full");
    x->w.roles[ROLE_ADVERSARY].clone_ready = true;
    x->w.snapshot->rewritten = true;
    has_need(x, "history was rewritten");
    finish(x);
}

static void assert_member(struct world *x, const char *part, const char *name, const char *want)
{
    cJSON *doc = status_render(&x->w, x->now);
    assert_string_equal(json_str(part ? json_get(doc, part) : doc, name, "?"), want);
    cJSON_Delete(doc);
}

static void test_document(void **unused)
{
    (void)unused;
    struct world *x = begin("");
    assert_member(x, NULL, "state", "starting");
    finish(x);
    x = running("");
    assert_member(x, NULL, "state", "running");
    static const char *const urls[][2] = {
        {"https://user:password@host/x", "https://***@host/x"},
        {"https://host/a@b", "https://host/a@b"},
        {"git@host:x", "git@host:x"},
        {"ssh://me@host", "ssh://***@host"},
        {"/tmp/x", "/tmp/x"},
    };
    char *url = x->config.url;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        x->config.url = (char *)(uintptr_t)urls[i][0];
        assert_member(x, "repo", "url", urls[i][1]);
    }
    x->config.url = url;
    struct snapshot *s = snapshot(x, TIP1);
    verdict_line(x, s, "D1", REVIEW_PASS);
    verdict_line(x, s, "D2", REVIEW_FAIL);
    struct review_entry *e = &s->review.entries[0];
    snprintf(e->sha, sizeof e->sha, "%s", TIP1);
    e->since = 3;
    s->review.entries[1].dating = REVIEW_UNDATED;
    words_add(&s->review.warnings, "line 3: odd");
    polled(x, s);
    cJSON *doc = status_render(&x->w, x->now);
    const cJSON *one = cJSON_GetArrayItem(json_get(doc, "criteria"), 0),
                *two = cJSON_GetArrayItem(json_get(doc, "criteria"), 1);
    assert_int_equal(json_int(one, "commits_since", -1), 3);
    assert_non_null(json_get(one, "written"));
    assert_null(json_get(two, "written"));
    char *text = json_print(json_get(doc, "warnings"));
    assert_non_null(strstr(text, "REVIEW.md: line 3: odd"));
    free(text);
    cJSON_Delete(doc);
    mem_set(&x->w.inputs, "launch.conf=1 plan=2");
    mem_set(&x->w.inputs_now, "launch.conf=1 plan=3 prompt=4");
    doc = status_render(&x->w, x->now);
    text = json_print(json_get(doc, "warnings"));
    assert_non_null(strstr(text, "changed since the phase began: plan, prompt;"));
    free(text);
    cJSON_Delete(doc);
    struct watchdog_limit limits[] = {{.until = x->now + 5, .count = 1}, {.until = x->now}};
    memcpy(x->w.limits, limits, sizeof limits);
    x->w.limit_count = 2;
    doc = status_render(&x->w, x->now);
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "limits")), 1);
    cJSON_Delete(doc);
    x->w.limit_count = 0;
    x->w.stopping = true;
    assert_member(x, NULL, "state", "stopping");
    x->w.exiting = true;
    assert_member(x, NULL, "state", "stopped");
    x->w.finished = true;
    assert_member(x, NULL, "state", "finished");
    finish(x);
}

/* A watchdog that finds all done when it begins judges nothing: what was done stands in the record. */
static void test_over(void **unused)
{
    (void)unused;
    struct world *x = begin("");
    static const char record[] = "{\"t\":\"done\",\"phase\":\"\",\"criteria\":[{\"id\":\"D1\",\"state\":\"PASS\"},"
                                 "{\"id\":\"D2\",\"state\":\"STALE\"}]}";
    cJSON *done = json_parse(record, strlen(record));
    watchdog_restore(&x->w, done);
    cJSON_Delete(done);
    struct watchdog_event ev = {.kind = EVENT_START};
    struct effects out = {0};
    watchdog_step(&x->w, &ev, x->now, &out);
    effects_clear(&out);
    assert_true(x->w.finished);
    cJSON *doc = status_render(&x->w, x->now);
    const cJSON *verdict = json_get(doc, "verdict");
    assert_string_equal(json_str(verdict, "value", ""), "DONE");
    assert_string_equal(json_str(verdict, "state", ""), "DONE");
    assert_int_equal(json_int(verdict, "passing", -1), 1);
    assert_int_equal(json_int(verdict, "waived", -1), 1);
    cJSON_Delete(doc);
    finish(x);
}

static void assert_headline(const char *json, const char *want)
{
    struct buf b;
    buf_init(&b, 0);
    cJSON *doc = json_parse(json, strlen(json));
    status_headline(doc, &b);
    assert_string_equal(buf_str(&b), want);
    cJSON_Delete(doc);
    buf_clear(&b);
}

/* One line, whatever the document has; the second look's time is not in it. */
static void test_headline(void **unused)
{
    (void)unused;
    assert_headline("{\"state\":\"running\",\"phase\":{\"name\":\"one\",\"number\":2,\"count\":7},\"verdict\":{"
                    "\"state\":\"CONFIRMING\",\"passing\":4,\"total\":5,\"waived\":1,\"confirm_at\":99999999999999}}",
                    "running; phase one (2 of 7): CONFIRMING, 4 of 5 criteria pass, 1 waived");
    assert_headline("{\"state\":\"running\",\"needs\":[\"look\"],\"phase\":{\"name\":\"a\\nREADY=1\"}}",
                    "running; phase a\\nREADY=1: ?, 0 of 0 criteria pass; an operator must act");
    assert_headline("[]", "?; phase ?: ?, 0 of 0 criteria pass");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),        cmocka_unit_test(test_colours_and_width),
        cmocka_unit_test(test_any_document), cmocka_unit_test(test_needs),
        cmocka_unit_test(test_over),         cmocka_unit_test(test_document),
        cmocka_unit_test(test_headline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
