#include "watchdog/journal.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include <stdio.h>
#include <string.h>

void journal_line(struct buf *out, const char *json)
{
    buf_addf(out, "%08x %s\n", (unsigned)hash_crc32(json, strlen(json)), json);
}

/* One line without its end: the record, or NULL when the line is torn or damaged. */
static cJSON *journal_parse(const char *line, size_t n)
{
    if (n < 10 || line[8] != ' ')
        return NULL;
    char want[9];
    snprintf(want, sizeof want, "%08x", (unsigned)hash_crc32(line + 9, n - 9));
    return memcmp(want, line, 8) == 0 ? json_parse(line + 9, n - 9) : NULL;
}

struct journal_reading journal_restore(struct watchdog *w, const char *text, size_t n, cJSON *records)
{
    struct journal_reading r = {0};
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(text + at, '\n', n - at);
        size_t len = lf ? (size_t)(lf - (text + at)) : n - at;
        cJSON *record = lf ? journal_parse(text + at, len) : NULL;
        if (record) {
            watchdog_restore(w, record);
            if (records)
                cJSON_AddItemToArray(records, record);
            else
                cJSON_Delete(record);
        } else {
            r.bad++;
        }
        at += len + (lf != NULL);
        if (lf)
            r.good = at;
    }
    return r;
}

static bool journal_is(const char *kind, const char *const *kinds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

/* Has the role been told this? What it has not been told is the end of all that was said to it. */
static bool journal_told(const struct watchdog *w, const cJSON *record)
{
    int role = role_parse(json_str(record, "role", ""));
    size_t later = 0;
    if (role < 0)
        return true;
    for (const cJSON *one = record->next; one; one = one->next)
        if (strcmp(json_str(one, "t", ""), "tell") == 0 && role_parse(json_str(one, "role", "")) == role)
            later += strlen(json_str(one, "text", "")) + 1;
    return later >= w->roles[role].tell.len;
}

/* The same kind about the same: a role, or a usage limit. */
static bool journal_same(const cJSON *a, const cJSON *b)
{
    static const char *const names[] = {"t", "role", "account", "window", "model"};
    size_t n = strcmp(json_str(a, "t", ""), "limit") == 0 ? 5 : 2;
    for (size_t i = 0; i < n; i++)
        if (strcmp(json_str(a, names[i], ""), json_str(b, names[i], "")) != 0)
            return false;
    return true;
}

/* place: of the record, of count. w: after all of them. */
static bool journal_stays(const struct watchdog *w, const cJSON *record, int place, int count, int newest)
{
    static const char *const always[] = {"phase", "done", "inputs"}, *const never[] = {KEPT_KINDS};
    const char *kind = json_str(record, "t", "");
    if (journal_is(kind, never, sizeof never / sizeof *never)) /* they come again, as they are now */
        return false;
    /* These belong together: a "told" takes from the first "tell" there is. */
    if (strcmp(kind, "told") == 0)
        return false;
    if (strcmp(kind, "tell") == 0)
        return !journal_told(w, record);
    if (count - place <= newest || journal_is(kind, always, sizeof always / sizeof *always))
        return true;
    for (const cJSON *later = record->next; later; later = later->next)
        if (journal_same(later, record))
            return false;
    return true;
}

cJSON *journal_compact(const struct watchdog *w, const cJSON *records, int newest, int64_t now)
{
    cJSON *keep = cJSON_CreateArray(), *kept = cJSON_CreateArray(), *one;
    const cJSON *record;
    int place = 0, count = cJSON_GetArraySize(records);
    cJSON_ArrayForEach(record, records)
    {
        if (journal_stays(w, record, place++, count, newest))
            cJSON_AddItemToArray(keep, cJSON_Duplicate(record, 1));
    }
    kept_render(&w->kept, kept);
    while ((one = cJSON_DetachItemFromArray(kept, 0))) {
        json_add_str(one, "phase", w->config->phases[w->phase].id);
        json_add_int(one, "at", now);
        cJSON_AddItemToArray(keep, one);
    }
    cJSON_Delete(kept);
    return keep;
}
