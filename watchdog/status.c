#include "watchdog/status.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "watchdog/budgets.h"
#include "watchdog/internal.h"
#include "watchdog/phase.h"
#include "supervisor/base/timestamp.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The next status comes with the next poll at the latest, which takes at most its timeout. */
enum { STATUS_SLACK_MS = 15000 };

static void status_words(cJSON *obj, const char *name, const struct words *w)
{
    cJSON *list = json_add_arr(obj, name);
    for (size_t i = 0; i < w->n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(w->at[i]));
}

static void status_time(cJSON *obj, const char *name, int64_t seconds)
{
    char text[21];
    if (!seconds)
        return;
    timestamp_format(seconds, text);
    json_add_str(obj, name, text);
}

/* A URL for people and files: the password in https://user:password@host is nobody's business. */
static char *status_url(const char *url)
{
    const char *scheme = strstr(url, "://"), *at = scheme ? strchr(scheme, '@') : NULL;
    const char *slash = scheme ? strchr(scheme + 3, '/') : NULL;
    struct buf b;
    buf_init(&b, 2000);
    if (at && (!slash || at < slash)) {
        buf_add(&b, url, (size_t)(scheme + 3 - url));
        buf_adds(&b, "***");
        url = at;
    }
    vis_add(&b, url, strlen(url));
    return buf_take(&b);
}

static void status_phase(const struct watchdog *w, cJSON *doc)
{
    const struct config_phase *p = &w->config->phases[w->phase];
    cJSON *phase = json_add_obj(doc, "phase");
    json_add_str(phase, "id", p->id);
    json_add_str(phase, "name", phase_name(p));
    json_add_int(phase, "number", (int64_t)w->phase + 1);
    json_add_int(phase, "count", (int64_t)w->config->phase_count);
    json_add_str(phase, "start", w->phase_start);
    json_add_str(phase, "last", w->judged);
    json_add_bool(phase, "started", w->phase_started);
    json_add_int(phase, "since", w->phase_since);
    json_add_str(phase, "status_file", w->status_file);
    json_add_str(phase, "review_file", w->review_file);
    status_words(phase, "criteria", &p->criteria);
}

static void status_criterion(const struct watchdog *w, const struct verdict_criterion *c, cJSON *list)
{
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "id", c->id);
    json_add_str(one, "state", criterion_state_name(c->state));
    json_add_bool(one, "claimed", c->claimed);
    json_add_bool(one, "waived", c->waiver);
    if (c->entry) {
        json_add_int(one, "line", c->entry->line);
        if (c->entry->dating == REVIEW_DATED)
            status_time(one, "written", c->entry->written);
        json_add_str(one, "by", c->entry->author[0] ? c->entry->author : NULL);
        json_add_str(one, "role", review_by_name(c->entry->by));
        json_add_str(one, "commit", c->entry->commit);
        json_add_str(one, "sha", c->entry->sha);
        if (c->entry->sha[0] && c->entry->since >= 0)
            json_add_int(one, "commits_since", c->entry->since);
    }
    if (c->effective) {
        json_add_int(one, "effective", c->effective * 1000);
        json_add_int(one, "fresh_until", c->effective * 1000 + w->config->window);
    }
    cJSON_AddItemToArray(list, one);
}

__attribute__((format(printf, 2, 3))) static void status_say(cJSON *list, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 1000);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    cJSON_AddItemToArray(list, cJSON_CreateString(buf_str(&b)));
    buf_clear(&b);
}

/* What the operator gave and somebody has changed since the phase began. */
static void status_changes(const struct watchdog *w, cJSON *warnings)
{
    struct words began = {0}, now = {0};
    struct buf names;
    buf_init(&names, 400);
    words_split(&began, w->inputs ? w->inputs : "", NULL);
    words_split(&now, w->inputs && w->inputs_now ? w->inputs_now : "", NULL);
    for (size_t i = 0; i < now.n; i++)
        if (!words_have(&began, now.at[i]))
            buf_addf(&names, "%s%.*s", names.len ? ", " : "", (int)strcspn(now.at[i], "="), now.at[i]);
    if (names.len)
        status_say(
            warnings,
            "changed since the phase began: %s; a running watchdog obeys what it read when it started (in-force), "
            "the next `ccsup start` what stands there then",
            buf_str(&names));
    for (size_t i = 0; i < w->config->waivers.n; i++) {
        const struct config_waiver *x = &w->config->waivers.at[i];
        if (watchdog_waiver_added(w, x))
            status_say(warnings, "the waiver of %s was not in launch.conf when the phase began", x->id);
    }
    words_clear(&began);
    words_clear(&now);
    buf_clear(&names);
}

/* How many criteria passed, as the active phase's DONE record has it. */
static size_t status_passed(const struct watchdog *w)
{
    const cJSON *record = phase_record(w->records, w->config->phases[w->phase].id), *one = NULL;
    size_t n = 0;
    cJSON_ArrayForEach(one, json_get(record, "criteria"))
    {
        n += strcmp(json_str(one, "state", ""), criterion_state_name(CRITERION_PASS)) == 0;
    }
    return n;
}

static void status_verdict(const struct watchdog *w, cJSON *doc)
{
    const struct verdict *v = &w->verdict;
    cJSON *verdict = json_add_obj(doc, "verdict");
    /* A watchdog that finds all done judges nothing any more: what it was done on stands in the record. */
    bool over = w->finished && !w->judgement;
    size_t total = w->config->phases[w->phase].criteria.n, passed = over ? status_passed(w) : 0;
    json_add_str(verdict, "value", over ? "DONE" : w->judgement ? verdict_value_name(v->value) : "UNKNOWN");
    json_add_str(verdict, "state", verdict_state_name(over ? STATE_DONE : w->state));
    json_add_int(verdict, "since", w->state_since);
    json_add_int(verdict, "passing", (int64_t)(over ? passed : v->passing));
    json_add_int(verdict, "waived", (int64_t)(over ? total - passed : v->waived));
    json_add_int(verdict, "total", (int64_t)total);
    json_add_int(verdict, "vetoes", v->vetoes);
    json_add_int(verdict, "confirm_at", w->confirm_since ? w->confirm_since + w->config->confirm : 0);
    cJSON *progress = json_add_obj(doc, "progress");
    json_add_str(progress, "stuck", stuck_why_name(w->progress.stuck));
    json_add_str(progress, "id", w->progress.id);
    json_add_int(progress, "number", w->progress.number);
    json_add_int(progress, "rounds", progress_rounds(&w->progress, judge_iterations(w)));
    cJSON *criteria = json_add_arr(doc, "criteria"), *reasons = json_add_arr(doc, "reasons");
    cJSON *warnings = json_add_arr(doc, "warnings");
    for (size_t i = 0; w->judgement && i < v->count; i++)
        status_criterion(w, &v->criteria[i], criteria);
    for (size_t i = 0; w->judgement && i < v->reason_count; i++) {
        const struct verdict_reason *r = &v->reasons[i];
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "code", r->code);
        json_add_str(one, "id", r->id);
        json_add_str(one, "file", r->file);
        json_add_int(one, "line", r->line);
        json_add_str(one, "text", r->text);
        json_add_str(one, "fix", r->fix);
        cJSON_AddItemToArray(reasons, one);
    }
    status_changes(w, warnings);
    for (size_t i = 0; w->judgement && i < v->warnings.n; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(v->warnings.at[i]));
    for (size_t i = 0; w->snapshot && i < w->snapshot->review.warnings.n; i++) {
        status_say(warnings, "%s: %s", w->review_file, w->snapshot->review.warnings.at[i]);
    }
}

static void status_repo(const struct watchdog *w, cJSON *doc)
{
    cJSON *repo = json_add_obj(doc, "repo");
    char *url = status_url(w->config->url);
    json_add_str(repo, "url", url);
    free(url);
    json_add_str(repo, "branch", w->config->branch);
    json_add_str(repo, "tip", w->snapshot ? w->snapshot->tip : "");
    json_add_bool(repo, "empty", w->snapshot && w->snapshot->empty);
    json_add_bool(repo, "polling", w->poll.running);
    json_add_int(repo, "polled_at", w->poll.ok_at);
    json_add_int(repo, "next_poll_at", w->poll.next_at);
    json_add_int(repo, "failures", w->poll.failures);
    if (w->poll.code) {
        cJSON *error = json_add_obj(repo, "error");
        json_add_str(error, "code", w->poll.code);
        json_add_str(error, "text", w->poll.text);
    }
}

static void status_agent(const struct watchdog *w, enum role role, cJSON *list)
{
    const struct watchdog_role *r = &w->roles[role];
    const struct agent *a = &r->agent;
    static const char *const wants[] = {"down", "paused", "up"};
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "role", role_name(role));
    json_add_str(one, "name", w->config->agents[role].name);
    json_add_str(one, "state", agent_state_name(a->state));
    json_add_str(one, "want", wants[a->want]);
    json_add_bool(one, "paused", r->paused);
    json_add_str(one, "why", agent_why_name(a->why));
    json_add_str(one, "why_text", r->clone_error && !r->clone_ready ? r->clone_error : agent_why_text(a->why));
    json_add_int(one, "since", a->since);
    json_add_int(one, "deadline", a->deadline);
    json_add_int(one, "iteration", a->iteration);
    json_add_int(one, "iteration_started_at", a->started_at);
    json_add_int(one, "ended_at", r->ended_at);
    json_add_int(one, "progress_at", a->progress_at);
    json_add_int(one, "restarts", a->restarts);
    json_add_int(one, "failures", a->history.failures);
    json_add_str(one, "last", outcome_name(a->last));
    json_add_str(one, "last_text", a->last_text);
    json_add_str(one, "live", agent_live_name(a->live));
    json_add_str(one, "model", r->model);
    json_add_str(one, "session", r->session);
    json_add_str(one, "activity", r->activity);
    json_add_int(one, "output_bytes", r->output_bytes);
    status_words(one, "work", &r->work);
    cJSON_AddItemToArray(list, one);
}

static void status_limits(const struct watchdog *w, cJSON *doc, int64_t now)
{
    cJSON *list = json_add_arr(doc, "limits");
    for (size_t i = 0; i < w->limit_count; i++) {
        const struct watchdog_limit *l = &w->limits[i];
        if (l->until <= now)
            continue;
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "account", l->account);
        json_add_str(one, "window", l->window);
        json_add_int(one, "until", l->until);
        json_add_int(one, "count", l->count);
        cJSON_AddItemToArray(list, one);
    }
}

bool status_repo_needs(const struct watchdog *w)
{
    const char *code = w->poll.code;
    return code && (strcmp(code, "auth") == 0 || strcmp(code, "not-found") == 0 || strcmp(code, "no-branch") == 0 ||
                    strcmp(code, "no-plan") == 0 || w->poll.failures >= 10);
}

/* What nobody but the operator can mend, and how. */
static void status_needs(const struct watchdog *w, cJSON *doc)
{
    cJSON *needs = json_add_arr(doc, "needs");
    for (int role = 0; role < ROLES; role++) {
        const struct watchdog_role *r = &w->roles[role];
        const char *name = role_name((enum role)role);
        if (r->agent.state == AGENT_HELD && r->agent.why != WHY_STUCK && r->agent.why != WHY_BUDGET)
            status_say(needs, "%s is held: %s (%s); see `ccsup logs %s`, mend it, then `ccsup resume %s`", name,
                       agent_why_text(r->agent.why), r->agent.last_text, name, name);
        if (r->clone_error && !r->clone_ready)
            status_say(needs, "%s has no clone: %s", name, r->clone_error);
        if (r->agent.state == AGENT_WAITING && (r->agent.why == WHY_AUTHENTICATION || r->agent.why == WHY_BILLING))
            status_say(needs, "%s %s (%s); mend it, then `ccsup restart %s`; it tries again by itself", name,
                       r->agent.why == WHY_BILLING ? "has no credit" : "can't log in", r->agent.last_text, name);
    }
    if (w->state == STATE_STUCK) {
        struct buf b;
        buf_init(&b, 400);
        progress_tell(&w->progress, &b);
        status_say(needs,
                   "the pair is stuck: %s; look at what they do (`ccsup logs`, REVIEW), then `ccsup tell AGENT "
                   "TEXT` or `ccsup resume AGENT`%s",
                   buf_str(&b), schedule_holds(w) ? "; nothing is started until then" : "");
        buf_clear(&b);
    }
    if (w->snapshot && w->snapshot->rewritten)
        status_say(needs,
                   "the repository's history was rewritten: %.7s does not descend from the last judged revision "
                   "%.7s; nothing is judged or started; look at it, then `ccsup accept-history`",
                   w->snapshot->tip, w->judged);
    if (status_repo_needs(w))
        status_say(needs, "the repository can't be read: %s", w->poll.text);
}

cJSON *status_render(const struct watchdog *w, int64_t now)
{
    cJSON *doc = cJSON_CreateObject();
    const char *state = w->finished   ? "finished"
                        : w->exiting  ? "stopped"
                        : w->stopping ? "stopping"
                        : w->began    ? "running"
                                      : "starting";
    json_add_int(doc, "schema", 1);
    json_add_int(doc, "generation", (int64_t)w->generation);
    json_add_int(doc, "written_at", now);
    json_add_int(doc, "next_write_by",
                 (w->poll.running ? w->poll.deadline : w->poll.next_at + w->config->repo_timeout) + STATUS_SLACK_MS);
    json_add_str(doc, "state", state);
    json_add_bool(doc, "finished", w->finished);
    json_add_int(doc, "started_at", w->started_at);
    status_phase(w, doc);
    status_verdict(w, doc);
    judge_add_waivers(doc, w);
    status_repo(w, doc);
    cJSON *agents = json_add_arr(doc, "agents");
    for (int role = 0; role < ROLES; role++)
        status_agent(w, (enum role)role, agents);
    status_limits(w, doc, now);
    budgets_render(w, doc, now);
    json_add_str(doc, "ownership", judge_enforced(w->config) ? "enforced" : "convention");
    status_needs(w, doc);
    budgets_tell(w, now, cJSON_GetObjectItemCaseSensitive(doc, "needs"),
                 cJSON_GetObjectItemCaseSensitive(doc, "warnings"));
    cJSON_AddItemToObject(doc, "done", cJSON_Duplicate(w->records, 1));
    return doc;
}
