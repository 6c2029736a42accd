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
    int ppid, pgid, sid, tty;
    unsigned long long start;
    if (sscanf(close_ + 1, " %c %d %d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &st->state,
               &ppid, &pgid, &sid, &tty, &start) != 6)
        return false;
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

bool proc_has_env(pid_t pid, const char *entry)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    struct buf b;
    buf_init(&b, 0);
    bool found = false;
    if (file_read(path, 4 << 20, &b, NULL)) {
        size_t want = strlen(entry);
        for (size_t i = 0; i < b.len && !found;) {
            size_t n = strlen(b.data + i);
            found = n == want && memcmp(b.data + i, entry, n) == 0;
            i += n + 1;
        }
    }
    buf_clear(&b);
    return found;
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
    buf_init(&b, 36);
    file_read("/proc/sys/kernel/random/boot_id", 64, &b, NULL);
    snprintf(out, 37, "%s", buf_str(&b));
    buf_clear(&b);
}
