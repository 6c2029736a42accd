/* Who runs next: work, pace, sleep, and the prompt of the next iteration. */
#include "watchdog/internal.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "watchdog/budgets.h"
#include "watchdog/phase.h"
#include "supervisor/base/timestamp.h"
#include "watchdog/work.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Wake-ups without work double up to this. */
enum { WAKE_MAX_MS = 6 * 3600 * 1000 };

static void schedule_work(struct turn *t, enum role role)
{
    struct watchdog *w = t->w;
    struct watchdog_role *r = &w->roles[role];
    words_clear(&r->work);
    if (!w->snapshot || !w->judgement || w->snapshot->rewritten)
        return;
    struct work_input in = {
        .snapshot = w->snapshot,
        .verdict = &w->verdict,
        .review_file = w->review_file,
        .seen_findings = r->seen_findings,
        .tell = r->tell.len > r->told,
        .parked = r->parked,
        .now = t->now / 1000,
        .window = w->config->window / 1000,
        .sweep = w->config->sweep / 1000,
    };
    work_for(role, &in, &r->work);
}

/* After an iteration that ended well and a poll that looked since: a push of either side brings the pace back, an
 * iteration without one doubles it. */
static void schedule_pace(struct turn *t, struct watchdog_role *r, enum role role)
{
    const struct agent_policy *p = &t->w->config->agents[role].policy;
    bool pushed = strcmp(t->w->snapshot->tip, r->start_tip) != 0;
    if (pushed) {
        r->pace = p->pace;
        r->wake = p->wake_every;
    } else if (r->ended) {
        r->pace = r->pace * 2 > 1000 ? r->pace * 2 : 1000;
        if (r->pace > p->wake_every)
            r->pace = p->wake_every;
    }
}

bool schedule_holds(const struct watchdog *w)
{
    enum stuck_why why = w->progress.stuck;
    return (why == STUCK_FLIPS || why == STUCK_ROUNDS) && strcmp(w->config->stuck, "hold") == 0;
}

bool schedule_held(const struct watchdog *w, enum role role, int64_t now)
{
    return schedule_holds(w) || budgets_hold(w, role, now);
}

bool schedule_sweeps(const struct watchdog *w, enum role role, int64_t now)
{
    bool tries = w->roles[role].agent.why == WHY_OPERATOR; /* who restarts it wants to see it try */
    return schedule_held(w, role, now) || (!tries && limits_hold(w, role, now));
}

/* Does somebody have work, as far as a fresh judgement says? */
static void schedule_somebody(struct turn *t)
{
    struct watchdog *w = t->w;
    bool asks = w->judgement && w->verdict.value == VERDICT_NOT_DONE && !w->snapshot->rewritten;
    progress_work(&w->progress, !asks || w->roles[ROLE_BUILDER].work.n || w->roles[ROLE_ADVERSARY].work.n);
    if (asks)
        judge_stuck(t);
}

/* Is there what a start needs? */
static bool schedule_ready(const struct watchdog *w, const struct watchdog_role *r)
{
    bool waits = r->ended && w->poll.running; /* what did the last iteration change? */
    return r->clone_ready && w->snapshot && !w->snapshot->rewritten && !waits;
}

static void schedule_role(struct turn *t, enum role role)
{
    struct watchdog_role *r = &t->w->roles[role];
    struct agent *a = &r->agent;
    schedule_work(t, role);
    /* A poll that failed is no news: the loop goes on with what it knew. What it does can't be seen, so its pace grows
     * as if it had done nothing, and one that had no work sleeps: a server that is down all night costs nothing. */
    bool known = t->w->snapshot;
    if (known)
        schedule_pace(t, r, role);
    r->ended = false;
    if (r->delayed && schedule_ready(t->w, r)) { /* what it waited for is there now */
        r->delayed = false;
        turn_agent_simple(t, role, AGENT_EV_DELAY, WHY_NONE, t->now);
    }
    if (a->state == AGENT_WAITING && schedule_holds(t->w))
        turn_agent_simple(t, role, AGENT_EV_HOLD, WHY_STUCK, 0);
    if (!known || a->state != AGENT_WAITING || (a->why != WHY_PACE && a->why != WHY_NO_WORK))
        return;
    int64_t at = r->ended_at ? r->ended_at + r->pace : t->now;
    if (r->parked) /* at once, but no loop that waits for what is there already runs faster than one that does not */
        at = a->started_at + t->w->config->agents[role].policy.pace;
    if (r->work.n)
        turn_agent_simple(t, role, AGENT_EV_WORK, WHY_NONE, at > t->now ? at : t->now);
    else if (a->why != WHY_NO_WORK)
        turn_agent_simple(t, role, AGENT_EV_IDLE, WHY_NONE, t->now + r->wake);
}

void schedule_look(struct turn *t)
{
    if (t->w->stopping)
        return;
    budgets_look(t);
    for (int role = 0; role < ROLES; role++)
        schedule_role(t, (enum role)role);
    schedule_somebody(t);
}

bool schedule_may_start(struct turn *t, enum role role)
{
    struct watchdog *w = t->w;
    struct watchdog_role *r = &w->roles[role];
    if (schedule_held(w, role, t->now)) {
        turn_agent_simple(t, role, AGENT_EV_HOLD, budgets_hold(w, role, t->now) ? WHY_BUDGET : WHY_STUCK, 0);
        return false;
    }
    int64_t limited = limits_hold(w, role, t->now);
    if (limited && r->agent.why != WHY_OPERATOR) { /* who restarts it wants to see it try */
        turn_agent_simple(t, role, AGENT_EV_DELAY, WHY_USAGE_LIMIT, limited);
        return false;
    }
    r->delayed = !schedule_ready(w, r);
    if (!r->delayed)
        return true;
    int64_t at = w->poll.running ? w->poll.deadline : w->poll.next_at;
    turn_agent_simple(t, role, AGENT_EV_DELAY, WHY_NONE, at > t->now ? at : t->now + w->config->poll);
    return false;
}

void schedule_begin(struct turn *t, enum role role, bool forgive)
{
    struct watchdog_role *r = &t->w->roles[role];
    if (t->w->stopping || !r->clone_ready)
        return;
    if (r->paused) {
        turn_agent_simple(t, role, AGENT_EV_WANT_PAUSED, WHY_OPERATOR, 0);
        return;
    }
    if (r->held != WHY_NONE) {
        turn_agent_simple(t, role, AGENT_EV_HOLD, r->held, 0);
        return;
    }
    struct agent_event up = {.kind = AGENT_EV_WANT_UP, .why = WHY_PACE, .forgive = forgive};
    turn_agent(t, role, &up);
    schedule_role(t, role);
}

/* What stood in the prompt of an iteration that ended well has been said. */
static void schedule_told(struct turn *t, enum role role)
{
    struct watchdog_role *r = &t->w->roles[role];
    if (!r->told)
        return;
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", "told");
    json_add_str(record, "role", role_name(role));
    json_add_int(record, "bytes", (int64_t)r->told);
    turn_journal(t, record, false);
    buf_consume(&r->tell, r->told);
}

void schedule_ended(struct turn *t, enum role role)
{
    struct watchdog_role *r = &t->w->roles[role];
    r->ended_at = t->now;
    if (r->agent.last == OUTCOME_OK) {
        r->ended = true;
        schedule_told(t, role);
    }
    r->told = 0;
    turn_poll_soon(t);
}

enum { RESUMES_LOST_MAX = 2 }; /* failed iterations with a session until it is given up */

void schedule_session(struct watchdog *w, enum role role, const struct said *said, bool fresh)
{
    struct watchdog_role *r = &w->roles[role];
    const struct claude_settings *claude = &w->config->agents[role].claude;
    const char *choice = claude->session;
    bool always = choice && strcmp(choice, "resume") == 0, never = choice && strcmp(choice, "fresh") == 0;
    if (!outcome_failed(r->agent.last))
        r->resumes_lost = 0;
    else if (r->resumed)
        r->resumes_lost++;
    bool good = always || outcome_session(r->agent.last) == SESSION_RESUME;
    if (fresh || never || !good || !*claude->program || r->resumes_lost >= RESUMES_LOST_MAX) {
        r->session[0] = '\0';
        r->resumes_lost = 0;
    } else if (claude_session_is(said->session)) { /* the log is the agent's to write */
        snprintf(r->session, sizeof r->session, "%s", said->session);
    }
}

void schedule_goes_on(struct watchdog *w, enum role role, const struct agent *before, const struct agent_event *ev)
{
    struct watchdog_role *r = &w->roles[role];
    if (r->going == r->agent.iteration) /* else it was a sweep, or its loss is known already */
        schedule_session(w, role, &ev->said, before->why == WHY_PHASE);
    r->parked = ev->said.parked && !before->again; /* who was told to start afresh waits for nothing */
}

/* Codes, ids, times and places of what keeps it from being done; never the repository's own words. */
static void schedule_reasons(const struct watchdog *w, struct buf *b)
{
    if (w->progress.stuck != STUCK_NO)
        buf_addf(b, "- STUCK %s %s%s%d\n", stuck_why_name(w->progress.stuck), w->progress.id,
                 w->progress.id[0] ? " " : "", w->progress.number);
    for (size_t i = 0; w->judgement && i < w->verdict.count; i++)
        if (w->verdict.criteria[i].waiver)
            buf_addf(b, "- %s WAIVED by the operator for now\n", w->verdict.criteria[i].id);
    for (size_t i = 0; w->judgement && i < w->verdict.reason_count; i++) {
        const struct verdict_reason *r = &w->verdict.reasons[i];
        buf_addf(b, "- %s%s%s", r->id, r->id[0] ? " " : "", r->code);
        if (r->file && r->line)
            buf_addf(b, " %s:%d", r->file, r->line);
        buf_adds(b, "\n");
    }
}

static void schedule_lines(const struct words *list, const char *before, const char *between, struct buf *b)
{
    for (size_t i = 0; i < list->n; i++)
        buf_addf(b, "%s%s%s", before, list->at[i], between);
}

char *schedule_prompt(struct turn *t, enum role role)
{
    struct watchdog *w = t->w;
    struct watchdog_role *r = &w->roles[role];
    const struct config *c = w->config;
    const struct config_phase *phase = turn_phase(w);
    if (r->agent.why == WHY_NO_WORK) {
        r->wake = r->wake * 2 < WAKE_MAX_MS ? r->wake * 2 : WAKE_MAX_MS;
    }
    snprintf(r->start_tip, sizeof r->start_tip, "%s", w->snapshot ? w->snapshot->tip : "");
    snprintf(r->seen_findings, sizeof r->seen_findings, "%s", w->snapshot ? w->snapshot->findings_blob : "");
    r->told = r->tell.len;
    r->turn = w->phase_turn;

    struct buf criteria, work, reasons, window, path, status, review, inbox;
    struct buf *all[] = {&criteria, &work, &reasons, &window, &path, &status, &review, &inbox};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_init(all[i], 65536);
    schedule_lines(&phase->criteria, "", " ", &criteria);
    schedule_lines(&r->work, "- ", "\n", &work);
    if (outcome_failed(r->agent.last))
        buf_addf(&work,
                 "- INTERRUPTED: the last iteration ended by itself (%s); the effect of its last action is "
                 "unknown: look at git first\n",
                 outcome_name(r->agent.last));
    schedule_reasons(w, &reasons);
    duration_format(&window, c->window);
    buf_addf(&path, c->state_path[0] ? "%s/" : "%s", c->state_path);
    buf_addf(&status, "%s%s", buf_str(&path), w->status_file);
    buf_addf(&review, "%s%s", buf_str(&path), w->review_file);
    buf_addf(&inbox, "%sinbox/%s", buf_str(&path), role_name(role));
    char now[21], iteration[16];
    timestamp_format(t->now / 1000, now);
    snprintf(iteration, sizeof iteration, "%d", r->agent.iteration + 1);

    const char *facts[PROMPT_FACT_COUNT] = {
        [PROMPT_role] = role_name(role),
        [PROMPT_other] = role_name(role == ROLE_BUILDER ? ROLE_ADVERSARY : ROLE_BUILDER),
        [PROMPT_phase] = phase_name(phase),
        [PROMPT_plan] = w->texts.plan[w->phase],
        [PROMPT_criteria] = buf_str(&criteria),
        [PROMPT_branch] = c->branch,
        [PROMPT_status_file] = buf_str(&status),
        [PROMPT_review_file] = buf_str(&review),
        [PROMPT_state_path] = buf_str(&path),
        [PROMPT_inbox] = buf_str(&inbox),
        [PROMPT_iteration] = iteration,
        [PROMPT_now] = now,
        [PROMPT_window] = buf_str(&window),
        [PROMPT_work] = buf_str(&work),
        [PROMPT_reasons] = buf_str(&reasons),
        [PROMPT_tell] = buf_str(&r->tell),
    };
    struct buf out;
    buf_init(&out, 4 << 20);
    prompt_render(r->session[0] && w->texts.resume ? w->texts.resume : w->texts.prompt[role], facts, &out);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_clear(all[i]);
    return buf_take(&out);
}
