/* One error, as a sentence for a person: what, where, what to do instead. Filled by whoever found it, printed only
 * by main. */
#ifndef CCSUP_BASE_ERR_H
#define CCSUP_BASE_ERR_H

struct err {
    char text[512]; /* "" = none; cut ("…" at its end), never overrun */
};

/* Sets the text, replacing what was there. e may be NULL (the caller does not want to know); e->text may be an argument
 * ("%s: line 3"). */
void err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
