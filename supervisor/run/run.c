#include "supervisor/run/run.h"
#include "supervisor/base/mem.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/embedded.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include "watchdog/phase.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

enum { TEXT_MAX = 4 << 20 };

/* --- texts -------------------------------------------------------------------------------------------------- */

static char *run_read(const struct paths *p, const char *file, struct err *e)
{
    char *path = file[0] == '/' ? mem_strdup(file) : file_join(p->root, file);
    struct buf b;
    buf_init(&b, 0);
    bool ok = file_read(path, TEXT_MAX, &b, e);
    free(path);
    if (ok)
        return buf_take(&b);
    buf_clear(&b);
    return NULL;
}

/* The prompts, checked, and the plans. False and e set on the first that can't be used. */
static bool run_texts(struct run *run, struct err *e)
{
    const struct config *c = run->config;
    for (int role = 0; role < ROLES; role++) {
        char name[40];
        snprintf(name, sizeof name, "prompts/%s.md", role_name((enum role)role));
        const char *file = c->agents[role].prompt;
        if (file && file[0])
            run->prompts[role] = run_read(run->paths, file, e);
        else
            run->prompts[role] = mem_strdup(embedded_find(name)->data);
        if (!run->prompts[role] || !prompt_check(run->prompts[role], file && file[0] ? file : name, e))
            return false;
    }
    run->plans = mem_zalloc(c->phase_count * sizeof *run->plans);
    for (size_t i = 0; i < c->phase_count; i++) {
        const char *plan = c->phases[i].plan;
        if (strncmp(plan, "repo:", 5) == 0)
            run->plans[i] = file_fmt("The plan is the file `%s` in the repository, as it was when the phase began.\n",
                                     plan + 5); /* until a poll has brought it: run/repo.c */
        else
            run->plans[i] = run_read(run->paths, plan, e);
        if (!run->plans[i])
            return false;
    }
    return true;
}

/* --- signals ------------------------------------------------------------------------------------------------ */

/* TERM and INT: everything down, with grace; a second one skips it. The operator's wish stays as it is, so that a
 * service manager's restart, and the next boot, start again. */
static void run_term(uv_signal_t *h, int signal)
{
    struct run *run = h->data;
    struct watchdog_event ev = {.kind = EVENT_WISH, .wish = WISH_STOP, .now = run->core.stopping};
    run_log(run, "signal %d: taking everything down%s", signal, ev.now ? " at once" : "");
    run_enqueue(run, &ev);
}

static void run_hup(uv_signal_t *h, int signal)
{
    (void)signal;
    run_log(h->data, "hangup ignored: the loops go on; `ccsup stop` ends them");
}

static void run_signals(struct run *run)
{
    struct {
        uv_signal_t *handle;
        int signal;
        uv_signal_cb fn;
    } all[] = {{&run->term, SIGTERM, run_term}, {&run->intr, SIGINT, run_term}, {&run->hup, SIGHUP, run_hup}};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uv_signal_init(&run->loop, all[i].handle);
        all[i].handle->data = run;
        uv_signal_start(all[i].handle, all[i].fn, all[i].signal);
    }
}

/* --- life --------------------------------------------------------------------------------------------------- */

static void run_close(uv_handle_t *h, void *arg)
{
    (void)arg;
    if (!uv_is_closing(h))
        uv_close(h, NULL);
}

void run_end(struct run *run)
{
    if (run->ending)
        return;
    run->ending = true;
    run_log(run, run->core.finished ? "finished: done is done" : "stopped");
    helper_kill(&run->poll);
    for (int role = 0; role < ROLES; role++)
        helper_kill(&run->clones[role]);
    notify_end(run);
    recheck_end(run);
    uv_timer_stop(&run->timer);
    uv_stop(&run->loop);
}

static bool run_helped(const struct run *run)
{
    return run->poll.running || run->clones[0].running || run->clones[1].running || notify_busy(run) ||
           recheck_busy(run);
}

/* Closes what is left and lets the callbacks run out; helpers that were killed report their end here. */
static void run_close_all(struct run *run)
{
    control_close(run);
    for (int role = 0; role < ROLES; role++)
        tail_stop(&run->tails[role]);
    for (int i = 0; i < 200 && run_helped(run); i++) {
        uv_run(&run->loop, UV_RUN_NOWAIT);
        if (run_helped(run))
            usleep(10000);
    }
    uv_walk(&run->loop, run_close, NULL);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_loop_close(&run->loop);
}

static uint64_t run_init(struct run *run)
{
    uint64_t seed = (uint64_t)clock_now();
    struct watchdog_texts texts = {.plan = (const char *const *)run->plans,
                                   .resume = embedded_find("prompts/resume.md")->data};
    if (getrandom(&seed, sizeof seed, 0) < 0)
        seed = (uint64_t)clock_now();
    for (int role = 0; role < ROLES; role++)
        texts.prompt[role] = run->prompts[role];
    watchdog_init(&run->core, run->config, &texts, seed, clock_now());
    uv_loop_init(&run->loop);
    uv_idle_init(&run->loop, &run->pump);
    uv_timer_init(&run->loop, &run->timer);
    uv_timer_init(&run->loop, &run->status_timer);
    uv_timer_init(&run->loop, &run->settle_timer);
    uv_timer_init(&run->loop, &run->watch_timer);
    uv_fs_event_init(&run->loop, &run->watch);
    run->pump.data = run->timer.data = run->status_timer.data = run->settle_timer.data = run;
    run->watch_timer.data = run->watch.data = run;
    for (int role = 0; role < ROLES; role++) {
        keeper_init(run, (enum role)role);
        tail_init(run, (enum role)role);
    }
    return seed;
}

/* Does the operator want it up? No file = nobody said otherwise. False and e: a wish that can't be read is none to
 * start anything on. */
static bool run_wanted(const struct paths *p, bool *up, struct err *e)
{
    char *path = paths_state(p, "want");
    struct buf b;
    buf_init(&b, 0);
    bool ok = !file_exists(path) || file_read(path, 64, &b, e);
    *up = strncmp(buf_str(&b), "down", 4) != 0;
    buf_clear(&b);
    free(path);
    return ok;
}

static int run_fail(const struct err *e)
{
    fprintf(stderr, "ccsup: %s\n", e->text);
    return 1;
}

static int run_loop(struct run *run, uint64_t seed, const char *phase)
{
    struct err e = {0};
    struct watchdog_event start = {.kind = EVENT_START};
    run_log(run, "ccsup %s, pid %ld, %s", CCSUP_VERSION, (long)getpid(), run->paths->config);
    record_in_force(run);
    notify_secrets(run);
    if (!record_restore(run, &e) || !control_open(run, &e)) {
        run_close_all(run);
        return run_fail(&e);
    }
    if (run->core.missing && !phase) {
        run_close_all(run);
        phase_missing(run->core.missing, &e);
        run_fail(&e);
        return 4;
    }
    run_signals(run);
    struct watchdog_event begin = {.kind = EVENT_WISH, .wish = WISH_PHASE, .text = phase};
    if (phase)
        run_enqueue(run, &begin);
    for (int role = 0; role < ROLES; role++)
        keeper_adopt(&run->keepers[role]);
    notify_begin(run);
    recheck_begin(run);
    record_life(run, seed); /* with what has become of the last iterations, and before the first event */
    repo_watch(run);
    service_ready(&run->service, "starting");
    service_feed(&run->service, &run->loop);
    run_enqueue(run, &start);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    record_settle(run);
    record_status(run);
    run_close_all(run);
    return 0;
}

int run_main(const struct paths *paths, const struct config *config, bool detached, const char *phase)
{
    struct err e = {0};
    struct run *run = mem_zalloc(sizeof *run);
    int code = 1;
    pid_t holder = 0;
    bool up = true;
    service_open(&run->service, !detached);
    run->paths = paths;
    run->config = config;
    run->detached = detached;
    run->lock = run->log = run->journal = run->events = -1;
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0); /* an agent of the same user can't trace us; LeakSanitizer must */
#endif
    char *lock = paths_lock(paths, "watchdog");
    if (!paths_make(paths, &e) || !run_texts(run, &e)) {
        code = run_fail(&e);
    } else if ((run->lock = lock_take(lock, &holder, &e)) < 0) {
        if (holder)
            err_set(&e, "another watchdog (pid %ld) runs this instance; `ccsup status` shows it", (long)holder);
        code = run_fail(&e);
        if (holder)
            code = 5;
    } else if (!run_wanted(paths, &up, &e)) {
        code = run_fail(&e);
    } else if (!up) {
        static const char why[] = "the operator stopped this instance; `ccsup start` starts it again";
        fprintf(stderr, "ccsup: %s\n", why);
        service_ready(&run->service, why); /* else the manager would call this end a failure, and begin anew */
        code = 0;
    } else if (!record_open(run, &e)) {
        code = run_fail(&e);
    } else {
        uint64_t seed = run_init(run);
        code = run_loop(run, seed, phase);
        watchdog_clear(&run->core);
        notify_free(run);
        recheck_free(run);
    }
    record_close(run);
    service_close(&run->service);
    for (int role = 0; role < ROLES; role++) {
        free(run->prompts[role]);
        keeper_clear(&run->keepers[role]);
    }
    for (size_t i = 0; run->plans && i < config->phase_count; i++)
        free(run->plans[i]);
    free(run->plans);
    free(run->plan_has);
    free(run->plan_asked);
    free(run->plan_blob);
    free(run->queue);
    free(run->memory.last);
    cJSON_Delete(run->restored);
    free(lock);
    /* The lock goes with the process: who sees it free finds no watchdog any more. */
    free(run);
    return code;
}
