/* `ccsup phases`: launch.conf's list, and what the journal says of each. */
#include "supervisor/cli/phases.h"
#include "supervisor/base/json.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "watchdog/journal.h"
#include "watchdog/overview.h"
#include "watchdog/phase.h"
#include <stdlib.h>

bool phases_fold(const struct cli *cli, struct watchdog *w, struct err *e)
{
    struct watchdog_texts none = {0};
    struct buf text;
    char *path = paths_state(&cli->paths, "journal");
    buf_init(&text, 0);
    watchdog_init(w, &cli->config, &none, 0, clock_now());
    bool ok = !file_exists(path) || file_read(path, JOURNAL_MAX, &text, e);
    if (ok)
        journal_restore(w, buf_str(&text), text.len, NULL);
    buf_clear(&text);
    free(path);
    return ok;
}

int cli_phases(struct cli *cli)
{
    struct err e = {""};
    struct watchdog w;
    enum cli_exit code = cli_config(cli);
    if (code != CLI_YES)
        return code;
    if (!phases_fold(cli, &w, &e)) {
        cli_error(cli, "%s", e.text);
        watchdog_clear(&w);
        return CLI_UNKNOWN;
    }
    struct buf out;
    buf_init(&out, 0);
    cJSON *doc = overview_render(&w);
    if (cli_given(cli, "json")) {
        char *text = json_print(doc);
        buf_addf(&out, "%s\n", text);
        free(text);
    } else {
        overview_text(doc, clock_now(), &out);
    }
    cli_out(cli, &out);
    if (w.missing) {
        phase_missing(w.missing, &e);
        cli_error(cli, "%s", e.text);
        code = CLI_CONFIG;
    }
    buf_clear(&out);
    cJSON_Delete(doc);
    watchdog_clear(&w);
    return code;
}
