#include "supervisor/cli/wait_name.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/lock.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 65536, ATTACHED_MS = 250 };

/* What is waited for: all words but those that say how long. */
static void name_hash(struct wait_name *n, const struct cli *cli, const struct wait_spec *s)
{
    static const char *const parts[] = {"ok",     "fail",       "fail-exit",  "status",  "header", "ca", "days",
                                        "absent", "newer-than", "moved-from", "subject", "file",   "pin"};
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < cli->word_count; i++)
        buf_add(&b, cli->words[i], strlen(cli->words[i]) + 1);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *value = cli_given(cli, parts[i]);
        if (value)
            buf_addf(&b, "--%s=%s\n", parts[i], value);
    }
    for (size_t i = 0; i < s->headers->n; i++)
        buf_addf(&b, "%s\n", s->headers->at[i]);
    hash_hex(hash_fnv(buf_str(&b), b.len), n->spec);
    buf_clear(&b);
}

static cJSON *name_read(const struct wait_name *n)
{
    struct buf b;
    struct err e = {""};
    buf_init(&b, 0);
    cJSON *o = file_read(n->file, RECORD_MAX, &b, &e) ? json_parse(buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    return o;
}

static bool name_write(const struct wait_name *n, const char *ended, const char *line, bool told, struct err *e)
{
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "spec", n->spec);
    json_add_int(o, "began", n->began);
    json_add_int(o, "deadline", n->deadline);
    if (ended) {
        json_add_str(o, "ended", ended);
        json_add_str(o, "line", line);
        json_add_int(o, "ended_at", clock_now());
        json_add_bool(o, "told", told);
    }
    char *text = json_print(o);
    bool ok = file_replace(n->file, text, strlen(text), 0600, true, e);
    free(text);
    cJSON_Delete(o);
    return ok;
}

static bool name_same(const struct wait_name *n, const cJSON *o)
{
    return strcmp(json_str(o, "spec", ""), n->spec) == 0;
}

/* A wait of ours goes on with the deadline that it has. Also where that is damaged, or the clock was set back, it waits
 * no longer than it was told to now. */
static bool name_continues(struct wait_name *n, const cJSON *o)
{
    if (!name_same(n, o) || json_str(o, "ended", NULL))
        return false;
    int64_t began = json_int(o, "began", n->began), deadline = json_int(o, "deadline", n->deadline);
    n->began = began < n->began ? began : n->began;
    n->deadline = deadline < n->deadline ? deadline : n->deadline;
    return true;
}

static enum wait_end name_ended(const char *word)
{
    static const enum wait_end ends[] = {WAIT_MET, WAIT_FAILED, WAIT_ERROR, WAIT_SUPERSEDED};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(word, wait_end_word(ends[i])) == 0)
            return ends[i];
    return WAIT_TIMEOUT;
}

/* Another asks. True: it is over for us too. */
static bool name_attached(struct wait_name *n, int64_t *began, struct err *e)
{
    cJSON *o = name_read(n);
    bool over = false;
    if (o && !*began && !name_same(n, o) && !json_str(o, "ended", NULL)) {
        name_write(n, NULL, NULL, false, e); /* it is superseded: it lets go at its next look */
    } else if (o && name_same(n, o) && !*began) {
        *began = json_int(o, "began", 0);
    } else if (o && *began && !name_same(n, o)) {
        n->ended = WAIT_SUPERSEDED;
        over = true;
    }
    if (o && name_same(n, o) && *began == json_int(o, "began", 0) && json_str(o, "ended", NULL)) {
        n->ended = name_ended(json_str(o, "ended", ""));
        mem_set(&n->line, json_str(o, "line", ""));
        over = true;
    }
    cJSON_Delete(o);
    return over;
}

enum wait_take wait_name_take(struct wait_name *n, const struct cli *cli, const struct wait_spec *s, int stop,
                              struct err *e)
{
    /* An agent with a user of its own can't write the state folder; where it parks is its own. */
    const char *park = getenv("CCSUP_PARK");
    bool away = park && *park == '/' && access(cli->paths.state, W_OK) != 0;
    char *folder = away ? file_join(park, "waits") : paths_state(&cli->paths, "waits"),
         *lock = file_fmt("wait-%s", s->name);
    int64_t attached = 0; /* began of the wait that we wait for */
    bool said = false;
    memset(n, 0, sizeof *n);
    n->lock = -1;
    n->file = file_join(folder, s->name);
    n->lock_file = away ? file_fmt("%s/.%s", folder, s->name) : paths_lock(&cli->paths, lock);
    n->began = clock_now();
    n->deadline = n->began + s->timeout_ms;
    name_hash(n, cli, s);
    bool made = (away || paths_make(&cli->paths, e)) && file_mkdirs(folder, 0700, e);
    free(folder);
    free(lock);
    while (made) {
        pid_t holder = 0;
        struct pollfd f = {stop, POLLIN, 0};
        n->lock = lock_take(n->lock_file, &holder, e);
        if (n->lock >= 0) {
            cJSON *o = name_read(n);
            bool over = attached && name_attached(n, &attached, e); /* it ended between two looks */
            bool ok = over || name_continues(n, o) || name_write(n, NULL, NULL, false, e);
            cJSON_Delete(o);
            return over ? TAKE_OVER : ok ? TAKE_OURS : TAKE_BROKEN;
        }
        if (!holder)
            return TAKE_BROKEN;
        if (name_attached(n, &attached, e))
            return TAKE_OVER;
        if (attached && !said)
            cli_error(cli, "%s: another process looks; what it finds is said here, too", s->name);
        said = attached;
        if (poll(&f, 1, ATTACHED_MS) > 0)
            return TAKE_STOPPED;
    }
    return TAKE_BROKEN;
}

bool wait_name_stands(const struct wait_name *n)
{
    if (!n->file)
        return true;
    cJSON *o = name_read(n);
    bool stands = !o || name_same(n, o);
    cJSON_Delete(o);
    return stands;
}

void wait_name_end(struct wait_name *n, enum wait_end end, const char *line, bool told)
{
    struct err e = {""};
    if (n->file && n->lock >= 0 && wait_name_stands(n))
        name_write(n, wait_end_word(end), line, told, &e);
}

void wait_name_clear(struct wait_name *n)
{
    if (n->lock >= 0)
        close(n->lock);
    free(n->file);
    free(n->lock_file);
    free(n->line);
    memset(n, 0, sizeof *n);
    n->lock = -1;
}
