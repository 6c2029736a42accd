/* How a keeper is started. ccsup-keep is loaded while the agent before still runs, and told to begin when it has ended:
 * loading takes as long as all the rest of a start. Until then it holds nothing and has looked at nothing. */
#include "agents/environment.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/marker.h"
#include "watchdog/budgets.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

extern char **environ;

/* What had to be done before it could begin, in its line "ready PID ITERATION SWEPT [foreign]". */
static void keeper_swept(const struct keeper *k, const char *said)
{
    unsigned long swept = 0;
    int end = 0;
    if (sscanf(said, "ready %*d %*d %lu%n", &swept, &end) != 1)
        return;
    if (swept)
        run_log(k->run, "%s: %lu process%s of earlier iterations still lived, killed", keeper_role(k), swept,
                swept == 1 ? "" : "es");
    if (strcmp(said + end, " foreign") == 0)
        run_log(
            k->run,
            "%s: its last iteration is not of this folder (a copy of a project that was running?): what that started "
            "elsewhere was left alone",
            keeper_role(k));
}

/* The first process has said its line: taken as soon as it is whole, for its end takes longer than the agent's start
 * can wait. Without a line: when it has ended. */
static void keeper_reported(struct keeper *k)
{
    bool whole = k->said.len && k->said.data[k->said.len - 1] == '\n';
    if (k->heard || (!whole && (k->process_open || k->report_open)))
        return;
    k->heard = true;
    if (k->abandoned) { /* the core has gone on without it */
        buf_clear(&k->said);
        return;
    }
    char *said = vis_dup(buf_str(&k->said), k->said.len - whole, 240);
    if (strncmp(said, "ready ", 6) == 0) {
        keeper_swept(k, said);
        if (!keeper_open(k, -1))
            keeper_start_failed(k, WHY_NONE, "its keeper's socket can't be reached");
    } else if (strncmp(said, "busy", 4) == 0) {
        keeper_start_failed(k, WHY_NONE, "another keeper of this role is alive");
    } else if (strncmp(said, "survivors ", 10) == 0) {
        const char *sentence = strchr(said + 10, ' ');
        keeper_start_failed(k, WHY_SURVIVORS, sentence ? sentence + 1 : said);
    } else if (strncmp(said, "failed ", 7) == 0) {
        keeper_start_failed(k, WHY_NONE, said + 7);
    } else {
        keeper_start_failed(k, WHY_NONE, "ccsup-keep ended without a report");
    }
    free(said);
    buf_clear(&k->said);
}

static void keeper_process_closed(uv_handle_t *h)
{
    struct keeper *k = h->data;
    k->process_open = false;
    keeper_reported(k);
    keeper_let_go(k);
}

static void keeper_report_closed(uv_handle_t *h)
{
    struct keeper *k = h->data;
    k->report_open = false;
    keeper_reported(k);
    keeper_let_go(k);
}

static void keeper_begin_closed(uv_handle_t *h)
{
    struct keeper *k = h->data;
    k->begin_open = false;
    keeper_let_go(k);
}

/* It is told no more: it begins, or it ends. */
static void keeper_begin_close(struct keeper *k)
{
    if (k->begin_open && !uv_is_closing((uv_handle_t *)&k->begin))
        uv_close((uv_handle_t *)&k->begin, keeper_begin_closed);
}

static void keeper_exited(uv_process_t *p, int64_t status, int signal)
{
    (void)status; /* what counts is its line */
    (void)signal;
    keeper_begin_close(p->data);
    uv_close((uv_handle_t *)p, keeper_process_closed);
}

static void keeper_report(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct keeper *k = s->data;
    if (n > 0 && !k->heard) {
        buf_add(&k->said, buf->base, (size_t)n);
        keeper_reported(k);
    } else if (n < 0) {
        uv_close((uv_handle_t *)s, keeper_report_closed);
    }
    free(buf->base);
}

/* Where an agent parks a wait: beside its clone, so that a user of its own gets it. */
static char *keeper_park(const struct keeper *k)
{
    return paths_data(k->run->paths, keeper_role(k), "park");
}

static char *keeper_park_file(const struct keeper *k)
{
    char *park = keeper_park(k), *file = file_join(park, "wait.json");
    free(park);
    return file;
}

bool keeper_parked(const struct keeper *k)
{
    char *file = keeper_park_file(k);
    struct stat st;
    bool parked = lstat(file, &st) == 0 && S_ISREG(st.st_mode);
    free(file);
    return parked;
}

/* What is not waited for is dropped. */
static void keeper_unpark(const struct keeper *k)
{
    char *file = keeper_park_file(k);
    unlink(file);
    free(file);
}

static void keeper_environment(struct keeper *k, struct words *env)
{
    const struct config_agent *a = &k->run->config->agents[k->role];
    const struct environment_rules rules = {.env = &a->env, .pass = &a->env_pass, .deny = &a->env_deny};
    struct words own = {0};
    char *clone = paths_data(k->run->paths, keeper_role(k), "gitconfig"),
         *tmp = paths_tmp(k->run->paths, keeper_role(k)), *park = keeper_park(k);
    const char *own_path = environment_value(&a->env, "PATH"), *path = own_path ? own_path : getenv("PATH");
    mkdir(park, 0700);
    char *entries[] = {
        file_fmt("CCSUP_CONFIG=%s", k->run->paths->config),
        file_fmt("CCSUP_ROLE=%s", keeper_role(k)),
        file_fmt("CCSUP_BRANCH=%s", k->run->config->branch),
        file_fmt("CCSUP_PARK=%s", park),
        file_fmt("CCSUP_PHASE=%s", k->run->config->phases[k->run->core.phase].id),
        file_fmt("GIT_CONFIG_GLOBAL=%s", clone),
        file_fmt("GIT_TERMINAL_PROMPT=0"),
        file_fmt("TMPDIR=%s", tmp),
        file_fmt("PATH=%s:%s", k->run->paths->exe, path && *path ? path : "/usr/local/bin:/usr/bin:/bin"),
    };
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        words_add(&own, entries[i]);
        free(entries[i]);
    }
    if (*a->claude.program) {
        const char *given = a->claude.config_dir;
        char *dir = !*given         ? paths_data(k->run->paths, keeper_role(k), "claude")
                    : *given == '/' ? mem_strdup(given)
                                    : file_join(k->run->paths->root, given);
        mkdir(dir, 0700); /* there is one, or Claude says what is wrong with it */
        claude_environment(dir, a->policy.max_wait, &a->env, &own);
        free(dir);
    }
    environment_build(environ, &rules, &own, env);
    words_clear(&own);
    free(clone);
    free(tmp);
    free(park);
}

/* Whose it is, and what makes it the only one. */
static void keeper_run_id(const struct keeper *k, char out[MARKER_DIGITS + 1])
{
    unsigned char raw[16];
    if (getrandom(raw, sizeof raw, 0) != sizeof raw)
        abort();
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", raw[i]);
    char owner[MARKER_OWNER + 1];
    if (marker_owner(k->run->paths->state, keeper_role(k), owner))
        memcpy(out, owner, MARKER_OWNER);
}

/* In the agent's place, until what it parked is over. */
static void keeper_arguments_park(const struct keeper *k, struct words *argv)
{
    char *values[] = {
        file_join(k->run->paths->exe, "ccsup"),
        mem_strdup("wait"),
        mem_strdup("--parked"),
        keeper_park(k),
        mem_strdup("--"),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        words_add(argv, values[i]);
        free(values[i]);
    }
}

/* session: that Claude goes on with; "" = a new one. parked: it begins with the wait that is parked. */
static void keeper_arguments(struct keeper *k, const char *id, const char *session, bool parked, struct words *argv)
{
    const struct paths *p = k->run->paths;
    const struct config_agent *a = &k->run->config->agents[k->role];
    char *values[] = {
        paths_program(p, "ccsup-keep"),
        file_fmt("--wait"),
        file_fmt("--state"),
        mem_strdup(p->state),
        file_fmt("--role"),
        mem_strdup(keeper_role(k)),
        file_fmt("--socket"),
        paths_socket(p, keeper_role(k)),
        file_fmt("--clone"),
        paths_data(p, keeper_role(k), "clone"),
        file_fmt("--tmp"),
        paths_tmp(p, keeper_role(k)),
        file_fmt("--run-id"),
        mem_strdup(id),
        file_fmt("--grace"),
        file_fmt("%lld", (long long)a->policy.grace),
        file_fmt("--orphan-timeout"),
        file_fmt("%lld", (long long)k->run->config->orphan_timeout),
        file_fmt("--fence"),
        mem_strdup(a->fence),
        file_fmt("--leftovers"),
        mem_strdup(a->leftovers),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        words_add(argv, values[i]);
        free(values[i]);
    }
    if (*a->user) {
        words_add(argv, "--user");
        words_add(argv, a->user);
    }
    if (*k->tried) {
        words_add(argv, "--tried");
        words_add(argv, k->tried);
    }
    words_add(argv, "--");
    if (parked)
        keeper_arguments_park(k, argv);
    if (*a->claude.program) {
        char fresh[CLAUDE_SESSION_ROOM];
        claude_session(id, fresh);
        claude_command(&a->claude, *session ? session : fresh, *session != '\0', budgets_left(&k->run->core, k->role),
                       argv);
    }
    for (size_t i = 0; i < a->command.n; i++)
        words_add(argv, a->command.at[i]);
}

/* Starts ccsup-keep, which waits. */
static void keeper_load(struct keeper *k, const char *session, bool parked)
{
    struct run *run = k->run;
    keeper_run_id(k, k->run_id);
    words_clear(&k->argv);
    words_clear(&k->env);
    keeper_arguments(k, k->run_id, session, parked, &k->argv);
    keeper_environment(k, &k->env);
    buf_clear(&k->said);
    buf_init(&k->said, 1024);
    uv_pipe_init(&run->loop, &k->begin, 0);
    uv_pipe_init(&run->loop, &k->report, 0);
    k->begin.data = k->report.data = k->process.data = k;
    uv_stdio_container_t stdio[3] = {
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE), .data.stream = (uv_stream_t *)&k->begin},
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE), .data.stream = (uv_stream_t *)&k->report},
        {.flags = UV_INHERIT_FD, .data.fd = run->log},
    };
    uv_process_options_t o = {.file = k->argv.at[0],
                              .args = k->argv.at,
                              .env = k->env.at,
                              .exit_cb = keeper_exited,
                              .stdio = stdio,
                              .stdio_count = 3};
    int rc = uv_spawn(&run->loop, &k->process, &o);
    k->begin_open = k->process_open = k->report_open = true;
    if (rc != 0) {
        buf_addf(&k->said, "failed cannot run %s: %s", k->argv.at[0], uv_strerror(rc));
        keeper_begin_close(k);
        uv_close((uv_handle_t *)&k->process, keeper_process_closed);
        uv_close((uv_handle_t *)&k->report, keeper_report_closed);
    } else {
        uv_read_start((uv_stream_t *)&k->report, keeper_buffer, keeper_report);
    }
}

/* Is there one that waits? */
static bool keeper_loaded(const struct keeper *k)
{
    return k->begin_open && !uv_is_closing((const uv_handle_t *)&k->begin);
}

/* Would one that is started now be told the same? The phase, for one, may have changed, or a session goes on. */
static bool keeper_fits(struct keeper *k, const char *session, bool parked)
{
    struct words argv = {0}, env = {0};
    keeper_arguments(k, k->run_id, session, parked, &argv);
    keeper_environment(k, &env);
    bool fits = words_same(&argv, &k->argv) && words_same(&env, &k->env);
    words_clear(&argv);
    words_clear(&env);
    return fits;
}

void keeper_stock(struct keeper *k)
{
    if (!k->run->ending && k->agent_pid && !k->stocked && !k->next && !k->begin_open && !k->process_open &&
        !k->report_open) {
        k->stocked = true;
        k->heard = true; /* nobody waits for its line yet */
        keeper_load(k, "", false);
    }
}

/* The prompt, where the keeper that is about to begin takes it; nobody else reads it. Mostly the last keeper has made
 * folder and file. */
static bool keeper_prompt(struct keeper *k, const char *prompt, struct err *e)
{
    char *next = paths_role(k->run->paths, keeper_role(k), "next"), *file = file_join(next, "prompt.md");
    bool put = file_put(file, prompt, strlen(prompt), 0600, NULL) ||
               (file_mkdirs(next, 0700, e) && file_put(file, prompt, strlen(prompt), 0600, e));
    free(next);
    free(file);
    return put;
}

/* The word to begin. */
static bool keeper_tell(struct keeper *k)
{
    char line[32];
    int n = k->over ? snprintf(line, sizeof line, "over %d\n", k->over) : snprintf(line, sizeof line, "begin\n");
    uv_buf_t word = uv_buf_init(line, (unsigned)n);
    bool told = uv_try_write((uv_stream_t *)&k->begin, &word, 1) == n;
    if (told)
        k->over = 0;
    keeper_begin_close(k);
    return told;
}

static void keeper_later(struct keeper *k, const char *prompt, const char *session, bool parked)
{
    k->next_parked = parked;
    mem_set(&k->next, prompt);
    snprintf(k->next_session, sizeof k->next_session, "%s", session);
}

void keeper_spawn(struct keeper *k, const char *prompt, const char *session, bool parked)
{
    struct err e = {0};
    bool loaded = keeper_loaded(k);
    if (loaded && !keeper_fits(k, session, parked)) {
        keeper_begin_close(k); /* it ends */
        loaded = false;
    }
    if (k->pipe_open || (!loaded && (k->begin_open || k->process_open || k->report_open))) {
        keeper_later(k, prompt, session, parked); /* handles of the last one; keeper_let_go comes back here */
        return;
    }
    if (!keeper_prompt(k, prompt, &e)) {
        keeper_start_failed(k, WHY_NONE, e.text);
        return;
    }
    if (!parked)
        keeper_unpark(k);
    if (!loaded)
        keeper_load(k, session, parked);
    k->abandoned = k->heard = k->stocked = false;
    k->born = true;
    if (keeper_loaded(k) && !keeper_tell(k) && loaded) {
        k->heard = true; /* somebody killed it while it waited: its end says nothing, and another is loaded after it */
        keeper_later(k, prompt, session, parked);
    }
}
