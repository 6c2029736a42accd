#include "supervisor/git/foreign.h"
#include "supervisor/base/mem.h"
#include "supervisor/git/hidden.h"
#include "supervisor/git/reading.h"
#include "watchdog/open_end.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool foreign_concerns(const struct foreign *f, const char *id)
{
    size_t n = strlen(id);
    if (*id && words_have(&f->lost, FOREIGN_END))
        return true;
    for (size_t i = 0; i < f->lost.n; i++)
        if (*id ? strncmp(f->lost.at[i], id, n) == 0 && f->lost.at[i][n] == ' ' : strcmp(f->lost.at[i], "VETO") == 0)
            return true;
    return false;
}

static void lost_add(struct words *lost, const struct foreign_search *s, const struct reading_line *line)
{
    char text[80];
    if (line->of == READING_VETO) /* a lifting that does not count may be all that is left of a VETO */
        snprintf(text, sizeof text, "%s", review_kind_name(line->kind == REVIEW_NEAR ? REVIEW_VETO : line->kind));
    else
        snprintf(text, sizeof text, "%s %s", s->criteria->at[line->of], review_kind_name(line->kind));
    if (!words_have(lost, text))
        words_add(lost, text);
}

/* Which lines of `old` does `new` not have, in their order? The order counts among lines about the same: it says
 * which verdict is the later one. */
static void lost_compare(struct words *lost, const struct foreign_search *s, const struct reading *old,
                         const struct reading *new)
{
    size_t at = 0, n = new ? new->n : 0;
    for (size_t i = 0; i < old->n;) {
        int of = old->lines[i].of;
        while (at < n && new->lines[at].of < of)
            at++;
        for (; i < old->n && old->lines[i].of == of; i++) {
            uint64_t key = old->lines[i].key;
            size_t found = at;
            if (!n || !bsearch(&key, new->keys, n, sizeof key, reading_key_compare))
                found = n;
            while (found < n && new->lines[found].of == of &&new->lines[found].key != key)
                found++;
            if (found < n && new->lines[found].of == of)
                at = found + 1;
            else if (of != READING_NOTHING)
                lost_add(lost, s, &old->lines[i]);
        }
    }
}

/* *tail: the part of the file that is open at its end, NULL when it is not; it lies in *blob, to be freed. */
static int tail_get(const struct readings *r, const git_oid *id, git_blob **blob, const char **tail, size_t *n)
{
    size_t from;
    int rc = readings_raw(r, id, blob);
    *tail = NULL;
    if (rc == 0 && *blob && open_end(git_blob_rawcontent(*blob), (size_t)git_blob_rawsize(*blob), &from)) {
        *tail = (const char *)git_blob_rawcontent(*blob) + from;
        *n = (size_t)git_blob_rawsize(*blob) - from;
    }
    return rc;
}

/* Did the commit leave the file open at its end, where no parent left it so in the same way? What the next one puts
 * behind might not count. A merge takes a parent's file as it is, or it is what opened it: its parents may be old. */
static int foreign_opens(struct readings *r, size_t commit, bool *opens)
{
    const struct graph_commit *c = &r->graph->commits[commit];
    const git_oid *mine, *theirs = NULL;
    git_blob *blob = NULL, *old = NULL;
    const char *tail, *before = NULL;
    size_t n, m;
    int rc = readings_blob(r, commit, &mine);
    *opens = false;
    for (size_t k = 0; k < c->parent_count && rc == 0 && mine; k++) {
        rc = readings_blob(r, r->graph->edges[c->parents + k], &theirs);
        if (rc == 0 && theirs && git_oid_equal(mine, theirs))
            return 0;
    }
    if (rc == 0 && mine && (rc = tail_get(r, mine, &blob, &tail, &n)) == 0 && tail) {
        if (c->parent_count == 1 && theirs)
            rc = tail_get(r, theirs, &old, &before, &m);
        *opens = !(before && n == m && memcmp(tail, before, n) == 0);
    }
    git_blob_free(blob);
    git_blob_free(old);
    return rc;
}

/* *quiet: against its only parent the commit changed the file and no line of its reading. */
static int foreign_look(const struct foreign_search *s, struct readings *r, size_t commit, struct words *lost,
                        bool *quiet)
{
    const struct graph_commit *c = &s->graph->commits[commit];
    const git_oid *mine, *theirs;
    const struct reading *old, *new = NULL;
    int rc = readings_blob(r, commit, &mine);
    *quiet = false;
    for (size_t k = 0; k < c->parent_count && rc == 0; k++) {
        rc = readings_blob(r, s->graph->edges[c->parents + k], &theirs);
        if (rc < 0 || !theirs || (mine && git_oid_equal(mine, theirs)))
            continue;
        rc = readings_get(r, theirs, &old);
        if (rc == 0 && mine)
            rc = readings_get(r, mine, &new);
        if (rc < 0)
            break;
        lost_compare(lost, s, old, new);
        if (old->refused && !words_have(lost, "VETO")) /* who knows what it said */
            words_add(lost, "VETO");
        *quiet = c->parent_count == 1 && !lost->n && new &&new->n == old->n;
    }
    return rc;
}

static void foreign_take(struct foreigns *out, size_t commit, const struct words *lost)
{
    if (!lost->n) {
        out->quiet = mem_resize(out->quiet, out->quiet_count + 1, sizeof *out->quiet);
        out->quiet[out->quiet_count++] = commit;
        return;
    }
    out->list = mem_resize(out->list, out->count + 1, sizeof *out->list);
    struct foreign *f = &out->list[out->count++];
    *f = (struct foreign){.commit = commit};
    for (size_t i = 0; i < lost->n; i++)
        words_add(&f->lost, lost->at[i]);
}

static int foreign_one(struct foreigns *out, const struct foreign_search *s, struct readings *r, size_t commit)
{
    const git_oid *id = &s->graph->commits[commit].id;
    if (s->memo->flags[commit] & MEMO_REVIEW) {
        const struct memo_note *note = s->memo->note_count ? memo_find(s->memo, id, 'f', 0) : NULL;
        if (note)
            foreign_take(out, commit, &note->words);
        return 0;
    }
    struct words lost = {0};
    bool quiet = false, opens = false, open, verifier = s->verifier[commit];
    int rc = hidden_find(verifier ? &lost : NULL, r, s->memo, commit, &open);
    if (rc == 0 && !verifier)
        rc = foreign_look(s, r, commit, &lost, &quiet);
    if (rc == 0 && !verifier)
        rc = foreign_opens(r, commit, &opens);
    if (opens)
        words_add(&lost, FOREIGN_END);
    if (lost.n && verifier)
        words_add(&lost, FOREIGN_HIDDEN);
    if (rc == 0) {
        s->memo->flags[commit] |= (uint8_t)(MEMO_REVIEW | (open ? MEMO_OPEN : 0));
        s->memo->changed = true;
    }
    if (rc == 0 && (lost.n || quiet)) {
        foreign_take(out, commit, &lost);
        memo_add(s->memo, id, 'f', 0)->words = lost;
        return 0;
    }
    words_clear(&lost);
    return rc;
}

static void newest_first(struct foreigns *f)
{
    for (size_t i = 0; i < f->count / 2; i++) {
        struct foreign x = f->list[i];
        f->list[i] = f->list[f->count - 1 - i];
        f->list[f->count - 1 - i] = x;
    }
    for (size_t i = 0; i < f->quiet_count / 2; i++) {
        size_t x = f->quiet[i];
        f->quiet[i] = f->quiet[f->quiet_count - 1 - i];
        f->quiet[f->quiet_count - 1 - i] = x;
    }
}

int foreigns_find(struct foreigns *out, const struct foreign_search *s)
{
    memset(out, 0, sizeof *out);
    struct readings *r = mem_zalloc(sizeof *r);
    *r = (struct readings){.repo = s->repo,
                           .graph = s->graph,
                           .criteria = s->criteria,
                           .max_bytes = s->max_bytes,
                           .path = s->path,
                           .secret = s->memo->secret};
    int rc = readings_open(r);
    /* Parents first: of a file that only grew, what is new is read alone. */
    for (size_t i = s->graph->count, looked = 0; i-- > 0 && rc == 0;)
        if (s->phase[i])
            rc = looked++ % 16 == 0 && s->stop(s->arg) ? FOREIGN_STOPPED : foreign_one(out, s, r, i);
    newest_first(out);
    readings_close(r);
    free(r);
    return rc;
}

void foreigns_clear(struct foreigns *f)
{
    for (size_t i = 0; i < f->count; i++)
        words_clear(&f->list[i].lost);
    free(f->list);
    free(f->quiet);
    memset(f, 0, sizeof *f);
}
