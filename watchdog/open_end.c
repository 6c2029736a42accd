#include "watchdog/open_end.h"
#include "supervisor/base/buf.h"
#include "watchdog/markdown.h"

bool open_end(const char *text, size_t n)
{
    if (!n)
        return false;
    if (text[n - 1] != '\n')
        return true;
    struct markdown md;
    struct markdown_line line = {0};
    struct buf more;
    enum markdown_life last = MARKDOWN_LIVE;
    buf_init(&more, 0);
    buf_add(&more, text, n);
    buf_adds(&more, "x\n");
    markdown_read(&md, buf_str(&more), more.len);
    while (markdown_next(&md, &line))
        last = line.life;
    markdown_clear(&md);
    buf_clear(&more);
    return last != MARKDOWN_LIVE;
}
