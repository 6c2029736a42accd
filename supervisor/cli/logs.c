/* `ccsup logs`: the agents' output, as it stands or as it comes. */
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/logs_tail.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { LINES_DEFAULT = 40, LINES_MOST = 1000000, EACH = 200 }; /* EACH: ms between two looks */

struct logs {
    struct logs_tail tails[ROLES];
    size_t count;
    struct buf out;
};

static bool logs_flush(struct cli *cli, struct logs *l)
{
    bool ok = cli_out(cli, &l->out);
    l->out.len = 0;
    return ok;
}

static const char *logs_tone(enum steps_tone tone)
{
    static const char *const sgr[] = {[STEPS_PLAIN] = "\033[0m", [STEPS_DIM] = "\033[2m",  [STEPS_CALL] = "\033[36m",
                                      [STEPS_WARN] = "\033[33m", [STEPS_BAD] = "\033[31m", [STEPS_GOOD] = "\033[32m"};
    return sgr[tone];
}

/* Of what is shown of the past only the last lines count: steps are fewer than lines, so they are counted when they are
 * made. Keeps the last `last` lines of out. */
static void logs_keep(struct buf *out, int64_t last)
{
    size_t at = out->len;
    for (int64_t seen = 0; at > 0; at--)
        if (out->data[at - 1] == '\n' && at != out->len && ++seen == last)
            break;
    buf_consume(out, last ? at : out->len);
}

/* The past of one tail, up to what is its end now. */
static void logs_past(struct cli *cli, struct logs *l, struct logs_tail *t, int64_t last, bool follow)
{
    enum { KEEP_FIRST = 1 << 20 };
    size_t most = KEEP_FIRST; /* doubled when less than half can go: linear in all that is read */
    while (logs_tail_read(t)) {
        if (l->out.len <= most)
            continue;
        logs_keep(&l->out, last);
        most = l->out.len * 2 > KEEP_FIRST ? l->out.len * 2 : KEEP_FIRST;
    }
    if (!follow)
        logs_tail_end(t);
    logs_keep(&l->out, last);
    logs_flush(cli, l);
    t->left = -1;
}

/* One turn of each tail; false when nothing came. */
static bool logs_turn(struct cli *cli, struct logs *l)
{
    bool came = false;
    for (size_t i = 0; i < l->count && !cli->out_errno; i++) {
        came = logs_tail_read(&l->tails[i]) || came;
        logs_flush(cli, l);
    }
    return came;
}

/* Torn last lines come out too. */
static void logs_end(struct cli *cli, struct logs *l)
{
    for (size_t i = 0; i < l->count; i++)
        logs_tail_end(&l->tails[i]);
    logs_flush(cli, l);
}

/* The tails that have a further iteration go there. False when none has. */
static bool logs_switch(struct cli *cli, struct logs *l)
{
    bool any = false;
    for (size_t i = 0; i < l->count; i++) {
        struct logs_tail *t = &l->tails[i];
        long before = t->iteration;
        if (!(before ? logs_tail_next(t) : logs_tail_newest(t, -1, false)))
            continue;
        any = true;
        if (before)
            buf_addf(&l->out, "%s-- iteration %ld --\n", t->prefix, t->iteration);
        logs_flush(cli, l);
    }
    return any;
}

/* Goes on until Ctrl-C, TERM, a closed output, or the watchdog's end. */
static int logs_follow(struct cli *cli, struct logs *l)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    struct pollfd f[] = {{.fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN},
                         {.fd = STDOUT_FILENO, .events = 0}}; /* POLLERR: nobody reads the pipe any more */
    bool gone = false, asked = false;
    while (!cli->out_errno && !asked) {
        /* Asked before the last look: what was written until then is shown. */
        gone = instance_holder(&cli->paths, "watchdog", NULL) == 0;
        bool busy = logs_turn(cli, l) || logs_switch(cli, l);
        if (gone && !busy)
            break;
        if (poll(f, 2, busy ? 0 : EACH) > 0) {
            asked = f[0].revents != 0;
            if (f[1].revents)
                cli->out_errno = EPIPE;
        }
    }
    logs_end(cli, l);
    if (f[0].fd >= 0)
        close(f[0].fd);
    if (gone && !cli->out_errno)
        cli_error(cli, "the watchdog does not run: nothing more will come; 'ccsup status' tells why");
    return CLI_YES;
}

/* -n: a whole number of lines; -1 and the usage sentence when it is none. */
static int64_t logs_lines(const struct cli *cli)
{
    const char *text = cli_given(cli, "lines");
    if (!text)
        return LINES_DEFAULT;
    if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 9 ||
        strtol(text, NULL, 10) > LINES_MOST) {
        cli_usage(cli, "-n needs a whole number from 0 to %d, not '%s'", LINES_MOST, text);
        return -1;
    }
    return strtol(text, NULL, 10);
}

int cli_logs(struct cli *cli)
{
    static const char *const prefixes[ROLES] = {"builder   | ", "adversary | "};
    int64_t last = logs_lines(cli);
    if (last < 0)
        return CLI_USAGE;
    enum cli_exit code = cli_paths(cli);
    if (code != CLI_YES)
        return code;
    int only = cli->word_count ? cli_role(cli, cli->words[0]) : -1;
    if (cli->word_count && only < 0)
        return CLI_USAGE;
    struct logs l;
    memset(&l, 0, sizeof l);
    buf_init(&l.out, 0);
    bool found = false, broken = false, follow = cli_given(cli, "follow"), err = cli_given(cli, "err");
    bool raw = err || cli_given(cli, "raw"), colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    for (int r = 0; r < ROLES; r++) {
        if (only >= 0 && r != only)
            continue;
        struct logs_tail *t = &l.tails[l.count++];
        logs_tail_init(t, &cli->paths, role_name((enum role)r), err ? "err.log" : "out.log",
                       only < 0 ? prefixes[r] : "", raw, colours ? logs_tone : NULL, &l.out);
        bool there = logs_tail_newest(t, last, !follow);
        if (there && t->past)
            logs_past(cli, &l, t, last, follow);
        if (t->why.text[0])
            cli_error(cli, "%s", t->why.text);
        found = found || there;
        broken = broken || t->why.text[0];
    }
    int result = CLI_YES;
    if (follow) {
        result = logs_follow(cli, &l);
    } else if (found) {
        while (logs_turn(cli, &l))
            ;
        logs_end(cli, &l);
    } else {
        if (!broken)
            cli_error(cli, "no iteration yet; 'ccsup status' tells what is awaited");
        result = CLI_UNKNOWN;
    }
    for (size_t i = 0; i < l.count; i++)
        logs_tail_close(&l.tails[i]);
    buf_clear(&l.out);
    return result;
}
