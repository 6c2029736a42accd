#include "supervisor/keep/tree.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

void victims_clear(struct victims *v)
{
    free(v->at);
    memset(v, 0, sizeof *v);
}

void victims_add(struct victims *v, pid_t pid, uint64_t starttime, const char *name)
{
    for (size_t i = v->n; i-- > 0;)
        if (v->at[i].pid == pid && v->at[i].starttime == starttime)
            return;
    v->count++;
    if (v->n >= VICTIMS_MAX)
        return;
    if (v->n % 64 == 0)
        v->at = mem_resize(v->at, v->n + 64, sizeof *v->at);
    struct victim *new = &v->at[v->n++];
    new->pid = pid;
    new->starttime = starttime;
    snprintf(new->name, sizeof new->name, "%s", name);
}

void victims_json(const struct victims *v, cJSON *obj, const char *name, bool starttime)
{
    cJSON *list = json_add_arr(obj, name);
    for (size_t i = 0; i < v->n && i < VICTIMS_NAMED; i++) {
        cJSON *one = cJSON_CreateObject();
        /* A process chooses its own name: control bytes must not reach who prints this later. */
        char *clean = vis_dup(v->at[i].name, strlen(v->at[i].name), 64);
        json_add_int(one, "pid", v->at[i].pid);
        json_add_str(one, "name", clean);
        if (starttime)
            json_add_int(one, "starttime", (int64_t)v->at[i].starttime);
        cJSON_AddItemToArray(list, one);
        free(clean);
    }
}

bool tree_dead(const struct proc_stat *st)
{
    if (st->state == 'X')
        return true;
    if (st->state != 'Z')
        return false;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)st->pid);
    struct stat task;
    return stat(path, &task) != 0 || task.st_nlink <= 3; /* 2 + threads */
}

/* Every process there is, for one look. */
struct tree_look {
    struct tree_node {
        struct proc_stat st;
        bool below;
    } * at;
    size_t n, room;
};

static bool tree_collect(void *arg, const struct proc_stat *st)
{
    struct tree_look *look = arg;
    if (look->n == look->room) {
        look->room = look->room ? look->room * 2 : 256;
        look->at = mem_resize(look->at, look->room, sizeof *look->at);
    }
    look->at[look->n].st = *st;
    look->at[look->n++].below = false;
    return true;
}

static int tree_by_pid(const void *a, const void *b)
{
    pid_t x = ((const struct tree_node *)a)->st.pid, y = ((const struct tree_node *)b)->st.pid;
    return (x > y) - (x < y);
}

static struct tree_node *tree_find(struct tree_look *look, pid_t pid)
{
    struct tree_node key = {.st = {.pid = pid}};
    return bsearch(&key, look->at, look->n, sizeof *look->at, tree_by_pid);
}

void tree_below(pid_t root, struct victims *v)
{
    struct tree_look look = {0};
    proc_each(tree_collect, &look);
    if (look.n)
        qsort(look.at, look.n, sizeof *look.at, tree_by_pid);
    /* Parents mostly have smaller pids than their children, so one pass finds nearly all; the loop finds the
     * rest. */
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < look.n; i++) {
            struct tree_node *node = &look.at[i], *parent = NULL;
            if (node->below || node->st.pid == root)
                continue;
            if (node->st.ppid != root)
                parent = tree_find(&look, node->st.ppid);
            if (node->st.ppid == root || (parent && parent->below))
                node->below = more = true;
        }
    }
    for (size_t i = 0; i < look.n; i++)
        if (look.at[i].below && !tree_dead(&look.at[i].st))
            victims_add(v, look.at[i].st.pid, look.at[i].st.starttime, look.at[i].st.comm);
    free(look.at);
}

enum tree_end tree_kill(pid_t pid, uint64_t starttime)
{
    int fd = pidfd_open(pid, 0);
    if (fd < 0)
        return errno == ESRCH ? TREE_GONE : TREE_REFUSED;
    /* The pidfd names one process for ever; the start time says that it is the one that was meant. */
    struct proc_stat st;
    enum tree_end end = TREE_GONE;
    if (proc_read(pid, &st) && st.starttime == starttime && !tree_dead(&st)) {
        if (pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0)
            end = TREE_KILLED;
        else
            end = errno == ESRCH ? TREE_GONE : TREE_REFUSED;
    }
    close(fd);
    return end;
}
