/* `ccsup status`: the watchdog's document, and our own look whether it still lives. */
#include "supervisor/base/json.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/status_doc.h"
#include "supervisor/sys/clock.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The terminal's size, COLUMNS wins; 0 columns (cut nothing) where the output is no terminal. */
static struct winsize status_size(void)
{
    struct winsize w;
    memset(&w, 0, sizeof w);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0)
        memset(&w, 0, sizeof w);
    const char *columns = getenv("COLUMNS");
    long n = columns ? strtol(columns, NULL, 10) : 0;
    if (n > 0 && n < 10000)
        w.ws_col = (unsigned short)n;
    if (!w.ws_col && isatty(STDOUT_FILENO))
        w.ws_col = 100;
    return w;
}

static bool status_color(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && *no);
}

static void status_show(const struct status_doc *d, int64_t now, struct buf *out)
{
    struct status_view view = {.width = status_size().ws_col, .color = status_color(), .alive = d->alive};
    if (d->why[0])
        buf_addf(out, view.color ? "\033[1;31m%s\033[0m\n" : "%s\n", d->why);
    if (d->json) /* it says in its first line whether its writer lives */
        status_text(d->json, now, &view, out);
}

static void status_print_json(struct cli *cli, const struct status_doc *d)
{
    cJSON *v = d->json ? cJSON_Duplicate(d->json, 1) : cJSON_CreateObject();
    cJSON_DeleteItemFromObjectCaseSensitive(v, "alive");
    cJSON_DeleteItemFromObjectCaseSensitive(v, "age_ms");
    json_add_str(v, "alive", status_alive_name(d->alive));
    if (d->json)
        json_add_int(v, "age_ms", d->age);
    else
        cJSON_AddNullToObject(v, "age_ms");
    char *text = json_print(v);
    cli_say(cli, "%s\n", text);
    free(text);
    cJSON_Delete(v);
}

/* Home, then the text's first rows - 1 lines, each clearing what stood behind it, then the rest of the screen. */
static void status_redraw(struct cli *cli, const struct buf *text)
{
    struct winsize size = status_size();
    struct buf b;
    buf_init(&b, 0);
    buf_adds(&b, "\033[H");
    int rows = size.ws_row ? size.ws_row - 1 : 1000;
    for (const char *s = buf_str(text); *s && rows > 0; rows--) {
        size_t n = strcspn(s, "\n");
        buf_add(&b, s, n);
        buf_adds(&b, "\033[K\n");
        s += n + (s[n] == '\n');
    }
    buf_adds(&b, "\033[J");
    cli_out(cli, &b);
    buf_clear(&b);
}

/* Sleeps until the state folder changes, at most ms. */
static void status_await(int watch, int64_t ms)
{
    char events[4096];
    struct pollfd f = {.fd = watch, .events = POLLIN};
    if (poll(&f, 1, (int)ms) > 0)
        while (read(watch, events, sizeof events) > 0)
            ;
}

static int status_watch(struct cli *cli)
{
    enum { EACH = 1000 }; /* ms */
    bool terminal = isatty(STDOUT_FILENO), first = true;
    int64_t generation = -2;
    enum status_alive alive = STATUS_ALIVE;
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch >= 0)
        inotify_add_watch(watch, cli->paths.state, IN_MOVED_TO);
    int code = CLI_UNKNOWN;
    for (bool end = false; !end;) {
        struct status_doc d;
        struct err e = {""};
        int64_t now = clock_now();
        bool readable = status_doc_read(&cli->paths, now, &d, &e);
        code = readable ? status_doc_exit(&d) : CLI_UNKNOWN;
        end = d.holder == 0;
        if (terminal || first || d.generation != generation || d.alive != alive) {
            struct buf text;
            buf_init(&text, 0);
            if (!readable)
                buf_addf(&text, "%s\n", e.text);
            status_show(&d, now, &text);
            if (terminal && first)
                cli_say(cli, "\033[2J");
            if (terminal)
                status_redraw(cli, &text);
            else
                cli_say(cli, "%s%s", first ? "" : "\n", buf_str(&text));
            buf_clear(&text);
        }
        first = false;
        generation = d.generation;
        alive = d.alive;
        status_doc_clear(&d);
        if (cli->out_errno)
            break;
        if (!end && !terminal)
            instance_nap(EACH); /* at most one block a second */
        if (!end)
            status_await(watch, EACH);
    }
    if (watch >= 0)
        close(watch);
    return code;
}

int cli_status(struct cli *cli)
{
    bool json = cli_given(cli, "json"), watch = cli_given(cli, "watch");
    if (json && watch)
        return cli_usage(cli, "--json and --watch do not go together");
    enum cli_exit code = cli_paths(cli);
    if (code != CLI_YES)
        return code;
    if (watch)
        return status_watch(cli);
    struct status_doc d;
    struct err e = {""};
    int64_t now = clock_now();
    bool readable = status_doc_read(&cli->paths, now, &d, &e);
    if (!readable)
        cli_error(cli, "%s", e.text);
    if (json) {
        status_print_json(cli, &d);
    } else {
        struct buf text;
        buf_init(&text, 0);
        status_show(&d, now, &text);
        cli_out(cli, &text);
        buf_clear(&text);
    }
    int result = readable ? status_doc_exit(&d) : CLI_UNKNOWN;
    status_doc_clear(&d);
    return result;
}
