/* What is known of one iteration from the bytes that it has printed so far: its newest line for people, the fold of its
 * stream-json, whether it got on. Pure, and a function of the log alone: after an adoption it is folded again from the
 * first byte, in whatever pieces. */
#ifndef CCSUP_AGENTS_OUTPUT_H
#define CCSUP_AGENTS_OUTPUT_H
#include "agents/agent.h"
#include "agents/transcript.h"
#include "supervisor/base/lines.h"

/* Who reads a log hands over pieces of at most so many bytes, and after so many lets others have a turn. */
enum { OUTPUT_PIECE = 64 << 10, OUTPUT_TURN = 1 << 20 };

struct output {
    const char *branch; /* of the shared repository; the caller's, lives as long */
    struct lines lines;
    struct transcript transcript;
    int64_t bytes; /* that were fed */
    char *last;    /* newest line, or what it is at, escaped; NULL = none yet */
    bool heard;    /* a line that is not blank was there */
    /* What the caller looks at and sets back. */
    bool progress; /* a line was progress; the first one is */
    bool answered; /* the model said something */
    bool pushed;   /* a line looked like git's report of a push to branch */
};

void output_init(struct output *o, const char *branch);
void output_feed(struct output *o, const char *data, size_t n);
/* No more will come: a last line without its end is read, too. */
void output_end(struct output *o);
void output_clear(struct output *o);
/* What it is at, as far as it can be told from what it printed. */
enum agent_live output_live(const struct output *o);

#endif
