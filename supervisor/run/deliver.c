/* The one child that brings a message to a receiver: ccsup-http for an address, `ccsup notify --deliver` for a
 * command. At least once: a message goes out of the queue when it was taken, and not before. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/run/notify.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/secret.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A disk that takes nothing is tried again. */
enum { WRITE_AGAIN_MS = 1000 };

/* What waited for three days is not tried any more; once it is, whatever the clock says. */
static void expire(struct notifier *nf)
{
    int64_t now = clock_now();
    for (size_t i = nf->count; i-- > 0;) {
        struct receiver *r = &nf->receivers[nf->notes[i].receiver];
        if (!nf->notes[i].tries || now - nf->notes[i].at < NOTIFY_KEPT_MS || strcmp(nf->notes[i].id, nf->id) == 0)
            continue;
        r->dropped++;
        run_log(nf->run, "notify %s: message %s could not be delivered for three days: dropped", r->config->name,
                nf->notes[i].id);
        notify_remove(nf, i);
    }
}

/* The receiver's next message: the one that was tried the least, of those the oldest. One that it refuses does not keep
 * the others from it. */
static const struct note *next_note(const struct notifier *nf, size_t receiver)
{
    const struct note *best = NULL;
    for (size_t i = 0; i < nf->count; i++) {
        const struct note *n = &nf->notes[i];
        if (n->receiver == receiver &&
            (!best || n->tries < best->tries || (n->tries == best->tries && n->at < best->at)))
            best = n;
    }
    return best;
}

/* When that receiver is due, ms since boot; 0 = never. */
static int64_t due_at(const struct notifier *nf, size_t receiver)
{
    const struct receiver *r = &nf->receivers[receiver];
    if (r->config->deadman)
        return nf->lingers || nf->run->core.stopping ? 0 : r->call_at;
    return next_note(nf, receiver) ? (r->next_at ? r->next_at : 1) : 0;
}

static void took(struct receiver *r, const struct notifier *nf, const char *id)
{
    if (r->failures)
        run_log(nf->run, "notify %s: reachable again", r->config->name);
    r->failures = 0;
    r->problem[0] = '\0';
    r->delivered++;
    r->next_at = 0;
    if (*id)
        run_log(nf->run, "notify %s: message %s delivered", r->config->name, id);
}

static void refused(struct receiver *r, const struct notifier *nf, const struct notify_result *result)
{
    r->failures++;
    if (strcmp(r->problem, result->problem) != 0)
        run_log(nf->run, "notify %s: not delivered: %s", r->config->name, result->problem);
    snprintf(r->problem, sizeof r->problem, "%s", result->problem);
    r->next_at = clock_boot() + notify_delay(r->failures, result->retry_after);
}

static void finish(struct notifier *nf, const struct notify_result *result)
{
    struct receiver *r = &nf->receivers[nf->to];
    char id[17];
    snprintf(id, sizeof id, "%s", nf->id);
    nf->id[0] = '\0';
    for (size_t i = 0; *id && i < nf->count; i++) {
        if (nf->notes[i].receiver != nf->to || strcmp(nf->notes[i].id, id) != 0)
            continue;
        nf->notes[i].tries++;
        if (result->taken)
            notify_remove(nf, i);
        break;
    }
    if (result->taken)
        took(r, nf, id);
    else
        refused(r, nf, result);
    if (r->config->deadman)
        r->call_at = clock_boot() + r->config->deadman;
}

static void delivered(struct helper *h, const cJSON *answer, const char *problem)
{
    struct notifier *nf = h->run->notifier;
    struct notify_result result;
    if (h->run->ending) /* killed by us: nobody knows, so it is sent again */
        return;
    notify_answer(answer, problem, &result);
    finish(nf, &result);
    record_status_soon(h->run);
    deliver_pump(nf);
}

static void failed(struct notifier *nf, const char *why)
{
    struct notify_result result = {.taken = false};
    snprintf(result.problem, sizeof result.problem, "%.190s", why);
    finish(nf, &result);
    record_status_soon(nf->run);
}

static cJSON *command_request(const struct notifier *nf, const struct config_notify *c, const char *message)
{
    cJSON *o = cJSON_CreateObject(), *words = json_add_arr(o, "command");
    for (size_t i = 0; i < c->command.n; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(c->command.at[i]));
    json_add_str(o, "dir", nf->run->paths->root);
    json_add_str(o, "body", message);
    json_add_int(o, "timeout_ms", c->timeout);
    return o;
}

static void bring(struct notifier *nf, size_t receiver, const char *id, const char *message)
{
    static const char *const http[] = {"ccsup-http", NULL}, *const command[] = {"ccsup", "notify", "--deliver", NULL};
    const struct receiver *r = &nf->receivers[receiver];
    const struct config_notify *c = r->config;
    struct err e = {""};
    char *token = NULL;
    snprintf(nf->id, sizeof nf->id, "%s", id);
    nf->to = receiver;
    if (*c->token_file) {
        char *path = *c->token_file == '/' ? mem_strdup(c->token_file) : file_join(nf->run->paths->root, c->token_file);
        token = secret_file(path, &e);
        free(path);
    } else if (*c->token_env && !r->token) {
        err_set(&e, "the variable %s was not set when ccsup started", c->token_env);
    }
    if (*e.text)
        failed(nf, e.text);
    else if (*c->url)
        helper_start(&nf->helper, nf->run, http,
                     notify_request(c, nf->run->paths->root, token ? token : r->token, message), c->timeout, delivered);
    else
        helper_start(&nf->helper, nf->run, command, command_request(nf, c, message), c->timeout, delivered);
    if (token)
        explicit_bzero(token, strlen(token));
    free(token);
}

static void send_note(struct notifier *nf, size_t receiver)
{
    const struct note n = *next_note(nf, receiver);
    char *path = notify_path(nf, n.id, receiver);
    struct buf b;
    struct err e = {""};
    buf_init(&b, 0);
    if (file_read(path, NOTIFY_MESSAGE_MAX, &b, &e)) {
        bring(nf, receiver, n.id, buf_str(&b));
    } else {
        snprintf(nf->id, sizeof nf->id, "%s", n.id);
        nf->to = receiver;
        failed(nf, e.text);
    }
    buf_clear(&b);
    free(path);
}

/* All is well: that is said, and missed when it is not. */
static void send_call(struct notifier *nf, size_t receiver)
{
    const struct watchdog *w = &nf->run->core;
    char id[40], text[100];
    snprintf(id, sizeof id, "%s-alive", nf->run->paths->id);
    snprintf(text, sizeof text, "all is well: %zu of %zu criteria pass", w->judgement ? w->verdict.passing : 0,
             w->config->phases[w->phase].criteria.n);
    cJSON *message = notify_message("alive", id, text, clock_now());
    char *line = json_print(message);
    bring(nf, receiver, "", line);
    free(line);
    cJSON_Delete(message);
}

static void on_due(uv_timer_t *t)
{
    deliver_pump(t->data);
}

void deliver_pump(struct notifier *nf)
{
    if (nf->helper.running || nf->run->ending || !nf->open)
        return;
    notify_write(nf);
    expire(nf);
    if (nf->lingers && !nf->count && !notify_unwritten(nf)) {
        run_end(nf->run);
        return;
    }
    int64_t now = clock_boot(), soonest = 0;
    size_t first = 0;
    for (size_t i = 0; i < nf->receiver_count; i++) {
        int64_t at = due_at(nf, i);
        bool waits = at && nf->receivers[i].config->deadman && at <= now && !notify_well(&nf->run->core);
        if (!at || waits) /* a turn of the core that makes it well comes back here */
            continue;
        if (!soonest || at < soonest) {
            soonest = at;
            first = i;
        }
    }
    if (notify_unwritten(nf) && (!soonest || soonest > now + WRITE_AGAIN_MS)) {
        uv_timer_start(&nf->timer, on_due, WRITE_AGAIN_MS, 0);
    } else if (!soonest) {
        uv_timer_stop(&nf->timer);
    } else if (soonest <= now) {
        if (nf->receivers[first].config->deadman)
            send_call(nf, first);
        else
            send_note(nf, first);
        if (!nf->helper.running) /* it could not even begin */
            uv_timer_start(&nf->timer, on_due, 1000, 0);
    } else {
        uv_update_time(&nf->run->loop);
        uv_timer_start(&nf->timer, on_due, (uint64_t)(soonest - now), 0);
    }
}
