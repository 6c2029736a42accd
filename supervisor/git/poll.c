#include "supervisor/git/poll.h"
#include "supervisor/git/facts.h"
#include "supervisor/git/mirror.h"
#include "supervisor/git/place.h"
#include "supervisor/git/sshconfig.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { POLL_WAIT_MS = 5000 };
#define POLL_MEMORY ((rlim_t)4 << 30) /* bytes */

/* A repository is others' data: a small pack may unfold into gigabytes. Only our own reading is bounded: git
 * maps whole packs. */
static bool poll_read(struct snapshot *s, const struct mirror *m, int64_t fetched, struct trouble *t)
{
#ifdef __SANITIZE_ADDRESS__
    return facts_read(s, m->dir, m->r, fetched, m->deadline, t); /* its shadow takes terabytes */
#else
    struct rlimit old, bound;
    bool known = getrlimit(RLIMIT_AS, &old) == 0;
    bound = old;
    if (known && (old.rlim_cur == RLIM_INFINITY || old.rlim_cur > POLL_MEMORY))
        bound.rlim_cur = POLL_MEMORY;
    if (known)
        setrlimit(RLIMIT_AS, &bound);
    bool ok = facts_read(s, m->dir, m->r, fetched, m->deadline, t);
    if (known)
        setrlimit(RLIMIT_AS, &old);
    return ok;
#endif
}

static bool poll_attempt(struct snapshot *s, struct mirror *m, struct trouble *t)
{
    memset(s, 0, sizeof *s);
    if (!mirror_prepare(m, t) || !mirror_fetch(m, t))
        return false;
    int64_t fetched = clock_now();
    if (m->empty) {
        facts_empty(s, m->r, fetched);
        return true;
    }
    mirror_tidy(m);
    if (poll_read(s, m, fetched, t))
        return true;
    snapshot_clear(s);
    memset(s, 0, sizeof *s);
    return false;
}

/* A damaged mirror: look a second time, then make it anew beside the old one and put it in its place. */
static bool poll_repair(struct snapshot *s, struct mirror *m, struct trouble *t)
{
    if (poll_attempt(s, m, t))
        return true;
    if (t->code != TROUBLE_MIRROR)
        return false;
    struct mirror fresh = *m;
    char *dir = file_fmt("%s.new", m->dir);
    fresh.dir = dir;
    bool ok = false;
    if (!file_remove_tree(dir))
        trouble_set(t, TROUBLE_LOCAL, "the mirror is damaged, and %s can't be removed to make a new one", dir);
    else
        ok = poll_attempt(s, &fresh, t) && mirror_swap(dir, m->dir, t);
    /* The newest copy has the same fault: it comes from there. */
    if (!ok && t->code == TROUBLE_MIRROR)
        trouble_set(
            t, TROUBLE_SERVER,
            "the repository itself is damaged, or holds a commit that is none by git's rules: run git fsck in it "
            "(%.400s)",
            t->text);
    file_remove_tree(dir);
    free(dir);
    return ok;
}

bool poll_run(struct snapshot *s, const struct request *r, int64_t deadline, struct trouble *t)
{
    memset(s, 0, sizeof *s);
    /* Who writes an entry has the mirror for as long as one push takes. */
    int64_t wait = (deadline - clock_boot()) / 4;
    int lock = place_lock(r->lock, clock_boot() + (wait < POLL_WAIT_MS ? wait : POLL_WAIT_MS), t);
    if (lock < 0)
        return false;
    struct words env;
    command_env(&env, r->kind, sshconfig_is_set(r->kind, deadline), r->timeout_ms);
    struct mirror m = {r->mirror, r, &env, deadline, false};
    bool ok = poll_attempt(s, &m, t);
    if (!ok && t->code == TROUBLE_MIRROR)
        ok = poll_repair(s, &m, t);
    words_clear(&env);
    close(lock);
    return ok;
}
