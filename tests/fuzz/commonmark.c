/* What our reader calls live, CommonMark (libcmark) does not hold for code, a quotation or raw HTML; but for what
 * docs/protocol.md states. Half of the documents are made of pieces, half are the bytes as they are. */
#include "tests/fuzz/fuzz.h"
#include "supervisor/base/vis.h"
#include "watchdog/markdown.h"
#include <cmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const PIECES[] = {
    "D1: PASS\n",   "D1: FAIL\n", "text\n", "\n",      "\n",         "```\n",       "~~~\n",     "````\n",
    "``` x\n",      "    ",       "   ",    "  ",      " ",          "\t",          "- ",        "* ",
    "1. ",          "10) ",       "> ",     ">",       "# ",         "## a\n",      "---\n",     "===\n",
    "***\n",        "<!--",       "-->",    "<pre>",   "</pre>",     "<script>",    "</script>", "<div>\n",
    "</div>",       "<b>",        "`",      "``",      "~~",         "|",           "\\",        "<details>\n",
    "</details>",   "-\n",        "1.\n",   "a",       "<textarea>", "</textarea>", "<?x",       "?>",
    "<!X",          "<![CDATA[",  "]]>",    "<style>", "+ ",         "\r\n",        "\n\n",      "[a]: b\n",
    "<a href=x>\n", "</a>\n",     "2. ",    "    - ",
};

static const char *const ELEMENTS[] = {"pre", "script", "style", "textarea"};

/* The element of raw text that the HTML opens: an index of ELEMENTS, or -1. */
static int element_of(const char *html)
{
    html += strspn(html, " ");
    for (int i = 0; *html == '<' && i < (int)(sizeof ELEMENTS / sizeof *ELEMENTS); i++) {
        size_t n = strlen(ELEMENTS[i]);
        if (strncasecmp(html + 1, ELEMENTS[i], n) == 0 && strchr(" \t\r\n>", html[n + 1]))
            return i;
    }
    return -1;
}

/* Only comments and four elements hide what is in them; docs/protocol.md, "Reading a file". */
static bool hides(const char *html)
{
    return strncmp(html + strspn(html, " "), "<!--", 4) == 0 || element_of(html) >= 0;
}

/* Whether the HTML ends as ccsup ends it: with the end of a comment, or the closing tag of the same element. */
static bool ends_alike(const char *html)
{
    char closer[20] = "-->";
    int element = element_of(html);
    if (element >= 0)
        snprintf(closer, sizeof closer, "</%s>", ELEMENTS[element]);
    return strcasestr(html, closer);
}

static const char *kind_of(cmark_node *node)
{
    cmark_node_type t = cmark_node_get_type(node);
    return t == CMARK_NODE_CODE_BLOCK                                          ? "code"
           : t == CMARK_NODE_BLOCK_QUOTE                                       ? "a quotation"
           : t == CMARK_NODE_HTML_BLOCK && hides(cmark_node_get_literal(node)) ? "raw HTML"
                                                                               : NULL;
}

/* The last line of the block; libcmark gives one too many for a fence that its container ends. */
static int last_line(cmark_node *node)
{
    int last = cmark_node_get_end_line(node);
    if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
        return last;
    int counted = cmark_node_get_start_line(node);
    for (const char *s = cmark_node_get_literal(node); (s = strchr(s, '\n')) != NULL; s++)
        counted++;
    return counted < last ? counted : last;
}

/* Whether only a fence stands on the line that begins at s, indented or not. */
static bool is_fence(const char *s)
{
    s += strspn(s, " \t");
    size_t n = strspn(s, *s == '~' ? "~" : "`");
    return n >= 3;
}

/* The start of a line, 1-based; "" behind the last one. */
static const char *line_at(const struct buf *text, int number)
{
    const char *s = text->data;
    for (; s && number > 1; number--)
        s = (s = strchr(s, '\n')) ? s + 1 : NULL;
    return s ? s : "";
}

/* Where docs/protocol.md differs on purpose, and everything behind it may: a closing fence may stand left of its list,
 * and three columns right of an indented opener; an element ends with its own closing tag, and no comment or element
 * with its list. (HTML that hides nothing is text like any other.) */
static bool closes_otherwise(const struct buf *text, cmark_node *node)
{
    bool listed = false;
    for (cmark_node *up = node; up; up = cmark_node_parent(up))
        listed = listed || cmark_node_get_type(up) == CMARK_NODE_ITEM;
    if (cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK) {
        const char *html = cmark_node_get_literal(node);
        return (listed || element_of(html) >= 0) && !ends_alike(html);
    }
    if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
        return false;
    int column = cmark_node_get_start_column(node) - 1;
    const char *first = line_at(text, cmark_node_get_start_line(node)),
               *last = line_at(text, cmark_node_get_end_line(node));
    bool fenced = strlen(first) > (size_t)column && is_fence(first + column);
    if (listed && fenced && (!is_fence(last) || (int)strspn(last, " ") < column))
        return true;
    for (const char *s = cmark_node_get_literal(node); s && *s; s = strchr(s, '\n'), s = s ? s + 1 : NULL)
        if ((*s == ' ' || *s == '\t') && is_fence(s))
            return true;
    return false;
}

/* Marks the lines of each such block: 1-based; NULL = none of them. False: the two may differ in this document. */
static bool mark_blocks(const struct buf *text, const char **in, size_t lines)
{
    cmark_node *doc = cmark_parse_document(text->data, text->len, CMARK_OPT_VALIDATE_UTF8);
    cmark_iter *iter = cmark_iter_new(doc);
    bool same = true;
    for (cmark_event_type ev; same && (ev = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        const char *kind = ev == CMARK_EVENT_ENTER ? kind_of(node) : NULL;
        bool html = cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK;
        same = kind ? !closes_otherwise(text, node) : !html;
        for (int i = cmark_node_get_start_line(node); kind && i > 0 && i <= last_line(node); i++)
            if ((size_t)i <= lines && !in[i])
                in[i] = kind;
    }
    cmark_iter_free(iter);
    cmark_node_free(doc);
    return same;
}

/* Whether a comment opens where CommonMark sees none: inside a line. Ours counts, and ends elsewhere. */
static bool opens_inside(const struct buf *text, const char *const *in, size_t lines)
{
    const char *s = text->data;
    for (size_t i = 1; i <= lines && s; i++, s = (s = strchr(s, '\n')) ? s + 1 : NULL) {
        size_t n = strcspn(s, "\n");
        const char *at = memmem(s, n, "<!--", 4);
        bool hidden = in[i] && strcmp(in[i], "raw HTML") == 0;
        if (at && (!hidden || memmem(at + 4, n - (size_t)(at + 4 - s), "<!--", 4)))
            return true;
    }
    return false;
}

/* Whether a fence stands so far right that only ccsup opens it: anywhere in a list. */
static bool opens_deep(const struct buf *text)
{
    bool list = false;
    for (const char *s = text->data; s && *s; s = (s = strchr(s, '\n')) ? s + 1 : NULL) {
        struct text t = {s, strcspn(s, "\n")};
        size_t blanks = text_blanks(t);
        list = list || text_list_mark(text_from(t, blanks));
        if (list && is_fence(s) && (blanks > 3 || memchr(s, '\t', blanks)))
            return true;
    }
    return false;
}

/* Whether a line begins as a quotation and has a list or a tab in it: how far right things stand in there is not
 * counted. */
static bool quotes_columns(const struct buf *text)
{
    for (const char *s = text->data; s && *s; s = (s = strchr(s, '\n')) ? s + 1 : NULL) {
        struct text t = {s, strcspn(s, "\n")};
        bool quote = false, other = false;
        for (size_t mark = 1, blanks; mark && (blanks = text_blanks(t)) < t.n; t = text_from(t, mark)) {
            other = other || memchr(t.at, '\t', blanks);
            t = text_from(t, blanks);
            mark = t.at[0] == '>' ? 1 : text_list_mark(t);
            quote = quote || t.at[0] == '>';
            other = other || mark > 1;
        }
        if (quote && other)
            return true;
    }
    return false;
}

/* Whether anything stands on the line but marks. */
static bool says_nothing(struct text t)
{
    for (size_t n; t = text_trim(t), (n = text_list_mark(t)) > 0;)
        t = text_from(t, n);
    for (size_t i = 0; i < t.n; i++)
        if (text_is_alnum(t.at[i]))
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draw d = {data, data + size};
    struct buf text = {0};
    buf_adds(&text, "");
    bool raw = draw(&d, 4) == 1;
    if (raw)
        buf_add(&text, (const char *)d.at, (size_t)(d.end - d.at));
    while (!raw && d.at < d.end)
        buf_adds(&text, DRAW(&d, PIECES));
    char why[200];
    /* CommonMark knows no front matter, ends lines at a CR alone, and has link definitions, which are text for us. Of
     * bytes that are no UTF-8 libcmark may take the next character away. */
    bool other = text.len && (strncmp(text.data, "---", 3) == 0 || memmem(text.data, text.len, "]:", 2));
    for (size_t i = 0, n; i < text.len && !other; i += n) {
        n = vis_utf8(text.data + i, text.len - i);
        other = !n;
    }
    for (size_t i = 0; i < text.len; i++)
        other = other || (text.data[i] == '\r' && text.data[i + 1] != '\n');
    if (!text.len || other || markdown_refuses(text.data, text.len, MAX_BYTES, why, sizeof why)) {
        buf_clear(&text);
        return 0;
    }
    struct markdown md;
    struct markdown_line line;
    markdown_read(&md, text.data, text.len);
    const char **in = calloc(md.count + 2, sizeof *in);
    if (!in)
        abort();
    bool same = mark_blocks(&text, in, md.count);
    same = same && !opens_inside(&text, in, md.count) && !opens_deep(&text) && !quotes_columns(&text);
    while (same && markdown_next(&md, &line)) {
        if (line.life != MARKDOWN_LIVE || line.sample || says_nothing(line.text) || !in[line.number])
            continue;
        char what[120];
        snprintf(what, sizeof what, "line %d is live, and in CommonMark it is %s", line.number, in[line.number]);
        broken(what, &text, NULL);
    }
    free(in);
    markdown_clear(&md);
    buf_clear(&text);
    return 0;
}
