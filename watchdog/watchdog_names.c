#include "watchdog/watchdog.h"
#include <string.h>

const char *wish_name(enum wish w)
{
    static const char *const names[] = {
#define X(name, text) text,
        WISHES(X)
#undef X
    };
    return names[w];
}

int wish_parse(const char *name)
{
#define X(id, text)                                                                                                    \
    if (strcmp(text, name) == 0)                                                                                       \
        return WISH_##id;
    WISHES(X)
#undef X
    return -1;
}

const char *watchdog_event_name(enum watchdog_event_kind k)
{
    static const char *const names[] = {
#define X(name) #name,
        WATCHDOG_EVENTS(X)
#undef X
    };
    return names[k];
}
