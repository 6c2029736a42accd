/* agent_lock ROLEFILE CMD [ARG...]: says whether two agents of a role ever ran at once. Takes ROLEFILE.lock
 * without waiting, leaves the descriptor open over exec on purpose, so that it is held until the last process
 * that inherited it is gone, and runs CMD. Held by somebody else: appends "OVERLAP pid" to ROLEFILE.overlap,
 * and runs CMD too. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char path[4096];
    if (argc < 3) {
        fputs("usage: agent_lock ROLEFILE CMD [ARG...]\n", stderr);
        return 2;
    }
    snprintf(path, sizeof path, "%s.lock", argv[1]);
    int fd = open(path, O_RDWR | O_CREAT, 0600); /* no O_CLOEXEC: inherited on purpose */
    if (fd < 0) {
        perror(path);
        return 1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(path, sizeof path, "%s.overlap", argv[1]);
        int overlap = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (overlap >= 0) {
            dprintf(overlap, "OVERLAP %ld\n", (long)getpid());
            close(overlap);
        }
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
