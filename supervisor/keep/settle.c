#include "supervisor/keep/settle.h"
#include "supervisor/base/buf.h"
#include "supervisor/keep/cgroup.h"
#include "supervisor/keep/record.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/proc.h"
#include <pwd.h>
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

/* Whom that iteration's agent ran as; whoever that was, it need not be the one of the next, nor we: root may stop a
 * user's instance. */
static uid_t settle_user(const struct iteration_keeper *before, const char *dir)
{
    const struct passwd *pw = before->user[0] ? getpwnam(before->user) : NULL;
    struct stat st;
    if (pw)
        return pw->pw_uid;
    return stat(dir, &st) == 0 ? st.st_uid : geteuid();
}

/* Sweeps after the keeper that made dir. */
static bool settle_sweep(const struct options *o, const char *dir, const struct sweep_spared *spared,
                         const struct victims *known, struct record *r, struct settled *s, int64_t last, struct err *e)
{
    struct iteration_keeper before;
    struct victims killed = {0}, left = {0};
    char boot[37];
    iteration_keeper(dir, &before);
    if (before.there && !file_exists("/proc/self/stat")) {
        err_set(e, "what is left of iteration %lld can't be looked for: there is no /proc", (long long)last);
        return false;
    }
    proc_boot_id(boot);
    /* A group of another boot is gone; a new one of that name is not that iteration's. */
    bool group = before.cgroup[0] && strcmp(boot, before.boot_id) == 0 && cgroup_ours(before.cgroup, o->state, o->role);
    struct sweep_place place = {
        .clone = o->clone, .tmp = o->tmp, .cgroup = group ? before.cgroup : NULL, .user = settle_user(&before, dir)};
    bool ok = sweep_run(&before, &place, spared, known, &killed, &left);
    s->killed = killed.count;
    s->survivors = ok ? 0 : left.count;
    if (group && ok)
        cgroup_remove(before.cgroup);
    if (!ok) {
        settle_survivors(&left, last, e);
    } else if (r) {
        r->started_at = before.created_at;
        r->ended_at = clock_now();
        r->leftovers = &killed;
        ok = record_write(r, dir, e);
    }
    victims_clear(&killed);
    victims_clear(&left);
    return ok;
}

bool settle_over(const struct options *o, int64_t last)
{
    if (last <= 0)
        return true;
    char *dir = iteration_dir(o, last);
    struct victims known = {0};
    bool over = record_find(dir, &known) == RECORD_SETTLED;
    victims_clear(&known);
    free(dir);
    return over;
}

bool settle(const struct options *o, const struct sweep_spared *spared, struct settled *s, struct err *e)
{
    *s = (struct settled){0};
    int64_t last = iteration_last(o, e);
    if (last <= 0)
        return last == 0;
    char *dir = iteration_dir(o, last);
    struct victims known = {0};
    struct record lost = {.iteration = last,
                          .end = RECORD_END_LOST,
                          .reason = "its keeper died without a record; the next keeper looked for what was left"};
    bool ok = true;
    switch (record_find(dir, &known)) {
    case RECORD_SETTLED: break;
    case RECORD_SURVIVORS: ok = settle_sweep(o, dir, spared, &known, NULL, s, last, e); break;
    case RECORD_MISSING: ok = settle_sweep(o, dir, spared, &known, &lost, s, last, e); break;
    }
    victims_clear(&known);
    free(dir);
    return ok;
}
