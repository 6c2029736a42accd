/* Before an iteration may begin: is the previous one over? */
#ifndef CCSUP_KEEP_SETTLE_H
#define CCSUP_KEEP_SETTLE_H
#include "supervisor/base/err.h"
#include "supervisor/keep/options.h"
#include "supervisor/keep/sweep.h"
#include <stdbool.h>
#include <sys/types.h>

struct settled {
    size_t killed;    /* processes that were ended */
    size_t survivors; /* that could not be */
};

/* Does the record of the role's iteration `last` (0 = there is none) say that nothing of it lives? */
bool settle_over(const struct options *o, int64_t last);
/* Makes sure that nothing of the role's previous iteration lives, unless its record says that all is well; writes the
 * record of one whose keeper died. The role's lock is held by the keeper on whose behalf
 * this runs: a process outside of that one's fence, as nobody can signal out of a PID namespace. False and e set: start
 * nothing. s is filled in any case. Of o only state, role, clone and tmp are looked at. */
bool settle(const struct options *o, const struct sweep_spared *spared, struct settled *s, struct err *e);

#endif
