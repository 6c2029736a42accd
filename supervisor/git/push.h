/* One commit of the mirror onto the remote's branch, by the git program, as a fast-forward and never in another way. */
#ifndef CCSUP_GIT_PUSH_H
#define CCSUP_GIT_PUSH_H
#include "supervisor/git/mirror.h"

enum push_end {
    PUSH_DONE,
    PUSH_BEHIND,  /* somebody was faster: fetch and build again */
    PUSH_REFUSED, /* the server does not want it (a hook, a protected branch); t says its words */
    PUSH_FAILED,  /* it may or may not have arrived; t says what happened */
};

/* Pushes the commit (40 hex digits, in the mirror, a child of the fetched tip) to the branch of m->r. */
enum push_end push_run(const struct mirror *m, const char *commit, struct trouble *t);

#endif
