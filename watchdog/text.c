#include "watchdog/text.h"
#include <string.h>

struct text text_of(const char *s)
{
    return (struct text){s, strlen(s)};
}

struct text text_from(struct text t, size_t from)
{
    if (from > t.n)
        from = t.n;
    return (struct text){t.n ? t.at + from : t.at, t.n - from};
}

bool text_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_is_alnum(char c)
{
    return text_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

struct text text_trim(struct text t)
{
    t = text_from(t, text_blanks(t));
    while (t.n && text_is_blank(t.at[t.n - 1]))
        t.n--;
    return t;
}

bool text_begins(struct text t, const char *s, bool any_case)
{
    for (size_t i = 0; s[i]; i++) {
        if (i >= t.n)
            return false;
        if (any_case ? text_lower(t.at[i]) != text_lower(s[i]) : t.at[i] != s[i])
            return false;
    }
    return true;
}

bool text_equals(struct text t, const char *s, bool any_case)
{
    return t.n == strlen(s) && text_begins(t, s, any_case);
}

bool text_begins_word(struct text t, const char *s, bool any_case)
{
    size_t k = strlen(s);
    return text_begins(t, s, any_case) && (t.n == k || !text_is_alnum(t.at[k]));
}

int text_find(struct text t, struct text_table table, bool any_case)
{
    for (size_t i = 0; i < table.n; i++)
        if (text_equals(t, table.at[i], any_case))
            return (int)i;
    return -1;
}

int text_find_prefix(struct text t, struct text_table table, bool any_case)
{
    for (size_t i = 0; i < table.n; i++)
        if (text_begins(t, table.at[i], any_case))
            return (int)i;
    return -1;
}

size_t text_blanks(struct text t)
{
    size_t i = 0;
    while (i < t.n && text_is_blank(t.at[i]))
        i++;
    return i;
}

size_t text_word(struct text t)
{
    size_t i = 0;
    while (i < t.n) {
        size_t quote = t.at[i] == '\'' ? 1 : text_begins(text_from(t, i), "’", false) ? strlen("’") : 0;
        if (quote && i && i + quote < t.n && text_is_alnum(t.at[i + quote]))
            i += quote;
        else if (text_is_alnum(t.at[i]) || t.at[i] == '_')
            i++;
        else
            break;
    }
    return i;
}

size_t text_list_mark(struct text t)
{
    size_t i = 0;
    if (t.n && (t.at[0] == '-' || t.at[0] == '+' || t.at[0] == '*')) {
        i = 1;
    } else {
        while (i < t.n && i < 9 && text_is_digit(t.at[i]))
            i++;
        if (!i || i >= t.n || (t.at[i] != '.' && t.at[i] != ')'))
            return 0;
        i++;
    }
    size_t blanks = text_blanks(text_from(t, i));
    return blanks || i == t.n ? i + blanks : 0;
}

size_t text_box(struct text t, bool *open)
{
    size_t close = t.n > 1 && t.at[0] == '[' && t.at[1] == ']' ? 1 : 2;
    if (t.n <= close || t.at[0] != '[' || t.at[close] != ']')
        return 0;
    size_t blanks = text_blanks(text_from(t, close + 1));
    if (!blanks && close + 1 < t.n)
        return 0;
    *open = close == 1 || (t.at[1] != 'x' && t.at[1] != 'X');
    return close + 1 + blanks;
}

int text_hashes(struct text t, size_t *bytes)
{
    size_t level = 0;
    while (level < t.n && level < 7 && t.at[level] == '#')
        level++;
    size_t blanks = text_blanks(text_from(t, level));
    if (!level || level > 6 || (!blanks && level < t.n))
        return 0;
    *bytes = level + blanks;
    return (int)level;
}

size_t text_separator(struct text t, bool blank_before)
{
    static const char *const plain[] = {":", ";", "=", "|", "(", "—", "–", "→", "->"};
    int found = text_find_prefix(t, TEXT_TABLE(plain), false);
    if (found >= 0)
        return strlen(plain[found]);
    bool blank_after = t.n > 1 && text_is_blank(t.at[1]);
    if (t.n && ((t.at[0] == '-' && blank_before && blank_after) || (t.at[0] == '.' && blank_after)))
        return 1;
    return 0;
}

bool text_is_rule(struct text t)
{
    size_t marks = 0;
    char mark = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (text_is_blank(t.at[i]))
            continue;
        if (!mark && (t.at[i] == '-' || t.at[i] == '*' || t.at[i] == '_'))
            mark = t.at[i];
        if (!mark || t.at[i] != mark)
            return false;
        marks++;
    }
    return marks >= 3;
}

size_t text_rule_from(struct text t)
{
    size_t i = t.n;
    for (char mark = 0; i > 0; i--) {
        char c = t.at[i - 1];
        if (text_is_blank(c))
            continue;
        if ((c != '-' && c != '*' && c != '_') || (mark && c != mark))
            break;
        mark = c;
    }
    return i;
}
