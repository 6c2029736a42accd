/* The smallest respawning parent: posix_spawn, waitpid, and again. floor wait FILE; each line of FILE is one service's
 * command, its words separated by blanks. SIGTERM: TERM to the children, then the end. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVICES_MAX = 64, WORDS_MAX = 32 };
extern char **environ;
static char *args[SERVICES_MAX][WORDS_MAX];
static pid_t pids[SERVICES_MAX];
static int services;
static volatile sig_atomic_t stopping;

static void stop(int sig)
{
    (void)sig;
    stopping = 1;
    for (int i = 0; i < services; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGTERM);
}

static void start(int i)
{
    if (posix_spawn(&pids[i], args[i][0], NULL, NULL, args[i], environ) != 0)
        exit(3);
}

int main(int argc, char **argv)
{
    char line[2048];
    FILE *in = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (!in)
        return 2;
    while (services < SERVICES_MAX && fgets(line, sizeof line, in)) {
        int n = 0;
        for (char *w = strtok(strdup(line), " \n"); w && n < WORDS_MAX - 1; w = strtok(NULL, " \n"))
            args[services][n++] = w;
        services += n > 0;
    }
    fclose(in);
    struct sigaction sa = {.sa_handler = stop};
    sigaction(SIGTERM, &sa, NULL);
    for (int i = 0; i < services; i++)
        start(i);
    for (;;) {
        pid_t pid = waitpid(-1, NULL, 0);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            return 0;
        for (int i = 0; i < services; i++)
            if (pids[i] == pid) {
                pids[i] = 0;
                if (!stopping)
                    start(i);
            }
    }
}
