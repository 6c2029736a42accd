#include "supervisor/keep/child.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/keep/pidns.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void child_fail(int news, const struct child_failure *f)
{
    file_write_all(news, f, sizeof *f);
    _exit(127);
}

static void child_give_up(int news, enum child_step step)
{
    struct child_failure f = {.step = step, .error = errno};
    child_fail(news, &f);
}

/* While it still has the keeper's rights: goes where only the keeper may send it. */
static void child_enter(const struct child_way *way, int news)
{
    const struct iteration *it = way->it;
    struct child_failure give = {.step = CHILD_GIVE};
    if ((way->fence->kind == FENCE_CGROUP && !cgroup_join(&way->fence->cgroup)) ||
        (way->fence->kind == FENCE_PIDNS && !pidns_mount()))
        child_give_up(news, CHILD_FENCE);
    if (dup2(it->in, 0) < 0 || dup2(it->out, 1) < 0 || dup2(it->err, 2) < 0)
        child_give_up(news, CHILD_STDIO);
    if (!way->user->other)
        return;
    /* The three files too, or /dev/stdout and the like can't be opened. */
    if (!user_prepare(way->user, way->options, give.what) || fchown(0, way->user->uid, way->user->gid) != 0 ||
        fchown(1, way->user->uid, way->user->gid) != 0 || fchown(2, way->user->uid, way->user->gid) != 0) {
        give.error = errno;
        child_fail(news, &give);
    }
    if (!user_become(way->user, way->options))
        child_give_up(news, CHILD_USER);
}

/* In the new process. */
static void child_run(const struct child_way *way, pid_t keeper, int news)
{
    const struct options *o = way->options;
    sigset_t none;
    setsid();
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(022);
    child_enter(way, news);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a change of user would have cleared it */
    if (getppid() != keeper)
        _exit(127); /* the keeper died before the line above: nobody would ever tell us */
    /* All are O_CLOEXEC already; this holds also for one that a later line of ours forgets. */
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (chdir(o->clone) != 0)
        child_give_up(news, CHILD_CHDIR);
    if (setenv("CCSUP_RUN_ID", o->run_id, 1) != 0)
        child_give_up(news, CHILD_EXEC);
    execvp(o->command[0], o->command);
    child_give_up(news, CHILD_EXEC);
}

bool child_start(struct child *c, const struct child_way *way)
{
    int news[2];
    pid_t keeper = getpid();
    c->pid = -1;
    if (pipe2(news, O_CLOEXEC | O_NONBLOCK) == 0) {
        c->pid = fork();
        if (c->pid == 0)
            child_run(way, keeper, news[1]);
        int saved = errno;
        close(news[1]);
        if (c->pid < 0)
            close(news[0]);
        errno = saved;
    }
    if (c->pid < 0) {
        c->failure = (struct child_failure){.step = CHILD_FORK, .error = errno};
        c->pid = 0;
        return false;
    }
    c->news = news[0];
    c->pidfd = pidfd_open(c->pid, 0);
    c->outside = way->fence->kind == FENCE_PIDNS ? pidns_outside(c->pidfd, c->pid) : c->pid;
    return true;
}

bool child_news(struct child *c)
{
    struct child_failure f;
    ssize_t n = read(c->news, &f, sizeof f);
    if (n < 0)
        return false;
    if (n == (ssize_t)sizeof f)
        c->failure = f;
    close(c->news);
    c->news = -1;
    return true;
}

/* Until it is reaped the pid is its own, so kill() is as safe as the pidfd. */
static void child_signal(const struct child *c, int sig)
{
    if (c->pid > 0 && !c->ended && (c->pidfd < 0 || pidfd_send_signal(c->pidfd, sig, NULL, 0) != 0))
        kill(c->pid, sig);
}

void child_term(const struct child *c)
{
    child_signal(c, SIGTERM);
    child_signal(c, SIGCONT);
}

void child_kill(const struct child *c)
{
    child_signal(c, SIGKILL);
}

void child_clear(struct child *c)
{
    if (c->pidfd >= 0)
        close(c->pidfd);
    if (c->news >= 0)
        close(c->news);
    c->pidfd = c->news = -1;
}

/* The file that execvp would have run, or NULL; the caller frees. */
static char *child_find(const struct options *o)
{
    const char *program = o->command[0], *path = getenv("PATH");
    if (strchr(program, '/'))
        return *program == '/' ? mem_strdup(program) : file_join(o->clone, program);
    for (const char *at = path ? path : "/bin:/usr/bin"; *at;) {
        size_t n = strcspn(at, ":");
        char *file = *at == '/' ? file_fmt("%.*s/%s", (int)n, at, program)
                                : file_fmt("%s/%.*s/%s", o->clone, (int)n, at, program);
        if (file_exists(file))
            return file;
        free(file);
        at += n + (at[n] == ':');
    }
    return NULL;
}

/* The interpreter that the file's first line names, or "". */
static void child_interpreter(const char *file, char *out, size_t size)
{
    char line[256];
    *out = '\0';
    FILE *in = fopen(file, "re");
    if (in && fgets(line, sizeof line, in) && strncmp(line, "#!", 2) == 0) {
        char *at = line + 2 + strspn(line + 2, " \t");
        at[strcspn(at, " \t\r\n")] = '\0';
        snprintf(out, size, "%s", at);
    }
    if (in)
        fclose(in);
}

static void child_exec_reason(const struct options *o, int error, struct buf *b)
{
    const char *program = o->command[0];
    char *file = child_find(o), interpreter[256] = "";
    struct stat st;
    bool there = file && stat(file, &st) == 0;
    buf_addf(b, "cannot run %s: ", program);
    if (error == ENOENT && there) {
        child_interpreter(file, interpreter, sizeof interpreter);
        if (*interpreter)
            buf_addf(b, "its first line asks for %s, which does not exist", interpreter);
        else
            buf_addf(b, "%s exists, but the loader that it asks for does not", file);
    } else if ((error == ENOENT || (error == EACCES && !file)) && !strchr(program, '/')) {
        /* EACCES: some folder of PATH may not be searched; what may be searched does not have it. */
        buf_addf(b, "no such program in PATH (%s)", getenv("PATH") ? getenv("PATH") : "not set");
    } else if (error == ENOENT) {
        buf_adds(b, "no such file");
    } else if (error == EACCES && there && S_ISDIR(st.st_mode)) {
        buf_adds(b, "it is a folder, not a program");
    } else if (error == EACCES && there && access(file, X_OK) != 0) {
        buf_addf(b, "%s is not executable; chmod +x it", file);
    } else {
        buf_adds(b, strerror(error));
    }
    free(file);
}

void child_reason(const struct child *c, const struct child_way *way, char *out, size_t size)
{
    const char *why = strerror(c->failure.error), *user = way->user->other ? way->user->name : "";
    struct buf b;
    buf_init(&b, 2048);
    switch (c->failure.step) {
    case CHILD_NONE: break;
    case CHILD_FORK: buf_addf(&b, "cannot start a process: %s", why); break;
    case CHILD_FENCE:
        buf_addf(&b, "cannot put the agent into its %s: %s",
                 way->fence->kind == FENCE_CGROUP ? "control group" : "PID namespace", why);
        break;
    case CHILD_STDIO: buf_addf(&b, "cannot open the agent's files: %s", why); break;
    case CHILD_GIVE: buf_addf(&b, "cannot give %s to user %s: %s", c->failure.what, user, why); break;
    case CHILD_USER: buf_addf(&b, "cannot become user %s: %s", user, why); break;
    case CHILD_CHDIR:
        buf_addf(&b, "cannot work in the folder %s%s%s: %s", way->options->clone, *user ? " as user " : "", user, why);
        if (*user && c->failure.error == EACCES)
            buf_addf(&b,
                     "; that user must be able to pass each folder above it: start ccsup with XDG_STATE_HOME set to "
                     "one that it can reach, such as /var/lib");
        break;
    case CHILD_EXEC:
        child_exec_reason(way->options, c->failure.error, &b);
        if (*user)
            buf_addf(&b, " (as user %s)", user);
        break;
    }
    char *clean = vis_dup(buf_str(&b), b.len, size - 4);
    snprintf(out, size, "%s", clean);
    free(clean);
    buf_clear(&b);
}
