#include "supervisor/cli/value.h"
#include "supervisor/base/duration.h"
#include <errno.h>
#include <stdlib.h>

enum cli_exit value_length(const struct cli *cli, const char *option, const char *standard, int64_t least, int64_t most,
                           int64_t *ms)
{
    const char *text = cli_given(cli, option);
    *ms = 0;
    if (!duration_parse(text ? text : standard, ms))
        return cli_usage(cli, "--%s needs a number and its unit (s m h d), such as %s, not '%s'", option, standard,
                         text);
    if (*ms < least || *ms > most) {
        struct buf from, to;
        buf_init(&from, 0);
        buf_init(&to, 0);
        duration_format(&from, least);
        duration_format(&to, most);
        cli_usage(cli, "--%s is from %s to %s, not '%s'", option, buf_str(&from), buf_str(&to), text);
        buf_clear(&from);
        buf_clear(&to);
        return CLI_USAGE;
    }
    return CLI_YES;
}

enum cli_exit value_number(const struct cli *cli, const char *option, int standard, int least, int most, int *n)
{
    const char *text = cli_given(cli, option);
    *n = standard;
    if (!text)
        return CLI_YES;
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (!*text || *end || text[0] == ' ' || text[0] == '+' || errno || value < least || value > most)
        return cli_usage(cli, "--%s is a whole number from %d to %d, not '%s'", option, least, most, text);
    *n = (int)value;
    return CLI_YES;
}
