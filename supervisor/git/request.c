#include "supervisor/git/request.h"
#include "agents/role.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <git2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_TIMEOUT_MIN = 100,
    REQUEST_TIMEOUT_MAX = 3600 * 1000,
    REQUEST_LIST_MAX = 10000,
    REQUEST_TEXT_MAX = 65536
};
#define REQUEST_BYTES_MAX ((int64_t)1 << 30)

enum field_type {
    FIELD_URL,
    FIELD_BRANCH,
    FIELD_PATH,   /* absolute */
    FIELD_FOLDER, /* inside the repository, "" = its root */
    FIELD_FILE,   /* a file's name */
    FIELD_EMAIL,
    FIELD_NAME,
    FIELD_REV, /* 40 hex digits or "" */
    FIELD_EMAILS,
    FIELD_PATHS, /* may be left out */
    FIELD_PLAN,  /* a file inside the repository; may be left out */
    FIELD_IDS,
    FIELD_TIMEOUT,
    FIELD_BYTES,
    FIELD_KIND,  /* enum writing_kind, by name */
    FIELD_ROLE,  /* as in paths */
    FIELD_WHOSE, /* the same, or "" */
    FIELD_ID,    /* a criterion or "" */
    FIELD_TEXT,  /* anything */
    FIELD_PLACE, /* absolute, or "" */
    FIELD_SELF,  /* a name or an e-mail, or "" */
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset; /* in struct request */
};

#define FIELD(name, type)                                                                                              \
    {                                                                                                                  \
#name, FIELD_##type, offsetof(struct request, name)                                                            \
    }
static const struct field fields_poll[] = {FIELD(url, URL),
                                           FIELD(branch, BRANCH),
                                           FIELD(mirror, PATH),
                                           FIELD(lock, PATH),
                                           FIELD(timeout_ms, TIMEOUT),
                                           FIELD(state_path, FOLDER),
                                           FIELD(status, FILE),
                                           FIELD(review, FILE),
                                           FIELD(findings, FILE),
                                           FIELD(max_bytes, BYTES),
                                           FIELD(criteria, IDS),
                                           FIELD(builder, EMAIL),
                                           FIELD(adversary, EMAIL),
                                           FIELD(operators, EMAILS),
                                           FIELD(start, REV),
                                           FIELD(last, REV),
                                           FIELD(at, REV),
                                           FIELD(hash, PATHS),
                                           FIELD(plan, PLAN),
                                           {NULL, FIELD_REV, 0}};
static const struct field fields_clone[] = {
    FIELD(url, URL),           FIELD(branch, BRANCH), FIELD(dir, PATH),           FIELD(gitconfig, PATH),
    FIELD(name, NAME),         FIELD(email, EMAIL),   FIELD(timeout_ms, TIMEOUT), FIELD(role, ROLE),
    FIELD(state_path, FOLDER), {NULL, FIELD_REV, 0}};

static const struct field fields_write[] = {FIELD(url, URL),
                                            FIELD(branch, BRANCH),
                                            FIELD(mirror, PATH),
                                            FIELD(lock, PATH),
                                            FIELD(timeout_ms, TIMEOUT),
                                            FIELD(state_path, FOLDER),
                                            FIELD(max_bytes, BYTES),
                                            FIELD(criteria, IDS),
                                            FIELD(builder, EMAIL),
                                            FIELD(adversary, EMAIL),
                                            FIELD(operators, EMAILS),
                                            FIELD(name, SELF),
                                            FIELD(email, SELF),
                                            {"kind", FIELD_KIND, offsetof(struct request, kind_of_entry)},
                                            FIELD(file, FILE),
                                            FIELD(id, ID),
                                            FIELD(text, TEXT),
                                            FIELD(role, WHOSE),
                                            FIELD(clone, PLACE),
                                            FIELD(rev, TEXT),
                                            FIELD(on, REV),
                                            {NULL, FIELD_REV, 0}};

static bool text_plain(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

/* git strips these from the ends of a name and an e-mail, and never writes < or > into one. */
static bool identity_ok(const char *s)
{
    static const char ends[] = " .,:;<>\"\\'";
    return *s && text_plain(s) && !strpbrk(s, "<>") && !strchr(ends, *s) && !strchr(ends, s[strlen(s) - 1]);
}

static bool folder_ok(const char *s)
{
    while (*s) {
        size_t n = strcspn(s, "/");
        if (!n || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
            return false;
        s += n;
        if (*s == '/' && !*++s)
            return false;
    }
    return true;
}

static bool branch_ok(const char *s)
{
    char ref[300] = "refs/heads/";
    int valid = 0;
    if (*s == '-' || strlen(s) > 200)
        return false;
    strcat(ref, s);
    return git_reference_name_is_valid(&valid, ref) == 0 && valid;
}

static bool rev_ok(const char *s)
{
    size_t n = strspn(s, "0123456789abcdef");
    return !s[n] && (n == 0 || n == 40);
}

/* What a text of that type must look like, NULL when it does. */
static const char *text_fault(enum field_type type, const char *s)
{
    switch (type) {
    case FIELD_BRANCH: return branch_ok(s) ? NULL : "is no branch name: write it as in `git branch`, such as main";
    case FIELD_PATH:
    case FIELD_PATHS: return *s == '/' && strlen(s) < PATH_MAX - 64 && text_plain(s) ? NULL : "is no absolute path";
    case FIELD_FOLDER:
        return folder_ok(s) && text_plain(s) ? NULL : "is no folder inside the repository: write it as docs/state";
    case FIELD_PLAN: return *s && folder_ok(s) && text_plain(s) ? NULL : "is no file inside the repository";
    case FIELD_FILE: return *s && folder_ok(s) && !strchr(s, '/') && text_plain(s) ? NULL : "is no file name";
    case FIELD_EMAIL:
    case FIELD_EMAILS: return identity_ok(s) && strlen(s) < 128 ? NULL : "is no e-mail address that git can write";
    case FIELD_NAME: return identity_ok(s) && strlen(s) < 256 ? NULL : "is no name that git can write";
    case FIELD_REV: return rev_ok(s) ? NULL : "is no revision: 40 hex digits, or empty";
    case FIELD_IDS: return *s && strlen(s) < 40 && text_plain(s) && !strpbrk(s, " ()") ? NULL : "is no criterion's id";
    case FIELD_ID: return *s ? text_fault(FIELD_IDS, s) : NULL;
    case FIELD_PLACE: return *s ? text_fault(FIELD_PATH, s) : NULL;
    case FIELD_SELF: return *s ? text_fault(FIELD_EMAIL, s) : NULL;
    case FIELD_WHOSE: return *s ? text_fault(FIELD_ROLE, s) : NULL;
    case FIELD_ROLE: return role_parse(s) >= 0 ? NULL : "is no role: builder or adversary";
    case FIELD_KIND: return writing_kind_parse(s) >= 0 ? NULL : "is no kind of entry";
    case FIELD_TEXT: return strlen(s) <= REQUEST_TEXT_MAX ? NULL : "is longer than 64 KiB";
    case FIELD_URL:
    case FIELD_TIMEOUT:
    case FIELD_BYTES: break;
    }
    return NULL;
}

static bool field_text(struct request *r, const struct field *f, const char *s, struct err *e)
{
    if (f->type == FIELD_URL && !url_check(s, &r->kind, e))
        return false;
    const char *fault = text_fault(f->type, s);
    if (fault) {
        char *shown = vis_dup(s, strlen(s), 100);
        err_set(e, "%s \"%s\" %s", f->name, shown, fault);
        free(shown);
        return false;
    }
    if (f->type == FIELD_KIND)
        r->kind_of_entry = (enum writing_kind)writing_kind_parse(s);
    else
        mem_set((char **)((char *)r + f->offset), s);
    return true;
}

static bool field_list(struct request *r, const struct field *f, const cJSON *v, struct err *e)
{
    struct words *list = (struct words *)((char *)r + f->offset);
    const cJSON *item;
    cJSON_ArrayForEach(item, v)
    {
        const char *s = cJSON_IsString(item) ? item->valuestring : NULL;
        const char *fault = !s                            ? "is no string"
                            : list->n >= REQUEST_LIST_MAX ? "is one too many"
                                                          : text_fault(f->type, s);
        if (fault) {
            char *shown = vis_dup(s ? s : "?", s ? strlen(s) : 1, 100);
            err_set(e, "%s: \"%s\" %s", f->name, shown, fault);
            free(shown);
            return false;
        }
        words_add(list, s);
    }
    return true;
}

static bool field_number(struct request *r, const struct field *f, const cJSON *v, struct err *e)
{
    int64_t min = f->type == FIELD_TIMEOUT ? REQUEST_TIMEOUT_MIN : 1;
    int64_t max = f->type == FIELD_TIMEOUT ? REQUEST_TIMEOUT_MAX : REQUEST_BYTES_MAX;
    double d = v->valuedouble;
    if (!(d >= (double)min && d <= (double)max) || d != (double)(int64_t)d) {
        err_set(e, "%s must be a whole number from %lld to %lld", f->name, (long long)min, (long long)max);
        return false;
    }
    *(int64_t *)((char *)r + f->offset) = (int64_t)d;
    return true;
}

static bool field_read(struct request *r, const struct field *f, const cJSON *v, struct err *e)
{
    bool number = f->type == FIELD_TIMEOUT || f->type == FIELD_BYTES;
    bool list = f->type == FIELD_EMAILS || f->type == FIELD_IDS || f->type == FIELD_PATHS;
    if (number ? !cJSON_IsNumber(v) : list ? !cJSON_IsArray(v) : !cJSON_IsString(v)) {
        err_set(e, "%s must be %s", f->name, number ? "a number" : list ? "a list of strings" : "a string");
        return false;
    }
    if (number)
        return field_number(r, f, v, e);
    return list ? field_list(r, f, v, e) : field_text(r, f, v->valuestring, e);
}

/* Each member of the object must be one of the fields, once; each field must be there. */
static bool request_fields(struct request *r, const cJSON *json, const struct field *fields, struct err *e)
{
    const cJSON *v;
    unsigned long seen = 0;
    cJSON_ArrayForEach(v, json)
    {
        const struct field *f = fields;
        while (f->name && strcmp(f->name, v->string) != 0)
            f++;
        unsigned long bit = 1UL << (f - fields);
        if (!f->name && strcmp(v->string, "op") == 0)
            continue;
        if (!f->name || (seen & bit)) {
            char *shown = vis_dup(v->string, strlen(v->string), 100);
            err_set(e, "the request has %s field \"%s\"", f->name ? "twice the" : "an unknown", shown);
            free(shown);
            return false;
        }
        seen |= bit;
        if (!field_read(r, f, v, e))
            return false;
    }
    for (const struct field *f = fields; f->name; f++)
        if (!(seen & 1UL << (f - fields)) && f->type != FIELD_PATHS && f->type != FIELD_PLAN) {
            err_set(e, "the request has no field \"%s\"", f->name);
            return false;
        }
    return true;
}

bool request_parse(struct request *r, const char *text, size_t n, struct err *e)
{
    memset(r, 0, sizeof *r);
    cJSON *json = json_parse(text, n);
    bool ok = false;
    const char *op = json_str(json, "op", "");
    if (!cJSON_IsObject(json)) {
        err_set(e, "the request is not one JSON object");
    } else if (strcmp(op, "poll") == 0) {
        ok = request_fields(r, json, fields_poll, e);
    } else if (strcmp(op, "clone") == 0) {
        r->op = REQUEST_CLONE;
        ok = request_fields(r, json, fields_clone, e);
    } else if (strcmp(op, "write") == 0) {
        r->op = REQUEST_WRITE;
        ok = request_fields(r, json, fields_write, e);
    } else {
        err_set(e, "the request's op must be \"poll\", \"clone\" or \"write\"");
    }
    cJSON_Delete(json);
    return ok;
}

void request_clear(struct request *r)
{
    char **texts[] = {&r->url,       &r->branch,  &r->mirror,    &r->lock,  &r->state_path, &r->status, &r->review,
                      &r->findings,  &r->builder, &r->adversary, &r->start, &r->last,       &r->at,     &r->dir,
                      &r->gitconfig, &r->name,    &r->email,     &r->file,  &r->id,         &r->text,   &r->role,
                      &r->clone,     &r->rev,     &r->on,        &r->plan};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mem_set(texts[i], NULL);
    words_clear(&r->criteria);
    words_clear(&r->operators);
    words_clear(&r->hash);
}
