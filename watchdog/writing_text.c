#include "watchdog/writing_text.h"
#include "supervisor/base/vis.h"
#include "watchdog/text.h"
#include <string.h>

/* Longer runs of backticks make no code span for our reader (watchdog/inline.c); a shorter limit is safe. */
enum { TICKS_MAX = 16 };

/* White space -> single blanks, the rest through vis. */
static void one_line(struct buf *out, const char *s)
{
    bool blank = false;
    for (size_t from = 0; s[from];) {
        size_t n = strcspn(s + from, " \t\n\r\v\f");
        if (n && blank && out->len)
            buf_adds(out, " ");
        vis_add(out, s + from, n);
        blank = blank || n;
        from += n;
        from += strspn(s + from, " \t\n\r\v\f");
    }
}

static size_t ticks_at(struct text t, size_t at)
{
    size_t n = 0;
    while (at + n < t.n && t.at[at + n] == '`')
        n++;
    return n;
}

/* Where the code span ends that a run of `run` backticks at `at` opens; 0 = it opens none. */
static size_t span_end(struct text t, size_t at, size_t run)
{
    if (run > TICKS_MAX)
        return 0;
    for (size_t i = at + run; i < t.n;) {
        size_t next = ticks_at(t, i);
        if (next == run)
            return i + run;
        i += next ? next : 1;
    }
    return 0;
}

/* Bytes of the span or run at `at`, which begins with a backtick. */
static size_t add_ticks(struct buf *out, struct text t, size_t at, bool *hopeless)
{
    size_t run = ticks_at(t, at);
    bool escaped = at && t.at[at - 1] == '\\'; /* it opens nothing */
    size_t end = escaped || (run <= TICKS_MAX && hopeless[run]) ? 0 : span_end(t, at, run);
    if (end) {
        buf_add(out, t.at + at, end - at);
        return end - at;
    }
    if (run <= TICKS_MAX && !escaped)
        hopeless[run] = true; /* none follows: later runs of that length need not look */
    for (size_t i = 0; i < run; i++)
        buf_adds(out, "'");
    return run;
}

void writing_text(struct buf *out, const char *s)
{
    struct buf line;
    buf_init(&line, 0);
    one_line(&line, s);
    struct text t = {buf_str(&line), line.len};
    bool hopeless[TICKS_MAX + 1] = {false};
    for (size_t i = 0; i < t.n;) {
        char c = t.at[i], next = i + 1 < t.n ? t.at[i + 1] : '\0';
        if (c == '`') {
            i += add_ticks(out, t, i, hopeless);
            continue;
        }
        if (c == '<' && ((text_is_alnum(next) && !text_is_digit(next)) || (next && strchr("!/?", next))))
            buf_adds(out, "&lt;");
        else if (c == '>' && i >= 2 && t.at[i - 1] == '-' && t.at[i - 2] == '-')
            buf_adds(out, "&gt;");
        else if (c == '~' && next == '~')
            buf_adds(out, "~ ");
        else
            buf_add(out, &c, 1);
        i++;
    }
    buf_clear(&line);
}
