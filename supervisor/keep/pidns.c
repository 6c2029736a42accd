#include "supervisor/keep/pidns.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* The caller's pid in /proc, 0 when it has none there. */
static pid_t pidns_proc_self(void)
{
    char self[32];
    ssize_t n = readlink("/proc/self", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    return (pid_t)atol(self);
}

bool pidns_proc_fits(struct err *e)
{
    pid_t self = pidns_proc_self();
    if (self == getpid() || access("/proc/self", F_OK) != 0 || access("/proc/uptime", F_OK) != 0)
        return true;
    err_set(e, "/proc is that of another PID namespace; mount that of this one there (mount -t proc proc /proc)");
    return false;
}

bool pidns_enter(void)
{
    return unshare(CLONE_NEWPID) == 0;
}

bool pidns_mount(void)
{
    /* Slave, not private: nothing that is mounted in here gets out, but what the machine unmounts is not held busy by a
     * copy in here for days. */
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) == 0 &&
           mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

/* The exit code of a child, or 255 when a signal ended it. */
static int pidns_code(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* In a process of its own: 0, or the errno of what does not work. */
static int pidns_try(void)
{
    if (!pidns_enter())
        return errno;
    pid_t first = fork();
    if (first == 0)
        _exit(pidns_mount() ? 0 : errno);
    return first < 0 ? errno : pidns_code(first);
}

bool pidns_possible(struct err *e)
{
    if (geteuid() != 0) {
        err_set(e, "a PID namespace needs root");
        return false;
    }
    if (pidns_proc_self() != getpid()) {
        err_set(e, "there is no /proc of our own PID namespace");
        return false;
    }
    pid_t trial = fork();
    if (trial == 0)
        _exit(pidns_try());
    int code = trial < 0 ? errno : pidns_code(trial);
    if (code)
        err_set(e, "no PID namespace with a /proc of its own can be made here: %s", strerror(code));
    return code == 0;
}

pid_t pidns_self(void)
{
    pid_t pid = pidns_proc_self();
    return pid > 0 ? pid : getpid();
}

pid_t pidns_outside(int pidfd, pid_t inside)
{
    char path[64], line[256];
    long pid = 0;
    /* "Pid:" there is counted in the namespace of the /proc that is read, not in the reader's. */
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    FILE *in = pidfd >= 0 ? fopen(path, "re") : NULL;
    while (in && pid == 0 && fgets(line, sizeof line, in))
        sscanf(line, "Pid: %ld", &pid);
    if (in)
        fclose(in);
    return pid > 0 ? (pid_t)pid : inside;
}
