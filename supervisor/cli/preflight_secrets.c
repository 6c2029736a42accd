/* What must not reach the agents (env_deny): not in their environment, nor in that of a process that they can read. */
#include "agents/environment.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/proc.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct secrets {
    struct preflight *p;
    const struct config_agent *agent;
    uid_t uid; /* of the agent */
    const struct proc_stat *now;
    char name[128]; /* the variable's, once one is found; its value is never looked at */
    pid_t pid;
    char comm[32];
    int more;
};

static bool denied(const struct words *deny, const char *entry)
{
    size_t n = strcspn(entry, "=");
    for (size_t i = 0; i < deny->n; i++) {
        const char *pattern = deny->at[i];
        size_t m = strlen(pattern);
        bool all = m && pattern[m - 1] == '*';
        if (all ? n >= m - 1 && strncmp(entry, pattern, m - 1) == 0 : n == m && strncmp(entry, pattern, m) == 0)
            return true;
    }
    return false;
}

static bool secrets_entry(void *arg, const char *entry)
{
    struct secrets *s = arg;
    if (!strchr(entry, '=') || !denied(&s->agent->env_deny, entry))
        return true;
    if (s->pid) {
        s->more++;
        return false;
    }
    snprintf(s->name, sizeof s->name, "%.*s", (int)strcspn(entry, "="), entry);
    s->pid = s->now->pid;
    snprintf(s->comm, sizeof s->comm, "%s", s->now->comm);
    return false;
}

/* Root reads everybody's; another user its own processes', as far as these let themselves be looked at: of those that
 * do not, /proc/PID belongs to root. */
static bool secrets_process(void *arg, const struct proc_stat *st)
{
    struct secrets *s = arg;
    struct stat owner;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld", (long)st->pid);
    bool beside = st->ppid == getppid() && strcmp(st->comm, "ccsup") == 0; /* another check, of the same environment */
    if (st->pid == getpid() || beside || stat(path, &owner) != 0 || (s->uid != 0 && owner.st_uid != s->uid))
        return true;
    s->now = st;
    proc_each_env(st->pid, secrets_entry, s);
    return true;
}

/* What the agent itself would be given. */
static const char *secrets_given(const struct config_agent *a)
{
    const struct environment_rules rules = {.env = &a->env, .pass = &a->env_pass, .deny = &a->env_deny};
    struct words own = {0}, env = {0};
    static char name[128];
    environment_build(environ, &rules, &own, &env);
    const char *found = NULL;
    for (size_t i = 0; i < env.n && !found; i++)
        if (denied(&a->env_deny, env.at[i])) {
            snprintf(name, sizeof name, "%.*s", (int)strcspn(env.at[i], "="), env.at[i]);
            found = name;
        }
    words_clear(&env);
    return found;
}

enum preflight_end preflight_secrets(struct preflight *p)
{
    bool any = false, pidns = preflight_has_pidns();
    for (int r = 0; r < ROLES; r++) {
        const struct config_agent *a = &p->cli->config.agents[r];
        const struct passwd *user = *a->user ? getpwnam(a->user) : NULL;
        struct secrets s = {.p = p, .agent = a, .uid = user ? user->pw_uid : geteuid()};
        if (!a->env_deny.n)
            continue;
        any = true;
        const char *given = secrets_given(a);
        if (given)
            return preflight_fail(p, "report it", "[agent %s] would get %s", a->name, given);
        /* In a namespace of its own it sees no process of others. */
        bool alone = pidns && strcmp(a->leftovers, "keep") != 0 &&
                     (strcmp(a->fence, "auto") == 0 || strcmp(a->fence, "pidns") == 0);
        if (!alone)
            proc_each(secrets_process, &s);
        if (!s.pid)
            continue;
        char *fix =
            file_fmt("end that process, or start it without the variable: unset %s there; keep it in a file that "
                     "the agents can't read",
                     s.name);
        char more[40] = "";
        if (s.more)
            snprintf(more, sizeof more, ", and of %d more", s.more);
        preflight_fail(p, fix,
                       "%s, which [agent %s] must not have, is in the environment of pid %ld (%s)%s, which it can read",
                       s.name, a->name, (long)s.pid, s.comm, more);
        free(fix);
        return PREFLIGHT_FAIL;
    }
    return any ? preflight_ok(p, "what env_deny names is in no environment that the agents can read")
               : preflight_skip(p, "no env_deny in launch.conf");
}
