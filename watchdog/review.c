#include "watchdog/review.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "watchdog/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KIND_NAMES[] = {"PASS", "FAIL", "PENDING", "VETO", "LIFT", "NEAR"};
static const char *const BY_NAMES[] = {"unknown", "adversary", "builder", "operator", "other"};

static int name_index(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

const char *review_kind_name(enum review_kind k)
{
    return KIND_NAMES[k];
}

int review_kind_parse(const char *name)
{
    return name_index(KIND_NAMES, sizeof KIND_NAMES / sizeof *KIND_NAMES, name);
}

const char *review_by_name(enum review_by b)
{
    return BY_NAMES[b];
}

int review_by_parse(const char *name)
{
    return name_index(BY_NAMES, sizeof BY_NAMES / sizeof *BY_NAMES, name);
}

void review_clear(struct review *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->entries[i].text);
        free(r->entries[i].why);
        free(r->entries[i].fix);
    }
    free(r->entries);
    words_clear(&r->warnings);
    memset(r, 0, sizeof *r);
}

static struct review_entry *add(struct review *r, enum review_kind kind, const char *id, const char *at,
                                size_t n, int line)
{
    r->entries = mem_resize(r->entries, r->count + 1, sizeof *r->entries);
    struct review_entry *x = &r->entries[r->count++];
    memset(x, 0, sizeof *x);
    x->kind = kind;
    x->line = line;
    snprintf(x->id, sizeof x->id, "%s", id);
    x->hash = hash_fnv(at, n);
    x->text = vis_dup(at, n, 397);
    x->dating = REVIEW_UNDATED;
    x->sha_known = true;
    return x;
}

static void read_line(struct review *r, const char *at, size_t n, int line, const struct words *criteria)
{
    if (n >= 7 && memcmp(at, "## VETO", 7) == 0)
        add(r, n >= 14 && memcmp(at + 7, " LIFTED", 7) == 0 ? REVIEW_LIFT : REVIEW_VETO, "", at, n, line);
    for (size_t i = 0; i < criteria->n; i++) {
        size_t k = strlen(criteria->at[i]);
        if (n < k + 6 || memcmp(at, criteria->at[i], k) != 0 || memcmp(at + k, ": ", 2) != 0)
            continue;
        const char *word = at + k + 2;
        bool pass = memcmp(word, "PASS", 4) == 0;
        if (!pass && memcmp(word, "FAIL", 4) != 0)
            continue;
        struct review_entry *x = add(r, pass ? REVIEW_PASS : REVIEW_FAIL, criteria->at[i], at, n, line);
        size_t used = n > k + 8 && word[4] == ' ' && word[5] == '@'
                          ? timestamp_parse(at + k + 8, n - k - 8, &x->written)
                          : 0;
        x->dating = used ? REVIEW_DATED : REVIEW_UNDATED;
    }
}

void review_read(struct review *r, const char *text, size_t n, const struct words *criteria,
                 int64_t max_bytes)
{
    memset(r, 0, sizeof *r);
    if ((int64_t)n > max_bytes || (n && memchr(text, 0, n))) {
        r->refused = true;
        snprintf(r->why, sizeof r->why, "it is too big or holds a NUL byte");
        return;
    }
    int line = 0;
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(text + at, '\n', n - at);
        size_t len = lf ? (size_t)(lf - text) - at : n - at;
        read_line(r, text + at, len, ++line, criteria);
        at += len + 1;
    }
}
