/* Root works on files of an agent that runs as another user: with that user's rights only, so that no link or include
 * of the agent's leads further than the agent itself could go. */
#ifndef CCSUP_GIT_OWNER_H
#define CCSUP_GIT_OWNER_H

/* From here until owner_leave files are opened and made as the owner of dir, where we are root and it is somebody
 * else's; otherwise, or where there is no such folder, nothing changes. Not nested. */
void owner_enter(const char *dir);
void owner_leave(void);

#endif
