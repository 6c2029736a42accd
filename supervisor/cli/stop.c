/* `ccsup stop`: everything ends, whatever state it is in. The wish goes to the disk first; then the watchdog, then,
 * with
 * its lock in our hand so that no other can begin, the keepers; then we look what is left. */
#include "supervisor/base/duration.h"
#include "supervisor/base/json.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/link.h"
#include "supervisor/cli/stop_sweep.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { /* ms */
       GRACE_DEFAULT = 10000,
       ANSWER = 2000,          /* for the watchdog to answer at all */
       WATCHDOG_SPARE = 30000, /* above the grace, for it to end everything */
       KEEPER_SPARE = 15000,   /* above the grace, for a keeper to end its agent */
       AFTER_SIGNAL = 5000,
       HELPER_SPARE = 1000, /* for a ccsup-git that nobody waits for any more */
       SILENT = 1000        /* before we say what is awaited */
};

enum { WATCHDOG = ROLES, HOLDERS }; /* places in the tables below: the roles, then the watchdog */

struct stop {
    struct cli *cli;
    bool now;
    bool service;  /* behind the end of a service: the wish stays, and where nothing was left nothing is said */
    int lock;      /* the watchdog's, once we hold it; -1 */
    int64_t grace; /* ms, the longer one of both agents */
    bool had[HOLDERS];
    bool keep[ROLES]; /* what an agent leaves behind at a clean end may live on */
    int64_t began, told_at;
    unsigned told; /* the set that was said to be awaited */
};

static const char *stop_name(int holder)
{
    return holder == WATCHDOG ? "watchdog" : role_name((enum role)holder);
}

static unsigned stop_held(const struct stop *s)
{
    unsigned set = 0;
    for (int h = 0; h < HOLDERS; h++)
        /* Our own lock must not even be looked at: closing the file again would drop it. */
        if ((h != WATCHDOG || s->lock < 0) && instance_holder(&s->cli->paths, stop_name(h), NULL) != 0)
            set |= 1u << h;
    return set;
}

static void stop_list(unsigned set, struct buf *b)
{
    static const int order[HOLDERS] = {WATCHDOG, ROLE_BUILDER, ROLE_ADVERSARY};
    bool first = true;
    for (int i = 0; i < HOLDERS; i++)
        if (set & 1u << order[i]) {
            buf_addf(b, "%s%s", first ? "" : ", ", stop_name(order[i]));
            first = false;
        }
}

/* Waits until none of `mask` is held, telling what is awaited once it takes longer than a moment. */
static bool stop_wait(struct stop *s, unsigned mask, int64_t ms)
{
    enum { EACH = 30 };
    int64_t until = clock_boot() + ms;
    for (;;) {
        unsigned held = stop_held(s), wait = held & mask;
        int64_t now = clock_boot();
        if (!wait)
            return true;
        if (now >= until)
            return false;
        if (now - s->began >= SILENT && held != s->told) {
            struct buf b;
            buf_init(&b, 0);
            stop_list(held, &b);
            buf_adds(&b, " (at most ");
            duration_render(&b, until - now);
            cli_error(s->cli, "waiting for %s)", buf_str(&b));
            buf_clear(&b);
            s->told = held;
        }
        instance_nap(EACH);
    }
}

/* Ends the watchdog: asked, TERM, KILL. False when even that did not help. */
static bool stop_watchdog(struct stop *s)
{
    const unsigned mask = 1u << WATCHDOG;
    if (!(stop_held(s) & mask))
        return true;
    s->had[WATCHDOG] = true;
    cJSON *request = cJSON_CreateObject();
    json_add_str(request, "verb", "stop");
    if (s->now)
        json_add_bool(request, "now", true);
    struct link_answer a;
    struct err e = {""};
    bool asked = link_ask(&s->cli->paths, request, ANSWER, &a, &e);
    cJSON_Delete(request);
    if (asked && !a.ok)
        cli_error(s->cli, "the watchdog refused: %s; sending it TERM", a.text);
    bool taken = asked && a.ok;
    free(a.text);
    if (taken && stop_wait(s, mask, s->grace + WATCHDOG_SPARE))
        return true;
    if (!asked && stop_held(s) & mask)
        cli_error(s->cli, "%s; sending it TERM", e.text);
    instance_signal(&s->cli->paths, "watchdog", SIGTERM);
    if (stop_wait(s, mask, AFTER_SIGNAL))
        return true;
    cli_error(s->cli, "the watchdog did not end; sending it KILL");
    instance_signal(&s->cli->paths, "watchdog", SIGKILL);
    bool ended = stop_wait(s, mask, AFTER_SIGNAL);
    /* Its poll would go on to its own deadline; git, which that runs, dies with it. */
    instance_signal(&s->cli->paths, "git", SIGKILL);
    return ended && instance_wait_free(&s->cli->paths, "git", AFTER_SIGNAL);
}

/* Takes the watchdog's lock: from here on no watchdog begins and no keeper is told to go. False and a sentence. */
static bool stop_lock(struct stop *s)
{
    char *path = paths_lock(&s->cli->paths, "watchdog");
    struct err e = {""};
    pid_t holder = 0;
    int fd = -1;
    int64_t until = clock_boot() + AFTER_SIGNAL;
    /* A watchdog that a service manager started meanwhile reads the wish and ends by itself. */
    while ((fd = lock_take(path, &holder, &e)) < 0 && holder != 0 && clock_boot() < until)
        instance_wait_free(&s->cli->paths, "watchdog", 200);
    if (fd < 0 && holder > 0)
        cli_error(s->cli, "another watchdog (pid %ld) began meanwhile; was 'ccsup start' called?", (long)holder);
    else if (fd < 0 && holder < 0)
        cli_error(s->cli, "the watchdog's lock is held by a process that cannot be seen from here");
    /* Where no lock can be taken because nothing can be written, no watchdog begins either. */
    bool nobody = fd < 0 && holder == 0 && access(path, W_OK) != 0 && errno == EROFS;
    if (fd < 0 && holder == 0)
        cli_error(s->cli, "%s%s", e.text, nobody ? "; so no watchdog can begin, and the rest is stopped" : "");
    free(path);
    s->lock = fd;
    return fd >= 0 || nobody;
}

/* A ccsup-git that was stopped when its watchdog died has not heard of that yet: it goes on, and ends. One that a
 * command of somebody else's runs just goes on. */
static void stop_helpers(const struct stop *s)
{
    char *locks[] = {paths_lock(&s->cli->paths, "git"), paths_data(&s->cli->paths, "builder", "clone.lock"),
                     paths_data(&s->cli->paths, "adversary", "clone.lock")};
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        int fd = lock_holder_pidfd(locks[i], NULL);
        struct pollfd end = {.fd = fd, .events = POLLIN};
        if (fd >= 0) {
            lock_wake(locks[i]);
            poll(&end, 1, HELPER_SPARE);
            close(fd);
        }
        free(locks[i]);
    }
}

/* Asks the role's keeper to end; the connection (kept open while we wait), or -1 after a TERM instead. */
static int stop_ask_keeper(const struct stop *s, const char *role)
{
    int fd = link_open(&s->cli->paths, role, NULL);
    if (fd >= 0 && link_send(fd, s->now ? "kill\n" : "stop\n", clock_boot() + ANSWER))
        return fd;
    if (fd >= 0)
        close(fd);
    instance_signal(&s->cli->paths, role, SIGTERM);
    if (s->now) {
        instance_wait_free(&s->cli->paths, role, 200); /* two at once would be one */
        instance_signal(&s->cli->paths, role, SIGTERM);
    }
    return -1;
}

static bool stop_keepers(struct stop *s)
{
    const unsigned mask = (1u << ROLES) - 1;
    int fds[ROLES];
    unsigned held = stop_held(s) & mask;
    for (int r = 0; r < ROLES; r++)
        fds[r] = held & 1u << r ? stop_ask_keeper(s, stop_name(r)) : -1;
    bool ended = stop_wait(s, mask, (s->now ? 0 : s->grace) + KEEPER_SPARE);
    static const int last[] = {SIGTERM, SIGKILL};
    for (size_t i = 0; !ended && i < sizeof last / sizeof *last; i++) {
        held = stop_held(s) & mask;
        for (int r = 0; r < ROLES; r++)
            if (held & 1u << r) {
                cli_error(s->cli, "the keeper of %s did not end; sending it %s", stop_name(r), i ? "KILL" : "TERM");
                instance_signal(&s->cli->paths, stop_name(r), last[i]);
            }
        ended = stop_wait(s, mask, AFTER_SIGNAL);
    }
    for (int r = 0; r < ROLES; r++)
        if (fds[r] >= 0)
            close(fds[r]);
    return ended;
}

/* The last line: what was stopped and what, if anything, is left. */
static int stop_report(struct stop *s)
{
    size_t alive = 0, killed = 0;
    bool unknown = false;
    struct buf text, left;
    buf_init(&text, 0);
    buf_init(&left, 64 * 1024);
    for (int r = 0; r < ROLES; r++) {
        struct stop_left one;
        struct buf said;
        buf_init(&said, 16 * 1024);
        stop_sweep(&s->cli->paths, stop_name(r), s->keep[r], &one, &said);
        if (one.foreign)
            buf_addf(
                &left,
                "%s's last iteration is not of this folder (a copy of a project that was running?): what that started "
                "elsewhere was left alone\n",
                stop_name(r));
        if (one.alive)
            buf_addf(&left, "left of %s: %s\n", stop_name(r), buf_str(&said));
        if (one.unknown)
            buf_addf(&left, "%s's last iteration could not be swept: %s; look for processes of it yourself\n",
                     stop_name(r), buf_str(&said));
        alive += one.alive;
        killed += one.killed;
        unknown = unknown || one.unknown;
        buf_clear(&said);
    }
    unsigned had = 0;
    for (int h = 0; h < HOLDERS; h++)
        had |= s->had[h] ? 1u << h : 0;
    if (had) {
        buf_adds(&text, "stopped: ");
        stop_list(had, &text);
    } else {
        buf_adds(&text, "not running");
    }
    if (killed)
        buf_addf(&text, "; %zu process%s of a keeper that was killed ended", killed, killed == 1 ? "" : "es");
    if (had || killed || alive)
        buf_addf(&text, "; %zu process%s left", alive, alive == 1 ? "" : "es");
    if (!s->service || had || killed || left.len)
        cli_say(s->cli, "%s\n%s", buf_str(&text), buf_str(&left));
    buf_clear(&text);
    buf_clear(&left);
    return alive || unknown ? CLI_NO : CLI_YES;
}

/* No state folder: never started, or somebody removed it under a running watchdog, which still answers on its
 * socket. */
static int stop_without_state(struct cli *cli)
{
    struct err e = {""};
    struct link_answer a;
    int fd = link_open(&cli->paths, "control", &e);
    if (fd < 0) {
        cli_say(cli, "not running\n");
        return CLI_YES;
    }
    close(fd);
    cJSON *request = cJSON_CreateObject();
    json_add_str(request, "verb", "stop");
    bool asked = link_ask(&cli->paths, request, ANSWER, &a, &e);
    cJSON_Delete(request);
    if (asked)
        free(a.text);
    int64_t until = clock_boot() + GRACE_DEFAULT + WATCHDOG_SPARE;
    while ((fd = link_open(&cli->paths, "control", &e)) >= 0 && clock_boot() < until) {
        close(fd);
        poll(NULL, 0, 50);
    }
    if (fd >= 0) {
        close(fd);
        cli_error(cli, "%s is gone, and the watchdog that answers on its socket does not end", cli->paths.state);
        return CLI_NO;
    }
    cli_say(cli, "%s was gone; the watchdog that still ran has ended\n", cli->paths.state);
    return CLI_YES;
}

/* With the watchdog's lock in our hand: the keepers, what they left, and what is left of us. */
static int stop_rest(struct stop *s)
{
    int result = CLI_YES;
    unsigned held = stop_held(s);
    for (int r = 0; r < ROLES; r++)
        s->had[r] = s->had[r] || held & 1u << r;
    if (!stop_keepers(s)) {
        cli_error(s->cli, "a keeper does not end, not even by KILL");
        result = CLI_NO;
    }
    stop_helpers(s);
    int report = stop_report(s);
    return report == CLI_YES ? result : report;
}

/* The watchdog that the operator does not want: the wish first, the wish again at the end. */
static int stop_all(struct stop *s)
{
    struct err e = {""};
    int result = CLI_YES;
    if (!instance_want_set(&s->cli->paths, false, &e)) {
        cli_error(s->cli, "%s: it will start again with the machine; stopping what runs all the same", e.text);
        result = CLI_NO;
    }
    unsigned held = stop_held(s);
    for (int r = 0; r < ROLES; r++)
        s->had[r] = held & 1u << r;
    if (!stop_watchdog(s)) {
        cli_error(s->cli, "the watchdog does not end, not even by KILL; nothing else was touched");
        return CLI_NO;
    }
    if (!stop_lock(s))
        return CLI_OTHER;
    int rest = stop_rest(s);
    /* A start that wrote its wish while we were at it has been ended with the rest: the wish must say so too. With the
     * watchdog's lock in our hand nobody is up by it. */
    if (rest == CLI_YES && result == CLI_YES && instance_want(&s->cli->paths) != INSTANCE_WANT_DOWN &&
        !instance_want_set(&s->cli->paths, false, &e)) {
        cli_error(s->cli, "%s: it will start again with the machine", e.text);
        result = CLI_NO;
    }
    return rest == CLI_YES ? result : rest;
}

/* ExecStopPost of our unit. systemd.exec(5): $SERVICE_RESULT is how the service ended. After a stop, or one that took
 * too long and was killed, nothing is to be left. After anything else (a crash, a feeding that failed, an exit code)
 * the agents live on and the next watchdog goes on with them. */
static int stop_service(struct stop *s)
{
    const char *how = getenv("SERVICE_RESULT");
    if (!how)
        return cli_usage(s->cli, "--after-service is for ExecStopPost of a systemd unit, which sets SERVICE_RESULT");
    if (strcmp(how, "success") != 0 && strcmp(how, "timeout") != 0)
        return CLI_YES;
    char *path = paths_lock(&s->cli->paths, "watchdog");
    struct err e = {""};
    pid_t holder = 0;
    s->lock = lock_take(path, &holder, &e);
    free(path);
    if (s->lock < 0 && holder == 0)
        cli_error(s->cli, "%s", e.text);
    /* Who holds it looks after all of it: `ccsup stop`, or a watchdog that is not this service's. */
    return s->lock >= 0 ? stop_rest(s) : holder ? CLI_YES : CLI_NO;
}

int cli_stop(struct cli *cli)
{
    enum cli_exit code = cli_paths(cli);
    if (code != CLI_YES)
        return code;
    struct stop s = {.cli = cli,
                     .now = cli_given(cli, "now") != NULL,
                     .service = cli_given(cli, "after-service") != NULL,
                     .lock = -1,
                     .grace = GRACE_DEFAULT,
                     .began = clock_boot()};
    char *locks = paths_state(&cli->paths, "locks");
    int missing = access(locks, F_OK) == 0 ? 0 : errno;
    free(locks);
    if (missing == ENOENT || missing == ENOTDIR)
        return s.service ? CLI_YES : stop_without_state(cli);
    if (missing) {
        cli_error(cli, "cannot look into %s: %s; whose instance is it?", cli->paths.state, strerror(missing));
        return CLI_UNKNOWN;
    }
    if (cli_config_try(cli)) {
        int64_t a = cli->config.agents[0].policy.grace, b = cli->config.agents[1].policy.grace;
        s.grace = a > b ? a : b;
        for (int r = 0; r < ROLES; r++)
            s.keep[r] = strcmp(cli->config.agents[r].leftovers, "keep") == 0;
    }
    int result = s.service ? stop_service(&s) : stop_all(&s);
    if (s.lock >= 0)
        close(s.lock);
    return result;
}
