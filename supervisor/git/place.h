/* The mirror is used by one ccsup-git at a time: waiting for it, and waiting at all. */
#ifndef CCSUP_GIT_PLACE_H
#define CCSUP_GIT_PLACE_H
#include "supervisor/git/trouble.h"
#include <stdint.h>

/* Takes the lock at path before clock_boot() reaches `until`: a descriptor to be closed, or -1 and t set. */
int place_lock(const char *path, int64_t until, struct trouble *t);
/* Sleeps `least` ms and up to `most` more, by chance, so that two who wait do not meet again. */
void place_pause(int64_t least, int64_t most);

#endif
