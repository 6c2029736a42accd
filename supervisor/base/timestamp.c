#include "supervisor/base/timestamp.h"
#include <stdio.h>

/* What is left to read. All reading is forward; nothing is read twice but a look at the next byte. */
struct cursor {
    const char *at;
    size_t left;
};

static int cursor_peek(const struct cursor *c)
{
    return c->left ? (unsigned char)*c->at : -1;
}

static bool cursor_skip(struct cursor *c, int byte)
{
    if (cursor_peek(c) != byte)
        return false;
    c->at++;
    c->left--;
    return true;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(int c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Exactly `digits` digits as a number in min..max. */
static bool cursor_number(struct cursor *c, int digits, int min, int max, int *value)
{
    int v = 0;
    if (c->left < (size_t)digits)
        return false;
    for (int i = 0; i < digits; i++) {
        if (!is_digit((unsigned char)c->at[i]))
            return false;
        v = v * 10 + (c->at[i] - '0');
    }
    if (v < min || v > max)
        return false;
    c->at += digits;
    c->left -= (size_t)digits;
    *value = v;
    return true;
}

/* Any of the words UTC, GMT and Z, in any case, as a word of its own. */
static bool cursor_utc(struct cursor *c)
{
    static const char *const names[] = {"utc", "gmt", "z"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t k = 0;
        while (names[i][k] && k < c->left && (c->at[k] | 0x20) == names[i][k])
            k++;
        if (names[i][k])
            continue;
        c->at += k;
        c->left -= k;
        return !is_alnum(cursor_peek(c)) && cursor_peek(c) != '+' &&
               !(cursor_peek(c) == '-' && c->left > 1 && is_digit((unsigned char)c->at[1]));
    }
    return false;
}

/* Z, UTC, GMT, +02:00, +0200, +02; *offset in seconds east. */
static bool cursor_zone(struct cursor *c, int *offset)
{
    *offset = 0;
    int sign = cursor_peek(c);
    if (sign != '+' && sign != '-')
        return cursor_utc(c);
    cursor_skip(c, sign);
    int hours, minutes = 0;
    if (!cursor_number(c, 2, 0, 14, &hours))
        return false;
    bool colon = cursor_skip(c, ':');
    if ((colon || is_digit(cursor_peek(c))) && !cursor_number(c, 2, 0, 59, &minutes))
        return false;
    if (is_alnum(cursor_peek(c)) || cursor_peek(c) == ':')
        return false;
    *offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, counted by years that begin in March. */
static int64_t days_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int m = month <= 2 ? month + 9 : month - 3;
    return 365 * (int64_t)y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool cursor_date(struct cursor *c, int64_t *seconds)
{
    int year, month, day;
    if (!cursor_number(c, 4, 2020, 2100, &year) || !cursor_skip(c, '-') || !cursor_number(c, 2, 1, 12, &month) ||
        !cursor_skip(c, '-') || !cursor_number(c, 2, 1, days_in(year, month), &day))
        return false;
    *seconds = days_of(year, month, day) * 86400;
    return true;
}

/* HH:MM[:SS[.fraction]] [blank] zone; *seconds becomes the instant. */
static bool cursor_time(struct cursor *c, int64_t *seconds)
{
    int hour, minute, second = 0, offset;
    if (!cursor_number(c, 2, 0, 23, &hour) || !cursor_skip(c, ':') || !cursor_number(c, 2, 0, 59, &minute))
        return false;
    if (cursor_skip(c, ':')) {
        if (!cursor_number(c, 2, 0, 60, &second))
            return false;
        if (cursor_skip(c, '.')) {
            if (!is_digit(cursor_peek(c)))
                return false;
            while (is_digit(cursor_peek(c)))
                cursor_skip(c, cursor_peek(c));
        }
    }
    cursor_skip(c, ' ');
    if (!cursor_zone(c, &offset))
        return false;
    *seconds += hour * 3600 + minute * 60 + (second == 60 ? 59 : second) - offset;
    return true;
}

/* Whether a time of day is begun here: one or two digits and a colon. */
static bool cursor_at_clock(const struct cursor *c)
{
    size_t k = 0;
    while (k < c->left && k < 3 && is_digit((unsigned char)c->at[k]))
        k++;
    return (k == 1 || k == 2) && k < c->left && c->at[k] == ':';
}

/* Whether nothing behind it makes it another form: 2026-05-28x, 2026-05-28/29, 2026-05-28.5,
 * 2026-05-28T10:00Z/11:00Z. */
static bool cursor_ends(const struct cursor *c)
{
    int next = cursor_peek(c);
    bool joins = next == '-' || next == '/' || next == '+' || next == '.' || next == ':' || next == ',' || next == '_';
    return !is_alnum(next) && !(joins && c->left > 1 && is_alnum((unsigned char)c->at[1]));
}

size_t timestamp_parse(const char *s, size_t n, int64_t *seconds)
{
    struct cursor c = {s, n};
    int64_t t;
    if (!cursor_date(&c, &t))
        return 0;
    int mark = cursor_peek(&c);
    struct cursor clock = c;
    if (mark == 'T' || mark == 't') {
        cursor_skip(&clock, mark);
        if (!cursor_time(&clock, &t))
            return 0;
        c = clock;
    } else {
        while (cursor_peek(&clock) == ' ' || cursor_peek(&clock) == '\t')
            cursor_skip(&clock, cursor_peek(&clock));
        /* A time of day after the date must be whole, with its zone: cutting it off would move the verdict.
         */
        if (mark == ' ' && cursor_at_clock(&clock)) {
            cursor_skip(&c, ' ');
            if (!cursor_time(&c, &t))
                return 0;
        } else if (cursor_at_clock(&clock)) {
            return 0;
        }
    }
    if (!cursor_ends(&c))
        return 0;
    *seconds = t;
    return n - c.left;
}

void timestamp_format(int64_t seconds, char out[21])
{
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t z = days + 719468; /* days since 0000-03-01 */
    int64_t era = z >= 0 ? z / 146097 : (z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    /* The modulo keeps the text in its 20 places whatever was given; 0..9999 is every year that we read. */
    snprintf(out, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)(year < 0 ? 0 : year % 10000) % 10000,
             (unsigned)month % 100, (unsigned)(doy - (153 * mp + 2) / 5 + 1) % 100, (unsigned)(rest / 3600) % 100,
             (unsigned)(rest / 60 % 60) % 100, (unsigned)(rest % 60) % 100);
}
