#include "supervisor/cli/start_service.h"
#include "supervisor/cli/instance.h"
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool start_service_theirs(const struct cli *cli, const struct unit *u)
{
    struct stat st;
    return u->name && !u->user && geteuid() == 0 && stat(cli->paths.root, &st) == 0 && st.st_uid != 0;
}

pid_t start_service(const struct cli *cli, const struct unit *u)
{
    char *argv[5];
    int n = 0, status = 0;
    argv[n++] = "systemctl";
    if (u->user)
        argv[n++] = "--user";
    argv[n++] = "start";
    argv[n++] = u->name;
    argv[n] = NULL;
    pid_t pid;
    int why = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (why) {
        cli_error(cli, "cannot run systemctl: %s", strerror(why));
        return -1;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0) {
        cli_error(cli, "systemd runs this instance, and did not start it; '%s status %s' says why", unit_systemctl(u),
                  u->name);
        return -1;
    }
    return instance_holder(&cli->paths, "watchdog", NULL);
}
