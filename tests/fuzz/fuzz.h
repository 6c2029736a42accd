/* What the fuzz targets share: choices made by the fuzzer's bytes, documents made by such choices, the judgement of two
 * texts without git. A target is one LLVMFuzzerTestOneInput; it is linked with libFuzzer (preset fuzz) or with driver.c
 * (the other ones), and ends the process with a sentence when something does not hold. */
#ifndef CCSUP_TESTS_FUZZ_H
#define CCSUP_TESTS_FUZZ_H
#include "supervisor/base/buf.h"
#include "watchdog/verdict.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes, as choices. When they are used up every choice is the first. */
struct draw {
    const uint8_t *at, *end;
};
/* A number below n (at most 65536). */
int draw(struct draw *d, int n);
#define DRAW(d, list) ((list)[draw((d), (int)(sizeof(list) / sizeof *(list)))])

enum { IDS = 4, WINDOW = 86400, SKEW = 120, MAX_BYTES = 8 << 20 };
#define NOW INT64_C(1779969600) /* 2026-05-28T12:00:00Z */

/* Two texts and what comes of them. Free with judged_clear. */
struct judged {
    struct words criteria;
    struct verdict_rules rules;
    struct snapshot s;
    struct verdict v;
};
void judge_texts(struct judged *j, const char *status, size_t status_n, const char *review, size_t review_n,
                 int64_t now);
void judged_clear(struct judged *j);
/* Whether the review, with a STATUS.md that is nothing but the marker, is DONE at `now`. */
bool is_done(const struct buf *review, int64_t now);

/* A PASS of D`id` at NOW - age, in one of its forms, with its line's end. */
void add_pass(struct buf *b, struct draw *d, int id, int age);
/* Lines that say nothing and leave the Markdown around them as it was. */
void add_noise(struct buf *b, struct draw *d);

/* Ends the process: the sentence and the documents (NULL = none), readable. */
_Noreturn void broken(const char *what, const struct buf *one, const struct buf *two);

#endif
