#include "watchdog/marker.h"
#include "supervisor/base/hash.h"
#include <stdio.h>
#include <string.h>

void marker_clear(struct marker *m)
{
    words_clear(&m->near);
    words_clear(&m->warnings);
    memset(m, 0, sizeof *m);
}

void marker_read(struct marker *m, const char *text, size_t n, int64_t max_bytes)
{
    memset(m, 0, sizeof *m);
    if ((int64_t)n > max_bytes || (n && memchr(text, 0, n))) {
        m->refused = true;
        snprintf(m->why, sizeof m->why, "it is too big or holds a NUL byte");
        return;
    }
    int line = 0;
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(text + at, '\n', n - at);
        size_t len = lf ? (size_t)(lf - text) - at : n - at;
        line++;
        if (len == 7 && memcmp(text + at, "## DONE", 7) == 0 && !m->done) {
            m->done = true;
            m->line = line;
            m->hash = hash_fnv(text + at, len);
        }
        at += len + 1;
    }
}
