/* What the machine offers: programs, fences, room on the disk, and who else is there. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/check.h"
#include "supervisor/cli/instance.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/proc.h"
#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MIB = 1 << 20, DISK_FAIL_MIB = 256, DISK_WARN_MIB = 2048, INODES_LEAST = 2000 };

/* Can it be run? A path with a slash that does not begin with one is looked for in the clone, which may not be there
 * yet. */
static bool program_there(const char *name)
{
    if (strchr(name, '/'))
        return *name != '/' || access(name, X_OK) == 0;
    return check_on_path(name);
}

enum preflight_end preflight_programs(struct preflight *p)
{
    static const char *const ours[] = {"ccsup-keep", "ccsup-git", "ccsup-http"};
    const struct config *c = &p->cli->config;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        char *path = paths_program(&p->cli->paths, ours[i]);
        bool there = access(path, X_OK) == 0;
        free(path);
        if (!there)
            return preflight_fail(p, "install ccsup again", "%s is neither in %s nor in %s/../libexec/ccsup", ours[i],
                                  p->cli->paths.exe, p->cli->paths.exe);
    }
    if (!check_on_path("git"))
        return preflight_fail(p, "install git, or set PATH", "no program git on PATH");
    for (int r = 0; r < ROLES; r++) {
        const struct config_agent *a = &c->agents[r];
        const char *name = *a->claude.program ? a->claude.program : a->command.at[0];
        if (!program_there(name))
            return preflight_fail(p, "install it, set PATH, or name another in launch.conf",
                                  "the program of [agent %s], %s, can't be run", a->name, name);
    }
    return preflight_ok(p, "git, ours and the agents' programs can be run");
}

bool preflight_has_pidns(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWPID) == 0;
}

enum preflight_end preflight_fence(struct preflight *p)
{
    struct buf errors, said;
    buf_init(&errors, 1 << 16);
    buf_init(&said, 0);
    check_rights(p->cli, &errors);
    size_t first = strcspn(buf_str(&errors), "\n");
    enum preflight_end end = PREFLIGHT_OK;
    bool pidns = preflight_has_pidns();
    if (errors.len)
        end = preflight_fail(p, "start ccsup as root, or change that line", "%.*s", (int)first, buf_str(&errors));
    for (int r = 0; r < ROLES && end == PREFLIGHT_OK; r++) {
        const struct config_agent *a = &p->cli->config.agents[r];
        bool wants = strcmp(a->fence, "pidns") == 0, any = strcmp(a->fence, "auto") == 0;
        bool gets = pidns && (wants || (any && strcmp(a->leftovers, "keep") != 0));
        if (wants && !pidns)
            end = preflight_fail(p, "write fence = auto, or run it where PID namespaces may be made",
                                 "fence = pidns of [agent %s]: no PID namespace can be made here: %s", a->name,
                                 strerror(errno));
        else if (strcmp(a->fence, "cgroup") == 0 && access("/sys/fs/cgroup/cgroup.controllers", R_OK) != 0)
            end = preflight_fail(p, "write fence = auto",
                                 "fence = cgroup of [agent %s]: there are no control groups v2 here", a->name);
        buf_addf(&said, "%s%s: %s", r ? ", " : "", a->name, gets ? "pidns" : any ? "cgroup or subreaper" : a->fence);
    }
    if (end == PREFLIGHT_OK)
        preflight_ok(p, "%s", buf_str(&said));
    buf_clear(&errors);
    buf_clear(&said);
    return end;
}

enum preflight_end preflight_proc(struct preflight *p)
{
    struct proc_stat st;
    char self[32] = "";
    ssize_t n = readlink("/proc/self", self, sizeof self - 1);
    static const char fix[] = "mount -t proc proc /proc; without it nothing that is left behind can be found";
    if (n <= 0 || !proc_read(getpid(), &st))
        return preflight_fail(p, fix, "/proc is not mounted, or can't be read");
    if (strtol(self, NULL, 10) != getpid())
        return preflight_fail(p, fix, "/proc is that of another PID namespace");
    return preflight_ok(p, "/proc is there");
}

/* The nearest folder upwards that is there; the caller frees. */
static char *existing(const char *path)
{
    char *at = mem_strdup(path);
    while (!file_exists(at) && strrchr(at, '/') && strrchr(at, '/') != at)
        *strrchr(at, '/') = '\0';
    if (!file_exists(at))
        mem_set(&at, "/");
    return at;
}

enum preflight_end preflight_state(struct preflight *p)
{
    const char *const places[] = {p->cli->paths.state, p->cli->paths.data, p->cli->paths.sockets};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct stat st;
        char *at = existing(places[i]);
        bool own = strcmp(at, places[i]) == 0;
        int error = stat(at, &st) != 0             ? errno
                    : !S_ISDIR(st.st_mode)         ? ENOTDIR
                    : access(at, W_OK | X_OK) != 0 ? errno
                                                   : 0;
        enum preflight_end end = PREFLIGHT_OK;
        if (error)
            end = preflight_fail(p, "give the folder to the user that runs ccsup, on a disk that can be written",
                                 "%s can't be written: %s", at, strerror(error));
        else if (own && st.st_uid != geteuid())
            end = preflight_fail(p, "run ccsup as its owner, or remove it", "%s belongs to another user", at);
        free(at);
        if (end != PREFLIGHT_OK)
            return end;
    }
    return preflight_ok(p, "%s and the agents' folders can be written", p->cli->paths.state);
}

enum preflight_end preflight_disk(struct preflight *p)
{
    const char *const places[] = {p->cli->paths.state, p->cli->paths.data, "/tmp"};
    long long least = -1;
    static const char fix[] = "make room: a run of days needs some GiB for clones, logs and builds";
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct statvfs v;
        char *at = existing(places[i]);
        bool known = statvfs(at, &v) == 0;
        long long mib = known ? (long long)((unsigned long long)v.f_bavail * v.f_frsize / MIB) : -1;
        enum preflight_end end = PREFLIGHT_OK;
        if (known && mib < DISK_FAIL_MIB)
            end = preflight_fail(p, fix, "%lld MiB are free at %s", mib, at);
        else if (known && v.f_files && v.f_favail < INODES_LEAST)
            end = preflight_fail(p, "remove files there", "room for %llu files is left at %s",
                                 (unsigned long long)v.f_favail, at);
        least = known && (least < 0 || mib < least) ? mib : least;
        free(at);
        if (end != PREFLIGHT_OK)
            return end;
    }
    if (least >= 0 && least < DISK_WARN_MIB)
        return preflight_warn(p, fix, "%lld MiB are free", least);
    return preflight_ok(p, "%lld GiB are free", least / 1024);
}

/* Looks for a watchdog of another folder that works on the same branch. */
struct rivals {
    struct preflight *p;
    pid_t pid;
    char dir[256];
};

static const char *rival_env(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

static bool rival_same(const struct rivals *r, const char *dir)
{
    struct buf text, errors;
    struct config c;
    char *file = file_join(dir, "launch.conf");
    buf_init(&text, 0);
    buf_init(&errors, 1 << 16);
    bool same = false;
    if (file_read(file, 1 << 20, &text, NULL) &&
        config_parse(&c, buf_str(&text), text.len, "launch.conf", rival_env, NULL, &errors)) {
        same = strcmp(c.url, r->p->cli->config.url) == 0 && strcmp(c.branch, r->p->cli->config.branch) == 0;
        config_clear(&c);
    }
    buf_clear(&text);
    buf_clear(&errors);
    free(file);
    return same;
}

static bool rival_look(void *arg, const struct proc_stat *st)
{
    struct rivals *r = arg;
    char path[64], line[4096];
    if (strcmp(st->comm, "ccsup") != 0 || st->state == 'Z')
        return true;
    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)st->pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f)
        fclose(f);
    line[n] = '\0';
    const char *dir = NULL;
    bool run = false;
    for (const char *s = line; s < line + n; s += strlen(s) + 1) {
        run = run || strcmp(s, "run") == 0;
        if (strcmp(s, "-C") == 0 && s + 3 < line + n)
            dir = s + 3;
    }
    if (!run || !dir || *dir != '/' || strcmp(dir, r->p->cli->paths.root) == 0 || !rival_same(r, dir))
        return true;
    r->pid = st->pid;
    snprintf(r->dir, sizeof r->dir, "%s", dir);
    return false;
}

enum preflight_end preflight_instance(struct preflight *p)
{
    struct err e = {""};
    struct rivals r = {.p = p};
    pid_t holder = instance_holder(&p->cli->paths, "watchdog", &e);
    proc_each(rival_look, &r);
    if (r.pid)
        return preflight_fail(p, "stop that one, or give this one a branch or repository of its own",
                              "the ccsup of %s (pid %ld) runs on the same branch of the same repository", r.dir,
                              (long)r.pid);
    if (holder < 0)
        return preflight_fail(p, "see who has the state folder open", "%s", e.text);
    if (holder)
        return preflight_ok(p, "the watchdog runs (pid %ld)", (long)holder);
    return preflight_ok(p, "no other ccsup runs on this branch");
}

enum preflight_end preflight_linger(struct preflight *p)
{
    const struct passwd *user = getpwuid(geteuid());
    if (geteuid() == 0)
        return preflight_skip(p, "root's processes are not ended at a logout");
    if (!file_exists("/run/systemd/system") || !user)
        return preflight_skip(p, "there is no systemd here");
    char *path = file_fmt("/var/lib/systemd/linger/%s", user->pw_name);
    bool lingers = file_exists(path);
    free(path);
    if (lingers)
        return preflight_ok(p, "the processes of %s may outlive its logout", user->pw_name);
    return preflight_warn(p, "loginctl enable-linger", "systemd may end what %s started when it logs out",
                          user->pw_name);
}
