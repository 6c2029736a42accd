#include "supervisor/keep/fence.h"
#include "supervisor/keep/pidns.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fence_init(struct fence *f)
{
    memset(f, 0, sizeof *f);
    f->cgroup.procs = -1;
}

/* --- which one ---------------------------------------------------------------------------------------------- */

static void fence_why(struct fence *f, const char *not_this, const char *text)
{
    char *before = f->why;
    f->why = file_fmt("%s%sno %s: %s", before ? before : "", before ? "; " : "", not_this, text);
    free(before);
}

bool fence_choose_namespace(struct fence *f, const struct options *o, struct err *e)
{
    struct err no = {""};
    if (o->fence != FENCE_PIDNS && o->fence != FENCE_AUTO)
        return true;
    if (o->keep) {
        fence_why(f, "pidns", "what is left behind is to live on");
        return true;
    }
    if (o->tried == FENCE_PIDNS || pidns_possible(&no)) {
        f->kind = FENCE_PIDNS;
        return true;
    }
    fence_why(f, "pidns", no.text);
    if (o->fence == FENCE_AUTO)
        return true;
    err_set(e, "fence = pidns is impossible: %s", no.text);
    return false;
}

bool fence_settle(struct fence *f, const struct options *o, struct err *e)
{
    f->self = f->kind == FENCE_PIDNS ? pidns_self() : getpid();
    if (f->kind != FENCE_AUTO)
        return true;
    f->kind = FENCE_SUBREAPER;
    struct err no = {""};
    if (o->fence == FENCE_SUBREAPER)
        return true;
    if (cgroup_make(&f->cgroup, o, &no)) {
        f->kind = FENCE_CGROUP;
        return true;
    }
    fence_why(f, "cgroup", no.text);
    if (o->fence == FENCE_AUTO)
        return true;
    err_set(e, "fence = cgroup is impossible: %s", no.text);
    return false;
}

/* --- killing ------------------------------------------------------------------------------------------------ */

void fence_begin(struct fence *f, pid_t spare_name, int64_t now)
{
    f->begun = false;
    f->spare_name = spare_name;
    rounds_begin(&f->rounds, FENCE_LIMIT, now);
}

void fence_clear(struct fence *f)
{
    if (f->cgroup.dir)
        cgroup_remove(f->cgroup.dir);
    cgroup_clear(&f->cgroup);
    victims_clear(&f->killed);
    victims_clear(&f->left);
    free(f->why);
    fence_init(f);
}

/* Children that /proc hides from us (hidepid, no /proc of our own) can't be found by looking; the kernel's own list of
 * our children names them, where it has one. They can't be anybody else: until we reap a child its pid is its own. */
static void fence_add_hidden(struct fence *f)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)f->self);
    FILE *in = fopen(path, "re");
    long pid;
    while (in && fscanf(in, "%ld", &pid) == 1) {
        struct proc_stat st;
        if (!proc_read((pid_t)pid, &st)) {
            victims_add(&f->left, (pid_t)pid, 0, "hidden");
            f->hidden = true;
        }
    }
    if (in)
        fclose(in);
}

static bool fence_has_group(const struct fence *f)
{
    return f->kind == FENCE_CGROUP && cgroup_populated(f->cgroup.dir);
}

static void fence_named(struct fence *f, const struct victim *v)
{
    if (v->pid != f->spare_name)
        victims_add(&f->killed, v->pid, v->starttime, v->name);
}

/* In a namespace of ours this reaches everybody in it at once, however fast they fork: the kernel does not let a fork
 * pass it by. It must be certain that we are that namespace's PID 1: anywhere else it would reach the machine. */
static bool fence_signal_namespace(const struct fence *f, int sig)
{
    return f->kind == FENCE_PIDNS && getpid() == 1 && kill(-1, sig) == 0;
}

/* Before they are named: who stands still is seen, and leaves us the processor. */
static void fence_freeze(const struct fence *f)
{
    fence_signal_namespace(f, SIGSTOP);
    if (f->kind == FENCE_CGROUP)
        cgroup_freeze(f->cgroup.dir);
}

static void fence_kill(struct fence *f)
{
    if (f->kind == FENCE_PIDNS) {
        if (fence_signal_namespace(f, SIGKILL))
            for (size_t i = 0; i < f->left.n; i++)
                fence_named(f, &f->left.at[i]);
        return;
    }
    if (f->kind == FENCE_CGROUP) {
        struct victims killed = {0};
        cgroup_round(f->cgroup.dir, &killed, &f->left);
        for (size_t i = 0; i < killed.n; i++)
            fence_named(f, &killed.at[i]);
        victims_clear(&killed);
    }
    /* With a control group too: who may write there can leave it. */
    for (size_t i = 0; i < f->left.n; i++) {
        const struct victim *v = &f->left.at[i];
        /* starttime 0: a hidden child. */
        if (v->starttime ? tree_kill(v->pid, v->starttime) == TREE_KILLED : v->pid > 0 && kill(v->pid, SIGKILL) == 0)
            fence_named(f, v);
    }
}

bool fence_round(struct fence *f, bool children, int64_t now)
{
    /* Without a child there is no descendant either: whoever loses its parent becomes our child. */
    victims_clear(&f->left);
    f->hidden = false;
    if (!children && !fence_has_group(f))
        return true;
    bool over = rounds_over(&f->rounds, now), first = !f->begun;
    f->begun = true;
    if (first)
        fence_freeze(f);
    /* Looking takes longer than the kernel needs to end them. What reaches all at once needs it for the names only; the
     * namespace once, the group until nobody is in it. */
    if (over || first || f->kind == FENCE_SUBREAPER || (f->kind == FENCE_CGROUP && !fence_has_group(f))) {
        tree_below(f->self, &f->left);
        fence_add_hidden(f);
    }
    if (over) {
        if (f->kind == FENCE_CGROUP)
            cgroup_round(f->cgroup.dir, NULL, &f->left);
        if (!f->left.n) {
            victims_add(&f->left, 0, 0, "unknown");
            f->hidden = true;
        }
        return true;
    }
    fence_kill(f);
    rounds_wait(&f->rounds, clock_boot());
    return false;
}

void fence_release(struct fence *f)
{
    victims_clear(&f->left);
    tree_below(f->self, &f->left);
    if (f->kind == FENCE_CGROUP)
        cgroup_release(f->cgroup.dir);
}
