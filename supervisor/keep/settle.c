#include "supervisor/keep/settle.h"
#include "supervisor/base/buf.h"
#include "supervisor/keep/cgroup.h"
#include "supervisor/keep/iteration.h"
#include "supervisor/keep/record.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/marker.h"
#include "supervisor/sys/proc.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Why the previous iteration forbids a start, as a sentence. */
static void settle_survivors(const struct victims *left, int64_t last, struct err *e)
{
    struct buf names;
    buf_init(&names, 300);
    for (size_t i = 0; i < left->n; i++)
        buf_addf(&names, "%s%ld (%s)", i ? ", " : "", (long)left->at[i].pid, left->at[i].name);
    err_set(e, "%zu process%s of iteration %lld can't be ended: %s%s; end %s by hand, then start again", left->count,
            left->count == 1 ? "" : "es", (long long)last, buf_str(&names), names.full ? " …" : "",
            left->count == 1 ? "it" : "them");
    buf_clear(&names);
}

static uid_t settle_owner(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_uid : geteuid();
}

/* Whom that iteration's agent ran as; whoever that was, it need not be the one of the next, nor we: root may stop a
 * user's instance. */
static uid_t settle_user(const struct iteration_keeper *before, const char *dir)
{
    const struct passwd *pw = before->user[0] ? getpwnam(before->user) : NULL;
    return pw ? pw->pw_uid : settle_owner(dir);
}

/* The other role's keeper, where one lives. */
static pid_t settle_sibling(const struct options *o)
{
    char *path = file_fmt("%s/locks/%s", o->state, strcmp(o->role, "builder") == 0 ? "adversary" : "builder");
    pid_t pid = lock_holder(path, NULL);
    free(path);
    return pid > 0 ? pid : 0;
}

/* What there is to look for. keep.json helps, but an agent of our own user can write it: without it, and whatever it
 * says, all that has a marker of this role's or works in its folders is looked for, unless things left behind may
 * live on. */
static void settle_wanted(const struct options *o, const struct iteration_keeper *before, bool foreign, const char *dir,
                          const char *owner, struct sweep_wanted *w)
{
    char boot[37];
    proc_boot_id(boot);
    bool same_boot = boot[0] && strcmp(boot, before->boot_id) == 0;
    w->owner = o->keep ? "" : owner;
    w->run_id = foreign ? "" : before->run_id;
    /* A group of another boot is gone; a new one of that name is not that iteration's. */
    if (!foreign && same_boot && before->cgroup[0] && cgroup_ours(before->cgroup, o->state, o->role))
        w->cgroup = before->cgroup;
    w->everything = !o->keep;
    if (before->there && !foreign)
        w->since = same_boot ? before->starttime : !before->run_id[0];
    w->user[0] = settle_user(before, dir);
    w->user[1] = settle_owner(o->clone);
    w->sibling = settle_sibling(o);
    if (!same_boot || foreign)
        victims_clear(&w->once);
}

static const char SETTLE_LOST[] = "its keeper died without a record; the next keeper looked for what was left";
static const char SETTLE_FOREIGN[] =
    "its keep.json is not of this folder (a copy of a project that was running?): what that "
    "iteration started elsewhere was left alone";

/* Sweeps after the iteration `last`, whose folder is dir. record: what its record was found to be. */
static bool settle_sweep(const struct options *o, int64_t last, const char *dir, enum record_found record,
                         const struct sweep_spared *spared, struct sweep_wanted *w, struct settled *s, struct err *e)
{
    struct iteration_keeper before;
    struct victims killed = {0}, left = {0};
    char boot[37], owner[MARKER_OWNER + 1];
    iteration_keeper(dir, &before);
    if (before.there && !file_exists("/proc/self/stat")) {
        err_set(e, "what is left of iteration %lld can't be looked for: there is no /proc", (long long)last);
        return false;
    }
    proc_boot_id(boot);
    marker_owner(o->state, o->role, owner);
    bool foreign =
        before.run_id[0] && strcmp(boot, before.boot_id) == 0 && strncmp(before.run_id, owner, MARKER_OWNER) != 0;
    settle_wanted(o, &before, foreign, dir, owner, w);
    bool ok = sweep_run(w, spared, &killed, &left);
    s->killed = killed.count;
    s->survivors = ok ? 0 : left.count;
    foreign = foreign && !killed.n; /* in a copy nothing of it can be found: else somebody wrote into the file */
    s->foreign = foreign && record != RECORD_SETTLED;
    if (w->cgroup && ok)
        cgroup_remove(w->cgroup);
    if (!ok) {
        settle_survivors(&left, last, e);
    } else if (record == RECORD_MISSING && last > 0) {
        struct record lost = {.iteration = last,
                              .end = RECORD_END_LOST,
                              .started_at = before.created_at,
                              .ended_at = clock_now(),
                              .leftovers = &killed};
        snprintf(lost.reason, sizeof lost.reason, "%s", foreign ? SETTLE_FOREIGN : SETTLE_LOST);
        ok = record_write(&lost, dir, e);
    }
    victims_clear(&killed);
    victims_clear(&left);
    return ok;
}

/* The record of that iteration; its survivors are added. None of an iteration that is not there is missing. */
static enum record_found settle_record(const char *dir, int64_t last, struct victims *survivors)
{
    return last > 0 ? record_find(dir, survivors) : RECORD_SETTLED;
}

bool settle_over(const struct options *o, int64_t last)
{
    if (last > 0 && last == o->over)
        return true;
    if (!o->keep)
        return false;
    char *dir = iteration_dir(o, last);
    struct victims known = {0};
    bool over = settle_record(dir, last, &known) == RECORD_SETTLED;
    victims_clear(&known);
    free(dir);
    return over;
}

bool settle(const struct options *o, const struct sweep_spared *spared, struct settled *s, struct err *e)
{
    *s = (struct settled){0};
    int64_t last = iteration_last(o, e);
    if (last < 0)
        return false;
    char *dir = iteration_dir(o, last), *logs = file_fmt("%s/%s/iterations", o->state, o->role);
    struct sweep_wanted wanted = {.clone = o->clone, .tmp = o->tmp, .logs = logs};
    enum record_found record = settle_record(dir, last, &wanted.once);
    /* A record is believed only where it is the operator's wish that things live on: else it proves nothing, an agent
     * of our own user can write it and kill its keeper. */
    bool ok = (o->keep && record == RECORD_SETTLED) || settle_sweep(o, last, dir, record, spared, &wanted, s, e);
    victims_clear(&wanted.once);
    free(logs);
    free(dir);
    return ok;
}
