/* What Claude printed, and how it ended -> one class: over recorded runs, and over the shapes that a usage limit takes.
 */
#include "cm.h"
#include "claude_run.h"
#include <stdio.h>

static const struct {
    const char *name;
    enum outcome outcome;
} recorded[] = {
    {"bash_fail", OUTCOME_OK},
    {"bash_write", OUTCOME_OK},
    {"cfg_corrupt", OUTCOME_CONFIG_CORRUPT},
    {"drop_end", OUTCOME_OK},
    {"drop_mid", OUTCOME_OK},
    {"end_runbg15", OUTCOME_OK},
    {"hook_stop_block", OUTCOME_OK},
    {"limit_budget", OUTCOME_MAX_COST},
    {"limit_maxturns3", OUTCOME_MAX_TURNS},
    {"maxtok", OUTCOME_FAILED},
    {"noauth", OUTCOME_OK},
    {"noverbose", OUTCOME_BAD_FLAG},
    {"partial_bash_write", OUTCOME_OK},
    {"perm_default", OUTCOME_DENIED},
    {"perm_default.v197", OUTCOME_DENIED},
    {"perm_skip_root_nosandbox", OUTCOME_BAD_FLAG},
    {"r400_credit", OUTCOME_BILLING},
    {"r400_long", OUTCOME_PROMPT_TOO_LONG},
    {"r401", OUTCOME_AUTHENTICATION},
    {"r403", OUTCOME_AUTHENTICATION},
    {"r404_model", OUTCOME_FAILED},
    {"r429", OUTCOME_USAGE_LIMIT},
    {"r429_long", OUTCOME_USAGE_LIMIT},
    {"r429_once", OUTCOME_OK},
    {"r429_uni_watchdog", OUTCOME_USAGE_LIMIT},
    {"r500_max2", OUTCOME_TRANSIENT},
    {"r529", OUTCOME_OVERLOADED},
    {"r529_fallback", OUTCOME_OVERLOADED},
    {"refusal", OUTCOME_REFUSED},
    {"refusal.v197", OUTCOME_REFUSED},
    {"refused", OUTCOME_TRANSIENT},
    {"refused.v197", OUTCOME_TRANSIENT},
    {"rst", OUTCOME_TRANSIENT},
    {"sess_killed", OUTCOME_CRASHED},
    {"sess_killed_resumed", OUTCOME_OK},
    {"sess_resume", OUTCOME_OK},
    {"sess_resume_missing", OUTCOME_BAD_FLAG},
    {"sess_same_id_again", OUTCOME_BAD_FLAG},
    {"sig_bash_tree_INT", OUTCOME_FAILED},
    {"sig_bash_tree_KILL", OUTCOME_CRASHED},
    {"sig_bash_tree_TERM", OUTCOME_FAILED},
    {"sig_hang_INT", OUTCOME_FAILED},
    {"sig_hang_TERM", OUTCOME_FAILED},
    {"sse_over", OUTCOME_TRANSIENT},
    {"startup_fail_result", OUTCOME_BAD_FLAG},
    {"text", OUTCOME_OK},
    {"text.v197", OUTCOME_OK},
};

static void test_recorded_runs(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
        struct claude_run run;
        claude_run_load(&run, recorded[i].name);
        if (run.outcome == recorded[i].outcome)
            continue;
        print_error("%s: %s, expected %s (%s)\n", recorded[i].name, outcome_name(run.outcome),
                    outcome_name(recorded[i].outcome), run.e.text);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* ---- limits ---- */

/* One run that ends with exit code 1 and these lines. */
static struct claude_run run_of(const char *log, int code)
{
    struct claude_run run;
    claude_run_fold(&run, log, strlen(log), 7);
    run.exit = (struct exit_record){.end = END_EXITED, .code = code};
    ending_read(&run.e, &run.t, "");
    run.outcome = ending_outcome(&run.exit, run.e.outcome, false, false);
    return run;
}

#define INIT "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\",\"model\":\"m\"}\n"
#define SAYS(text) "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}}\n"
#define RESULT(error, more, text)                                                                                      \
    "{\"total_cost_usd\":0.5,\"is_error\":" error "," more "\"result\":\"" text                                        \
    "\",\"subtype\":\"success\",\"type\":\"result\"}\n"
#define API(status) "\"terminal_reason\":\"api_error\",\"api_error_status\":" status ","
#define EVENT(info) "{\"type\":\"rate_limit_event\",\"rate_limit_info\":{" info "},\"session_id\":\"s\"}\n"

static void test_shapes_of_a_usage_limit(void **state)
{
    (void)state;
    struct claude_run run =
        run_of(INIT EVENT("\"status\":\"rejected\",\"resetsAt\":1774447200,\"rateLimitType\":\"seven_day_opus\"")
                   RESULT("true", API("429"), "API Error: Request rejected (429)"),
               1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);
    assert_string_equal(run.e.limit.window, "seven_day_opus");
    assert_int_equal(run.e.limit.resets_at, 1774447200);

    /* The common case: by HTTP status, subtype success. */
    run =
        run_of(INIT RESULT("true", API("429"), "You've hit your session limit · resets 3:30am (America/New_York)"), 1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);
    assert_string_equal(run.e.limit.window, "five_hour");
    assert_true(run.e.limit.clock);
    assert_int_equal(run.e.limit.hour, 3);
    assert_int_equal(run.e.limit.minute, 30);
    assert_string_equal(run.e.limit.zone, "America/New_York");

    /* Context overflow at a limit: a wait alone would not mend it. */
    run = run_of(
        INIT RESULT("true", "\"terminal_reason\":\"blocking_limit\",\"api_error_status\":null,",
                    "Prompt is too long · automatic compaction failed: You've hit your session limit · resets 3pm"),
        1);
    assert_int_equal(run.outcome, OUTCOME_PROMPT_TOO_LONG);

    /* A login that is probed while the limit is hit: no reason to log in again. */
    run = run_of(INIT RESULT("true", API("401"), "You've hit your weekly limit · resets Mon 12:00am"), 1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);
    assert_string_equal(run.e.limit.window, "seven_day");
    assert_int_equal(run.e.limit.weekday, 1);
    assert_int_equal(run.e.limit.hour, 0);

    /* A login of an organisation that may not: never a limit. */
    run = run_of(INIT
                 "{\"type\":\"assistant\",\"is_api_error_message\":true,\"error\":\"oauth_org_not_allowed\"}\n" RESULT(
                     "true", API("403"), "OAuth authentication is currently not allowed for this organization"),
                 1);
    assert_int_equal(run.outcome, OUTCOME_AUTHENTICATION);

    /* A wait that the program announced. */
    run = run_of(
        INIT "{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":1,\"max_retries\":300,\"retry_delay_ms\":"
             "3599343,\"error_status\":429,\"error\":\"rate_limit\"}\n" RESULT("true", API("429"), "Request rejected"),
        1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);
    assert_int_equal(run.e.retry_ms, 3599343);
    assert_string_equal(run.e.limit.window, "unknown");

    /* Its own word for it, without a status. */
    run = run_of(INIT "{\"type\":\"assistant\",\"is_api_error_message\":true,\"error\":\"rate_limit\"}\n" RESULT(
                     "true", "\"terminal_reason\":\"api_error\",", "Try again later"),
                 1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);

    /* Killed while it waited for the reset: its event is all that is known. */
    run = run_of(INIT EVENT("\"status\":\"rejected\",\"resetsAt\":1774447200,\"rateLimitType\":\"five_hour\""), 1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);
    assert_int_equal(run.e.limit.resets_at, 1774447200);
}

static void test_what_is_no_usage_limit(void **state)
{
    (void)state;
    static const char *const good[] = {
        /* Advice, benign events, a window that is used up while the requests go on. */
        INIT EVENT("\"status\":\"allowed_warning\",\"resetsAt\":1774447200,\"rateLimitType\":\"five_hour\"")
            SAYS("You've used 90% of your session limit · resets 7:20pm") RESULT("false", "", "Done."),
        INIT EVENT("\"status\":\"allowed\",\"rateLimitType\":\"five_hour\",\"overageStatus\":\"rejected\"")
            RESULT("false", "", "Done."),
        INIT EVENT("\"status\":\"rejected\",\"rateLimitType\":\"five_hour\",\"isUsingOverage\":true")
            RESULT("false", "", "Done."),
        INIT EVENT("\"status\":\"rejected\",\"rateLimitType\":\"five_hour\",\"overageStatus\":\"allowed\"")
            RESULT("false", "", "Done."),
        /* The very words by the model, in a tool's output, in a prompt, or in the answer itself. */
        INIT SAYS("You've hit your session limit · resets 3:30am") RESULT("false", "", "Done."),
        INIT "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":"
             "\"You've "
             "hit your weekly limit\"}]}}\n" RESULT("false", "", "Done."),
        INIT RESULT("false", "", "The test says: You've hit your session limit · resets 3pm"),
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct claude_run run = run_of(good[i], 0);
        if (run.outcome != OUTCOME_OK)
            fail_msg("%zu: %s", i, outcome_name(run.outcome));
    }
    /* Prose about limits, and then an error of another kind. */
    struct claude_run run =
        run_of(INIT SAYS("You've hit your session limit") RESULT("true", API("529"), "API Error: 529 Overloaded."), 1);
    assert_int_equal(run.outcome, OUTCOME_OVERLOADED);
    /* A server that refused for another reason may quote anything. */
    static const struct {
        const char *status, *text;
        enum outcome outcome;
    } quoted[] = {
        {API("400"), "API Error: 400 messages.3.content: invalid: usage limit reached", OUTCOME_FAILED},
        {API("404"), "model: You've hit your session limit", OUTCOME_FAILED},
        {API("500"), "API Error: 500 backend said: usage limit reached in shard 3", OUTCOME_TRANSIENT},
        {API("402"), "API Error: 402 Payment required", OUTCOME_BILLING},
        /* A hook's words are its author's. */
        {"\"terminal_reason\":\"stop_hook_prevented\",", "Stop hook: you have hit your daily limit", OUTCOME_FAILED},
        {"\"terminal_reason\":\"hook_stopped\",", "usage limit reached", OUTCOME_FAILED},
    };
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
        char text[1000];
        snprintf(text, sizeof text, INIT RESULT("true", "%s", "%s"), quoted[i].status, quoted[i].text);
        run = run_of(text, 1);
        assert_int_equal(run.outcome, quoted[i].outcome);
    }
    /* What was in the way and is over: an answer came since. */
#define REJECTED EVENT("\"status\":\"rejected\",\"resetsAt\":1774447200,\"rateLimitType\":\"seven_day_opus\"")
    run = run_of(INIT REJECTED SAYS("on with it") RESULT("true",
                                                         "\"terminal_reason\":\"api_error\",\"api_error\":"
                                                         "\"connection_failed\",",
                                                         "Connection refused"),
                 1);
    assert_int_equal(run.outcome, OUTCOME_TRANSIENT);
    run = run_of(INIT REJECTED SAYS("on with it") RESULT("true", "\"subtype\":\"error_max_turns\",", "x"), 1);
    assert_int_equal(run.outcome, OUTCOME_MAX_TURNS);
    run = run_of(INIT REJECTED RESULT("true", API("403"), "not allowed for this organization"), 1);
    assert_int_equal(run.outcome, OUTCOME_AUTHENTICATION);
    run = run_of(INIT
                 "{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":1,\"max_retries\":300,\"retry_delay_ms\":"
                 "3599343,\"error_status\":529,\"error\":\"overloaded\"}\n" SAYS("on") RESULT("true", API("429"), "x"),
                 1);
    assert_int_equal(run.outcome, OUTCOME_USAGE_LIMIT);
    assert_int_equal(run.e.retry_ms, 0);
    /* A plain program that prints such words is not asked at all. */
    run = run_of("You've hit your session limit · resets 3pm\n", 1);
    assert_int_equal(run.outcome, OUTCOME_FAILED);
    /* Success needs exit code 0, and a result. */
    run = run_of(INIT RESULT("false", "", "Done."), 1);
    assert_int_equal(run.outcome, OUTCOME_FAILED);
    run = run_of(INIT SAYS("x"), 0);
    assert_int_equal(run.outcome, OUTCOME_FAILED);
    /* A last line without its end is torn, whatever stands in it. */
    run = run_of(INIT RESULT("false", "", "Done.") INIT "{\"type\":\"result\",\"is_err", 0);
    assert_int_equal(run.outcome, OUTCOME_FAILED);
}

static void test_texts_of_limits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool hit, clock;
        const char *window;
        int hour, minute, weekday, month, day;
        const char *zone;
    } all[] = {
        {"You've hit your session limit · resets 3:30am (America/New_York)", 1, 1, "five_hour", 3, 30, -1, 0, 0,
         "America/New_York"},
        {"You've hit your session limit · resets 7:20pm", 1, 1, "five_hour", 19, 20, -1, 0, 0, ""},
        {"You've hit your weekly limit · resets Sep 21, 6pm (America/Toronto)", 1, 1, "seven_day", 18, 0, -1, 9, 21,
         "America/Toronto"},
        {"You've hit your weekly limit · resets Mon 12:00am", 1, 1, "seven_day", 0, 0, 1, 0, 0, ""},
        {"You've hit your Opus limit · resets Dec 1 at 12pm (Etc/GMT+3)", 1, 1, "seven_day_opus", 12, 0, -1, 12, 1,
         "Etc/GMT+3"},
        {"You've hit your Sonnet limit · resets tomorrow", 1, 0, "seven_day_sonnet", 0, 0, -1, 0, 0, ""},
        {"You've hit your org's monthly limit", 1, 0, "unknown", 0, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets 13:77", 1, 0, "five_hour", 0, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets 13pm", 1, 0, "five_hour", 0, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets 5pm (../../etc/passwd)", 1, 1, "five_hour", 17, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets 5pm (/etc/passwd)", 1, 1, "five_hour", 17, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets 3:45 PM (UTC)", 1, 1, "five_hour", 15, 45, -1, 0, 0, "UTC"},
        {"You've hit your session limit · resets at 3:45 p.m. (UTC)", 1, 1, "five_hour", 15, 45, -1, 0, 0, "UTC"},
        {"You've hit your session limit · resets 12 AM", 1, 1, "five_hour", 0, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets in 3h 20m", 1, 0, "five_hour", 0, 0, -1, 0, 0, ""},
        {"You've hit your session limit · resets in 3 hours", 1, 0, "five_hour", 0, 0, -1, 0, 0, ""},
        {"5-hour limit reached ∙ resets 3pm", 1, 1, "five_hour", 15, 0, -1, 0, 0, ""},
        {"Weekly limit reached ∙ resets Mon 9am", 1, 1, "seven_day", 9, 0, 1, 0, 0, ""},
        {"You're out of extra usage · resets 3pm (UTC)", 1, 1, "unknown", 15, 0, -1, 0, 0, "UTC"},
        {"the 5-hour limit reached its end", 0, 0, "unknown", 0, 0, -1, 0, 0, ""},
        {"You've used 90% of your session limit · resets 7:20pm", 0, 0, "unknown", 0, 0, -1, 0, 0, ""},
        {"You have hit your stride. There is no limit", 0, 0, "unknown", 0, 0, -1, 0, 0, ""},
        {"", 0, 0, "unknown", 0, 0, -1, 0, 0, ""},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct limit_text l;
        bool hit = limit_text_read(&l, all[i].text);
        if (hit != all[i].hit || l.clock != all[i].clock || strcmp(l.window, all[i].window) ||
            strcmp(l.zone, all[i].zone) ||
            (l.clock && (l.hour != all[i].hour || l.minute != all[i].minute || l.weekday != all[i].weekday ||
                         l.month != all[i].month || l.day != all[i].day)))
            fail_msg("%s: %d %d %s %d:%d %d %d/%d '%s'", all[i].text, hit, l.clock, l.window, l.hour, l.minute,
                     l.weekday, l.month, l.day, l.zone);
    }
    struct limit_text l;
    assert_true(limit_text_read(&l, "Claude AI usage limit reached|1755806400"));
    assert_int_equal(l.resets_at, 1755806400);
    assert_false(l.clock);
}

/* A version that says of no denial while it runs lists them in the end; one that does both is not counted twice. */
static void test_denials_by_line_or_list(void **state)
{
    (void)state;
#define CALL                                                                                                           \
    "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Bash\"}]}}\n"
#define DENIED "{\"type\":\"system\",\"subtype\":\"permission_denied\",\"tool_name\":\"Bash\"}\n"
#define LIST(one) "\"permission_denials\":[" one "],"
#define ONE "{\"tool_name\":\"Bash\"}"
    static const struct {
        const char *log;
        enum outcome outcome;
    } all[] = {
        {INIT CALL RESULT("false", LIST(ONE), "No."), OUTCOME_DENIED},
        {INIT CALL DENIED RESULT("false", LIST(ONE), "No."), OUTCOME_DENIED},
        {INIT CALL DENIED RESULT("false", "", "No."), OUTCOME_DENIED},
        {INIT CALL CALL DENIED RESULT("false", LIST(ONE), "No."), OUTCOME_OK},
        {INIT CALL CALL RESULT("false", LIST(ONE), "No."), OUTCOME_OK},
        {INIT CALL RESULT("false", LIST(""), "No."), OUTCOME_OK},
        {INIT CALL RESULT("false", "\"permission_denials\":{\"a\":1},", "No."), OUTCOME_OK},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct claude_run run = run_of(all[i].log, 0);
        if (run.outcome != all[i].outcome)
            fail_msg("%zu: %s", i, outcome_name(run.outcome));
    }
}

/* ---- the log as a function ---- */

static void test_pieces_and_order_do_not_matter(void **state)
{
    (void)state;
    struct claude_run a, b;
    struct buf log;
    claude_run_read("vectors/claude/partial_bash_write.jsonl", &log);
    claude_run_fold(&a, buf_str(&log), log.len, 1);
    claude_run_fold(&b, buf_str(&log), log.len, 1 << 20);
    assert_memory_equal(&a.t, &b.t, sizeof a.t);
    assert_int_equal(a.t.cost, 10000);
    assert_int_equal(a.t.calls, 1);
    assert_int_equal(a.t.tokens_out, 100);
    assert_string_equal(a.t.model, "claude-opus-5-5");
    buf_clear(&log);
}

static void test_waiting_after_the_result(void **state)
{
    (void)state;
    struct buf log;
    struct claude_run run;
    claude_run_read("vectors/claude/end_runbg15.jsonl", &log);
    const char *first = strstr(buf_str(&log), "\"type\":\"result\"");
    assert_non_null(first);
    claude_run_fold(&run, buf_str(&log), (size_t)(strchr(first, '\n') + 1 - buf_str(&log)), 4096);
    assert_true(run.t.ended);
    assert_true(transcript_waits(&run.t));
    char line[300];
    assert_string_equal(transcript_activity(&run.t, line, sizeof line), "waits for a background task");
    claude_run_fold(&run, buf_str(&log), log.len, 4096);
    assert_true(run.t.ended);
    assert_false(transcript_waits(&run.t));
    assert_int_equal(run.t.results, 2);
    assert_int_equal(run.t.cost, 15000);
    buf_clear(&log);
}

static void test_retries_are_no_progress(void **state)
{
    (void)state;
    struct claude_run run;
    claude_run_load(&run, "r429");
    assert_int_equal(run.t.retries, 10);
    assert_int_equal(run.progress, 2); /* the first init, the result */
}

/* Pings, which keep a connection open, are none either, nor is a message that begins and has nothing in it. */
static void test_only_content_is_progress(void **state)
{
    (void)state;
#define PIECE(event) "{\"type\":\"stream_event\",\"event\":{\"type\":\"" event "\"},\"session_id\":\"s\"}\n"
#define TASKS(list) "{\"type\":\"system\",\"subtype\":\"background_tasks_changed\",\"tasks\":[" list "]}\n"
    static const struct {
        const char *lines;
        int progress;
    } all[] = {
        {PIECE("ping") PIECE("ping"), 0},
        {PIECE("message_start") PIECE("message_delta") PIECE("message_stop"), 0},
        {PIECE("content_block_start") PIECE("content_block_delta") PIECE("content_block_stop"), 3},
        {"{\"type\":\"system\",\"subtype\":\"status\",\"status\":\"requesting\"}\n", 0},
        /* Notices about tasks: only one more or less is. */
        {TASKS("{\"task_id\":\"a\"}") TASKS("{\"task_id\":\"a\"}") TASKS(""), 2},
        {"{\"type\":\"system\",\"subtype\":\"task_updated\",\"task_id\":\"a\"}\n", 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct claude_run run;
        claude_run_fold(&run, all[i].lines, strlen(all[i].lines), 4096);
        assert_int_equal(run.progress, all[i].progress);
        assert_int_equal(run.t.answered, strstr(all[i].lines, "content_block") != NULL);
    }
}

/* To be woken is waited for, unless that was taken back, or refused. */
static void test_a_wake_up(void **state)
{
    (void)state;
#define WAKE(input)                                                                                                    \
    "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"w\",\"name\":"                  \
    "\"ScheduleWakeup\","                                                                                              \
    "\"input\":{" input "}}]}}\n"
#define WOKEN(error)                                                                                                   \
    "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"w\",\"is_error\":" error \
    ",\"content\":\"x\"}]}}\n"
#define LATER WAKE("\"delaySeconds\":60,\"reason\":\"r\"") WOKEN("false")
    static const struct {
        const char *lines;
        bool waits;
    } all[] = {
        {INIT LATER RESULT("false", "", "Done."), true},
        {INIT LATER RESULT("false", "", "Done.") INIT RESULT("false", "", "I was woken."), false},
        {INIT LATER WAKE("\"stop\":true") WOKEN("false") RESULT("false", "", "Done."), false},
        {INIT WAKE("\"delaySeconds\":60") WOKEN("true") RESULT("false", "", "Done."), false},
        {INIT WAKE("\"stop\":true") WOKEN("false") LATER RESULT("false", "", "Done."), true},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct claude_run run;
        claude_run_fold(&run, all[i].lines, strlen(all[i].lines), 4096);
        if (transcript_waits(&run.t) != all[i].waits)
            fail_msg("%zu: %s", i, all[i].waits ? "it should wait" : "it should not wait");
    }
}

/* A line too large to parse says what its top-level scalars say, wherever they stand. */
static void test_large_lines(void **state)
{
    (void)state;
    struct buf log;
    struct claude_run run;
    buf_init(&log, 0);
    buf_adds(
        &log, INIT
        "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Write\","
        "\"input\":{\"file_path\":\"a\\\"b\"}}]}}\n");
    buf_adds(&log, "{\"message\":{\"content\":[{\"x\":\"}]\\\\\\\"\",\"text\":\"");
    for (int i = 0; i < 5 << 20; i++)
        buf_add(&log, "y", 1);
    buf_adds(&log, "\"}]},\"is_error\":true,\"type\":\"user\"}\n");
    claude_run_fold(&run, buf_str(&log), log.len - 1, 65536); /* torn: no LF, but whole */
    assert_int_equal(run.t.tool_count, 0);
    buf_adds(&log, "{\"errors\":[\"");
    for (int i = 0; i < 5 << 20; i++)
        buf_add(&log, "z", 1);
    buf_adds(&log, "\"],\"api_error_status\":529,\"terminal_reason\":\"api_error\",\"is_error\":true,\"total_cost_"
                   "usd\":1.25,\"type\":"
                   "\"result\"}\n");
    claude_run_fold(&run, buf_str(&log), log.len, 65536);
    run.exit = (struct exit_record){.end = END_EXITED, .code = 1};
    ending_read(&run.e, &run.t, NULL);
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, false, false), OUTCOME_OVERLOADED);
    assert_int_equal(run.t.cost, 1250000);
    buf_clear(&log);
}

/* One call was denied; the other stood on a line that is not looked into. */
static void test_a_large_call_is_one(void **state)
{
    (void)state;
    struct buf log;
    struct claude_run run;
    buf_init(&log, 0);
    buf_adds(&log,
             INIT CALL DENIED "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"t2\","
                              "\"name\":\"Write\",\"input\":{\"content\":\"");
    for (int i = 0; i < 5 << 20; i++)
        buf_add(&log, "y", 1);
    buf_adds(&log, "\"}}]}}\n" RESULT("false", "", "Written."));
    claude_run_fold(&run, buf_str(&log), log.len, 65536);
    ending_read(&run.e, &run.t, NULL);
    assert_int_equal(run.e.outcome, OUTCOME_OK);
    buf_clear(&log);
}

static void test_what_stopped_it_wins(void **state)
{
    (void)state;
    struct claude_run run = run_of(INIT SAYS("x"), 143);
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, true, false), OUTCOME_STALLED);
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, false, true), OUTCOME_TIMED_OUT);
    run.exit.asked = true;
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, false, false), OUTCOME_STOPPED);
    run.exit = (struct exit_record){.end = END_LOST};
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, false, false), OUTCOME_LOST);
    /* It had said its last word and did not end: the turn is what it said. */
    run = run_of(INIT RESULT("false", "", "Done."), 143);
    run.exit.asked = true;
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, true, false), OUTCOME_OK);
    run = run_of(INIT RESULT("true", API("529"), "Overloaded"), 143);
    run.exit.asked = true;
    assert_int_equal(ending_outcome(&run.exit, run.e.outcome, true, false), OUTCOME_OVERLOADED);
}

static void test_the_table_is_whole(void **state)
{
    (void)state;
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        assert_int_equal(outcome_parse(outcome_name((enum outcome)o)), o);
        assert_true(strlen(outcome_meaning((enum outcome)o)) > 5);
        assert_int_equal(outcome_failed((enum outcome)o), outcome_follow((enum outcome)o) == FOLLOW_BACKOFF);
    }
    assert_int_equal(outcome_parse("NOPE"), -1);
}

/* ---- docs/claude.md ---- */

static const char *follow_text(enum follow f)
{
    switch (f) {
    case FOLLOW_PACE: return "next iteration when there is work";
    case FOLLOW_BACKOFF: return "again after a delay that doubles, within the start limit";
    case FOLLOW_RESET: return "again when the limit ends";
    case FOLLOW_ASK: return "again after 30 min, doubling to 6 h; the status says what to mend";
    case FOLLOW_HOLD: return "held until `ccsup resume`; the status says what to mend";
    }
    return "?";
}

static void print_run(const char *name)
{
    struct claude_run run;
    char text[300];
    claude_run_load(&run, name);
    outcome_describe(&run.exit, text, sizeof text);
    bool said = run.e.text[0] && run.outcome == run.e.outcome;
    printf("| %s | `%s` | %.110s |\n", name, outcome_name(run.outcome), said ? run.e.text : text);
}

/* The two tables of docs/claude.md (tests/lint/claude_doc.sh). */
static void print_tables(void)
{
    printf("| class | what it means | what follows | next session |\n|---|---|---|---|\n");
    for (int o = 1; o < OUTCOME_COUNT; o++)
        printf("| `%s` | %s | %s | %s |\n", outcome_name((enum outcome)o), outcome_meaning((enum outcome)o),
               follow_text(outcome_follow((enum outcome)o)),
               outcome_session((enum outcome)o) == SESSION_FRESH ? "fresh" : "the same");
    printf("\n| recorded run | class | what the operator reads |\n|---|---|---|\n");
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
        print_run(recorded[i].name);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "tables") == 0) {
        print_tables();
        return 0;
    }
    if (argc > 1 &&
        strcmp(argv[1], "runs") == 0) { /* tests/stub/versions.sh: NAME... in vectors/claude of the folder */
        for (int i = 2; i < argc; i++)
            print_run(argv[i]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_runs),
        cmocka_unit_test(test_shapes_of_a_usage_limit),
        cmocka_unit_test(test_what_is_no_usage_limit),
        cmocka_unit_test(test_texts_of_limits),
        cmocka_unit_test(test_denials_by_line_or_list),
        cmocka_unit_test(test_pieces_and_order_do_not_matter),
        cmocka_unit_test(test_waiting_after_the_result),
        cmocka_unit_test(test_retries_are_no_progress),
        cmocka_unit_test(test_only_content_is_progress),
        cmocka_unit_test(test_a_wake_up),
        cmocka_unit_test(test_large_lines),
        cmocka_unit_test(test_a_large_call_is_one),
        cmocka_unit_test(test_what_stopped_it_wins),
        cmocka_unit_test(test_the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
