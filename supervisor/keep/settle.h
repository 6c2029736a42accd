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
    bool foreign; /* the last iteration has no (good) record, and is another instance's: nothing was done about it */
};

/* Is nothing to be looked for? So it is when o->over says that the role's iteration `last` is over (0 = there is none);
 * with o->keep also when its record says so. */
bool settle_over(const struct options *o, int64_t last);
/* Makes sure that nothing of the role's earlier iterations lives, whatever the files say; writes the record of one
 * whose keeper died. With o->keep only the last one is looked after, unless its record says that all is well. The
 * role's lock is held by the keeper on whose behalf this runs: a process outside of that one's fence, as nobody can
 * signal out of a PID namespace. False and e set: start nothing. s is filled in any case. Of o only state, role,
 * clone, tmp and keep are looked at. */
bool settle(const struct options *o, const struct sweep_spared *spared, struct settled *s, struct err *e);

#endif
