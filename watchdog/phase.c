#include "watchdog/phase.h"
#include "supervisor/base/buf.h"
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
