#include "supervisor/git/origins.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { ORIGINS_FILE_MAX = 4 << 20, ORIGIN_LINE = 16 + 1 + GIT_OID_HEXSZ + 1 };

/* File: "ccsup-origins IDENTITY SECRET SECRET COMMIT COUNT\n", COUNT lines "KEY COMMIT\n", then the CRC of
 * all that. */
static const char origins_head[] = "ccsup-origins %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %40s %08zx\n";

static int origin_compare(const void *a, const void *b)
{
    uint64_t x = ((const struct origin *)a)->key, y = ((const struct origin *)b)->key;
    return x < y ? -1 : x > y;
}

static bool origins_parse(struct origins *o, const char *text, size_t n, uint64_t identity)
{
    uint64_t wrote, secret[2];
    char at[GIT_OID_HEXSZ + 1];
    size_t count, head = strcspn(text, "\n") + 1;
    if (n < 9 || sscanf(text, "ccsup-origins %16" SCNx64 " %16" SCNx64 " %16" SCNx64 " %40s %8zx\n", &wrote, &secret[0],
                        &secret[1], at, &count) != 5)
        return false;
    if (wrote != identity || count > ORIGINS_FILE_MAX / ORIGIN_LINE || n != head + count * ORIGIN_LINE + 8 ||
        strtoul(text + n - 8, NULL, 16) != hash_crc32(text, n - 8) || git_oid_fromstr(&o->at, at) < 0)
        return false;
    o->list = mem_zalloc((count + 1) * sizeof *o->list);
    for (const char *p = text + head; o->count < count; p += ORIGIN_LINE, o->count++) {
        o->list[o->count].key = strtoull(p, NULL, 16);
        if (git_oid_fromstr(&o->list[o->count].commit, p + 17) < 0)
            return false;
    }
    memcpy(o->secret.k, secret, sizeof secret);
    qsort(o->list, o->count, sizeof *o->list, origin_compare);
    return true;
}

bool origins_load(struct origins *o, const char *file, uint64_t identity)
{
    struct buf b;
    memset(o, 0, sizeof *o);
    buf_init(&b, ORIGINS_FILE_MAX);
    bool ok = file_read(file, ORIGINS_FILE_MAX, &b, NULL) && origins_parse(o, buf_str(&b), b.len, identity);
    buf_clear(&b);
    if (ok)
        return true;
    origins_clear(o);
    if (getrandom(&o->secret, sizeof o->secret, 0) != (ssize_t)sizeof o->secret)
        abort();
    return false;
}

void origins_save(const struct origins *o, const char *file, uint64_t identity)
{
    struct buf b;
    char hex[GIT_OID_HEXSZ + 1];
    buf_init(&b, ORIGINS_FILE_MAX);
    buf_addf(&b, origins_head, identity, o->secret.k[0], o->secret.k[1], git_oid_tostr(hex, sizeof hex, &o->at),
             o->count);
    for (size_t i = 0; i < o->count; i++)
        buf_addf(&b, "%016" PRIx64 " %s\n", o->list[i].key, git_oid_tostr(hex, sizeof hex, &o->list[i].commit));
    buf_addf(&b, "%08" PRIx32, hash_crc32(b.data, b.len));
    if (!b.full)
        file_replace(file, b.data, b.len, 0600, false, NULL);
    buf_clear(&b);
}

const git_oid *origins_find(const struct origins *o, uint64_t key)
{
    struct origin want = {.key = key};
    const struct origin *found = o->count ? bsearch(&want, o->list, o->count, sizeof *o->list, origin_compare) : NULL;
    return found ? &found->commit : NULL;
}

void origins_clear(struct origins *o)
{
    free(o->list);
    memset(o, 0, sizeof *o);
}

uint64_t origins_program(void)
{
    struct stat st;
    if (stat("/proc/self/exe", &st) != 0)
        return 0;
    int64_t parts[4] = {(int64_t)st.st_ino, (int64_t)st.st_size, (int64_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
    return hash_fnv(parts, sizeof parts);
}
