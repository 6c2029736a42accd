#include "supervisor/run/notify.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/secret.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the queue ------------------------------------------------------------------------------------------------ */

char *notify_path(const struct notifier *nf, const char *id, size_t receiver)
{
    return file_fmt("%s/%s.%s", nf->queue, id, nf->receivers[receiver].config->name);
}

void notify_remove(struct notifier *nf, size_t index)
{
    char *path = notify_path(nf, nf->notes[index].id, nf->notes[index].receiver);
    if (unlink(path) != 0 && errno != ENOENT)
        run_log(nf->run, "notify: cannot remove %s: %s; it will be sent again", path, strerror(errno));
    free(path);
    nf->notes[index] = nf->notes[--nf->count];
}

/* A full queue: the oldest of the least important goes. False: that would be the new one. */
static bool queue_room(struct notifier *nf, size_t receiver, int weight)
{
    size_t least = SIZE_MAX, have = 0;
    for (size_t i = 0; i < nf->count; i++) {
        const struct note *n = &nf->notes[i], *m = least == SIZE_MAX ? NULL : &nf->notes[least];
        if (n->receiver != receiver)
            continue;
        have++;
        if (!m || n->weight < m->weight || (n->weight == m->weight && n->at < m->at))
            least = i;
    }
    if (have < NOTIFY_QUEUE_MAX)
        return true;
    struct receiver *r = &nf->receivers[receiver];
    bool old = nf->notes[least].weight <= weight;
    r->dropped++;
    run_log(nf->run, "notify %s: %d messages wait; the %s was dropped", r->config->name, NOTIFY_QUEUE_MAX,
            old ? "oldest of the least important" : "new one");
    if (old)
        notify_remove(nf, least);
    return old;
}

static struct note *queue_find(struct notifier *nf, const char *id, size_t receiver)
{
    for (size_t i = 0; i < nf->count; i++)
        if (nf->notes[i].receiver == receiver && strcmp(nf->notes[i].id, id) == 0)
            return &nf->notes[i];
    return NULL;
}

static void queue_note(struct notifier *nf, const char *id, size_t receiver, int weight, int64_t at)
{
    nf->notes = mem_resize(nf->notes, nf->count + 1, sizeof *nf->notes);
    struct note *n = &nf->notes[nf->count++];
    *n = (struct note){.receiver = receiver, .weight = weight, .at = at};
    snprintf(n->id, sizeof n->id, "%s", id);
}

/* Writes a message for each receiver that wants it. False: the disk does not take it. */
static bool queue_add(struct notifier *nf, const cJSON *message, struct err *e)
{
    char *text = json_print(message);
    const char *event = json_str(message, "event", ""), *id = json_str(message, "id", "");
    const char *dash = strrchr(id, '-'), *file = dash ? dash + 1 : id;
    int kind = notify_kind_find(event), weight = kind < 0 ? 1 : notify_kind_weight((enum notify_kind)kind);
    bool ok = true;
    for (size_t r = 0; ok && r < nf->receiver_count; r++) {
        if (!notify_wants(nf->receivers[r].config, event) || queue_find(nf, file, r) || !queue_room(nf, r, weight))
            continue;
        char *path = notify_path(nf, file, r);
        ok = file_replace(path, text, strlen(text), 0600, true, e);
        if (ok)
            queue_note(nf, file, r, weight, json_int(message, "at_ms", 0));
        free(path);
    }
    free(text);
    return ok;
}

/* What an earlier watchdog left: each that is a message to one of the receivers. */
static void queue_load(struct notifier *nf)
{
    DIR *d = opendir(nf->queue);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        const char *name = entry->d_name;
        size_t r = 0;
        if (*name == '.')
            continue;
        bool mine = strlen(name) > 17 && name[16] == '.';
        while (mine && r < nf->receiver_count && strcmp(nf->receivers[r].config->name, name + 17) != 0)
            r++;
        char *path = file_join(nf->queue, name), id[17];
        struct buf b;
        buf_init(&b, 0);
        bool whole = mine && r < nf->receiver_count && file_read(path, NOTIFY_MESSAGE_MAX, &b, NULL);
        cJSON *message = whole ? json_parse(buf_str(&b), b.len) : NULL;
        if (message) {
            int kind = notify_kind_find(json_str(message, "event", ""));
            snprintf(id, sizeof id, "%.16s", name);
            queue_note(nf, id, r, kind < 0 ? 1 : notify_kind_weight((enum notify_kind)kind),
                       json_int(message, "at_ms", clock_now()));
        } else {
            run_log(nf->run, "notify: %s is a message to nobody in launch.conf, or none at all: dropped", name);
            unlink(path);
        }
        cJSON_Delete(message);
        buf_clear(&b);
        free(path);
    }
    if (d)
        closedir(d);
}

/* --- what is to be said --------------------------------------------------------------------------------------- */

/* What makes it a message of this project and machine. */
static void dress(const struct notifier *nf, cJSON *message)
{
    const struct paths *p = nf->run->paths;
    char host[65] = "", id[40];
    const char *slash = strrchr(p->root, '/');
    gethostname(host, sizeof host - 1);
    snprintf(id, sizeof id, "%s-%s", p->id, json_str(message, "id", ""));
    cJSON_ReplaceItemInObjectCaseSensitive(message, "id", cJSON_CreateString(id));
    json_add_str(message, "instance", p->id);
    json_add_str(message, "project", slash && slash[1] ? slash + 1 : p->root);
    json_add_str(message, "host", host);
}

bool notify_unwritten(const struct notifier *nf)
{
    return nf->unsaid || !nf->marked || cJSON_GetArraySize(nf->unwritten);
}

/* That we live: the next watchdog finds it if we are killed. */
static bool write_alive(struct notifier *nf, struct err *e)
{
    char *path = file_join(nf->dir, "alive"), text[64];
    int n = snprintf(text, sizeof text, "%lld %ld\n", (long long)nf->run->core.started_at, (long)getpid());
    nf->marked = file_replace(path, text, (size_t)n, 0600, false, e);
    free(path);
    return nf->marked;
}

/* First the messages, then that they were said: who is killed in between writes the same again. */
void notify_write(struct notifier *nf)
{
    struct err e = {""};
    const cJSON *one;
    if (!notify_unwritten(nf))
        return;
    bool ok = file_mkdirs(nf->queue, 0700, &e); /* the disk may have been full when it was to be made */
    while (ok && (one = cJSON_GetArrayItem(nf->unwritten, 0))) {
        ok = queue_add(nf, one, &e);
        if (ok)
            cJSON_DeleteItemFromArray(nf->unwritten, 0);
    }
    if (ok && nf->unsaid) {
        struct buf b;
        char *path = file_join(nf->dir, "said");
        buf_init(&b, 0);
        notify_format(&nf->said, &b);
        ok = file_replace(path, buf_str(&b), b.len, 0600, false, &e);
        nf->unsaid = !ok;
        buf_clear(&b);
        free(path);
    }
    ok = ok && (nf->marked || write_alive(nf, &e));
    if (ok == nf->failing) {
        nf->failing = !ok;
        if (ok)
            run_log(nf->run, "notify: written again, nothing is missing");
        else
            run_log(nf->run, "notify: cannot be written (%s); the messages wait in memory", e.text);
    }
}

static void post(struct notifier *nf, cJSON *messages)
{
    cJSON *one;
    while ((one = cJSON_DetachItemFromArray(messages, 0))) {
        dress(nf, one);
        cJSON_AddItemToArray(nf->unwritten, one);
    }
    notify_write(nf);
}

void notify_say(struct run *run, enum notify_kind kind, const char *fact, const char *text)
{
    struct notifier *nf = run->notifier;
    if (!nf || !nf->open)
        return;
    cJSON *messages = cJSON_CreateArray();
    nf->unsaid |= notify_tell(&nf->said, kind, fact, text, clock_now(), messages);
    post(nf, messages);
    cJSON_Delete(messages);
    deliver_pump(nf);
}

void notify_turn(struct run *run)
{
    struct notifier *nf = run->notifier;
    if (!nf || nf->looked == run->core.generation)
        return;
    cJSON *messages = cJSON_CreateArray();
    nf->looked = run->core.generation;
    nf->unsaid |= notify_look(&nf->said, &run->core, false, clock_now(), messages);
    post(nf, messages);
    cJSON_Delete(messages);
    deliver_pump(nf);
}

/* --- begin and end -------------------------------------------------------------------------------------------- */

void notify_secrets(struct run *run)
{
    const struct config *c = run->config;
    if (!c->notify_count)
        return;
    struct notifier *nf = run->notifier = mem_zalloc(sizeof *nf);
    nf->run = run;
    nf->receiver_count = c->notify_count;
    nf->receivers = mem_zalloc(c->notify_count * sizeof *nf->receivers);
    for (size_t i = 0; i < c->notify_count; i++) {
        struct err e = {""};
        nf->receivers[i].config = &c->notifies[i];
        if (*c->notifies[i].token_env && !(nf->receivers[i].token = secret_env(c->notifies[i].token_env, &e)))
            run_log(run, "notify %s: %s", c->notifies[i].name, e.text);
    }
    for (size_t i = 0; i < c->notify_count; i++)
        if (*c->notifies[i].token_env)
            secret_env_forget(c->notifies[i].token_env);
}

/* The last watchdog, if it died: "STARTED PID", what it left in `alive`. */
static void begin_restarted(struct notifier *nf, cJSON *messages)
{
    char *path = file_join(nf->dir, "alive"), at[21], fact[64], text[200];
    long long started, pid;
    struct buf b;
    buf_init(&b, 0);
    if (file_read(path, 100, &b, NULL) && sscanf(buf_str(&b), "%lld %lld", &started, &pid) == 2) {
        timestamp_format(started / 1000, at);
        snprintf(fact, sizeof fact, "restarted %lld %lld", started, pid);
        snprintf(text, sizeof text, "the watchdog that began at %s (pid %lld) was killed; this one (pid %ld) goes on",
                 at, pid, (long)getpid());
        nf->unsaid |= notify_tell(&nf->said, NOTIFY_RESTARTED, fact, text, clock_now(), messages);
    }
    buf_clear(&b);
    free(path);
}

static void on_timer(uv_timer_t *t)
{
    deliver_pump(t->data);
}

void notify_begin(struct run *run)
{
    struct notifier *nf = run->notifier;
    struct err e = {""};
    if (!nf)
        return;
    nf->dir = paths_state(run->paths, "notify");
    nf->queue = file_join(nf->dir, "queue");
    nf->unwritten = cJSON_CreateArray();
    uv_timer_init(&run->loop, &nf->timer);
    uv_timer_init(&run->loop, &nf->linger);
    nf->timer.data = nf->linger.data = nf;
    nf->open = true;
    bool first = !file_exists(nf->dir);
    char *path = file_join(nf->dir, "said");
    cJSON *messages = cJSON_CreateArray();
    struct buf b;
    buf_init(&b, 0);
    if (file_read(path, NOTIFY_FILE_MAX, &b, &e))
        notify_parse(&nf->said, buf_str(&b), b.len);
    else if (!first) /* rather twice than never */
        run_log(run, "notify: %s; what was said before may be said again", e.text);
    if (first) { /* nobody was told until now: what is so already is no news */
        notify_look(&nf->said, &run->core, true, clock_now(), messages);
        nf->unsaid = true;
    }
    queue_load(nf);
    begin_restarted(nf, messages);
    post(nf, messages);
    cJSON_Delete(messages);
    buf_clear(&b);
    free(path);
    if (nf->count)
        run_log(run, "notify: %zu undelivered message%s", nf->count, nf->count == 1 ? "" : "s");
    for (size_t i = 0; i < nf->receiver_count; i++)
        nf->receivers[i].call_at = clock_boot();
    uv_timer_start(&nf->timer, on_timer, 0, 0);
}

static void on_linger(uv_timer_t *t)
{
    struct notifier *nf = t->data;
    run_log(nf->run, "notify: %zu message%s could not be delivered; the next `ccsup start` goes on with it", nf->count,
            nf->count == 1 ? "" : "s");
    run_end(nf->run);
}

bool notify_lingers(struct run *run)
{
    struct notifier *nf = run->notifier;
    if (!nf || !nf->open || !run->core.finished || run->ending || (!nf->count && !notify_unwritten(nf)))
        return false;
    if (!nf->lingers) {
        nf->lingers = true;
        run_log(run, "done is done; staying for at most %d min to deliver %zu message%s", NOTIFY_LINGER_MS / 60000,
                nf->count, nf->count == 1 ? "" : "s");
        uv_timer_start(&nf->linger, on_linger, NOTIFY_LINGER_MS, 0);
        deliver_pump(nf);
        record_status(run);
    }
    return true;
}

void notify_end(struct run *run)
{
    struct notifier *nf = run->notifier;
    if (!nf || !nf->open)
        return;
    char *path = file_join(nf->dir, "alive");
    unlink(path);
    free(path);
    helper_term(&nf->helper); /* a command's helper ends what that started, and then itself */
    uv_timer_stop(&nf->timer);
    uv_timer_stop(&nf->linger);
}

bool notify_busy(const struct run *run)
{
    return run->notifier && run->notifier->helper.running;
}

void notify_free(struct run *run)
{
    struct notifier *nf = run->notifier;
    for (size_t i = 0; nf && i < nf->receiver_count; i++) {
        if (nf->receivers[i].token)
            explicit_bzero(nf->receivers[i].token, strlen(nf->receivers[i].token));
        free(nf->receivers[i].token);
    }
    if (!nf)
        return;
    notify_clear(&nf->said);
    cJSON_Delete(nf->unwritten);
    free(nf->receivers);
    free(nf->notes);
    free(nf->dir);
    free(nf->queue);
    free(nf);
    run->notifier = NULL;
}

/* --- the status ----------------------------------------------------------------------------------------------- */

void notify_status(const struct run *run, cJSON *doc)
{
    const struct notifier *nf = run->notifier;
    int64_t now = clock_now(), boot = clock_boot();
    if (!nf || !nf->open)
        return;
    cJSON *list = json_add_arr(doc, "notify");
    for (size_t r = 0; r < nf->receiver_count; r++) {
        const struct receiver *x = &nf->receivers[r];
        cJSON *one = cJSON_CreateObject();
        int64_t waiting = 0, oldest = 0;
        for (size_t i = 0; i < nf->count; i++)
            if (nf->notes[i].receiver == r) {
                waiting++;
                oldest = !oldest || nf->notes[i].at < oldest ? nf->notes[i].at : oldest;
            }
        json_add_str(one, "name", x->config->name);
        json_add_int(one, "undelivered", waiting);
        json_add_int(one, "oldest", oldest);
        json_add_int(one, "failures", x->failures);
        json_add_str(one, "problem", x->problem);
        json_add_int(one, "next_at", x->failures ? now + (x->next_at > boot ? x->next_at - boot : 0) : 0);
        json_add_int(one, "delivered", x->delivered);
        json_add_int(one, "dropped", x->dropped);
        cJSON_AddItemToArray(list, one);
    }
    json_add_bool(doc, "delivering", nf->lingers);
    if (nf->lingers) /* no poll comes any more */
        cJSON_ReplaceItemInObjectCaseSensitive(doc, "next_write_by",
                                               cJSON_CreateNumber((double)(now + 2 * NOTIFY_LINGER_MS)));
}
