/* What the core saw, as lines, and back: events.jsonl. A bug report is a file, and a file becomes a test. Pure.
 *
 * A life (one run of the watchdog's process) begins with a line that holds all the core began with:
 *   {"life":1,"at":MS,"version":"…","seed":"HEX","config":"launch.conf's text","journal":[record…]}
 * then one line an event, with the effects that it had, as kinds and roles:
 *   {"at":MS,"event":"AGENT","agent":"EXITED","role":"builder","exit":{…},"did":["POLL"]}
 * A snapshot that differs from the last one only in its time is written as "same":FETCHED. */
#ifndef CCSUP_WATCHDOG_REPLAY_H
#define CCSUP_WATCHDOG_REPLAY_H
#include "watchdog/watchdog.h"

/* Remembers the last snapshot's text on either side. Zeroed = none; free last with free(). */
struct replay_memory {
    char *last;
};

/* The line's object; did: the effects of the step (added by replay_add_effects after it). The caller frees. */
cJSON *replay_event(struct replay_memory *m, const struct watchdog_event *ev, int64_t now);
void replay_add_effects(cJSON *line, const struct effects *did);
/* The object that begins a life; config_text as config_print gives it, journal: the records that were restored (array,
 * duplicated). */
cJSON *replay_life(int64_t now, uint64_t seed, const char *config_text, const cJSON *journal);

struct replay_result {
    size_t lives, events;
    size_t skipped;       /* lines that are no event, or stand before the first life */
    size_t diverged_line; /* first line whose effects differ from what this core does; 0 = none */
    struct err why;       /* of the divergence, or of a life that can't begin */
};

/* Replays n bytes of lines. Each transition (what the core logs) is appended to out as "TIME text". */
void replay_run(const char *text, size_t n, struct buf *out, struct replay_result *result);

#endif
