#include "supervisor/cli/probe.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

enum wait_seen probe_reads(const struct wait_spec *s, enum wait_seen seen, const char *text, struct buf *said)
{
    if (seen == WAIT_SEEN_ERROR || seen == WAIT_SEEN_FAIL || seen == WAIT_SEEN_SUPERSEDED)
        return seen;
    const char *bad = wait_regex_find(&s->fail, text), *good = wait_regex_find(&s->ok, text);
    if (bad || (good && seen == WAIT_SEEN_YES))
        probe_says(said, text, bad ? bad : good);
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
    if (p->scratch)
        file_remove_tree(p->scratch);
    free(p->scratch);
    p->scratch = NULL;
}
