#include "supervisor/base/vis.h"
#include "supervisor/base/mem.h"
#include <stdint.h>
#include <string.h>

size_t vis_utf8(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    if (!n)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : 0;
    if (!len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return len;
}

/* Characters that change how a terminal shows the rest, or that cannot be seen: C1, U+200B..F, U+2028..E, U+2060..F,
 * U+FEFF. */
static bool vis_hidden(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;
    if (len == 2)
        return p[0] == 0xC2 && p[1] < 0xA0;
    if (len != 3)
        return false;
    uint32_t c = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3Fu);
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

/* Appends the character at s and returns how many bytes of s it took. */
static size_t vis_one(struct buf *b, const char *s, size_t n)
{
    size_t len = vis_utf8(s, n);
    unsigned char c = (unsigned char)s[0];
    if (len > 1 && !vis_hidden(s, len)) {
        buf_add(b, s, len);
        return len;
    }
    if (len == 1 && c >= 0x20 && c != 0x7F) {
        buf_add(b, s, 1);
        return 1;
    }
    if (c == '\n')
        buf_adds(b, "\\n");
    else if (c == '\t')
        buf_adds(b, "\\t");
    else
        for (size_t i = 0; i < (len ? len : 1); i++)
            buf_addf(b, "\\x%02X", (unsigned char)s[i]);
    return len ? len : 1;
}

void vis_add(struct buf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n;)
        i += vis_one(b, s + i, n - i);
}

char *vis_dup(const char *s, size_t n, size_t max)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < n;) {
        size_t before = b.len;
        i += vis_one(&b, s + i, n - i);
        if (b.len > max) {
            b.len = before;
            b.data[before] = '\0';
            buf_adds(&b, "…");
            break;
        }
    }
    return buf_take(&b);
}

void vis_add_json(struct buf *b, const char *s, size_t n)
{
    buf_adds(b, "\"");
    for (size_t i = 0; i < n;) {
        size_t len = vis_utf8(s + i, n - i);
        unsigned char c = (unsigned char)s[i];
        if (!len)
            buf_adds(b, "\xEF\xBF\xBD");
        else if (c == '"' || c == '\\')
            buf_addf(b, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            buf_addf(b, "\\u%04x", c);
        else
            buf_add(b, s + i, len);
        i += len ? len : 1;
    }
    buf_adds(b, "\"");
}

char *vis_utf8_dup(const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < n;) {
        size_t len = vis_utf8(s + i, n - i);
        if (len)
            buf_add(&b, s + i, len);
        else
            buf_adds(&b, "\xEF\xBF\xBD");
        i += len ? len : 1;
    }
    return buf_take(&b);
}
