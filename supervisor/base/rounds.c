#include "supervisor/base/rounds.h"

void rounds_begin(struct rounds *r, int64_t limit, int64_t now)
{
    *r = (struct rounds){.deadline = now + limit, .next = now, .step = 1};
}

bool rounds_over(struct rounds *r, int64_t now)
{
    if (now - r->next > ROUNDS_LATE)
        r->deadline += now - r->next;
    return now >= r->deadline;
}

void rounds_wait(struct rounds *r, int64_t now)
{
    r->next = now + r->step;
    r->step = r->step * 2 < ROUNDS_STEP_MAX ? r->step * 2 : ROUNDS_STEP_MAX;
}
