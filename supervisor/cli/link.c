#include "supervisor/cli/link.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/clock.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64 * 1024 };

int link_open(const struct paths *p, const char *name, struct err *e)
{
    char *path = paths_socket(p, name);
    struct sockaddr_un a;
    memset(&a, 0, sizeof a);
    a.sun_family = AF_UNIX;
    int fd = -1;
    if (strlen(path) >= sizeof a.sun_path) {
        err_set(e, "the socket's path is too long: %s", path);
    } else {
        memcpy(a.sun_path, path, strlen(path));
        /* Non-blocking also means: a full queue of a process that hangs is an error, not a wait. */
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a) != 0) {
            err_set(e, "cannot reach the socket %s: %s", path, strerror(errno));
            if (fd >= 0)
                close(fd);
            fd = -1;
        }
    }
    free(path);
    return fd;
}

/* Waits for an event until the deadline; false when it passed. */
static bool link_poll(int fd, short events, int64_t until)
{
    for (;;) {
        int64_t left = until - clock_boot();
        struct pollfd f = {.fd = fd, .events = events};
        int n = left > 0 ? poll(&f, 1, left > 60000 ? 60000 : (int)left) : 0;
        if (n > 0)
            return true;
        if (left <= 0 || (n < 0 && errno != EINTR))
            return false;
    }
}

bool link_send(int fd, const char *text, int64_t until)
{
    size_t n = strlen(text);
    while (n) {
        ssize_t w = send(fd, text, n, MSG_NOSIGNAL);
        if (w < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!link_poll(fd, POLLOUT, until))
                return false;
            continue;
        }
        if (w <= 0)
            return false;
        text += w;
        n -= (size_t)w;
    }
    return true;
}

enum link_end link_line(int fd, int64_t until, struct buf *out)
{
    while (out->len < LINE_MAX_BYTES) {
        if (!link_poll(fd, POLLIN, until))
            return LINK_LATE;
        char c;
        ssize_t n = recv(fd, &c, 1, 0); /* one answer a connection: a byte at a time is no cost */
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            return LINK_CLOSED;
        if (c == '\n')
            return LINK_LINE;
        buf_add(out, &c, 1);
    }
    return LINK_CLOSED;
}

/* The watchdog's line -> the answer. */
static bool link_read_answer(const struct buf *line, struct link_answer *a, struct err *e)
{
    cJSON *v = json_parse(buf_str(line), line->len);
    bool fine = cJSON_IsObject(v) && cJSON_IsBool(json_get(v, "ok"));
    if (fine) {
        a->ok = json_bool(v, "ok", false);
        int64_t code = json_int(v, "exit", a->ok ? 0 : 1);
        a->exit = code >= 0 && code <= 255 ? (int)code : 1;
        a->text = mem_strdup(json_str(v, "text", a->ok ? "done" : "refused"));
    } else {
        err_set(e, "the watchdog answered nonsense");
    }
    cJSON_Delete(v);
    return fine;
}

bool link_ask(const struct paths *p, const cJSON *request, int64_t ms, struct link_answer *a, struct err *e)
{
    memset(a, 0, sizeof *a);
    int fd = link_open(p, "control", e);
    if (fd < 0)
        return false;
    struct buf line;
    buf_init(&line, 0);
    char *json = json_print(request);
    int64_t until = clock_boot() + ms;
    enum link_end end = LINK_LATE;
    if (link_send(fd, json, until) && link_send(fd, "\n", until))
        end = link_line(fd, until, &line);
    bool ok = end == LINK_LINE && link_read_answer(&line, a, e);
    if (end == LINK_LATE)
        err_set(e, "the watchdog did not answer within %lld s", (long long)(ms / 1000));
    else if (end == LINK_CLOSED)
        err_set(e, "the watchdog closed the connection without an answer");
    free(json);
    buf_clear(&line);
    close(fd);
    return ok;
}
