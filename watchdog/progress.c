#include "watchdog/progress.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void progress_clear(struct progress *p)
{
    free(p->list);
    memset(p, 0, sizeof *p);
}

static struct progress_criterion *progress_of(struct progress *p, const char *id)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->list[i].id, id) == 0)
            return &p->list[i];
    p->list = mem_resize(p->list, p->count + 1, sizeof *p->list);
    struct progress_criterion *c = &p->list[p->count++];
    memset(c, 0, sizeof *c);
    snprintf(c->id, sizeof c->id, "%s", id);
    return c;
}

void progress_forgive(struct progress *p, int iterations)
{
    for (size_t i = 0; i < p->count; i++)
        p->list[i].flips = 0;
    p->base = iterations;
    p->stuck = STUCK_NO;
    p->number = 0;
    p->id[0] = '\0';
}

int progress_rounds(const struct progress *p, int iterations)
{
    return (iterations - p->base) / 2;
}

static bool progress_criterion(struct progress *p, const struct verdict_criterion *v, bool *newly)
{
    int side = v->passed ? 1 : v->state == CRITERION_FAIL ? -1 : 0;
    if (!side) /* claimed, undated or taken back in words: not decided */
        return false;
    struct progress_criterion *c = progress_of(p, v->id);
    bool changed = c->side != side;
    c->flips += changed && c->side;
    c->side = side;
    if (side == 1 && !c->verified) {
        c->verified = true;
        *newly = true;
    }
    return changed;
}

bool progress_look(struct progress *p, const struct verdict *v, int iterations, const struct progress_limits *limits)
{
    bool changed = false, newly = false;
    const struct progress_criterion *most = NULL;
    for (size_t i = 0; i < v->count; i++)
        changed |= progress_criterion(p, &v->criteria[i], &newly);
    if (newly)
        progress_forgive(p, iterations);
    for (size_t i = 0; i < p->count; i++)
        if (!most || p->list[i].flips > most->flips)
            most = &p->list[i];
    if (v->value == VERDICT_DONE) {
        p->stuck = STUCK_NO;
    } else if (limits->flips && most && most->flips >= limits->flips) {
        p->stuck = STUCK_FLIPS;
        p->number = most->flips;
        snprintf(p->id, sizeof p->id, "%s", most->id);
    } else if (limits->rounds && progress_rounds(p, iterations) >= limits->rounds) {
        p->stuck = STUCK_ROUNDS;
        p->number = progress_rounds(p, iterations);
    } else if (p->stuck != STUCK_NO_WORK) {
        p->stuck = STUCK_NO;
    }
    return changed;
}

void progress_work(struct progress *p, bool somebody)
{
    if (!somebody && p->stuck == STUCK_NO)
        p->stuck = STUCK_NO_WORK;
    else if (somebody && p->stuck == STUCK_NO_WORK)
        p->stuck = STUCK_NO;
}

cJSON *progress_render(const struct progress *p)
{
    cJSON *o = cJSON_CreateObject();
    json_add_int(o, "base", p->base);
    cJSON *list = json_add_arr(o, "criteria");
    for (size_t i = 0; i < p->count; i++) {
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "id", p->list[i].id);
        json_add_bool(one, "verified", p->list[i].verified);
        json_add_int(one, "side", p->list[i].side);
        json_add_int(one, "flips", p->list[i].flips);
        cJSON_AddItemToArray(list, one);
    }
    return o;
}

void progress_parse(struct progress *p, const cJSON *json)
{
    const cJSON *one = NULL;
    progress_clear(p);
    p->base = (int)json_int(json, "base", 0);
    cJSON_ArrayForEach(one, json_get(json, "criteria"))
    {
        struct progress_criterion *c = progress_of(p, json_str(one, "id", ""));
        c->verified = json_bool(one, "verified", false);
        c->side = (int)json_int(one, "side", 0);
        c->flips = (int)json_int(one, "flips", 0);
    }
}

void progress_tell(const struct progress *p, struct buf *out)
{
    switch (p->stuck) {
    case STUCK_NO: return;
    case STUCK_FLIPS: buf_addf(out, "%s changed between PASS and FAIL %d times", p->id, p->number); return;
    case STUCK_ROUNDS: buf_addf(out, "%d rounds without a newly verified criterion", p->number); return;
    case STUCK_NO_WORK: buf_adds(out, "neither loop has work, and it is not done"); return;
    }
}

const char *stuck_why_name(enum stuck_why w)
{
    static const char *const names[] = {
#define X(name) #name,
        STUCK_WHYS(X)
#undef X
    };
    return names[w];
}
