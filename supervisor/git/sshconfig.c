#include "supervisor/git/sshconfig.h"
#include "supervisor/git/command.h"

bool sshconfig_is_set(enum url_kind kind, int64_t deadline)
{
    if (kind != URL_SSH)
        return false;
    static char *const args[] = {"git", "config", "--get", "core.sshCommand", NULL};
    struct words argv = {(char **)args, 4}, env;
    struct child c;
    command_env(&env, URL_PATH, false, 0);
    bool set = child_run(&c, &argv, &(struct child_way){.env = &env, .deadline = deadline, .umask = 077, .stop = -1});
    child_clear(&c);
    words_clear(&env);
    return set;
}
