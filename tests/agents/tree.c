/* tree [-w] [-l L] N: N processes that try hard to outlive their parent: each third in a session of its own, each third
 * double-forked away, each fifth with TERM ignored, each twentieth with an empty environment; with -l, N below each of
 * L leaders of sessions of their own. Each ends itself after 60 s. Returns 0 when all of them live; with -w waits for a
 * signal instead. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tree_wait(void)
{
    for (;;)
        pause();
}

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
    tree_wait();
}

/* From number `first` on, so that the kinds are spread over the leaders too. */
static void tree_members(int first, int n, const int ready[2])
{
    for (int i = first; i < first + n; i++)
        if (fork() == 0)
            tree_member(i, ready);
}

int main(int argc, char **argv)
{
    int ready[2], wait = 0, leaders = 0, c;
    while ((c = getopt(argc, argv, "wl:p")) != -1) {
        if (c == 'p')
            tree_wait();
        wait = wait || c == 'w';
        leaders = c == 'l' ? atoi(optarg) : leaders;
    }
    int n = optind < argc ? atoi(argv[optind]) : 0, all = leaders ? leaders * n : n;
    if (n < 1 || leaders < 0 || all > 2000 || pipe2(ready, O_CLOEXEC) != 0) {
        fputs("usage: tree [-w] [-l L] N\n", stderr);
        return 2;
    }
    for (int i = 0; i < leaders; i++)
        if (fork() == 0) {
            setsid();
            alarm(60);
            tree_members(i * n, n, ready);
            tree_wait();
        }
    if (!leaders)
        tree_members(0, n, ready);
    char byte;
    for (int i = 0; i < all; i++)
        if (read(ready[0], &byte, 1) != 1)
            return 1;
    printf("all %d live\n", all);
    fflush(stdout);
    if (wait)
        tree_wait();
    return 0;
}
