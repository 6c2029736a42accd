/* What /proc says of processes. A process in state Z or X is dead here: some machines' PID 1 reaps only every 2 s. */
#ifndef CCSUP_SYS_PROC_H
#define CCSUP_SYS_PROC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
    pid_t pid, ppid, pgid, sid;
    int tty;            /* 0 = no controlling terminal */
    char state;         /* as in proc(5); never Z or X while a thread of it lives */
    bool headless;      /* its first thread has ended, and with it /proc/PID/environ, cwd and fd; other threads live */
    uint64_t starttime; /* clock ticks since boot: with the pid it names a process for ever */
    char comm[32];
};

/* True and *st filled when the process is there (a zombie too). */
bool proc_read(pid_t pid, struct proc_stat *st);
/* There, and neither zombie nor dead. */
bool proc_alive(pid_t pid);
/* Calls fn for each entry (NAME=VALUE) of its environment; fn returns false to stop. Nothing when we may not look. */
void proc_each_env(pid_t pid, bool (*fn)(void *arg, const char *entry), void *arg);
/* Is NAME=VALUE (a whole entry) in its environment? False also when we may not look. */
bool proc_has_env(pid_t pid, const char *entry);
/* Calls fn for each thread of it that there is, the first one too; fn returns false to stop. */
void proc_each_thread(pid_t pid, bool (*fn)(void *arg, pid_t thread), void *arg);
/* Is ancestor the process itself, its parent, its parent's parent ...? False when the chain can't be followed. */
bool proc_below(pid_t pid, pid_t ancestor);
/* Calls fn for each process there is; fn returns false to stop. */
void proc_each(bool (*fn)(void *arg, const struct proc_stat *st), void *arg);
/* This boot's id (37 bytes with NUL), "" when unknown. */
void proc_boot_id(char out[37]);

#endif
