#include "agents/limit_text.h"
#include <stdio.h>
#include <string.h>

/* ---- the time ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One or two digits. */
static bool take_number(const char **at, int *out)
{
    if (!is_digit(**at))
        return false;
    *out = *(*at)++ - '0';
    if (is_digit(**at))
        *out = *out * 10 + (*(*at)++ - '0');
    return !is_digit(**at);
}

/* Index of the name that the text begins with, past which *at goes; -1 = none. */
static int take_name(const char **at, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strncmp(*at, names[i], 3) == 0) {
            *at += 3;
            return i;
        }
    return -1;
}

/* "3pm" "12:45am" "15:05" */
static bool take_clock(const char **at, struct limit_text *l)
{
    int hour, minute = 0;
    if (!take_number(at, &hour))
        return false;
    if (**at == ':') {
        (*at)++;
        if (!take_number(at, &minute))
            return false;
    }
    while (**at == ' ')
        (*at)++;
    /* "3pm" "3 PM" "3 p.m." */
    char half = **at == 'a' || **at == 'A' ? 'a' : **at == 'p' || **at == 'P' ? 'p' : 0;
    const char *m = half ? *at + 1 + ((*at)[1] == '.') : NULL;
    bool am = m && half == 'a' && (*m == 'm' || *m == 'M'), pm = m && half == 'p' && (*m == 'm' || *m == 'M');
    if (am || pm) {
        *at = m + 1 + (m[1] == '.' && m[-1] == '.');
        if (hour < 1 || hour > 12)
            return false;
        hour = hour % 12 + (pm ? 12 : 0);
    }
    if (hour > 23 || minute > 59)
        return false;
    l->hour = hour;
    l->minute = minute;
    return true;
}

static void take_zone(const char *at, struct limit_text *l)
{
    const char *close;
    while (*at == ' ')
        at++;
    if (*at != '(' || !(close = strchr(at, ')')) || close - at > (long)sizeof l->zone)
        return;
    snprintf(l->zone, sizeof l->zone, "%.*s", (int)(close - at - 1), at + 1);
    /* A zone is a name of the database, never a path or a rule. */
    if (strspn(l->zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") != strlen(l->zone) ||
        l->zone[0] == '/')
        l->zone[0] = '\0';
}

/* Behind "resets ": [weekday | month day,] [at] clock [(zone)] */
static void read_reset(const char *at, struct limit_text *l)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    if (strncmp(at, "in ", 3) == 0) /* "in 3 hours": no time of day, and when it was said is not known here */
        return;
    int month = take_name(&at, months, 12), day = 0;
    int weekday = month < 0 ? take_name(&at, days, 7) : -1;
    while ((*at >= 'a' && *at <= 'z') || *at == ' ' || *at == ',') /* "September", "Monday" */
        at++;
    if (month >= 0) {
        if (!take_number(&at, &day) || day < 1 || day > 31)
            return;
        while (*at == ' ' || *at == ',')
            at++;
    }
    if (strncmp(at, "at ", 3) == 0)
        at += 3;
    if (!take_clock(&at, l))
        return;
    l->clock = true;
    l->weekday = weekday;
    l->month = month + 1;
    l->day = day;
    take_zone(at, l);
}

/* ---- the limit ---- */

static const char *window_of(const char *at)
{
    static const struct {
        const char *word, *window;
    } all[] = {{"session limit", "five_hour"},
               {"5-hour limit", "five_hour"},
               {"weekly limit", "seven_day"},
               {"Opus limit", "seven_day_opus"},
               {"Sonnet limit", "seven_day_sonnet"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strncmp(at, all[i].word, strlen(all[i].word)) == 0)
            return all[i].window;
    return "unknown";
}

/* "5-hour limit reached ∙ resets 3pm" "You're out of extra usage · resets 3pm (UTC)" "Claude usage limit reached" */
static bool other_words(struct limit_text *l, const char *text)
{
    const char *limit = strstr(text, "limit reached"), *reset = strstr(text, "resets ");
    bool window = limit && (strncmp(text, "5-hour ", 7) == 0 || strncmp(text, "Weekly ", 7) == 0) && limit - text == 7;
    bool out = strncmp(text, "You're out of extra usage", 25) == 0;
    if (window)
        snprintf(l->window, sizeof l->window, "%s", text[0] == '5' ? "five_hour" : "seven_day");
    if ((window || out) && reset)
        read_reset(reset + strlen("resets "), l);
    return window || out || strstr(text, "usage limit reached");
}

bool limit_text_read(struct limit_text *l, const char *text)
{
    static const char old[] = "usage limit reached|";
    *l = (struct limit_text){.weekday = -1};
    snprintf(l->window, sizeof l->window, "unknown");
    const char *at = strstr(text, old);
    if (at) {
        for (at += sizeof old - 1; is_digit(*at) && l->resets_at < INT64_C(100000000000); at++)
            l->resets_at = l->resets_at * 10 + (*at - '0');
        return true;
    }
    at = strstr(text, "hit your ");
    if (!at)
        return other_words(l, text);
    at += strlen("hit your ");
    const char *limit = strstr(at, "limit");
    /* Within the same clause: "hit your nerve. There is no limit" is none. */
    if (!limit || limit - at > 24 || memchr(at, '.', (size_t)(limit - at)))
        return false;
    snprintf(l->window, sizeof l->window, "%s", window_of(at));
    const char *reset = strstr(limit, "resets ");
    if (reset)
        read_reset(reset + strlen("resets "), l);
    return true;
}
