/* The control socket: one JSON object a line each way. docs/interfaces.md, "Control socket". */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/proc.h"
#include "watchdog/budgets.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTROL_LINE_MAX = 65536, CONTROL_UNREAD_MAX = 65536, CONTROL_AGENTS_MAX = 4, CONTROL_REFUSED_MS = 60000 };

struct control_answer {
    uv_write_t write;
    char *text;
};

static void control_answered(uv_write_t *w, int status)
{
    struct control_answer *a = (struct control_answer *)w;
    (void)status;
    free(a->text);
    free(a);
}

static void control_say(struct control_peer *p, bool ok, const char *text)
{
    cJSON *o = cJSON_CreateObject();
    struct control_answer *a = mem_zalloc(sizeof *a);
    struct buf b;
    buf_init(&b, 0);
    json_add_bool(o, "ok", ok);
    json_add_str(o, "text", text);
    json_add_int(o, "exit", ok ? 0 : 1);
    char *json = json_print(o);
    buf_addf(&b, "%s\n", json);
    a->text = buf_take(&b);
    uv_buf_t buf = uv_buf_init(a->text, (unsigned)strlen(a->text));
    if (uv_write(&a->write, (uv_stream_t *)&p->pipe, &buf, 1, control_answered) != 0)
        control_answered(&a->write, 0);
    free(json);
    cJSON_Delete(o);
}

/* What the wish will do, said before it is done: the state that decides is the one of now. */
static const char *control_promise(const struct run *run, enum wish wish, int role)
{
    const struct agent *a = &run->core.roles[role < 0 ? 0 : role].agent;
    switch (wish) {
    case WISH_STOP: return "stopping";
    case WISH_POLL: return "polling";
    case WISH_ACCEPT_HISTORY: return "the rewritten history is accepted; polling";
    case WISH_TELL: return "will be told at its next start";
    case WISH_RESTART:
        if (!run->core.roles[role < 0 ? 0 : role].clone_ready)
            return "starts as soon as its clone is there; `ccsup status` says what is in the way";
        return a->state == AGENT_RUNNING ? "stopping its iteration, then starting the next" : "starting";
    case WISH_PAUSE: return a->state == AGENT_RUNNING ? "paused after this iteration" : "paused";
    case WISH_RESUME: return "resumed";
    case WISH_PHASE: return "begins anew";
    }
    return "";
}

/* In the log once a while: an agent must not fill it. */
static void control_refused(struct run *run, enum role role, enum wish wish)
{
    struct control_refused *r = &run->refused[role];
    int64_t now = clock_boot();
    if (r->at && now - r->at < CONTROL_REFUSED_MS) {
        r->more++;
        return;
    }
    run_log(run, "refused: the %s's agent asked to %s", role_name(role), wish_name(wish));
    if (r->more)
        run_log(run, "refused: so were %lu further wishes of the %s's agent before", r->more, role_name(role));
    r->at = now;
    r->more = 0;
}

static void control_line(void *arg, const char *line, size_t n, bool cut)
{
    struct control_peer *p = arg;
    struct run *run = p->run;
    cJSON *o = cut ? NULL : json_parse(line, n);
    struct watchdog_event ev = {.kind = EVENT_WISH};
    int wish = wish_parse(json_str(o, "verb", "")), role = -1;
    const char *agent = json_str(o, "agent", NULL), *text = json_str(o, "text", "");
    struct buf said;
    buf_init(&said, 2000);
    if (!o) {
        control_say(p, false, "a request is one JSON object on one line");
    } else if (wish < 0 || wish == WISH_PHASE) {
        control_say(p, false, "no such verb");
    } else if (p->role >= 0 && wish != WISH_POLL) { /* "I have pushed" is a hint that anybody may give */
        control_refused(run, (enum role)p->role, (enum wish)wish);
        control_say(p, false,
                    "that is the operator's to ask; an agent may use status, logs, verify, wait, claim, review, "
                    "veto, mark-done and inbox");
    } else if (run->core.stopping && wish != WISH_STOP) {
        control_say(p, false, "everything is being taken down");
    } else if (agent && (role = config_agent_find(run->config, agent)) < 0) {
        control_say(p, false, "no such agent; the roles are builder and adversary");
    } else if (role < 0 && (wish == WISH_RESTART || wish == WISH_PAUSE || wish == WISH_RESUME || wish == WISH_TELL)) {
        control_say(p, false, "name the agent: builder or adversary");
    } else if ((wish == WISH_RESTART || wish == WISH_RESUME) &&
               budgets_say(&run->core, (enum role)role, clock_now(), &said)) {
        control_say(p, false, buf_str(&said)); /* nothing would follow from it */
    } else if (wish == WISH_TELL && !*text) {
        control_say(p, false, "nothing to tell");
    } else if (wish == WISH_TELL && !watchdog_tell_fits(&run->core, (enum role)role, text)) {
        control_say(p, false, "that is too much to tell at once: 64 KiB wait for its next start already, or would");
    } else {
        ev.wish = (enum wish)wish;
        ev.role = role < 0 ? ROLE_BUILDER : (enum role)role;
        ev.text = text;
        ev.now = json_bool(o, "now", false);
        buf_addf(&said, "%s%s%s", role < 0 ? "" : role_name((enum role)role), role < 0 ? "" : ": ",
                 control_promise(run, ev.wish, role));
        /* What is promised is on the disk: the step comes before the answer. */
        run_enqueue(run, &ev);
        run_pump(run);
        if (run->journal_failed)
            buf_adds(&said, "; the disk does not take it yet, so it is lost if the watchdog ends now");
        control_say(p, true, buf_str(&said));
    }
    buf_clear(&said);
    cJSON_Delete(o);
}

static void control_peer_closed(uv_handle_t *h)
{
    struct control_peer *p = h->data;
    lines_clear(&p->lines);
    free(p);
}

static void control_drop(struct control_peer *p)
{
    struct control_peer **at = &p->run->peers;
    while (*at && *at != p)
        at = &(*at)->next;
    if (!*at)
        return; /* already on its way out */
    *at = p->next;
    p->run->peer_count--;
    uv_close((uv_handle_t *)&p->pipe, control_peer_closed);
}

static void control_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    (void)h;
    (void)suggested;
    *buf = uv_buf_init(mem_zalloc(4096), 4096);
}

static void control_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct control_peer *p = s->data;
    if (n > 0)
        lines_feed(&p->lines, buf->base, (size_t)n);
    /* Who asks and never listens is not heard any more. */
    if (n < 0 || uv_stream_get_write_queue_size(s) > CONTROL_UNREAD_MAX)
        control_drop(p);
    free(buf->base);
}

/* Who asks, told by the kernel: only our own user and root are heard, and a process below a keeper is that role,
 * whatever
 * it says of itself. The pidfd is opened before the walk and looked at after it: if the asker is still alive then,
 * its pid
 * was its own all the time. */
static bool control_who(struct control_peer *p)
{
    uv_os_fd_t fd;
    struct ucred who;
    socklen_t n = sizeof who;
    p->role = -1;
    if (uv_fileno((uv_handle_t *)&p->pipe, &fd) != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0 ||
        (who.uid != geteuid() && who.uid != 0))
        return false;
    int pidfd = pidfd_open(who.pid, 0);
    if (pidfd < 0)
        return false; /* gone already: nobody is left to hear the answer */
    for (int role = 0; role < ROLES; role++)
        if (p->run->keepers[role].pid > 0 && proc_below(who.pid, p->run->keepers[role].pid))
            p->role = role;
    struct pollfd gone = {.fd = pidfd, .events = POLLIN};
    bool alive = poll(&gone, 1, 0) == 0;
    close(pidfd);
    return alive;
}

/* Connections that agents hold. */
static int control_agents(const struct run *run)
{
    int n = 0;
    for (const struct control_peer *p = run->peers; p; p = p->next)
        n += p->role >= 0;
    return n;
}

static void control_accept(uv_stream_t *server, int status)
{
    struct run *run = server->data;
    if (status < 0)
        return;
    struct control_peer *p = mem_zalloc(sizeof *p);
    p->run = run;
    uv_pipe_init(&run->loop, &p->pipe, 0);
    p->pipe.data = p;
    lines_init(&p->lines, CONTROL_LINE_MAX, control_line, p);
    p->next = run->peers;
    run->peers = p;
    run->peer_count++;
    if (uv_accept(server, (uv_stream_t *)&p->pipe) != 0 || run->peer_count > CONTROL_MAX || !control_who(p) ||
        (p->role >= 0 && control_agents(run) > CONTROL_AGENTS_MAX)) /* the rest of the places is the operator's */
        control_drop(p);
    else
        uv_read_start((uv_stream_t *)&p->pipe, control_buffer, control_read);
}

bool control_open(struct run *run, struct err *e)
{
    char *path = paths_socket(run->paths, "control");
    uv_pipe_init(&run->loop, &run->control, 0);
    run->control.data = run;
    run->control_open = true;
    unlink(path); /* we hold the watchdog's lock: what is there is a dead one's */
    mode_t mask = umask(0177);
    int rc = uv_pipe_bind(&run->control, path);
    umask(mask);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&run->control, 8, control_accept);
    if (rc != 0)
        err_set(e, "cannot listen on %s: %s%s", path, uv_strerror(rc),
                rc == UV_EADDRINUSE ? "; what is there is no socket of ours and can't be removed: move it away" : "");
    free(path);
    return rc == 0;
}

void control_close(struct run *run)
{
    while (run->peers)
        control_drop(run->peers);
    if (run->control_open)
        uv_close((uv_handle_t *)&run->control, NULL); /* libuv removes the socket's file */
    run->control_open = false;
}
