/* tcp HOST:PORT: does somebody accept connections there? In this process: a start of a program for each poll would be
 * most of the cost of a wait. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/probe.h"
#include "supervisor/sys/clock.h"
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RESOLVE_STEP_MS = 100 };

/* A name that is looked up. The resolver's thread writes into it, also after the look that asked. */
struct lookup {
    struct gaicb g;
    char *host;
    struct lookup *next;
};

static void lookup_free(struct lookup *l)
{
    if (!gai_error(&l->g))
        freeaddrinfo(l->g.ar_result);
    free(l->host);
    free(l);
}

void probe_tcp_clear(struct probe *p)
{
    struct lookup **at = &p->late;
    while (*at) {
        struct lookup *l = *at;
        if (gai_error(&l->g) == EAI_INPROGRESS) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        lookup_free(l);
    }
}

static bool tcp_stops(const struct probe *p)
{
    struct pollfd f = {p->stop, POLLIN, 0};
    return poll(&f, 1, 0) > 0;
}

/* Looks the name up in a thread of the C library's, as a dead resolver answers late or never. 0 or an EAI_ code. */
static int tcp_resolve(const struct probe *p, struct gaicb *g)
{
    struct gaicb *list[] = {g};
    const struct timespec step = {0, RESOLVE_STEP_MS * 1000000L};
    int rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    if (rc)
        return rc;
    while ((rc = gai_error(g)) == EAI_INPROGRESS && clock_boot() < p->deadline && !tcp_stops(p))
        gai_suspend((const struct gaicb *const *)list, 1, &step);
    return rc;
}

/* 0, or the errno of it; ETIMEDOUT at the deadline. */
static int tcp_connect(const struct probe *p, const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc = 0;
    socklen_t n = sizeof rc;
    if (fd < 0)
        return errno;
    if (connect(fd, a->ai_addr, a->ai_addrlen) != 0)
        rc = errno;
    if (rc == EINPROGRESS) {
        struct pollfd f[] = {{fd, POLLOUT, 0}, {p->stop, POLLIN, 0}};
        int64_t left = p->deadline - clock_boot();
        int got = poll(f, 2, left > 0 ? (int)left : 0);
        if (got <= 0 || !f[0].revents)
            rc = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &rc, &n) != 0)
            rc = errno;
    }
    close(fd);
    return rc;
}

enum wait_seen probe_tcp(struct probe *p, struct buf *said)
{
    const char *text = p->spec->words[0], *colon = strrchr(text, ':');
    bool bracket = text[0] == '[';
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct lookup *l = mem_zalloc(sizeof *l);
    probe_tcp_clear(p);
    l->host = mem_strndup(text + bracket, (size_t)(colon - text) - 2 * bracket);
    l->g = (struct gaicb){.ar_name = l->host, .ar_service = colon + 1, .ar_request = &hints};
    int rc = tcp_resolve(p, &l->g), error = 0;
    enum wait_seen seen = WAIT_SEEN_ERROR;
    if (rc) {
        buf_addf(said, "no address for %s: %s", l->host,
                 rc == EAI_INPROGRESS ? "the resolver does not answer" : gai_strerror(rc));
        if (rc == EAI_INPROGRESS)
            gai_cancel(&l->g);
        l->next = p->late;
        p->late = l;
        return seen;
    }
    for (const struct addrinfo *a = l->g.ar_result; a && seen != WAIT_SEEN_YES; a = a->ai_next) {
        error = tcp_connect(p, a);
        seen = error == 0 ? WAIT_SEEN_YES : error == ECONNREFUSED ? WAIT_SEEN_NO : seen;
    }
    if (seen == WAIT_SEEN_YES)
        buf_adds(said, "connected");
    else
        buf_addf(said, "%s", strerror(error));
    lookup_free(l);
    return seen;
}
