/* restart, pause, resume, tell, accept-history: one line to the watchdog, its answer is ours. */
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/link.h"
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MS = 10000,
    TEXT_MAX = 16 * 1024 /* bytes: a sentence for a prompt, no file */
};

/* Sends {"verb"[, "agent"][, "text"]}, the agent being the first word, and prints what the watchdog says. */
static int control_send(struct cli *cli, const char *text)
{
    struct err e = {""};
    enum cli_exit code = cli_paths(cli);
    if (code != CLI_YES)
        return code;
    int role = cli->word_count ? cli_role(cli, cli->words[0]) : 0;
    if (role < 0)
        return CLI_USAGE;
    pid_t holder = instance_holder(&cli->paths, "watchdog", &e);
    if (holder == 0) {
        cli_error(cli, "not running; start it with 'ccsup start'");
        return CLI_UNKNOWN;
    }
    cJSON *request = cJSON_CreateObject();
    json_add_str(request, "verb", cli->verb->name);
    if (cli->word_count)
        json_add_str(request, "agent", role_name((enum role)role));
    if (text)
        json_add_str(request, "text", text);
    struct link_answer a;
    int result = CLI_UNKNOWN;
    if (link_ask(&cli->paths, request, ANSWER_MS, &a, &e)) {
        struct buf b;
        buf_init(&b, 0);
        vis_add(&b, a.text, strlen(a.text));
        if (a.ok)
            cli_say(cli, "%s\n", buf_str(&b));
        else
            cli_error(cli, "%s", a.text);
        buf_clear(&b);
        result = a.exit;
    } else {
        cli_error(cli, "the watchdog runs (pid %ld), but: %s; see 'ccsup status'", (long)holder, e.text);
    }
    free(a.text);
    cJSON_Delete(request);
    return result;
}

int cli_restart(struct cli *cli)
{
    return control_send(cli, NULL);
}

int cli_pause(struct cli *cli)
{
    return control_send(cli, NULL);
}

int cli_resume(struct cli *cli)
{
    return control_send(cli, NULL);
}

int cli_accept_history(struct cli *cli)
{
    return control_send(cli, NULL);
}

int cli_tell(struct cli *cli)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (int i = 1; i < cli->word_count; i++)
        buf_addf(&text, "%s%s", i > 1 ? " " : "", cli->words[i]);
    int code;
    if (text.full)
        code = cli_usage(cli, "the text is over %d KiB; put it into a file of the repository", TEXT_MAX / 1024);
    else if (strspn(buf_str(&text), " \t\n") == text.len)
        code = cli_usage(cli, "the text is empty");
    else
        code = control_send(cli, buf_str(&text));
    buf_clear(&text);
    return code;
}
