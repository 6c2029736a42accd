/* The marker that every process of an iteration carries in its environment: CCSUP_RUN_ID, 32 hex digits. The first of
 * them say whose it is, so that it can be found without a record of that iteration. */
#ifndef CCSUP_SYS_MARKER_H
#define CCSUP_SYS_MARKER_H
#include <stdbool.h>

#define MARKER_NAME "CCSUP_RUN_ID"
enum { MARKER_DIGITS = 32, MARKER_OWNER = 9 /* of them, the first */ };

/* The first digits of every marker of that role of the instance with that state folder: eight of the folder itself
 * (device and inode: a copied project is another one, a renamed one is the same) and one of the role. False, and out is
 * "", when there is no such folder. */
bool marker_owner(const char *state, const char *role, char out[MARKER_OWNER + 1]);

#endif
