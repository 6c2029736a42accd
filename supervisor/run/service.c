/* What the service manager is told, by sd_notify(3)'s protocol: one datagram of NAME=VALUE lines to $NOTIFY_SOCKET. */
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include "supervisor/run/internal.h"
#include "watchdog/status.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A manager that does not read has so long for READY=1, without which it would call the start a failure. */
enum { SERVICE_READY_S = 5, SERVICE_SAID_MAX = 512 };

/* A whole decimal number, 0 when it is none. */
static uint64_t service_number(const char *text)
{
    char *end = NULL;
    errno = 0;
    uint64_t n = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    return end && !*end && errno == 0 ? n : 0;
}

/* A path, or "@NAME" of an abstract socket; what is neither, or too long, is none. */
static void service_connect(struct service *s, const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = name ? strlen(name) : 0;
    if (n < 2 || n >= sizeof to.sun_path || (*name != '/' && *name != '@'))
        return;
    memcpy(to.sun_path, name, n);
    if (*name == '@')
        to.sun_path[0] = '\0';
    const struct timeval limit = {.tv_sec = SERVICE_READY_S};
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd >= 0 && (setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
                       connect(s->fd, (struct sockaddr *)&to,
                               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (*name == '/'))) != 0)) {
        close(s->fd);
        s->fd = -1;
    }
}

void service_open(struct service *s, bool ours)
{
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    *s = (struct service){.fd = -1};
    if (ours)
        service_connect(s, getenv("NOTIFY_SOCKET"));
    const char *pid = getenv("WATCHDOG_PID");
    if (s->fd >= 0 && (!pid || service_number(pid) == (uint64_t)getpid()))
        s->feed_ms = service_number(getenv("WATCHDOG_USEC")) / 2 / 1000;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

/* False when it did not arrive: no manager, or one that does not read. Waits only where that is said. */
static bool service_say(const struct service *s, const char *text, bool wait)
{
    size_t n = strlen(text);
    return s->fd >= 0 && send(s->fd, text, n, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) == (ssize_t)n;
}

void service_ready(struct service *s, const char *status)
{
    struct buf b;
    buf_init(&b, SERVICE_SAID_MAX);
    buf_addf(&b, "READY=1\nSTATUS=%s", status);
    service_say(s, buf_str(&b), true);
    buf_clear(&b);
}

static void service_fed(uv_timer_t *h)
{
    service_say(h->data, "WATCHDOG=1", false);
}

void service_feed(struct service *s, uv_loop_t *loop)
{
    if (!s->feed_ms)
        return; /* nobody waits for it: no wake-up */
    uv_timer_init(loop, &s->feed);
    s->feed.data = s;
    uv_timer_start(&s->feed, service_fed, 0, s->feed_ms);
}

void service_status(struct service *s, const cJSON *doc, bool stopping)
{
    if (s->fd < 0)
        return;
    struct buf status, said;
    buf_init(&status, SERVICE_SAID_MAX);
    buf_init(&said, 2 * SERVICE_SAID_MAX);
    status_headline(doc, &status);
    bool ending = stopping && !s->stopping;
    buf_addf(&said, "%sSTATUS=%s", ending ? "STOPPING=1\n" : "", buf_str(&status));
    if ((ending || !s->told || strcmp(s->told, buf_str(&status)) != 0) && service_say(s, buf_str(&said), false)) {
        mem_set(&s->told, buf_str(&status));
        s->stopping = stopping;
    }
    buf_clear(&status);
    buf_clear(&said);
}

void service_close(struct service *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->told);
    *s = (struct service){.fd = -1};
}
