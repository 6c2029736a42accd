/* The measured child, static; its first act is to look at the clock.
 *     child MARK FIFO NAME run [MIB]                touch so much memory, stamp, rest
 *     child MARK FIFO NAME flood BYTES LINE CHUNK   stamp, write BYTES in lines, stamp NAME.end, rest
 *     child MARK FIFO NAME tree FLAGS               make descendants, stamp, rest
 *     child MARK FIFO NAME hostile N                make N descendants of all kinds, stamp, rest
 * A stamp is one line "NAME PID NANOSECONDS" (CLOCK_MONOTONIC) to the FIFO; each descendant of tree makes one:
 * NAME.FLAG.
 * FLAGS: a a plain grandchild · e the same, its output closed · b of a process group of its own · c a daemon in a
 * session
 * of its own · i ignores TERM, HUP, INT · D the child itself ignores them */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *fifo;

static struct timespec look(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t;
}

static void stamp(const char *name, const char *more, struct timespec t)
{
    char line[256];
    int n =
        snprintf(line, sizeof line, "%s%s %d %lld\n", name, more, (int)getpid(), t.tv_sec * 1000000000LL + t.tv_nsec);
    int fd = open(fifo, O_WRONLY | O_NONBLOCK);
    if (fd >= 0 && write(fd, line, (size_t)n) == n)
        close(fd);
}

/* Bounded: whatever the harness forgot ends by itself. */
static void rest(void)
{
    alarm(1800);
    for (;;)
        pause();
}

static void ignore(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
}

static void silence(void)
{
    int fd = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    if (fd > 2)
        close(fd);
}

static void flood(const char *name, long long bytes, int line, int chunk)
{
    static const char text[] =
        "{\"type\":\"assistant\",\"message\":{\"content\":[{\"text\":\"the quick brown fox jumps over it\"}]}}";
    chunk -= chunk % line;
    char *buf = malloc((size_t)chunk);
    for (int i = 0; i < chunk; i++)
        buf[i] = i % line == line - 1 ? '\n' : text[i % line % (int)(sizeof text - 1)];
    stamp(name, "", look());
    for (long long left = bytes; left > 0;) {
        long long want = left < chunk ? left : chunk;
        ssize_t n = write(1, buf, (size_t)want); /* files and pipes take a part only at a chunk's end here */
        if (n <= 0)
            break;
        left -= n;
    }
    stamp(name, ".end", look());
}

static void tree(const char *name, const char *flags)
{
    for (const char *f = flags; *f; f++) {
        char more[] = {'.', *f, '\0'};
        if (*f == 'D') {
            ignore();
            continue;
        }
        pid_t pid = fork();
        if (pid > 0 && *f == 'c')
            waitpid(pid, NULL, 0);
        if (pid != 0)
            continue;
        if (*f == 'b')
            setpgid(0, 0);
        if (*f == 'i')
            ignore();
        if (*f == 'e')
            silence();
        if (*f == 'c') {
            setsid();
            if (fork() != 0)
                _exit(0);
            silence();
        }
        stamp(name, more, look());
        rest();
    }
}

static void hostile(int n)
{
    ignore();
    for (int i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid > 0 && i % 3 == 1)
            waitpid(pid, NULL, 0);
        if (pid != 0)
            continue;
        if (i % 3 != 2)
            setsid();
        if (i % 3 == 1 && fork() != 0)
            _exit(0);
        if (i % 4 == 0)
            signal(SIGTERM, SIG_DFL);
        silence();
        rest();
    }
}

int main(int argc, char **argv)
{
    struct timespec began = look();
    if (argc < 5)
        return 2;
    const char *name = argv[3], *mode = argv[4];
    fifo = argv[2];
    if (strcmp(mode, "flood") == 0 && argc == 8) {
        flood(name, atoll(argv[5]), atoi(argv[6]), atoi(argv[7]));
        rest();
    }
    if (strcmp(mode, "run") == 0 && argc > 5) {
        size_t n = (size_t)atol(argv[5]) << 20;
        void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return 3;
        memset(p, 1, n);
    }
    if (strcmp(mode, "tree") == 0 && argc > 5)
        tree(name, argv[5]);
    if (strcmp(mode, "hostile") == 0 && argc > 5)
        hostile(atoi(argv[5]));
    stamp(name, "", began);
    rest();
}
