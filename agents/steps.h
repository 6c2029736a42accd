/* Claude's stream-json for people: one line a step. Pure.
 *
 *   session 33a4c210, claude-opus-5-5, 2.1.330      a turn begins
 *   I will write a file.                            what the model says
 *   > Bash: make test                               a tool is called
 *   < Bash: ok, 2.1 KiB, 3.4 s                      what came back
 *   ! retry 3 of 10 in 9 s (429 rate_limit)         what the program itself says
 *   = done: 4 turns, 12,345 tokens, $0.15           a turn ends; cost: of the session so far
 */
#ifndef CCSUP_AGENTS_STEPS_H
#define CCSUP_AGENTS_STEPS_H
#include "agents/stream_json.h"
#include "supervisor/base/buf.h"
#include <stdint.h>

enum { STEPS_CALLS_MAX = 32, STEPS_SHOWN = 400 };

/* How a line is to be set off; the caller knows whether there is a terminal. */
enum steps_tone { STEPS_PLAIN, STEPS_DIM, STEPS_CALL, STEPS_WARN, STEPS_BAD, STEPS_GOOD };

struct steps_call {
    char id[64], name[40];
    int64_t at; /* ms; 0 = not known */
};

/* One iteration's state: the calls that are open. */
struct steps {
    struct steps_call calls[STEPS_CALLS_MAX]; /* oldest first; beyond the room they come back without name and time */
    size_t count;
};

void steps_init(struct steps *s);
/* Appends the line's steps to out, each escaped, at most STEPS_SHOWN bytes, with a newline; nothing for what tells
 * nothing (pieces of messages, unknown types). tone(tone) gives what stands before a line; NULL = nothing, ever. l must
 * not be NOT_JSON: such lines are shown as they are. */
void steps_line(struct steps *s, const struct stream_line *l, const char *prefix, const char *(*tone)(enum steps_tone),
                struct buf *out);

#endif
