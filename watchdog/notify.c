#include "watchdog/notify.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mask.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/base/words.h"
#include "watchdog/notify_facts.h"
#include "watchdog/phase.h"
#include "watchdog/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what was said ------------------------------------------------------------------------------------------- */

void notify_clear(struct notify *n)
{
    free(n->list);
    memset(n, 0, sizeof *n);
}

static struct notify_said *add(struct notify *n, const struct notify_said *one)
{
    n->list = mem_resize(n->list, n->count + 1, sizeof *n->list);
    n->list[n->count] = *one;
    return &n->list[n->count++];
}

static struct notify_said *find(struct notify *n, const char *id)
{
    for (size_t i = n->count; i-- > 0;)
        if (strcmp(n->list[i].id, id) == 0)
            return &n->list[i];
    return NULL;
}

static const char states[] = "shc";

void notify_format(const struct notify *n, struct buf *out)
{
    for (size_t i = 0; i < n->count; i++)
        buf_addf(out, "%lld %s %s %c\n", (long long)n->list[i].at, notify_kind_word(n->list[i].kind), n->list[i].id,
                 states[n->list[i].state]);
}

/* One line as notify_format writes it: four words. */
static bool line_parse(struct notify_said *one, const char *line)
{
    struct words w = {0};
    struct err e;
    memset(one, 0, sizeof *one);
    bool good = words_split(&w, line, &e) && w.n == 4 && strlen(w.at[0]) < 16 && strlen(w.at[2]) == 16 &&
                strspn(w.at[0], "0123456789") == strlen(w.at[0]);
    int kind = good ? notify_kind_find(w.at[1]) : -1;
    const char *state = good && strlen(w.at[3]) == 1 ? strchr(states, w.at[3][0]) : NULL;
    good = kind >= 0 && state;
    if (good) {
        for (const char *c = w.at[0]; *c; c++)
            one->at = one->at * 10 + (*c - '0');
        snprintf(one->id, sizeof one->id, "%s", w.at[2]);
        one->kind = (enum notify_kind)kind;
        one->state = (enum notify_state)(state - states);
    }
    words_clear(&w);
    return good;
}

void notify_parse(struct notify *n, const char *text, size_t len)
{
    notify_clear(n);
    for (const char *end = text + len, *line = text; line < end;) {
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        struct notify_said one;
        if (!nl) /* torn */
            return;
        char *copy = mem_strndup(line, nl - line < 80 ? (size_t)(nl - line) : 80);
        if (line_parse(&one, copy))
            add(n, &one);
        free(copy);
        line = nl + 1;
    }
}

static bool recent(const struct notify_said *s, int64_t now)
{
    return s->state == NOTIFY_SENT && s->at <= now && s->at > now - NOTIFY_WINDOW_MS;
}

/* The oldest of those that do not hold any more are forgotten, as their facts can't come back; not those that count
 * for how many are sent. */
static void forget(struct notify *n, int64_t now)
{
    size_t kept = 0, surplus = n->count > NOTIFY_SAID_MAX ? n->count - NOTIFY_SAID_MAX : 0;
    for (size_t i = 0; i < n->count; i++) {
        if (surplus && !n->list[i].holds && !recent(&n->list[i], now))
            surplus--;
        else
            n->list[kept++] = n->list[i];
    }
    n->count = kept;
}

/* --- messages ------------------------------------------------------------------------------------------------- */

static void add_text(cJSON *o, const char *name, const char *text)
{
    char *masked = mask_dup(text, strlen(text));
    json_add_str(o, name, masked);
    free(masked);
}

cJSON *notify_message(const char *word, const char *id, const char *text, int64_t now)
{
    cJSON *o = cJSON_CreateObject();
    char at[21];
    timestamp_format(now / 1000, at);
    json_add_int(o, "schema", 1);
    json_add_str(o, "id", id);
    json_add_str(o, "event", word);
    json_add_str(o, "at", at);
    json_add_int(o, "at_ms", now);
    add_text(o, "text", text);
    return o;
}

struct look {
    struct notify *n;
    const struct watchdog *w;
    bool quiet, changed;
    int64_t now;
    cJSON *out;
};

/* Has that kind had all that it may within the window? */
static bool spent(const struct notify *n, enum notify_kind kind, int64_t now)
{
    int sent = 0;
    for (size_t i = 0; i < n->count; i++)
        sent += n->list[i].kind == kind && recent(&n->list[i], now);
    return sent >= notify_kind_burst(kind);
}

static void id_of(const char *fact, char id[17])
{
    hash_hex(hash_fnv(fact, strlen(fact)), id);
}

/* The message for a fact that is new, or NULL when it is not, or is one too many. */
static cJSON *take(struct look *l, enum notify_kind kind, const char *fact, const char *text)
{
    struct notify_said one = {.at = l->now, .kind = kind, .holds = true};
    id_of(fact, one.id);
    struct notify_said *known = find(l->n, one.id);
    if (known) {
        known->holds = true;
        return NULL;
    }
    one.state = !l->quiet && spent(l->n, kind, l->now) ? NOTIFY_HELD_BACK : NOTIFY_SENT;
    add(l->n, &one);
    l->changed = true;
    if (l->quiet || one.state == NOTIFY_HELD_BACK)
        return NULL;
    return notify_message(notify_kind_word(kind), one.id, text, l->now);
}

/* How many were held back, as soon as there is room to say it. */
static void tell_held_back(struct look *l, enum notify_kind kind)
{
    int more = 0;
    char fact[80], text[160], from[21];
    const struct notify_said *last = NULL;
    for (size_t i = 0; i < l->n->count; i++)
        if (l->n->list[i].kind == kind && l->n->list[i].state == NOTIFY_HELD_BACK) {
            if (!more)
                timestamp_format(l->n->list[i].at / 1000, from);
            last = &l->n->list[i];
            more++;
        }
    if (!more || spent(l->n, kind, l->now))
        return;
    snprintf(fact, sizeof fact, "more %s %s", notify_kind_word(kind), last->id);
    snprintf(text, sizeof text, "%d more of the kind \"%s\" since %s were not sent one by one", more,
             notify_kind_word(kind), from);
    for (size_t i = 0; i < l->n->count; i++)
        if (l->n->list[i].kind == kind && l->n->list[i].state == NOTIFY_HELD_BACK)
            l->n->list[i].state = NOTIFY_COUNTED;
    cJSON *message = take(l, kind, fact, text);
    if (message) {
        json_add_int(message, "more", more);
        cJSON_AddItemToArray(l->out, message);
    }
}

static void look_at(void *arg, const struct notify_fact *f)
{
    struct look *l = arg;
    cJSON *message = take(l, f->kind, buf_str(&f->fact), buf_str(&f->text));
    if (!message)
        return;
    const char *active = l->w->config->phases[l->w->phase].id, *phase = f->phase ? f->phase : active;
    json_add_str(message, "phase", *phase ? phase : "default");
    if (f->role >= 0) {
        json_add_str(message, "agent", role_name((enum role)f->role));
        json_add_int(message, "iteration", f->iteration);
    }
    json_add_bool(message, "finished", l->w->finished);
    cJSON_AddItemToArray(l->out, message);
}

bool notify_look(struct notify *n, const struct watchdog *w, bool quiet, int64_t now, cJSON *out)
{
    struct look l = {n, w, quiet, false, now, out};
    for (size_t i = 0; i < n->count; i++)
        n->list[i].holds = false;
    for (int kind = 0; kind < NOTIFY_KIND_COUNT; kind++)
        tell_held_back(&l, (enum notify_kind)kind);
    notify_facts(w, now, look_at, &l);
    forget(n, now);
    return l.changed;
}

bool notify_tell(struct notify *n, enum notify_kind kind, const char *fact, const char *text, int64_t now, cJSON *out)
{
    struct look l = {n, NULL, false, false, now, out};
    cJSON *message = take(&l, kind, fact, text);
    if (message)
        cJSON_AddItemToArray(out, message);
    return l.changed;
}

bool notify_well(const struct watchdog *w)
{
    bool well = w->began && !w->stopping && !w->finished && w->state != STATE_STUCK && w->state != STATE_TAMPERED &&
                !status_repo_needs(w);
    for (int role = 0; role < ROLES; role++)
        well = well && w->roles[role].agent.state != AGENT_HELD &&
               !(w->roles[role].clone_error && !w->roles[role].clone_ready);
    return well;
}

bool notify_wants(const struct config_notify *c, const char *event)
{
    return !c->deadman && (words_have(&c->events, "all") || words_have(&c->events, event));
}
