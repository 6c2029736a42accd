/* Which facts an operator must know hold in the core's state now. */
#include "watchdog/notify_facts.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/json.h"
#include "supervisor/base/timestamp.h"
#include "watchdog/budgets.h"
#include "watchdog/internal.h"
#include "watchdog/phase.h"
#include "watchdog/status.h"
#include <stdlib.h>
#include <string.h>

struct facts {
    const struct watchdog *w;
    int64_t now;
    void (*say)(void *arg, const struct notify_fact *f);
    void *arg;
};

static void fact_begin(struct notify_fact *f, const struct facts *x, enum notify_kind kind)
{
    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->role = -1;
    buf_init(&f->fact, 4000);
    buf_init(&f->text, 900);
    /* Another run in the same folder is told apart by when it began. */
    buf_addf(&f->fact, "%lld %d ", (long long)x->w->run_since, (int)kind);
}

static void fact_say(struct notify_fact *f, const struct facts *x)
{
    x->say(x->arg, f);
    buf_clear(&f->fact);
    buf_clear(&f->text);
}

/* --- phases ------------------------------------------------------------------------------------------------- */

static size_t passed(const cJSON *record)
{
    const cJSON *one = NULL;
    size_t n = 0;
    cJSON_ArrayForEach(one, json_get(record, "criteria"))
    {
        n += strcmp(json_str(one, "state", ""), criterion_state_name(CRITERION_PASS)) == 0;
    }
    return n;
}

static void facts_done(const struct facts *x)
{
    const cJSON *r = NULL;
    cJSON_ArrayForEach(r, x->w->records)
    {
        struct notify_fact f;
        const cJSON *criteria = json_get(r, "criteria"), *iterations = json_get(r, "iterations");
        const char *id = json_str(r, "phase", ""), *revision = json_str(r, "revision", "");
        int index = phase_find(x->w->config, id);
        bool last = x->w->finished && r == cJSON_GetArrayItem(x->w->records, cJSON_GetArraySize(x->w->records) - 1);
        fact_begin(&f, x, NOTIFY_DONE);
        f.phase = id;
        buf_addf(&f.fact, "%s %s %s", id, revision, json_str(r, "judged_at", ""));
        buf_addf(&f.text, "phase %s is DONE at %.7s: %zu of %d criteria pass, %lld + %lld iterations in ",
                 index < 0 ? id : phase_name(&x->w->config->phases[index]), revision, passed(r),
                 cJSON_GetArraySize(criteria), (long long)json_int(iterations, "builder", 0),
                 (long long)json_int(iterations, "adversary", 0));
        duration_render(&f.text, json_int(r, "ended", 0) - json_int(r, "began", 0));
        buf_adds(&f.text, last ? "; it was the last one: all is done" : "");
        fact_say(&f, x);
    }
}

static void facts_phase(const struct facts *x)
{
    struct notify_fact f;
    const struct watchdog *w = x->w;
    const struct config_phase *p = &w->config->phases[w->phase];
    if (!w->phase_started || w->finished || w->missing)
        return;
    fact_begin(&f, x, NOTIFY_PHASE);
    buf_addf(&f.fact, "%s %lld", p->id, (long long)w->phase_since);
    buf_addf(&f.text, "phase %s begins (%zu of %zu)", phase_name(p), w->phase + 1, w->config->phase_count);
    fact_say(&f, x);
}

/* --- agents ------------------------------------------------------------------------------------------------- */

/* The number is that of the iteration that `last` tells of, not of one that runs. */
static bool at_rest(const struct agent *a)
{
    switch (a->state) {
    case AGENT_DOWN:
    case AGENT_WAITING:
    case AGENT_STARTING:
    case AGENT_HELD: return true;
    case AGENT_RUNNING:
    case AGENT_STOPPING:
    case AGENT_KILLING:
    case AGENT_LOST: return false;
    }
    return false;
}

static void fact_agent(struct notify_fact *f, const struct facts *x, enum notify_kind kind, int role, const char *what)
{
    const struct agent *a = &x->w->roles[role].agent;
    fact_begin(f, x, kind);
    f->role = role;
    f->iteration = a->iteration;
    buf_addf(&f->fact, "%s %d %s", role_name((enum role)role), a->iteration, what);
}

static void facts_held(const struct facts *x, int role)
{
    struct notify_fact f;
    const struct watchdog_role *r = &x->w->roles[role];
    const struct agent *a = &r->agent;
    const char *name = role_name((enum role)role);
    bool login = a->state == AGENT_WAITING && (a->why == WHY_AUTHENTICATION || a->why == WHY_BILLING);
    /* Those two are told as what they are, not once for each loop. */
    if (a->state == AGENT_HELD && a->why != WHY_STUCK && a->why != WHY_BUDGET) {
        fact_agent(&f, x, NOTIFY_HELD, role, agent_why_name(a->why));
        buf_addf(&f.text, "%s is held: %s (%s); see `ccsup logs %s`, mend it, then `ccsup resume %s`", name,
                 agent_why_text(a->why), a->last_text, name, name);
        fact_say(&f, x);
    } else if (login && a->asks <= 1) { /* it goes on trying: said once a row */
        fact_agent(&f, x, NOTIFY_HELD, role, agent_why_name(a->why));
        buf_addf(&f.text, "%s %s (%s); mend it, then `ccsup restart %s`; it tries again by itself", name,
                 a->why == WHY_BILLING ? "has no credit" : "can't log in", a->last_text, name);
        fact_say(&f, x);
    }
    if (r->clone_error && !r->clone_ready) {
        fact_agent(&f, x, NOTIFY_HELD, role, r->clone_error);
        buf_addf(&f.text, "%s has no clone: %s", name, r->clone_error);
        fact_say(&f, x);
    }
}

static void facts_ended(const struct facts *x, int role)
{
    struct notify_fact f;
    const struct agent *a = &x->w->roles[role].agent;
    if (!at_rest(a) || !outcome_failed(a->last))
        return;
    bool stalled = a->last == OUTCOME_STALLED || a->last == OUTCOME_TIMED_OUT;
    fact_agent(&f, x, stalled ? NOTIFY_STALLED : NOTIFY_CRASHED, role, outcome_name(a->last));
    buf_addf(&f.text, "%s: iteration %d failed: %s", role_name((enum role)role), a->iteration,
             outcome_meaning(a->last));
    if (*a->last_text && strcmp(a->last_text, outcome_meaning(a->last)) != 0)
        buf_addf(&f.text, " (%s)", a->last_text);
    fact_say(&f, x);
}

/* --- limits and budgets ------------------------------------------------------------------------------------- */

static void facts_limits(const struct facts *x)
{
    for (size_t i = 0; i < x->w->limit_count; i++) {
        struct notify_fact f;
        const struct watchdog_limit *l = &x->w->limits[i];
        char until[21];
        if (l->count != 1) /* met again: the same row */
            continue;
        fact_begin(&f, x, NOTIFY_LIMIT);
        buf_addf(&f.fact, "%s %s %s %lld", l->account, l->window, l->model, (long long)l->met);
        timestamp_format(l->until / 1000, until);
        buf_addf(&f.text, "usage limit (%s) of account %s was met; it holds until %s", l->window, l->account, until);
        fact_say(&f, x);
    }
}

static void facts_budgets(const struct facts *x)
{
    for (int scope = 0; scope < BUDGET_SCOPES; scope++)
        for (int kind = 0; kind < BUDGET_KIND_COUNT; kind++) {
            struct notify_fact f;
            const struct budget_told *told = &x->w->told[scope][kind];
            if (told->level == BUDGET_FINE)
                continue;
            fact_begin(&f, x, NOTIFY_BUDGET);
            buf_addf(&f.fact, "%d %d %d %lld %lld", scope, kind, (int)told->level, (long long)told->limit,
                     scope == BUDGET_PHASE ? (long long)x->w->phase_since : 0);
            budgets_sentence(x->w, scope, (enum budget_kind)kind, x->now, &f.text);
            fact_say(&f, x);
        }
}

/* --- the repository ----------------------------------------------------------------------------------------- */

static void facts_veto(const struct facts *x)
{
    const struct kept *k = &x->w->kept;
    for (size_t i = 0; i < k->veto_count; i++) {
        struct notify_fact f;
        const struct kept_veto *v = &k->vetoes[i];
        if (v->lifted)
            continue;
        fact_begin(&f, x, NOTIFY_VETO);
        buf_addf(&f.fact, "%016llx %s", (unsigned long long)v->hash, v->commit);
        buf_addf(&f.text, "a VETO stands (%s:%d): %.400s", x->w->review_file, v->line, v->text ? v->text : "");
        fact_say(&f, x);
    }
}

static void facts_repo(const struct facts *x)
{
    struct notify_fact f;
    const struct watchdog *w = x->w;
    const struct watchdog_poll *p = &w->poll;
    if (w->snapshot && w->snapshot->rewritten) {
        fact_begin(&f, x, NOTIFY_TAMPERED);
        buf_addf(&f.fact, "%s", w->judged); /* whatever is pushed while nobody has looked */
        buf_addf(&f.text,
                 "the repository's history was rewritten: %.7s does not descend from the last judged revision %.7s; "
                 "nothing is judged or started; look at it, then `ccsup accept-history`",
                 w->snapshot->tip, w->judged);
        fact_say(&f, x);
    }
    if (status_repo_needs(w)) {
        fact_begin(&f, x, NOTIFY_REPOSITORY);
        buf_addf(&f.fact, "%s %lld", w->judged, (long long)p->ok_at);
        buf_addf(&f.text, "the repository can't be read: %s", p->text);
        fact_say(&f, x);
    }
    if (w->state == STATE_STUCK && w->progress.stuck != STUCK_NO) {
        fact_begin(&f, x, NOTIFY_STUCK);
        buf_addf(&f.fact, "%lld %s %d %s", (long long)w->phase_since, stuck_why_name(w->progress.stuck),
                 w->progress.base, w->progress.id);
        buf_adds(&f.text, "the pair is stuck: ");
        progress_tell(&w->progress, &f.text);
        buf_addf(&f.text,
                 "; look at what they do (`ccsup logs`, REVIEW), then `ccsup tell AGENT TEXT` or `ccsup resume "
                 "AGENT`%s",
                 schedule_holds(w) ? "; nothing is started until then" : "");
        fact_say(&f, x);
    }
}

void notify_facts(const struct watchdog *w, int64_t now, void (*say)(void *arg, const struct notify_fact *f), void *arg)
{
    struct facts x = {w, now, say, arg};
    facts_done(&x);
    facts_phase(&x);
    for (int role = 0; role < ROLES; role++) {
        facts_ended(&x, role);
        facts_held(&x, role);
    }
    facts_limits(&x);
    facts_budgets(&x);
    facts_repo(&x);
    facts_veto(&x);
}
