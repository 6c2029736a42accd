/* What the watchdog writes: ccsup.log (words), journal (the authority), events.jsonl (what the core saw),
 * status.json. */
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include "supervisor/sys/proc.h"
#include "watchdog/journal.h"
#include "watchdog/replay.h"
#include "watchdog/status.h"
#include "supervisor/base/timestamp.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 << 20, EVENTS_KEPT = 4, STATUS_EVERY_MS = 1000 };
/* A journal of more records is compacted when a watchdog starts; so many of the newest stay whatever they are (the
 * start
 * limit looks at 64 starts of each role at most). */
enum { JOURNAL_COMPACT = 4000, JOURNAL_NEWEST = 600 };
enum { JOURNAL_UNWRITTEN_MAX = 16 << 20, JOURNAL_END_MS = 10000, JOURNAL_STEP_MS = 200 };

static int record_append(const struct run *run, const char *name, struct err *e)
{
    char *path = paths_state(run->paths, name);
    int fd = file_open_ours(path, O_RDWR | O_APPEND, e);
    free(path);
    return fd;
}

bool record_open(struct run *run, struct err *e)
{
    run->log = record_append(run, "ccsup.log", e);
    run->journal = record_append(run, "journal", e);
    run->events = record_append(run, "events.jsonl", e);
    struct stat st;
    if (run->events >= 0 && fstat(run->events, &st) == 0)
        run->events_size = st.st_size;
    /* A last line that a full disk or a power cut left torn must not swallow the first of ours. */
    char last = '\n';
    if (run->events_size > 0 && pread(run->events, &last, 1, run->events_size - 1) == 1 && last != '\n')
        (void)!file_write_all(run->events, "\n", 1);
    proc_boot_id(run->boot_id);
    buf_init(&run->unwritten, JOURNAL_UNWRITTEN_MAX);
    return run->log >= 0 && run->journal >= 0 && run->events >= 0;
}

void record_close(struct run *run)
{
    buf_clear(&run->unwritten);
    int fds[] = {run->log, run->journal, run->events};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void run_log(struct run *run, const char *fmt, ...)
{
    struct buf text, line;
    char stamp[21];
    va_list ap;
    buf_init(&text, 4096);
    buf_init(&line, 16384);
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    timestamp_format(clock_now() / 1000, stamp);
    buf_addf(&line, "%s ", stamp);
    vis_add(&line, buf_str(&text), text.len);
    buf_adds(&line, "\n");
    /* A full disk must not stop the watchdog; the status says what the log can't. */
    if (run->log >= 0)
        file_write_all(run->log, line.data, line.len);
    if (!run->detached)
        file_write_all(STDERR_FILENO, line.data, line.len);
    buf_clear(&text);
    buf_clear(&line);
}

/* Writes the journal anew without what means nothing any more; on failure the old one stays as it is. */
static void record_compact(struct run *run, const char *path)
{
    cJSON *keep = journal_compact(&run->core, run->restored, JOURNAL_NEWEST, clock_now()), *record;
    struct buf text;
    struct err e = {0};
    int count = cJSON_GetArraySize(run->restored);
    buf_init(&text, 0);
    cJSON_ArrayForEach(record, keep)
    {
        char *json = json_print(record);
        journal_line(&text, json);
        free(json);
    }
    int fd = file_replace(path, buf_str(&text), text.len, 0600, true, &e) ? record_append(run, "journal", &e) : -1;
    if (fd >= 0) {
        close(run->journal);
        run->journal = fd;
        cJSON_Delete(run->restored);
        run->restored = keep;
        run_log(run, "journal: %d of %d records kept", cJSON_GetArraySize(keep), count);
    } else {
        cJSON_Delete(keep);
        run_log(run, "journal: could not be made smaller: %s", e.text);
    }
    buf_clear(&text);
}

bool record_restore(struct run *run, struct err *e)
{
    char *path = paths_state(run->paths, "journal");
    struct buf b;
    struct journal_reading r = {0};
    buf_init(&b, 0);
    bool ok = file_read(path, JOURNAL_MAX, &b, e);
    run->restored = cJSON_CreateArray();
    if (ok)
        r = journal_restore(&run->core, buf_str(&b), b.len, run->restored);
    if (r.good < b.len && ok && ftruncate(run->journal, (off_t)r.good) != 0)
        run_log(run, "journal: its torn last line can't be cut off: %s", strerror(errno));
    /* Without its phase the core knows nothing of what is remembered of it. */
    if (ok && !run->core.missing && cJSON_GetArraySize(run->restored) > JOURNAL_COMPACT)
        record_compact(run, path);
    if (r.bad)
        run_log(run, "journal: %zu torn or damaged record%s left out", r.bad, r.bad == 1 ? "" : "s");
    buf_clear(&b);
    free(path);
    return ok;
}

bool record_flush(struct run *run)
{
    struct buf *b = &run->unwritten;
    if (!b->len && !run->unsynced)
        return true;
    /* What a full disk took half of is gone on with exactly there, so that no record is ever torn by it. */
    while (b->len) {
        ssize_t n = write(run->journal, b->data, b->len);
        if (n > 0)
            buf_consume(b, (size_t)n);
        else if (n == 0 || errno != EINTR)
            break;
    }
    int why = errno;
    bool ok = !b->len;
    if (ok && run->unsynced) {
        ok = fdatasync(run->journal) == 0;
        why = errno;
    }
    run->unsynced = run->unsynced && !ok;
    if (ok == run->journal_failed) {
        run->journal_failed = !ok;
        if (ok)
            run_log(run, "journal: written again, nothing is missing");
        else
            run_log(run, "journal: can't be written (%s); its records wait in memory", strerror(why));
    }
    return ok;
}

void record_journal(struct run *run, const char *json, bool sync)
{
    journal_line(&run->unwritten, json);
    run->unsynced = run->unsynced || sync;
    record_flush(run);
}

void record_settle(struct run *run)
{
    for (int left = JOURNAL_END_MS; !record_flush(run) && left > 0; left -= JOURNAL_STEP_MS)
        usleep(JOURNAL_STEP_MS * 1000);
    if (run->journal_failed)
        run_log(run, "journal: its last records are lost; the next start judges the repository again");
}

/* events.jsonl -> .1 -> .2 ...; the oldest goes. */
static void record_rotate(struct run *run)
{
    for (int i = EVENTS_KEPT - 1; i > 0; i--) {
        char from[32], to[32];
        snprintf(from, sizeof from, i == 1 ? "events.jsonl" : "events.jsonl.%d", i - 1);
        snprintf(to, sizeof to, "events.jsonl.%d", i);
        char *a = paths_state(run->paths, from), *b = paths_state(run->paths, to);
        rename(a, b);
        free(a);
        free(b);
    }
    int fd = record_append(run, "events.jsonl", NULL);
    if (fd >= 0) {
        close(run->events);
        run->events = fd;
        run->events_size = 0;
    }
}

static void record_line(struct run *run, const cJSON *o)
{
    char *text = json_print(o);
    struct buf line;
    buf_init(&line, 0);
    /* What a full disk took half of must not swallow the next one. */
    buf_addf(&line, "%s%s\n", run->events_torn ? "\n" : "", text);
    run->events_torn = !file_write_all(run->events, line.data, line.len);
    run->events_size += (int64_t)line.len;
    if (run->events_size > EVENTS_MAX)
        record_rotate(run);
    buf_clear(&line);
    free(text);
}

/* launch.conf as it holds, without what may be a secret (of whoever is told, all of it): a recorded run is made to be
 * shown to others. The core looks at none of them. */
static void record_config(const struct run *run, struct buf *out)
{
    struct buf all;
    bool told = false; /* in a section that names places of others, and secrets */
    buf_init(&all, 0);
    config_print(run->config, &all);
    for (const char *line = buf_str(&all); *line;) {
        size_t n = strcspn(line, "\n");
        if (*line == '[')
            told = strncmp(line, "[notify ", 8) == 0 || strncmp(line, "[check ", 7) == 0;
        if (told)
            ;
        else if (strncmp(line, "url =", 5) == 0)
            buf_adds(out, "url = /left-out\n");
        else if (strncmp(line, "command = ", 10) == 0) /* each agent has one of the two */
            buf_adds(out, "command = left-out\n");
        else if (strncmp(line, "claude = ", 9) == 0)
            buf_adds(out, "claude = left-out\n");
        else if (strncmp(line, "args =", 6) == 0)
            buf_adds(out, "args =\n");
        else if (strncmp(line, "env =", 5) != 0)
            buf_addf(out, "%.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    buf_clear(&all);
}

void record_in_force(struct run *run)
{
    struct err e = {0};
    struct buf text, all;
    buf_init(&text, 0);
    buf_init(&all, 0);
    record_config(run, &text);
    config_print(run->config, &all);
    buf_addf(&text, "# all of it %016llx\n", (unsigned long long)hash_fnv(buf_str(&all), all.len));
    for (int role = 0; role < ROLES; role++)
        buf_addf(&text, "# prompt of the %s %016llx\n", role_name((enum role)role),
                 (unsigned long long)hash_fnv(run->prompts[role], strlen(run->prompts[role])));
    for (size_t i = 0; i < run->config->phase_count; i++)
        buf_addf(&text, "# plan %zu %016llx\n", i + 1,
                 (unsigned long long)hash_fnv(run->plans[i], strlen(run->plans[i])));
    char *path = paths_state(run->paths, "in-force.conf");
    if (!file_replace(path, buf_str(&text), text.len, 0600, false, &e)) {
        /* A full disk stops nobody; an old one would say what is not true. */
        run_log(run, "what is in force could not be written down: %s", e.text);
        unlink(path);
    }
    free(path);
    buf_clear(&text);
    buf_clear(&all);
}

void record_life(struct run *run, uint64_t seed)
{
    struct buf text;
    buf_init(&text, 0);
    record_config(run, &text);
    cJSON *o = replay_life(run->core.started_at, seed, buf_str(&text), run->restored);
    json_add_int(o, "pid", getpid());
    record_line(run, o);
    cJSON_Delete(o);
    buf_clear(&text);
}

void record_event(struct run *run, cJSON *line, const struct effects *did)
{
    replay_add_effects(line, did);
    record_line(run, line);
    cJSON_Delete(line);
}

void record_status(struct run *run)
{
    record_flush(run);
    cJSON *doc = status_render(&run->core, clock_now());
    json_add_int(doc, "pid", getpid());
    json_add_str(doc, "boot_id", run->boot_id);
    json_add_str(doc, "version", CCSUP_VERSION);
    json_add_str(doc, "config", run->paths->config);
    cJSON_DeleteItemFromObjectCaseSensitive(doc, "generation");
    json_add_int(doc, "generation", (int64_t)++run->generation);
    notify_status(run, doc);
    recheck_status(run, doc);
    cJSON *agents = cJSON_GetObjectItemCaseSensitive(doc, "agents");
    for (int role = 0; role < ROLES; role++) {
        cJSON *one = cJSON_GetArrayItem(agents, role);
        const struct keeper *k = &run->keepers[role];
        json_add_int(one, "pid", k->pid);
        json_add_int(one, "agent_pid", k->agent_pid);
        json_add_str(one, "fence", k->fence);
    }
    char *text = cJSON_Print(doc), *path = paths_state(run->paths, "status.json");
    struct err e = {0};
    static const char newline = '\n';
    struct buf whole;
    buf_init(&whole, 0);
    buf_adds(&whole, text);
    buf_add(&whole, &newline, 1);
    if (!file_replace(path, whole.data, whole.len, 0600, false, &e))
        run_log(run, "status: %s", e.text);
    /* One that is done may stay to deliver what an operator is to be told: that is no stop with a time limit. */
    service_status(&run->service, doc, (run->core.stopping && !run->core.finished) || run->ending);
    run->written = run->core.generation;
    run->status_at = clock_boot();
    uv_timer_stop(&run->status_timer);
    buf_clear(&whole);
    free(path);
    free(text);
    cJSON_Delete(doc);
}

static void record_status_timer(uv_timer_t *h)
{
    record_status(h->data);
}

void record_status_soon(struct run *run)
{
    if (run->ending || uv_is_active((uv_handle_t *)&run->status_timer))
        return;
    int64_t wait = run->status_at + STATUS_EVERY_MS - clock_boot();
    uv_timer_start(&run->status_timer, record_status_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}
