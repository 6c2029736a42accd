#include "supervisor/cli/probe.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The line of the text in which `at` lies. */
static void probe_says(struct buf *said, const char *text, const char *at)
{
    const char *from = at;
    while (from > text && from[-1] != '\n')
        from--;
    buf_adds(said, "\n");
    buf_add(said, from, strcspn(from, "\n"));
}

/* In the child: where each of them matches. */
static void probe_find(const struct wait_regex *const re[2], const char *text, int out)
{
    regmatch_t m;
    long at[2] = {-1, -1};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 2; i++)
        if (re[i] && re[i]->set && regexec(&re[i]->re, text, 1, &m, 0) == 0)
            at[i] = m.rm_so;
    _exit(write(out, at, sizeof at) == (ssize_t)sizeof at ? 0 : 1);
}

bool probe_finds(const struct probe *p, const struct wait_regex *const re[2], const char *text, const char *found[2])
{
    int fds[2];
    long at[2] = {-1, -1};
    pid_t pid = pipe2(fds, O_CLOEXEC) == 0 ? fork() : -2;
    if (pid == 0)
        probe_find(re, text, fds[1]);
    bool ok = false;
    if (pid != -2) {
        struct pollfd f[] = {{fds[0], POLLIN, 0}, {p->stop, POLLIN, 0}};
        close(fds[1]);
        int64_t left = p->deadline - clock_boot();
        if (pid > 0 && poll(f, 2, left > 0 ? (int)left : 0) > 0 && !f[1].revents)
            ok = read(fds[0], at, sizeof at) == (ssize_t)sizeof at;
        close(fds[0]);
    }
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (int i = 0; i < 2; i++)
        found[i] = ok && at[i] >= 0 ? text + at[i] : NULL;
    return ok;
}

enum wait_seen probe_reads(const struct probe *p, enum wait_seen seen, const struct buf *text, bool cut,
                           struct buf *said)
{
    const struct wait_spec *s = p->spec;
    const char *found[2];
    if (seen == WAIT_SEEN_ERROR || seen == WAIT_SEEN_FAIL || seen == WAIT_SEEN_SUPERSEDED ||
        (!s->ok.set && !s->fail.set))
        return seen;
    for (size_t i = 0; i < text->len; i++)
        if (!text->data[i])
            text->data[i] = '\n';
    if (!probe_finds(p, (const struct wait_regex *const[]){&s->fail, &s->ok}, buf_str(text), found)) {
        buf_adds(said, "\nto look for --ok and --fail in its text took too long");
        return WAIT_SEEN_ERROR;
    }
    const char *bad = found[0], *good = found[1];
    if (!bad && cut && seen == WAIT_SEEN_YES && (s->fail.set || !good)) {
        buf_addf(said, "\nit says more than the %zu bytes that are looked at", text->len);
        return WAIT_SEEN_ERROR;
    }
    if (bad || (good && seen == WAIT_SEEN_YES))
        probe_says(said, buf_str(text), bad ? bad : good);
    return bad ? WAIT_SEEN_FAIL : seen == WAIT_SEEN_YES && s->ok.set && !good ? WAIT_SEEN_NO : seen;
}

bool probe_run(const struct probe *p, struct child *c, const struct words *argv, const struct words *env)
{
    struct words ours = {0};
    for (char **e = environ; !env && *e; e++)
        words_add(&ours, *e);
    mode_t mask = umask(0);
    umask(mask);
    bool ok = child_run(c, argv,
                        &(struct child_way){.env = env ? env : &ours,
                                            .deadline = p->deadline,
                                            .umask = mask,
                                            .own_group = true,
                                            .stop = p->stop,
                                            .mask = &p->mask});
    words_clear(&ours);
    return ok;
}

enum wait_seen probe_look(struct probe *p, struct buf *said)
{
    p->deadline = clock_boot() + p->spec->probe_timeout;
    switch (p->spec->kind) {
    case PROBE_CMD: return probe_cmd(p, said);
    case PROBE_HTTP: return probe_http(p, said);
    case PROBE_TCP: return probe_tcp(p, said);
    case PROBE_TLS: return probe_tls(p, said);
    case PROBE_FILE: return probe_file(p, said);
    case PROBE_GIT: return probe_git(p, said);
    case PROBE_VERDICT: return probe_verdict(p, said);
    }
    return WAIT_SEEN_ERROR;
}

void probe_clear(struct probe *p)
{
    probe_tcp_clear(p);
    if (p->scratch)
        file_remove_tree(p->scratch);
    free(p->scratch);
    p->scratch = NULL;
}
