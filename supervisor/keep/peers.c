#include "supervisor/keep/peers.h"
#include "supervisor/sys/clock.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool peers_listen(struct peers *p, const char *path, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct stat st;
    if (strlen(path) >= sizeof a.sun_path) {
        err_set(e, "the socket's path is longer than %zu bytes: %s", sizeof a.sun_path - 1, path);
        return false;
    }
    strcpy(a.sun_path, path);
    if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
        err_set(e, "%s is in the way of the keeper's socket; remove it", path);
        return false;
    }
    unlink(path);
    p->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    bool ok = p->listen >= 0 && bind(p->listen, (struct sockaddr *)&a, sizeof a) == 0;
    umask(before);
    if (ok)
        p->path = path;
    ok = ok && listen(p->listen, PEERS_MAX) == 0;
    if (!ok) {
        err_set(e, "cannot listen on %s: %s", path, strerror(errno));
        peers_close(p);
    }
    return ok;
}

static void peer_drop(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

void peer_refuse(struct peer *peer, const char *why)
{
    peer_send(peer, "refused %s", why);
    peer_drop(peer);
}

bool peers_accept(struct peers *p, struct peer *new)
{
    struct ucred who;
    socklen_t n = sizeof who;
    memset(new, 0, sizeof *new);
    new->fd = accept4(p->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (new->fd < 0)
        return false;
    new->at = clock_boot();
    if (getsockopt(new->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0 || (who.uid != geteuid() && who.uid != 0)) {
        peer_refuse(new, "you are another user");
        return false;
    }
    new->pid = who.pid;
    return true;
}

/* A place that is free or just became so; NULL when there is none. */
static struct peer *peers_place(struct peers *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].fd < 0)
            return &p->at[i];
    if (p->n == PEERS_MAX)
        return NULL;
    p->at[p->n].fd = -1;
    return &p->at[p->n++];
}

struct peer *peers_take(struct peers *p, const struct peer *new, bool preferred)
{
    struct peer *place = peers_place(p);
    /* Eight connections that say nothing must not keep the watchdog out. */
    bool full = !place;
    for (size_t i = 0; full && preferred && i < p->n; i++)
        if (!p->at[i].preferred && (!place || p->at[i].at < place->at))
            place = &p->at[i];
    if (!place) {
        struct peer late = *new;
        peer_refuse(&late, "too many connections");
        return NULL;
    }
    peer_drop(place);
    *place = *new;
    place->preferred = preferred;
    return place;
}

void peers_prefer(struct peers *p, struct peer *peer)
{
    for (size_t i = 0; i < p->n; i++)
        p->at[i].preferred = &p->at[i] == peer;
}

bool peers_preferred(const struct peers *p)
{
    bool any = false;
    for (size_t i = 0; i < p->n; i++)
        any = any || (p->at[i].fd >= 0 && p->at[i].preferred);
    return any;
}

void peer_read(struct peer *peer)
{
    if (peer->fd < 0)
        return;
    ssize_t n = recv(peer->fd, peer->in + peer->n, sizeof peer->in - peer->n, MSG_DONTWAIT);
    if (n > 0)
        peer->n += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        peer_drop(peer);
}

bool peer_line(struct peer *peer, char line[PEERS_LINE])
{
    char *end = memchr(peer->in, '\n', peer->n);
    if (!end) {
        if (peer->n == sizeof peer->in)
            peer_drop(peer); /* no command is that long */
        return false;
    }
    size_t len = (size_t)(end - peer->in);
    memcpy(line, peer->in, len);
    line[len] = '\0';
    peer->n -= len + 1;
    peer->at = clock_boot();
    memmove(peer->in, end + 1, peer->n);
    return true;
}

void peer_send(struct peer *peer, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line - 1, fmt, ap);
    va_end(ap);
    if (peer->fd < 0 || n < 0)
        return;
    size_t len = strlen(line);
    line[len++] = '\n';
    if (send(peer->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
        peer_drop(peer);
}

void peers_send(struct peers *p, const char *line)
{
    for (size_t i = 0; i < p->n; i++)
        peer_send(&p->at[i], "%s", line);
}

bool peers_forget(struct peers *p)
{
    size_t kept = 0, had = p->n;
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].fd >= 0)
            p->at[kept++] = p->at[i];
    p->n = kept;
    return kept < had;
}

void peers_close(struct peers *p)
{
    if (p->path)
        unlink(p->path);
    p->path = NULL;
    for (size_t i = 0; i < p->n; i++)
        peer_drop(&p->at[i]);
    p->n = 0;
    if (p->listen >= 0)
        close(p->listen);
    p->listen = -1;
}
