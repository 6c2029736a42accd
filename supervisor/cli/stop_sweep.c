#include "supervisor/cli/stop_sweep.h"
#include "agents/role.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/instance.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORD_MAX = 1 << 20, ANSWER_MAX = 4096 };

/* The folder of the newest iteration, the caller frees; NULL when there is none, or *error says why nobody knows. */
static char *sweep_newest(const struct paths *p, const char *role, int *error)
{
    char *folder = paths_role(p, role, "iterations"), *found = NULL;
    long best = 0;
    DIR *d = opendir(folder);
    *error = d || errno == ENOENT ? 0 : errno;
    for (struct dirent *ent; d && (ent = readdir(d));) {
        if (strspn(ent->d_name, "0123456789") != strlen(ent->d_name) || strlen(ent->d_name) > 12)
            continue;
        long n = strtol(ent->d_name, NULL, 10);
        if (n > best) {
            best = n;
            free(found);
            found = file_join(folder, ent->d_name);
        }
    }
    if (d)
        closedir(d);
    free(folder);
    return found;
}

/* Does its record say that the iteration ended, and that nobody survived? */
static bool sweep_needless(const char *folder)
{
    char *path = file_join(folder, "exit.json");
    struct buf b;
    buf_init(&b, 0);
    cJSON *v = file_read(path, RECORD_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    bool needless = json_str(v, "end", NULL) && !cJSON_GetArraySize(json_get(v, "survivors"));
    cJSON_Delete(v);
    buf_clear(&b);
    free(path);
    return needless;
}

/* Runs ccsup-keep --sweep for the role; its line goes to answer. */
static void sweep_ask(const struct paths *p, const char *role, struct buf *answer)
{
    char *clone = paths_data(p, role, "clone"), *tmp = paths_tmp(p, role), *program = paths_program(p, "ccsup-keep");
    char *argv[] = {program,   "--sweep", "--state", p->state, "--role", (char *)role,
                    "--clone", clone,     "--tmp",   tmp,      NULL};
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

void stop_sweep(const struct paths *p, const char *role, struct stop_left *left, struct buf *said)
{
    memset(left, 0, sizeof *left);
    int error;
    char *folder = sweep_newest(p, role, &error);
    if (error) {
        left->unknown = true;
        buf_addf(said, "its iterations can't be listed: %s", strerror(error));
    } else if (folder && !sweep_needless(folder)) {
        struct buf answer;
        buf_init(&answer, ANSWER_MAX);
        sweep_ask(p, role, &answer);
        while (answer.len && answer.data[answer.len - 1] == '\n')
            answer.data[--answer.len] = '\0';
        const char *line = buf_str(&answer), *sentence = "ccsup-keep did not answer";
        if (strncmp(line, "swept ", 6) == 0) {
            left->killed = strtoul(line + 6, NULL, 10);
            sentence = NULL;
        } else if (strncmp(line, "survivors ", 10) == 0) {
            char *end = NULL;
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
    free(folder);
}

size_t stop_sweep_rest(const struct paths *p)
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
            stop_sweep(p, role, &left, &said);
            killed += left.killed;
        }
        buf_clear(&said);
    }
    if (lock >= 0)
        close(lock);
    free(path);
    return killed;
}
