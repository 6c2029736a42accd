#include "supervisor/git/hidden.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include "watchdog/open_end.h"
#include "watchdog/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many lines say something, of one criterion or of vetoes. */
struct tally {
    int against, passes, all;
};

/* At 1 + what the lines are of; the caller frees. */
static struct tally *tally_of(const struct readings *r, const struct reading *x)
{
    struct tally *t = mem_zalloc((r->criteria->n + 1) * sizeof *t);
    for (size_t i = 0; i < x->n; i++) {
        struct tally *of = &t[x->lines[i].of == READING_NOTHING ? 0 : x->lines[i].of + 1];
        if (x->lines[i].of == READING_NOTHING)
            continue;
        of->all++;
        switch (x->lines[i].kind) {
        case REVIEW_FAIL:
        case REVIEW_PENDING:
        case REVIEW_VETO: of->against++; break;
        case REVIEW_PASS: of->passes++; break;
        case REVIEW_LIFT:
        case REVIEW_NEAR: break;
        }
    }
    return t;
}

static void compare(struct words *lost, const struct readings *r, const struct reading *old, const struct reading *put,
                    const struct reading *new)
{
    struct tally *was = tally_of(r, old), *said = tally_of(r, put), *is = tally_of(r, new);
    char text[80];
    for (size_t i = 0; i <= r->criteria->n; i++) {
        bool against = is[i].against < was[i].against + said[i].against;
        if (!against && (!i || !said[i].passes || is[i].all))
            continue;
        snprintf(text, sizeof text, "%s%s", i ? r->criteria->at[i - 1] : "VETO", !i ? "" : against ? " FAIL" : " PASS");
        words_add(lost, text);
    }
    free(was);
    free(said);
    free(is);
}

/* Past blanks at the end of a line, up to LF or the text's end; `at` itself when something else follows. */
static size_t past_blanks(const char *text, size_t n, size_t at)
{
    size_t i = at;
    while (i < n && text_is_blank(text[i]))
        i++;
    return i == n || text[i] == '\n' ? i : at;
}

/* Where what was put at the end begins in the new text; its length when the commit did something else. Blanks at the
 * ends of lines don't count, as editors and git's attributes change them, nor do empty lines at the old text's end. */
static size_t put_from(const char *old, size_t n, const char *new, size_t m)
{
    size_t i = 0, k = 0;
    while (i < n && k < m) {
        if (old[i] == new[k]) {
            i++;
            k++;
            continue;
        }
        size_t a = past_blanks(old, n, i), b = past_blanks(new, m, k);
        if (a == i && b == k)
            break;
        i = a;
        k = b;
    }
    for (; i < n; i++)
        if (!text_is_blank(old[i]) && old[i] != '\n')
            return m;
    return k;
}

/* A fence that is one in a list alone: by itself the text would be read in another way. */
static bool fences_inside(const char *text, size_t n)
{
    for (size_t i = 1; i + 3 <= n; i++)
        if (strchr(" \t", text[i - 1]) && text[i - 1] && (!memcmp(text + i, "```", 3) || !memcmp(text + i, "~~~", 3)))
            return true;
    return false;
}

/* Of a file that is refused: true. */
static int is_open(const struct readings *r, const struct memo *memo, size_t commit, const git_oid *id, bool *open)
{
    git_blob *blob = NULL;
    int rc = 0;
    if (memo->flags[commit] & MEMO_REVIEW) {
        *open = (memo->flags[commit] & MEMO_OPEN) != 0;
        return 0;
    }
    rc = readings_raw(r, id, &blob);
    *open = !blob || open_end_or_sample(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    git_blob_free(blob);
    return rc;
}

struct change {
    git_blob *new, *old;
    const char *put; /* what was put at the end, NULL when the commit did something else */
    size_t n;
};

static int change_get(struct change *x, const struct readings *r, const git_oid *mine, const git_oid *theirs)
{
    memset(x, 0, sizeof *x);
    int rc = readings_raw(r, mine, &x->new);
    if (rc == 0 && theirs)
        rc = readings_raw(r, theirs, &x->old);
    if (rc == 0 && x->new && x->old) {
        const char *text = git_blob_rawcontent(x->new);
        size_t m = (size_t)git_blob_rawsize(x->new);
        size_t from = put_from(git_blob_rawcontent(x->old), (size_t)git_blob_rawsize(x->old), text, m);
        x->n = m - from;
        x->put = x->n ? text + from : NULL;
    }
    return rc;
}

static int look(struct words *lost, struct readings *r, const git_oid *mine, const git_oid *theirs, struct text put)
{
    const struct reading *was, *is;
    struct reading said;
    int rc = readings_get(r, theirs, &was);
    if (rc == 0)
        rc = readings_get(r, mine, &is);
    if (rc < 0 || is->refused)
        return rc;
    readings_text(r, &said, put.at, put.n);
    compare(lost, r, was, &said, is);
    reading_clear(&said);
    return 0;
}

/* theirs: the only parent's file, or NULL; before: is that open? */
static int hidden_look(struct words *lost, struct readings *r, const git_oid *mine, const git_oid *theirs, bool before,
                       bool *open)
{
    struct change x;
    struct buf b;
    int rc = change_get(&x, r, mine, theirs);
    buf_init(&b, 0);
    buf_adds(&b, "\n"); /* else a rule in its first line would begin front matter */
    buf_add(&b, x.put ? x.put : "", x.put ? x.n : 0);
    before = before || fences_inside(buf_str(&b), b.len);
    if (rc == 0 && x.put && lost && before)
        rc = look(lost, r, mine, theirs, (struct text){buf_str(&b), b.len});
    if (!x.new)
        *open = true;
    else if (x.put && !before)
        *open = open_end_or_sample(buf_str(&b), b.len);
    else
        *open = open_end_or_sample(git_blob_rawcontent(x.new), (size_t)git_blob_rawsize(x.new));
    buf_clear(&b);
    git_blob_free(x.new);
    git_blob_free(x.old);
    return rc;
}

int hidden_find(struct words *lost, struct readings *r, const struct memo *memo, size_t commit, bool *open)
{
    const struct graph_commit *c = &r->graph->commits[commit];
    const git_oid *mine, *theirs = NULL;
    bool before = false;
    int rc = readings_blob(r, commit, &mine);
    *open = false;
    for (size_t k = 0; k < c->parent_count && rc == 0 && mine; k++) {
        size_t parent = r->graph->edges[c->parents + k];
        rc = readings_blob(r, parent, &theirs);
        if (rc == 0 && theirs && git_oid_equal(mine, theirs))
            return is_open(r, memo, parent, theirs, open);
        if (rc == 0 && theirs && c->parent_count == 1)
            rc = is_open(r, memo, parent, theirs, &before);
    }
    if (rc < 0 || !mine)
        return rc;
    return hidden_look(lost, r, mine, c->parent_count == 1 ? theirs : NULL, before, open);
}
