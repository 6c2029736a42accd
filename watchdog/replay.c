#include "watchdog/replay.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const effect_names[] = {
#define X(name) #name,
    EFFECTS(X)
#undef X
};

/* --- events as lines ---------------------------------------------------------------------------------------- */

static cJSON *replay_exit(const struct exit_record *r)
{
    cJSON *o = cJSON_CreateObject();
    json_add_int(o, "end", r->end);
    json_add_int(o, "code", r->code);
    json_add_int(o, "signal", r->signal);
    json_add_bool(o, "asked", r->asked);
    json_add_int(o, "leftovers", r->leftovers);
    json_add_int(o, "survivors", r->survivors);
    json_add_str(o, "reason", r->reason);
    json_add_str(o, "names", r->leftover_names);
    return o;
}

static void replay_exit_parse(struct exit_record *r, const cJSON *o)
{
    memset(r, 0, sizeof *r);
    r->end = (enum exit_end)json_int(o, "end", END_LOST);
    r->code = (int)json_int(o, "code", 0);
    r->signal = (int)json_int(o, "signal", 0);
    r->asked = json_bool(o, "asked", false);
    r->leftovers = (int)json_int(o, "leftovers", 0);
    r->survivors = (int)json_int(o, "survivors", 0);
    snprintf(r->reason, sizeof r->reason, "%s", json_str(o, "reason", ""));
    snprintf(r->leftover_names, sizeof r->leftover_names, "%s", json_str(o, "names", ""));
}

/* Only what is there: most programs say nothing. */
static void replay_said(cJSON *o, const struct said *s)
{
    if (s->outcome == OUTCOME_NONE && !s->session[0] && !s->cost && !s->parked)
        return;
    cJSON *said = json_add_obj(o, "said");
    json_add_str(said, "outcome", outcome_name(s->outcome));
    json_add_str(said, "window", s->window);
    json_add_int(said, "resets_at", s->resets_at);
    json_add_int(said, "retry_ms", s->retry_ms);
    json_add_str(said, "session", s->session);
    json_add_str(said, "model", s->model);
    json_add_int(said, "cost", s->cost);
    json_add_bool(said, "priced", s->priced);
    json_add_int(said, "tokens", s->tokens);
    if (s->parked)
        json_add_bool(said, "parked", true);
}

static void replay_said_parse(struct said *s, const cJSON *o)
{
    *s = (struct said){.outcome = OUTCOME_NONE};
    if (!o)
        return;
    int outcome = outcome_parse(json_str(o, "outcome", "NONE"));
    s->outcome = outcome < 0 ? OUTCOME_NONE : (enum outcome)outcome;
    snprintf(s->window, sizeof s->window, "%s", json_str(o, "window", ""));
    s->resets_at = json_int(o, "resets_at", 0);
    s->retry_ms = json_int(o, "retry_ms", 0);
    snprintf(s->session, sizeof s->session, "%s", json_str(o, "session", ""));
    snprintf(s->model, sizeof s->model, "%s", json_str(o, "model", ""));
    s->cost = json_int(o, "cost", 0);
    s->priced = json_bool(o, "priced", false);
    s->tokens = json_int(o, "tokens", 0);
    s->parked = json_bool(o, "parked", false);
}

static void replay_agent(cJSON *o, const struct agent_event *ev)
{
    json_add_str(o, "agent", agent_event_name(ev->kind));
    if (ev->why != WHY_NONE)
        json_add_str(o, "why", agent_why_name(ev->why));
    if (ev->iteration)
        json_add_int(o, "iteration", ev->iteration);
    if (ev->kind == AGENT_EV_FOUND)
        json_add_int(o, "began", ev->at);
    if (ev->kind == AGENT_EV_EXITED)
        cJSON_AddItemToObject(o, "exit", replay_exit(ev->exit));
    if (ev->kind == AGENT_EV_PROGRESS)
        json_add_str(o, "live", agent_live_name(ev->live));
    if (ev->kind == AGENT_EV_PROGRESS && ev->said.model[0])
        json_add_str(o, "model", ev->said.model);
    if (ev->answered)
        json_add_bool(o, "answered", true);
    replay_said(o, &ev->said);
}

static void replay_snapshot(struct replay_memory *m, cJSON *o, const struct snapshot *s)
{
    cJSON *facts = snapshot_render(s);
    cJSON_DeleteItemFromObjectCaseSensitive(facts, "fetched");
    char *text = json_print(facts);
    if (m->last && strcmp(m->last, text) == 0) {
        json_add_int(o, "same", s->fetched);
        cJSON_Delete(facts);
        free(text);
        return;
    }
    json_add_int(facts, "fetched", s->fetched);
    cJSON_AddItemToObject(o, "snapshot", facts);
    free(m->last);
    m->last = text;
}

cJSON *replay_event(struct replay_memory *m, const struct watchdog_event *ev, int64_t now)
{
    cJSON *o = cJSON_CreateObject();
    json_add_int(o, "at", now);
    json_add_str(o, "event", watchdog_event_name(ev->kind));
    switch (ev->kind) {
    case EVENT_AGENT:
        json_add_str(o, "role", role_name(ev->role));
        replay_agent(o, &ev->agent);
        break;
    case EVENT_CLONED:
    case EVENT_CLONE_FAILED: json_add_str(o, "role", role_name(ev->role)); break;
    case EVENT_POLLED: replay_snapshot(m, o, ev->snapshot); break;
    case EVENT_WISH:
        json_add_str(o, "wish", wish_name(ev->wish));
        json_add_str(o, "role", role_name(ev->role));
        json_add_bool(o, "now", ev->now);
        break;
    case EVENT_START:
    case EVENT_TIMER:
    case EVENT_POLL_FAILED:
    case EVENT_POLL_SOON: break;
    }
    if (ev->code)
        json_add_str(o, "code", ev->code);
    if (ev->text)
        json_add_str(o, "text", ev->text);
    return o;
}

static void replay_effect_name(const struct effect *e, char *out, size_t n)
{
    bool role = e->kind <= EFFECT_ABANDON || e->kind == EFFECT_CLONE;
    snprintf(out, n, "%s%s%s", effect_names[e->kind], role ? " " : "", role ? role_name(e->role) : "");
}

void replay_add_effects(cJSON *line, const struct effects *did)
{
    char name[40];
    cJSON *list = NULL;
    for (size_t i = 0; i < did->count; i++) {
        if (did->list[i].kind == EFFECT_LOG)
            continue;
        if (!list)
            list = json_add_arr(line, "did");
        replay_effect_name(&did->list[i], name, sizeof name);
        cJSON_AddItemToArray(list, cJSON_CreateString(name));
    }
}

cJSON *replay_life(int64_t now, uint64_t seed, const char *config_text, const cJSON *journal)
{
    cJSON *o = cJSON_CreateObject();
    char hex[17];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)seed);
    json_add_int(o, "life", 1);
    json_add_int(o, "at", now);
    json_add_str(o, "version", CCSUP_VERSION);
    json_add_str(o, "seed", hex);
    json_add_str(o, "config", config_text);
    cJSON_AddItemToObject(o, "journal", cJSON_Duplicate(journal, 1));
    return o;
}

/* --- and back ------------------------------------------------------------------------------------------------ */

static const char *const agent_events[] = {
#define X(name) #name,
    AGENT_EVENTS(X)
#undef X
};

static const char *const watchdog_events[] = {
#define X(name) #name,
    WATCHDOG_EVENTS(X)
#undef X
};

static int replay_find(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* One line's event. exit: where an exit record may stand. False when it is none. */
static bool replay_parse(const cJSON *o, const cJSON **last, struct watchdog_event *ev, struct exit_record *exit)
{
    int kind = replay_find(watchdog_events, sizeof watchdog_events / sizeof *watchdog_events, json_str(o, "event", ""));
    int role = role_parse(json_str(o, "role", "builder"));
    memset(ev, 0, sizeof *ev);
    if (kind < 0 || role < 0)
        return false;
    ev->kind = (enum watchdog_event_kind)kind;
    ev->role = (enum role)role;
    ev->code = json_str(o, "code", NULL);
    ev->text = ev->agent.text = json_str(o, "text", NULL);
    ev->now = json_bool(o, "now", false);
    if (ev->kind == EVENT_WISH) {
        int wish = wish_parse(json_str(o, "wish", ""));
        ev->wish = wish < 0 ? WISH_POLL : (enum wish)wish;
        return wish >= 0;
    }
    if (ev->kind == EVENT_AGENT) {
        int agent = replay_find(agent_events, sizeof agent_events / sizeof *agent_events, json_str(o, "agent", ""));
        int why = agent_why_parse(json_str(o, "why", "NONE"));
        if (agent < 0 || why < 0)
            return false;
        ev->agent.kind = (enum agent_event_kind)agent;
        ev->agent.why = (enum agent_why)why;
        ev->agent.iteration = (int)json_int(o, "iteration", 0);
        ev->agent.at = json_int(o, "began", 0);
        replay_exit_parse(exit, json_get(o, "exit"));
        ev->agent.exit = exit;
        int live = agent_live_parse(json_str(o, "live", "WORKS"));
        ev->agent.live = live < 0 ? LIVE_WORKS : (enum agent_live)live;
        ev->agent.answered = json_bool(o, "answered", false);
        replay_said_parse(&ev->agent.said, json_get(o, "said"));
        if (ev->agent.kind == AGENT_EV_PROGRESS)
            snprintf(ev->agent.said.model, sizeof ev->agent.said.model, "%s", json_str(o, "model", ""));
    }
    if (ev->kind == EVENT_POLLED) {
        const cJSON *facts = json_get(o, "snapshot");
        *last = facts ? facts : *last;
        ev->snapshot = mem_zalloc(sizeof *ev->snapshot);
        if (!*last || !snapshot_parse(ev->snapshot, *last, NULL)) {
            free(ev->snapshot);
            return false;
        }
        ev->snapshot->fetched = json_int(o, "same", ev->snapshot->fetched);
    }
    return true;
}

struct replay {
    struct watchdog w;
    struct config config;
    const char **plans;
    bool alive;
    cJSON *facts; /* the line that holds the last snapshot, kept for "same" */
    const cJSON *last;
    struct buf *out;
    struct replay_result *result;
    size_t line;
};

static void replay_end(struct replay *r)
{
    if (!r->alive)
        return;
    watchdog_clear(&r->w);
    config_clear(&r->config);
    free(r->plans);
    cJSON_Delete(r->facts);
    r->facts = NULL;
    r->last = NULL;
    r->alive = false;
}

static const char *replay_no_variable(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static uint64_t replay_seed(const char *hex)
{
    uint64_t seed = 0;
    for (; *hex; hex++)
        seed = seed << 4 | (uint64_t)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);
    return seed;
}

static void replay_begin(struct replay *r, const cJSON *o)
{
    struct buf errors;
    const char *text = json_str(o, "config", "");
    const cJSON *record;
    replay_end(r);
    r->result->lives++;
    buf_init(&errors, 2000);
    if (!config_parse(&r->config, text, strlen(text), "launch.conf", replay_no_variable, NULL, &errors)) {
        err_set(&r->result->why, "line %zu: the life's configuration can't be read: %s", r->line, buf_str(&errors));
        buf_clear(&errors);
        return;
    }
    buf_clear(&errors);
    r->plans = mem_zalloc(r->config.phase_count * sizeof *r->plans);
    for (size_t i = 0; i < r->config.phase_count; i++)
        r->plans[i] = "";
    struct watchdog_texts texts = {.prompt = {"", ""}, .plan = r->plans};
    watchdog_init(&r->w, &r->config, &texts, replay_seed(json_str(o, "seed", "")), json_int(o, "at", 0));
    cJSON_ArrayForEach(record, json_get(o, "journal")) watchdog_restore(&r->w, record);
    r->alive = true;
}

/* What the step did, beside what the line says that it did. */
static void replay_compare(struct replay *r, const cJSON *o, const struct effects *did)
{
    cJSON *mine = cJSON_CreateObject();
    replay_add_effects(mine, did);
    const cJSON *theirs = json_get(o, "did"), *ours = json_get(mine, "did");
    bool same = cJSON_GetArraySize(theirs) == cJSON_GetArraySize(ours) && (!theirs || cJSON_Compare(theirs, ours, 1));
    if (!same && !r->result->diverged_line) {
        char *a = theirs ? json_print(theirs) : mem_strdup("nothing"),
             *b = ours ? json_print(ours) : mem_strdup("nothing");
        r->result->diverged_line = r->line;
        err_set(&r->result->why, "line %zu: %s%s%s did %s then, and does %s now", r->line, json_str(o, "event", "?"),
                json_str(o, "agent", NULL) ? " " : "", json_str(o, "agent", ""), a, b);
        free(a);
        free(b);
    }
    cJSON_Delete(mine);
}

static void replay_step(struct replay *r, cJSON *o)
{
    struct watchdog_event ev;
    struct exit_record exit;
    struct effects did = {0};
    int64_t now = json_int(o, "at", 0);
    char stamp[21];
    if (!r->alive || !replay_parse(o, &r->last, &ev, &exit)) {
        r->result->skipped++;
        return;
    }
    r->result->events++;
    watchdog_step(&r->w, &ev, now, &did);
    timestamp_format(now / 1000, stamp);
    for (size_t i = 0; i < did.count; i++)
        if (did.list[i].kind == EFFECT_LOG)
            buf_addf(r->out, "%s %s\n", stamp, did.list[i].text);
    replay_compare(r, o, &did);
    effects_clear(&did);
}

void replay_run(const char *text, size_t n, struct buf *out, struct replay_result *result)
{
    struct replay r = {.out = out, .result = result};
    memset(result, 0, sizeof *result);
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(text + at, '\n', n - at);
        size_t len = lf ? (size_t)(lf - (text + at)) : n - at;
        cJSON *o = json_parse(text + at, len);
        r.line++;
        if (json_int(o, "life", 0))
            replay_begin(&r, o);
        else if (o)
            replay_step(&r, o);
        else
            result->skipped++;
        if (o && json_get(o, "snapshot") == r.last && r.last) {
            cJSON_Delete(r.facts);
            r.facts = o;
        } else {
            cJSON_Delete(o);
        }
        at += len + 1;
    }
    replay_end(&r);
}
