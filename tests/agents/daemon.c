/* daemon [-e] [-t] [-n] [-r] [FILE]: leaves a daemon behind (double fork, session of its own, TERM and HUP ignored,
 * standard descriptors on /dev/null) that ends itself after 120 s, writes its pid to FILE or standard output, and
 * returns 0 once the daemon lives. -e: with an empty environment. -t: its first thread ends, a second one goes on. -n:
 * not dumpable, so hidden where /proc shows only what may be traced. -r: as root, where it may (so that another user
 * can't kill it), for 60 s. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *daemon_thread(void *arg)
{
    while (!arg)
        pause();
    return NULL;
}

static void daemon_live(bool thread)
{
    pthread_t t;
    if (thread && pthread_create(&t, NULL, daemon_thread, NULL) == 0)
        pthread_exit(NULL);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    bool empty = false, thread = false, root = false, again = false, hidden = false;
    int c;
    while ((c = getopt(argc, argv, "etnrA")) != -1) {
        empty = empty || c == 'e';
        thread = thread || c == 't';
        root = root || c == 'r';
        hidden = hidden || c == 'n';
        again = again || c == 'A';
    }
    if (again)
        daemon_live(thread); /* after the exec that emptied the environment; the alarm is kept */
    char *file = argv[optind];
    FILE *out = file ? fopen(file, "we") : stdout;
    int ready[2];
    if (!out || pipe2(ready, O_CLOEXEC) != 0) {
        perror(file ? file : "pipe");
        return 1;
    }
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        alarm(root ? 60 : 120);
        if (hidden)
            prctl(PR_SET_DUMPABLE, 0);
        if (root && setresuid(0, 0, 0) != 0)
            perror("setresuid");
        fprintf(out, "%ld\n", (long)getpid());
        fflush(out);
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        char *none[] = {NULL}, *again_argv[] = {argv[0], thread ? "-At" : "-A", NULL};
        if (empty)
            execve("/proc/self/exe", again_argv, none); /* its end of the pipe closes here */
        close(ready[0]);
        close(ready[1]);
        daemon_live(thread);
    }
    close(ready[1]);
    char byte;
    return read(ready[0], &byte, 1) == 0 ? 0 : 1;
}
