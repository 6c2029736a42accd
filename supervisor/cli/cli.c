/* What every verb needs: a checked output, sentences for errors, the instance's places and its configuration. */
#include "supervisor/cli/cli.h"
#include "agents/role.h"
#include "supervisor/base/vis.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONFIG_MAX = (1 << 20) + 1 }; /* one byte over what config_parse takes, so that its own words are heard */

bool cli_write(struct cli *cli, const char *data, size_t n)
{
    if (!cli->out_errno && n && !file_write_all(STDOUT_FILENO, data, n))
        cli->out_errno = errno ? errno : EIO;
    return !cli->out_errno;
}

bool cli_out(struct cli *cli, const struct buf *b)
{
    return cli_write(cli, buf_str(b), b->len);
}

bool cli_say(struct cli *cli, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 0);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    bool ok = cli_out(cli, &b);
    buf_clear(&b);
    return ok;
}

/* "ccsup VERB: " + the sentence, escaped, + tail, in one write: lines of several processes do not mix. */
__attribute__((format(printf, 3, 0))) static void cli_complain(const struct cli *cli, const char *tail, const char *fmt,
                                                               va_list ap)
{
    struct buf text, line;
    buf_init(&text, 8192);
    buf_init(&line, 0);
    buf_addv(&text, fmt, ap);
    buf_addf(&line, "ccsup%s%s: ", cli->verb ? " " : "", cli->verb ? cli->verb->name : "");
    vis_add(&line, buf_str(&text), text.len);
    buf_addf(&line, "%s\n", tail);
    (void)!file_write_all(STDERR_FILENO, line.data, line.len); /* nowhere left to say that this failed */
    buf_clear(&text);
    buf_clear(&line);
}

void cli_error(const struct cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    cli_complain(cli, "", fmt, ap);
    va_end(ap);
}

enum cli_exit cli_usage(const struct cli *cli, const char *fmt, ...)
{
    char tail[64];
    snprintf(tail, sizeof tail, "; try 'ccsup help%s%s'", cli->verb ? " " : "", cli->verb ? cli->verb->name : "");
    va_list ap;
    va_start(ap, fmt);
    cli_complain(cli, tail, fmt, ap);
    va_end(ap);
    return CLI_USAGE;
}

int cli_finish(struct cli *cli, int code)
{
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && !cli->out_errno)
        cli->out_errno = errno ? errno : EIO;
    if (!cli->out_errno)
        return code;
    cli_error(cli, "cannot write the output: %s", strerror(cli->out_errno));
    return cli->unsaid ? cli->unsaid : CLI_NO;
}

enum cli_exit cli_paths(struct cli *cli)
{
    struct err e = {""};
    if (cli->have_paths)
        return CLI_YES;
    cli->have_paths = paths_find(&cli->paths, cli->dir, &e);
    if (cli->have_paths)
        return CLI_YES;
    char *state = file_join(cli->dir ? cli->dir : ".", ".ccsup");
    cli_error(cli, "%s%s", e.text,
              file_exists(state) ? "; a .ccsup is there: put launch.conf back beside it (for stop an empty one will do)"
                                 : "");
    free(state);
    return CLI_UNKNOWN;
}

static const char *cli_env(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

/* Fills cli->config; else every error as lines in `errors`. */
static bool cli_config_read(struct cli *cli, struct buf *errors)
{
    struct buf text;
    struct err e = {""};
    if (cli->have_config)
        return true;
    buf_init(&text, 0);
    if (file_read(cli->paths.config, CONFIG_MAX, &text, &e))
        cli->have_config = config_parse(&cli->config, buf_str(&text), text.len, "launch.conf", cli_env, NULL, errors);
    else
        buf_addf(errors, "%s\n", e.text);
    buf_clear(&text);
    return cli->have_config;
}

enum cli_exit cli_config(struct cli *cli)
{
    enum cli_exit code = cli_paths(cli);
    if (code != CLI_YES)
        return code;
    struct buf errors;
    buf_init(&errors, 1 << 20);
    if (!cli_config_read(cli, &errors)) {
        (void)!file_write_all(STDERR_FILENO, buf_str(&errors), errors.len);
        code = CLI_CONFIG;
    }
    buf_clear(&errors);
    return code;
}

bool cli_config_try(struct cli *cli)
{
    struct buf errors;
    buf_init(&errors, 1 << 20);
    bool ok = cli->have_paths && cli_config_read(cli, &errors);
    buf_clear(&errors);
    return ok;
}

int cli_role(struct cli *cli, const char *word)
{
    int role = role_parse(word);
    bool known = role < 0 && cli_config_try(cli);
    if (known)
        role = config_agent_find(&cli->config, word);
    if (role >= 0)
        return role;
    if (known && (strcmp(cli->config.agents[0].name, "builder") || strcmp(cli->config.agents[1].name, "adversary")))
        cli_error(cli, "no agent '%s'; there are builder (%s) and adversary (%s)", word, cli->config.agents[0].name,
                  cli->config.agents[1].name);
    else
        cli_error(cli, "no agent '%s'; there are builder and adversary", word);
    return -1;
}

void cli_clear(struct cli *cli)
{
    if (cli->have_config)
        config_clear(&cli->config);
    if (cli->have_paths)
        paths_clear(&cli->paths);
    words_clear(&cli->all);
    free(cli->words);
    memset(cli, 0, sizeof *cli);
}
