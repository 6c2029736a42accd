#include "watchdog/phase.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/json.h"
#include <string.h>

char *phase_file(const struct config_phase *p, const char *base)
{
    struct buf b;
    buf_init(&b, 0);
    buf_addf(&b, p->id[0] ? "%s-%s.md" : "%s%s.md", base, p->id);
    return buf_take(&b);
}

const char *phase_name(const struct config_phase *p)
{
    return p->id[0] ? p->id : "default";
}

int phase_find(const struct config *c, const char *id)
{
    for (size_t i = 0; i < c->phase_count; i++)
        if (strcmp(c->phases[i].id, id) == 0)
            return (int)i;
    return -1;
}

const cJSON *phase_record(const cJSON *records, const char *id)
{
    const cJSON *r = NULL, *found = NULL;
    cJSON_ArrayForEach(r, records)
    {
        if (strcmp(json_str(r, "phase", "?"), id) == 0)
            found = r;
    }
    return found;
}

int phase_next(const struct config *c, size_t after, const cJSON *records)
{
    for (size_t i = after + 1; i < c->phase_count; i++)
        if (!phase_record(records, c->phases[i].id))
            return (int)i;
    return -1;
}

cJSON *phase_voids(const struct config *c, size_t index, const cJSON *records)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = index; i < c->phase_count; i++)
        if (phase_record(records, c->phases[i].id))
            cJSON_AddItemToArray(list, cJSON_CreateString(c->phases[i].id));
    return list;
}

void phase_missing(const char *id, struct err *e)
{
    if (*id)
        err_set(e,
                "the active phase '%s' is not in launch.conf any more; put [phase %s] back, or begin another one with "
                "`ccsup start --phase ID --reset`",
                id, id);
    else
        err_set(e, "the active phase is the one without a name, and launch.conf has phase sections now; take them out, "
                   "or begin one of them with `ccsup start --phase ID --reset`");
}
