/* argv -> options and words, by the verb's table. */
#include "supervisor/cli/cli.h"
#include "supervisor/base/mem.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place in the verb's table of a long name (n bytes) or a letter; -1 = none. */
static int parse_find(const struct cli_verb *verb, const char *name, size_t n, char letter)
{
    for (int i = 0; i < CLI_OPTIONS && (verb->options[i].name || verb->options[i].letter); i++) {
        const struct cli_option *o = &verb->options[i];
        if (name ? o->name && strlen(o->name) == n && memcmp(o->name, name, n) == 0 : o->letter == letter)
            return i;
    }
    return -1;
}

/* One "--name[=value]" at argv[*at]. */
static enum cli_exit parse_long(struct cli *cli, int *at, bool *help)
{
    const char *name = cli->argv[*at] + 2, *value = strchr(name, '=');
    size_t n = value ? (size_t)(value - name) : strlen(name);
    if (!value && strcmp(name, "help") == 0) {
        *help = true;
        return CLI_YES;
    }
    int i = parse_find(cli->verb, name, n, 0);
    if (i < 0)
        return cli_usage(cli, "unknown option '--%.*s'", (int)n, name);
    const char *arg = cli->verb->options[i].arg;
    if (!arg && value)
        return cli_usage(cli, "option '--%.*s' takes no value", (int)n, name);
    if (arg && !value && !cli->argv[*at + 1])
        return cli_usage(cli, "option '--%.*s' needs %s", (int)n, name, arg);
    cli->given[i] = !arg ? "" : value ? value + 1 : cli->argv[++*at];
    if (cli->verb->many && strcmp(cli->verb->options[i].name, cli->verb->many) == 0)
        words_add(&cli->all, cli->given[i]);
    return CLI_YES;
}

/* One "-abc" at argv[*at]: flags, the last of which may take the rest or the next word. */
static enum cli_exit parse_short(struct cli *cli, int *at, bool *help)
{
    for (const char *s = cli->argv[*at] + 1; *s; s++) {
        if (*s == 'h') {
            *help = true;
            continue;
        }
        int i = *s == 'C' ? -1 : parse_find(cli->verb, NULL, 0, *s);
        if (i < 0 && *s != 'C')
            return cli_usage(cli, "unknown option '-%c'", *s);
        const char *arg = i < 0 ? "DIR" : cli->verb->options[i].arg;
        if (!arg) {
            cli->given[i] = "";
            continue;
        }
        const char *value = s[1] ? s + 1 : cli->argv[*at + 1] ? cli->argv[++*at] : NULL;
        if (!value)
            return cli_usage(cli, "option '-%c' needs %s", *s, arg);
        *(i < 0 ? &cli->dir : &cli->given[i]) = value;
        break;
    }
    return CLI_YES;
}

enum cli_exit cli_parse(struct cli *cli, bool *done)
{
    const struct cli_verb *v = cli->verb;
    bool only_words = false;
    enum cli_exit code = CLI_YES;
    *done = false;
    cli->words = mem_zalloc(sizeof *cli->words * (size_t)(cli->argc + 1));
    for (int i = 1; i < cli->argc && code == CLI_YES; i++) {
        const char *s = cli->argv[i];
        if (v->raw_after && cli->word_count >= v->raw_after && strcmp(s, "--") != 0)
            only_words = true;
        if (only_words || s[0] != '-' || !s[1])
            cli->words[cli->word_count++] = cli->argv[i];
        else if (strcmp(s, "--") == 0)
            only_words = true;
        else
            code = s[1] == '-' ? parse_long(cli, &i, done) : parse_short(cli, &i, done);
    }
    if (code != CLI_YES)
        return code;
    if (*done) {
        cli_help(cli, v);
        return CLI_YES;
    }
    if (cli->word_count < v->min)
        return cli_usage(cli, "needs %s", v->args);
    if (v->max >= 0 && cli->word_count > v->max)
        return cli_usage(cli, "'%s' is one word too many", cli->words[v->max]);
    return CLI_YES;
}

const char *cli_given(const struct cli *cli, const char *name)
{
    int i = parse_find(cli->verb, name, strlen(name), 0);
    assert(i >= 0);
    return i < 0 ? NULL : cli->given[i];
}

const struct words *cli_all(const struct cli *cli)
{
    return &cli->all;
}
