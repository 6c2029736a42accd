/* launch.conf: golden files (golden/config/NAME.conf, with NAME.expected = every error, or the whole
 * effective configuration), properties of config_print, damaged input. `test_config keys` and `test_config
 * mdoc` print the key list for tests/lint/config_doc.sh. CCSUP_GOLDEN=write writes the .expected files anew,
 * to be read before a commit. */
#include "supervisor/base/mem.h"
#include "supervisor/config/config.h"
#include "supervisor/config/criteria.h"
#include "supervisor/config/document.h"
#include "supervisor/config/keys.h"
#include "supervisor/config/value.h"
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The environment of all tests. */
static const char *const variables[][2] = {
    {"CC_CI_REPO", "https://example.org/work.git"},
    {"EMPTY", ""},
    {"WORDS", "two words"},
    {"QUOTE", "it's \"so\""},
    {"NESTED", "${CC_CI_REPO}"},
    {"LINES", "a\npoll = 1s"},
    {"ESCAPE", "a\033[31m"},
    {"LATIN", "caf\xE9"},
    {"RANGE", "D1-D3 E1"},
    {"PADDED", "  main  "},
    {"COMMENT", "x # y"},
    {"_1", "one"},
};

static const char *variable(void *arg, const char *name)
{
    (void)arg;
    static char big[3 * CONFIG_LINE_MAX];
    if (strcmp(name, "BIG") == 0)
        return memset(big, 'x', sizeof big - 1);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strcmp(variables[i][0], name) == 0)
            return variables[i][1];
    return NULL;
}

static bool parse(struct config *c, const char *text, size_t n, struct buf *errors)
{
    buf_init(errors, 0);
    return config_parse(c, text, n, "launch.conf", variable, NULL, errors);
}

static char *file_read_all(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    struct buf b;
    buf_init(&b, 0);
    char part[4096];
    for (size_t got; (got = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&b, part, got);
    fclose(f);
    *n = b.len;
    return buf_take(&b);
}

/* --- equality
 * ---------------------------------------------------------------------------------------------------- */

static void words_equal(const struct words *a, const struct words *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_string_equal(a->at[i], b->at[i]);
}

/* All that the key table knows, and all that it does not. */
static void config_equal(const struct config *a, const struct config *b)
{
    assert_int_equal(a->phase_count, b->phase_count);
    for (size_t p = 0; p < a->phase_count; p++) {
        assert_string_equal(a->phases[p].id, b->phases[p].id);
        assert_string_equal(a->phases[p].plan, b->phases[p].plan);
        words_equal(&a->phases[p].criteria, &b->phases[p].criteria);
    }
    assert_int_equal(a->check_count, b->check_count);
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        bool agent = k->kind == CONFIG_AGENT, check = k->kind == CONFIG_CHECK;
        bool other = k->kind == CONFIG_PHASE || k->kind == CONFIG_NOTIFY;
        size_t count = agent ? ROLES : check ? a->check_count : other ? 0 : 1;
        for (size_t r = 0; r < count; r++) {
            struct buf x = {0}, y = {0};
            config_value_write(&x, k, agent ? (const void *)&a->agents[r] : check ? (const void *)&a->checks[r] : a);
            config_value_write(&y, k, agent ? (const void *)&b->agents[r] : check ? (const void *)&b->checks[r] : b);
            assert_string_equal(buf_str(&x), buf_str(&y));
            buf_clear(&x);
            buf_clear(&y);
        }
    }
    assert_int_equal(a->notify_count, b->notify_count);
    for (size_t n = 0; n < a->notify_count; n++) {
        assert_string_equal(a->notifies[n].name, b->notifies[n].name);
        assert_string_equal(a->notifies[n].url, b->notifies[n].url);
        words_equal(&a->notifies[n].command, &b->notifies[n].command);
        words_equal(&a->notifies[n].events, &b->notifies[n].events);
        words_equal(&a->notifies[n].headers, &b->notifies[n].headers);
        assert_string_equal(a->notifies[n].token_file, b->notifies[n].token_file);
        assert_string_equal(a->notifies[n].token_env, b->notifies[n].token_env);
        assert_int_equal(a->notifies[n].timeout, b->notifies[n].timeout);
        assert_int_equal(a->notifies[n].deadman, b->notifies[n].deadman);
    }
    for (int r = 0; r < ROLES; r++) {
        assert_string_equal(a->agents[r].name, b->agents[r].name);
        assert_int_equal(a->agents[r].role, r);
        words_equal(&a->agents[r].command, &b->agents[r].command);
        words_equal(&a->agents[r].env, &b->agents[r].env);
        words_equal(&a->agents[r].env_pass, &b->agents[r].env_pass);
        words_equal(&a->agents[r].env_deny, &b->agents[r].env_deny);
        assert_memory_equal(&a->agents[r].policy, &b->agents[r].policy, sizeof a->agents[r].policy);
    }
    for (size_t i = 0; i < a->check_count; i++)
        assert_string_equal(a->checks[i].name, b->checks[i].name);
    words_equal(&a->criteria, &b->criteria);
    words_equal(&a->operators, &b->operators);
}

/* What is printed parses to the same value, and prints the same again. */
static void round_trip(const struct config *c)
{
    struct buf text, errors, again;
    struct config back;
    buf_init(&text, 0);
    buf_init(&again, 0);
    config_print(c, &text);
    bool good = parse(&back, buf_str(&text), text.len, &errors);
    if (!good)
        fail_msg("config_print is refused:\n%s\n%s", buf_str(&errors), buf_str(&text));
    config_equal(c, &back);
    config_print(&back, &again);
    assert_string_equal(buf_str(&text), buf_str(&again));
    config_clear(&back);
    buf_clear(&text);
    buf_clear(&again);
    buf_clear(&errors);
}

/* --- golden files
 * ------------------------------------------------------------------------------------------------ */

static void golden_one(const char *path)
{
    size_t n = 0, want_n = 0;
    char *text = file_read_all(path, &n);
    assert_non_null(text);
    struct config c;
    struct buf out;
    if (parse(&c, text, n, &out)) {
        assert_int_equal(out.len, 0);
        config_print(&c, &out);
        round_trip(&c);
    } else {
        static const struct config zero;
        assert_memory_equal(&c, &zero, sizeof c);
        assert_true(out.len > 0);
    }
    struct buf name = {0};
    buf_addf(&name, "%.*s.expected", (int)(strlen(path) - strlen(".conf")), path);
    const char *mode = getenv("CCSUP_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        FILE *f = fopen(buf_str(&name), "wb");
        assert_non_null(f);
        fwrite(buf_str(&out), 1, out.len, f);
        fclose(f);
    }
    char *want = file_read_all(buf_str(&name), &want_n);
    if (!want)
        fail_msg("%s is missing; got:\n%s", buf_str(&name), buf_str(&out));
    if (strcmp(want, buf_str(&out)) != 0)
        fail_msg("%s: expected\n%s\ngot\n%s", path, want, buf_str(&out));
    free(want);
    free(text);
    buf_clear(&name);
    buf_clear(&out);
    config_clear(&c);
}

static void test_golden(void **state)
{
    (void)state;
    glob_t g;
    assert_int_equal(glob("golden/config/*.conf", 0, NULL, &g), 0);
    assert_true(g.gl_pathc >= 10);
    for (size_t i = 0; i < g.gl_pathc; i++)
        golden_one(g.gl_pathv[i]);
    globfree(&g);
}

/* The shipped file means what it says. */
static void test_shipped(void **state)
{
    (void)state;
    size_t n = 0;
    char *text = file_read_all("../launch.conf", &n);
    assert_non_null(text);
    struct config c;
    struct buf errors;
    if (!parse(&c, text, n, &errors))
        fail_msg("%s", buf_str(&errors));
    assert_string_equal(c.url, "https://example.org/work.git");
    assert_string_equal(c.branch, "main");
    assert_int_equal(c.orphan_timeout, 15 * 60 * 1000);
    assert_int_equal(c.poll, 30000);
    assert_int_equal(c.repo_timeout, 60000);
    assert_int_equal(c.state_max_bytes, 8 << 20);
    assert_int_equal(c.window, 24 * 3600 * 1000);
    assert_int_equal(c.skew, 120000);
    assert_int_equal(c.confirm, 30000);
    assert_int_equal(c.sweep, 6 * 3600 * 1000);
    assert_int_equal(c.phase_count, 1);
    assert_string_equal(c.phases[0].id, "");
    assert_string_equal(c.phases[0].plan, "plan.md");
    assert_int_equal(c.phases[0].criteria.n, 10);
    assert_string_equal(c.phases[0].criteria.at[9], "D10");
    for (int r = 0; r < ROLES; r++) {
        const struct config_agent *a = &c.agents[r];
        static const struct agent_policy defaults = {.pace = 10000,
                                                     .wake_every = 30 * 60000,
                                                     .restart_delay = 5000,
                                                     .restart_delay_max = 5 * 60000,
                                                     .jitter_percent = 10,
                                                     .start_limit_burst = 10,
                                                     .start_limit_interval = 10 * 60000,
                                                     .grace = 10000,
                                                     .idle_timeout = 20 * 60000,
                                                     .speaks = true,
                                                     .start_timeout = 2 * 60000,
                                                     .tool_timeout = 60 * 60000,
                                                     .max_wait = 30 * 60000,
                                                     .iteration_timeout = 6 * 3600000};
        assert_string_equal(a->name, role_name((enum role)r));
        assert_memory_equal(&a->policy, &defaults, sizeof defaults);
        assert_int_equal(a->command.n, 0);
        assert_string_equal(a->claude.program, "claude");
        assert_string_equal(a->claude.session, "auto");
        assert_true(words_have(&a->env_pass, "CLAUDE_CODE_OAUTH_TOKEN"));
        assert_int_equal(config_agent_find(&c, role_name((enum role)r)), r);
    }
    assert_string_equal(c.agents[ROLE_BUILDER].git_name, "ccsup builder");
    assert_string_equal(c.agents[ROLE_ADVERSARY].git_email, "adversary@ccsup.invalid");
    assert_int_equal(config_agent_find(&c, "nobody"), -1);
    round_trip(&c);
    /* Without the variable: one error, and what to do. */
    struct config none;
    assert_false(config_parse(&none, text, n, "launch.conf", NULL, NULL, &errors));
    assert_string_equal(buf_str(&errors),
                        "launch.conf:11: url: ${CC_CI_REPO} is not set; do 'export CC_CI_REPO=...' before "
                        "ccsup starts, or write $${CC_CI_REPO} for a literal one\n");
    buf_clear(&errors);
    config_clear(&c);
    free(text);
}

/* --- ranges, from the table
 * --------------------------------------------------------------------------------------- */

/* A file that is right but for one line, which replaces or joins what the section has. */
static void file_with(struct buf *b, enum config_kind kind, const char *key, const char *line)
{
    static const struct {
        enum config_kind kind;
        const char *key, *text;
    } base[] = {
        {CONFIG_CCSUP, NULL, "[ccsup]"},
        {CONFIG_REPO, NULL, "[repo]"},
        {CONFIG_REPO, "url", "url = /srv/work.git"},
        {CONFIG_PHASE, NULL, "[phase one]"},
        {CONFIG_PHASE, "plan", "plan = one.md"},
        {CONFIG_PHASE, "criteria", "criteria = A1"},
        {CONFIG_DONE, NULL, "[done]"},
        {CONFIG_DONE, "criteria", "criteria = D1"},
        {CONFIG_BUDGET, NULL, "[budget]"},
        {CONFIG_AGENT, NULL, "[agent adversary]\nrole = adversary\ncommand = b\n[agent builder]"},
        {CONFIG_AGENT, "role", "role = builder"},
        {CONFIG_AGENT, "command", "command = a"},
        {CONFIG_NOTIFY, NULL, "[notify phone]"},
        {CONFIG_NOTIFY, "url", "url = https://host/hook"},
        {CONFIG_CHECK, NULL, "[check one]"},
        {CONFIG_CHECK, "type", "type = command"},
        {CONFIG_CHECK, "command", "command = a"},
    };
    buf_init(b, 0);
    for (size_t i = 0; i < sizeof base / sizeof *base; i++) {
        if (base[i].kind != kind || !base[i].key || strcmp(base[i].key, key) != 0)
            buf_addf(b, "%s\n", base[i].text);
        if (base[i].kind == kind && !base[i].key)
            buf_addf(b, "%s\n", line);
    }
}

static bool key_takes(enum config_kind kind, const char *key, const char *value, struct buf *errors)
{
    struct buf line = {0}, text;
    buf_addf(&line, "%s = %s", key, value);
    file_with(&text, kind, key, buf_str(&line));
    struct config c;
    bool good = parse(&c, buf_str(&text), text.len, errors);
    if (good)
        round_trip(&c);
    config_clear(&c);
    buf_clear(&line);
    buf_clear(&text);
    return good;
}

/* Both ends of each range are taken and one beyond is refused, with the range named. */
static void test_ranges(void **state)
{
    (void)state;
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        if (!k->max)
            continue;
        const int64_t numbers[] = {k->min - 1, k->min, k->max, k->max + 1};
        for (int at = k->min ? 0 : 1; at < 4; at++) {
            int64_t n = numbers[at];
            struct buf value = {0}, errors, range = {0};
            config_value_number(&value, k->type, n);
            bool good = key_takes(k->kind, k->name, buf_str(&value), &errors);
            if (n < k->min || n > k->max) {
                buf_addf(&range, "%s: '%s' is out of range; write ", k->name, buf_str(&value));
                config_value_number(&range, k->type, k->min);
                buf_adds(&range, " to ");
                config_value_number(&range, k->type, k->max);
                assert_false(good);
                assert_non_null(strstr(buf_str(&errors), buf_str(&range)));
            } else {
                /* Only a rule between two keys may still refuse it. */
                assert_null(strstr(buf_str(&errors), "out of range"));
            }
            buf_clear(&value);
            buf_clear(&errors);
            buf_clear(&range);
        }
    }
}

/* Each key's default is what the table says: a file without it, and a file that spells it out, are equal. */
static void test_defaults(void **state)
{
    (void)state;
    struct buf text, errors;
    file_with(&text, CONFIG_KINDS, "", "");
    struct config plain;
    assert_true(parse(&plain, buf_str(&text), text.len, &errors));
    buf_clear(&text);
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        bool url = k->kind == CONFIG_NOTIFY && strcmp(k->name, "url") == 0;
        if (!k->def || strcmp(k->name, "command") == 0 || url) /* one of two is needed */
            continue;
        char *def = config_key_default(k, "builder");
        struct buf line = {0};
        struct config c;
        buf_addf(&line, "%s = %s", k->name, def);
        file_with(&text, k->kind, k->name, buf_str(&line));
        if (!parse(&c, buf_str(&text), text.len, &errors))
            fail_msg("%s: %s", buf_str(&line), buf_str(&errors));
        config_equal(&plain, &c);
        config_clear(&c);
        buf_clear(&text);
        buf_clear(&line);
        free(def);
    }
    config_clear(&plain);
}

/* --- single values
 * ------------------------------------------------------------------------------------------------- */

struct value_case {
    enum config_kind kind;
    const char *key, *value;
    const char *error; /* a part of it; NULL = taken */
};

static const struct value_case value_cases[] = {
    {CONFIG_REPO, "url", "git@host:a/b.git", NULL},
    {CONFIG_REPO, "url", "https://host/a;b#c?d=e", NULL},
    {CONFIG_REPO, "url", "/srv/my work.git", NULL},
    {CONFIG_REPO, "url", "--upload-pack=x", "would be taken for an option"},
    {CONFIG_REPO, "url", "", "names no repository"},
    {CONFIG_REPO, "url", "/srv/a.git ; the repository", "write comments on lines of their own"},
    {CONFIG_REPO, "url", "$${CC_CI_REPO}", NULL},
    {CONFIG_REPO, "url", "${NESTED}", NULL},
    {CONFIG_REPO, "url", "$$${_1}$", NULL},
    {CONFIG_REPO, "url", "${EMPTY}", "${EMPTY} is empty; do 'export EMPTY=...'"},
    {CONFIG_REPO, "url", "${LINES}", "holds a newline"},
    {CONFIG_REPO, "url", "${ESCAPE}", "control character"},
    {CONFIG_REPO, "url", "${LATIN}", "not UTF-8"},
    {CONFIG_REPO, "url", "${CC_CI_REPO:-x}", "is no variable; write ${NAME}"},
    {CONFIG_REPO, "url", "${CC_CI_REPO", "is no variable"},
    {CONFIG_REPO, "url", "${}", "'${}' is no variable"},
    {CONFIG_REPO, "url", "${1A}", "is no variable"},
    {CONFIG_REPO, "branch", "${PADDED}", NULL},
    {CONFIG_REPO, "branch", "feature/a-b", NULL},
    {CONFIG_REPO, "branch", "a..b", "is no branch's name"},
    {CONFIG_REPO, "branch", "a b", "is no branch's name"},
    {CONFIG_REPO, "branch", "x.lock", "is no branch's name"},
    {CONFIG_REPO, "branch", "a/.b", "is no branch's name"},
    {CONFIG_REPO, "branch", "a//b", "is no branch's name"},
    {CONFIG_REPO, "branch", "-f", "is no branch's name"},
    {CONFIG_REPO, "branch", "HEAD", "is no branch's name"},
    {CONFIG_REPO, "branch", "refs/heads/main", "write the branch alone"},
    {CONFIG_REPO, "state_path", "docs/state", NULL},
    {CONFIG_REPO, "state_path", "..a/b..", NULL},
    {CONFIG_REPO, "state_path", "a/../b", "holds '..'"},
    {CONFIG_REPO, "state_path", "..", "holds '..'"},
    {CONFIG_REPO, "state_path", ".", "holds '.'"},
    {CONFIG_REPO, "state_path", "/abs", "begins with a slash"},
    {CONFIG_REPO, "state_path", "a/", "empty part"},
    {CONFIG_REPO, "state_path", "a//b", "empty part"},
    {CONFIG_REPO, "state_path", "a/.Git/b", "leads into .git"},
    {CONFIG_REPO, "poll", "30", "is no duration"},
    {CONFIG_REPO, "poll", "30s ; often", "comment"},
    {CONFIG_REPO, "poll", "1m30s", NULL},
    {CONFIG_REPO, "poll", "-1s", "is no duration"},
    {CONFIG_REPO, "poll", "", "is no duration"},
    {CONFIG_REPO, "poll", "99999999999999999999s", "is no duration"},
    {CONFIG_REPO, "state_max_bytes", "4096", NULL},
    {CONFIG_REPO, "state_max_bytes", "512KiB", NULL},
    {CONFIG_REPO, "state_max_bytes", "1025", NULL},
    {CONFIG_REPO, "state_max_bytes", "64MiB", NULL},
    {CONFIG_REPO, "state_max_bytes", "67108865", "write 1KiB to 64MiB"},
    {CONFIG_REPO, "state_max_bytes", "999999999999MiB", "write 1KiB to 64MiB"},
    {CONFIG_REPO, "state_max_bytes", "8MB", "is no size"},
    {CONFIG_REPO, "state_max_bytes", "99999999999999999999", "is no size"},
    {CONFIG_REPO, "operators", "me@example.org  you@example.org", NULL},
    {CONFIG_REPO, "operators", "me@example.org, you@example.org", "ends with a comma"},
    {CONFIG_REPO, "operators", "me@example.org me@example.org", "listed twice"},
    {CONFIG_REPO, "operators", "Me <me@example.org>", "is no e-mail address"},
    {CONFIG_REPO, "operators", "Builder@ccsup.invalid", "an agent is no operator"},
    {CONFIG_REPO, "operators", "a@b@c", "is no e-mail address"},
    {CONFIG_DONE, "criteria", "${RANGE}", NULL},
    {CONFIG_DONE, "criteria", "D1-D10 E2E-TESTME A.1_B", NULL},
    {CONFIG_DONE, "criteria", "D1 # first", "comment"},
    {CONFIG_DONE, "sweep", "1d", "sweep is not shorter than window (1d)"},
    {CONFIG_DONE, "sweep", "23h", NULL},
    {CONFIG_PHASE, "plan", "repo:docs/plan.md", NULL},
    {CONFIG_PHASE, "plan", "../plan.md", NULL},
    {CONFIG_PHASE, "plan", "/etc/plan.md", NULL},
    {CONFIG_PHASE, "plan", "repo:", "names no file"},
    {CONFIG_PHASE, "plan", "repo:../x", "holds '..'"},
    {CONFIG_PHASE, "plan", "repo:/x", "begins with a slash"},
    {CONFIG_PHASE, "plan", "\"plan.md\"", "has quotes around it"},
    {CONFIG_PHASE, "plan", "", "names no file"},
    {CONFIG_AGENT, "role", "Builder", "is no role; write builder or adversary"},
    {CONFIG_AGENT, "command", "sh -c 'echo # ; \"x\" $${HOME}'", NULL},
    {CONFIG_AGENT, "command", "a ; b # c", NULL},
    {CONFIG_AGENT, "command", "x ${WORDS} '${QUOTE}'", NULL},
    {CONFIG_AGENT, "command", "x \"it's\" a\\ b '' '\\'", NULL},
    {CONFIG_AGENT, "command", "x 'open", "quote is not closed"},
    {CONFIG_AGENT, "command", "x \\", "backslash at the end"},
    {CONFIG_AGENT, "command", "''", "names no program"},
    {CONFIG_AGENT, "command", "", "names no program"},
    {CONFIG_AGENT, "command", "x ${BIG}", "the value is too long: 12001 bytes when written out, at most 3900"},
    {CONFIG_AGENT, "git_name", "Builder #2", NULL},
    {CONFIG_AGENT, "git_name", "Builder # the first", "comment"},
    {CONFIG_AGENT, "git_name", "${COMMENT}", "comment"},
    {CONFIG_AGENT, "git_name", "a <b>", "holds < or >"},
    {CONFIG_AGENT, "git_name", "", "is no name"},
    {CONFIG_AGENT, "git_email", "builder", "is no e-mail address"},
    {CONFIG_AGENT, "git_email", "Adversary@ccsup.invalid", "is that of [agent adversary] too"},
    {CONFIG_AGENT, "env", "A=1 B='x y' C= D=a=b", NULL},
    {CONFIG_AGENT, "env", "A=${WORDS} B=$${A}", NULL},
    {CONFIG_AGENT, "env", "A", "'A' is not NAME=VALUE"},
    {CONFIG_AGENT, "env", "1A=x", "is not NAME=VALUE"},
    {CONFIG_AGENT, "env", "A=1 A=secret", "'A' is set twice"},
    {CONFIG_AGENT, "env", "CCSUP_RUN_ID=x", "is ccsup's own"},
    {CONFIG_AGENT, "env", "GIT_AUTHOR_EMAIL=x@y", "write git_name and git_email"},
    {CONFIG_AGENT, "env", "TMPDIR=/x", "is set by ccsup"},
    {CONFIG_AGENT, "env_pass", "A B_* *", NULL},
    {CONFIG_AGENT, "env_pass", "A=1", "only the name stands here"},
    {CONFIG_AGENT, "env_pass", "A # b", "begins a comment"},
    {CONFIG_AGENT, "env_pass", "*A", "is no variable's name"},
    {CONFIG_AGENT, "env_pass", "A, B", "is no variable's name"},
    {CONFIG_AGENT, "jitter", "51", "write 0 to 50"},
    {CONFIG_AGENT, "jitter", "10%", "is no whole number"},
    {CONFIG_AGENT, "pace", "1h", "wake_every (30m, the default) is shorter than pace (1h); write wake_every = 1h"},
    {CONFIG_AGENT, "wake_every", "5s", "wake_every (5s) is shorter than pace (10s)"},
    {CONFIG_AGENT, "restart_delay", "10m", "restart_delay_max (5m, the default) is shorter than restart_delay (10m)"},
    {CONFIG_AGENT, "grace", "0", NULL},
    {CONFIG_NOTIFY, "url", "http://127.0.0.1:8080/x?y=z", NULL},
    {CONFIG_NOTIFY, "url", "ftp://host/", "is no address of the web"},
    {CONFIG_NOTIFY, "url", "https:///x", "names no host"},
    {CONFIG_NOTIFY, "url", "", "[notify phone] has neither url nor command; write url = "},
    {CONFIG_NOTIFY, "command", "mail -s hello me", "[notify phone] has both url and command"},
    {CONFIG_NOTIFY, "events", "done held crashed", NULL},
    {CONFIG_NOTIFY, "events", "done finished", "'finished' is no event; write all, or some of done phase held"},
    {CONFIG_NOTIFY, "token_file", "secrets/hook", NULL},
    {CONFIG_NOTIFY, "token_env", "HOOK_TOKEN", NULL},
    {CONFIG_NOTIFY, "token_env", "$HOOK_TOKEN", "is no variable's name; write the name alone, without $"},
    {CONFIG_NOTIFY, "url", "http://host/hook\ntoken_env = T", "token_env would be sent unencrypted (url, line "},
    {CONFIG_NOTIFY, "url", "http://127.0.0.1/hook\ntoken_env = T", NULL},
    {CONFIG_NOTIFY, "token_env", "T\ntoken_file = x", "are given; remove one of them"},
    {CONFIG_NOTIFY, "deadman", "5m\nevents = done", "events and deadman (line "},
    {CONFIG_NOTIFY, "header", "'X-Priority: high' 'X-Team: a b'", NULL},
    {CONFIG_NOTIFY, "header", "X-Priority: high", "is no header; write it in quotes"},
    {CONFIG_NOTIFY, "header", "'X Y: secret'", "'X Y' is no header"},
    {CONFIG_NOTIFY, "deadman", "5m", NULL},
    {CONFIG_NOTIFY, "deadman", "5ms", "deadman is shorter than a second"},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof value_cases / sizeof *value_cases; i++) {
        const struct value_case *v = &value_cases[i];
        struct buf errors;
        bool good = key_takes(v->kind, v->key, v->value, &errors);
        if (good != !v->error || (v->error && !strstr(buf_str(&errors), v->error)))
            fail_msg("%s = %s: expected %s, got %s", v->key, v->value, v->error ? v->error : "to be taken",
                     good ? "taken" : buf_str(&errors));
        /* One mistake, one line. */
        if (v->error)
            assert_ptr_equal(strchr(buf_str(&errors), '\n'), errors.data + errors.len - 1);
        buf_clear(&errors);
    }
}

/* A value of the environment never shows in a message: it may be a secret. */
static void test_secrets(void **state)
{
    (void)state;
    static const char *const lines[][2] = {{"git_email", "${WORDS}"}, {"git_name", "<${WORDS}>"}, {"env", "${WORDS}"},
                                           {"env", "A=1 A=${WORDS}"}, {"env_pass", "${WORDS}"},   {"role", "${WORDS}"},
                                           {"pace", "${WORDS}"},      {"jitter", "${WORDS}"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct buf errors;
        assert_false(key_takes(CONFIG_AGENT, lines[i][0], lines[i][1], &errors));
        if (strstr(buf_str(&errors), "two words"))
            fail_msg("%s = %s: %s", lines[i][0], lines[i][1], buf_str(&errors));
        buf_clear(&errors);
    }
}

/* What words and text came out as. */
static void test_substitution(void **state)
{
    (void)state;
    const char *text = "[repo]\nurl = ${NESTED}\nbranch = ${PADDED}\n[done]\ncriteria = ${RANGE}\n[agent "
                       "b]\nrole = builder\n"
                       "command = x ${WORDS} '${QUOTE}' $${WORDS} a${_1}b $$${_1} $ $_1\n"
                       "[agent a]\nrole = adversary\ncommand = y";
    static const char *const want[] = {"x", "two words", "it's \"so\"", "${WORDS}", "aoneb", "${_1}", "$", "$_1"};
    struct config c;
    struct buf errors;
    if (!parse(&c, text, strlen(text), &errors))
        fail_msg("%s", buf_str(&errors));
    assert_string_equal(c.url, "${CC_CI_REPO}"); /* not expanded again */
    assert_string_equal(c.branch, "main");
    assert_int_equal(c.criteria.n, 4);
    assert_int_equal(c.agents[ROLE_BUILDER].command.n, sizeof want / sizeof *want);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (i != 5) /* $$${_1}: a dollar and a literal ${_1} */
            assert_string_equal(c.agents[ROLE_BUILDER].command.at[i], want[i]);
    assert_string_equal(c.agents[ROLE_BUILDER].command.at[5], "$${_1}");
    assert_int_equal(config_agent_find(&c, "b"), ROLE_BUILDER);
    assert_int_equal(config_agent_find(&c, "adversary"), ROLE_ADVERSARY);
    round_trip(&c);
    config_clear(&c);
    buf_clear(&errors);
}

/* --- criteria
 * -------------------------------------------------------------------------------------------------------- */

static void test_criteria(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* the list as words, or NULL and */
        const char *error;
    } cases[] = {
        {"D1", "D1", NULL},
        {" D1  D2\tD3 ", "D1 D2 D3", NULL},
        {"D1-D3", "D1 D2 D3", NULL},
        {"D9-D11", "D9 D10 D11", NULL},
        {"D08-D11", "D08 D09 D10 D11", NULL},
        {"D5-D5", "D5", NULL},
        {"WC1-WC2 C1-C2", "WC1 WC2 C1 C2", NULL},
        {"E2E-TESTME A1-B2 D1-D2-D3", "E2E-TESTME A1-B2 D1-D2-D3", NULL}, /* none is a range */
        {"D1.2 D_X A-1", "D1.2 D_X A-1", NULL},
        {"D0-D1", "D0 D1", NULL},
        {"", NULL, "no ids"},
        {"  ", NULL, "no ids"},
        {"D3-D1", NULL, "the range D3-D1 runs backwards; write D1-D3"},
        {"D1-D201", NULL, "201 ids; at most 200"},
        {"D1-D999999999", NULL, "999999999 ids; at most 200"},
        {"D1-D99999999999999999999", NULL, "does not count"},
        {"D1-D010", NULL, "does not count"},
        {"D1 D1", NULL, "D1 is listed twice"},
        {"D2 D1-D3", NULL, "D2 is listed twice"},
        {"d1", NULL, "'d1' is no id"},
        {"1D", NULL, "is no id"},
        {"D1-", NULL, "is no id"},
        {"D1--D2", NULL, "is no id"},
        {"D1-d3", NULL, "is no id"},
        {"D1\xE2\x80\x93"
         "D3",
         NULL, "is no id"},
        {"D1, D2", NULL, "'D1,' ends with a comma"},
        {"D1;", NULL, "is no id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct words got = {0}, want = {0};
        struct err e = {""};
        bool good = config_criteria(&got, cases[i].text, &e);
        if (good != !cases[i].error || (!good && !strstr(e.text, cases[i].error)))
            fail_msg("'%s': %s", cases[i].text, e.text);
        if (good) {
            words_split(&want, cases[i].want, NULL);
            words_equal(&got, &want);
        }
        words_clear(&got);
        words_clear(&want);
    }
    struct words all = {0};
    struct err e = {""};
    assert_true(config_criteria(&all, "D1-D200", &e));
    assert_int_equal(all.n, 200);
    words_clear(&all);
    assert_false(config_criteria(&all, "A1-A200 B1-B200 C1-C200 D1-D200 E1-E200 F1", &e));
    assert_string_equal(e.text, "more than 1000 ids; a run that large needs phases");
    words_clear(&all);
}

/* Any list is written so that it is read back; runs come out as ranges. */
static void test_criteria_write(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"D1 D2 D3 D5", "D1-D3 D5"},
        {"D1 D2", "D1 D2"},
        {"D3 D2 D1", "D3 D2 D1"},
        {"D8 D9 D10 D11", "D8-D11"},
        {"D08 D09 D10 D11", "D08-D11"},
        {"D8 D09 D10 D11", "D8 D09-D11"},
        {"D98 D99 D100", "D98-D100"},
        {"D098 D099 D100", "D098-D100"},
        {"A1-A200 A201-A300", "A1-A200 A201-A300"},
        {"A1 B2 C3", "A1 B2 C3"},
        {"X-1 X-2 X-3", "X-1 X-2 X-3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct words a = {0}, b = {0};
        struct buf text = {0};
        assert_true(config_criteria(&a, cases[i].text, NULL));
        config_criteria_write(&text, &a, a.n);
        assert_string_equal(buf_str(&text), cases[i].want);
        assert_true(config_criteria(&b, buf_str(&text), NULL));
        words_equal(&a, &b);
        words_clear(&a);
        words_clear(&b);
        buf_clear(&text);
    }
}

/* --- damaged input
 * --------------------------------------------------------------------------------------------------- */

static uint32_t rand_next(uint32_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 17;
    *s ^= *s << 5;
    return *s;
}

/* Pieces that break things in ways that single bytes rarely do. */
static const char *const pieces[] = {
    "\n",
    "\r\n",
    "[",
    "]",
    "=",
    ":",
    " ",
    "\t",
    "#",
    ";",
    "${",
    "}",
    "$${",
    "'",
    "\"",
    "\\",
    "-",
    "D1-D200",
    "\xEF\xBB\xBF",
    "[agent x]\n",
    "[phase 2]\n",
    "${QUOTE}",
    "${WORDS}",
    "${RANGE}",
    "\n[done]\n",
    "\n  ",
    "1h",
    "99999999999",
    "\xC2\xA0",
    "role = builder\n",
    "criteria = A1-A9 B2\n",
    "plan = x\n",
    "\xFF",
    "\x1B[",
    "\xE2\x80\xAE",
    "@",
    "..",
    "*",
};

static void mutate(struct buf *b, uint32_t *seed)
{
    for (uint32_t k = 1 + rand_next(seed) % 4; k && b->len; k--) {
        size_t at = rand_next(seed) % b->len;
        uint32_t what = rand_next(seed) % 5;
        if (what == 0) {
            b->data[at] = (char)rand_next(seed);
        } else if (what == 1) {
            size_t n = 1 + rand_next(seed) % 40;
            n = at + n > b->len ? b->len - at : n;
            memmove(b->data + at, b->data + at + n, b->len - at - n + 1);
            b->len -= n;
        } else {
            struct buf tail = {0};
            buf_add(&tail, b->data + at, b->len - at);
            b->len = at;
            if (what == 2) {
                buf_adds(b, pieces[rand_next(seed) % (sizeof pieces / sizeof *pieces)]);
            } else if (what == 3) { /* a stretch again */
                size_t from = at ? rand_next(seed) % at : 0, n = rand_next(seed) % 200;
                char *copy = mem_strndup(b->data + from, at - from < n ? at - from : n);
                buf_adds(b, copy);
                free(copy);
            } else {
                for (uint32_t n = rand_next(seed) % 5000; n; n--)
                    buf_adds(b, "x");
            }
            buf_add(b, buf_str(&tail), tail.len);
            buf_clear(&tail);
        }
    }
}

/* Whatever the bytes: no crash, no leak (under ASan), either a value that survives config_print or errors
 * that are whole lines, in order, without control bytes. CCSUP_FUZZ = rounds. */
static void test_mutations(void **state)
{
    (void)state;
    const char *rounds = getenv("CCSUP_FUZZ");
    uint32_t seed = 20240917;
    size_t n = 0, good = 0;
    char *text = file_read_all("golden/config/full.conf", &n);
    assert_non_null(text);
    for (long i = rounds ? atol(rounds) : 3000; i > 0; i--) {
        struct buf b = {0}, errors;
        struct config c;
        buf_add(&b, text, n);
        mutate(&b, &seed);
        if (parse(&c, b.data, b.len, &errors)) {
            good++;
            round_trip(&c);
        } else {
            long last = 0;
            assert_true(errors.len && errors.data[errors.len - 1] == '\n');
            for (char *p = strtok(errors.data, "\n"); p; p = strtok(NULL, "\n")) {
                assert_int_equal(strncmp(p, "launch.conf:", 12), 0);
                long line = p[12] == ' ' ? 1000000 : atol(p + 12);
                assert_true(line > 0 && line >= last);
                last = line;
                for (char *q = p; *q; q++)
                    assert_true((unsigned char)*q >= 0x20 && *q != 0x7F);
            }
        }
        config_clear(&c);
        buf_clear(&b);
        buf_clear(&errors);
    }
    assert_true(good > 0);
    free(text);
}

/* Sizes: a line of exactly the maximum is read whole, one byte more is refused and not read as two lines. */
static void test_sizes(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct buf line = {0}, text, errors;
        struct config c;
        buf_adds(&line, "command =");
        while (line.len < CONFIG_LINE_MAX - 3880)
            buf_adds(&line, " ");
        while (line.len < (size_t)CONFIG_LINE_MAX + (size_t)extra)
            buf_adds(&line, "x");
        file_with(&text, CONFIG_AGENT, "command", buf_str(&line));
        assert_true(parse(&c, buf_str(&text), text.len, &errors) == !extra);
        if (extra)
            assert_string_equal(buf_str(&errors), "launch.conf:14: the line has 4001 bytes; at most 4000\n");
        else
            assert_int_equal(strlen(c.agents[ROLE_BUILDER].command.at[0]), 3880);
        config_clear(&c);
        buf_clear(&text);
        buf_clear(&errors);
        buf_clear(&line);
    }
    char *big = mem_zalloc(CONFIG_FILE_MAX + 1);
    memset(big, '\n', CONFIG_FILE_MAX + 1);
    struct config c;
    struct buf errors;
    assert_false(parse(&c, big, CONFIG_FILE_MAX + 1, &errors));
    assert_string_equal(buf_str(&errors), "launch.conf: the file has 1048577 bytes; at most 1048576\n");
    buf_clear(&errors);
    /* A file of nothing but errors: so many are named, the rest is counted. */
    memset(big, 'x', CONFIG_FILE_MAX);
    for (size_t i = 1; i < CONFIG_FILE_MAX; i += 2)
        big[i] = '\n';
    assert_false(parse(&c, big, CONFIG_FILE_MAX, &errors));
    assert_true(errors.len < 20000);
    assert_non_null(strstr(buf_str(&errors), " more; correct these first\n"));
    buf_clear(&errors);
    free(big);
}

/* The name that a misspelt one is near to. */
static void test_suggestions(void **state)
{
    (void)state;
    static const struct {
        enum config_kind kind;
        const char *wrong, *hint;
    } cases[] = {
        {CONFIG_REPO, "pol", "; did you mean 'poll'?"},
        {CONFIG_REPO, "Branch", "; did you mean 'branch'?"},
        {CONFIG_REPO, "opertaors", "; did you mean 'operators'?"},
        {CONFIG_AGENT, "env-pass", "; did you mean 'env_pass'?"},
        {CONFIG_AGENT, "restart_max_delay", "; there are role, claude,"},
        {CONFIG_DONE, "poll", "; it belongs under [repo]"},
        {CONFIG_REPO, "pace", "; it belongs under [agent NAME]"},
        {CONFIG_PHASE, "colour", "; there are plan, criteria"},
        {CONFIG_DONE, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "; there are criteria, waive, window"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        config_key_suggest(&b, cases[i].kind, cases[i].wrong);
        if (strncmp(buf_str(&b), cases[i].hint, strlen(cases[i].hint)) != 0)
            fail_msg("%s: %s", cases[i].wrong, buf_str(&b));
        buf_clear(&b);
    }
}

/* Each key of the table is in both lists, once. */
static void test_keys(void **state)
{
    (void)state;
    for (int man = 0; man < 2; man++) {
        struct buf b = {0};
        config_keys(&b, man);
        const char *at = buf_str(&b);
        for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
            struct buf want = {0};
            buf_addf(&want, man ? "\n.It Ic %s No = " : "\n%s = ", config_key_table[i].name);
            at = strstr(at, buf_str(&want));
            assert_non_null(at);
            at++;
            buf_clear(&want);
        }
        buf_clear(&b);
    }
}

static const char *real_variable(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

/* A file, with the real environment. */
static int check_file(const char *path)
{
    size_t n = 0;
    char *text = file_read_all(path, &n);
    struct config c = {0};
    struct buf errors = {0};
    bool good = text && config_parse(&c, text, n, path, real_variable, NULL, &errors);
    if (!good)
        fprintf(stderr, "%s", text ? buf_str(&errors) : "no such file\n");
    config_clear(&c);
    buf_clear(&errors);
    free(text);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return check_file(argv[2]);
    if (argc == 2 && (strcmp(argv[1], "keys") == 0 || strcmp(argv[1], "mdoc") == 0)) {
        struct buf b = {0};
        config_keys(&b, strcmp(argv[1], "mdoc") == 0);
        fputs(buf_str(&b), stdout);
        buf_clear(&b);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),       cmocka_unit_test(test_shipped),  cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_values),   cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_substitution), cmocka_unit_test(test_criteria), cmocka_unit_test(test_criteria_write),
        cmocka_unit_test(test_mutations),    cmocka_unit_test(test_sizes),    cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
