#include "supervisor/run/journal.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include "supervisor/sys/file.h"
#include <stdio.h>
#include <string.h>

cJSON *journal_parse(const char *line, size_t n)
{
    if (n < 10 || line[8] != ' ')
        return NULL;
    char want[9];
    snprintf(want, sizeof want, "%08x", (unsigned)hash_crc32(line + 9, n - 9));
    return memcmp(want, line, 8) == 0 ? json_parse(line + 9, n - 9) : NULL;
}

void journal_add(struct buf *b, const char *json)
{
    buf_addf(b, "%08x %s\n", (unsigned)hash_crc32(json, strlen(json)), json);
}

bool journal_read(const char *path, cJSON *list, struct err *e)
{
    struct buf b;
    if (!file_exists(path))
        return true;
    buf_init(&b, 0);
    bool ok = file_read(path, JOURNAL_MAX, &b, e);
    for (size_t at = 0; ok && at < b.len;) {
        const char *lf = memchr(b.data + at, '\n', b.len - at);
        size_t n = lf ? (size_t)(lf - (b.data + at)) : b.len - at;
        cJSON *record = lf ? journal_parse(b.data + at, n) : NULL;
        if (record)
            cJSON_AddItemToArray(list, record);
        at += n + 1;
    }
    buf_clear(&b);
    return ok;
}
