#include "watchdog/wait.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/mask.h"
#include "supervisor/base/vis.h"
#include <stdlib.h>
#include <string.h>

void wait_begin(struct wait *w, int64_t now, int64_t first)
{
    memset(w, 0, sizeof *w);
    w->began = w->told_at = now;
    w->next_at = first;
    w->seen = WAIT_SEEN_NO;
}

/* The last line that holds more than blanks. */
static void wait_last(struct wait *w, const char *text, size_t n)
{
    size_t from = n;
    for (;;) {
        while (n && (unsigned char)text[n - 1] <= ' ')
            n--;
        from = n;
        while (from && text[from - 1] != '\n' && text[from - 1] != '\r')
            from--;
        while (from < n && (unsigned char)text[from] <= ' ')
            from++;
        if (from < n || !n)
            break;
    }
    char *masked = mask_dup(text + from, n - from), *shown = vis_dup(masked, strlen(masked), WAIT_LAST_MAX);
    memcpy(w->last, shown, strlen(shown) + 1);
    free(shown);
    free(masked);
}

enum wait_end wait_late(const struct wait_rules *r, int64_t now)
{
    return now >= r->deadline ? WAIT_TIMEOUT : WAIT_GOES_ON;
}

enum wait_end wait_saw(struct wait *w, const struct wait_rules *r, enum wait_seen seen, const char *text, size_t n,
                       int64_t began, int64_t now)
{
    w->polls++;
    w->seen = seen;
    wait_last(w, text, n);
    w->yes = seen == WAIT_SEEN_YES ? w->yes + 1 : 0;
    w->fails = seen == WAIT_SEEN_FAIL ? w->fails + 1 : 0;
    w->errors = seen == WAIT_SEEN_ERROR ? w->errors + 1 : 0;
    w->next_at = began + r->every > now ? began + r->every : now;
    if (seen == WAIT_SEEN_SUPERSEDED)
        return WAIT_SUPERSEDED;
    if (w->fails >= r->fail_stable)
        return WAIT_FAILED;
    if (w->yes >= r->stable)
        return WAIT_MET;
    if (w->errors > r->max_errors)
        return WAIT_ERROR;
    return wait_late(r, now);
}

int64_t wait_due(const struct wait *w, const struct wait_rules *r)
{
    int64_t due = w->next_at < r->deadline ? w->next_at : r->deadline;
    return r->progress && w->told_at + r->progress < due ? w->told_at + r->progress : due;
}

bool wait_tells(struct wait *w, const struct wait_rules *r, int64_t now)
{
    if (!r->progress || now < w->told_at + r->progress)
        return false;
    w->told_at = now;
    return true;
}

/* s in quotes, a byte that would end them escaped. */
static void wait_quoted(struct buf *b, const char *key, const char *s)
{
    buf_addf(b, " %s=\"", key);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_adds(b, "\\");
        buf_add(b, s, 1);
    }
    buf_adds(b, "\"");
}

static void wait_render(struct buf *b, const struct wait *w, enum wait_end end, const char *name, const char *next,
                        bool json, int64_t now, const char *last)
{
    int64_t ms = now > w->began ? now - w->began : 0;
    if (json) {
        buf_addf(b, "{\"wait\":\"%s\",\"name\":", wait_end_word(end));
        vis_add_json(b, name, strlen(name));
        buf_addf(b, ",\"elapsed\":%lld,\"polls\":%lld,\"last\":", (long long)(ms / 1000), (long long)w->polls);
        vis_add_json(b, last, strlen(last));
        buf_adds(b, ",\"next\":");
        vis_add_json(b, next, strlen(next));
        buf_adds(b, "}");
        return;
    }
    buf_addf(b, "CCSUP-WAIT %s", wait_end_word(end));
    if (*name)
        buf_addf(b, " name=%s", name);
    buf_addf(b, " elapsed=%llds polls=%lld", (long long)(ms / 1000), (long long)w->polls);
    wait_quoted(b, "last", last);
    if (*next)
        wait_quoted(b, "next", next);
}

void wait_line(struct buf *b, const struct wait *w, enum wait_end end, const char *name, const char *next, bool json,
               int64_t now)
{
    struct buf line;
    size_t room = WAIT_LAST_MAX;
    for (;;) { /* what was said last gives way: quoting may make it longer */
        char *last = vis_dup(w->last, strlen(w->last), room);
        buf_init(&line, 0);
        wait_render(&line, w, end, name, next, json, now, last);
        free(last);
        if (line.len <= WAIT_LINE_MAX || room <= 8)
            break;
        buf_clear(&line);
        room -= 8;
    }
    buf_add(b, buf_str(&line), line.len);
    buf_clear(&line);
}

void wait_progress(struct buf *b, const struct wait *w, int64_t now)
{
    static const char *const words[] = {"holds, but not for long enough", "not yet",
                                        "has failed, to be looked at again", "cannot tell", "superseded"};
    buf_addf(b, "%s, ", w->polls ? words[w->seen] : "not looked yet");
    duration_render(b, now > w->began ? now - w->began : 0);
    buf_addf(b, ", %lld poll%s", (long long)w->polls, w->polls == 1 ? "" : "s");
    if (w->last[0])
        buf_addf(b, ": %s", w->last);
}

const char *wait_end_word(enum wait_end e)
{
    static const char *const words[] = {
#define X(name, word, code) word,
        WAIT_ENDS(X)
#undef X
    };
    return words[e];
}

int wait_end_code(enum wait_end e)
{
    static const int codes[] = {
#define X(name, word, code) code,
        WAIT_ENDS(X)
#undef X
    };
    return codes[e];
}
