#include "watchdog/internal.h"

/* A moment of the old clock as one of the new: as far from now as it was. 0 = none. */
static void back(int64_t *at, int64_t by)
{
    if (*at)
        *at -= by;
}

void clock_back(struct watchdog *w, int64_t now)
{
    int64_t by = w->now - now;
    w->now = now;
    if (by <= 0)
        return;
    for (int role = 0; role < ROLES; role++) {
        struct watchdog_role *r = &w->roles[role];
        struct agent *a = &r->agent;
        int64_t *const all[] = {&a->deadline, &a->since, &a->started_at, &a->progress_at, &r->ended_at};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            back(all[i], by);
        for (size_t i = 0; i < a->history.count; i++)
            back(&a->history.starts[i], by);
    }
    for (size_t i = 0; i < w->limit_count; i++)
        limits_back(&w->limits[i], by);
    int64_t *const all[] = {&w->poll.next_at,  &w->poll.deadline, &w->poll.ok_at, &w->state_since,
                            &w->confirm_since, &w->phase_since,   &w->run_since};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        back(all[i], by);
}
