/* What killed git processes leave in a repository that is ours alone, and what would grow or block for ever:
 * git itself removes none of it. */
#ifndef CCSUP_GIT_LEFTOVER_H
#define CCSUP_GIT_LEFTOVER_H

/* Removes from the bare repository at dir: temporary packs and objects, packs without index, .keep files, and
 * every lock file. The caller holds the mirror's lock: no git runs in it. */
void leftover_remove(const char *dir);

#endif
