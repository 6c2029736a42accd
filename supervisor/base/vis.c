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

/* The code point of a well-formed character of len bytes. */
static uint32_t vis_code(const char *s, size_t len)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *p = (const unsigned char *)s;
    uint32_t c = p[0] & lead[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    return c;
}

/* Controls, and characters that cannot be seen or that change how a terminal shows the rest. */
static bool vis_hidden(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } hidden[] = {
        {0x00, 0x1F},       /* C0 */
        {0x7F, 0x9F},       /* DEL and C1 */
        {0xAD, 0xAD},       /* soft hyphen */
        {0x61C, 0x61C},     /* Arabic letter mark: bidirectional */
        {0x180E, 0x180E},   /* Mongolian vowel separator */
        {0x200B, 0x200F},   /* zero width, direction marks */
        {0x2028, 0x202E},   /* line and paragraph separators, bidirectional embeddings */
        {0x2060, 0x206F},   /* word joiner, bidirectional isolates, deprecated formats */
        {0xFEFF, 0xFEFF},   /* byte order mark */
        {0xFFF9, 0xFFFB},   /* interlinear annotation */
        {0xE0000, 0xE007F}, /* tags: text that only a machine reads */
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (c >= hidden[i].from && c <= hidden[i].to)
            return true;
    return false;
}

/* Appends the character at s and returns how many bytes of s it took. */
static size_t vis_one(struct buf *b, const char *s, size_t n)
{
    size_t len = vis_utf8(s, n);
    if (len && !vis_hidden(vis_code(s, len)))
        buf_add(b, s, len);
    else if (s[0] == '\n')
        buf_adds(b, "\\n");
    else if (s[0] == '\t')
        buf_adds(b, "\\t");
    else
        for (size_t i = 0; i < (len ? len : 1); i++)
            buf_addf(b, "\\x%02X", (unsigned char)s[i]);
    return len ? len : 1;
}

/* Appends the printable ASCII at the beginning of s, which is shown as it is; returns how many bytes that was. */
static size_t vis_run(struct buf *b, const char *s, size_t n)
{
    size_t run = 0;
    while (run < n && s[run] >= ' ' && s[run] <= '~')
        run++;
    if (run)
        buf_add(b, s, run);
    return run;
}

void vis_add(struct buf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        i += vis_run(b, s + i, n - i);
        if (i < n)
            i += vis_one(b, s + i, n - i);
    }
}

char *vis_dup(const char *s, size_t n, size_t max)
{
    struct buf b;
    buf_init(&b, 0);
    static const char more[] = "…";
    size_t room = max < sizeof more - 1 ? 0 : max - (sizeof more - 1); /* what stands before a "…" */
    size_t border = 0;                                                 /* the last one within the room */
    for (size_t i = 0; i < n && b.len <= max;) {
        size_t fits = room > b.len ? room - b.len : 0;
        size_t run = vis_run(&b, s + i, fits < n - i ? fits : n - i);
        i += run ? run : vis_one(&b, s + i, n - i);
        if (b.len <= room)
            border = b.len;
    }
    if (b.len > max) {
        b.len = border;
        b.data[border] = '\0';
        if (max >= sizeof more - 1)
            buf_adds(&b, more);
    }
    return buf_take(&b);
}

/* Appends the character at s as it may stand in JSON, the quotes' own escapes aside; returns how many bytes it took. */
static size_t vis_json_one(struct buf *b, const char *s, size_t n)
{
    size_t len = vis_utf8(s, n);
    uint32_t c = len ? vis_code(s, len) : 0;
    if (!len)
        buf_adds(b, "\xEF\xBF\xBD");
    else if (vis_hidden(c) && c > 0xFFFF)
        buf_addf(b, "\\u%04x\\u%04x", (unsigned)(0xD7C0 + (c >> 10)), (unsigned)(0xDC00 + (c & 0x3FF)));
    else if (vis_hidden(c))
        buf_addf(b, "\\u%04x", (unsigned)c);
    else
        buf_add(b, s, len);
    return len ? len : 1;
}

void vis_add_json(struct buf *b, const char *s, size_t n)
{
    buf_adds(b, "\"");
    for (size_t i = 0; i < n;) {
        if (s[i] == '"' || s[i] == '\\')
            buf_adds(b, "\\");
        i += vis_json_one(b, s + i, n - i);
    }
    buf_adds(b, "\"");
}

void vis_clean_json(struct buf *b, const char *json, size_t n)
{
    for (size_t i = 0; i < n;)
        i += vis_json_one(b, json + i, n - i);
}

char *vis_utf8_dup(const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < n;) {
        size_t len = s[i] ? vis_utf8(s + i, n - i) : 0; /* cJSON's strings end at a NUL */
        if (len)
            buf_add(&b, s + i, len);
        else
            buf_adds(&b, "\xEF\xBF\xBD");
        i += len ? len : 1;
    }
    return buf_take(&b);
}
