/* Which commit was verified or claimed: the HEAD of the clone that somebody works in, or the one that is named. Reads
 * only. */
#ifndef CCSUP_GIT_WHERE_H
#define CCSUP_GIT_WHERE_H
#include "supervisor/git/request.h"
#include "supervisor/git/trouble.h"
#include <git2.h>
#include <stdbool.h>

/* Looks into the clone at or above r->clone: *id is the commit that r->rev names, or HEAD. Refused with a sentence: no
 * clone, no commit, tracked files that differ from HEAD (state files aside), a detached HEAD for a claim; with r->rev
 * only its own existence matters, and when the clone does not know it the mirror is asked. */
bool where_find(const struct request *r, git_repository *mirror, git_oid *id, struct trouble *t);
/* Is it the tip of the branch, or behind it? Else refused with the command that pushes it. */
bool where_is_pushed(const struct request *r, git_repository *mirror, const git_oid *tip, const git_oid *id,
                     struct trouble *t);
/* Where somebody works: in no clone, on a branch, on none. */
enum where_here { WHERE_NOWHERE, WHERE_BRANCH, WHERE_DETACHED };
/* In the clone at or above r->clone. */
enum where_here where_stands(const struct request *r);
const char *where_here_name(enum where_here w); /* "branch" */

#endif
