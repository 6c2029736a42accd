/* ccsup demo: the whole thing at work. A scratch folder with a bare repository and two scripted loops, the
 * real watchdog over them, from nothing to DONE; then what happened, and whether anything is left. No
 * network, no model, no account. */
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/demo.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include "watchdog/status.h"
#include <getopt.h>
#include <limits.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DEMO_LIMIT = 120 * 1000, /* from start to the end of everything, ms */
    DEMO_START_LIMIT = 60 * 1000,
    DEMO_STOP_LIMIT = 40 * 1000,
    DEMO_GIT_LIMIT = 20 * 1000,
    DEMO_GONE_LIMIT = 10 * 1000, /* how long the last process may take to go */
    DEMO_LOOK = 500,             /* between two looks */
    DEMO_TIMED_OUT = 124,
    DEMO_TEXT_MAX = 1 << 20,
};

struct demo {
    bool keep, terminal;
    struct demo_scratch scratch;
    char *out; /* file for the output of child processes */
    char exe[PATH_MAX];
    struct paths paths;
    struct demo_children children;
    struct story story;
    size_t told;      /* events already printed */
    int drawn;        /* lines of the status on the terminal */
    int64_t started;  /* wall clock, ms */
    int64_t deadline; /* boot clock, ms */
    uint64_t since;   /* our own start, ticks since boot */
    int passing, criteria;
    bool done;      /* the watchdog recorded DONE */
    int out_errno;  /* of the first output that was lost, 0 = none */
    int code;       /* of the demo; CLI_YES until something fails */
    struct buf why; /* the first thing that failed, a sentence */
};

static void demo_put(struct demo *d, const struct buf *b)
{
    if (!file_write_all(STDOUT_FILENO, buf_str(b), b->len) && !d->out_errno)
        d->out_errno = errno;
}

static void demo_say(struct demo *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void demo_say(struct demo *d, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, DEMO_TEXT_MAX);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    buf_adds(&b, "\n");
    demo_put(d, &b);
    buf_clear(&b);
}

/* Remembers the first failure. */
static void demo_fail(struct demo *d, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void demo_fail(struct demo *d, int code, const char *fmt, ...)
{
    if (d->code != CLI_YES)
        return;
    d->code = code;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&d->why, fmt, ap);
    va_end(ap);
}

/* --- The beginning --- */

static bool demo_options(struct demo *d, int argc, char **argv, struct err *e)
{
    static const struct option longs[] = {{"keep", no_argument, NULL, 'k'}, {"dir", required_argument, NULL, 'd'}, {0}};
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+:", longs, NULL)) != -1;)
        if (c == 'k') {
            d->keep = true;
        } else if (c == 'd') {
            d->scratch.given = optarg;
        } else if (c == ':') {
            err_set(e, "--dir needs the name of a folder that is new or empty");
            return false;
        } else {
            err_set(e, "there is no such option; there are --keep and --dir DIR");
            return false;
        }
    if (optind < argc)
        err_set(e, "it takes no words, only --keep and --dir DIR");
    return optind >= argc;
}

static bool demo_prepare(struct demo *d, struct err *e)
{
    ssize_t n = readlink("/proc/self/exe", d->exe, sizeof d->exe - 1);
    if (n <= 0) {
        err_set(e, "cannot find this program: is /proc mounted?");
        return false;
    }
    d->exe[n] = '\0';
    struct proc_stat self;
    d->since = proc_read(getpid(), &self) ? self.starttime : 0;
    if (!demo_scratch_make(&d->scratch, e))
        return false;
    d->out = file_join(d->scratch.dir, "demo.out");
    char *argv[] = {"git", "init", "-q", "--bare", "-b", "main", getenv("DEMO_REPO"), NULL};
    int code = demo_child(&d->children, argv, d->out, DEMO_GIT_LIMIT);
    if (code != 0) {
        err_set(e, code == 127 ? "there is no git on PATH; install it" : "git init failed with exit %d", code);
        return false;
    }
    return paths_init(&d->paths, getenv("CCSUP_CONFIG"), e);
}

/* --- Looking --- */

static void demo_collect(struct demo *d)
{
    char *range = d->story.last[0] ? file_fmt("%s..refs/heads/main", d->story.last) : file_fmt("refs/heads/main");
    char *argv[] = {"git", "-C", getenv("DEMO_REPO"), "log", "--reverse", "--format=%H%x09%ct%x09%ae%x09%s", range,
                    "--",  NULL};
    struct buf log;
    buf_init(&log, 0);
    /* Before the first push there is no main, and git says so with a bad exit code. */
    if (demo_child(&d->children, argv, d->out, DEMO_GIT_LIMIT) == 0 && file_read(d->out, DEMO_TEXT_MAX, &log, NULL))
        story_commits(&d->story, buf_str(&log), log.len);
    buf_clear(&log);
    free(range);
    story_iterations(&d->story, &d->paths);
}

/* The status document (the caller frees), or NULL. */
static cJSON *demo_status(const struct demo *d)
{
    char *path = paths_state(&d->paths, "status.json");
    struct buf b;
    buf_init(&b, 0);
    cJSON *doc = file_read(path, 8 << 20, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    free(path);
    return doc;
}

/* Takes from the status what the end needs; an agent that waits for a person can't come to an end here. */
static void demo_read(struct demo *d, const cJSON *doc)
{
    const cJSON *item;
    d->passing = d->criteria = 0;
    cJSON_ArrayForEach(item, json_get(doc, "criteria"))
    {
        d->criteria++;
        d->passing += strcmp(json_str(item, "state", ""), "PASS") == 0;
    }
    d->done = json_bool(doc, "finished", false) && cJSON_GetArraySize(json_get(doc, "done")) > 0;
    cJSON_ArrayForEach(item, json_get(doc, "agents")) if (strcasecmp(json_str(item, "state", ""), "HELD") == 0)
    {
        const char *role = json_str(item, "role", "?"), *why = json_str(item, "why_text", "no reason given");
        char *safe = vis_dup(why, strlen(why), 200);
        demo_fail(d, CLI_NO, "the %s is held: %s", strcmp(role, "builder") == 0 ? "builder" : "adversary", safe);
        free(safe);
    }
}

/* Goes back to the first line of what was drawn before; what follows overwrites it. */
static void demo_rewind(struct demo *d, struct buf *b)
{
    if (d->drawn > 0)
        buf_addf(b, "\x1b[%dA", d->drawn);
    buf_adds(b, "\r\x1b[J");
    d->drawn = 0;
}

static void demo_draw(struct demo *d, const cJSON *doc, bool over)
{
    struct winsize size = {0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    struct status_view view = {.width = size.ws_col ? size.ws_col : 80,
                               .color = !getenv("NO_COLOR"),
                               .alive = over ? STATUS_DEAD : STATUS_ALIVE};
    int rows = size.ws_row > 4 ? size.ws_row - 2 : 22;
    struct buf text, frame;
    buf_init(&text, DEMO_TEXT_MAX);
    buf_init(&frame, DEMO_TEXT_MAX);
    status_text(doc, clock_now(), &view, &text);
    demo_rewind(d, &frame);
    for (const char *p = buf_str(&text); *p && d->drawn < rows; d->drawn++) {
        size_t n = strcspn(p, "\n");
        buf_add(&frame, p, n);
        buf_adds(&frame, "\n");
        p += n + (p[n] == '\n');
    }
    demo_put(d, &frame);
    buf_clear(&text);
    buf_clear(&frame);
}

/* One look: at a terminal the status is drawn again, else what is new of the story is told. */
static void demo_show(struct demo *d, const cJSON *doc, bool over)
{
    if (d->terminal) {
        if (doc)
            demo_draw(d, doc, over);
        return;
    }
    struct buf b;
    buf_init(&b, DEMO_TEXT_MAX);
    story_tell(&d->story, d->told, d->started, &b);
    d->told = d->story.count;
    demo_put(d, &b);
    buf_clear(&b);
}

/* Does anybody hold a lock of the run? */
static bool demo_held(const struct demo *d)
{
    static const char *const locks[] = {"watchdog", "builder", "adversary"};
    bool held = false;
    for (size_t i = 0; !held && i < sizeof locks / sizeof *locks; i++) {
        char *lock = paths_lock(&d->paths, locks[i]);
        held = lock_holder(lock, NULL) > 0;
        free(lock);
    }
    return held;
}

/* Until the watchdog has ended everything by itself, or something went wrong. */
static void demo_watch(struct demo *d)
{
    while (d->code == CLI_YES) {
        bool over = !demo_held(d); /* looked at first: what it wrote last is read after */
        cJSON *doc = demo_status(d);
        if (doc)
            demo_read(d, doc);
        demo_collect(d);
        demo_show(d, doc, over);
        cJSON_Delete(doc);
        if (d->children.caught)
            demo_fail(d, CLI_NO, "stopped by signal %d", d->children.caught);
        else if (over && !d->done)
            demo_fail(d, CLI_NO, "the watchdog ended before the work was done");
        else if (clock_boot() > d->deadline)
            demo_fail(d, DEMO_TIMED_OUT, "not over after %d s", DEMO_LIMIT / 1000);
        if (over)
            break;
        int64_t until = clock_boot() + DEMO_LOOK;
        while (!d->children.caught && clock_boot() < until && demo_held(d))
            demo_nap(&d->children, 100);
    }
}

/* --- The end --- */

/* The last lines of a text file, escaped, indented. */
static void demo_tail(const char *path, int lines, struct buf *out)
{
    struct buf b;
    buf_init(&b, 0);
    if (file_read(path, 64 << 20, &b, NULL) && b.len) {
        size_t from = b.len - (b.data[b.len - 1] == '\n');
        while (from > 0 && (b.data[from - 1] != '\n' || --lines > 0))
            from--;
        for (const char *p = b.data + from; *p;) {
            size_t n = strcspn(p, "\n");
            buf_adds(out, "  ");
            vis_add(out, p, n < 400 ? n : 400);
            buf_adds(out, "\n");
            p += n + (p[n] == '\n');
        }
    }
    buf_clear(&b);
}

/* Ends what still runs: nothing after a good end. */
static void demo_stop(struct demo *d)
{
    if (!demo_held(d))
        return;
    demo_say(d, "demo: stopping both loops and the watchdog");
    char *argv[] = {d->exe, "stop", NULL};
    int code = demo_child(&d->children, argv, d->out, DEMO_STOP_LIMIT);
    if (code != 0)
        demo_fail(d, CLI_NO, "ccsup stop ended with exit %d", code);
}

/* An independent judgement of the pushed repository by a program that knows nothing of this run. */
static void demo_verify(struct demo *d)
{
    char *argv[] = {d->exe, "verify", NULL};
    int code = demo_child(&d->children, argv, d->out, DEMO_GIT_LIMIT);
    if (code == 0)
        return;
    demo_fail(d, CLI_NO, "ccsup verify does not agree: exit %d", code);
    struct buf b;
    buf_init(&b, DEMO_TEXT_MAX);
    demo_tail(d->out, 20, &b);
    demo_put(d, &b);
    buf_clear(&b);
}

/* Looks until nothing is left; names what stays. */
static int demo_sweep(struct demo *d)
{
    int64_t until = clock_boot() + DEMO_GONE_LIMIT;
    struct buf names;
    int left;
    for (;;) {
        buf_init(&names, DEMO_TEXT_MAX);
        left = demo_left(&d->paths, d->scratch.dir, d->since, &names);
        if (left == 0 || clock_boot() >= until)
            break;
        buf_clear(&names);
        demo_nap(&d->children, 100);
    }
    if (left > 0) {
        demo_fail(d, CLI_NO, "%d processes are left", left);
        demo_put(d, &names);
    }
    buf_clear(&names);
    return left;
}

/* Removes what the demo made, or says where it is. With processes left their folder stays. */
static void demo_clean(struct demo *d, int left)
{
    for (int role = 0; left == 0 && role < ROLES; role++) {
        char *tmp = paths_tmp(&d->paths, role_name((enum role)role));
        file_remove_tree(tmp);
        free(tmp);
    }
    if (left == 0)
        file_remove_tree(d->paths.sockets);
    if (d->keep || left > 0)
        demo_say(d, "kept: %s (look: ccsup -C '%s' status)", d->scratch.dir, d->scratch.dir);
    else if (!demo_scratch_remove(&d->scratch))
        demo_say(d, "could not clean up %s", d->scratch.dir);
}

static void demo_close(struct demo *d)
{
    struct buf b;
    buf_init(&b, DEMO_TEXT_MAX);
    demo_stop(d);
    demo_collect(d);
    if (d->done && d->code == CLI_YES)
        demo_verify(d);
    int left = demo_sweep(d);
    if (d->code == CLI_YES && d->criteria == 0)
        demo_fail(d, CLI_NO, "the status shows no criteria");
    if (d->code == CLI_YES && d->passing < d->criteria)
        demo_fail(d, CLI_NO, "not every criterion is verified");
    if (d->terminal)
        buf_adds(&b, "\nWhat happened:\n");
    story_tell(&d->story, d->told, d->started, &b);
    if (d->code != CLI_YES && !d->children.caught) {
        char *log = paths_state(&d->paths, "ccsup.log");
        buf_adds(&b, "The watchdog's last words:\n");
        demo_tail(log, 10, &b);
        free(log);
    }
    demo_put(d, &b);
    buf_clear(&b);
    int64_t seconds = (clock_now() - d->started + 500) / 1000;
    demo_clean(d, left);
    demo_say(d, "demo: %s in %lld s, %s%s%d/%d criteria verified, %d restart%s, %d process%s left",
             d->code == CLI_YES ? "DONE" : "FAILED", (long long)seconds, buf_str(&d->why), d->why.len ? ", " : "",
             d->passing, d->criteria, d->story.restarts, d->story.restarts == 1 ? "" : "s", left,
             left == 1 ? "" : "es");
}

static void demo_run(struct demo *d)
{
    demo_say(d, "demo: a Builder and an Adversary, two scripts, make days.sh in %s", d->scratch.dir);
    demo_say(d, "demo: criteria D1 to D10; nothing leaves this machine; Ctrl-C stops everything");
    d->started = clock_now();
    d->deadline = clock_boot() + DEMO_LIMIT;
    story_add(&d->story, d->started, "an empty repository; both loops start");
    char *argv[] = {d->exe, "start", NULL};
    int code = demo_child(&d->children, argv, d->out, DEMO_START_LIMIT);
    if (code != 0) {
        struct buf b;
        buf_init(&b, DEMO_TEXT_MAX);
        demo_tail(d->out, 20, &b);
        demo_put(d, &b);
        buf_clear(&b);
        demo_fail(d, CLI_NO, "ccsup start ended with exit %d", code);
    }
    demo_watch(d);
    if (d->done)
        story_add(&d->story, clock_now(), "watchdog: DONE, looked at twice; both loops ended");
    demo_close(d);
}

/* ccsup demo [--keep] [--dir DIR]. argv[0] is the verb. Returns the exit code: 0 only when the work came to
 * DONE, verify agrees and no process is left. */
int cli_demo(int argc, char **argv)
{
    struct demo d;
    struct err e = {""};
    memset(&d, 0, sizeof d);
    buf_init(&d.why, 400);
    int code = CLI_USAGE;
    if (demo_options(&d, argc, argv, &e)) {
        d.terminal = isatty(STDOUT_FILENO);
        demo_children_init(&d.children);
        if (demo_prepare(&d, &e)) {
            demo_run(&d);
            code = d.code;
            if (d.out_errno) {
                err_set(&e, "cannot write the output: %s", strerror(d.out_errno));
                code = CLI_NO;
            }
        } else {
            code = CLI_NO;
            if (d.out)
                demo_scratch_remove(&d.scratch);
        }
        demo_children_clear(&d.children);
    }
    if (e.text[0]) {
        struct buf b;
        buf_init(&b, 2048);
        buf_adds(&b, "ccsup demo: ");
        vis_add(&b, e.text, strlen(e.text));
        buf_adds(&b, code == CLI_USAGE ? "; try 'ccsup help demo'\n" : "\n");
        (void)file_write_all(STDERR_FILENO, buf_str(&b), b.len);
        buf_clear(&b);
    }
    story_clear(&d.story);
    paths_clear(&d.paths);
    buf_clear(&d.why);
    free(d.scratch.dir);
    free(d.out);
    return code;
}
