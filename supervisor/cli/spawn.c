#include "supervisor/cli/spawn.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the two processes below write to us; less than a pipe's atomic size. */
struct spawn_report {
    int failed; /* 0: value is the watchdog's pid; 1: value is the errno of its exec */
    int value;
};

struct spawn_plan {
    char *exe, *log;
    char *argv[8];
    const char *dir;
    int null, out, report;
};

static void spawn_exec(const struct spawn_plan *plan)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Whatever the shell had open would stay open for days. */
    if (dup2(plan->null, 0) == 0 && dup2(plan->out, 1) == 1 && dup2(plan->out, 2) == 2 &&
        close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0 && chdir(plan->dir) == 0)
        execv(plan->exe, plan->argv);
    struct spawn_report r = {1, errno};
    (void)!write(plan->report, &r, sizeof r);
    _exit(127);
}

/* The intermediate: a new session, one more fork so that no terminal can be acquired, the pid reported upward. */
static void spawn_middle(const struct spawn_plan *plan)
{
    setsid();
    pid_t pid = fork();
    if (pid == 0)
        spawn_exec(plan);
    struct spawn_report r = {pid < 0, pid < 0 ? errno : (int)pid};
    _exit(write(plan->report, &r, sizeof r) == (ssize_t)sizeof r ? 0 : 127);
}

/* Reads until both have closed their end (exec does it for the second): the pid, or -1 and *why. */
static pid_t spawn_read(int fd, int *why)
{
    struct spawn_report r;
    pid_t pid = -1;
    *why = 0;
    for (;;) {
        ssize_t n = read(fd, &r, sizeof r);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof r)
            break;
        if (r.failed)
            *why = r.value;
        else
            pid = r.value;
    }
    return *why ? -1 : pid;
}

static pid_t spawn_plan_run(struct spawn_plan *plan, struct err *e)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        err_set(e, "cannot start the watchdog: %s", strerror(errno));
        return -1;
    }
    plan->report = fds[1];
    pid_t middle = fork();
    if (middle == 0)
        spawn_middle(plan);
    close(fds[1]);
    int why = errno, status = 0;
    pid_t pid = -1;
    if (middle > 0) {
        pid = spawn_read(fds[0], &why);
        while (waitpid(middle, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(fds[0]);
    if (pid < 0)
        err_set(e, "cannot start the watchdog (%s): %s", plan->exe, why ? strerror(why) : "fork failed");
    return pid;
}

void spawn_unmark(void)
{
    static const char name[] = "CCSUP_RUN_ID";
    for (char *value; (value = getenv(name));) {
        char *entry = value - sizeof name;
        unsetenv(name);
        /* Those bytes are what /proc/PID/environ goes on showing. */
        memset(entry, 0, strlen(entry));
    }
}

pid_t spawn_watchdog(const struct paths *p, const char *phase, struct err *e)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0) {
        err_set(e, "cannot find our own program: %s", strerror(errno));
        return -1;
    }
    exe[n] = '\0';
    const char *slash = strrchr(p->config, '/');
    bool usual = slash && strcmp(slash + 1, "launch.conf") == 0;
    struct spawn_plan plan = {.exe = exe, .log = file_join(p->state, "ccsup.log"), .dir = p->root};
    int n_args = 0;
    plan.argv[n_args++] = "ccsup";
    if (usual) { /* else by CCSUP_CONFIG: -C looks for launch.conf only */
        plan.argv[n_args++] = "-C";
        plan.argv[n_args++] = p->root;
    }
    plan.argv[n_args++] = "run";
    plan.argv[n_args++] = "--detached";
    if (phase) {
        plan.argv[n_args++] = "--phase";
        plan.argv[n_args++] = (char *)phase;
    }
    plan.argv[n_args] = NULL;
    setenv("CCSUP_CONFIG", p->config, 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    plan.null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    plan.out = file_open_ours(plan.log, O_WRONLY | O_APPEND, e);
    pid_t pid = -1;
    if (plan.null < 0)
        err_set(e, "cannot open /dev/null: %s", strerror(errno));
    else if (plan.out >= 0)
        pid = spawn_plan_run(&plan, e);
    if (plan.null >= 0)
        close(plan.null);
    if (plan.out >= 0)
        close(plan.out);
    free(plan.log);
    return pid;
}

bool spawn_ended(pid_t pid, int *status)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitpid(pid, status, WNOHANG) == pid)
        return true;
    /* Others that were left to us: keepers' first processes, say. Nobody asks for their codes. */
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 && info.si_pid != pid) {
        waitpid(info.si_pid, NULL, WNOHANG);
        memset(&info, 0, sizeof info);
    }
    return false;
}
