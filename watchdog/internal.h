/* Between the parts of the core: watchdog.c (events), schedule.c (who runs next), judge.c (is it done, which
 * phase), history.c (what
 * outlives the process). */
#ifndef CCSUP_WATCHDOG_INTERNAL_H
#define CCSUP_WATCHDOG_INTERNAL_H
#include "watchdog/watchdog.h"

/* What one step works on. */
struct turn {
    struct watchdog *w;
    int64_t now;
    struct effects *out;
};

struct effect *turn_effect(struct turn *t, enum effect_kind kind, enum role role);
/* A line for the log; the caller escapes what is not ours. */
void turn_log(struct turn *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends a record to the journal (consumed). */
void turn_journal(struct turn *t, cJSON *record, bool sync);
/* Gives one event to an agent's machine and turns its effects into ours. */
void turn_agent(struct turn *t, enum role role, const struct agent_event *ev);
void turn_agent_simple(struct turn *t, enum role role, enum agent_event_kind kind, enum agent_why why, int64_t at);
/* Asks for a poll now, or right after the running one. */
void turn_poll_soon(struct turn *t);
const struct config_phase *turn_phase(const struct watchdog *w);

/* history.c: journals what a step of an agent's machine means for the next watchdog. before: the agent as it was. */
void history_agent(struct turn *t, enum role role, const struct agent *before, const struct agent_event *ev);

/* budgets.c */
/* An agent's iteration may have ended: adds what it spent, once. */
void budgets_ended(struct turn *t, enum role role, const struct agent_event *ev);
/* The same for one that ended under no watchdog. */
void budgets_past(struct watchdog *w, enum role role, const struct watchdog_past *past);
/* Says once what is nearly or wholly used up; holds the loops that have nothing left, and lets the others go on. */
void budgets_look(struct turn *t);
/* A phase begins that was not active before: nothing was spent in it. */
void budgets_phase(struct watchdog *w);
cJSON *budgets_ledger(const struct ledger *l);
void budgets_ledger_restore(struct ledger *l, const cJSON *json);
void budgets_restore(struct watchdog *w, const cJSON *record);

/* What the operator gave when the phase began, from its record. */
void history_inputs(struct watchdog *w, const cJSON *record);

/* clock_back.c: takes the time of a step. Was the wall clock set back since the last one? Then every moment that is
 * kept is, too: a deadline is as far away as it was at the last step, and nobody sleeps for the length of the jump. */
void clock_back(struct watchdog *w, int64_t now);

/* judge.c: judges the newest snapshot; confirms, records and advances. */
void judge_look(struct turn *t);
/* Says once that the pair is stuck, and shows it. */
void judge_stuck(struct turn *t);
/* Journals what was judged last, and what has been counted so far. */
void judge_journal(struct turn *t, bool sync);
/* An operator has acted: whatever was counted begins anew, and who was held for it goes on. */
void judge_forgive(struct turn *t);
/* Iterations of both loops that have ended in the active phase. */
int judge_iterations(const struct watchdog *w);
void judge_set_state(struct turn *t, enum verdict_state state);
/* Every loop down: for stop and after the last phase. */
void judge_teardown(struct turn *t, enum agent_why why, bool now);
/* Adds the hashes of what the operator gave (launch.conf, plan, prompts) to a record. */
void judge_add_inputs(cJSON *record, const char *inputs);
/* Begins a phase: at the revision start ("" = the empty repository), or, NULL, at the tip that the next poll finds; on
 * the disk before anything follows from it. fresh: what runs was told of another phase and ends. voids: the ids of DONE
 * records that count no more (taken; NULL = none). */
void judge_begin_phase(struct turn *t, size_t index, const char *start, bool fresh, cJSON *voids);
/* These DONE records count no more. */
void judge_void(struct watchdog *w, const cJSON *ids);
/* Adds the operator's waivers, as `waivers`: each with whether it holds for a criterion of this phase, and whether it
 * was added since the phase began. */
void judge_add_waivers(cJSON *obj, const struct watchdog *w);
/* Is it enforced who may write what, or a convention? Enforced: each agent runs as a user of its own, within
 * fence = pidns; anything else may reach the other's identity. */
bool judge_enforced(const struct config *c);
/* An empty phase: no snapshot, no judgement yet. fresh: also one that was active before has spent nothing yet. */
void judge_enter_phase(struct watchdog *w, size_t index, const char *start, bool fresh, int64_t now);

/* limits.c */
/* An iteration of the role met a usage limit: noted on the disk, and whom else it holds waits. Returns until when. */
int64_t limits_hit(struct turn *t, enum role role, const struct said *said);
/* The same for what ended while no watchdog ran: only noted. */
const struct watchdog_limit *limits_note(struct watchdog *w, enum role role, const struct said *said, int64_t now);
/* Its record, for the journal. */
cJSON *limits_record(const struct watchdog_limit *l);
/* Did a good answer come with that event, which the role's machine has taken, to an iteration that began at `began`
 * (ms)? It ends what its model met on its account, but not before limit_least, and what was asked before may be
 * answered until then. An iteration that ended well makes the next limit a first one. */
void limits_answered(struct turn *t, enum role role, const struct agent_event *ev, int64_t began);
/* Until when a limit holds the role; 0 = none does. */
int64_t limits_hold(const struct watchdog *w, enum role role, int64_t now);
void limits_restore(struct watchdog *w, const cJSON *record);
/* The clock was set back by so many ms since the limit was met: what was reckoned by the clock goes back with it, what
 * the API said is reckoned anew. */
void limits_back(struct watchdog_limit *l, int64_t by);

/* schedule.c */
/* A new snapshot stands: who has work, who sleeps until when. */
void schedule_look(struct turn *t);
/* May a start of this role happen now? If not, its deadline has been moved. */
bool schedule_may_start(struct turn *t, enum role role);
/* Is nothing started, because the pair is stuck? */
bool schedule_holds(const struct watchdog *w);
/* Is nothing of this role started, for that or for a budget? */
bool schedule_held(const struct watchdog *w, enum role role, int64_t now);
/* May a keeper that has to sweep do no more than that: is nothing of this role started, for one of these or for a usage
 * limit? */
bool schedule_sweeps(const struct watchdog *w, enum role role, int64_t now);
/* The prompt of the iteration that begins now; the caller frees. */
char *schedule_prompt(struct turn *t, enum role role);
void schedule_ended(struct turn *t, enum role role);
/* An iteration has ended: with which session does the next one go on? fresh: another phase begins, with none. */
void schedule_session(struct watchdog *w, enum role role, const struct said *said, bool fresh);
/* The same for what has ended, or lost its keeper, just now, and for what it parked. before: the agent as it was. */
void schedule_goes_on(struct watchdog *w, enum role role, const struct agent *before, const struct agent_event *ev);
/* This loop up, as far as its clone, a pause and a hold allow. forgive: the operator asked for it. */
void schedule_begin(struct turn *t, enum role role, bool forgive);

#endif
