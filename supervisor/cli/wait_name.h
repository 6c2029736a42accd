/* A named wait on the disk: its deadline outlives who waits, and only one process at a time asks for one name.
 * state/waits/NAME holds {"spec","began","deadline","ended","line","ended_at","told"}; whoever holds the lock
 * state/locks/wait-NAME asks, the others wait for what it finds. docs/waiting.md. */
#ifndef CCSUP_CLI_WAIT_NAME_H
#define CCSUP_CLI_WAIT_NAME_H
#include "supervisor/cli/wait.h"

struct wait_name {
    char *file, *lock_file;  /* owned; NULL = the wait has no name */
    int lock;                /* -1 = not ours */
    char spec[17];           /* hash of what is waited for */
    int64_t began, deadline; /* wall clock, ms */
    enum wait_end ended;     /* TAKE_OVER: how another's asking ended */
    char *line;              /* and its last line; owned */
};

/* OURS: ask, until n->deadline. OVER: another asked, n->ended and n->line say what came of it. STOPPED: stop became
 * readable. BROKEN: e says why. */
enum wait_take { TAKE_OURS, TAKE_OVER, TAKE_STOPPED, TAKE_BROKEN };

/* What this command waits for may be asked by another process already: then this waits for that. A wait of that name
 * that is for something else is superseded: whoever asks for it ends at its next look. cli->paths must be known. */
enum wait_take wait_name_take(struct wait_name *n, const struct cli *cli, const struct wait_spec *s, int stop,
                              struct err *e);
/* Is it still ours, or does somebody wait for something else under this name? */
bool wait_name_stands(const struct wait_name *n);
/* It is over: written, synced; told: its line is out. Keeps the lock. */
void wait_name_end(struct wait_name *n, enum wait_end end, const char *line, bool told);
void wait_name_clear(struct wait_name *n);

#endif
