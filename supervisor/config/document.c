/* inih 55 does several things silently that would make a wrong configuration look right: a line longer than
 * its buffer is parsed as two, an indented line continues the previous value, ';' within a value begins a
 * comment, ':' separates too, text after ']' is dropped, an unclosed section leaves its keys to the one
 * before, a section's name is cut at 49 bytes, and a section without keys is never heard of. Its switches
 * turn off the first three; for the rest each line is looked at here before inih sees it, and only the key,
 * '=' and the value are left to it. */
#include "supervisor/config/document.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct config_document *doc;
    struct config_report *report;
    const char *at, *end; /* what is still to be read */
    int line;             /* of the line that inih has now */
    bool broken;          /* that line is reported: take its key, not its value */
};

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The line without blanks at either end. */
static void line_trim(const char **s, size_t *n)
{
    while (*n && blank(**s)) {
        (*s)++;
        (*n)--;
    }
    while (*n && blank((*s)[*n - 1]))
        (*n)--;
}

/* Room for one more after n elements: doubled, so that a file of nothing but keys costs no square. */
static void *grow(void *at, size_t n, size_t size)
{
    return n & (n - 1) ? at : mem_resize(at, n ? 2 * n : 1, size);
}

static struct config_section *section_open(struct config_document *d, int line, const char *text, size_t n)
{
    line_trim(&text, &n);
    d->at = grow(d->at, d->n, sizeof *d->at);
    d->at[d->n] = (struct config_section){.line = line, .text = mem_strndup(text, n)};
    return &d->at[d->n++];
}

/* A byte of the line that must not be there: reports the first and returns true. A comment may hold all but
 * NUL. */
static bool line_foul(struct reader *r, const char *s, size_t n, bool comment)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i += len) {
        len = vis_utf8(s + i, n - i);
        size_t col = i + 1;
        if (!s[i]) {
            config_report_add(r->report, r->line, "byte %zu is NUL; the file must be plain text in UTF-8", col);
            return true;
        }
        if (!len) {
            config_report_add(r->report, r->line, "byte %zu (\\x%02X) is not UTF-8; save the file as UTF-8", col,
                              (unsigned char)s[i]);
            return true;
        }
        if (comment || (len == 1 && (s[i] == '\t' || (s[i] >= 0x20 && s[i] != 0x7F))))
            continue;
        bool nbsp = len == 2 && memcmp(s + i, "\xC2\xA0", 2) == 0;
        char *seen = vis_dup(s + i, len, 64);
        bool plain = !nbsp && strncmp(seen, s + i, len) == 0;
        if (nbsp)
            config_report_add(r->report, r->line, "byte %zu is a no-break space; type an ordinary blank", col);
        else if (!plain)
            config_report_add(r->report, r->line, "byte %zu is the control character %s; remove it", col, seen);
        free(seen);
        if (!plain)
            return true;
    }
    return false;
}

/* A section's line: registers it, whatever is wrong with it, so that its keys are checked against the right
 * list. */
static void line_section(struct reader *r, const char *s, size_t n)
{
    const char *close = memchr(s, ']', n);
    size_t len = close ? (size_t)(close - s) : n;
    struct config_section *section = section_open(r->doc, r->line, s + 1, len - 1);
    if (!close)
        config_report_add(r->report, r->line, "the section is not closed; write [%s]", section->text);
    else if (len + 1 < n)
        config_report_add(r->report, r->line,
                          "text after ']': '%.*s'; write [%s] alone, a comment on a line of its own",
                          (int)(n - len - 1), close + 1, section->text);
}

/* Length of the name that the line begins with. */
static size_t line_name(const char *s, size_t n)
{
    size_t len = 0;
    while (len < n && (s[len] == '_' || (s[len] >= 'a' && s[len] <= 'z')))
        len++;
    return len;
}

/* A key's line: false and reported when inih would not split it at the first '='. */
static bool line_key(struct reader *r, const char *s, size_t n)
{
    const char *equals = memchr(s, '=', n);
    const char *colon = memchr(s, ':', equals ? (size_t)(equals - s) : n);
    int name = (int)line_name(s, n);
    if (colon)
        config_report_add(r->report, r->line, "':' does not separate a key from its value; write %.*s = ...",
                          name ? name : 3, name ? s : "key");
    else if (!equals)
        config_report_add(r->report, r->line, "a line without '='; write %.*s = ..., or begin a comment with #",
                          name ? name : 3, name ? s : "key");
    else if (equals == s)
        config_report_add(r->report, r->line, "no key before '='; write key = value");
    return !colon && equals && equals != s;
}

/* Reports what is wrong with a line, and appends what inih is to see of it: all, the key alone (broken),
 * nothing. */
static void line_check(struct reader *r, const char *s, size_t n, struct buf *out)
{
    bool indented = n && blank(*s);
    bool cut = n > CONFIG_LINE_MAX;
    if (cut) {
        config_report_add(r->report, r->line, "the line has %zu bytes; at most %d", n, CONFIG_LINE_MAX);
        n = CONFIG_LINE_MAX;
    }
    line_trim(&s, &n);
    bool comment = n && (*s == '#' || *s == ';');
    bool foul = !cut && line_foul(r, s, n, comment);
    if (!n || comment)
        return;
    bool section = *s == '[';
    if (indented && !foul && !cut)
        config_report_add(r->report, r->line,
                          "the line is indented; a value cannot go on over lines, write it on one line and begin each "
                          "line at the left margin");
    r->broken = cut || foul || indented;
    if (section && foul) {
        section_open(r->doc, r->line, "", 0)->broken = true;
    } else if (section) {
        line_section(r, s, n);
    } else if (r->broken || !line_key(r, s, n)) {
        r->broken = true;
        size_t name = line_name(s, n);
        if (name)
            buf_addf(out, "%.*s=", (int)name, s);
    } else {
        buf_add(out, s, n);
    }
}

/* inih's reader: one whole line of the file a call, counted before its handler runs. */
static char *reader_next(char *str, int num, void *stream)
{
    struct reader *r = stream;
    if (r->at == r->end)
        return NULL;
    const char *lf = memchr(r->at, '\n', (size_t)(r->end - r->at));
    const char *s = r->at, *stop = lf ? lf : r->end;
    r->at = lf ? lf + 1 : r->end;
    r->line++;
    r->broken = false;
    if (stop > s && stop[-1] == '\r')
        stop--;
    struct buf out;
    buf_init(&out, (size_t)num - 2);
    line_check(r, s, (size_t)(stop - s), &out);
    snprintf(str, (size_t)num, "%s\n", buf_str(&out));
    buf_clear(&out);
    return str;
}

/* inih's handler. Its section is not used: inih cuts it at 49 bytes. */
static int reader_entry(void *user, const char *section, const char *name, const char *value)
{
    (void)section;
    struct reader *r = user;
    if (!r->doc->n) {
        section_open(r->doc, r->line, "", 0)->broken = true;
        config_report_add(r->report, r->line, "'%s' stands before any section; write [ccsup], [repo], [done] ... first",
                          name);
    }
    struct config_section *s = &r->doc->at[r->doc->n - 1];
    s->at = grow(s->at, s->n, sizeof *s->at);
    s->at[s->n++] = (struct config_entry){r->line, mem_strdup(name), r->broken ? NULL : mem_strdup(value)};
    return 1;
}

bool config_document_read(struct config_document *d, const char *text, size_t n, struct config_report *r)
{
    if (n > CONFIG_FILE_MAX) {
        config_report_add(r, 0, "the file has %zu bytes; at most %d", n, CONFIG_FILE_MAX);
        return false;
    }
    if (n >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0)) {
        config_report_add(r, 1, "the file is UTF-16; save it as UTF-8");
        return false;
    }
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* an editor's mark, harmless */
        text += 3;
        n -= 3;
    }
    /* The library's switches are its globals: always these values, nobody else uses inih here. */
    ini_max_line = CONFIG_LINE_MAX + 16;
    ini_use_stack = true;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_allow_no_value = false;
    ini_allow_bom = false;
    ini_stop_on_first_error = false;
    struct reader reader = {.doc = d, .report = r, .at = text, .end = text + n};
    int rc = ini_parse_stream(reader_next, &reader, reader_entry, &reader);
    if (rc && !r->n) /* each line was checked, so this cannot be; but an error of inih is never silence */
        config_report_add(r, rc > 0 ? rc : 0, "the line is not understood; write key = value, [section] or # comment");
    return true;
}

void config_document_clear(struct config_document *d)
{
    for (size_t i = 0; i < d->n; i++) {
        for (size_t k = 0; k < d->at[i].n; k++) {
            free(d->at[i].at[k].name);
            free(d->at[i].at[k].value);
        }
        free(d->at[i].at);
        free(d->at[i].text);
    }
    free(d->at);
    memset(d, 0, sizeof *d);
}
