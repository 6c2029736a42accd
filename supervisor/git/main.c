/* ccsup-git: one poll, one preparation of a clone, or one entry that is written and pushed. Reads one JSON
 * request, prints one JSON line, exits 0;
 * it may be killed at any time, with its process group, and leaves nothing that the next one does not clean
 * up. */
#include "supervisor/base/buf.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/command.h"
#include "supervisor/git/plan.h"
#include "supervisor/git/poll.h"
#include "supervisor/git/write.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20, REQUEST_MS = 30000, LATE_MS = 5000 };

/* Descriptors 0 to 2 exist, whoever started us: a lock or a pack must not become stderr. */
static void stdio_open(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

/* Past the deadline by seconds, something in this process itself is stuck (a dead disk): end it, and what it
 * leads. */
static void late(int signal_number)
{
    (void)signal_number;
    if (getpgrp() == getpid())
        kill(0, SIGKILL);
    _exit(1);
}

/* Whoever started us is gone: the poll is nobody's any more, and the git that we lead must not outlive us. */
static void follow_parent(void)
{
    pid_t parent = getppid();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = late;
    sigaction(SIGUSR1, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    if (getppid() != parent)
        late(SIGUSR1);
}

static void late_arm(int64_t ms)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = late;
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, 0}, {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static bool request_get(struct request *r, struct trouble *t)
{
    struct buf b;
    struct err e = {""};
    char chunk[16384];
    ssize_t n;
    buf_init(&b, REQUEST_MAX);
    while (!b.full && ((n = read(0, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        buf_add(&b, chunk, n > 0 ? (size_t)n : 0);
    bool ok = !b.full && request_parse(r, buf_str(&b), b.len, &e);
    if (!ok)
        trouble_set(t, TROUBLE_REQUEST, "%s", b.full ? "the request is larger than 1 MiB" : e.text);
    buf_clear(&b);
    return ok;
}

static bool answer(cJSON *json)
{
    char *line = json_print(json);
    struct buf b;
    buf_init(&b, 0);
    buf_adds(&b, line);
    buf_adds(&b, "\n");
    bool ok = file_write_all(1, b.data, b.len);
    buf_clear(&b);
    free(line);
    cJSON_Delete(json);
    return ok;
}

/* Each file's git blob id, as `git hash-object FILE` gives it; "" when it can't be read. */
static void run_hashes(const struct request *r, cJSON *json)
{
    cJSON *list = json_add_arr(json, "hashes");
    for (size_t i = 0; i < r->hash.n; i++) {
        char hex[GIT_OID_HEXSZ + 1] = "";
        git_oid oid;
        if (git_odb_hashfile(&oid, r->hash.at[i], GIT_OBJECT_BLOB) == 0)
            git_oid_tostr(hex, sizeof hex, &oid);
        cJSON_AddItemToArray(list, cJSON_CreateString(hex));
    }
}

static bool run_write(const struct request *r, cJSON *json, struct trouble *t)
{
    struct write_done done;
    bool ok = write_run(&done, r, t);
    if (ok) {
        json_add_str(json, "commit", done.commit);
        json_add_str(json, "sha", done.sha);
        json_add_str(json, "path", done.path);
        json_add_int(json, "line", done.line);
        json_add_int(json, "tries", done.tries);
        json_add_str(json, "here", where_here_name(done.here));
    }
    write_clear(&done);
    return ok;
}

static cJSON *run(const struct request *r, mode_t mask, struct trouble *t)
{
    int64_t deadline = clock_boot() + r->timeout_ms;
    cJSON *json = cJSON_CreateObject();
    bool made = false, ok;
    late_arm(r->timeout_ms * (r->op == REQUEST_WRITE ? 2 : 1) + LATE_MS); /* who writes may wait for the mirror */
    json_add_bool(json, "ok", true);
    if (r->op == REQUEST_CLONE) {
        ok = clone_run(&made, r, deadline, mask, t);
        json_add_bool(json, "made", made);
    } else if (r->op == REQUEST_WRITE) {
        ok = run_write(r, json, t);
    } else {
        struct snapshot s;
        ok = poll_run(&s, r, deadline, t);
        if (ok)
            cJSON_AddItemToObject(json, "snapshot", snapshot_render(&s));
        ok = ok && plan_read(r, &s, json, t);
        if (r->hash.n)
            run_hashes(r, json);
        snapshot_clear(&s);
    }
    if (ok)
        return json;
    cJSON_Delete(json);
    return NULL;
}

int main(int argc, char **argv)
{
    (void)argv;
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0); /* the leak check of a sanitizer has to look at its own process */
#endif
    mode_t mask = umask(077);
    signal(SIGPIPE, SIG_IGN);
    follow_parent();
    stdio_open();
    mem_hook_cjson();
    if (argc != 1) {
        fputs("usage: ccsup-git < request (one JSON object; see docs/interfaces.md)\n", stderr);
        return 2;
    }
    struct request r;
    struct trouble t = {TROUBLE_NONE, ""};
    memset(&r, 0, sizeof r);
    child_prepare();
    late_arm(REQUEST_MS); /* whoever asks and never ends its request */
    if (git_libgit2_init() < 0) {
        fputs("ccsup-git: libgit2 can't start\n", stderr);
        return 1;
    }
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); /* our own mirror only; git checks the remotes */
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)512 << 20);
    cJSON *json = request_get(&r, &t) ? run(&r, mask, &t) : NULL;
    if (!json) {
        json = cJSON_CreateObject();
        json_add_bool(json, "ok", false);
        json_add_str(json, "code", trouble_code_name(t.code));
        json_add_str(json, "text", t.text);
    }
    bool said = answer(json);
    request_clear(&r);
    git_libgit2_shutdown();
    return said ? 0 : 1;
}
