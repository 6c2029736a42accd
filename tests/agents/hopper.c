/* hopper MS FILE: a process that never stays: forks, dies and goes on in its child, in a new session each
 * time, every MS milliseconds, and drops a sleeper (30 s) at each tenth hop, 50 at most. Writes FILE after
 * the twentieth sleeper. Ends itself after 20 s. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void hopper_say(const char *path)
{
    FILE *out = fopen(path, "we");
    if (out) {
        fputs("up\n", out);
        fclose(out);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: hopper MS FILE\n", stderr);
        return 2;
    }
    struct timespec start, now, nap = {.tv_nsec = atol(argv[1]) * 1000000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int hop = 0, dropped = 0;; hop++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        pid_t pid = now.tv_sec - start.tv_sec < 20 ? fork() : -1;
        if (pid != 0)
            _exit(0);
        setsid();
        signal(SIGTERM, SIG_IGN);
        if (hop % 10 == 9 && dropped < 50) {
            dropped++;
            if (fork() == 0) {
                alarm(30);
                for (;;)
                    pause();
            }
            if (dropped == 20)
                hopper_say(argv[2]);
        }
        nanosleep(&nap, NULL);
    }
}
