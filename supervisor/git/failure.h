/* What git said when it failed -> a code and a sentence. git has one exit code for everything, so its English
 * words (LC_ALL=C) are all there is. */
#ifndef CCSUP_GIT_FAILURE_H
#define CCSUP_GIT_FAILURE_H
#include "supervisor/git/command.h"
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"

/* Fills t for a git run that failed or came past its deadline against r->url. */
void failure_explain(struct trouble *t, const struct request *r, const struct child *c);
/* Fills t for our own deadline: "did not answer within 60 s". */
void failure_timeout(struct trouble *t, const struct request *r);
/* Does git complain about damaged content of a repository? Ours at dir, most likely; a damaged one at the
 * other end of a local path can't be told from it. */
bool failure_is_damage(const struct child *c, const char *dir);
/* The first line that says why, without "fatal: ", redacted and escaped; "" when git said nothing. The caller
 * frees. */
char *failure_words(const struct child *c);

#endif
