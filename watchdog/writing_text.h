/* Words that somebody gives for an entry of a state file -> one line in which no mark of Markdown or HTML reaches
 * beyond itself. Used by watchdog/writing.c alone. Pure. */
#ifndef CCSUP_WATCHDOG_WRITING_TEXT_H
#define CCSUP_WATCHDOG_WRITING_TEXT_H
#include "supervisor/base/buf.h"

/* Appends s: white space as single blanks, none at the ends; control bytes and what cannot be seen escaped; backticks
 * without their pair as apostrophes; outside of code spans "<" of a tag or comment, and ">" of "-->", as entities; "~~"
 * spaced out. */
void writing_text(struct buf *out, const char *s);

#endif
