/* `ccsup help`, `ccsup help VERB`, -h: the table as text. */
#include "supervisor/cli/cli.h"
#include <string.h>

static void help_options(struct buf *b, const struct cli_option *o)
{
    for (; o->letter || o->name; o++) {
        if (!o->help)
            continue;
        size_t from = b->len;
        buf_adds(b, "  ");
        if (o->letter)
            buf_addf(b, "-%c", o->letter);
        if (o->name)
            buf_addf(b, "%s--%s", o->letter ? ", " : "", o->name);
        if (o->arg)
            buf_addf(b, " %s", o->arg);
        size_t used = b->len - from;
        buf_addf(b, "%*s%s\n", (int)(used < 22 ? 22 - used : 1), "", o->help);
    }
}

static bool help_has_options(const struct cli_verb *v)
{
    for (const struct cli_option *o = v->options; o->letter || o->name; o++)
        if (o->help)
            return true;
    return false;
}

void cli_help(struct cli *cli, const struct cli_verb *verb)
{
    struct buf b;
    buf_init(&b, 0);
    if (verb) {
        buf_addf(&b, "usage: ccsup [-C DIR] %s%s%s%s\n\n%s.\n", verb->name,
                 help_has_options(verb) ? " [OPTION...]" : "", *verb->args ? " " : "", verb->args, verb->summary);
        if (*verb->help)
            buf_addf(&b, "\n%s", verb->help);
        if (help_has_options(verb)) {
            buf_adds(&b, "\nOptions:\n");
            help_options(&b, verb->options);
        }
    } else {
        buf_adds(&b, "usage: ccsup [-C DIR] VERB [OPTION...] [WORD...]\n\n"
                     "Keeps two autonomous agent loops, a Builder and an Adversary, alive until what they pushed is\n"
                     "proved done; then takes everything down.\n\nVerbs:\n");
        for (const struct cli_verb *v = cli_verbs; v->name; v++) {
            size_t used = strlen(v->name) + strlen(v->args) + (*v->args ? 1 : 0);
            buf_addf(&b, "  %s%s%s%*s%s\n", v->name, *v->args ? " " : "", v->args, (int)(used < 20 ? 20 - used : 1), "",
                     v->summary);
        }
        buf_adds(&b, "\nOptions:\n");
        help_options(&b, cli_global_options);
        buf_adds(&b, "\n'ccsup help VERB' shows one verb. Exit codes: 0 yes, done; 1 no, failed; 2 wrong use; 3 not\n"
                     "running, or cannot tell; 4 launch.conf; 5 another instance; 6 an operator must act.\n");
    }
    cli_out(cli, &b);
    buf_clear(&b);
}

int cli_help_verb(struct cli *cli)
{
    const struct cli_verb *verb = NULL;
    if (cli->word_count) {
        const char *word = cli->words[0];
        verb = cli_verb_find(word);
        const char *near = cli_verb_nearest(word);
        if (!verb && near)
            return cli_usage(cli, "unknown verb '%s'; the nearest is '%s'", word, near);
        if (!verb)
            return cli_usage(cli, "unknown verb '%s'", word);
    }
    cli_help(cli, verb);
    return CLI_YES;
}
