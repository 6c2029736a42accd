/* REVIEW.md -> its reading: every line that is a verdict or a veto, in the file's order.
 * docs/protocol.md, "Verdicts" and "VETO". Pure; linear in the file. Which entries count, and against which, is
 * decided in watchdog/verdict.c. */
#ifndef CCSUP_WATCHDOG_REVIEW_H
#define CCSUP_WATCHDOG_REVIEW_H
#include "supervisor/base/words.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum review_kind {
    REVIEW_PASS, /* all of rule 3 holds */
    REVIEW_FAIL,
    REVIEW_PENDING, /* also: a PASS that is refused or taken back in words */
    REVIEW_VETO,
    REVIEW_LIFT, /* lifts every earlier VETO */
    REVIEW_NEAR, /* looks like a verdict and counts for nothing: reported, see `fix` */
};

enum review_dating { REVIEW_DATED, REVIEW_UNDATED };

/* Who introduced a line, by e-mail of author and committer (docs/protocol.md, "Who may say it"). */
enum review_by { REVIEW_BY_UNKNOWN, REVIEW_BY_ADVERSARY, REVIEW_BY_BUILDER, REVIEW_BY_OPERATOR, REVIEW_BY_OTHER };

struct review_entry {
    int line; /* 1-based */
    enum review_kind kind;
    char id[40]; /* criterion; "" for VETO and LIFT */
    enum review_dating dating;
    int64_t written; /* seconds since 1970, UTC; only when DATED */
    char sha[41];    /* "" = none */
    uint64_t hash;   /* hash_fnv of the line's bytes without its end */
    char *text;      /* the line, vis-escaped, at most 400 bytes; owned */
    char *why;       /* the rule that it broke, "the word is not in upper case"; NULL = none; owned */
    char *fix;       /* what to write instead, for NEAR, UNDATED and refused PASSes; NULL = nothing; owned */
    /* Provenance, filled by ccsup-git; zero without git. */
    char commit[41];   /* that introduced the line */
    int64_t committed; /* its committer time, seconds; 0 = unknown */
    char author[128];  /* e-mail; and the committer's, when it is another */
    enum review_by by;
    bool after_start;      /* the commit is a proper descendant of the phase's start revision */
    bool sha_known;        /* sha names R or an ancestor of it, and no other; true when sha is "" */
    char voided[41];       /* the foreign commit that voids this PASS; "" = none does */
    int since;             /* commits after sha that change anything but the state files; -1 = not known */
    char since_commit[41]; /* the newest of them */
    bool unseen;           /* a VETO that no lifting below it descends from: who lifted did not know it */
};

struct review {
    bool refused;  /* the file can't be read (docs/protocol.md, "Reading a file") */
    char why[200]; /* why, as a sentence without the file's name */
    struct review_entry *entries;
    size_t count;
    struct words warnings; /* "line 12: a fence that is never closed hides the rest" */
};

/* Reads n bytes against the criteria's ids. max_bytes: repo.state_max_bytes. Free with review_clear. */
void review_read(struct review *r, const char *text, size_t n, const struct words *criteria, int64_t max_bytes);
void review_clear(struct review *r);
const char *review_kind_name(enum review_kind k); /* "PASS" "FAIL" ... */
int review_kind_parse(const char *name);          /* or -1 */
const char *review_by_name(enum review_by b);     /* "adversary" ... */
int review_by_parse(const char *name);
/* The line is the Adversary's or an operator's, by the commit that introduced it. */
bool review_by_verifier(const struct review_entry *x);
/* A LIFT that counts. git: the reading says who introduced its lines, so that is asked. */
bool review_lifts(const struct review_entry *x, bool git);
/* The index behind the last LIFT that counts: what stands before it is lifted. 0 = there is none. */
size_t review_lifted(const struct review *r, bool git);
/* Is entry i a VETO that stands? lifted: of review_lifted. */
bool review_stands(const struct review *r, size_t i, size_t lifted);

#endif
