/* Usage limits: who is held by which, until when, and what ends them. docs/claude.md, "Usage limits". They outlive the
 * process: the reset is a moment of the wall clock. An old record without a model is one that any good answer of those
 * whom it holds ends. */
#include "agents/limit.h"
#include "supervisor/base/json.h"
#include "watchdog/internal.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <string.h>

static const char *account_of(const struct watchdog *w, enum role role)
{
    const char *account = w->config->agents[role].claude.account;
    return account ? account : "";
}

/* The model that the role runs or ran last, as its program said, else the one that it is to run. */
static const char *model_of(const struct watchdog *w, enum role role)
{
    const char *model = w->config->agents[role].claude.model;
    return w->roles[role].model[0] ? w->roles[role].model : model ? model : "";
}

static bool holds(const struct watchdog *w, const struct watchdog_limit *l, enum role role)
{
    return strcmp(l->account, account_of(w, role)) == 0 && limit_holds(l->window, model_of(w, role));
}

int64_t limits_hold(const struct watchdog *w, enum role role, int64_t now)
{
    int64_t until = 0;
    for (size_t i = 0; i < w->limit_count; i++)
        if (holds(w, &w->limits[i], role) && w->limits[i].until > now && w->limits[i].until > until)
            until = w->limits[i].until;
    return until;
}

static struct watchdog_limit *find(struct watchdog *w, const char *account, const char *window, const char *model)
{
    for (size_t i = 0; i < w->limit_count; i++)
        if (strcmp(w->limits[i].account, account) == 0 && strcmp(w->limits[i].window, window) == 0 &&
            strcmp(w->limits[i].model, model) == 0)
            return &w->limits[i];
    if (w->limit_count == WATCHDOG_LIMITS_MAX) { /* the one that ends first says the least */
        size_t first = 0;
        for (size_t i = 1; i < w->limit_count; i++)
            first = w->limits[i].until < w->limits[first].until ? i : first;
        w->limits[first] = w->limits[--w->limit_count];
    }
    struct watchdog_limit *l = &w->limits[w->limit_count++];
    *l = (struct watchdog_limit){.count = 0};
    snprintf(l->account, sizeof l->account, "%s", account);
    snprintf(l->window, sizeof l->window, "%s", window);
    snprintf(l->model, sizeof l->model, "%s", model);
    return l;
}

cJSON *limits_record(const struct watchdog_limit *l)
{
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", "limit");
    json_add_str(record, "account", l->account);
    json_add_str(record, "window", l->window);
    json_add_str(record, "model", l->model);
    json_add_int(record, "met", l->met);
    json_add_int(record, "until", l->until);
    if (l->resets_at)
        json_add_int(record, "resets_at", l->resets_at);
    json_add_int(record, "count", l->count);
    return record;
}

/* Whoever waits for a start of its own meets the limit now, and not at its deadline. */
static void hold_waiting(struct turn *t, const struct watchdog_limit *l)
{
    for (int role = 0; role < ROLES; role++) {
        const struct agent *a = &t->w->roles[role].agent;
        if (a->state == AGENT_WAITING && a->why != WHY_NO_WORK && a->deadline < l->until &&
            holds(t->w, l, (enum role)role))
            turn_agent_simple(t, (enum role)role, AGENT_EV_DELAY, WHY_USAGE_LIMIT, l->until);
    }
}

/* Whoever got on for so long once the hold was over has met the next limit, and not the same one again. */
enum { LIMITS_FORGOTTEN_MS = 3600000 };

const struct watchdog_limit *limits_note(struct watchdog *w, enum role role, const struct said *said, int64_t now)
{
    struct watchdog_limit *l = find(w, account_of(w, role), said->window, model_of(w, role));
    if (now - l->until > LIMITS_FORGOTTEN_MS)
        l->count = 0;
    l->met = now;
    l->resets_at = said->resets_at;
    l->until = limit_until(said->window, said->resets_at, said->retry_ms, ++l->count, now);
    return l;
}

int64_t limits_hit(struct turn *t, enum role role, const struct said *said)
{
    const struct watchdog_limit *l = limits_note(t->w, role, said, t->now);
    int64_t until = l->until;
    char text[21];
    timestamp_format(until / 1000, text);
    turn_log(t, "%s: usage limit (%s) of account %s, until %s", role_name(role), l->window, l->account, text);
    turn_journal(t, limits_record(l), false);
    hold_waiting(t, l);
    return until;
}

/* Who waited for what has ended, wholly or sooner than it was thought, goes on. */
static void let_go(struct turn *t)
{
    for (int r = 0; r < ROLES; r++) {
        const struct agent *a = &t->w->roles[r].agent;
        int64_t until = limits_hold(t->w, (enum role)r, t->now);
        if (a->state != AGENT_WAITING || a->why != WHY_USAGE_LIMIT || (until && until >= a->deadline))
            continue;
        if (!until)
            turn_log(t, "%s: the usage limit has ended", role_name((enum role)r));
        turn_agent_simple(t, (enum role)r, AGENT_EV_DELAY, until ? WHY_USAGE_LIMIT : WHY_PACE, until ? until : t->now);
    }
}

void limits_answered(struct turn *t, enum role role, const struct agent_event *ev, int64_t began)
{
    struct watchdog *w = t->w;
    bool ended = false, well = ev->kind == AGENT_EV_EXITED && ev->said.outcome == OUTCOME_OK &&
                               w->roles[role].agent.last == OUTCOME_OK;
    if (!well && (!ev->answered || ev->said.outcome == OUTCOME_USAGE_LIMIT)) /* who met one was answered before it */
        return;
    for (size_t i = w->limit_count; i-- > 0;) {
        struct watchdog_limit *l = &w->limits[i];
        int64_t least = limit_least(l->met, l->count), until = least > t->now ? least : t->now;
        bool after = began >= l->met; /* else it may be the answer to what was asked before */
        if (strcmp(l->account, account_of(w, role)) != 0 || (*l->model && strcmp(l->model, model_of(w, role)) != 0) ||
            !holds(w, l, role) || (!after && t->now < least) || (!(after && well) && l->until <= until))
            continue;
        ended = ended || l->until > t->now;
        l->until = after && well ? 0 : until;
        l->resets_at = 0;
        turn_journal(t, limits_record(l), false);
        if (!l->until)
            w->limits[i] = w->limits[--w->limit_count];
    }
    if (ended)
        let_go(t);
}

void limits_back(struct watchdog_limit *l, int64_t by)
{
    l->met -= by;
    l->until = l->resets_at ? limit_until(l->window, l->resets_at, 0, l->count, l->met) : l->until - by;
}

void limits_restore(struct watchdog *w, const cJSON *record)
{
    struct watchdog_limit *l =
        find(w, json_str(record, "account", ""), json_str(record, "window", "unknown"), json_str(record, "model", ""));
    l->met = json_int(record, "met", 0);
    l->until = json_int(record, "until", 0);
    l->resets_at = json_int(record, "resets_at", 0);
    l->count = (int)json_int(record, "count", 0);
    int64_t written = json_int(record, "at", 0);
    if (!l->until)
        *l = w->limits[--w->limit_count];
    else if (written > w->now) /* the clock was set back since */
        limits_back(l, written - w->now);
}
