#include "supervisor/sys/proc.h"
#include "supervisor/base/buf.h"
#include "supervisor/sys/file.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel takes at most 6 MiB of arguments and environment (3/4 of _STK_LIM): nobody hides behind a longer one. */
enum { PROC_ENV_MAX = 8 << 20 };

bool proc_read(pid_t pid, struct proc_stat *st)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    /* comm may hold blanks and brackets: it ends at the last ')'. */
    char *open_ = strchr(text, '('), *close_ = strrchr(text, ')');
    if (!open_ || !close_ || close_ < open_)
        return false;
    memset(st, 0, sizeof *st);
    st->pid = pid;
    snprintf(st->comm, sizeof st->comm, "%.*s", (int)(close_ - open_ - 1), open_ + 1);
    int ppid, pgid, sid, tty, threads;
    unsigned long long start;
    if (sscanf(close_ + 1, " %c %d %d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu", &st->state,
               &ppid, &pgid, &sid, &tty, &threads, &start) != 7)
        return false;
    /* The first thread may end alone (pthread_exit): it stays as a zombie while the others run on. */
    st->headless = st->state == 'Z' && threads > 1;
    if (st->headless)
        st->state = 'S';
    st->ppid = ppid;
    st->pgid = pgid;
    st->sid = sid;
    st->tty = tty;
    st->starttime = start;
    return true;
}

bool proc_alive(pid_t pid)
{
    struct proc_stat st;
    return proc_read(pid, &st) && st.state != 'Z' && st.state != 'X';
}

/* One look at an environment. */
struct proc_env {
    pid_t pid;
    bool (*fn)(void *arg, const char *entry);
    void *arg;
};

/* Shows the entries of that environ file; was it empty? */
static bool proc_env_file(const struct proc_env *env, const char *path)
{
    struct buf b;
    buf_init(&b, 0);
    if (file_read(path, PROC_ENV_MAX, &b, NULL))
        for (size_t i = 0; i < b.len && env->fn(env->arg, b.data + i); i += strlen(b.data + i) + 1)
            ;
    bool empty = b.len == 0;
    buf_clear(&b);
    return empty;
}

static bool proc_env_thread(void *arg, pid_t thread)
{
    const struct proc_env *env = arg;
    char path[96];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/environ", (long)env->pid, (long)thread);
    return proc_env_file(env, path);
}

void proc_each_env(pid_t pid, bool (*fn)(void *arg, const char *entry), void *arg)
{
    struct proc_env env = {.pid = pid, .fn = fn, .arg = arg};
    char path[96];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    /* A first thread that ended alone has no memory any more; the threads that live on have. */
    if (proc_env_file(&env, path))
        proc_each_thread(pid, proc_env_thread, &env);
}

struct proc_entry {
    const char *want;
    bool found;
};

static bool proc_env_same(void *arg, const char *entry)
{
    struct proc_entry *e = arg;
    e->found = strcmp(entry, e->want) == 0;
    return !e->found;
}

bool proc_has_env(pid_t pid, const char *entry)
{
    struct proc_entry e = {.want = entry};
    proc_each_env(pid, proc_env_same, &e);
    return e.found;
}

void proc_each_thread(pid_t pid, bool (*fn)(void *arg, pid_t thread), void *arg)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *d = opendir(path);
    for (struct dirent *ent; d && (ent = readdir(d));)
        if (isdigit((unsigned char)ent->d_name[0]) && !fn(arg, (pid_t)atol(ent->d_name)))
            break;
    if (d)
        closedir(d);
}

bool proc_below(pid_t pid, pid_t ancestor)
{
    struct proc_stat st;
    /* A chain of parents is short; the bound is against one that changes while it is followed. */
    for (int i = 0; i < 1000 && pid > 0; i++) {
        if (pid == ancestor)
            return true;
        if (!proc_read(pid, &st))
            return false;
        pid = st.ppid;
    }
    return false;
}

void proc_each(bool (*fn)(void *arg, const struct proc_stat *st), void *arg)
{
    DIR *d = opendir("/proc");
    if (!d)
        return;
    for (struct dirent *ent; (ent = readdir(d));) {
        struct proc_stat st;
        if (isdigit((unsigned char)ent->d_name[0]) && proc_read((pid_t)atol(ent->d_name), &st) && !fn(arg, &st))
            break;
    }
    closedir(d);
}

void proc_boot_id(char out[37])
{
    struct buf b;
    buf_init(&b, 0);
    file_read("/proc/sys/kernel/random/boot_id", 64, &b, NULL);
    snprintf(out, 37, "%s", buf_str(&b)); /* without its newline */
    buf_clear(&b);
}
