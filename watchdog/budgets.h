/* Budgets: what the run, its phase and each loop have spent of what launch.conf allows, and whom that holds. Pure.
 * What was spent is in the journal, in each `end`, so neither a restart nor an operator's word begins it anew; only a
 * raised limit, or for a phase's own the next phase, lets a held loop go on. docs/claude.md, "Budgets". */
#ifndef CCSUP_WATCHDOG_BUDGETS_H
#define CCSUP_WATCHDOG_BUDGETS_H
#include "watchdog/watchdog.h"

/* Has it spent what it may? Then no iteration of the role is started. */
bool budgets_hold(const struct watchdog *w, enum role role, int64_t now);
/* Appends the sentence about what holds the role: which budget, how much of how much, and what lets it go on. False and
 * nothing when none does. */
bool budgets_say(const struct watchdog *w, enum role role, int64_t now, struct buf *out);
/* Appends the sentence about one budget (enum budget_scope): how much of how much; when it is used up, what then. */
void budgets_sentence(const struct watchdog *w, int scope, enum budget_kind kind, int64_t now, struct buf *out);
/* What the active phase has cost by now, in millionths of a dollar. */
int64_t budgets_phase_cost(const struct watchdog *w);
/* What all budgets leave to the role's next iteration, in millionths of a dollar, 1 at least; 0 = no limit. */
int64_t budgets_left(const struct watchdog *w, enum role role);
/* Adds what was spent (`spent`: run, phase; `agents`: builder, adversary) and each limit (`budgets`) to the status. */
void budgets_render(const struct watchdog *w, cJSON *doc, int64_t now);
/* The sentences for those that an operator must act on, and for those that only warn. */
void budgets_tell(const struct watchdog *w, int64_t now, cJSON *needs, cJSON *warnings);
/* One line of the status about a scope ("run", "phase", "builder", "adversary"): "$12.40 of $50.00, 33 iterations,
 * 2 h 05 min"; nothing where neither a limit nor a cost is there. doc: as budgets_render made it, or anything. */
void budgets_line(const cJSON *doc, const char *scope, struct buf *out);

#endif
