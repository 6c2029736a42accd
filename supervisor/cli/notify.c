/* `ccsup notify`: a message now, to see whether it arrives. And what the watchdog runs to give one to a command. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/helper.h"
#include "supervisor/cli/notify_command.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/secret.h"
#include "watchdog/notify.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20, SLACK_MS = 3000 };

/* --- for the watchdog ----------------------------------------------------------------------------------------- */

static int notify_deliver(struct cli *cli)
{
    struct buf in;
    char chunk[16384];
    ssize_t n;
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* then what we started goes first: notify_command */
    if (getppid() != parent)
        return CLI_NO;
    buf_init(&in, REQUEST_MAX);
    while (!in.full && ((n = read(0, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        buf_add(&in, chunk, n > 0 ? (size_t)n : 0);
    cJSON *request = in.full ? NULL : json_parse(buf_str(&in), in.len);
    const cJSON *one = NULL;
    struct words argv = {0};
    cJSON_ArrayForEach(one, json_get(request, "command"))
    {
        if (cJSON_IsString(one))
            words_add(&argv, one->valuestring);
    }
    int code;
    if (!argv.n) {
        code = cli_usage(cli, "--deliver is the watchdog's");
    } else {
        cJSON *answer = notify_command(&argv, json_str(request, "dir", "."), json_str(request, "body", ""),
                                       json_int(request, "timeout_ms", 1));
        char *line = json_print(answer);
        code = cli_say(cli, "%s\n", line) ? CLI_YES : CLI_NO;
        free(line);
        cJSON_Delete(answer);
    }
    words_clear(&argv);
    cJSON_Delete(request);
    buf_clear(&in);
    return code;
}

/* --- a test --------------------------------------------------------------------------------------------------- */

static const struct config_notify *notify_find(struct cli *cli, const char *name)
{
    const struct config_notify *found = NULL;
    struct buf names;
    buf_init(&names, 1000);
    for (size_t i = 0; i < cli->config.notify_count; i++) {
        if (strcmp(cli->config.notifies[i].name, name) == 0)
            found = &cli->config.notifies[i];
        buf_addf(&names, "%s%s", i ? ", " : "", cli->config.notifies[i].name);
    }
    if (!found && names.len)
        cli_error(cli, "launch.conf has no [notify %s]; there is %s", name, buf_str(&names));
    else if (!found)
        cli_error(cli, "launch.conf names nobody to be told; write a section [notify NAME], see launch.conf(5)");
    buf_clear(&names);
    return found;
}

static char *test_message(const struct cli *cli)
{
    const struct paths *p = &cli->paths;
    const char *slash = strrchr(p->root, '/');
    char id[40], host[65] = "";
    gethostname(host, sizeof host - 1);
    snprintf(id, sizeof id, "%s-%016llx", p->id, (unsigned long long)clock_now());
    cJSON *message = notify_message("test", id, "a test: `ccsup notify --test` works", clock_now());
    json_add_str(message, "instance", p->id);
    json_add_str(message, "project", slash && slash[1] ? slash + 1 : p->root);
    json_add_str(message, "host", host);
    char *text = json_print(message);
    cJSON_Delete(message);
    return text;
}

/* Its token, or NULL; e says when that should be there and is not. */
static char *test_token(const struct cli *cli, const struct config_notify *c, struct err *e)
{
    char *token = NULL;
    if (*c->token_file) {
        char *path = *c->token_file == '/' ? mem_strdup(c->token_file) : file_join(cli->paths.root, c->token_file);
        token = secret_file(path, e);
        free(path);
    } else if (*c->token_env) {
        token = secret_env(c->token_env, e);
        secret_env_forget(c->token_env);
    }
    return token;
}

static cJSON *test_http(const struct cli *cli, const struct config_notify *c, const char *message, struct err *e)
{
    char *token = test_token(cli, c, e);
    if (*e->text)
        return NULL;
    cJSON *request = notify_request(c, cli->paths.root, token, message);
    char *line = json_print(request), *program = paths_program(&cli->paths, "ccsup-http");
    struct buf out;
    buf_init(&out, 0);
    cJSON *answer =
        helper_run(program, "/", line, c->timeout + SLACK_MS, &out, e) ? json_parse(buf_str(&out), out.len) : NULL;
    buf_clear(&out);
    free(program);
    free(line);
    free(token);
    cJSON_Delete(request);
    return answer;
}

int cli_notify(struct cli *cli)
{
    const char *name = cli_given(cli, "test");
    struct err e = {""};
    if (cli_given(cli, "deliver"))
        return notify_deliver(cli);
    if (!name)
        return cli_usage(cli, "--test NAME says to whom; what is undelivered stands in 'ccsup status'");
    enum cli_exit code = cli_config(cli);
    const struct config_notify *c = code == CLI_YES ? notify_find(cli, name) : NULL;
    if (!c)
        return code == CLI_YES ? CLI_NO : code;
    char *message = test_message(cli);
    cJSON *answer =
        *c->url ? test_http(cli, c, message, &e) : notify_command(&c->command, cli->paths.root, message, c->timeout);
    struct notify_result result;
    notify_answer(answer, *e.text ? e.text : NULL, &result);
    if (result.taken)
        cli_say(cli, "%s has taken it\n", name);
    else
        cli_error(cli, "%s has not taken it: %s", name, result.problem);
    cJSON_Delete(answer);
    free(message);
    return result.taken ? CLI_YES : CLI_NO;
}
