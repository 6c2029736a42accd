#include "supervisor/config/report.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT_TEXT_MAX = 1000 }; /* bytes of one error */

void config_report_add(struct config_report *r, int line, const char *fmt, ...)
{
    if (r->n == CONFIG_REPORT_MAX) {
        r->more++;
        return;
    }
    struct buf raw;
    buf_init(&raw, 0);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&raw, fmt, ap);
    va_end(ap);
    r->at = mem_resize(r->at, r->n + 1, sizeof *r->at);
    r->at[r->n++] = (struct config_report_line){line, vis_dup(buf_str(&raw), raw.len, REPORT_TEXT_MAX)};
    buf_clear(&raw);
}

void config_report_write(struct config_report *r, const char *file, struct buf *out)
{
    /* By insertion: stable, and there are at most CONFIG_REPORT_MAX. */
    for (size_t i = 1; i < r->n; i++) {
        struct config_report_line one = r->at[i];
        size_t j = i;
        for (; j && (unsigned)r->at[j - 1].line - 1u > (unsigned)one.line - 1u; j--)
            r->at[j] = r->at[j - 1];
        r->at[j] = one;
    }
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].line)
            buf_addf(out, "%s:%d: %s\n", file, r->at[i].line, r->at[i].text);
        else
            buf_addf(out, "%s: %s\n", file, r->at[i].text);
    if (r->more)
        buf_addf(out, "%s: and %zu more; correct these first\n", file, r->more);
}

void config_report_clear(struct config_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->at[i].text);
    free(r->at);
    memset(r, 0, sizeof *r);
}
