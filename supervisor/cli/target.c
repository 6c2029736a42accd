#include "supervisor/cli/target.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/helper.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/phases.h"
#include "supervisor/cli/status_doc.h"
#include "supervisor/sys/clock.h"
#include "watchdog/phase.h"
#include "watchdog/request.h"
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 10000, AGAIN_MS = 200, SPARE_MS = 5000 };

void target_clear(struct target *t)
{
    free(t->start);
    free(t->last);
    free(t->status);
    free(t->review);
    kept_clear(&t->kept);
    t->start = t->last = t->status = t->review = NULL;
}

/* Where the phase began, by the status document: the active phase's start or that of its DONE record. */
static const char *target_start(const cJSON *doc, const char *id)
{
    const cJSON *phase = json_get(doc, "phase"), *record = NULL;
    if (strcmp(json_str(phase, "id", "?"), id) == 0)
        return json_str(phase, "start", "");
    cJSON_ArrayForEach(record, json_get(doc, "done"))
    {
        if (strcmp(json_str(record, "phase", "?"), id) == 0)
            return json_str(record, "start", "");
    }
    return "";
}

bool target_find(struct cli *cli, struct target *t, const char *asked, struct err *e)
{
    struct status_doc d;
    status_doc_read(&cli->paths, clock_now(), &d, NULL);
    const char *active = json_str(json_get(d.json, "phase"), "id", NULL);
    const char *id = asked ? asked : active ? active : cli->config.phases[0].id;
    int i = phase_find(&cli->config, strcmp(id, "default") == 0 ? "" : id);
    if (i < 0)
        i = phase_find(&cli->config, id);
    if (i >= 0) {
        t->phase = &cli->config.phases[i];
        t->start = mem_strdup(t->began ? t->began : target_start(d.json, t->phase->id));
        /* An older revision is no descendant of the last judged one, and need not be. */
        t->last = mem_strdup(*t->at ? "" : json_str(json_get(d.json, "phase"), "last", ""));
        t->status = phase_file(t->phase, "STATUS");
        t->review = phase_file(t->phase, "REVIEW");
    } else if (asked) {
        err_set(e, "no phase '%s' in launch.conf", asked);
    } else {
        err_set(e, "the active phase '%s' is not in launch.conf any more; put it back", id);
    }
    status_doc_clear(&d);
    return i >= 0;
}

char *target_poll(const struct cli *cli, const struct target *t)
{
    char *mirror = paths_state(&cli->paths, "repo.git"), *lock = paths_lock(&cli->paths, "git");
    cJSON *o = request_poll(&cli->config, t->phase, t->start, t->last, t->at);
    json_add_str(o, "mirror", mirror);
    json_add_str(o, "lock", lock);
    char *line = json_print(o);
    cJSON_Delete(o);
    free(mirror);
    free(lock);
    return line;
}

cJSON *target_ask(const struct cli *cli, const char *request, int64_t ms, struct err *e)
{
    char *program = paths_program(&cli->paths, "ccsup-git");
    int64_t until = clock_boot() + BUSY_MS;
    cJSON *answer = NULL;
    for (;;) {
        struct buf out;
        buf_init(&out, 0);
        if (helper_run(program, cli->paths.root, request, ms + SPARE_MS, &out, e)) {
            answer = json_parse(buf_str(&out), out.len);
            if (!cJSON_IsObject(answer))
                err_set(e, "%s answered nonsense", program);
        }
        buf_clear(&out);
        bool busy = answer && !json_bool(answer, "ok", false) && strcmp(json_str(answer, "code", ""), "busy") == 0;
        if (!busy || clock_boot() >= until)
            break;
        cJSON_Delete(answer);
        answer = NULL;
        instance_nap(AGAIN_MS);
    }
    free(program);
    return cJSON_IsObject(answer) ? answer : (cJSON_Delete(answer), NULL);
}

bool target_remember(const struct cli *cli, struct target *t, struct err *e)
{
    struct watchdog w;
    bool ok = phases_fold(cli, &w, e);
    if (ok && w.phase_started && !w.missing && t->phase == &cli->config.phases[w.phase]) {
        t->remembers = true;
        t->kept = w.kept;
        memset(&w.kept, 0, sizeof w.kept);
    }
    watchdog_clear(&w);
    return ok;
}

struct verdict_rules target_rules(const struct cli *cli, const struct target *t)
{
    return (struct verdict_rules){.criteria = &t->phase->criteria,
                                  .window = cli->config.window / 1000,
                                  .skew = cli->config.skew / 1000,
                                  .waivers = &cli->config.waivers,
                                  .kept = t->remembers ? &t->kept : NULL,
                                  .require_current = cli->config.require_current};
}
