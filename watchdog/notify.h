/* What an operator is told of: from the core's state to messages. Pure, and beside the core's effects: nothing that the
 * core does depends on it, so a recorded run is replayed without it.
 *
 * A fact (phase 2 is DONE at that revision; the Builder is held after its iteration 17) is in the state for as long as
 * it holds, and a watchdog that comes after another one finds it again in what it restores. Its id is made of the fact
 * alone. What was said is remembered by id, on the disk, after the message itself is there: so a fact that holds is
 * said, whoever is killed when, and once. docs/notify.md is for operators. */
#ifndef CCSUP_WATCHDOG_NOTIFY_H
#define CCSUP_WATCHDOG_NOTIFY_H
#include "watchdog/watchdog.h"

/* SENT: a message was made. HELD: it was one too many within NOTIFY_WINDOW_MS. COUNTED: a message said that there were
 * such. */
enum notify_state { NOTIFY_SENT, NOTIFY_HELD_BACK, NOTIFY_COUNTED };

enum { NOTIFY_WINDOW_MS = 600000, NOTIFY_SAID_MAX = 2000, NOTIFY_FILE_MAX = 1 << 20 };

struct notify_said {
    int64_t at; /* ms */
    enum notify_kind kind;
    char id[17]; /* hash of the fact, hex */
    enum notify_state state;
    bool holds; /* it was in the state at the last look */
};

/* What was said, oldest first. Zeroed = nothing. */
struct notify {
    struct notify_said *list;
    size_t count;
};

void notify_clear(struct notify *n);
/* What notify_format wrote; lines that it can't have written are left out. */
void notify_parse(struct notify *n, const char *text, size_t len);
void notify_format(const struct notify *n, struct buf *out);

/* Looks at all facts of the core. Appends to out, an array, a message for each that was not said yet:
 * {"id","event","at","at_ms","phase","agent","iteration","finished","text","more"}, as far as it has them. quiet: all
 * that holds counts as said (nobody was to be told until now). True when n has changed. */
bool notify_look(struct notify *n, const struct watchdog *w, bool quiet, int64_t now, cJSON *out);
/* The same for a fact that the core does not know: a watchdog that died. fact: what makes it this one. */
bool notify_tell(struct notify *n, enum notify_kind kind, const char *fact, const char *text, int64_t now, cJSON *out);
/* A message that is no event: a test, or that all is well. word: its event. */
cJSON *notify_message(const char *word, const char *id, const char *text, int64_t now);

/* Is all well: nobody held, not stuck, the repository read, not over? */
bool notify_well(const struct watchdog *w);
/* Does that receiver want it? */
bool notify_wants(const struct config_notify *c, const char *event);

/* --- delivery ------------------------------------------------------------------------------------------------- */

/* How a try ended. */
struct notify_result {
    bool taken;
    char problem[200];   /* why not; escaped, secrets masked */
    int64_t retry_after; /* ms, 0 = not said */
};

/* The request to ccsup-http for a message (JSON text). token NULL = none; root: launch.conf's folder. The caller
 * frees. */
cJSON *notify_request(const struct config_notify *c, const char *root, const char *token, const char *message);
/* What its answer means; NULL: there was none, problem says why. */
void notify_answer(const cJSON *answer, const char *problem, struct notify_result *r);
/* From a try that failed to the next, ms: 5 s, doubling to 10 min; more if the receiver asks for it, at most a day.
 * failures: in a row, with this one. */
int64_t notify_delay(int failures, int64_t retry_after);

#endif
