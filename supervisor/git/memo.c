#include "supervisor/git/memo.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { MEMO_FILE_MAX = 16 << 20, MEMO_RECORD = GIT_OID_RAWSZ + 1 + 8, MEMO_CRC = 8 };

/* File: "ccsup-commits IDENTITY SECRET SECRET COUNT\n"; COUNT records of id, flags and code hash, sorted by id; a line
 * "KIND KEY COMMIT word,word\n" for each note; then the CRC of all that. */
static const char memo_head[] = "ccsup-commits %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %08zx\n";

static bool memo_parse_notes(struct memo *m, const char *p, const char *end)
{
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        char kind, hex[GIT_OID_HEXSZ + 1];
        uint64_t key;
        git_oid id;
        int used = 0;
        if (!lf || sscanf(p, "%c %16" SCNx64 " %40[0-9a-f]%n", &kind, &key, hex, &used) != 3 || !used ||
            git_oid_fromstr(&id, hex) < 0)
            return false;
        struct memo_note *note = memo_add(m, &id, kind, key);
        for (const char *w = p + used; w < lf;) {
            size_t n = strcspn(w + 1, ",\n");
            char *word = mem_strndup(w + 1, n);
            words_add(&note->words, word);
            free(word);
            w += n + 1;
        }
        p = lf + 1;
    }
    return true;
}

static bool memo_parse(struct memo *m, const struct graph *g, const char *text, size_t n)
{
    uint64_t wrote, secret[2];
    size_t count, head = strcspn(text, "\n") + 1, at = 0;
    if (n < head + MEMO_CRC || sscanf(text, "ccsup-commits %16" SCNx64 " %16" SCNx64 " %16" SCNx64 " %8zx\n", &wrote,
                                      &secret[0], &secret[1], &count) != 4)
        return false;
    if (wrote != m->identity || count > MEMO_FILE_MAX / MEMO_RECORD || n < head + count * MEMO_RECORD + MEMO_CRC ||
        strtoul(text + n - MEMO_CRC, NULL, 16) != hash_crc32(text, n - MEMO_CRC))
        return false;
    memcpy(m->secret.k, secret, sizeof secret);
    const unsigned char *record = (const unsigned char *)text + head;
    for (size_t i = 0; i < count; i++, record += MEMO_RECORD) {
        int order = -1; /* both are sorted: one pass */
        while (at < g->count && (order = memcmp(g->commits[g->by_id[at]].id.id, record, GIT_OID_RAWSZ)) < 0)
            at++;
        if (at == g->count || order != 0)
            continue;
        m->flags[g->by_id[at]] = record[GIT_OID_RAWSZ];
        memcpy(&m->code[g->by_id[at]], record + GIT_OID_RAWSZ + 1, sizeof *m->code);
    }
    return memo_parse_notes(m, (const char *)record, text + n - MEMO_CRC);
}

static void memo_forget(struct memo *m)
{
    for (size_t i = 0; i < m->note_count; i++)
        words_clear(&m->notes[i].words);
    free(m->notes);
    m->notes = NULL;
    m->note_count = 0;
    memset(m->flags, 0, m->count);
}

void memo_load(struct memo *m, const struct graph *g, const char *file, uint64_t identity)
{
    memset(m, 0, sizeof *m);
    m->identity = identity;
    m->file = mem_strdup(file);
    m->count = g->count;
    m->flags = mem_zalloc(g->count + 1);
    m->code = mem_zalloc((g->count + 1) * sizeof *m->code);
    struct buf b;
    buf_init(&b, MEMO_FILE_MAX);
    bool ok = file && file_read(file, MEMO_FILE_MAX, &b, NULL) && memo_parse(m, g, buf_str(&b), b.len);
    buf_clear(&b);
    if (ok)
        return;
    memo_forget(m);
    if (getrandom(&m->secret, sizeof m->secret, 0) != (ssize_t)sizeof m->secret)
        abort();
}

void memo_save(struct memo *m, const struct graph *g)
{
    if (!m->file || !m->changed)
        return;
    struct buf b;
    char hex[GIT_OID_HEXSZ + 1];
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++)
        count += m->flags[i] != 0;
    buf_init(&b, MEMO_FILE_MAX);
    buf_addf(&b, memo_head, m->identity, m->secret.k[0], m->secret.k[1], count);
    for (size_t i = 0; i < m->count; i++) {
        size_t c = g->by_id[i];
        unsigned char record[MEMO_RECORD];
        if (!m->flags[c])
            continue;
        memcpy(record, g->commits[c].id.id, GIT_OID_RAWSZ);
        record[GIT_OID_RAWSZ] = m->flags[c];
        memcpy(record + GIT_OID_RAWSZ + 1, &m->code[c], sizeof *m->code);
        buf_add(&b, record, sizeof record);
    }
    for (size_t i = 0; i < m->note_count; i++) {
        const struct memo_note *note = &m->notes[i];
        buf_addf(&b, "%c %016" PRIx64 " %s", note->kind, note->key, git_oid_tostr(hex, sizeof hex, &note->id));
        for (size_t k = 0; k < note->words.n; k++)
            buf_addf(&b, "%c%s", k ? ',' : ' ', note->words.at[k]);
        buf_adds(&b, "\n");
    }
    buf_addf(&b, "%08" PRIx32, hash_crc32(b.data, b.len));
    if (!b.full)
        file_replace(m->file, b.data, b.len, 0600, false, NULL);
    buf_clear(&b);
}

const struct memo_note *memo_find(const struct memo *m, const git_oid *id, char kind, uint64_t key)
{
    for (size_t i = m->note_count; i-- > 0;)
        if (m->notes[i].kind == kind && m->notes[i].key == key && git_oid_equal(&m->notes[i].id, id))
            return &m->notes[i];
    return NULL;
}

struct memo_note *memo_add(struct memo *m, const git_oid *id, char kind, uint64_t key)
{
    m->notes = mem_resize(m->notes, m->note_count + 1, sizeof *m->notes);
    struct memo_note *note = &m->notes[m->note_count++];
    memset(note, 0, sizeof *note);
    git_oid_cpy(&note->id, id);
    note->kind = kind;
    note->key = key;
    return note;
}

void memo_clear(struct memo *m)
{
    if (m->flags)
        memo_forget(m);
    free(m->file);
    free(m->flags);
    free(m->code);
    memset(m, 0, sizeof *m);
}
