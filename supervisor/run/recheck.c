/* `ccsup check` again, beside the loops: a minute after a phase began, and daily. A child, so that nothing of it can
 * hold the loop; what fails is said once, and once more when it holds again. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include <stdlib.h>
#include <string.h>

/* FIRST: a phase's beginning is not held up. LIMIT: the longest that checks one after the other may take. */
enum { FIRST_MS = 60000, LIMIT_MS = 1800000 };

struct recheck {
    struct run *run;
    uv_timer_t timer;
    struct helper helper;
    size_t phase;
    bool begun;     /* the phase is known */
    bool broken;    /* the last one could not be carried out, which was said */
    int64_t at;     /* of the last answer, ms; 0 = none yet */
    cJSON *failing; /* list of what failed then */
};

/* Is a check of that id in the list? */
static bool recheck_has(const cJSON *list, const char *id)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, list) if (strcmp(json_str(one, "id", ""), id) == 0) return true;
    return false;
}

/* A text of the check's, which has escaped it; once more, as it comes from a process. The caller frees. */
static char *recheck_text(const cJSON *one, const char *name)
{
    const char *text = json_str(one, name, "");
    return vis_dup(text, strlen(text), 700);
}

/* The operator, once a day at most: another watchdog finds the same again. */
static void recheck_tell(struct run *run, const char *id, const char *text, const char *fix)
{
    char day[21];
    struct buf fact, said;
    buf_init(&fact, 1000);
    buf_init(&said, 2000);
    timestamp_format(clock_now() / 1000, day);
    buf_addf(&fact, "check %s %.10s", id, day);
    buf_addf(&said, "check %s fails: %s%s%s", id, text, *fix ? "; fix: " : "", fix);
    notify_say(run, NOTIFY_CHECK, buf_str(&fact), buf_str(&said));
    buf_clear(&fact);
    buf_clear(&said);
}

static void recheck_say(struct recheck *rc, const cJSON *failing)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, failing)
    {
        char *id = recheck_text(one, "id"), *text = recheck_text(one, "text"), *fix = recheck_text(one, "fix");
        if (!recheck_has(rc->failing, id)) {
            run_log(rc->run, "check %s fails: %s%s%s", id, text, *fix ? "; fix: " : "", fix);
            recheck_tell(rc->run, id, text, fix);
        }
        free(id);
        free(text);
        free(fix);
    }
    cJSON_ArrayForEach(one, rc->failing)
    {
        char *id = recheck_text(one, "id");
        if (!recheck_has(failing, id))
            run_log(rc->run, "check %s holds again", id);
        free(id);
    }
}

static void recheck_arm(struct recheck *rc, int64_t ms);

static void recheck_done(struct helper *h, const cJSON *answer, const char *problem)
{
    struct recheck *rc = h->run->recheck;
    const cJSON *one, *checks = json_get(answer, "checks");
    if (h->run->ending)
        return;
    if (!cJSON_IsArray(checks)) {
        if (!rc->broken)
            run_log(h->run, "ccsup check could not be carried out: %s", problem ? problem : "no list of checks");
        rc->broken = true;
    } else {
        cJSON *failing = cJSON_CreateArray();
        cJSON_ArrayForEach(one, checks) if (strcmp(json_str(one, "state", ""), "fail") == 0)
        {
            cJSON *copy = cJSON_CreateObject();
            json_add_str(copy, "id", json_str(one, "id", "?"));
            json_add_str(copy, "text", json_str(one, "text", ""));
            json_add_str(copy, "fix", json_str(one, "fix", ""));
            cJSON_AddItemToArray(failing, copy);
        }
        recheck_say(rc, failing);
        cJSON_Delete(rc->failing);
        rc->failing = failing;
        rc->broken = false;
        rc->at = clock_now();
        record_status_soon(h->run);
    }
    recheck_arm(rc, h->run->config->check_every);
}

static void recheck_due(uv_timer_t *t)
{
    static const char *const argv[] = {"ccsup", "check", "--json", "--child", NULL};
    struct recheck *rc = t->data;
    if (!rc->helper.running && !rc->run->ending && !rc->run->core.stopping)
        helper_start(&rc->helper, rc->run, argv, cJSON_CreateObject(), LIMIT_MS, recheck_done);
}

static void recheck_arm(struct recheck *rc, int64_t ms)
{
    uv_update_time(&rc->run->loop);
    uv_timer_start(&rc->timer, recheck_due, (uint64_t)ms, 0);
}

void recheck_begin(struct run *run)
{
    if (!run->config->check_every)
        return;
    struct recheck *rc = mem_zalloc(sizeof *rc);
    run->recheck = rc;
    rc->run = run;
    uv_timer_init(&run->loop, &rc->timer);
    rc->timer.data = rc;
    setenv("CCSUP_CONFIG", run->paths->config, 1); /* whose checks; the agents are told so anyway */
}

void recheck_turn(struct run *run)
{
    struct recheck *rc = run->recheck;
    if (!rc || run->ending || (rc->begun && rc->phase == run->core.phase))
        return;
    int64_t every = run->config->check_every;
    rc->begun = true;
    rc->phase = run->core.phase;
    recheck_arm(rc, every < FIRST_MS ? every : FIRST_MS);
}

void recheck_end(struct run *run)
{
    if (!run->recheck)
        return;
    uv_timer_stop(&run->recheck->timer);
    helper_term(&run->recheck->helper); /* it ends what it has started, and then itself */
}

bool recheck_busy(const struct run *run)
{
    return run->recheck && run->recheck->helper.running;
}

void recheck_free(struct run *run)
{
    if (run->recheck)
        cJSON_Delete(run->recheck->failing);
    free(run->recheck);
    run->recheck = NULL;
}

void recheck_status(const struct run *run, cJSON *doc)
{
    const struct recheck *rc = run->recheck;
    if (!rc || !rc->at)
        return;
    cJSON *o = json_add_obj(doc, "checks");
    json_add_int(o, "at", rc->at);
    cJSON_AddItemToObject(o, "failing", cJSON_Duplicate(rc->failing, true));
}
