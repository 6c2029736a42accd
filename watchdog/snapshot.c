#include "watchdog/snapshot.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_SCHEMA = 1 };
enum { TEXT_MAX = 8192 }; /* bytes of any owned text that is read back */

void snapshot_clear(struct snapshot *s)
{
    marker_clear(&s->marker);
    review_clear(&s->review);
    free(s->claims);
    for (size_t i = 0; i < s->foreign_count; i++)
        words_clear(&s->foreign[i].lost);
    free(s->foreign);
    for (int r = 0; r < ROLES; r++)
        words_clear(&s->inbox[r]);
    memset(s, 0, sizeof *s);
}

bool snapshot_has_provenance(const struct snapshot *s)
{
    return s->tip[0] != '\0';
}

/* ---- facts -> JSON ---- */

static void add_words(cJSON *obj, const char *name, const struct words *w)
{
    cJSON *holder = cJSON_CreateObject();
    cJSON *list = json_add_arr(obj, name);
    /* json_add_str makes the text well-formed; it wants a member, so each element is moved over. */
    for (size_t i = 0; i < w->n; i++) {
        json_add_str(holder, "x", w->at[i]);
        cJSON_AddItemToArray(list, cJSON_DetachItemFromObjectCaseSensitive(holder, "x"));
    }
    cJSON_Delete(holder);
}

static void add_hash(cJSON *obj, uint64_t hash)
{
    char text[17];
    hash_hex(hash, text);
    json_add_str(obj, "hash", text);
}

static void render_marker(cJSON *obj, const struct marker *m)
{
    json_add_bool(obj, "refused", m->refused);
    json_add_str(obj, "why", m->why);
    json_add_bool(obj, "done", m->done);
    json_add_int(obj, "line", m->line);
    add_hash(obj, m->hash);
    add_words(obj, "near", &m->near);
    add_words(obj, "warnings", &m->warnings);
    json_add_str(obj, "commit", m->commit);
    json_add_int(obj, "committed", m->committed);
    json_add_str(obj, "author", m->author);
    json_add_bool(obj, "after_start", m->after_start);
    add_words(obj, "unproven", &m->unproven);
    json_add_int(obj, "changes", m->changes);
    json_add_str(obj, "changed", m->changed);
}

static cJSON *render_entry(const struct review_entry *x)
{
    cJSON *obj = cJSON_CreateObject();
    json_add_int(obj, "line", x->line);
    json_add_str(obj, "kind", review_kind_name(x->kind));
    json_add_str(obj, "id", x->id);
    json_add_bool(obj, "dated", x->dating == REVIEW_DATED);
    json_add_int(obj, "written", x->written);
    json_add_str(obj, "sha", x->sha);
    add_hash(obj, x->hash);
    json_add_str(obj, "text", x->text);
    json_add_str(obj, "why", x->why);
    json_add_str(obj, "fix", x->fix);
    json_add_str(obj, "commit", x->commit);
    json_add_int(obj, "committed", x->committed);
    json_add_str(obj, "author", x->author);
    json_add_str(obj, "by", review_by_name(x->by));
    json_add_bool(obj, "after_start", x->after_start);
    json_add_bool(obj, "sha_known", x->sha_known);
    json_add_str(obj, "voided", x->voided);
    json_add_int(obj, "since", x->since);
    json_add_str(obj, "since_commit", x->since_commit);
    json_add_bool(obj, "unseen", x->unseen);
    return obj;
}

static void render_review(cJSON *obj, const struct review *r)
{
    json_add_bool(obj, "refused", r->refused);
    json_add_str(obj, "why", r->why);
    cJSON *list = json_add_arr(obj, "entries");
    for (size_t i = 0; i < r->count; i++)
        cJSON_AddItemToArray(list, render_entry(&r->entries[i]));
    add_words(obj, "warnings", &r->warnings);
}

static void render_claims(cJSON *list, const struct snapshot *s)
{
    for (size_t i = 0; i < s->claim_count; i++) {
        cJSON *obj = cJSON_CreateObject();
        json_add_str(obj, "id", s->claims[i].id);
        json_add_str(obj, "commit", s->claims[i].commit);
        json_add_int(obj, "committed", s->claims[i].committed);
        json_add_bool(obj, "answered", s->claims[i].answered);
        cJSON_AddItemToArray(list, obj);
    }
}

static void render_foreign(cJSON *list, const struct snapshot *s)
{
    for (size_t i = 0; i < s->foreign_count; i++) {
        const struct snapshot_foreign *x = &s->foreign[i];
        cJSON *obj = cJSON_CreateObject();
        json_add_str(obj, "commit", x->commit);
        json_add_int(obj, "committed", x->committed);
        json_add_str(obj, "author", x->author);
        json_add_str(obj, "by", review_by_name(x->by));
        add_words(obj, "lost", &x->lost);
        json_add_bool(obj, "veto", x->veto);
        cJSON_AddItemToArray(list, obj);
    }
}

cJSON *snapshot_render(const struct snapshot *s)
{
    cJSON *obj = cJSON_CreateObject();
    json_add_int(obj, "schema", SNAPSHOT_SCHEMA);
    json_add_int(obj, "fetched", s->fetched);
    json_add_bool(obj, "empty", s->empty);
    json_add_str(obj, "tip", s->tip);
    json_add_str(obj, "start", s->start);
    json_add_bool(obj, "rewritten", s->rewritten);
    json_add_bool(obj, "cut", s->cut);
    json_add_bool(obj, "has_status", s->has_status);
    json_add_bool(obj, "has_review", s->has_review);
    json_add_str(obj, "status_blob", s->status_blob);
    json_add_str(obj, "review_blob", s->review_blob);
    json_add_str(obj, "findings_blob", s->findings_blob);
    render_marker(json_add_obj(obj, "marker"), &s->marker);
    render_review(json_add_obj(obj, "review"), &s->review);
    render_claims(json_add_arr(obj, "claims"), s);
    render_foreign(json_add_arr(obj, "foreign"), s);
    cJSON *party = json_add_obj(obj, "party"), *inbox = json_add_obj(obj, "inbox");
    for (int r = 0; r < ROLES; r++) {
        cJSON *p = json_add_obj(party, role_name((enum role)r));
        json_add_str(p, "commit", s->party[r].commit);
        json_add_int(p, "committed", s->party[r].committed);
        json_add_int(p, "commits", s->party[r].commits);
        add_words(inbox, role_name((enum role)r), &s->inbox[r]);
    }
    return obj;
}

/* ---- JSON -> facts ---- */

/* The reading of one object: `ok` falls once and stays down, so that a reader of many members asks at its
 * end. */
struct input {
    const cJSON *obj;
    const char *where; /* "review.entries" */
    bool ok;
    struct err *e;
};

static void input_bad(struct input *in, const char *name, const char *wants)
{
    if (in->ok)
        err_set(in->e, "the snapshot's %s%s%s is %s: %s", in->where, *in->where ? "." : "", name,
                json_get(in->obj, name) ? "not right" : "missing", wants);
    in->ok = false;
}

static struct input input_in(struct input *parent, const char *name, const char *where)
{
    const cJSON *v = json_get(parent->obj, name);
    if (!cJSON_IsObject(v))
        input_bad(parent, name, "an object is wanted");
    return (struct input){v, where, parent->ok, parent->e};
}

static bool input_bool(struct input *in, const char *name)
{
    if (!cJSON_IsBool(json_get(in->obj, name)))
        input_bad(in, name, "true or false is wanted");
    return json_bool(in->obj, name, false);
}

static int64_t input_int(struct input *in, const char *name, int64_t min, int64_t max)
{
    int64_t v = json_int(in->obj, name, INT64_MIN);
    const cJSON *raw = json_get(in->obj, name);
    if (v == INT64_MIN || v < min || v > max || (double)v != raw->valuedouble) {
        input_bad(in, name, "a whole number in range is wanted");
        return 0;
    }
    return v;
}

enum { SECONDS_MAX = 1 << 30 };
static int64_t input_seconds(struct input *in, const char *name)
{
    return input_int(in, name, -(int64_t)SECONDS_MAX * 256, (int64_t)SECONDS_MAX * 256);
}

static void input_text(struct input *in, const char *name, char *out, size_t size)
{
    const char *v = json_str(in->obj, name, NULL);
    if (!v || strlen(v) >= size) {
        input_bad(in, name, "a string that fits is wanted");
        out[0] = '\0';
        return;
    }
    memcpy(out, v, strlen(v) + 1);
}

static bool all_hex(const char *s)
{
    for (; *s; s++)
        if (!((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f')))
            return false;
    return true;
}

/* A whole object id, or "". */
static void input_oid(struct input *in, const char *name, char out[41])
{
    input_text(in, name, out, 41);
    if ((out[0] && strlen(out) != 40) || !all_hex(out)) {
        input_bad(in, name, "40 hexadecimal digits or nothing are wanted");
        out[0] = '\0';
    }
}

static uint64_t input_hash(struct input *in)
{
    uint64_t v = 0;
    if (!hash_parse(json_str(in->obj, "hash", ""), &v))
        input_bad(in, "hash", "16 hexadecimal digits are wanted");
    return v;
}

/* An owned text; NULL only where `none` allows JSON's null. */
static char *input_owned(struct input *in, const char *name, bool none)
{
    const cJSON *v = json_get(in->obj, name);
    if (none && cJSON_IsNull(v))
        return NULL;
    if (!cJSON_IsString(v) || strlen(v->valuestring) > TEXT_MAX) {
        input_bad(in, name, "a string that fits is wanted");
        return mem_strdup("");
    }
    return mem_strdup(v->valuestring);
}

static const cJSON *input_list(struct input *in, const char *name)
{
    const cJSON *v = json_get(in->obj, name);
    if (!cJSON_IsArray(v))
        input_bad(in, name, "a list is wanted");
    return v;
}

static void input_words(struct input *in, const char *name, struct words *w)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, input_list(in, name))
    {
        if (!cJSON_IsString(item) || strlen(item->valuestring) > TEXT_MAX)
            input_bad(in, name, "a list of strings that fit is wanted");
        else
            words_add(w, item->valuestring);
    }
}

static void parse_marker(struct input in, struct marker *m, bool *ok)
{
    m->refused = input_bool(&in, "refused");
    input_text(&in, "why", m->why, sizeof m->why);
    m->done = input_bool(&in, "done");
    m->line = (int)input_int(&in, "line", 0, INT32_MAX);
    m->hash = input_hash(&in);
    input_words(&in, "near", &m->near);
    input_words(&in, "warnings", &m->warnings);
    input_oid(&in, "commit", m->commit);
    m->committed = input_seconds(&in, "committed");
    input_text(&in, "author", m->author, sizeof m->author);
    m->after_start = input_bool(&in, "after_start");
    input_words(&in, "unproven", &m->unproven);
    m->changes = (int)input_int(&in, "changes", 0, INT32_MAX);
    input_oid(&in, "changed", m->changed);
    if (m->refused && m->done)
        input_bad(&in, "done", "a refused file can't be done");
    *ok = in.ok;
}

static enum review_by input_by(struct input *in)
{
    int by = review_by_parse(json_str(in->obj, "by", ""));
    if (by < 0)
        input_bad(in, "by", "the name of a party is wanted");
    return by < 0 ? REVIEW_BY_UNKNOWN : (enum review_by)by;
}

static void parse_entry(struct input *in, struct review_entry *x)
{
    x->line = (int)input_int(in, "line", 1, INT32_MAX);
    int kind = review_kind_parse(json_str(in->obj, "kind", ""));
    if (kind < 0)
        input_bad(in, "kind", "the name of a kind is wanted");
    x->kind = kind < 0 ? REVIEW_NEAR : (enum review_kind)kind;
    x->by = input_by(in);
    input_text(in, "id", x->id, sizeof x->id);
    x->dating = input_bool(in, "dated") ? REVIEW_DATED : REVIEW_UNDATED;
    x->written = input_seconds(in, "written");
    input_text(in, "sha", x->sha, sizeof x->sha);
    if ((x->sha[0] && strlen(x->sha) < 7) || !all_hex(x->sha))
        input_bad(in, "sha", "7 to 40 hexadecimal digits or nothing are wanted");
    x->hash = input_hash(in);
    x->text = input_owned(in, "text", false);
    x->why = input_owned(in, "why", true);
    x->fix = input_owned(in, "fix", true);
    input_oid(in, "commit", x->commit);
    x->committed = input_seconds(in, "committed");
    input_text(in, "author", x->author, sizeof x->author);
    x->after_start = input_bool(in, "after_start");
    x->sha_known = input_bool(in, "sha_known");
    input_oid(in, "voided", x->voided);
    x->since = (int)input_int(in, "since", -1, INT32_MAX);
    input_oid(in, "since_commit", x->since_commit);
    x->unseen = input_bool(in, "unseen");
}

static void parse_review(struct input in, struct review *r, bool *ok)
{
    r->refused = input_bool(&in, "refused");
    input_text(&in, "why", r->why, sizeof r->why);
    const cJSON *list = input_list(&in, "entries");
    size_t n = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
    r->entries = n ? mem_zalloc(n * sizeof *r->entries) : NULL;
    const cJSON *item;
    int last = 1;
    cJSON_ArrayForEach(item, list)
    {
        struct input one = {item, "review.entries", in.ok, in.e};
        struct review_entry *x = &r->entries[r->count++];
        parse_entry(&one, x);
        if (x->line < last)
            input_bad(&one, "line", "the entries are wanted in the file's order");
        last = x->line;
        in.ok = one.ok;
    }
    input_words(&in, "warnings", &r->warnings);
    *ok = in.ok;
}

static void parse_claims(struct input *in, struct snapshot *s)
{
    const cJSON *list = input_list(in, "claims"), *item;
    size_t n = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
    s->claims = n ? mem_zalloc(n * sizeof *s->claims) : NULL;
    cJSON_ArrayForEach(item, list)
    {
        struct input one = {item, "claims", in->ok, in->e};
        struct snapshot_claim *c = &s->claims[s->claim_count++];
        input_text(&one, "id", c->id, sizeof c->id);
        input_oid(&one, "commit", c->commit);
        c->committed = input_seconds(&one, "committed");
        c->answered = input_bool(&one, "answered");
        in->ok = one.ok;
    }
}

static void parse_foreign(struct input *in, struct snapshot *s)
{
    const cJSON *list = input_list(in, "foreign"), *item;
    size_t n = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
    s->foreign = n ? mem_zalloc(n * sizeof *s->foreign) : NULL;
    cJSON_ArrayForEach(item, list)
    {
        struct input one = {item, "foreign", in->ok, in->e};
        struct snapshot_foreign *x = &s->foreign[s->foreign_count++];
        input_oid(&one, "commit", x->commit);
        x->committed = input_seconds(&one, "committed");
        input_text(&one, "author", x->author, sizeof x->author);
        x->by = input_by(&one);
        input_words(&one, "lost", &x->lost);
        x->veto = input_bool(&one, "veto");
        in->ok = one.ok;
    }
}

static void parse_parties(struct input *in, struct snapshot *s)
{
    struct input party = input_in(in, "party", "party");
    struct input inbox = input_in(in, "inbox", "inbox");
    inbox.ok = inbox.ok && party.ok;
    for (int r = 0; r < ROLES; r++) {
        const char *role = role_name((enum role)r);
        struct input p = input_in(&party, role, "party");
        input_oid(&p, "commit", s->party[r].commit);
        s->party[r].committed = input_seconds(&p, "committed");
        s->party[r].commits = (int)input_int(&p, "commits", 0, INT32_MAX);
        party.ok = p.ok;
        input_words(&inbox, role, &s->inbox[r]);
    }
    in->ok = in->ok && party.ok && inbox.ok;
}

bool snapshot_parse(struct snapshot *s, const cJSON *json, struct err *e)
{
    memset(s, 0, sizeof *s);
    if (!cJSON_IsObject(json)) {
        err_set(e, "the snapshot is no JSON object");
        return false;
    }
    struct input in = {json, "", true, e};
    input_int(&in, "schema", SNAPSHOT_SCHEMA, SNAPSHOT_SCHEMA);
    s->fetched = input_int(&in, "fetched", 0, (int64_t)1 << 52);
    s->empty = input_bool(&in, "empty");
    input_oid(&in, "tip", s->tip);
    input_oid(&in, "start", s->start);
    s->rewritten = input_bool(&in, "rewritten");
    s->cut = input_bool(&in, "cut");
    s->has_status = input_bool(&in, "has_status");
    s->has_review = input_bool(&in, "has_review");
    input_oid(&in, "status_blob", s->status_blob);
    input_oid(&in, "review_blob", s->review_blob);
    input_oid(&in, "findings_blob", s->findings_blob);
    if (s->empty == (s->tip[0] != '\0'))
        input_bad(&in, "tip", "a revision, or none for an empty remote, is wanted");
    struct input part = input_in(&in, "marker", "marker");
    parse_marker(part, &s->marker, &in.ok);
    part = input_in(&in, "review", "review");
    parse_review(part, &s->review, &in.ok);
    parse_claims(&in, s);
    parse_foreign(&in, s);
    parse_parties(&in, s);
    if (!in.ok)
        snapshot_clear(s);
    return in.ok;
}
