/* An enemy, to be loaded with LD_PRELOAD into our own programs: kills its process at the k-th call of one class of
 * system calls, or makes such calls fail or come short. What is to happen, and how many calls of each class there were,
 * stands in a small file that all processes share (CRASHPOINT=FILE), so it can be armed while they run and counts go on
 * over the lives of processes. Agents never get it: it is taken out of the environment at once, and put back only for
 * an exec of ccsup, ccsup-keep and ccsup-git. tests/fault/crashpoint.py is the other side of the file.
 *
 * The file: 32-bit words, our byte order.
 *   0 magic  1 program  2 class  3 k (from 1)  4 action  5 errno  6 times  7 fired  8 pid of the first that it hit
 *   16 + program * CLASSES + class: calls so far */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum program { PROGRAM_RUN, PROGRAM_KEEP, PROGRAM_GIT, PROGRAM_STOP, PROGRAM_START, PROGRAMS, PROGRAM_OTHER = -1 };
enum point {
    POINT_WRITE, /* to files */
    POINT_SEND,  /* to sockets and pipes */
    POINT_RENAME,
    POINT_SYNC,
    POINT_FORK,
    POINT_EXEC,
    POINT_CONNECT,
    POINT_ACCEPT,
    POINT_BIND,
    POINT_UNLINK,
    POINT_CREATE, /* open with O_CREAT, mkdir, symlink */
    POINT_LOCK,   /* fcntl: set or ask a record lock */
    POINT_SIGNAL, /* kill, pidfd_send_signal */
    POINT_OPEN,   /* whatever makes a descriptor without making a file */
    POINT_READ,   /* of files */
    POINT_PIPE_READ,
    POINTS
};
enum action {
    ACTION_NONE,
    ACTION_KILL,
    ACTION_KILL_AFTER,
    ACTION_FAIL,
    ACTION_SHORT,
    ACTION_TORN,
    ACTION_HANG,
    ACTION_SLOW
};
enum {
    WORD_PROGRAM = 1,
    WORD_POINT,
    WORD_K,
    WORD_ACTION,
    WORD_ERRNO,
    WORD_TIMES,
    WORD_FIRED,
    WORD_PID,
    WORD_COUNTS = 16
};
enum { MAGIC = 0x43525348, WORDS = WORD_COUNTS + PROGRAMS * POINTS, ENTRY_MAX = 4096, ENV_MAX = 1024 };

static volatile uint32_t *words;
static enum program self = PROGRAM_OTHER;
static char preload[ENTRY_MAX], file[ENTRY_MAX];

/* The real function of that name, looked up once. */
#define REAL(result, name, ...)                                                                                        \
    static result (*real)(__VA_ARGS__);                                                                                \
    if (!real)                                                                                                         \
    *(void **)&real = dlsym(RTLD_NEXT, name)

static void die(void)
{
    if (words)
        words[WORD_PID] = (uint32_t)getpid();
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        syscall(SYS_pause);
}

/* Counts the call. What is to be done with it; errno is set for ACTION_FAIL. ACTION_KILL does not return. */
static enum action meet(enum point point)
{
    if (!words || self == PROGRAM_OTHER)
        return ACTION_NONE;
    uint32_t n = __atomic_add_fetch(&words[WORD_COUNTS + self * POINTS + point], 1, __ATOMIC_SEQ_CST);
    uint32_t action = words[WORD_ACTION], k = words[WORD_K];
    if (action == ACTION_NONE || words[WORD_PROGRAM] != (uint32_t)self || words[WORD_POINT] != (uint32_t)point ||
        n < k || n >= k + words[WORD_TIMES])
        return ACTION_NONE;
    __atomic_add_fetch(&words[WORD_FIRED], 1, __ATOMIC_SEQ_CST);
    if (action == ACTION_KILL)
        die();
    while (action == ACTION_HANG) /* wedged: it lives, and TERM does not end it */
        syscall(SYS_pause);
    if (action == ACTION_SLOW) { /* so that a state that passes in a moment can be met */
        struct timespec pause = {.tv_nsec = 300000000};
        syscall(SYS_nanosleep, &pause, NULL);
        return ACTION_NONE;
    }
    if (action == ACTION_TORN) /* as a disk does it that gets full: a part, then nothing */
        action = n == k ? ACTION_SHORT : ACTION_FAIL;
    if (action == ACTION_FAIL)
        errno = (int)words[WORD_ERRNO];
    return (enum action)action;
}

/* The pattern of nearly all of them. */
#define POINT_CALL(point, call)                                                                                        \
    do {                                                                                                               \
        enum action action = meet(point);                                                                              \
        if (action == ACTION_FAIL)                                                                                     \
            return -1;                                                                                                 \
        __typeof__(call) result = (call);                                                                              \
        if (action == ACTION_KILL_AFTER)                                                                               \
            die();                                                                                                     \
        return result;                                                                                                 \
    } while (0)

/* A disk gets full and a socket's buffer too, but not a pipe or an eventfd by which a process wakes itself: there a
 * process can die, the call can't fail. Data for a file is one class, for all others another. */
static enum action meet_data(int fd, enum point file_point, enum point other_point)
{
    struct stat st;
    int saved = errno;
    bool known = words && self != PROGRAM_OTHER && fstat(fd, &st) == 0;
    errno = saved;
    if (!known)
        return ACTION_NONE;
    enum action action = meet(S_ISREG(st.st_mode) ? file_point : other_point);
    bool fails = action == ACTION_FAIL || action == ACTION_SHORT;
    return fails && !S_ISREG(st.st_mode) && !S_ISSOCK(st.st_mode) ? ACTION_NONE : action;
}

/* Half of it, where half is something. */
static size_t cut(enum action action, size_t n)
{
    return action == ACTION_SHORT && n > 1 ? n / 2 : n;
}

#define POINT_DATA(met, n, call)                                                                                       \
    do {                                                                                                               \
        enum action action = (met);                                                                                    \
        if (action == ACTION_FAIL)                                                                                     \
            return -1;                                                                                                 \
        n = cut(action, n);                                                                                            \
        ssize_t result = (call);                                                                                       \
        if (action == ACTION_KILL_AFTER)                                                                               \
            die();                                                                                                     \
        return result;                                                                                                 \
    } while (0)

/* --- data
 * ---------------------------------------------------------------------------------------------------------- */

ssize_t write(int fd, const void *data, size_t n)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    POINT_DATA(meet_data(fd, POINT_WRITE, POINT_SEND), n, real(fd, data, n));
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    POINT_DATA(meet_data(fd, POINT_WRITE, POINT_SEND), n, real(fd, data, n, at));
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    POINT_DATA(meet_data(fd, POINT_WRITE, POINT_SEND), n, real(fd, data, n, at));
}

ssize_t writev(int fd, const struct iovec *list, int n)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    enum action action = meet_data(fd, POINT_WRITE, POINT_SEND);
    if (action == ACTION_FAIL)
        return -1;
    ssize_t result = real(fd, list, n);
    if (action == ACTION_KILL_AFTER)
        die();
    return result;
}

ssize_t send(int fd, const void *data, size_t n, int flags)
{
    REAL(ssize_t, "send", int, const void *, size_t, int);
    POINT_DATA(meet(POINT_SEND), n, real(fd, data, n, flags));
}

ssize_t sendto(int fd, const void *data, size_t n, int flags, const struct sockaddr *to, socklen_t size)
{
    REAL(ssize_t, "sendto", int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    POINT_DATA(meet(POINT_SEND), n, real(fd, data, n, flags, to, size));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(ssize_t, "sendmsg", int, const struct msghdr *, int);
    POINT_CALL(POINT_SEND, real(fd, message, flags));
}

ssize_t read(int fd, void *data, size_t n)
{
    REAL(ssize_t, "read", int, void *, size_t);
    POINT_DATA(meet_data(fd, POINT_READ, POINT_PIPE_READ), n, real(fd, data, n));
}

ssize_t pread(int fd, void *data, size_t n, off_t at)
{
    REAL(ssize_t, "pread", int, void *, size_t, off_t);
    POINT_DATA(meet_data(fd, POINT_READ, POINT_PIPE_READ), n, real(fd, data, n, at));
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    POINT_CALL(POINT_SYNC, real(fd));
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    POINT_CALL(POINT_SYNC, real(fd));
}

/* --- files
 * --------------------------------------------------------------------------------------------------------- */

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    POINT_CALL(POINT_RENAME, real(from, to));
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    POINT_CALL(POINT_UNLINK, real(path));
}

int unlinkat(int dir, const char *path, int flags)
{
    REAL(int, "unlinkat", int, const char *, int);
    POINT_CALL(POINT_UNLINK, real(dir, path, flags));
}

int rmdir(const char *path)
{
    REAL(int, "rmdir", const char *);
    POINT_CALL(POINT_UNLINK, real(path));
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t);
    POINT_CALL(POINT_CREATE, real(path, mode));
}

int symlink(const char *to, const char *path)
{
    REAL(int, "symlink", const char *, const char *);
    POINT_CALL(POINT_CREATE, real(to, path));
}

#define OPEN_MODE(flags, mode)                                                                                         \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                             \
        va_list ap;                                                                                                    \
        va_start(ap, flags);                                                                                           \
        mode = va_arg(ap, mode_t);                                                                                     \
        va_end(ap);                                                                                                    \
    }
#define OPEN_POINT(flags) ((flags)&O_CREAT ? POINT_CREATE : POINT_OPEN)

int open(const char *path, int flags, ...)
{
    OPEN_MODE(flags, mode)
    REAL(int, "open", const char *, int, ...);
    POINT_CALL(OPEN_POINT(flags), real(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    OPEN_MODE(flags, mode)
    REAL(int, "open64", const char *, int, ...);
    POINT_CALL(OPEN_POINT(flags), real(path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...)
{
    OPEN_MODE(flags, mode)
    REAL(int, "openat", int, const char *, int, ...);
    POINT_CALL(OPEN_POINT(flags), real(dir, path, flags, mode));
}

int pipe2(int fds[2], int flags)
{
    REAL(int, "pipe2", int[2], int);
    POINT_CALL(POINT_OPEN, real(fds, flags));
}

int fcntl(int fd, int command, ...)
{
    va_list ap;
    va_start(ap, command);
    void *arg = va_arg(ap, void *);
    va_end(ap);
    REAL(int, "fcntl", int, int, ...);
    if (command != F_SETLK && command != F_SETLKW && command != F_GETLK)
        return real(fd, command, arg);
    POINT_CALL(POINT_LOCK, real(fd, command, arg));
}

/* --- sockets
 * ------------------------------------------------------------------------------------------------------- */

int socket(int domain, int type, int protocol)
{
    REAL(int, "socket", int, int, int);
    POINT_CALL(POINT_OPEN, real(domain, type, protocol));
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    REAL(int, "connect", int, const struct sockaddr *, socklen_t);
    POINT_CALL(POINT_CONNECT, real(fd, to, size));
}

int bind(int fd, const struct sockaddr *at, socklen_t size)
{
    REAL(int, "bind", int, const struct sockaddr *, socklen_t);
    POINT_CALL(POINT_BIND, real(fd, at, size));
}

int listen(int fd, int backlog)
{
    REAL(int, "listen", int, int);
    POINT_CALL(POINT_BIND, real(fd, backlog));
}

int accept(int fd, struct sockaddr *from, socklen_t *size)
{
    REAL(int, "accept", int, struct sockaddr *, socklen_t *);
    POINT_CALL(POINT_ACCEPT, real(fd, from, size));
}

int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags)
{
    REAL(int, "accept4", int, struct sockaddr *, socklen_t *, int);
    POINT_CALL(POINT_ACCEPT, real(fd, from, size, flags));
}

/* --- processes
 * ----------------------------------------------------------------------------------------------------- */

/* KILL_AFTER hits the parent only: the child is there then. */
static pid_t fork_met(void)
{
    REAL(pid_t, "fork", void);
    enum action action = meet(POINT_FORK);
    if (action == ACTION_FAIL)
        return -1;
    pid_t pid = real();
    if (action == ACTION_KILL_AFTER && pid > 0)
        die();
    return pid;
}

pid_t fork(void)
{
    return fork_met();
}

/* As a fork: the parent of a vfork may not be killed while its child runs on its stack. */
pid_t vfork(void)
{
    return fork_met();
}

int kill(pid_t pid, int sig)
{
    REAL(int, "kill", pid_t, int);
    POINT_CALL(POINT_SIGNAL, real(pid, sig));
}

int pidfd_send_signal(int fd, int sig, siginfo_t *info, unsigned flags)
{
    REAL(int, "pidfd_send_signal", int, int, siginfo_t *, unsigned);
    POINT_CALL(POINT_SIGNAL, real(fd, sig, info, flags));
}

static bool is_ours(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return strcmp(name, "ccsup") == 0 || strcmp(name, "ccsup-keep") == 0 || strcmp(name, "ccsup-git") == 0;
}

/* The environment of the next program: with us for our own programs, as it is for all others. */
static char **env_for(const char *path, char *const env[])
{
    static char *made[ENV_MAX];
    static char entries[2][ENTRY_MAX + 16];
    size_t n = 0;
    for (size_t i = 0; env[i] && n + 3 < ENV_MAX; i++)
        if (strncmp(env[i], "LD_PRELOAD=", 11) != 0 && strncmp(env[i], "CRASHPOINT=", 11) != 0)
            made[n++] = env[i];
    if (is_ours(path) && preload[0]) {
        snprintf(entries[0], sizeof entries[0], "LD_PRELOAD=%s", preload);
        snprintf(entries[1], sizeof entries[1], "CRASHPOINT=%s", file);
        made[n++] = entries[0];
        made[n++] = entries[1];
    }
    made[n] = NULL;
    return made;
}

int execve(const char *path, char *const argv[], char *const env[])
{
    REAL(int, "execve", const char *, char *const[], char *const[]);
    POINT_CALL(POINT_EXEC, real(path, argv, env_for(path, env)));
}

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

int execvpe(const char *name, char *const argv[], char *const env[])
{
    REAL(int, "execvpe", const char *, char *const[], char *const[]);
    POINT_CALL(POINT_EXEC, real(name, argv, env_for(name, env)));
}

int execvp(const char *name, char *const argv[])
{
    return execvpe(name, argv, environ);
}

/* --- birth
 * --------------------------------------------------------------------------------------------------------- */

/* Which of our programs is this? `ccsup` by its verb. */
static enum program who(void)
{
    static const struct {
        const char *word;
        enum program program;
    } verbs[] = {{"run", PROGRAM_RUN}, {"stop", PROGRAM_STOP}, {"start", PROGRAM_START}};
    char exe[ENTRY_MAX], line[ENTRY_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(exe, '/'), *name = slash ? slash + 1 : exe;
    if (strcmp(name, "ccsup-keep") == 0)
        return PROGRAM_KEEP;
    if (strcmp(name, "ccsup-git") == 0)
        return PROGRAM_GIT;
    if (strcmp(name, "ccsup") != 0)
        return PROGRAM_OTHER;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? (ssize_t)syscall(SYS_read, fd, line, sizeof line - 1) : 0;
    line[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        syscall(SYS_close, fd);
    for (char *word = line; word < line + n; word += strlen(word) + 1)
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
            if (strcmp(word, verbs[i].word) == 0)
                return verbs[i].program;
    return PROGRAM_OTHER;
}

__attribute__((constructor)) static void load(void)
{
    const char *p = getenv("LD_PRELOAD"), *f = getenv("CRASHPOINT");
    if (!p || !f)
        return;
    snprintf(preload, sizeof preload, "%s", p);
    snprintf(file, sizeof file, "%s", f);
    unsetenv("LD_PRELOAD");
    unsetenv("CRASHPOINT");
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    void *map = fd >= 0 ? mmap(NULL, WORDS * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        syscall(SYS_close, fd);
    if (map == MAP_FAILED || *(uint32_t *)map != MAGIC)
        return;
    words = map;
    self = who();
}
