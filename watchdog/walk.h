/* The words of the protocol, and the walk over the part of a line that decides. docs/protocol.md, "Verdicts".
 * Pure; linear in the part. Used by watchdog/statement.c alone. */
#ifndef CCSUP_WATCHDOG_WALK_H
#define CCSUP_WATCHDOG_WALK_H
#include "watchdog/text.h"

enum walk_gap { GAP_START, GAP_SEPARATOR, GAP_TEXT };

/* What was found in a line or a cell. */
struct walk_found {
    bool fail, pending, pass, near;
    bool taken;   /* words of TAKEN_BACK and the like */
    bool open;    /* an open box before the verdict */
    bool verdict; /* any verdict word */
    bool undated; /* between PASS and its time stands something else that was meant as a time */
    char why[200];
};

struct walk {
    struct walk_found *f;
    struct text t;
    size_t at;
    bool cell;   /* a cell of a table: only what begins it, or stands after a separator, is a verdict */
    bool second; /* and it is the one right of the id: a failure in any case counts at its beginning */
    bool dated;  /* a readable time ends the part */
    enum walk_gap gap;
    bool worded;    /* a word has been read */
    bool negated;   /* a negation in this clause */
    bool negating;  /* the last word was a negation, and at most a separator came since */
    bool past_time; /* after a PASS, something like a time was read */
    char last[16];  /* the word before, in lower case */
};

/* Walks from w->at to the end of w->t. */
void walk_run(struct walk *w);
/* Sets the first rule that is broken; later ones are not told. A `word` that is not "" stands behind it, and `what`
 * ends with its opening backtick. */
void walk_why(struct walk_found *f, const char *what, const char *word);
/* Whether the word PASS (or LIFTED) at t.at[begin] up to `end` touches nothing that makes it another word; dated: a
 * time ends t. */
bool walk_stands_alone(struct text t, size_t begin, size_t end, bool dated);
/* Whether the first word of t is a negation. */
bool walk_denied(struct text t);
/* Whether t holds hedges and nothing else. */
bool walk_only_hedges(struct text t);

#endif
