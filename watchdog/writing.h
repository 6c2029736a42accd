/* What a command writes into a state file, and whether it will be read as it is meant. docs/protocol.md, "Commands that
 * write". Pure: the file's bytes and what is to be said -> the file's new bytes, or why not.
 *
 * Whatever the words are, they stay the evidence of this one entry: they come out as one line in which nothing opens,
 * closes or begins anything, and the result is read again by the same readers that judge. */
#ifndef CCSUP_WATCHDOG_WRITING_H
#define CCSUP_WATCHDOG_WRITING_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/base/words.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITING_KINDS(X)                                                                                               \
    X(CLAIM, "claim")                                                                                                  \
    X(PASS, "pass") X(FAIL, "fail") X(VETO, "veto") X(LIFT, "lift") X(DONE, "done") X(SEND, "send") X(DROP, "drop")
enum writing_kind {
#define X(name, text) WRITING_##name,
    WRITING_KINDS(X)
#undef X
};

/* Bytes of the words of one entry, as they stand in the file. */
enum { WRITING_TEXT_MAX = 4000 };

struct writing {
    enum writing_kind kind;
    const char *id;   /* criterion of CLAIM, PASS and FAIL, else "" */
    int64_t now;      /* seconds */
    const char *sha;  /* 40 hex digits, of CLAIM, PASS and FAIL, else "" */
    const char *text; /* evidence, reason or note, as it was given; "" = none */
};

const char *writing_kind_name(enum writing_kind k); /* "claim" "pass" ... */
int writing_kind_parse(const char *name);           /* or -1 */
/* Is what it writes about a commit? */
bool writing_has_sha(enum writing_kind k);

/* Appends the new content of the state file (STATUS for CLAIM and DONE, REVIEW for the others) to out: the n bytes of
 * old (NULL = there is no file), and at the end one entry, set off by an empty line, with the file's own line ends.
 * Only for DONE something else changes: markers that stand already are taken out, as the new one takes their
 * place. name: of the file, for sentences. *line: where the entry stands. False and e when it would not be read back
 * live and exactly as meant, or would change how anything else is read. Not for SEND and DROP. */
bool writing_append(struct buf *out, const char *name, const char *old, size_t n, const struct writing *w,
                    const struct words *criteria, int64_t max_bytes, int *line, struct err *e);
/* A PASS is later than a FAIL only from the next second on: is there a line against the id in the second of w->now? */
bool writing_too_soon(const char *old, size_t n, const struct writing *w, const struct words *criteria,
                      int64_t max_bytes);
/* Appends the first line of the commit's message: "review(D7): FAIL — month 13 prints 31". role: the addressee of SEND,
 * the owner of the inbox for DROP; file: the note's name. Both may be NULL for the others. */
void writing_subject(struct buf *out, const struct writing *w, const char *role, const char *file);
/* Appends a note's text: lines as they are, escaped, with a line end at the end. */
void writing_note(struct buf *out, const char *text);
/* Appends the name of a note: "20260528T081000Z-the-port-is-wrong.md"; number: 1, or more when that one exists. */
void writing_note_name(struct buf *out, const struct writing *w, int number);

#endif
