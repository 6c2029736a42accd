#include "watchdog/mark.h"
#include "watchdog/inline.h"
#include <string.h>

bool mark_fence_opens(struct text t, struct block_fence *f)
{
    size_t k = 0;
    while (k < t.n && (t.at[k] == '`' || t.at[k] == '~') && t.at[k] == t.at[0])
        k++;
    if (k < 3 || (t.at[0] == '`' && k < t.n && memchr(t.at + k, '`', t.n - k)))
        return false;
    f->mark = t.at[0];
    f->length = k;
    return true;
}

bool mark_fence_closes(const struct block_fence *f, struct text t, int column)
{
    t = text_trim(t);
    if (t.n < f->length || column > f->column + 3)
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] != f->mark)
            return false;
    return true;
}

int mark_underline_level(struct text t)
{
    t = text_trim(t);
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] != t.at[0] || (t.at[0] != '=' && t.at[0] != '-'))
            return 0;
    return t.n ? (t.at[0] == '=' ? 1 : 2) : 0;
}

bool mark_starts_block(struct text t)
{
    struct block_fence f;
    size_t bytes;
    return text_hashes(t, &bytes) || mark_fence_opens(t, &f) || text_is_rule(t) || text_list_mark(t) ||
           (t.n && t.at[0] == '>') || inline_raw_opener(t) || text_begins(t, "<!--", false) || inline_details(t);
}

bool mark_item_interrupts(struct text t, size_t mark)
{
    size_t zeros = 0;
    if (!text_trim(text_from(t, mark)).n)
        return false;
    while (t.at[zeros] == '0')
        zeros++;
    return !text_is_digit(t.at[0]) || (t.at[zeros] == '1' && !text_is_digit(t.at[zeros + 1]));
}

bool mark_quotes_paragraph(struct text t, bool goes_on)
{
    const char *rule_from = t.at + text_rule_from(t);
    for (;;) {
        size_t blanks = text_blanks(t), mark;
        if (blanks == t.n)
            return false;
        if (memchr(t.at, '\t', blanks))
            return true; /* in doubt */
        if (blanks > 4)
            return goes_on; /* code, or the paragraph */
        t = text_from(t, blanks);
        mark = t.at[0] == '>' ? 1 : t.at >= rule_from && text_is_rule(t) ? 0 : text_list_mark(t);
        if (!mark)
            return !mark_starts_block(t);
        if (goes_on && t.at[0] != '>' && !mark_item_interrupts(t, mark))
            return true;
        while (mark > 1 && text_is_blank(t.at[mark - 1]))
            mark--;
        goes_on = goes_on && t.at[0] == '>';
        t = text_from(t, mark);
    }
}

struct text mark_heading_title(struct text t)
{
    t = text_trim(t);
    size_t n = t.n;
    while (n && t.at[n - 1] == '#')
        n--;
    if (n && n < t.n && text_is_blank(t.at[n - 1]))
        t.n = n;
    return text_trim(t);
}

bool mark_whole_span(struct text t, bool *bare)
{
    bool open;
    t = text_trim(t);
    *bare = t.n && t.at[0] == '`';
    t = text_from(t, text_box(t, &open));
    while (t.n && (t.at[0] == '*' || t.at[0] == '_'))
        t = text_from(t, 1);
    while (t.n && (t.at[t.n - 1] == '*' || t.at[t.n - 1] == '_'))
        t.n--;
    return t.n && inline_code(t) == t.n;
}
