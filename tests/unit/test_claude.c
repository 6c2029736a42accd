/* Claude's command line and environment: each key of launch.conf has its place there, an empty one none, and nothing
 * that the operator gave is changed on the way. */
#include "cm.h"
#include "agents/claude.h"
#include "supervisor/base/buf.h"
#include "supervisor/config/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID "11111111-2222-4333-8444-555555555555"
#define ALWAYS "claude|-p|--output-format|stream-json|--verbose|--include-partial-messages|"

static const char *no_env(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static char *joined(struct words *w)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < w->n; i++)
        buf_addf(&b, "%s%s", i ? "|" : "", w->at[i]);
    words_clear(w);
    return buf_take(&b);
}

/* The builder of a launch.conf with these lines. */
static void load(struct config *c, const char *lines)
{
    struct buf text, errors;
    buf_init(&text, 0);
    buf_init(&errors, 0);
    buf_addf(&text,
             "[repo]\nurl = /nowhere\n[done]\ncriteria = D1\n[agent b]\nrole = builder\nclaude = claude\n%s"
             "[agent a]\nrole = adversary\nclaude = claude\n",
             lines);
    if (!config_parse(c, buf_str(&text), text.len, "launch.conf", no_env, NULL, &errors))
        fail_msg("%s", buf_str(&errors));
    buf_clear(&text);
    buf_clear(&errors);
}

static void is_command(const char *lines, bool resume, int64_t left, const char *want)
{
    struct config c;
    struct words argv = {0};
    load(&c, lines);
    claude_command(&c.agents[ROLE_BUILDER].claude, ID, resume, left, &argv);
    char *got = joined(&argv);
    assert_string_equal(got, want);
    free(got);
    config_clear(&c);
}

static void test_command_line(void **state)
{
    (void)state;
    static const char defaults[] =
        ALWAYS "--session-id|" ID "|--permission-mode|bypassPermissions|--disallowedTools|CronCreate";
    is_command("", false, 0, defaults);
    is_command("", true, 0, ALWAYS "--resume|" ID "|--permission-mode|bypassPermissions|--disallowedTools|CronCreate");
    is_command("model = opus\nfallback_model = sonnet\npermission_mode = acceptEdits\nmax_turns = 7\nmax_cost = 2.5\n"
               "allowed_tools = 'Bash(git *)' Edit mcp__x\ndisallowed_tools =\n"
               "args = --append-system-prompt 'say \"hi\" and '\\''x'\\'' \xC3\xBC' --add-dir '/a b' '' -- --tail\n",
               false, 0,
               ALWAYS "--session-id|" ID "|--model|opus|--fallback-model|sonnet|--permission-mode|acceptEdits|"
                      "--allowedTools|Bash(git *),Edit,mcp__x|--max-turns|7|--max-budget-usd|2.500000|"
                      "--append-system-prompt|say \"hi\" and 'x' \xC3\xBC|--add-dir|/a b||--|--tail");
}

/* The smaller of what one iteration may cost and what budgets leave. */
static void test_cost(void **state)
{
    (void)state;
    static const struct {
        const char *max_cost, *want;
        int64_t left;
    } rows[] = {
        {"", "|--max-budget-usd|0.000001", 1},
        {"max_cost = 2\n", "|--max-budget-usd|2.000000", 2000001},
        {"max_cost = 2\n", "|--max-budget-usd|1.999999", 1999999},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char want[400];
        snprintf(want, sizeof want, "%s--resume|%s|--permission-mode|bypassPermissions|--disallowedTools|CronCreate%s",
                 ALWAYS, ID, rows[i].want);
        is_command(rows[i].max_cost, true, rows[i].left, want);
    }
}

static void is_environment(const char *lines, const char *want)
{
    struct config c;
    struct words env = {0};
    load(&c, lines);
    claude_environment("/the folder", c.agents[ROLE_BUILDER].policy.max_wait, &c.agents[ROLE_BUILDER].env, &env);
    char *got = joined(&env);
    assert_string_equal(got, want);
    free(got);
    config_clear(&c);
}

/* A Bash call may take as long as a wait, and a minute; what env sets stays. */
static void test_environment(void **state)
{
    (void)state;
    is_environment("max_wait = 1h\n",
                   "CLAUDE_CODE_STARTUP_FAILURE_RESULTS=1|DISABLE_AUTOUPDATER=1|CLAUDE_CONFIG_DIR=/the folder|"
                   "BASH_DEFAULT_TIMEOUT_MS=600000|BASH_MAX_TIMEOUT_MS=3660000");
    is_environment("env = DISABLE_AUTOUPDATER=0 CLAUDE_CONFIG_DIR=/mine BASH_DEFAULT_TIMEOUT_MS=5 BASH_MAX=1\n",
                   "CLAUDE_CODE_STARTUP_FAILURE_RESULTS=1|BASH_MAX_TIMEOUT_MS=1860000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
