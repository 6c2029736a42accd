#include "agents/role.h"
#include <string.h>

const char *role_name(enum role r)
{
    return r == ROLE_BUILDER ? "builder" : "adversary";
}

int role_parse(const char *name)
{
    for (int r = 0; r < ROLES; r++)
        if (strcmp(role_name((enum role)r), name) == 0)
            return r;
    return -1;
}
