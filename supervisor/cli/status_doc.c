#include "supervisor/cli/status_doc.h"
#include "supervisor/base/json.h"
#include "supervisor/cli/cli.h"
#include "supervisor/cli/instance.h"
#include "supervisor/sys/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATUS_MAX = 8 << 20, /* bytes */
    STATUS_LATE = 5000    /* ms after next_write_by: it hangs */
};

static bool status_doc_held(const cJSON *json)
{
    const cJSON *agent = NULL;
    cJSON_ArrayForEach(agent, json_get(json, "agents"))
    {
        if (strcmp(json_str(agent, "state", ""), "HELD") == 0)
            return true;
    }
    return cJSON_GetArraySize(json_get(json, "needs")) > 0;
}

/* The lock is held: by the writer of this document, in time? why: the lock's sentence when its holder is unknown. */
static void status_doc_judge_held(struct status_doc *d, const char *why, int64_t now)
{
    d->alive = STATUS_ALIVE;
    if (d->ours && now > json_int(d->json, "next_write_by", INT64_MAX - STATUS_LATE) + STATUS_LATE)
        d->alive = STATUS_WEDGED;
    if (d->holder < 0 && !d->json)
        snprintf(d->why, sizeof d->why, "CANNOT TELL: no status can be read; %s", why);
    else if (!d->ours && d->json)
        snprintf(d->why, sizeof d->why,
                 "STARTING: pid %ld; it has written no status yet, this is an earlier one's:", (long)d->holder);
    else if (!d->ours)
        snprintf(d->why, sizeof d->why, "STARTING: pid %ld; it has written no status yet", (long)d->holder);
}

static void status_doc_judge(struct status_doc *d, const struct paths *p, const char *why, int64_t now)
{
    if (d->holder != 0) {
        status_doc_judge_held(d, why, now);
        return;
    }
    d->alive = !d->finished && instance_want(p) == INSTANCE_WANT_UP ? STATUS_DEAD : STATUS_STOPPED;
    if (!d->json)
        snprintf(d->why, sizeof d->why, "NOT RUNNING: %s; start it with 'ccsup start'",
                 d->alive == STATUS_DEAD ? "it ended before it wrote a status" : "no status was ever written");
}

bool status_doc_read(const struct paths *p, int64_t now, struct status_doc *d, struct err *e)
{
    memset(d, 0, sizeof *d);
    d->generation = -1;
    struct buf b;
    struct err lock = {""};
    buf_init(&b, 0);
    char *path = paths_state(p, "status.json");
    bool ok = true;
    /* The lock first: a watchdog that begins in between is then "starting", never "dead with a fresh status". */
    d->holder = instance_holder(p, "watchdog", &lock);
    if (file_exists(path)) {
        ok = file_read(path, STATUS_MAX, &b, e);
        if (ok)
            d->json = json_parse(buf_str(&b), b.len);
        if (ok && !cJSON_IsObject(d->json)) {
            err_set(e, "%s is not a status document", path);
            cJSON_Delete(d->json);
            d->json = NULL;
            ok = false;
        }
    }
    if (d->json) {
        d->pid = (pid_t)json_int(d->json, "pid", 0);
        d->generation = json_int(d->json, "generation", 0);
        d->age = now - json_int(d->json, "written_at", now);
        d->age = d->age < 0 ? 0 : d->age;
        d->finished = json_bool(d->json, "finished", false);
        d->needs = status_doc_held(d->json);
        /* -1: held by somebody whom we cannot see, as from inside an agent's PID namespace; its age decides. */
        d->ours = (d->holder > 0 && d->holder == d->pid) || d->holder < 0;
    }
    status_doc_judge(d, p, lock.text, now);
    free(path);
    buf_clear(&b);
    return ok;
}

void status_doc_clear(struct status_doc *d)
{
    cJSON_Delete(d->json);
    memset(d, 0, sizeof *d);
}

const char *status_alive_name(enum status_alive a)
{
    switch (a) {
    case STATUS_ALIVE: return "alive";
    case STATUS_DEAD: return "dead";
    case STATUS_WEDGED: return "wedged";
    case STATUS_STOPPED: return "stopped";
    }
    return "dead";
}

int status_doc_exit(const struct status_doc *d)
{
    if (d->alive == STATUS_ALIVE && d->ours)
        return d->finished ? CLI_YES : d->needs ? CLI_OPERATOR : CLI_YES;
    return d->finished && d->alive == STATUS_STOPPED ? CLI_YES : CLI_UNKNOWN;
}
