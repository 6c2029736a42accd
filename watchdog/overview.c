#include "watchdog/overview.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "watchdog/budgets.h"
#include "watchdog/phase.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <string.h>

/* A phase that was passed over (an operator began a later one) waits for nothing: it is skipped. */
static const char *overview_state(const struct watchdog *w, size_t index, const cJSON *record)
{
    bool begun = w->phase_turn > 1 && !w->missing;
    if (record)
        return "done";
    if (!begun)
        return "waiting";
    if (index == w->phase && !w->finished)
        return "active";
    return index > w->phase ? "waiting" : "skipped";
}

static void overview_done(cJSON *one, const cJSON *record)
{
    static const char *const same[] = {"start", "revision", "judged_at", "verify"};
    json_add_int(one, "began", json_int(record, "began", 0));
    json_add_int(one, "ended", json_int(record, "ended", json_int(record, "at", 0)));
    cJSON_AddItemToObject(one, "iterations", cJSON_Duplicate(json_get(record, "iterations"), 1));
    json_add_int(one, "cost", json_int(record, "cost", 0));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        json_add_str(one, same[i], json_str(record, same[i], ""));
}

cJSON *overview_render(const struct watchdog *w)
{
    cJSON *doc = cJSON_CreateObject();
    json_add_bool(doc, "finished", w->finished);
    cJSON *list = json_add_arr(doc, "phases");
    for (size_t i = 0; i < w->config->phase_count; i++) {
        const struct config_phase *p = &w->config->phases[i];
        const cJSON *record = phase_record(w->records, p->id);
        const char *state = overview_state(w, i, record);
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "id", p->id);
        json_add_str(one, "name", phase_name(p));
        json_add_str(one, "state", state);
        cJSON *criteria = json_add_arr(one, "criteria");
        for (size_t k = 0; k < p->criteria.n; k++)
            cJSON_AddItemToArray(criteria, cJSON_CreateString(p->criteria.at[k]));
        if (record)
            overview_done(one, record);
        if (strcmp(state, "active") == 0) {
            json_add_int(one, "began", w->phase_since);
            if (w->phase_started)
                json_add_str(one, "start", w->phase_start);
            json_add_int(one, "cost", budgets_phase_cost(w));
            cJSON *iterations = json_add_obj(one, "iterations");
            for (int role = 0; role < ROLES; role++)
                json_add_int(iterations, role_name((enum role)role), w->roles[role].ledger.phase.sum.iterations);
        }
        cJSON_AddItemToArray(list, one);
    }
    return doc;
}

static void overview_time(struct buf *b, int64_t ms)
{
    char text[21] = "-";
    if (ms)
        timestamp_format(ms / 1000, text);
    buf_addf(b, "  %-20s", text);
}

static void overview_row(const cJSON *p, int64_t now, struct buf *out)
{
    struct buf took, cost;
    int64_t began = json_int(p, "began", 0), ended = json_int(p, "ended", 0);
    const cJSON *iterations = json_get(p, "iterations");
    char count[32] = "-";
    buf_init(&took, 100);
    buf_init(&cost, 100);
    if (json_int(p, "cost", 0) > 0)
        budget_render(&cost, BUDGET_COST, json_int(p, "cost", 0), 0);
    if (began)
        duration_render(&took, (ended ? ended : now) - began);
    if (iterations)
        snprintf(count, sizeof count, "%lld + %lld", (long long)json_int(iterations, "builder", 0),
                 (long long)json_int(iterations, "adversary", 0));
    buf_addf(out, "%-12s  %-7s", json_str(p, "name", "?"), json_str(p, "state", "?"));
    overview_time(out, began);
    overview_time(out, ended);
    buf_addf(out, "  %-12s  %-10s  %-8s  %.7s\n", began ? buf_str(&took) : "-", count, cost.len ? buf_str(&cost) : "-",
             json_str(p, "revision", "-"));
    if (json_str(p, "verify", NULL))
        buf_addf(out, "              %s\n", json_str(p, "verify", ""));
    buf_clear(&took);
    buf_clear(&cost);
}

void overview_text(const cJSON *doc, int64_t now, struct buf *out)
{
    struct buf all;
    const cJSON *p = NULL;
    buf_init(&all, 0);
    buf_addf(&all, "%-12s  %-7s  %-20s  %-20s  %-12s  %-10s  %-8s  %s\n", "phase", "state", "began", "ended", "took",
             "iterations", "cost", "done at");
    cJSON_ArrayForEach(p, json_get(doc, "phases")) overview_row(p, now, &all);
    /* Line by line: what a record holds is a file's and may be anything. */
    for (const char *s = buf_str(&all); *s;) {
        size_t n = strcspn(s, "\n");
        vis_add(out, s, n);
        buf_adds(out, "\n");
        s += n + (s[n] == '\n');
    }
    buf_clear(&all);
}
