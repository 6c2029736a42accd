#include "supervisor/keep/fence.h"
#include <stdio.h>
#include <unistd.h>

void fence_begin(struct fence *f, pid_t spare_name, int64_t now)
{
    f->spare_name = spare_name;
    f->deadline = now + FENCE_LIMIT;
    f->next = now;
    f->step = 1;
}

void fence_clear(struct fence *f)
{
    victims_clear(&f->killed);
    victims_clear(&f->left);
}

/* Children that /proc hides from us (hidepid, a strange mount) can't be listed by looking; the kernel's own
 * list of our children names them. */
static void fence_add_hidden(struct victims *v)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *in = fopen(path, "re");
    long pid;
    while (in && fscanf(in, "%ld", &pid) == 1) {
        struct proc_stat st;
        if (!proc_read((pid_t)pid, &st))
            victims_add(v, (pid_t)pid, 0, "hidden");
    }
    if (in)
        fclose(in);
    if (!v->n)
        victims_add(v, 0, 0, "unknown");
}

bool fence_round(struct fence *f, bool children, int64_t now)
{
    /* Without a child there is no descendant either: whoever loses its parent becomes our child. */
    victims_clear(&f->left);
    if (!children)
        return true;
    tree_below(getpid(), &f->left);
    if (now >= f->deadline) {
        if (!f->left.n)
            fence_add_hidden(&f->left);
        return true;
    }
    for (size_t i = 0; i < f->left.n; i++) {
        const struct victim *v = &f->left.at[i];
        if (tree_kill(v->pid, v->starttime) == TREE_KILLED && v->pid != f->spare_name)
            victims_add(&f->killed, v->pid, v->starttime, v->name);
    }
    f->next = now + f->step;
    f->step = f->step * 2 < FENCE_STEP_MAX ? f->step * 2 : FENCE_STEP_MAX;
    return false;
}
