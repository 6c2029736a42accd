#include "supervisor/base/duration.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/cli/value.h"
#include "supervisor/cli/wait.h"
#include "supervisor/sys/clock.h"
#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, MAX_WAIT = 30 * MINUTE };
#define DAY (INT64_C(24) * 60 * MINUTE)

#define KIND(name) (1u << PROBE_##name)

/* The options that are about some kinds of probe only. */
static const struct {
    const char *option;
    unsigned kinds;
} wait_options[] = {
    {"fail-exit", KIND(CMD)},
    {"status", KIND(HTTP)},
    {"header", KIND(HTTP)},
    {"ca", KIND(HTTP) | KIND(TLS)},
    {"days", KIND(TLS)},
    {"exists", KIND(FILE)},
    {"absent", KIND(FILE)},
    {"newer-than", KIND(FILE)},
    {"moved-from", KIND(GIT)},
    {"subject", KIND(GIT)},
    {"file", KIND(GIT)},
    {"pin", KIND(GIT)},
    {"ok", KIND(CMD) | KIND(HTTP) | KIND(FILE) | KIND(GIT)},
    {"fail", KIND(CMD) | KIND(HTTP) | KIND(FILE) | KIND(GIT)},
};

static const char *const probe_words[] = {
#define X(name, word) word,
    PROBES(X)
#undef X
};

/* What each kind is about: how many words, and how they are written. */
static const struct {
    int min, max;
    const char *form;
} probe_forms[] = {
    [PROBE_CMD] = {1, -1, "cmd -- COMMAND [ARGUMENT...]"},
    [PROBE_HTTP] = {1, 1, "http URL"},
    [PROBE_TCP] = {1, 1, "tcp HOST:PORT"},
    [PROBE_TLS] = {1, 1, "tls HOST:PORT"},
    [PROBE_FILE] = {1, 1, "file PATH"},
    [PROBE_GIT] = {2, 2, "git REMOTE REF"},
    [PROBE_VERDICT] = {1, 1, "verdict ID[,ID...]"},
};

static enum cli_exit spec_regex(const struct cli *cli, const char *option, struct wait_regex *r)
{
    const char *text = cli_given(cli, option);
    if (!text)
        return CLI_YES;
    if (!*text)
        return cli_usage(cli, "--%s needs a regular expression, not nothing", option);
    int rc = regcomp(&r->re, text, REG_EXTENDED | REG_NEWLINE);
    char why[200];
    if (rc) {
        regerror(rc, &r->re, why, sizeof why);
        return cli_usage(cli, "--%s '%s' is no extended regular expression: %s", option, text, why);
    }
    r->set = true;
    return CLI_YES;
}

/* "200-299,304" into set. */
static enum cli_exit spec_ranges(const struct cli *cli, const char *option, const char *text, bool *set, long least,
                                 long most)
{
    for (const char *p = text; *p;) {
        char *end;
        long from = strtol(p, &end, 10), to = from;
        if (end != p && *end == '-') {
            const char *second = end + 1;
            to = strtol(second, &end, 10);
            if (end == second)
                to = -1;
        }
        if (end == p || (*end && *end != ',') || (*end == ',' && !end[1]) || from < least || to > most || to < from)
            break;
        for (long i = from; i <= to; i++)
            set[i] = true;
        p = *end ? end + 1 : end;
        if (!*p)
            return CLI_YES;
    }
    return cli_usage(cli, "--%s takes numbers and ranges from %ld to %ld, such as %s, not '%s'", option, least, most,
                     most < 300 ? "3,4" : "200-299,304", text);
}

static enum cli_exit spec_name(const struct cli *cli, struct wait_spec *s)
{
    s->name = cli_given(cli, "name") ? cli_given(cli, "name") : "";
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = strlen(s->name);
    if (!cli_given(cli, "name") || (n && n <= WAIT_NAME_MAX && s->name[0] != '.' && strspn(s->name, good) == n))
        return CLI_YES;
    return cli_usage(cli, "--name takes at most %d letters, digits, '.', '_' and '-', and no '.' first, not '%s'",
                     WAIT_NAME_MAX, s->name);
}

/* The longest wait that needs no --long: a Bash tool of an agent is given as long (agent.max_wait). */
static int64_t spec_max_wait(struct cli *cli)
{
    struct err e = {""};
    cli->have_paths = cli->have_paths || paths_find(&cli->paths, cli->dir, &e);
    if (!cli->have_paths || !cli_config_try(cli))
        return MAX_WAIT;
    int64_t most = 0;
    for (int role = 0; role < ROLES; role++) {
        int64_t one = cli->config.agents[role].policy.max_wait;
        most = one > most ? one : most;
    }
    return most ? most : MAX_WAIT;
}

static enum cli_exit spec_limit(struct cli *cli, struct wait_spec *s)
{
    const char *until = cli_given(cli, "until");
    enum cli_exit code = value_length(cli, "timeout", "15m", SECOND / 10, 30 * DAY, &s->timeout_ms);
    if (code == CLI_YES && until && cli_given(cli, "timeout"))
        return cli_usage(cli, "give --timeout or --until, not both");
    if (until && (!*until || timestamp_parse(until, strlen(until), &s->until) != strlen(until)))
        return cli_usage(cli, "--until is a time such as 2026-05-28T08:10:00Z, not '%s'", until);
    if (until)
        s->timeout_ms = s->until * SECOND - clock_now();
    int64_t most =
        code == CLI_YES && s->timeout_ms > 15 * MINUTE && !cli_given(cli, "long") ? spec_max_wait(cli) : INT64_MAX;
    if (s->timeout_ms <= most)
        return code;
    struct buf b;
    buf_init(&b, 0);
    duration_format(&b, most);
    code =
        cli_usage(cli, "that is longer than an agent's tool may wait (%s, agent.max_wait); if it is meant, add --long",
                  buf_str(&b));
    buf_clear(&b);
    return code;
}

static enum cli_exit spec_times(struct cli *cli, struct wait_spec *s)
{
    enum cli_exit code = spec_limit(cli, s);
    if (code == CLI_YES)
        code = value_length(cli, "every", "30s", SECOND / 10, DAY, &s->rules.every);
    if (code == CLI_YES)
        code = value_length(cli, "probe-timeout", "20s", SECOND / 10, 30 * MINUTE, &s->probe_timeout);
    if (code == CLI_YES)
        code = value_length(cli, "initial-delay", "0", 0, DAY, &s->initial_delay);
    if (code == CLI_YES)
        code = value_length(cli, "progress", "5m", 0, DAY, &s->rules.progress);
    if (code == CLI_YES)
        code = value_number(cli, "stable", 1, 1, 1000, &s->rules.stable);
    if (code == CLI_YES)
        code = value_number(cli, "fail-stable", 2, 1, 1000, &s->rules.fail_stable);
    if (code == CLI_YES)
        code = value_number(cli, "max-probe-errors", 10, 0, 100000, &s->rules.max_errors);
    return code;
}

/* HOST:PORT or [ADDRESS]:PORT */
static bool spec_is_endpoint(const char *text)
{
    const char *colon = strrchr(text, ':');
    char *end;
    if (!colon || colon == text || (strchr(text, ':') != colon && (text[0] != '[' || colon[-1] != ']')))
        return false;
    long port = strtol(colon + 1, &end, 10);
    return colon[1] >= '0' && colon[1] <= '9' && !*end && port >= 1 && port <= 65535 && !strpbrk(text, "/@ \t");
}

static enum cli_exit spec_file(const struct cli *cli, struct wait_spec *s)
{
    const char *newer = cli_given(cli, "newer-than");
    s->absent = cli_given(cli, "absent") != NULL;
    if (s->absent && (newer || cli_given(cli, "exists") || s->ok.set || s->fail.set))
        return cli_usage(cli, "--absent goes with none of --exists, --newer-than, --ok and --fail");
    if (newer && timestamp_parse(newer, strlen(newer), &s->newer_than) != strlen(newer))
        return cli_usage(cli, "--newer-than is a time such as 2026-05-28T08:10:00Z, not '%s'", newer);
    s->newer_than *= SECOND;
    return CLI_YES;
}

static bool spec_is_sha(const char *text)
{
    size_t n = strlen(text);
    return n >= 4 && n <= 64 && strspn(text, "0123456789abcdef") == n;
}

static enum cli_exit spec_git(const struct cli *cli, struct wait_spec *s)
{
    static const char *const shas[] = {"moved-from", "pin"};
    for (size_t i = 0; i < 2; i++) {
        const char *sha = cli_given(cli, shas[i]);
        if (sha && !spec_is_sha(sha))
            return cli_usage(cli, "--%s is a commit's name, 4 to 64 of 0-9 and a-f, not '%s'", shas[i], sha);
    }
    s->moved_from = cli_given(cli, "moved-from") ? cli_given(cli, "moved-from") : "";
    s->path = cli_given(cli, "file") ? cli_given(cli, "file") : "";
    s->pin = cli_given(cli, "pin") ? cli_given(cli, "pin") : "";
    if (s->words[0][0] == '-' || s->words[1][0] == '-')
        return cli_usage(cli, "a remote or ref does not begin with '-'");
    if ((s->ok.set || s->fail.set) && !*s->path)
        return cli_usage(cli, "--ok and --fail of git are about a file there: name it with --file PATH");
    return CLI_YES;
}

/* "$NAME" of a variable that is not set: that nothing is there, or that each of no criteria passes, would hold at
 * once. */
static bool spec_filled(const struct cli *cli, const struct wait_spec *s, const char *form)
{
    static const char *const filled[] = {"newer-than", "file", "ca"};
    for (int i = 0; i < s->word_count; i++)
        if (!*s->words[i] && (s->kind != PROBE_CMD || i == 0))
            return cli_usage(cli, "a word of the probe is empty; it is written: %s", form), false;
    for (size_t i = 0; i < sizeof filled / sizeof *filled; i++)
        if (cli_given(cli, filled[i]) && !*cli_given(cli, filled[i]))
            return cli_usage(cli, "--%s is empty", filled[i]), false;
    return true;
}

static enum cli_exit spec_probe(struct cli *cli, struct wait_spec *s)
{
    size_t kind = 0;
    while (kind < sizeof probe_words / sizeof *probe_words && strcmp(probe_words[kind], cli->words[0]) != 0)
        kind++;
    if (kind == sizeof probe_words / sizeof *probe_words)
        return cli_usage(cli, "the probe is one of cmd, http, tcp, tls, file, git and verdict, not '%s'",
                         cli->words[0]);
    s->kind = (enum probe_kind)kind;
    s->words = cli->words + 1;
    s->word_count = cli->word_count - 1;
    if (s->word_count < probe_forms[kind].min || (probe_forms[kind].max >= 0 && s->word_count > probe_forms[kind].max))
        return cli_usage(cli, "the probe is written: %s", probe_forms[kind].form);
    for (size_t i = 0; i < sizeof wait_options / sizeof *wait_options; i++)
        if (cli_given(cli, wait_options[i].option) && !(wait_options[i].kinds & 1u << kind))
            return cli_usage(cli, "--%s has no meaning for the probe %s", wait_options[i].option, probe_words[kind]);
    if (!spec_filled(cli, s, probe_forms[kind].form))
        return CLI_USAGE;
    const char *word = s->words[0], *exits = cli_given(cli, "fail-exit"), *status = cli_given(cli, "status");
    s->headers = cli_all(cli);
    s->ca = cli_given(cli, "ca") ? cli_given(cli, "ca") : "";
    s->moved_from = s->path = s->pin = "";
    switch (s->kind) {
    case PROBE_CMD: return exits ? spec_ranges(cli, "fail-exit", exits, s->fail_exit, 1, 255) : CLI_YES;
    case PROBE_HTTP:
        if (strncmp(word, "http://", 7) != 0 && strncmp(word, "https://", 8) != 0)
            return cli_usage(cli, "the URL begins with http:// or https://, not '%s'", word);
        for (size_t i = 0; i < s->headers->n; i++)
            if (!strchr(s->headers->at[i], ':') || s->headers->at[i][0] == ':')
                return cli_usage(cli, "a header is written NAME: VALUE, or NAME: @FILE");
        return spec_ranges(cli, "status", status ? status : "200-299", s->statuses, 100, WAIT_STATUSES - 1);
    case PROBE_TCP:
    case PROBE_TLS:
        if (!spec_is_endpoint(word))
            return cli_usage(cli, "needs HOST:PORT, such as example.org:443 or [::1]:443, not '%s'", word);
        return s->kind == PROBE_TLS ? value_number(cli, "days", 14, 0, 10000, &s->days) : CLI_YES;
    case PROBE_FILE: return spec_file(cli, s);
    case PROBE_GIT: return spec_git(cli, s);
    case PROBE_VERDICT: return CLI_YES;
    }
    return CLI_YES;
}

enum cli_exit wait_spec_read(struct cli *cli, struct wait_spec *s)
{
    memset(s, 0, sizeof *s);
    s->json = cli_given(cli, "json") != NULL;
    enum cli_exit code = spec_name(cli, s);
    if (code == CLI_YES)
        code = spec_regex(cli, "ok", &s->ok);
    if (code == CLI_YES)
        code = spec_regex(cli, "fail", &s->fail);
    if (code == CLI_YES)
        code = spec_regex(cli, "subject", &s->subject);
    if (code == CLI_YES)
        code = spec_times(cli, s);
    if (code == CLI_YES)
        code = spec_probe(cli, s);
    return code;
}

void wait_spec_clear(struct wait_spec *s)
{
    struct wait_regex *all[] = {&s->ok, &s->fail, &s->subject};
    for (size_t i = 0; i < 3; i++)
        if (all[i]->set)
            regfree(&all[i]->re);
    memset(s, 0, sizeof *s);
}
