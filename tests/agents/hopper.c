/* hopper: a process that never stays: forks, dies and goes on in its child, in a new session each time, every
 * MILLISECONDS (first argument, default 1), and drops a sleeper (30 s) at each tenth hop, 100 at most. Ends
 * itself after 20 s. Prints the pid of nothing: nobody can know it. */
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long ms = argc > 1 ? atol(argv[1]) : 1;
    struct timespec start, now, nap = {.tv_nsec = ms * 1000000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int hop = 0, dropped = 0;; hop++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        pid_t pid = now.tv_sec - start.tv_sec < 20 ? fork() : -1;
        if (pid != 0)
            _exit(0);
        setsid();
        signal(SIGTERM, SIG_IGN);
        if (hop % 10 == 0 && dropped++ < 100 && fork() == 0) {
            alarm(30);
            for (;;)
                pause();
        }
        nanosleep(&nap, NULL);
    }
}
