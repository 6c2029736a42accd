#include "supervisor/base/err.h"
#include "supervisor/base/vis.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends a cut text with "…" after a whole character. */
static void err_end(char *text, size_t len)
{
    static const char more[] = "…";
    size_t at = 0;
    for (size_t i = 0; i < len;) {
        size_t n = vis_utf8(text + i, len - i);
        i += n ? n : 1;
        if (i + sizeof more - 1 <= len)
            at = i;
    }
    memcpy(text + at, more, sizeof more);
}

void err_set(struct err *e, const char *fmt, ...)
{
    if (!e)
        return;
    /* Beside e first: an argument may be e's own text, which a caller puts into a wider sentence. */
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0)
        snprintf(text, sizeof text, "an error whose text could not be made");
    else if ((size_t)n >= sizeof text)
        err_end(text, sizeof text - 1);
    memcpy(e->text, text, sizeof text);
}
