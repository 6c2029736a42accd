#include "supervisor/cli/instance.h"
#include "supervisor/base/buf.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

enum instance_want instance_want(const struct paths *p)
{
    struct buf b;
    buf_init(&b, 0);
    char *path = paths_state(p, "want");
    enum instance_want want = INSTANCE_WANT_NONE;
    if (file_read(path, 64, &b, NULL)) {
        if (strcmp(buf_str(&b), "up\n") == 0)
            want = INSTANCE_WANT_UP;
        else if (strcmp(buf_str(&b), "down\n") == 0)
            want = INSTANCE_WANT_DOWN;
    }
    free(path);
    buf_clear(&b);
    return want;
}

bool instance_want_set(const struct paths *p, bool up, struct err *e)
{
    char *path = paths_state(p, "want");
    const char *text = up ? "up\n" : "down\n";
    bool ok = file_replace(path, text, strlen(text), 0600, true, e);
    free(path);
    return ok;
}

pid_t instance_holder(const struct paths *p, const char *name, struct err *e)
{
    char *path = paths_lock(p, name);
    pid_t pid = lock_holder(path, e);
    free(path);
    return pid;
}

void instance_time(int64_t ms, char out[21])
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    memset(&tm, 0, sizeof tm);
    gmtime_r(&t, &tm);
    if (strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

void instance_since(pid_t pid, char out[21])
{
    struct proc_stat st;
    long ticks = sysconf(_SC_CLK_TCK);
    out[0] = '\0';
    if (pid > 0 && ticks > 0 && proc_read(pid, &st))
        instance_time(clock_now() - clock_boot() + (int64_t)st.starttime * 1000 / ticks, out);
}

void instance_nap(int64_t ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

bool instance_wait_free(const struct paths *p, const char *name, int64_t ms)
{
    enum { SLICE = 50 }; /* ms: a holder may drop its lock a while before it ends */
    char *path = paths_lock(p, name);
    int64_t until = clock_boot() + ms;
    bool is_free;
    while (!(is_free = lock_holder(path, NULL) == 0) && clock_boot() < until) {
        int fd = lock_holder_pidfd(path, NULL);
        struct pollfd end = {.fd = fd, .events = POLLIN};
        poll(&end, 1, SLICE);
        if (fd >= 0)
            close(fd);
    }
    free(path);
    return is_free;
}

void instance_signal(const struct paths *p, const char *name, int sig)
{
    char *path = paths_lock(p, name);
    int fd = lock_holder_pidfd(path, NULL);
    if (fd >= 0) {
        pidfd_send_signal(fd, sig, NULL, 0);
        close(fd);
    }
    free(path);
}
