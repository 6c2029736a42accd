#include "supervisor/cli/stop_sweep.h"
#include "agents/role.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/instance.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096, SWEEP_TRIES = 2 };

/* Runs ccsup-keep --sweep for the role; its line goes to answer. */
static void sweep_ask(const struct paths *p, const char *role, bool keep, struct buf *answer)
{
    char *clone = paths_data(p, role, "clone"), *tmp = paths_tmp(p, role), *program = paths_program(p, "ccsup-keep");
    char *argv[] = {program,   "--sweep", "--state", p->state, "--role",      (char *)role,
                    "--clone", clone,     "--tmp",   tmp,      "--leftovers", keep ? "keep" : "kill",
                    NULL};
    int fds[2] = {-1, -1};
    pid_t pid = pipe2(fds, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid == 0) {
        if (dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO)
            execv(program, argv);
        _exit(127);
    }
    if (fds[1] >= 0)
        close(fds[1]);
    char chunk[512];
    for (ssize_t n; pid > 0 && ((n = read(fds[0], chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR));)
        if (n > 0)
            buf_add(answer, chunk, (size_t)n);
    if (fds[0] >= 0)
        close(fds[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(clone);
    free(tmp);
    free(program);
}

void stop_sweep(const struct paths *p, const char *role, bool keep, struct stop_left *left, struct buf *said)
{
    memset(left, 0, sizeof *left);
    struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    /* One that was killed is followed by another. */
    for (int i = 0; i < SWEEP_TRIES && !answer.len; i++)
        sweep_ask(p, role, keep, &answer);
    while (answer.len && answer.data[answer.len - 1] == '\n')
        answer.data[--answer.len] = '\0';
    const char *line = buf_str(&answer), *sentence = "ccsup-keep did not answer";
    char *end = NULL;
    if (strncmp(line, "swept ", 6) == 0) {
        left->killed = strtoul(line + 6, &end, 10);
        left->foreign = strcmp(end, " foreign") == 0;
        sentence = NULL;
    } else if (strncmp(line, "survivors ", 10) == 0) {
        left->alive = strtoul(line + 10, &end, 10);
        sentence = end + (*end == ' ');
    } else {
        left->unknown = true;
        if (*line)
            sentence = strncmp(line, "failed ", 7) == 0 ? line + 7 : line;
    }
    if (sentence)
        vis_add(said, sentence, strlen(sentence));
    buf_clear(&answer);
}

size_t stop_sweep_rest(const struct paths *p, const struct config *c)
{
    char *path = paths_lock(p, "watchdog");
    struct err e;
    pid_t holder = 0;
    int lock = file_exists(path) ? lock_take(path, &holder, &e) : -1;
    size_t killed = 0;
    for (int r = 0; lock >= 0 && r < ROLES; r++) {
        const char *role = role_name((enum role)r);
        struct stop_left left;
        struct buf said;
        buf_init(&said, ANSWER_MAX);
        if (instance_holder(p, role, NULL) == 0) {
            stop_sweep(p, role, strcmp(c->agents[r].leftovers, "keep") == 0, &left, &said);
            killed += left.killed;
        }
        buf_clear(&said);
    }
    if (lock >= 0)
        close(lock);
    free(path);
    return killed;
}
