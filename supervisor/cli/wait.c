/* `ccsup wait`: looks again and again until the condition holds, has failed, or time is up. Standard output gets the
 * last line and nothing else: whoever watches it is woken once. */
#include "supervisor/cli/wait.h"
#include "supervisor/base/duration.h"
#include "supervisor/cli/park.h"
#include "supervisor/cli/probe.h"
#include "supervisor/cli/wait_name.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { SAID_MAX = 5 << 20 };

struct waiting {
    struct cli *cli;
    struct wait_spec spec;
    struct wait wait;
    struct wait_name name;
    struct probe probe;
};

static const char *wait_next(enum wait_end end)
{
    switch (end) {
    case WAIT_GOES_ON:
    case WAIT_MET: return "";
    case WAIT_FAILED: return "see why it failed, mend that, then wait again";
    case WAIT_ERROR: return "run the probe by hand: it cannot tell";
    case WAIT_SUPERSEDED: return "look at what is there now, and wait for that";
    case WAIT_TIMEOUT: return "look at it yourself before you wait again";
    }
    return "";
}

/* What ends us is seen by polls and by probes, so that nothing is left when we go. */
static void wait_signals(struct waiting *w)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &w->probe.mask);
    w->probe.stop = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool wait_stopped(const struct waiting *w)
{
    struct pollfd f = {w->probe.stop, POLLIN, 0};
    return poll(&f, 1, 0) > 0;
}

/* Of the signal that came: so a shell sees 130 or 143. */
static int wait_die(struct waiting *w)
{
    struct signalfd_siginfo info;
    int number = read(w->probe.stop, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : SIGTERM;
    probe_clear(&w->probe);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_SETMASK, &w->probe.mask, NULL);
    return 128 + number;
}

/* On standard error: it wakes nobody. */
static void wait_tell(const struct waiting *w, const char *text)
{
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, "ccsup wait: %s%s%s\n", w->spec.name, *w->spec.name ? ": " : "", text);
    (void)!file_write_all(STDERR_FILENO, buf_str(&b), b.len);
    buf_clear(&b);
}

static void wait_tell_start(const struct waiting *w, int64_t ms)
{
    struct buf b;
    buf_init(&b, 0);
    buf_adds(&b, "looks every ");
    duration_format(&b, w->spec.rules.every);
    buf_adds(&b, ", for at most ");
    duration_render(&b, ms > 0 ? ms : 0);
    wait_tell(w, buf_str(&b));
    buf_clear(&b);
}

static int wait_end(struct waiting *w, enum wait_end end)
{
    struct buf line;
    buf_init(&line, 0);
    wait_line(&line, &w->wait, end, w->spec.name, wait_next(end), w->spec.json, clock_boot());
    wait_name_end(&w->name, end, buf_str(&line), false);
    if (cli_say(w->cli, "%s\n", buf_str(&line)))
        wait_name_end(&w->name, end, buf_str(&line), true);
    buf_clear(&line);
    return wait_end_code(end);
}

/* Sleeps until something is due; false: we are to end. */
static bool wait_sleep(const struct waiting *w)
{
    struct pollfd f = {w->probe.stop, POLLIN, 0};
    int64_t left = wait_due(&w->wait, &w->spec.rules) - clock_boot();
    return poll(&f, 1, left < 0 ? 0 : left > 60000 ? 60000 : (int)left) <= 0;
}

static enum wait_end wait_probe(struct waiting *w)
{
    struct buf said;
    int64_t began = clock_boot();
    if (!wait_name_stands(&w->name))
        return WAIT_SUPERSEDED;
    buf_init(&said, SAID_MAX);
    enum wait_seen seen = probe_look(&w->probe, &said);
    enum wait_end end = wait_saw(&w->wait, &w->spec.rules, seen, buf_str(&said), said.len, began, clock_boot());
    buf_clear(&said);
    return end;
}

/* Until it is over. -1: a signal came. */
static int wait_loop(struct waiting *w)
{
    const struct wait_rules *r = &w->spec.rules;
    for (;;) {
        int64_t now = clock_boot();
        enum wait_end end = wait_late(r, now);
        if (end == WAIT_GOES_ON && now >= w->wait.next_at)
            end = wait_probe(w);
        if (wait_stopped(w))
            return -1;
        if (end != WAIT_GOES_ON)
            return wait_end(w, end);
        if (wait_tells(&w->wait, r, clock_boot())) {
            struct buf b;
            buf_init(&b, 0);
            wait_progress(&b, &w->wait, clock_boot());
            wait_tell(w, buf_str(&b));
            buf_clear(&b);
        }
        if (!wait_sleep(w))
            return -1;
    }
}

/* Another process asked under this name: its answer is ours. */
static int wait_over(struct waiting *w)
{
    if (!w->name.line)
        return wait_end(w, w->name.ended);
    cli_say(w->cli, "%s\n", w->name.line);
    return wait_end_code(w->name.ended);
}

static int wait_run(struct waiting *w)
{
    struct err e = {""};
    int64_t now = clock_boot(), left = w->spec.timeout_ms, waited = 0;
    if (*w->spec.name) {
        enum cli_exit code = cli_paths(w->cli);
        if (code != CLI_YES)
            return code;
        switch (wait_name_take(&w->name, w->cli, &w->spec, w->probe.stop, &e)) {
        case TAKE_OURS: break;
        case TAKE_OVER: return wait_over(w);
        case TAKE_STOPPED: return wait_die(w);
        case TAKE_BROKEN: cli_error(w->cli, "--name: %s", e.text); return CLI_UNKNOWN;
        }
        now = clock_boot();
        left = w->name.deadline - clock_now();
        waited = clock_now() - w->name.began;
    }
    wait_begin(&w->wait, now - (waited > 0 ? waited : 0), now + w->spec.initial_delay);
    w->wait.told_at = now;
    w->spec.rules.deadline = now + left;
    wait_tell_start(w, left);
    int code = wait_loop(w);
    return code < 0 ? wait_die(w) : code;
}

int cli_wait(struct cli *cli)
{
    struct waiting w;
    memset(&w, 0, sizeof w);
    w.cli = cli;
    w.name.lock = -1;
    cli->unsaid = CLI_UNKNOWN; /* 1 would say that what is waited for has failed */
    if (cli_given(cli, "parked"))
        return park_go(cli, cli_given(cli, "parked"));
    int code = wait_spec_read(cli, &w.spec);
    if (code == CLI_YES && cli_given(cli, "park")) {
        code = park_write(cli, &w.spec);
    } else if (code == CLI_YES) {
        w.probe.spec = &w.spec;
        child_prepare();
        wait_signals(&w);
        code = wait_run(&w);
        probe_clear(&w.probe);
        close(w.probe.stop);
    }
    wait_name_clear(&w.name);
    wait_spec_clear(&w.spec);
    return code;
}
