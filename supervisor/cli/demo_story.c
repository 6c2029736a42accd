/* What happened in the demo, told from its own records: the commits that were pushed, and how iterations
 * ended. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/demo.h"
#include "supervisor/sys/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORY_TEXT_MAX = 160, STORY_RECORD_MAX = 1 << 20 };
enum { STORY_FIRST, STORY_WITHIN, STORY_LAST }; /* rank */

/* What a commit is, by its subject. Neighbours of one kind by one author become one sentence. */
enum story_kind { STORY_OTHER, STORY_CLAIM, STORY_PASS, STORY_FAIL, STORY_FIX, STORY_MARK };

struct story_commit {
    enum story_kind kind;
    int64_t at;   /* ms */
    char who[32]; /* builder, adversary, or another's address */
    char id[40];  /* criterion, or "" */
    char *text;   /* what the subject says after the id; escaped, owned */
};

static void story_put(struct story *s, int64_t at, int rank, const char *text)
{
    s->events = mem_resize(s->events, s->count + 1, sizeof *s->events);
    s->events[s->count].at = at;
    s->events[s->count].rank = rank;
    s->events[s->count].text = mem_strdup(text);
    s->count++;
}

void story_add(struct story *s, int64_t at, const char *text)
{
    story_put(s, at, STORY_WITHIN, text);
}

/* A commit's time is a whole second, so in one second a start comes first and a crash last; the rest keeps
 * its order. */
static bool story_after(const struct story_event *a, const struct story_event *b)
{
    return a->at / 1000 != b->at / 1000 ? a->at / 1000 > b->at / 1000 : a->rank > b->rank;
}

static void story_sort(struct story *s)
{
    for (size_t i = 1; i < s->count; i++)
        for (size_t k = i; k > 0 && story_after(&s->events[k - 1], &s->events[k]); k--) {
            struct story_event e = s->events[k];
            s->events[k] = s->events[k - 1];
            s->events[k - 1] = e;
        }
}

/* WORD(ID): rest. True when the subject has that form. */
static bool story_form(const char *subject, size_t n, const char *word, char id[40], const char **rest)
{
    size_t w = strlen(word);
    const char *close_ = n > w ? memchr(subject, ')', n) : NULL;
    if (!close_ || strncmp(subject, word, w) != 0 || subject[w] != '(' || close_ + 2 > subject + n || close_[1] != ':')
        return false;
    char *safe = vis_dup(subject + w + 1, (size_t)(close_ - subject) - w - 1, 30);
    snprintf(id, 40, "%s", safe);
    free(safe);
    *rest = close_ + 2;
    return true;
}

static void story_subject(struct story_commit *c, const char *subject, size_t n)
{
    const char *rest = subject, *end = subject + n;
    if (story_form(subject, n, "claim", c->id, &rest)) {
        c->kind = STORY_CLAIM;
    } else if (story_form(subject, n, "fix", c->id, &rest)) {
        c->kind = STORY_FIX;
    } else if (story_form(subject, n, "review", c->id, &rest)) {
        while (rest < end && *rest == ' ')
            rest++;
        bool pass = end - rest >= 4 && memcmp(rest, "PASS", 4) == 0;
        c->kind = pass ? STORY_PASS : STORY_FAIL;
        while (rest < end && *rest != ' ')
            rest++;
        if (end - rest >= 5 && memcmp(rest, " \xe2\x80\x94 ", 5) == 0)
            rest += 5;
    } else {
        c->kind = n >= 12 && memcmp(subject, "STATUS: DONE", 12) == 0 ? STORY_MARK : STORY_OTHER;
    }
    while (rest < end && *rest == ' ')
        rest++;
    c->text = vis_dup(rest, (size_t)(end - rest), STORY_TEXT_MAX);
}

/* One line of the log: HASH TAB SECONDS TAB E-MAIL TAB SUBJECT. False when it is none. */
static bool story_line(struct story *s, struct story_commit *c, const char *line, size_t n)
{
    const char *at[4] = {line}, *end = line + n;
    for (int i = 1; i < 4; i++) {
        const char *tab = memchr(at[i - 1], '\t', (size_t)(end - at[i - 1]));
        if (!tab)
            return false;
        at[i] = tab + 1;
    }
    if (at[1] - at[0] != 41)
        return false;
    memset(c, 0, sizeof *c);
    memcpy(s->last, line, 40);
    c->at = (int64_t)strtoll(at[1], NULL, 10) * 1000;
    /* The demo's loops have the addresses builder@… and adversary@…: the name before the @ is the role. */
    size_t who = strcspn(at[2], "@\t");
    char *safe = vis_dup(at[2], who, sizeof c->who - 1);
    snprintf(c->who, sizeof c->who, "%s", safe);
    free(safe);
    story_subject(c, at[3], (size_t)(end - at[3]));
    return true;
}

/* The sentence of a group of commits: `c` is its first, ids those of all. */
static void story_group(struct story *s, const struct story_commit *c, const char *ids)
{
    char *text = NULL;
    switch (c->kind) {
    case STORY_CLAIM: text = file_fmt("%s claims %s", c->who, ids); break;
    case STORY_PASS: text = file_fmt("%s passes %s", c->who, ids); break;
    case STORY_FAIL: text = file_fmt("%s FAILS %s: %s", c->who, ids, c->text); break;
    case STORY_FIX: text = file_fmt("%s repairs %s: %s", c->who, ids, c->text); break;
    case STORY_MARK: text = file_fmt("%s marks the work DONE", c->who); break;
    case STORY_OTHER: return; /* the code itself: its claim tells it */
    }
    story_add(s, c->at, text);
    free(text);
}

void story_commits(struct story *s, const char *log, size_t n)
{
    struct story_commit group = {.kind = STORY_OTHER};
    struct buf ids;
    buf_init(&ids, 1024);
    for (const char *p = log, *end = log + n; p < end;) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((eol ? eol : end) - p);
        struct story_commit c;
        if (story_line(s, &c, p, len)) {
            bool same =
                c.kind == group.kind && strcmp(c.who, group.who) == 0 && c.kind != STORY_FAIL && c.kind != STORY_FIX;
            if (!same) {
                story_group(s, &group, buf_str(&ids));
                free(group.text);
                group = c;
                buf_clear(&ids);
            } else {
                free(c.text);
            }
            buf_addf(&ids, "%s%s", ids.len ? " " : "", c.id);
        }
        p += len + 1;
    }
    story_group(s, &group, buf_str(&ids));
    free(group.text);
    buf_clear(&ids);
}

/* The record NAME of that iteration as JSON (the caller frees), or NULL when it is not there. */
static cJSON *story_record(const struct paths *p, const char *role, int iteration, const char *name)
{
    char *path = file_fmt("%s/%s/iterations/%06d/%s", p->state, role, iteration, name);
    struct buf b;
    buf_init(&b, 0);
    cJSON *json = file_read(path, STORY_RECORD_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    free(path);
    return json;
}

/* A start after a bad end: told when the iteration's keep.json is there. */
static void story_restart(struct story *s, const struct paths *p, enum role role, int iteration)
{
    cJSON *keep = s->fell[role] ? story_record(p, role_name(role), iteration, "keep.json") : NULL;
    if (!keep)
        return;
    int64_t at = json_int(keep, "created_at", s->fell[role]), after = at - s->fell[role];
    char *text = file_fmt("%s started again after %lld.%lld s", role_name(role), (long long)(after / 1000),
                          (long long)(after % 1000 / 100));
    story_put(s, at, STORY_FIRST, text);
    free(text);
    cJSON_Delete(keep);
    s->fell[role] = 0;
    s->restarts++;
}

static void story_end(struct story *s, enum role role, int iteration, const cJSON *end)
{
    const char *how = json_str(end, "end", "");
    int64_t at = json_int(end, "ended_at", 0), code = json_int(end, "code", 0);
    char *text = NULL;
    if (strcmp(json_str(end, "asked", "none"), "none") != 0)
        return; /* it was ended, it did not fall */
    if (strcmp(how, "signaled") == 0)
        text = file_fmt("%s crashed in iteration %d (signal %lld)", role_name(role), iteration,
                        (long long)json_int(end, "signal", 0));
    else if (strcmp(how, "exited") == 0 && code != 0)
        text = file_fmt("%s failed in iteration %d (exit %lld)", role_name(role), iteration, (long long)code);
    else if (strcmp(how, "exec_failed") == 0) {
        char *reason = vis_dup(json_str(end, "reason", ""), strlen(json_str(end, "reason", "")), STORY_TEXT_MAX);
        text = file_fmt("%s could not be run: %s", role_name(role), reason);
        free(reason);
    }
    if (!text)
        return;
    story_put(s, at, STORY_LAST, text);
    free(text);
    s->fell[role] = at;
}

void story_iterations(struct story *s, const struct paths *p)
{
    for (int role = 0; role < ROLES; role++)
        for (;;) {
            int next = s->seen[role] + 1;
            story_restart(s, p, (enum role)role, next);
            cJSON *end = story_record(p, role_name((enum role)role), next, "exit.json");
            if (!end)
                break;
            story_end(s, (enum role)role, next, end);
            cJSON_Delete(end);
            s->seen[role] = next;
        }
}

void story_tell(const struct story *s, size_t from, int64_t started, struct buf *out)
{
    struct story copy = {0};
    for (size_t i = from; i < s->count; i++)
        story_put(&copy, s->events[i].at, s->events[i].rank, s->events[i].text);
    story_sort(&copy);
    for (size_t i = 0; i < copy.count; i++) {
        int64_t seconds = copy.events[i].at / 1000 - started / 1000;
        buf_addf(out, "%+4lld s  %s\n", (long long)(seconds > 0 ? seconds : 0), copy.events[i].text);
    }
    story_clear(&copy);
}

void story_clear(struct story *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->events[i].text);
    free(s->events);
    memset(s, 0, sizeof *s);
}
