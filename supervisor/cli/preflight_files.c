/* launch.conf and the files that it names: there, and filled in. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/check.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/sys/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4 << 20 };

static const char *config_env(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

enum preflight_end preflight_config(struct preflight *p)
{
    struct cli *cli = p->cli;
    struct err e = {""};
    if (!cli->have_paths && !paths_find(&cli->paths, cli->dir, &e))
        return preflight_fail(p, "go to the folder of launch.conf, or name it with -C DIR", "%s", e.text);
    if (cli->have_config)
        return preflight_ok(p, "%s: %zu phase%s, %zu check%s of its own", cli->paths.config, cli->config.phase_count,
                            cli->config.phase_count == 1 ? "" : "s", cli->config.check_count,
                            cli->config.check_count == 1 ? "" : "s");
    struct buf text, errors;
    struct config c;
    buf_init(&text, 0);
    buf_init(&errors, 1 << 20);
    if (!file_read(cli->paths.config, 1 << 20, &text, &e))
        buf_addf(&errors, "%s\n", e.text);
    else if (config_parse(&c, buf_str(&text), text.len, "launch.conf", config_env, NULL, &errors))
        config_clear(&c);
    size_t lines = 0, first = strcspn(buf_str(&errors), "\n");
    for (const char *s = buf_str(&errors); *s; s++)
        lines += *s == '\n';
    enum preflight_end end = preflight_fail(p, "ccsup config lists every error, with what to write instead", "%.*s%s",
                                            (int)first, buf_str(&errors), lines > 1 ? " (and more)" : "");
    buf_clear(&text);
    buf_clear(&errors);
    return end;
}

/* The first of some lines about launch.conf, or that all is well. */
static enum preflight_end files_end(struct preflight *p, struct buf *errors, const char *fix, const char *good)
{
    size_t first = strcspn(buf_str(errors), "\n");
    enum preflight_end end =
        errors->len ? preflight_fail(p, fix, "%.*s%s", (int)first, buf_str(errors),
                                     buf_str(errors)[first] && buf_str(errors)[first + 1] ? " (and more)" : "")
                    : preflight_ok(p, "%s", good);
    buf_clear(errors);
    return end;
}

enum preflight_end preflight_plans(struct preflight *p)
{
    struct buf errors;
    buf_init(&errors, 1 << 16);
    check_plans(p->cli, &errors);
    return files_end(p, &errors, "write the plan; docs/kickoff.md says how", "each phase has its plan");
}

enum preflight_end preflight_prompts(struct preflight *p)
{
    struct buf errors;
    buf_init(&errors, 1 << 16);
    check_prompts(p->cli, &errors);
    return files_end(p, &errors, "mend the file, or leave `prompt` out: the built-in ones are good",
                     "the prompts can be used");
}

enum preflight_end preflight_notify(struct preflight *p)
{
    struct buf errors;
    char good[80];
    size_t n = p->cli->config.notify_count;
    buf_init(&errors, 1 << 16);
    /* The watchdog has taken the variables out of what its children get. */
    bool child = p->cli->verb->run == cli_check && cli_given(p->cli, "child");
    check_notify(p->cli, !child, &errors);
    snprintf(good, sizeof good, "%zu to be told", n);
    return files_end(p, &errors, "put the token there; ccsup notify --test NAME tries whether it is right",
                     n ? good : "nobody is to be told");
}

static bool is_word_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Where in the line (n bytes) something waits to be filled in: the words that people leave for that, or <NAME> in
 * capitals. *length is its length; NULL: nowhere. */
static const char *filled_find(const char *line, size_t n, size_t *length)
{
    static const char *const words[] = {"TODO", "CHANGEME", "CHANGE_ME", "REPLACEME", "REPLACE_ME"};
    for (size_t i = 0; i < n; i++) {
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            size_t m = strlen(words[w]);
            if (n - i >= m && memcmp(line + i, words[w], m) == 0 && (i == 0 || !is_word_byte(line[i - 1])) &&
                (i + m == n || !is_word_byte(line[i + m]))) {
                *length = m;
                return line + i;
            }
        }
        size_t m = 1;
        while (line[i] == '<' && i + m < n &&
               ((line[i + m] >= 'A' && line[i + m] <= 'Z') || (m > 1 && strchr("0123456789_-", line[i + m]))))
            m++;
        if (m > 2 && i + m < n && line[i + m] == '>') {
            *length = m + 1;
            return line + i;
        }
    }
    return NULL;
}

/* The first such place of a file. comments: lines that begin with # or ; don't count (launch.conf). */
static bool filled_file(struct preflight *p, const char *name, bool comments)
{
    struct buf text;
    struct err e = {""};
    char *path = preflight_path(p, name);
    const char *found = NULL;
    size_t length = 0;
    int line = 0;
    buf_init(&text, 0);
    (void)file_read(path, TEXT_MAX, &text, &e); /* that it can't be read is another check's word */
    for (const char *s = buf_str(&text); *s && !found; s += s[strcspn(s, "\n")] ? strcspn(s, "\n") + 1 : strlen(s)) {
        line++;
        const char *at = s + strspn(s, " \t");
        if (!comments || (*at != '#' && *at != ';'))
            found = filled_find(s, strcspn(s, "\n"), &length);
    }
    if (found)
        preflight_fail(p, "write there what is meant", "%s:%d: '%.*s' is not filled in", name, line, (int)length,
                       found);
    buf_clear(&text);
    free(path);
    return !found;
}

enum preflight_end preflight_filled(struct preflight *p)
{
    const struct config *c = &p->cli->config;
    const char *base = strrchr(p->cli->paths.config, '/');
    if (!filled_file(p, base ? base + 1 : p->cli->paths.config, true))
        return PREFLIGHT_FAIL;
    for (size_t i = 0; i < c->phase_count; i++)
        if (c->phases[i].plan && strncmp(c->phases[i].plan, "repo:", 5) != 0 &&
            !filled_file(p, c->phases[i].plan, false))
            return PREFLIGHT_FAIL;
    for (int r = 0; r < ROLES; r++)
        if (c->agents[r].prompt && *c->agents[r].prompt && !filled_file(p, c->agents[r].prompt, false))
            return PREFLIGHT_FAIL;
    return preflight_ok(p, "nothing waits to be filled in");
}
