#include "supervisor/base/words.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include <stdlib.h>
#include <string.h>

void words_clear(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->at[i]);
    free(w->at);
    w->at = NULL;
    w->n = 0;
}

void words_add(struct words *w, const char *word)
{
    w->at = mem_resize(w->at, w->n + 2, sizeof *w->at);
    w->at[w->n++] = mem_strdup(word);
    w->at[w->n] = NULL;
}

bool words_have(const struct words *w, const char *word)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->at[i], word) == 0)
            return true;
    return false;
}

bool words_same(const struct words *a, const struct words *b)
{
    bool equal = a->n == b->n;
    for (size_t i = 0; equal && i < a->n; i++)
        equal = strcmp(a->at[i], b->at[i]) == 0;
    return equal;
}

bool words_split(struct words *w, const char *text, struct err *e)
{
    struct buf word;
    buf_init(&word, 0);
    bool open = false; /* a word has begun, perhaps an empty quoted one */
    char quote = 0;
    for (const char *p = text; *p; p++) {
        bool blank = *p == ' ' || *p == '\t';
        if (!quote && blank) {
            if (open)
                words_add(w, buf_str(&word));
            buf_clear(&word);
            open = false;
            continue;
        }
        open = true;
        if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? 0 : *p;
        } else if (*p == '\\' && quote != '\'' && (!quote || p[1] == '"' || p[1] == '\\' || !p[1])) {
            if (!*++p) {
                err_set(e, "a backslash at the end takes nothing; write \\\\ for a backslash");
                buf_clear(&word);
                return false;
            }
            buf_add(&word, p, 1);
        } else {
            buf_add(&word, p, 1);
        }
    }
    if (quote)
        err_set(e, "a %c quote is not closed", quote);
    else if (open)
        words_add(w, buf_str(&word));
    buf_clear(&word);
    return !quote;
}
