/* The sentence in which Claude says that a usage limit is reached, and when it ends. Pure: a time of day in a named
 * zone stays one, for an edge that knows zones (supervisor/sys/zone.h).
 *
 * Only ever called with text that the program itself wrote (a result with is_error): the same words in a model's prose,
 * a tool's output, or a prompt mean nothing. */
#ifndef CCSUP_AGENTS_LIMIT_TEXT_H
#define CCSUP_AGENTS_LIMIT_TEXT_H
#include <stdbool.h>
#include <stdint.h>

struct limit_text {
    char window[32]; /* as rate_limit_event names it: five_hour seven_day seven_day_opus seven_day_sonnet, else unknown
                      */
    int64_t resets_at; /* seconds since 1970, where the text says it so; 0 = look at the clock below */
    bool clock;        /* a time of day is given: */
    int hour, minute;  /* 0..23, 0..59 */
    int weekday;       /* 0 = Sunday; -1 = none */
    int month, day;    /* 1..12, 1..31; 0 = none */
    char zone[48];     /* "America/New_York"; "" = the machine's */
};

/* True when the text says that a limit was hit ("You've hit your session limit · resets 3:30am (America/New_York)",
 * "Claude AI usage limit reached|1755806400"); false for advice ("You've used 90% of your session limit") and all else.
 * What it does not say of the time stays empty. */
bool limit_text_read(struct limit_text *l, const char *text);

#endif
