#include "supervisor/base/duration.h"
#include <string.h>

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

/* The unit whose name stands at s, or -1. */
static int duration_unit(const char *s)
{
    size_t n = 0;
    while (s[n] >= 'a' && s[n] <= 'z')
        n++;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == n && memcmp(units[i].name, s, n) == 0)
            return (int)i;
    return -1;
}

bool duration_parse(const char *text, int64_t *ms)
{
    int64_t sum = 0;
    const char *p = text;
    if (strcmp(p, "0") == 0) {
        *ms = 0;
        return true;
    }
    int last = -1;
    do {
        int64_t n = 0;
        if (*p < '0' || *p > '9')
            return false;
        for (; *p >= '0' && *p <= '9'; p++) {
            if (n > 100000000000)
                return false;
            n = n * 10 + (*p - '0');
        }
        int u = duration_unit(p);
        if (u <= last) /* also -1: no such unit */
            return false;
        last = u;
        p += strlen(units[u].name);
        if (n > (INT64_MAX - sum) / units[u].ms)
            return false;
        sum += n * units[u].ms;
    } while (*p);
    *ms = sum;
    return true;
}

void duration_format(struct buf *b, int64_t ms)
{
    if (ms <= 0) {
        buf_adds(b, "0");
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (ms % units[i].ms == 0) {
            buf_addf(b, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
            return;
        }
}

void duration_render(struct buf *b, int64_t ms)
{
    int64_t s = ms < 0 ? 0 : ms / 1000;
    long long d = s / 86400, h = s / 3600 % 24, m = s / 60 % 60;
    if (d)
        buf_addf(b, "%lld d %02lld h", d, h);
    else if (h)
        buf_addf(b, "%lld h %02lld min", h, m);
    else if (m)
        buf_addf(b, "%lld min", m);
    else
        buf_addf(b, "%lld s", (long long)s);
}
