#include "supervisor/keep/record.h"
#include "supervisor/base/json.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 1 << 20 };

static const char *record_end_name(enum record_end end)
{
    static const char *const names[] = {
#define RECORD_NAME(name, text) text,
        RECORD_ENDS(RECORD_NAME)};
    return names[end];
}

static const char *record_ask_name(enum record_ask ask)
{
    static const char *const names[] = {RECORD_ASKS(RECORD_NAME)};
    return names[ask];
}

bool record_write(const struct record *r, const char *dir, struct err *e)
{
    static const struct victims none;
    const struct victims *leftovers = r->leftovers ? r->leftovers : &none;
    cJSON *v = cJSON_CreateObject();
    json_add_int(v, "schema", 1);
    json_add_int(v, "iteration", r->iteration);
    json_add_str(v, "end", record_end_name(r->end));
    json_add_int(v, "code", r->code);
    json_add_int(v, "signal", r->signal);
    json_add_str(v, "reason", r->reason);
    json_add_int(v, "started_at", r->started_at);
    json_add_int(v, "ended_at", r->ended_at);
    json_add_int(v, "cpu_ms", r->cpu_ms);
    json_add_int(v, "max_rss_kb", r->max_rss_kb);
    json_add_str(v, "asked", record_ask_name(r->asked));
    victims_json(leftovers, v, "leftovers", false);
    json_add_int(v, "leftovers_count", (int64_t)leftovers->count);
    victims_json(r->survivors ? r->survivors : &none, v, "survivors", true);
    victims_json(r->kept ? r->kept : &none, v, "kept", false);
    json_add_str(v, "fence", r->fence == FENCE_AUTO ? "" : options_fence_name(r->fence));
    char *text = json_print(v), *line = file_fmt("%s\n", text), *path = file_join(dir, "exit.json"),
         *unfinished = file_join(dir, RECORD_UNFINISHED);
    bool ok = file_put(unfinished, line, strlen(line), 0600, e);
    if (ok && rename(unfinished, path) != 0) {
        err_set(e, "cannot write %s: %s", path, strerror(errno));
        ok = false;
    }
    free(path);
    free(unfinished);
    free(line);
    free(text);
    cJSON_Delete(v);
    return ok;
}

enum record_found record_find(const char *dir, struct victims *survivors)
{
    struct buf b;
    buf_init(&b, 0);
    char *path = file_join(dir, "exit.json");
    cJSON *v = file_read(path, RECORD_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    enum record_found found = RECORD_MISSING;
    if (json_str(v, "end", NULL)) {
        found = RECORD_SETTLED;
        const cJSON *one;
        cJSON_ArrayForEach(one, json_get(v, "survivors"))
        {
            found = RECORD_SURVIVORS;
            victims_add(survivors, (pid_t)json_int(one, "pid", 0), (uint64_t)json_int(one, "starttime", 0),
                        json_str(one, "name", "unknown"));
        }
    }
    cJSON_Delete(v);
    free(path);
    buf_clear(&b);
    return found;
}
