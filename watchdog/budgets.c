#include "watchdog/budgets.h"
#include "supervisor/base/json.h"
#include "watchdog/internal.h"
#include <stdio.h>
#include <string.h>

/* --- what was spent ----------------------------------------------------------------------------------------- */

static const char *scope_name(int scope)
{
    return scope == BUDGET_RUN ? "run" : scope == BUDGET_PHASE ? "phase" : role_name((enum role)(scope - BUDGET_AGENT));
}

static const struct budget *limits_of(const struct watchdog *w, int scope)
{
    return scope == BUDGET_RUN     ? &w->config->budget
           : scope == BUDGET_PHASE ? &w->config->phase_budget
                                   : &w->config->agents[scope - BUDGET_AGENT].budget;
}

/* Does an iteration go on that its end has still to add? One that is being started counts, so that two loops that are
 * due at once do not both take the last one. */
static bool goes_on(const struct watchdog_role *r)
{
    switch (r->agent.state) {
    case AGENT_STARTING: return !r->agent.sweep_only && r->agent.want == WANT_UP;
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING: return r->going == r->agent.iteration;
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_LOST:
    case AGENT_HELD: return false;
    }
    return false;
}

/* By one loop, ever or in the phase, with what goes on now. */
static struct spent spent_by(const struct watchdog *w, enum role role, bool phase, int64_t now)
{
    const struct watchdog_role *r = &w->roles[role];
    struct spent sum = phase ? r->ledger.phase : r->ledger.run;
    if (goes_on(r) && (!phase || r->turn >= w->first_turn)) {
        bool runs = r->agent.state != AGENT_STARTING && now > r->agent.started_at;
        struct spent one = {.sum = {.iterations = 1, .run_time = runs ? now - r->agent.started_at : 0}};
        spent_add(&sum, &one);
    }
    return sum;
}

/* Run and phase last by the clock on the wall, whoever runs; a loop as long as its iterations did. */
static struct spent spent_in(const struct watchdog *w, int scope, int64_t now)
{
    if (scope >= BUDGET_AGENT)
        return spent_by(w, (enum role)(scope - BUDGET_AGENT), false, now);
    struct spent sum = {.unpriced = 0};
    for (int role = 0; role < ROLES; role++) {
        struct spent one = spent_by(w, (enum role)role, scope == BUDGET_PHASE, now);
        spent_add(&sum, &one);
    }
    int64_t since = scope == BUDGET_RUN ? w->run_since : w->phase_since;
    sum.sum.run_time = w->run_since && now > since ? now - since : 0;
    return sum;
}

int64_t budgets_phase_cost(const struct watchdog *w)
{
    return spent_in(w, BUDGET_PHASE, w->now).sum.cost;
}

/* An end at a limit, or for want of a login or of a configuration, is no iteration's work. */
static bool worked(enum outcome o)
{
    return outcome_follow(o) == FOLLOW_PACE || outcome_follow(o) == FOLLOW_BACKOFF;
}

void budgets_ended(struct turn *t, enum role role, const struct agent_event *ev)
{
    struct watchdog_role *r = &t->w->roles[role];
    const struct exit_record *x = ev->kind == AGENT_EV_EXITED ? ev->exit : NULL;
    bool ran = ev->kind != AGENT_EV_START_FAILED && r->going == r->agent.iteration;
    if (!ran || (x && (x->end == END_NOT_STARTED || x->end == END_EXEC_FAILED)))
        return;
    const struct ledger_iteration one = {.number = r->going,
                                         .in_phase = r->turn >= t->w->first_turn,
                                         .worked = worked(r->agent.last),
                                         .saved = x && x->end == END_EXITED,
                                         .ms = t->now - r->agent.started_at,
                                         .said = &ev->said};
    ledger_count(&r->ledger, &one);
}

void budgets_past(struct watchdog *w, enum role role, const struct watchdog_past *p)
{
    const struct exit_record *x = p->exit;
    if (x && (x->end == END_NOT_STARTED || x->end == END_EXEC_FAILED))
        return;
    const struct ledger_iteration one = {.number = p->iteration,
                                         .in_phase = w->run_since && p->began >= w->phase_since,
                                         .worked = worked(w->roles[role].agent.last),
                                         .saved = x && x->end == END_EXITED,
                                         .ms = p->began && p->ended ? p->ended - p->began : 0,
                                         .said = p->said};
    ledger_count(&w->roles[role].ledger, &one);
}

void budgets_phase(struct watchdog *w)
{
    for (int role = 0; role < ROLES; role++)
        w->roles[role].ledger.phase = (struct spent){.unpriced = 0};
    memset(w->told[BUDGET_PHASE], 0, sizeof w->told[BUDGET_PHASE]);
}

/* --- the journal -------------------------------------------------------------------------------------------- */

static cJSON *spent_json(const struct spent *s)
{
    cJSON *o = cJSON_CreateObject();
    for (int kind = 0; kind < BUDGET_KIND_COUNT; kind++)
        json_add_int(o, budget_kind_name((enum budget_kind)kind), budget_of(&s->sum, (enum budget_kind)kind));
    json_add_int(o, "unpriced", s->unpriced);
    return o;
}

static void spent_parse(struct spent *s, const cJSON *o)
{
    *s = (struct spent){.sum = {json_int(o, "cost", 0), json_int(o, "iterations", 0), json_int(o, "run_time", 0)},
                        .unpriced = json_int(o, "unpriced", 0)};
}

cJSON *budgets_ledger(const struct ledger *l)
{
    cJSON *o = cJSON_CreateObject();
    json_add_int(o, "counted", l->counted);
    json_add_str(o, "session", l->session);
    json_add_int(o, "saved", l->saved);
    cJSON_AddItemToObject(o, "run", spent_json(&l->run));
    cJSON_AddItemToObject(o, "phase", spent_json(&l->phase));
    return o;
}

void budgets_ledger_restore(struct ledger *l, const cJSON *json)
{
    l->counted = (int)json_int(json, "counted", 0);
    snprintf(l->session, sizeof l->session, "%s", json_str(json, "session", ""));
    l->saved = json_int(json, "saved", 0);
    spent_parse(&l->run, json_get(json, "run"));
    spent_parse(&l->phase, json_get(json, "phase"));
}

/* What was said, as a whole: the last record holds. */
static void journal_told(struct turn *t)
{
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", "budget");
    cJSON *list = json_add_arr(record, "told");
    for (int scope = 0; scope < BUDGET_SCOPES; scope++)
        for (int kind = 0; kind < BUDGET_KIND_COUNT; kind++) {
            const struct budget_told *told = &t->w->told[scope][kind];
            if (told->level == BUDGET_FINE)
                continue;
            cJSON *one = cJSON_CreateObject();
            json_add_str(one, "scope", scope_name(scope));
            json_add_str(one, "kind", budget_kind_name((enum budget_kind)kind));
            json_add_str(one, "level", budget_level_name(told->level));
            json_add_int(one, "limit", told->limit);
            cJSON_AddItemToArray(list, one);
        }
    turn_journal(t, record, false);
}

void budgets_restore(struct watchdog *w, const cJSON *record)
{
    const cJSON *one = NULL;
    memset(w->told, 0, sizeof w->told);
    cJSON_ArrayForEach(one, json_get(record, "told"))
    {
        int level = budget_level_parse(json_str(one, "level", ""));
        for (int scope = 0; scope < BUDGET_SCOPES && level > 0; scope++)
            for (int kind = 0; kind < BUDGET_KIND_COUNT; kind++)
                if (strcmp(json_str(one, "scope", ""), scope_name(scope)) == 0 &&
                    strcmp(json_str(one, "kind", ""), budget_kind_name((enum budget_kind)kind)) == 0)
                    w->told[scope][kind] = (struct budget_told){(enum budget_level)level, json_int(one, "limit", 0)};
    }
}

/* --- in words ----------------------------------------------------------------------------------------------- */

/* The key in launch.conf. */
static void say_key(const struct watchdog *w, int scope, enum budget_kind kind, struct buf *out)
{
    const char *name = budget_kind_name(kind);
    if (scope >= BUDGET_AGENT)
        buf_addf(out, "budget_%s of [agent %s]", name, w->config->agents[scope - BUDGET_AGENT].name);
    else
        buf_addf(out, "%s%s of [budget]", scope == BUDGET_PHASE ? "phase_" : "", name);
}

/* "cost of [budget]: $41.00 of $50.00, 82 %"; where it is used up, what then. */
static void say(const struct watchdog *w, int scope, enum budget_kind kind, const struct spent *spent, struct buf *out)
{
    int64_t used = budget_of(&spent->sum, kind), limit = budget_of(limits_of(w, scope), kind);
    bool up = budget_level(used, limit) == BUDGET_USED_UP;
    say_key(w, scope, kind, out);
    buf_adds(out, up ? " is used up: " : ": ");
    budget_render(out, kind, used, limit);
    if (!up)
        buf_adds(out, " are used");
    if (kind == BUDGET_COST && spent->unpriced)
        buf_addf(out, " (without %lld iteration%s that did not say what %s cost)", (long long)spent->unpriced,
                 spent->unpriced == 1 ? "" : "s", spent->unpriced == 1 ? "it" : "they");
    if (up)
        buf_addf(out,
                 "; no iteration%s%s is started until it is raised in launch.conf: then `ccsup stop` and `ccsup start`",
                 scope >= BUDGET_AGENT ? " of " : "", scope >= BUDGET_AGENT ? scope_name(scope) : "");
}

void budgets_sentence(const struct watchdog *w, int scope, enum budget_kind kind, int64_t now, struct buf *out)
{
    struct spent spent = spent_in(w, scope, now);
    say(w, scope, kind, &spent, out);
}

/* --- what follows ------------------------------------------------------------------------------------------- */

/* The first budget that holds the role; false when none does. */
static bool first_used_up(const struct watchdog *w, enum role role, int64_t now, int *scope, enum budget_kind *kind)
{
    const int scopes[] = {BUDGET_RUN, BUDGET_PHASE, BUDGET_AGENT + (int)role};
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        struct spent spent = spent_in(w, scopes[i], now);
        for (int k = 0; k < BUDGET_KIND_COUNT; k++)
            if (budget_level(budget_of(&spent.sum, (enum budget_kind)k),
                             budget_of(limits_of(w, scopes[i]), (enum budget_kind)k)) == BUDGET_USED_UP) {
                *scope = scopes[i];
                *kind = (enum budget_kind)k;
                return true;
            }
    }
    return false;
}

bool budgets_hold(const struct watchdog *w, enum role role, int64_t now)
{
    int scope;
    enum budget_kind kind;
    return first_used_up(w, role, now, &scope, &kind);
}

bool budgets_say(const struct watchdog *w, enum role role, int64_t now, struct buf *out)
{
    int scope;
    enum budget_kind kind;
    if (!first_used_up(w, role, now, &scope, &kind))
        return false;
    struct spent spent = spent_in(w, scope, now);
    say(w, scope, kind, &spent, out);
    return true;
}

int64_t budgets_left(const struct watchdog *w, enum role role)
{
    const int scopes[] = {BUDGET_RUN, BUDGET_PHASE, BUDGET_AGENT + (int)role};
    int64_t least = 0;
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        int64_t limit = limits_of(w, scopes[i])->cost, left = limit - spent_in(w, scopes[i], w->now).sum.cost;
        if (limit && (!least || left < least))
            least = left > 1 ? left : 1;
    }
    return least;
}

/* Says it once for each limit, however often it is looked at. */
static bool look_at(struct turn *t, int scope, enum budget_kind kind, const struct spent *spent)
{
    struct budget_told *told = &t->w->told[scope][kind];
    int64_t limit = budget_of(limits_of(t->w, scope), kind);
    enum budget_level level = budget_level(budget_of(&spent->sum, kind), limit);
    if (told->limit != limit)
        *told = (struct budget_told){BUDGET_FINE, limit};
    if (level <= told->level)
        return false;
    told->level = level;
    struct buf b;
    buf_init(&b, 600);
    say(t->w, scope, kind, spent, &b);
    turn_log(t, "budget: %s", buf_str(&b));
    buf_clear(&b);
    return true;
}

void budgets_look(struct turn *t)
{
    struct watchdog *w = t->w;
    bool news = false;
    if (w->stopping || w->finished)
        return;
    for (int scope = 0; scope < BUDGET_SCOPES; scope++) {
        struct spent spent = spent_in(w, scope, t->now);
        for (int kind = 0; kind < BUDGET_KIND_COUNT; kind++)
            news |= look_at(t, scope, (enum budget_kind)kind, &spent);
    }
    if (news)
        journal_told(t);
    for (int role = 0; role < ROLES; role++) {
        const struct agent *a = &w->roles[role].agent;
        bool held = budgets_hold(w, (enum role)role, t->now);
        if (held && a->state == AGENT_WAITING)
            turn_agent_simple(t, (enum role)role, AGENT_EV_HOLD, WHY_BUDGET, 0);
        else if (!held && a->state == AGENT_HELD && a->why == WHY_BUDGET)
            schedule_begin(t, (enum role)role, false);
    }
}

/* --- the status --------------------------------------------------------------------------------------------- */

void budgets_render(const struct watchdog *w, cJSON *doc, int64_t now)
{
    cJSON *all = json_add_obj(doc, "spent"), *list = json_add_arr(doc, "budgets");
    for (int scope = 0; scope < BUDGET_SCOPES; scope++) {
        struct spent spent = spent_in(w, scope, now);
        cJSON_AddItemToObject(all, scope_name(scope), spent_json(&spent));
        for (int k = 0; k < BUDGET_KIND_COUNT; k++) {
            enum budget_kind kind = (enum budget_kind)k;
            int64_t limit = budget_of(limits_of(w, scope), kind), used = budget_of(&spent.sum, kind);
            if (!limit)
                continue;
            cJSON *one = cJSON_CreateObject();
            json_add_str(one, "scope", scope_name(scope));
            json_add_str(one, "kind", budget_kind_name(kind));
            json_add_int(one, "spent", used);
            json_add_int(one, "limit", limit);
            json_add_str(one, "level", budget_level_name(budget_level(used, limit)));
            cJSON_AddItemToArray(list, one);
        }
    }
}

/* "builder and adversary", those of the scope that a budget holds; NULL: nobody. */
static const char *held_by(const struct watchdog *w, int scope)
{
    bool held[ROLES];
    for (int role = 0; role < ROLES; role++) {
        const struct agent *a = &w->roles[role].agent;
        held[role] =
            (scope < BUDGET_AGENT || scope == BUDGET_AGENT + role) && a->state == AGENT_HELD && a->why == WHY_BUDGET;
    }
    return held[0] && held[1] ? "builder and adversary are" : held[0] ? "builder is" : held[1] ? "adversary is" : NULL;
}

void budgets_tell(const struct watchdog *w, int64_t now, cJSON *needs, cJSON *warnings)
{
    for (int scope = 0; scope < BUDGET_SCOPES; scope++) {
        struct spent spent = spent_in(w, scope, now);
        for (int k = 0; k < BUDGET_KIND_COUNT; k++) {
            enum budget_kind kind = (enum budget_kind)k;
            enum budget_level level = budget_level(budget_of(&spent.sum, kind), budget_of(limits_of(w, scope), kind));
            if (level == BUDGET_FINE)
                continue;
            struct buf b;
            buf_init(&b, 600);
            const char *held = level == BUDGET_USED_UP ? held_by(w, scope) : NULL;
            buf_addf(&b, "%s%s", held ? held : "", held ? " held: " : "");
            say(w, scope, kind, &spent, &b);
            cJSON_AddItemToArray(held ? needs : warnings, cJSON_CreateString(buf_str(&b)));
            buf_clear(&b);
        }
    }
}

void budgets_line(const cJSON *doc, const char *scope, struct buf *out)
{
    const cJSON *spent = json_get(json_get(doc, "spent"), scope), *one = NULL;
    int64_t limit[BUDGET_KIND_COUNT] = {0}, cost = json_int(spent, "cost", 0),
            unpriced = json_int(spent, "unpriced", 0);
    bool any = cost > 0;
    cJSON_ArrayForEach(one, json_get(doc, "budgets"))
    {
        for (int k = 0; k < BUDGET_KIND_COUNT; k++)
            if (strcmp(json_str(one, "scope", ""), scope) == 0 &&
                strcmp(json_str(one, "kind", ""), budget_kind_name((enum budget_kind)k)) == 0)
                limit[k] = json_int(one, "limit", 0);
    }
    for (int k = 0; k < BUDGET_KIND_COUNT; k++)
        any |= limit[k] > 0;
    for (int k = 0; any && k < BUDGET_KIND_COUNT; k++) {
        if (k == BUDGET_COST && !cost && !limit[k])
            continue;
        buf_adds(out, out->len ? ", " : "");
        budget_render(out, (enum budget_kind)k, json_int(spent, budget_kind_name((enum budget_kind)k), 0), limit[k]);
        if (k == BUDGET_COST && unpriced > 0)
            buf_addf(out, " (without %lld iteration%s that did not say)", (long long)unpriced,
                     unpriced == 1 ? "" : "s");
    }
}
