#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max;
}

void buf_clear(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

/* Room for n more bytes and the NUL. */
static void buf_reserve(struct buf *b, size_t n)
{
    if (n > SIZE_MAX / 4 - b->len) /* the sums below could wrap: nobody has that much text */
        abort();
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    b->data = mem_resize(b->data, cap, 1);
    b->cap = cap;
}

bool buf_add(struct buf *b, const void *data, size_t n)
{
    bool fits = true;
    if (b->max && n > b->max - b->len) {
        n = b->max - b->len;
        b->full = true;
        fits = false;
    }
    buf_reserve(b, n);
    if (n)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
    return fits;
}

bool buf_adds(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

bool buf_addv(struct buf *b, const char *fmt, va_list ap)
{
    char small[512];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    bool fits = false;
    if (n >= 0 && (size_t)n < sizeof small) {
        fits = buf_add(b, small, (size_t)n);
    } else if (n >= 0) {
        char *big = mem_zalloc((size_t)n + 1);
        vsnprintf(big, (size_t)n + 1, fmt, again);
        fits = buf_add(b, big, (size_t)n);
        free(big);
    }
    va_end(again);
    return fits;
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bool fits = buf_addv(b, fmt, ap);
    va_end(ap);
    return fits;
}

const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
    char *s = b->data ? b->data : mem_strdup("");
    buf_init(b, b->max);
    return s;
}

void buf_consume(struct buf *b, size_t n)
{
    if (n > b->len)
        n = b->len;
    if (!n)
        return;
    memmove(b->data, b->data + n, b->len - n + 1);
    b->len -= n;
}
