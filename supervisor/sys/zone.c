#include "supervisor/sys/zone.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* glibc takes a name that it does not know for UTC without a word: look first. */
static bool zone_known(const char *name)
{
    if (!*name || strstr(name, ".."))
        return false;
    char *path = file_join("/usr/share/zoneinfo", name);
    bool known = file_exists(path);
    free(path);
    return known;
}

/* A limit that is reported is not over yet; but the minutes of its text are cut, clocks differ, and words take their
 * time: what has just passed is meant, and not the same time of the next day. */
enum { ZONE_JUST_PASSED = 10 * 60 };

/* The first of the next days on which it is that time, in the zone that is set. */
static int64_t zone_search(const struct limit_text *l, int64_t now)
{
    time_t from = (time_t)(now / 1000);
    struct tm today;
    localtime_r(&from, &today);
    for (int day = -1; day <= 366; day++) {
        struct tm t = today;
        t.tm_mday += day;
        t.tm_hour = l->hour;
        t.tm_min = l->minute;
        t.tm_sec = 0;
        t.tm_isdst = -1;
        time_t at = mktime(&t);
        bool fits = (l->weekday < 0 || t.tm_wday == l->weekday) &&
                    (!l->month || (t.tm_mon + 1 == l->month && t.tm_mday == l->day));
        if (fits && at > from - ZONE_JUST_PASSED)
            return (int64_t)at * 1000;
    }
    return 0;
}

int64_t zone_next(const struct limit_text *l, int64_t now)
{
    if (l->resets_at > 0)
        return l->resets_at * 1000;
    if (!l->clock)
        return 0;
    if (!zone_known(l->zone))
        return zone_search(l, now);
    char *before = mem_strdup(getenv("TZ"));
    setenv("TZ", l->zone, 1);
    tzset();
    int64_t at = zone_search(l, now);
    if (before)
        setenv("TZ", before, 1);
    else
        unsetenv("TZ");
    tzset();
    free(before);
    return at;
}
