/* `ccsup install-service`: a unit for this instance, and the words that make systemd run it. */
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/unit.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void install_next(struct cli *cli, const struct unit *u)
{
    const char *systemctl = unit_systemctl(u);
    bool runs = instance_holder(&cli->paths, "watchdog", NULL) != 0;
    cli_say(cli, "%s written; now:\n    %s daemon-reload\n    %s enable %s\n", u->file, systemctl, systemctl, u->name);
    if (u->user)
        cli_say(cli, "    loginctl enable-linger    # so that it runs without a login, and after a boot\n");
    if (runs)
        cli_say(cli, "    ccsup stop    # the watchdog that runs now is not systemd's\n");
    cli_say(cli, "    ccsup start    # has systemd start it\n");
}

static bool install_write(const struct unit *u, const struct buf *text, struct err *e)
{
    char *folder = file_fmt("%.*s", (int)(strrchr(u->file, '/') - u->file), u->file);
    bool ok = file_mkdirs(folder, 0755, e) && file_replace(u->file, text->data, text->len, 0644, true, e);
    free(folder);
    return ok;
}

int cli_install_service(struct cli *cli)
{
    bool user = cli_given(cli, "user") || (geteuid() != 0 && !cli_given(cli, "system"));
    if (cli_given(cli, "user") && cli_given(cli, "system"))
        return cli_usage(cli, "--user or --system, not both");
    enum cli_exit code = cli_config(cli);
    if (code != CLI_YES)
        return code;
    struct err e = {""};
    struct stat st;
    struct unit u = {0};
    struct buf text;
    buf_init(&text, 0);
    int64_t a = cli->config.agents[0].policy.grace, b = cli->config.agents[1].policy.grace;
    code = CLI_NO;
    if (user && stat(cli->paths.root, &st) == 0 && st.st_uid != geteuid()) {
        cli_error(cli,
                  "%s is somebody else's, whose own manager would have to run it; call this as that user, or with "
                  "--system",
                  cli->paths.root);
    } else if (!unit_init(&u, &cli->paths, user, cli_given(cli, "name"), &e)) {
        code = cli_usage(cli, "%s", e.text);
    } else if (!unit_text(&u, &cli->paths, a > b ? a : b, &text, &e)) {
        cli_error(cli, "%s", e.text);
    } else if (cli_given(cli, "print")) {
        cli_out(cli, &text);
        code = CLI_YES;
    } else if (!unit_free(&u, &cli->paths, &e)) {
        cli_error(cli, "%s", e.text);
    } else if (!install_write(&u, &text, &e)) {
        cli_error(cli, "%s%s", e.text,
                  user || geteuid() == 0
                      ? ""
                      : "; a unit of the system is root's to write: call it with sudo, or with --user");
    } else {
        install_next(cli, &u);
        code = CLI_YES;
    }
    unit_clear(&u);
    buf_clear(&text);
    return code;
}
