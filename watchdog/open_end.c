#include "watchdog/open_end.h"
#include "supervisor/base/buf.h"
#include "watchdog/markdown.h"
#include <string.h>

/* Where line `number` begins; the last one's beginning when there are fewer. */
static size_t line_start(const char *text, size_t n, int number)
{
    size_t at = 0;
    for (int line = 1; line < number; line++) {
        const char *lf = memchr(text + at, '\n', n - at);
        if (!lf || (size_t)(lf - text) + 1 == n)
            return at;
        at = (size_t)(lf - text) + 1;
    }
    return at;
}

/* The line that would be put at the end, and the last one before it that is read. */
static struct markdown_line line_behind(const char *text, size_t n, int *read)
{
    struct markdown md;
    struct markdown_line line = {0};
    struct buf more;
    enum markdown_life last = MARKDOWN_LIVE;
    *read = 0;
    buf_init(&more, 0);
    buf_add(&more, text, n);
    buf_adds(&more, text[n - 1] == '\n' ? "x\n" : "\nx\n");
    markdown_read(&md, buf_str(&more), more.len);
    while (markdown_next(&md, &line)) {
        *read = last == MARKDOWN_LIVE && line.number > 1 ? line.number - 1 : *read;
        last = line.life;
    }
    markdown_clear(&md);
    buf_clear(&more);
    return line;
}

bool open_end(const char *text, size_t n, size_t *from)
{
    int read;
    if (!n)
        return false;
    bool open = line_behind(text, n, &read).life != MARKDOWN_LIVE || text[n - 1] != '\n';
    if (from)
        *from = line_start(text, n, read ? read : 1);
    return open;
}

bool open_end_or_sample(const char *text, size_t n)
{
    int read;
    if (!n)
        return false;
    struct markdown_line behind = line_behind(text, n, &read);
    return behind.life != MARKDOWN_LIVE || behind.sample || text[n - 1] != '\n';
}
