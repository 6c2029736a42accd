#include "agents/limit.h"
#include <string.h>

#define LIMIT_MINUTE INT64_C(60000)
#define LIMIT_HOUR (60 * LIMIT_MINUTE)

static int64_t limit_most(const char *window)
{
    if (strncmp(window, "seven_day", 9) == 0)
        return 8 * 24 * LIMIT_HOUR;
    return 6 * LIMIT_HOUR; /* also for one that is not known: a try costs nothing, a lost week does */
}

/* A wait that has doubled with each time but the first. */
static int64_t limit_doubled(int64_t wait, int count)
{
    for (int i = 1; i < count && wait < LIMIT_HOUR; i++)
        wait *= 2;
    return wait < LIMIT_HOUR ? wait : LIMIT_HOUR;
}

int64_t limit_least(int64_t met, int count)
{
    return met + limit_doubled(LIMIT_MINUTE, count);
}

int64_t limit_until(const char *window, int64_t resets_at, int64_t retry_ms, int count, int64_t now)
{
    int64_t wait = limit_doubled(5 * LIMIT_MINUTE, count), least = limit_least(0, count), most = limit_most(window);
    if (resets_at > 0)
        wait = resets_at + LIMIT_MINUTE - now;
    else if (retry_ms > 0)
        wait = retry_ms + LIMIT_MINUTE;
    return now + (wait < least ? least : wait < most ? wait : most);
}

bool limit_holds(const char *window, const char *model)
{
    static const char *const models[] = {"opus", "sonnet"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strstr(window, models[i]))
            return !*model || strstr(model, models[i]);
    return true;
}
