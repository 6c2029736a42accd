/* What the watchdog remembers of REVIEW's lines in one phase, whatever becomes of the lines: when it first saw a
 * PASS that was dated ahead of the clock, each VETO that it saw standing, and each lifting that it saw.
 * docs/protocol.md, "Times" and "VETO". Pure: what is learnt comes out as records of the journal, and goes back in
 * from them.
 *
 * All of it can only keep the work from being done: a sight makes a PASS older, a kept VETO stands. So what git
 * alone says at the same revision and time is DONE whenever the judgement with this memory is. */
#ifndef CCSUP_WATCHDOG_KEPT_H
#define CCSUP_WATCHDOG_KEPT_H
#include "watchdog/snapshot.h"
#include <cJSON.h>

/* A phase's memory is bounded: 1.1 MiB of sights, 0.3 MiB of liftings, 0.1 MiB of vetoes. As many lines as a
 * REVIEW may hold; of vetoes fewer, as each keeps its text. What happens beyond is said at each function. */
enum { KEPT_LINES_MAX = 20000, KEPT_VETOES_MAX = 200 };

/* The kinds of its records. */
#define KEPT_KINDS "sights", "veto", "lifts"

struct kept_sight {
    uint64_t hash; /* review_entry.hash */
    char id[40];
    int64_t at; /* seconds */
};

struct kept_veto {
    uint64_t hash;
    char commit[41]; /* that introduced it; the same words in another commit are another VETO */
    int line;        /* when it was seen first */
    int64_t seen;    /* seconds */
    char *text;      /* the line, vis-escaped; owned */
    bool lifted;     /* stays here, so that a lifting that is lost and comes back is no news */
};

/* How often a lifting's line stood in the file at once, at most. */
struct kept_lift {
    uint64_t hash;
    int count;
};

/* Zeroed = empty. */
struct kept {
    struct kept_sight *sights; /* by hash and id */
    size_t sight_count;
    int64_t full_at; /* seconds: when a sight found no room; 0 = never */
    struct kept_veto *vetoes;
    size_t veto_count;
    struct kept_lift *lifts; /* by hash */
    size_t lift_count;
};

void kept_clear(struct kept *k);
/* Learns from a snapshot at `now` (seconds); a rewritten history and a refused file teach nothing. Appends to
 * records what the journal must hold before the judgement counts: records of the kinds "sights", "veto" and
 * "lifts", without phase and time.
 *
 * Beyond KEPT_VETOES_MAX vetoes that stand, all others are kept as one without its text. Beyond KEPT_LINES_MAX
 * liftings a new one lifts no kept VETO. For sights see kept_bound. */
void kept_look(struct kept *k, const struct snapshot *s, int64_t now, cJSON *records);
/* A record of kept_look back; others, and what is damaged, are left alone. True when it was of one of the kinds. */
bool kept_restore(struct kept *k, const cJSON *record);
/* All of it as such records, appended to records. */
void kept_render(const struct kept *k, cJSON *records);
/* Until when at the latest an entry was written, by when it was first seen, in seconds; INT64_MAX = this says
 * nothing. k may be NULL. Only a PASS is bounded: a FAIL that was made older would be easier to clear. A PASS that
 * is not dated ahead of the clock when it is first seen needs no record, as its written time is the older one for
 * ever. Where a sight found no room, every PASS without one that is dated later than that moment counts as seen
 * then. */
int64_t kept_bound(const struct kept *k, const struct review_entry *x);

#endif
