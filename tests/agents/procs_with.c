/* procs_with PATH [PID…]: who has to do with the folder PATH? One line a process, "PID STATE COMM HOW", where HOW says
 * where PATH was found: cwd, exe, root, cmdline, environ, or a file that it has open. Left out: zombies (unless a
 * thread
 * of theirs lives), this program, its ancestors, and the given PIDs with all below them.
 * Exit 0 when there is none, 1 when there is, 2 on wrong use. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* State and parent of a process; false when it is not there (any more). */
static bool stat_of(long pid, char *state, long *parent, int *threads, char comm[64])
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    char *a = strchr(text, '('), *z = strrchr(text, ')');
    if (!a || !z)
        return false;
    snprintf(comm, 64, "%.*s", (int)(z - a - 1), a + 1);
    return sscanf(z + 1, " %c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d", state, parent,
                  threads) == 3;
}

static bool below(long pid, long top)
{
    char state, comm[64];
    int threads;
    for (int steps = 0; pid > 0 && steps < 10000; steps++) {
        if (pid == top)
            return true;
        if (!stat_of(pid, &state, &pid, &threads, comm))
            return false;
    }
    return false;
}

static bool link_has(const char *file, const char *want)
{
    char to[PATH_MAX];
    ssize_t n = readlink(file, to, sizeof to - 1);
    to[n > 0 ? n : 0] = '\0';
    return strstr(to, want) != NULL;
}

static bool file_has(const char *file, const char *want)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    static char data[8 << 20];
    size_t len = 0;
    ssize_t n;
    while (len < sizeof data && (n = read(fd, data + len, sizeof data - len)) > 0)
        len += (size_t)n;
    close(fd);
    return memmem(data, len, want, strlen(want)) != NULL;
}

static bool opened(const char *base, const char *want)
{
    char path[128], file[400];
    snprintf(path, sizeof path, "%s/fd", base);
    DIR *d = opendir(path);
    bool found = false;
    for (struct dirent *ent; d && !found && (ent = readdir(d));) {
        snprintf(file, sizeof file, "%s/fd/%s", base, ent->d_name);
        found = link_has(file, want);
    }
    if (d)
        closedir(d);
    return found;
}

/* How the process or thread of that folder in /proc has to do with the folder, or NULL. */
static const char *how(const char *base, const char *want)
{
    static const char *const links[] = {"cwd", "exe", "root"}, *const files[] = {"cmdline", "environ"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", base, links[i]);
        if (link_has(path, want))
            return links[i];
    }
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", base, files[i]);
        if (file_has(path, want))
            return files[i];
    }
    return opened(base, want) ? "open file" : NULL;
}

/* The same over all its threads: the first one may have ended alone, and then shows nothing. */
static const char *how_any(long pid, const char *want)
{
    char path[64], base[80];
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *d = opendir(path);
    const char *why = NULL;
    for (struct dirent *ent; d && !why && (ent = readdir(d));)
        if (isdigit((unsigned char)ent->d_name[0])) {
            snprintf(base, sizeof base, "/proc/%ld/task/%ld", pid, atol(ent->d_name));
            why = how(base, want);
        }
    if (d)
        closedir(d);
    return why;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] != '/' || strlen(argv[1]) < 6) {
        fputs("usage: procs_with /A/FOLDER [PID...]\n", stderr);
        return 2;
    }
    DIR *d = opendir("/proc");
    int found = 0;
    for (struct dirent *ent; d && (ent = readdir(d));) {
        long pid = isdigit((unsigned char)ent->d_name[0]) ? atol(ent->d_name) : 0, parent;
        char state, comm[64];
        int threads;
        bool out = !pid || !stat_of(pid, &state, &parent, &threads, comm) || below(getpid(), pid) ||
                   (state == 'Z' && threads <= 1) || state == 'X';
        for (int i = 2; i < argc && !out; i++)
            out = below(pid, atol(argv[i]));
        const char *why = out ? NULL : how_any(pid, argv[1]);
        if (why) {
            printf("%ld %c %s %s\n", pid, state, comm, why);
            found = 1;
        }
    }
    if (d)
        closedir(d);
    return found;
}
