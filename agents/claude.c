#include "agents/claude.h"
#include "supervisor/base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A Bash call of Claude may take so long unless it asks for more. */
enum { BASH_DEFAULT_MS = 10 * 60000, BASH_MORE_MS = 60000 };

static void option(struct words *argv, const char *name, const char *value)
{
    if (!*value)
        return;
    words_add(argv, name);
    words_add(argv, value);
}

/* One argument with commas: the option takes any number of words, and would swallow what follows. */
static void option_list(struct words *argv, const char *name, const struct words *list)
{
    struct buf b;
    buf_init(&b, 64 * 1024);
    for (size_t i = 0; i < list->n; i++)
        buf_addf(&b, "%s%s", i ? "," : "", list->at[i]);
    option(argv, name, buf_str(&b));
    buf_clear(&b);
}

static void option_number(struct words *argv, const char *name, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    option(argv, name, n ? text : "");
}

void claude_command(const struct claude_settings *s, const char *session, bool resume, int64_t left, struct words *argv)
{
    static const char *const always[] = {"-p", "--output-format", "stream-json", "--verbose",
                                         "--include-partial-messages"};
    int64_t most = left && (!s->max_cost || left < s->max_cost) ? left : s->max_cost;
    char cost[32];
    words_add(argv, s->program);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        words_add(argv, always[i]);
    option(argv, resume ? "--resume" : "--session-id", session);
    option(argv, "--model", s->model);
    option(argv, "--fallback-model", s->fallback_model);
    option(argv, "--permission-mode", s->permission_mode);
    option_list(argv, "--allowedTools", &s->allowed_tools);
    option_list(argv, "--disallowedTools", &s->disallowed_tools);
    option_number(argv, "--max-turns", s->max_turns);
    snprintf(cost, sizeof cost, "%lld.%06lld", (long long)(most / 1000000), (long long)(most % 1000000));
    option(argv, "--max-budget-usd", most ? cost : "");
    for (size_t i = 0; i < s->args.n; i++)
        words_add(argv, s->args.at[i]);
}

static bool is_given(const struct words *given, const char *entry)
{
    size_t n = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < given->n; i++)
        if (strncmp(given->at[i], entry, n) == 0)
            return true;
    return false;
}

void claude_environment(const char *config_dir, int64_t max_wait, const struct words *given, struct words *env)
{
    static const char *const always[] = {
        "CLAUDE_CODE_STARTUP_FAILURE_RESULTS=1", /* a start that fails says why in its log */
        "DISABLE_AUTOUPDATER=1",                 /* the program that was checked is the one that runs */
    };
    struct buf b[3];
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!is_given(given, always[i]))
            words_add(env, always[i]);
    for (size_t i = 0; i < 3; i++)
        buf_init(&b[i], 0);
    buf_addf(&b[0], "CLAUDE_CONFIG_DIR=%s", config_dir);
    buf_addf(&b[1], "BASH_DEFAULT_TIMEOUT_MS=%d", BASH_DEFAULT_MS);
    buf_addf(&b[2], "BASH_MAX_TIMEOUT_MS=%lld", (long long)(max_wait + BASH_MORE_MS));
    for (size_t i = 0; i < 3; i++) {
        if (!is_given(given, buf_str(&b[i])))
            words_add(env, buf_str(&b[i]));
        buf_clear(&b[i]);
    }
}

void claude_session(const char hex[33], char out[CLAUDE_SESSION_ROOM])
{
    /* RFC 9562: the 13th digit is the version, the 17th holds the variant's two bits. */
    static const char variant[] = "89ab";
    size_t at = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[at++] = '-';
        out[at++] = i == 12 ? '4' : i == 16 ? variant[(unsigned char)hex[i] & 3] : hex[i];
    }
    out[at] = '\0';
}

bool claude_session_is(const char *text)
{
    size_t n = strlen(text);
    bool good = n == CLAUDE_SESSION_ROOM - 1;
    for (size_t i = 0; good && i < n; i++)
        good = i == 8 || i == 13 || i == 18 || i == 23 ? text[i] == '-'
                                                       : strchr("0123456789abcdefABCDEF", text[i]) != NULL;
    return good;
}
