/* tree [-w] N: N processes that try hard to outlive their parent: each third in a session of its own, each
 * third double-forked away, each fifth with TERM ignored, each twentieth with an empty environment. Each ends
 * itself after 60 s. Returns 0 when all of them live; with -w waits for a signal instead. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tree_member(int i, const int ready[2])
{
    if (i % 3 == 0)
        setsid();
    if (i % 3 == 1) {
        setsid();
        if (fork() != 0)
            _exit(0);
    }
    if (i % 5 == 0)
        signal(SIGTERM, SIG_IGN);
    alarm(60);
    if (write(ready[1], "x", 1) != 1)
        _exit(1);
    close(ready[0]);
    close(ready[1]);
    if (i % 20 == 0) {
        char *none[] = {NULL}, *argv[] = {"tree", "-p", NULL};
        execve("/proc/self/exe", argv, none);
    }
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    int ready[2], wait = argc > 2 && strcmp(argv[1], "-w") == 0,
                  n = argc > 1 + wait ? atoi(argv[1 + wait]) : 0;
    if (argc > 1 && strcmp(argv[1], "-p") == 0)
        for (;;)
            pause();
    if (n < 1 || n > 2000 || pipe2(ready, O_CLOEXEC) != 0) {
        fputs("usage: tree [-w] N\n", stderr);
        return 2;
    }
    for (int i = 0; i < n; i++)
        if (fork() == 0)
            tree_member(i, ready);
    char byte;
    for (int i = 0; i < n; i++)
        if (read(ready[0], &byte, 1) != 1)
            return 1;
    printf("all %d live\n", n);
    fflush(stdout);
    while (wait)
        pause();
    return 0;
}
