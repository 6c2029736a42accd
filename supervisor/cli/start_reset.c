#include "supervisor/cli/start_reset.h"
#include "watchdog/phase.h"
#include <string.h>
#include <unistd.h>

/* Index of the phase that the word names; "default" is the one without a name. */
static int reset_find(const struct config *c, const char *word)
{
    int i = phase_find(c, word);
    return i < 0 && strcmp(word, "default") == 0 ? phase_find(c, "") : i;
}

enum cli_exit start_reset_options(struct cli *cli, const char **phase)
{
    const char *word = cli_given(cli, "phase");
    bool reset = cli_given(cli, "reset") != NULL;
    *phase = NULL;
    if (!word && reset)
        return cli_usage(cli, "--reset needs --phase ID: which phase is to begin anew?");
    if (!word && cli_given(cli, "yes"))
        return cli_usage(cli, "--yes answers what --phase ID --reset asks; there is nothing to ask");
    if (!word)
        return CLI_YES;
    if (!reset)
        return cli_usage(cli, "a run goes on in its active phase; to begin phase %s anew, write --phase %s --reset",
                         word, word);
    int i = reset_find(&cli->config, word);
    if (i < 0) {
        struct buf names;
        buf_init(&names, 4000);
        for (size_t k = 0; k < cli->config.phase_count; k++)
            buf_addf(&names, " %s", phase_name(&cli->config.phases[k]));
        enum cli_exit code = cli_usage(cli, "no phase '%s' in launch.conf; it has%s", word, buf_str(&names));
        buf_clear(&names);
        return code;
    }
    *phase = cli->config.phases[i].id;
    return CLI_YES;
}

/* One line of standard input; true when it begins with y. */
static bool reset_answer(void)
{
    char line[200];
    ssize_t n = read(STDIN_FILENO, line, sizeof line);
    return n > 0 && (line[0] == 'y' || line[0] == 'Y');
}

enum cli_exit start_reset_confirm(struct cli *cli, const struct watchdog *w, const char *phase)
{
    int index = phase_find(&cli->config, phase);
    cJSON *voids = phase_voids(&cli->config, (size_t)index, w->records);
    const cJSON *id = NULL;
    struct buf b;
    buf_init(&b, 8000);
    buf_addf(&b, "phase %s begins anew at the repository's tip: what was said of it so far counts no more",
             phase_name(&cli->config.phases[index]));
    if (cJSON_GetArraySize(voids))
        buf_adds(&b, ", nor do these DONE records:");
    cJSON_ArrayForEach(id, voids) buf_addf(&b, " %s", *id->valuestring ? id->valuestring : "default");
    cJSON_Delete(voids);
    enum cli_exit code = CLI_YES;
    if (cli_given(cli, "yes")) {
        cli_say(cli, "%s\n", buf_str(&b));
    } else if (!isatty(STDIN_FILENO)) {
        code = cli_usage(cli, "%s; add --yes if that is meant", buf_str(&b));
    } else {
        cli_say(cli, "%s\ngo on? [y/N] ", buf_str(&b));
        if (!reset_answer()) {
            cli_error(cli, "nothing was changed");
            code = CLI_NO;
        }
    }
    buf_clear(&b);
    return code;
}
