#include "supervisor/cli/who.h"
#include "agents/role.h"
#include "supervisor/cli/instance.h"
#include "supervisor/sys/proc.h"
#include <unistd.h>

int who_asks(const struct paths *p)
{
    for (int role = 0; role < ROLES; role++) {
        pid_t keeper = instance_holder(p, role_name((enum role)role), NULL);
        if (keeper > 0 && proc_below(getpid(), keeper))
            return role;
    }
    return -1;
}
