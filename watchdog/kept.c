#include "watchdog/kept.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a VETO's text that are read back; a reading holds fewer. */
enum { TEXT_MAX = 500 };
static const char more_text[] = "more vetoes stood than are kept one by one";

void kept_clear(struct kept *k)
{
    for (size_t i = 0; i < k->veto_count; i++)
        free(k->vetoes[i].text);
    free(k->vetoes);
    free(k->sights);
    free(k->lifts);
    memset(k, 0, sizeof *k);
}

/* --- records ------------------------------------------------------------------------------------------------ */

static cJSON *hash_render(uint64_t hash)
{
    char text[17];
    hash_hex(hash, text);
    return cJSON_CreateString(text);
}

static bool hash_read(const cJSON *v, uint64_t *hash)
{
    return cJSON_IsString(v) && hash_parse(v->valuestring, hash);
}

static bool whole_parse(const cJSON *v, int64_t max, int64_t *n)
{
    if (!cJSON_IsNumber(v) || v->valuedouble < 1 || v->valuedouble > (double)max)
        return false;
    *n = (int64_t)v->valuedouble;
    return true;
}

static cJSON *record_new(const char *kind)
{
    cJSON *record = cJSON_CreateObject();
    json_add_str(record, "t", kind);
    return record;
}

static void add_sight(cJSON *lines, const struct kept_sight *s)
{
    cJSON *one = cJSON_CreateArray();
    cJSON_AddItemToArray(one, cJSON_CreateString(s->id));
    cJSON_AddItemToArray(one, hash_render(s->hash));
    cJSON_AddItemToArray(one, cJSON_CreateNumber((double)s->at));
    cJSON_AddItemToArray(lines, one);
}

static void add_lift(cJSON *lines, const struct kept_lift *l)
{
    cJSON *one = cJSON_CreateArray();
    cJSON_AddItemToArray(one, hash_render(l->hash));
    cJSON_AddItemToArray(one, cJSON_CreateNumber(l->count));
    cJSON_AddItemToArray(lines, one);
}

static void add_veto(cJSON *records, const struct kept_veto *v)
{
    cJSON *record = record_new("veto");
    cJSON_AddItemToObject(record, "hash", hash_render(v->hash));
    json_add_str(record, "commit", v->commit);
    json_add_int(record, "line", v->line);
    json_add_int(record, "seen", v->seen);
    json_add_bool(record, "lifted", v->lifted);
    json_add_str(record, "text", v->text);
    cJSON_AddItemToArray(records, record);
}

/* Gives a record with lines to records, or drops an empty one. */
static void close_lines(cJSON *records, cJSON *record)
{
    if (cJSON_GetArraySize(json_get(record, "lines")) || json_get(record, "full"))
        cJSON_AddItemToArray(records, record);
    else
        cJSON_Delete(record);
}

void kept_render(const struct kept *k, cJSON *records)
{
    cJSON *sights = record_new("sights"), *lifts = record_new("lifts");
    cJSON *lines = json_add_arr(sights, "lines");
    for (size_t i = 0; i < k->sight_count; i++)
        add_sight(lines, &k->sights[i]);
    if (k->full_at)
        json_add_int(sights, "full", k->full_at);
    lines = json_add_arr(lifts, "lines");
    for (size_t i = 0; i < k->lift_count; i++)
        add_lift(lines, &k->lifts[i]);
    close_lines(records, sights);
    close_lines(records, lifts);
    for (size_t i = 0; i < k->veto_count; i++)
        add_veto(records, &k->vetoes[i]);
}

/* --- first sight -------------------------------------------------------------------------------------------- */

static int sight_order(const void *a, const void *b)
{
    const struct kept_sight *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : strcmp(x->id, y->id);
}

static const struct kept_sight *sight_find(const struct kept *k, size_t n, const struct kept_sight *key)
{
    return n ? bsearch(key, k->sights, n, sizeof *k->sights, sight_order) : NULL;
}

static struct kept_sight sight_key(const char *id, uint64_t hash, int64_t at)
{
    struct kept_sight key = {.hash = hash, .at = at};
    snprintf(key.id, sizeof key.id, "%s", id);
    return key;
}

/* Behind the sorted ones; false: no room. */
static bool sight_append(struct kept *k, const struct kept_sight *s)
{
    if (k->sight_count == KEPT_LINES_MAX)
        return false;
    k->sights = mem_resize(k->sights, k->sight_count + 1, sizeof *k->sights);
    k->sights[k->sight_count++] = *s;
    return true;
}

static void sights_look(struct kept *k, const struct snapshot *s, bool git, int64_t now, cJSON *records)
{
    cJSON *record = record_new("sights"), *lines = json_add_arr(record, "lines");
    size_t sorted = k->sight_count;
    for (size_t i = 0; i < s->review.count; i++) {
        const struct review_entry *x = &s->review.entries[i];
        if (x->kind != REVIEW_PASS || x->dating != REVIEW_DATED || x->written <= now || (git && !review_by_verifier(x)))
            continue;
        struct kept_sight key = sight_key(x->id, x->hash, now);
        if (sight_find(k, sorted, &key))
            continue;
        if (sight_append(k, &key)) {
            add_sight(lines, &key);
        } else if (!k->full_at) {
            k->full_at = now;
            json_add_int(record, "full", now);
        }
    }
    if (k->sight_count > sorted) /* a line that stands there twice gets two equal records: harmless */
        qsort(k->sights, k->sight_count, sizeof *k->sights, sight_order);
    close_lines(records, record);
}

int64_t kept_bound(const struct kept *k, const struct review_entry *x)
{
    if (!k || x->kind != REVIEW_PASS || x->dating != REVIEW_DATED || (!k->sight_count && !k->full_at))
        return INT64_MAX;
    struct kept_sight key = sight_key(x->id, x->hash, 0);
    const struct kept_sight *seen = sight_find(k, k->sight_count, &key);
    if (seen)
        return seen->at;
    return k->full_at && x->written > k->full_at ? k->full_at : INT64_MAX;
}

/* --- liftings ----------------------------------------------------------------------------------------------- */

struct place {
    uint64_t hash;
    size_t at; /* index of the entry */
};

static int place_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : (x->at > y->at) - (x->at < y->at);
}

static int lift_order(const void *a, const void *b)
{
    const struct kept_lift *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* So many lines of that hash stand there now. True when that is more than ever, and there is room to know it. */
static bool lift_note(struct kept *k, size_t sorted, const struct kept_lift *now)
{
    struct kept_lift *known = sorted ? bsearch(now, k->lifts, sorted, sizeof *k->lifts, lift_order) : NULL;
    if (known ? known->count >= now->count : k->lift_count == KEPT_LINES_MAX)
        return false;
    if (known) {
        known->count = now->count;
        return true;
    }
    k->lifts = mem_resize(k->lifts, k->lift_count + 1, sizeof *k->lifts);
    k->lifts[k->lift_count++] = *now;
    return true;
}

/* Past the last lifting of this reading that was never seen before: the index behind it; 0 = there is none. */
static size_t lifts_look(struct kept *k, const struct snapshot *s, bool git, cJSON *records)
{
    const struct review *r = &s->review;
    struct place *found = mem_zalloc((r->count + 1) * sizeof *found);
    size_t n = 0, sorted = k->lift_count, behind = 0;
    for (size_t i = 0; i < r->count; i++)
        if (review_lifts(&r->entries[i], git))
            found[n++] = (struct place){r->entries[i].hash, i};
    qsort(found, n, sizeof *found, place_order);
    cJSON *record = record_new("lifts"), *lines = json_add_arr(record, "lines");
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && found[next].hash == found[i].hash;)
            next++;
        struct kept_lift now = {found[i].hash, (int)(next - i)};
        if (!lift_note(k, sorted, &now))
            continue;
        add_lift(lines, &now);
        if (found[next - 1].at + 1 > behind)
            behind = found[next - 1].at + 1;
    }
    if (k->lift_count > sorted)
        qsort(k->lifts, k->lift_count, sizeof *k->lifts, lift_order);
    close_lines(records, record);
    free(found);
    return behind;
}

/* --- vetoes ------------------------------------------------------------------------------------------------- */

static struct kept_veto *veto_find(const struct kept *k, uint64_t hash, const char *commit)
{
    for (size_t i = 0; i < k->veto_count; i++)
        if (k->vetoes[i].hash == hash && strcmp(k->vetoes[i].commit, commit) == 0)
            return &k->vetoes[i];
    return NULL;
}

/* The one that stands for all that found no room. */
static bool veto_is_more(const struct kept_veto *v)
{
    return !v->hash && !v->commit[0];
}

/* Room for one more: a lifted one goes first. False: all that are kept stand. */
static bool veto_room(struct kept *k)
{
    if (k->veto_count - (veto_find(k, 0, "") != NULL) < KEPT_VETOES_MAX)
        return true;
    for (size_t i = 0; i < k->veto_count; i++) {
        if (!k->vetoes[i].lifted || veto_is_more(&k->vetoes[i]))
            continue;
        free(k->vetoes[i].text);
        memmove(&k->vetoes[i], &k->vetoes[i + 1], (k->veto_count - i - 1) * sizeof *k->vetoes);
        k->veto_count--;
        return true;
    }
    return false;
}

/* Adds one that is not kept yet; without room the one for all others, which may be there already. */
static struct kept_veto *veto_add(struct kept *k, uint64_t hash, const char *commit, int line, int64_t seen,
                                  const char *text)
{
    if ((hash || *commit) && !veto_room(k)) {
        struct kept_veto *more = veto_find(k, 0, "");
        return more ? more : veto_add(k, 0, "", 0, seen, more_text);
    }
    k->vetoes = mem_resize(k->vetoes, k->veto_count + 1, sizeof *k->vetoes);
    struct kept_veto *v = &k->vetoes[k->veto_count++];
    *v = (struct kept_veto){.hash = hash, .line = line, .seen = seen, .text = mem_strdup(text)};
    snprintf(v->commit, sizeof v->commit, "%s", commit);
    return v;
}

/* Those that a new lifting lifts: their line is above it, or gone. */
static void vetoes_lift(struct kept *k, const struct review *r, size_t behind, cJSON *records)
{
    for (size_t i = 0; behind && i < k->veto_count; i++) {
        struct kept_veto *v = &k->vetoes[i];
        bool below = false;
        for (size_t e = 0; e < r->count && !below; e++)
            below = r->entries[e].hash == v->hash && review_stands(r, e, behind);
        if (v->lifted || below)
            continue;
        v->lifted = true;
        add_veto(records, v);
    }
}

static void vetoes_look(struct kept *k, const struct snapshot *s, bool git, int64_t now, cJSON *records)
{
    size_t lifted = review_lifted(&s->review, git);
    for (size_t i = 0; i < s->review.count; i++) {
        const struct review_entry *x = &s->review.entries[i];
        if (!review_stands(&s->review, i, lifted) || veto_find(k, x->hash, x->commit))
            continue;
        size_t before = k->veto_count;
        struct kept_veto *v = veto_add(k, x->hash, x->commit, x->line, now, x->text ? x->text : "");
        /* The one for all others stood already: nothing is new. */
        bool again = veto_is_more(v) && k->veto_count == before && !v->lifted;
        if (v->lifted)
            v->seen = now;
        v->lifted = false;
        if (!again)
            add_veto(records, v);
    }
}

void kept_look(struct kept *k, const struct snapshot *s, int64_t now, cJSON *records)
{
    if (s->rewritten || s->review.refused)
        return;
    bool git = snapshot_has_provenance(s);
    vetoes_lift(k, &s->review, lifts_look(k, s, git, records), records);
    vetoes_look(k, s, git, now, records);
    sights_look(k, s, git, now, records);
}

/* --- and back ----------------------------------------------------------------------------------------------- */

static void restore_sights(struct kept *k, const cJSON *record)
{
    const cJSON *line, *id;
    size_t sorted = k->sight_count;
    struct kept_sight s;
    cJSON_ArrayForEach(line, json_get(record, "lines"))
    {
        uint64_t hash;
        int64_t at;
        id = cJSON_GetArrayItem(line, 0);
        if (!cJSON_IsString(id) || !hash_read(cJSON_GetArrayItem(line, 1), &hash) ||
            !whole_parse(cJSON_GetArrayItem(line, 2), INT64_C(1) << 40, &at))
            continue;
        s = sight_key(id->valuestring, hash, at);
        if (!sight_find(k, sorted, &s))
            (void)sight_append(k, &s);
    }
    if (k->sight_count > sorted)
        qsort(k->sights, k->sight_count, sizeof *k->sights, sight_order);
    if (json_int(record, "full", 0) > 0)
        k->full_at = json_int(record, "full", 0);
}

static void restore_lifts(struct kept *k, const cJSON *record)
{
    const cJSON *line;
    size_t sorted = k->lift_count;
    cJSON_ArrayForEach(line, json_get(record, "lines"))
    {
        uint64_t hash;
        int64_t count;
        if (hash_read(cJSON_GetArrayItem(line, 0), &hash) &&
            whole_parse(cJSON_GetArrayItem(line, 1), INT32_MAX, &count))
            (void)lift_note(k, sorted, &(struct kept_lift){hash, (int)count});
    }
    if (k->lift_count > sorted)
        qsort(k->lifts, k->lift_count, sizeof *k->lifts, lift_order);
}

static void restore_veto(struct kept *k, const cJSON *record)
{
    uint64_t hash;
    const char *commit = json_str(record, "commit", ""), *text = json_str(record, "text", "");
    if (!hash_read(json_get(record, "hash"), &hash) || strlen(commit) > 40 || strlen(text) > TEXT_MAX)
        return;
    int64_t seen = json_int(record, "seen", 0);
    struct kept_veto *v = veto_find(k, hash, commit);
    if (!v)
        v = veto_add(k, hash, commit, (int)json_int(record, "line", 0), seen, text);
    v->seen = seen;
    v->lifted = json_bool(record, "lifted", false);
}

bool kept_restore(struct kept *k, const cJSON *record)
{
    const char *kind = json_str(record, "t", "");
    if (strcmp(kind, "sights") == 0)
        restore_sights(k, record);
    else if (strcmp(kind, "lifts") == 0)
        restore_lifts(k, record);
    else if (strcmp(kind, "veto") == 0)
        restore_veto(k, record);
    else
        return false;
    return true;
}
