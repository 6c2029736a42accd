/* Stands for a watchdog or a keeper in the cases of the command line: holds a lock, listens on a socket, notes every
 * line that it hears, ends by itself after ten minutes.
 *
 *     cli_peer LOCK SOCKET NOTES MODE [TEXT]
 *
 * MODE: `answer`  each line is answered with TEXT; one that asks for "stop" ends it
 *       `keeper`  greets; `stop` and `kill` write TEXT (the path of exit.json) and end it
 *       `mute`    takes no connection; TERM ends it
 *       `deaf`    the same, and TERM does not
 * Prints its pid once it holds the lock and listens. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void take_lock(const char *path)
{
    struct flock f;
    memset(&f, 0, sizeof f);
    f.l_type = F_WRLCK;
    f.l_whence = SEEK_SET;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || fcntl(fd, F_SETLK, &f) != 0)
        die(path);
}

static int listen_on(const char *path)
{
    struct sockaddr_un a;
    memset(&a, 0, sizeof a);
    a.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof a.sun_path) {
        fprintf(stderr, "%s: too long\n", path);
        exit(1);
    }
    memcpy(a.sun_path, path, strlen(path));
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 8) != 0)
        die(path);
    return fd;
}

/* What one line leads to; true = end. */
static bool obey(const char *line, const char *mode, const char *text, FILE *to)
{
    if (strcmp(mode, "answer") == 0) {
        fprintf(to, "%s\n", text);
        fflush(to);
        return strstr(line, "\"stop\"") != NULL;
    }
    if (strncmp(line, "stop", 4) != 0 && strncmp(line, "kill", 4) != 0)
        return false;
    FILE *record = fopen(text, "w");
    if (!record)
        die(text);
    fprintf(record,
            "{\"schema\":1,\"end\":\"exited\",\"code\":143,\"asked\":\"stop\",\"leftovers\":[],\"survivors\":[]}\n");
    fclose(record);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    const char *mode = argv[4], *text = argc > 5 ? argv[5] : "";
    alarm(600);
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(mode, "deaf") == 0)
        signal(SIGTERM, SIG_IGN);
    take_lock(argv[1]);
    int fd = listen_on(argv[2]);
    printf("%ld\n", (long)getpid());
    fflush(stdout);
    while (strcmp(mode, "mute") == 0 || strcmp(mode, "deaf") == 0)
        pause();
    for (;;) {
        int peer = accept(fd, NULL, NULL);
        FILE *in = peer >= 0 ? fdopen(peer, "r+") : NULL;
        char line[65536];
        if (!in)
            die("accept");
        if (strcmp(mode, "keeper") == 0) {
            fprintf(in, "keeper %ld 1 running\n", (long)getpid());
            fflush(in);
        }
        bool end = false;
        while (!end && fgets(line, sizeof line, in)) {
            FILE *notes = fopen(argv[3], "a");
            if (!notes)
                die(argv[3]);
            fputs(line, notes);
            fclose(notes);
            fseek(in, 0, SEEK_CUR); /* from reading to writing on one stream */
            end = obey(line, mode, text, in);
        }
        fclose(in);
        if (end)
            return 0;
    }
}
