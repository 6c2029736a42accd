/* What a commit put at the end of REVIEW.md and nobody can read there: something above it is open and its own text
 * closed that, or it stands in a section of examples. Whoever opened it, and when, plays no part. */
#ifndef CCSUP_GIT_HIDDEN_H
#define CCSUP_GIT_HIDDEN_H
#include "supervisor/git/memo.h"
#include "supervisor/git/reading.h"

/* Adds to *lost, as foreign.h has them, the failures and vetoes ("D1 FAIL", "VETO") that the text which the commit put
 * at the end of its only parent's file says by itself, and those that the parent's file said, and which the commit's
 * file does not say; and "D1 PASS" when that is hidden and the file says nothing at all about D1. Nothing is added of a
 * commit that did something else, nor of a file that is refused. lost NULL: it is not asked. *open: may what the next
 * one puts behind be hidden? Of the parents' that is taken from the memo (MEMO_OPEN) where it is known: so the whole
 * file is read only while it is open. 0 or libgit2's error code. */
int hidden_find(struct words *lost, struct readings *r, const struct memo *memo, size_t commit, bool *open);

#endif
