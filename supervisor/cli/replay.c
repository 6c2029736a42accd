/* `ccsup replay`: what the watchdog saw, seen again by this core: the transitions, and whether they are the same. */
#include "watchdog/replay.h"
#include "supervisor/cli/cli.h"
#include "supervisor/sys/file.h"
#include <stdio.h>
#include <stdlib.h>

/* events.jsonl and what was rotated away before it (supervisor/run/record.c keeps so many). */
enum { REPLAY_FILES = 4, REPLAY_FILE_MAX = 80 << 20 };

/* The named file, or the instance's own files, oldest first. */
static bool replay_read(struct cli *cli, struct buf *text, struct err *e)
{
    if (cli->word_count)
        return file_read(cli->words[0], REPLAY_FILE_MAX, text, e);
    bool any = false;
    for (int i = REPLAY_FILES - 1; i >= 0; i--) {
        char name[32];
        snprintf(name, sizeof name, i ? "events.jsonl.%d" : "events.jsonl", i);
        char *path = paths_state(&cli->paths, name);
        bool there = file_exists(path);
        bool ok = !there || file_read(path, REPLAY_FILE_MAX, text, e);
        any |= there;
        free(path);
        if (!ok)
            return false;
    }
    if (!any)
        err_set(e, "nothing is recorded in %s: it has never been started", cli->paths.state);
    return any;
}

int cli_replay(struct cli *cli)
{
    struct replay_result result;
    struct buf text, out;
    struct err e = {""};
    if (!cli->word_count) {
        enum cli_exit code = cli_paths(cli);
        if (code != CLI_YES)
            return code;
    }
    buf_init(&text, 0);
    buf_init(&out, 0);
    int code = CLI_YES;
    if (!replay_read(cli, &text, &e)) {
        cli_error(cli, "%s", e.text);
        code = CLI_UNKNOWN;
    } else {
        replay_run(buf_str(&text), text.len, &out, &result);
        bool nothing = !result.events && !result.why.text[0];
        buf_addf(&out, "%zu li%s, %zu events, %zu lines left out: %s\n", result.lives, result.lives == 1 ? "fe" : "ves",
                 result.events, result.skipped,
                 result.diverged_line ? "DIFFERENT"
                 : result.why.text[0] ? "UNREADABLE"
                 : nothing            ? "NOTHING"
                                      : "same");
        cli_out(cli, &out);
        if (result.why.text[0])
            cli_error(cli, "%s", result.why.text);
        if (nothing)
            cli_error(cli, "nothing that a watchdog recorded is in %s",
                      cli->word_count ? cli->words[0] : "events.jsonl");
        code = nothing ? CLI_UNKNOWN : result.why.text[0] ? CLI_NO : CLI_YES;
    }
    buf_clear(&text);
    buf_clear(&out);
    return code;
}
