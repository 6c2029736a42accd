/* A watchdog for tests: does what the steps say, in order, each with a deadline, and ends 0 when all came
 * true.
 *
 *   keepctl KEEP DIR STEP... -- PROGRAM [ARG...]
 *
 * KEEP is ccsup-keep; DIR holds state/ socket clone/ tmp/ (made where missing). Steps:
 *   role=ROLE grace=MS orphan=MS run=HEX32 clone=DIR fence=KIND tried=KIND leftovers=WORD user=NAME
 *                        (the first 9 digits of the run id become those that say whose it is)
 *   limit=MS             settings (limit: deadline of each later step; fence is $KEEP_FENCE, or subreaper, at first)
 *   lock unlock          take, give back the watchdog's lock
 *   start start=WORD     run ccsup-keep; its line must begin with ready (or WORD)
 *   connect hangup       the socket; connect reads the greeting, which must begin with "keeper"
 *   connect=PREFIX       a connection that is greeted so and closed at once; the other one stays
 *   send=LINE            send a line
 *   expect=PREFIX        read lines until one begins so; each line read is printed
 *   next=PREFIX          the very next line must begin so
 *   eof                  the keeper closes the connection (lines before it are printed)
 *   term int killkeeper  signal to the keeper
 *   ended                the keeper's lock is free (exit.json is written, if ever)
 *   file=PATH nofile=PATH  PATH exists and is not empty; does not exist
 *   say=PATH             writes PATH: others wait for it
 *   truncate=PATH        makes room on a full disk
 *   mark under=MS over=MS  a stopwatch: started; less, at least so much on it
 *   dead=PATH alive=PATH  the process whose pid stands in PATH (as it knows it itself) is dead (waited for), alive;
 *                        <PID> is the pid itself
 *   quiet=MS             the keeper is not woken once in that time (an observation, not a synchronisation)
 */
#include "supervisor/sys/marker.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct ctl {
    const char *keep, *dir;
    const char *role, *grace, *orphan, *run, *clone, *fence, *tried, *leftovers, *user;
    char **command;
    char in[65536];
    size_t n;
    char kind[16]; /* the fence in force, of the greeting */
    long limit, keeper;
    long long mark;
    int lock, sock;
    const char *step;
};

static long long ctl_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ctl_fail(const struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
static void ctl_fail(const struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fflush(stdout);
    fprintf(stderr, "keepctl: step %s: ", c->step);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

/* DIR/FOLDERNAME; the folder ends with a slash or is "". */
static void ctl_path(const struct ctl *c, char *out, size_t size, const char *folder, const char *name)
{
    snprintf(out, size, "%s/%s%s", c->dir, folder, name);
}

static void ctl_nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static struct flock ctl_whole(short type)
{
    struct flock f;
    memset(&f, 0, sizeof f);
    f.l_type = type;
    f.l_whence = SEEK_SET;
    return f;
}

static void ctl_lock(struct ctl *c)
{
    char path[4096];
    ctl_path(c, path, sizeof path, "state/locks/", "watchdog");
    c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct flock f = ctl_whole(F_WRLCK);
    if (c->lock < 0 || fcntl(c->lock, F_SETLK, &f) != 0)
        ctl_fail(c, "cannot lock %s: %s", path, strerror(errno));
}

/* Runs ccsup-keep and returns its line. */
static void ctl_start(struct ctl *c, const char *want)
{
    char state[4096], sock[4096], clone[4096], tmp[4096], line[4096];
    ctl_path(c, state, sizeof state, "", "state");
    ctl_path(c, sock, sizeof sock, "", "socket");
    ctl_path(c, clone, sizeof clone, "", "clone");
    ctl_path(c, tmp, sizeof tmp, "", "tmp");
    char run[MARKER_DIGITS + 1];
    snprintf(run, sizeof run, "%s", c->run);
    char owner[MARKER_OWNER + 1];
    if (marker_owner(state, c->role, owner))
        memcpy(run, owner, MARKER_OWNER);
    const char *argv[64] = {c->keep,
                            "--state",
                            state,
                            "--role",
                            c->role,
                            "--socket",
                            sock,
                            "--clone",
                            c->clone ? c->clone : clone,
                            "--tmp",
                            tmp,
                            "--run-id",
                            run,
                            "--grace",
                            c->grace,
                            "--orphan-timeout",
                            c->orphan,
                            "--fence",
                            c->fence,
                            "--leftovers",
                            c->leftovers};
    size_t n = 21;
    if (c->user) {
        argv[n++] = "--user";
        argv[n++] = c->user;
    }
    if (c->tried) {
        argv[n++] = "--tried";
        argv[n++] = c->tried;
    }
    argv[n++] = "--";
    for (char **w = c->command; w && *w && n < 63; w++)
        argv[n++] = *w;
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0)
        ctl_fail(c, "pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], 1);
        execv(c->keep, (char **)(void *)argv);
        _exit(127);
    }
    close(out[1]);
    size_t got = 0;
    for (ssize_t r; got < sizeof line - 1 && (r = read(out[0], line + got, sizeof line - 1 - got)) > 0;)
        got += (size_t)r;
    line[got] = '\0';
    close(out[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    printf("%s", line);
    long code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    long right = strncmp(line, "ready", 5) == 0 ? 0 : strncmp(line, "busy", 4) == 0 ? 5 : 1;
    if (strncmp(line, want, strlen(want)) != 0 || code != right)
        ctl_fail(c, "exit %ld and line: %s", code, line);
    if (right == 0)
        sscanf(line, "ready %ld", &c->keeper);
}

/* The next line into line (no LF); false at EOF. */
static bool ctl_line(struct ctl *c, char *line, size_t size)
{
    long long until = ctl_now() + c->limit;
    for (;;) {
        char *end = memchr(c->in, '\n', c->n);
        if (end) {
            size_t len = (size_t)(end - c->in);
            snprintf(line, size, "%.*s", (int)len, c->in);
            c->n -= len + 1;
            memmove(c->in, end + 1, c->n);
            printf("%s\n", line);
            return true;
        }
        struct pollfd p = {.fd = c->sock, .events = POLLIN};
        long long left = until - ctl_now();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            ctl_fail(c, "nothing came for %ld ms", c->limit);
        ssize_t r = read(c->sock, c->in + c->n, sizeof c->in - c->n);
        if (r <= 0)
            return false;
        c->n += (size_t)r;
    }
}

static void ctl_connect(struct ctl *c, const char *refusal)
{
    int before = c->sock;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char path[4096], line[1024];
    ctl_path(c, path, sizeof path, "", "socket");
    snprintf(a.sun_path, sizeof a.sun_path, "%.100s", path);
    c->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->n = 0;
    if (connect(c->sock, (struct sockaddr *)&a, sizeof a) != 0)
        ctl_fail(c, "connect %s: %s", path, strerror(errno));
    const char *want = refusal ? refusal : "keeper ";
    if (!ctl_line(c, line, sizeof line) || strncmp(line, want, strlen(want)) != 0)
        ctl_fail(c, "no such greeting");
    sscanf(line, "keeper %ld %*s %*s %15s", &c->keeper, c->kind);
    if (!refusal)
        return;
    while (ctl_line(c, line, sizeof line))
        ;
    close(c->sock);
    c->sock = before;
}

/* Dead: gone, or a zombie (some PID 1 reap late) of which no thread goes on. */
static bool ctl_dead(long pid)
{
    char path[64], text[512], *end;
    int threads = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *in = fopen(path, "re");
    size_t n = in ? fread(text, 1, sizeof text - 1, in) : 0;
    text[n] = '\0';
    if (in)
        fclose(in);
    end = strrchr(text, ')');
    if (end && end[2] == 'Z')
        sscanf(end + 4, "%*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d", &threads);
    return !end || (end[2] == 'Z' && threads < 2) || end[2] == 'X';
}

/* The pid by which we know the process that calls itself `inside` in a PID namespace below ours; 0 when it is gone. Any
 * such namespace is taken for the agent's: a test runs in one of its own and starts one agent at a time. */
static long ctl_outer(long inside)
{
    char path[300], line[512], *at;
    long found = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *ent; d && !found && (ent = readdir(d));) {
        snprintf(path, sizeof path, "/proc/%s/status", ent->d_name);
        FILE *in = atol(ent->d_name) > 0 ? fopen(path, "re") : NULL;
        long here, last;
        int taken;
        while (in && fgets(line, sizeof line, in))
            if (strncmp(line, "NSpid:", 6) == 0 && sscanf(line + 6, "%ld%n", &here, &taken) == 1) {
                bool below = false;
                for (at = line + 6 + taken, last = here; sscanf(at, "%ld%n", &last, &taken) == 1; at += taken)
                    below = true;
                if (below && last == inside)
                    found = here;
            }
        if (in)
            fclose(in);
    }
    if (d)
        closedir(d);
    return found;
}

/* Of the process that wrote its pid into that file. */
static long ctl_pid(const struct ctl *c, const char *path)
{
    long pid = 0;
    if (sscanf(path, "<%ld>", &pid) == 1)
        return pid;
    FILE *in = fopen(path, "re");
    if (!in || fscanf(in, "%ld", &pid) != 1)
        ctl_fail(c, "no pid in %s", path);
    fclose(in);
    return pid;
}

static bool ctl_gone(const struct ctl *c, long pid)
{
    long outer = strcmp(c->kind, "pidns") == 0 ? ctl_outer(pid) : pid;
    return !outer || ctl_dead(outer);
}

static bool ctl_lock_free(const struct ctl *c)
{
    char path[4096];
    ctl_path(c, path, sizeof path, "state/locks/", c->role);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock f = ctl_whole(F_WRLCK);
    bool is_free = fd < 0 || (fcntl(fd, F_GETLK, &f) == 0 && f.l_type == F_UNLCK);
    if (fd >= 0)
        close(fd);
    return is_free;
}

static bool ctl_full(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0;
}

/* Times the keeper was switched off because it waited: one more for each wakeup. */
static long ctl_switches(const struct ctl *c)
{
    char path[64], line[256];
    long n = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", c->keeper);
    FILE *in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in))
        sscanf(line, "voluntary_ctxt_switches: %ld", &n);
    if (in)
        fclose(in);
    if (n < 0)
        ctl_fail(c, "no keeper %ld", c->keeper);
    return n;
}

static void ctl_quiet(const struct ctl *c, long ms)
{
    /* It may still be on its way to its poll: wait until two looks agree. */
    long before, n = ctl_switches(c);
    do {
        before = n;
        poll(NULL, 0, 50);
        n = ctl_switches(c);
    } while (n != before);
    poll(NULL, 0, (int)ms);
    if (ctl_switches(c) != n)
        ctl_fail(c, "woken %ld times in %ld ms", ctl_switches(c) - n, ms);
}

static void ctl_say(const struct ctl *c, const char *path)
{
    FILE *out = fopen(path, "we");
    if (!out || fputs("said\n", out) < 0 || fclose(out) != 0)
        ctl_fail(c, "%s", strerror(errno));
}

enum wait_for { WAIT_FREE, WAIT_FULL, WAIT_DEAD };

static void ctl_until(const struct ctl *c, enum wait_for what, const char *path)
{
    long pid = what == WAIT_DEAD ? ctl_pid(c, path) : 0;
    for (long long until = ctl_now() + c->limit; ctl_now() < until; ctl_nap())
        if ((what == WAIT_FREE && ctl_lock_free(c)) || (what == WAIT_FULL && ctl_full(path)) ||
            (what == WAIT_DEAD && ctl_gone(c, pid)))
            return;
    ctl_fail(c, "not within %ld ms", c->limit);
}

static bool ctl_setting(struct ctl *c, const char *name, const char *value)
{
    const struct {
        const char *name, **slot;
    } settings[] = {{"role", &c->role},   {"grace", &c->grace},         {"orphan", &c->orphan},
                    {"run", &c->run},     {"clone", &c->clone},         {"fence", &c->fence},
                    {"tried", &c->tried}, {"leftovers", &c->leftovers}, {"user", &c->user}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(name, settings[i].name) == 0) {
            *settings[i].slot = value;
            return true;
        }
    return false;
}

static void ctl_read(struct ctl *c, const char *name, const char *value)
{
    char line[1024];
    bool more;
    while ((more = ctl_line(c, line, sizeof line)))
        if (*name != 'e' || (value && strncmp(line, value, strlen(value)) == 0))
            break;
    if (!value && more)
        ctl_fail(c, "%s", line);
    if (value && !more)
        ctl_fail(c, "the keeper closed the connection");
    if (value && strncmp(line, value, strlen(value)) != 0)
        ctl_fail(c, "it said %s", line);
}

static void ctl_time(const struct ctl *c, const char *name, const char *value)
{
    long long ms = ctl_now() - c->mark;
    printf("%s: %lld ms\n", name, ms);
    if (strcmp(name, "under") == 0 ? ms >= atol(value) : ms < atol(value))
        ctl_fail(c, "it took %lld ms", ms);
}

static void ctl_step(struct ctl *c, char *name, char *value)
{
#define IS(word) (strcmp(name, word) == 0)
    if (IS("lock"))
        ctl_lock(c);
    else if (IS("unlock"))
        close(c->lock);
    else if (IS("start"))
        ctl_start(c, value ? value : "ready");
    else if (IS("connect"))
        ctl_connect(c, value);
    else if (IS("hangup"))
        close(c->sock);
    else if (IS("send") && dprintf(c->sock, "%s\n", value) > 0)
        return;
    else if (IS("expect") || IS("next") || IS("eof"))
        ctl_read(c, name, value);
    else if ((IS("term") && kill((pid_t)c->keeper, SIGTERM) == 0) ||
             (IS("int") && kill((pid_t)c->keeper, SIGINT) == 0) ||
             (IS("killkeeper") && kill((pid_t)c->keeper, SIGKILL) == 0))
        return;
    else if (IS("ended"))
        ctl_until(c, WAIT_FREE, NULL);
    else if (IS("file"))
        ctl_until(c, WAIT_FULL, value);
    else if (IS("say"))
        ctl_say(c, value);
    else if (IS("truncate") && truncate(value, 0) == 0)
        return;
    else if (IS("nofile") && access(value, F_OK) != 0)
        return;
    else if (IS("dead"))
        ctl_until(c, WAIT_DEAD, value);
    else if (IS("alive") && !ctl_gone(c, ctl_pid(c, value)))
        return;
    else if (IS("mark"))
        c->mark = ctl_now();
    else if (IS("under") || IS("over"))
        ctl_time(c, name, value);
    else if (IS("quiet"))
        ctl_quiet(c, atol(value));
    else if (IS("limit"))
        c->limit = atol(value);
    else if (!value || !ctl_setting(c, name, value))
        ctl_fail(c, "unknown, or not so");
#undef IS
}

int main(int argc, char **argv)
{
    struct ctl c = {.role = "builder", .grace = "10000", .orphan = "60000", .limit = 20000, .lock = -1, .sock = -1};
    char path[4096];
    int steps = 3;
    while (steps < argc && strcmp(argv[steps], "--") != 0)
        steps++;
    if (argc < 4) {
        fputs("usage: keepctl KEEP DIR STEP... -- PROGRAM [ARG...]\n", stderr);
        return 2;
    }
    c.keep = argv[1];
    c.dir = argv[2];
    c.run = "0123456789abcdef0123456789abcdef";
    c.fence = getenv("KEEP_FENCE") ? getenv("KEEP_FENCE") : "subreaper";
    c.leftovers = "kill";
    c.command = steps < argc ? argv + steps + 1 : NULL;
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *folders[] = {"state", "state/locks", "state/builder", "state/adversary", "clone", "tmp"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        ctl_path(&c, path, sizeof path, "", folders[i]);
        mkdir(path, 0700);
    }
    for (int i = 3; i < steps; i++) {
        char copy[4096];
        c.step = argv[i];
        snprintf(copy, sizeof copy, "%s", argv[i]);
        char *value = strchr(copy, '=');
        if (value)
            *value++ = '\0';
        /* Settings outlive this turn of the loop. */
        ctl_step(&c, copy, value ? strchr(argv[i], '=') + 1 : NULL);
    }
    return 0;
}
