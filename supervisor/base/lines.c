#include "supervisor/base/lines.h"
#include <string.h>

void lines_init(struct lines *l, size_t max, lines_fn fn, void *arg)
{
    buf_init(&l->part, max ? max + 1 : 0);
    l->max = max;
    l->fn = fn;
    l->arg = arg;
}

void lines_clear(struct lines *l)
{
    buf_clear(&l->part);
}

static void lines_give(struct lines *l)
{
    size_t n = l->part.len;
    if (!l->part.full && n && l->part.data[n - 1] == '\r')
        n--;
    bool cut = l->max && n > l->max;
    l->fn(l->arg, buf_str(&l->part), cut ? l->max : n, cut);
    /* A big line's memory is given back at once; a small buffer is kept for the next line. */
    if (l->part.cap > 65536) {
        buf_clear(&l->part);
    } else {
        l->part.len = 0;
        l->part.full = false;
    }
}

void lines_feed(struct lines *l, const char *data, size_t n)
{
    while (n) {
        const char *lf = memchr(data, '\n', n);
        size_t take = lf ? (size_t)(lf - data) : n;
        buf_add(&l->part, data, take);
        if (!lf)
            return;
        lines_give(l);
        data += take + 1;
        n -= take + 1;
    }
}

void lines_end(struct lines *l)
{
    if (l->part.len || l->part.full)
        lines_give(l);
}
