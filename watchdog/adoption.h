/* What a new watchdog does about a role that may still have a living keeper: facts from the lock, the socket and the
 * records -> one decision. Pure. */
#ifndef CCSUP_WATCHDOG_ADOPTION_H
#define CCSUP_WATCHDOG_ADOPTION_H
#include <stdbool.h>

enum adoption {
    ADOPTION_NONE, /* nothing lives; the next start is an ordinary one (its keeper sweeps if the last left no record) */
    ADOPTION_ADOPT, /* a keeper with a running agent answers: it is ours from now on */
    ADOPTION_END,   /* a keeper lives whose agent never started: it is told to go */
    ADOPTION_KILL,  /* the lock is held by somebody who does not answer: killed, then swept by the next keeper */
};

/* locked: somebody holds the role's lock; answers: its socket greeted us; started: its agent runs. */
enum adoption adoption_decide(bool locked, bool answers, bool started);

#endif
