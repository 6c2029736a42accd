#include "supervisor/git/owner.h"
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

void owner_enter(const char *dir)
{
    struct stat st;
    if (geteuid() != 0 || lstat(dir, &st) != 0 || st.st_uid == 0)
        return;
    setfsgid(st.st_gid);
    setfsuid(st.st_uid); /* the kernel takes the capabilities of root over files away with it */
}

void owner_leave(void)
{
    setfsuid(geteuid());
    setfsgid(getegid());
}
