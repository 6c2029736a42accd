/* The names of states, reasons, events and effects, from the lists in agent.h. */
#include "agents/agent.h"
#include <string.h>

const char *agent_state_name(enum agent_state s)
{
    static const char *const names[] = {
#define X(name) #name,
        AGENT_STATES(X)
#undef X
    };
    return names[s];
}

const char *agent_why_name(enum agent_why w)
{
    static const char *const names[] = {
#define X(name, text) #name,
        AGENT_WHYS(X)
#undef X
    };
    return names[w];
}

int agent_why_parse(const char *name)
{
    for (int w = WHY_NONE; w <= WHY_INTERNAL; w++)
        if (strcmp(agent_why_name((enum agent_why)w), name) == 0)
            return w;
    return -1;
}

const char *agent_why_text(enum agent_why w)
{
    static const char *const texts[] = {
#define X(name, text) text,
        AGENT_WHYS(X)
#undef X
    };
    return texts[w];
}

const char *agent_event_name(enum agent_event_kind e)
{
    static const char *const names[] = {
#define X(name) #name,
        AGENT_EVENTS(X)
#undef X
    };
    return names[e];
}

const char *agent_effect_name(enum agent_effect e)
{
    static const char *const names[] = {
#define X(name) #name,
        AGENT_EFFECTS(X)
#undef X
    };
    return names[e];
}

static const char *const live_names[] = {
#define X(name) #name,
    AGENT_LIVES(X)
#undef X
};

const char *agent_live_name(enum agent_live l)
{
    return live_names[l];
}

int agent_live_parse(const char *name)
{
    for (size_t i = 0; i < sizeof live_names / sizeof *live_names; i++)
        if (strcmp(live_names[i], name) == 0)
            return (int)i;
    return -1;
}
