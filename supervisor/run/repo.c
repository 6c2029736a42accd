/* The repository as the watchdog sees it: polls and clones through ccsup-git, and a look at a local one's branch. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/file.h"
#include "watchdog/request.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A push renames several files; one look a little later sees them all. */
enum { WATCH_SETTLE_MS = 100 };

static const char *const repo_program[] = {"ccsup-git", NULL};

/* Code and sentence of an answer that is no success; the sentence is ccsup-git's, escaped there and here. */
static void repo_failed(struct run *run, enum watchdog_event_kind kind, enum role role, const cJSON *answer,
                        const char *problem)
{
    const char *text = json_str(answer, "text", problem ? problem : "ccsup-git gave no reason");
    char *safe = vis_dup(text, strlen(text), 400);
    struct watchdog_event ev = {.kind = kind, .role = role, .code = json_str(answer, "code", "local"), .text = safe};
    run_enqueue(run, &ev);
    free(safe);
}

/* The operator's files that count for the active phase: what each is called, and its path (NULL = built in). */
enum { REPO_INPUTS = 3 + ROLES };

static void repo_inputs(const struct run *run, const char *names[REPO_INPUTS], char *paths[REPO_INPUTS])
{
    static const char *const prompts[] = {"builder-prompt", "adversary-prompt"};
    const char *plan = run->config->phases[run->core.phase].plan;
    names[0] = "launch.conf";
    paths[0] = mem_strdup(run->paths->config);
    names[1] = "plan";
    paths[1] = strncmp(plan, "repo:", 5) == 0 ? NULL
               : plan[0] == '/'               ? mem_strdup(plan)
                                              : file_join(run->paths->root, plan);
    names[2 + ROLES] = "in-force";
    paths[2 + ROLES] = paths_state(run->paths, "in-force.conf");
    for (int role = 0; role < ROLES; role++) {
        const char *prompt = run->config->agents[role].prompt;
        names[2 + role] = prompts[role];
        paths[2 + role] = !prompt || !*prompt ? NULL
                          : prompt[0] == '/'  ? mem_strdup(prompt)
                                              : file_join(run->paths->root, prompt);
    }
}

/* "launch.conf=<blob id> plan=… builder-prompt=built-in:0.1.0 …"; the caller frees. */
static char *repo_inputs_text(const struct run *run, const cJSON *hashes)
{
    const char *names[REPO_INPUTS];
    char *paths[REPO_INPUTS];
    struct buf b;
    int asked = 0;
    buf_init(&b, 4000);
    repo_inputs(run, names, paths);
    for (int i = 0; i < REPO_INPUTS; i++) {
        const cJSON *one = paths[i] ? cJSON_GetArrayItem(hashes, asked++) : NULL;
        const char *hash =
            paths[i] ? (cJSON_IsString(one) && *one->valuestring ? one->valuestring : "unreadable") : NULL;
        if (hash)
            buf_addf(&b, "%s%s=%s", b.len ? " " : "", names[i], hash);
        else
            buf_addf(&b, "%s%s=%s", b.len ? " " : "", names[i],
                     i == 1 && run->plan_blob ? run->plan_blob
                     : i == 1                 ? "repository"
                                              : "built-in:" CCSUP_VERSION);
        free(paths[i]);
    }
    return buf_take(&b);
}

/* The active phase's plan, if it is one of the repository: what names it and the revision that it is read at; the
 * caller frees. NULL = it is on our disk. */
static char *repo_plan_key(const struct run *run)
{
    const struct watchdog *w = &run->core;
    if (strncmp(run->config->phases[w->phase].plan, "repo:", 5) != 0)
        return NULL;
    return file_fmt("%zu %s", w->phase, w->phase_started ? w->phase_start : "");
}

static void repo_ask_plan(struct run *run, cJSON *request)
{
    char *key = repo_plan_key(run);
    bool has = !key || (run->plan_has && strcmp(run->plan_has, key) == 0);
    mem_set(&run->plan_asked, has ? NULL : key);
    run->plan_phase = run->core.phase;
    if (!has)
        json_add_str(request, "plan", run->config->phases[run->core.phase].plan + 5);
    free(key);
}

/* Before the core hears of the poll: it may start somebody at once. */
static void repo_take_plan(struct run *run, const cJSON *plan)
{
    if (!plan || !run->plan_asked)
        return;
    mem_set(&run->plans[run->plan_phase], json_str(plan, "text", ""));
    mem_set(&run->plan_blob, json_str(plan, "blob", ""));
    mem_set(&run->plan_has, run->plan_asked);
}

static void repo_add_hash(const struct run *run, cJSON *request)
{
    const char *names[REPO_INPUTS];
    char *paths[REPO_INPUTS];
    cJSON *list = json_add_arr(request, "hash");
    repo_inputs(run, names, paths);
    for (int i = 0; i < REPO_INPUTS; i++) {
        if (paths[i])
            cJSON_AddItemToArray(list, cJSON_CreateString(paths[i]));
        free(paths[i]);
    }
}

static void repo_polled(struct helper *h, const cJSON *answer, const char *problem)
{
    struct snapshot *s = mem_zalloc(sizeof *s);
    struct err e = {0};
    if (json_bool(answer, "ok", false) && snapshot_parse(s, json_get(answer, "snapshot"), &e)) {
        repo_take_plan(h->run, json_get(answer, "plan"));
        char *inputs = repo_inputs_text(h->run, json_get(answer, "hashes"));
        struct watchdog_event ev = {.kind = EVENT_POLLED, .snapshot = s, .text = inputs};
        run_enqueue(h->run, &ev);
        free(inputs);
        return;
    }
    free(s);
    repo_failed(h->run, EVENT_POLL_FAILED, ROLE_BUILDER, answer, e.text[0] ? e.text : problem);
}

static void repo_add_path(cJSON *request, const char *name, char *path)
{
    json_add_str(request, name, path);
    free(path);
}

/* The lock's file is still the one that others look at? Somebody may have removed the state folder. */
static bool repo_lock_stands(const struct run *run)
{
    char *path = paths_lock(run->paths, "watchdog");
    struct stat ours, theirs;
    bool stands = fstat(run->lock, &ours) != 0 ||
                  (stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev);
    free(path);
    return stands;
}

void repo_poll(struct run *run)
{
    if (!repo_lock_stands(run)) {
        struct watchdog_event stop = {.kind = EVENT_WISH, .wish = WISH_STOP};
        run_log(run, "the state folder was removed or replaced: nobody could find us any more; taking everything down");
        run_enqueue(run, &stop);
    }

    cJSON *request = watchdog_poll_request(&run->core);
    repo_add_path(request, "mirror", paths_state(run->paths, "repo.git"));
    repo_add_path(request, "lock", paths_lock(run->paths, "git"));
    repo_add_hash(run, request);
    repo_ask_plan(run, request);
    helper_start(&run->poll, run, repo_program, request, run->config->repo_timeout, repo_polled);
}

static void repo_cloned(struct helper *h, const cJSON *answer, const char *problem)
{
    if (!json_bool(answer, "ok", false)) {
        repo_failed(h->run, EVENT_CLONE_FAILED, h->role, answer, problem);
        return;
    }
    struct watchdog_event ev = {.kind = EVENT_CLONED, .role = h->role};
    run_enqueue(h->run, &ev);
}

void repo_clone(struct run *run, enum role role)
{
    cJSON *request = request_clone(run->config, role);
    repo_add_path(request, "dir", paths_data(run->paths, role_name(role), "clone"));
    repo_add_path(request, "gitconfig", paths_data(run->paths, role_name(role), "gitconfig"));
    run->clones[role].role = role;
    helper_start(&run->clones[role], run, repo_program, request, run->config->repo_timeout, repo_cloned);
}

static void repo_watch_settled(uv_timer_t *t)
{
    struct watchdog_event ev = {.kind = EVENT_POLL_SOON};
    run_enqueue(t->data, &ev);
}

static void repo_watch_changed(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct run *run = h->data;
    (void)events;
    size_t n = name ? strlen(name) : 0;
    if (status == 0 && !(n > 5 && strcmp(name + n - 5, ".lock") == 0) &&
        !uv_is_active((uv_handle_t *)&run->watch_timer))
        uv_timer_start(&run->watch_timer, repo_watch_settled, WATCH_SETTLE_MS, 0);
}

void repo_watch(struct run *run)
{
    const char *path = run->config->url;
    if (strncmp(path, "file://", 7) == 0)
        path += 7;
    if (path[0] != '/')
        return;
    /* The folder of the branch's own ref: refs/heads, or deeper when the branch has a slash. */
    const char *slash = strrchr(run->config->branch, '/');
    char *dir = file_fmt("%s/refs/heads%s%.*s", path, slash ? "/" : "", slash ? (int)(slash - run->config->branch) : 0,
                         run->config->branch);
    if (!file_exists(dir)) {
        free(dir);
        dir = file_fmt("%s/.git/refs/heads", path);
    }
    if (uv_fs_event_start(&run->watch, repo_watch_changed, dir, 0) == 0)
        run_log(run, "watching %s for pushes", dir);
    free(dir);
}
