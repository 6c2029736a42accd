#include "supervisor/config/waiver.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/base/vis.h"
#include <stdlib.h>
#include <string.h>

static const char example[] = "D8 | the hardware comes in June | 2026-06-15";

/* A copy without the blanks at both ends. */
static char *part_copy(const char *s, size_t n)
{
    for (; n && (*s == ' ' || *s == '\t'); n--)
        s++;
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    return mem_strndup(s, n);
}

static bool part_wrong(const char *part, const char *what, struct err *e)
{
    char *shown = vis_dup(part, strlen(part), 60);
    err_set(e, "'%s' %s, such as %s", shown, what, example);
    free(shown);
    return false;
}

static bool waiver_check(const struct config_waivers *w, const struct config_waiver *x, const char *until, int64_t *at,
                         struct err *e)
{
    if (!*x->id)
        return part_wrong(x->id, "names no criterion; write its id first", e);
    if (config_waiver_find(w, x->id))
        return part_wrong(x->id, "is waived a second time; write one line for each criterion", e);
    if (!*x->reason)
        return part_wrong(x->id, "is waived without a reason; write why it may go unverified", e);
    for (const char *c = x->reason; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return part_wrong(x->id, "is waived for a reason with control bytes; write plain text", e);
    if (strlen(x->reason) > CONFIG_REASON_MAX)
        return part_wrong(x->id, "is waived for a reason of more than 400 bytes; write less", e);
    if (!*until || timestamp_parse(until, strlen(until), at) != strlen(until))
        return part_wrong(
            until, "is no time; write a date, which ends with its first second in UTC, or a time and its zone", e);
    if (w->n == CONFIG_WAIVERS_MAX)
        return part_wrong(x->id, "is one waiver too many, at most 100; take the criteria out instead", e);
    return true;
}

bool config_waiver_read(struct config_waivers *w, const char *text, struct err *e)
{
    const char *first = strchr(text, '|'), *last = strrchr(text, '|');
    if (!first || first == last)
        return part_wrong(text, "has not the three parts of a waiver; write ID | REASON | UNTIL", e);
    struct config_waiver x = {.id = part_copy(text, (size_t)(first - text)),
                              .reason = part_copy(first + 1, (size_t)(last - first - 1))};
    char *until = part_copy(last + 1, strlen(last + 1));
    bool good = waiver_check(w, &x, until, &x.until, e);
    free(until);
    if (good) {
        w->at = mem_resize(w->at, w->n + 1, sizeof *w->at);
        w->at[w->n++] = x;
        return true;
    }
    free(x.id);
    free(x.reason);
    return false;
}

void config_waivers_clear(struct config_waivers *w)
{
    for (size_t i = 0; i < w->n; i++) {
        free(w->at[i].id);
        free(w->at[i].reason);
    }
    free(w->at);
    memset(w, 0, sizeof *w);
}

void config_waiver_write(struct buf *b, const struct config_waiver *w)
{
    char until[21];
    timestamp_format(w->until, until);
    buf_addf(b, "%s | %s | %s", w->id, w->reason, until);
}

const struct config_waiver *config_waiver_find(const struct config_waivers *w, const char *id)
{
    for (size_t i = 0; w && i < w->n; i++)
        if (strcmp(w->at[i].id, id) == 0)
            return &w->at[i];
    return NULL;
}
