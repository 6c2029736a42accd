#include "agents/budget.h"
#include "supervisor/base/duration.h"
#include <stdio.h>
#include <string.h>

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

void spent_add(struct spent *sum, const struct spent *one)
{
    sum->sum.cost = plus(sum->sum.cost, one->sum.cost);
    sum->sum.iterations = plus(sum->sum.iterations, one->sum.iterations);
    sum->sum.run_time = plus(sum->sum.run_time, one->sum.run_time);
    sum->unpriced = plus(sum->unpriced, one->unpriced);
}

/* What this process cost, as far as it said so. A sum below the one that was saved goes on with nothing: a start that
 * failed says 0. */
static int64_t ledger_cost(struct ledger *l, const struct ledger_iteration *one)
{
    const struct said *said = one->said;
    bool same = strcmp(l->session, said->session) == 0;
    bool less = same && said->cost < l->saved;
    int64_t cost = same && !less ? said->cost - l->saved : said->cost;
    if (one->saved && said->session[0] && !less) {
        snprintf(l->session, sizeof l->session, "%s", said->session);
        l->saved = said->cost;
    }
    return cost;
}

bool ledger_count(struct ledger *l, const struct ledger_iteration *one)
{
    if (one->number == l->counted)
        return false;
    struct spent spent = {.sum = {.iterations = one->worked, .run_time = one->ms > 0 ? one->ms : 0}};
    l->counted = one->number;
    spent.unpriced = !one->said->priced;
    spent.sum.cost = ledger_cost(l, one);
    spent_add(&l->run, &spent);
    if (one->in_phase)
        spent_add(&l->phase, &spent);
    return true;
}

enum budget_level budget_level(int64_t spent, int64_t limit)
{
    if (limit <= 0)
        return BUDGET_FINE;
    return spent >= limit ? BUDGET_USED_UP : spent >= limit - limit / 5 ? BUDGET_WARNS : BUDGET_FINE;
}

int64_t budget_of(const struct budget *b, enum budget_kind kind)
{
    switch (kind) {
    case BUDGET_COST: return b->cost;
    case BUDGET_ITERATIONS: return b->iterations;
    case BUDGET_RUN_TIME: return b->run_time;
    case BUDGET_KIND_COUNT: break;
    }
    return 0;
}

/* Cents, and below a dollar as many digits as say something. */
static void dollars(struct buf *out, int64_t micro)
{
    char text[40];
    snprintf(text, sizeof text, "$%lld.%06lld", (long long)(micro / 1000000), (long long)(micro % 1000000));
    size_t n = strlen(text) - 4;
    for (size_t more = n + 4; micro < 1000000 && more > n; more--)
        if (text[more - 1] != '0')
            n = more;
    buf_add(out, text, n);
}

static void amount(struct buf *out, enum budget_kind kind, int64_t n)
{
    switch (kind) {
    case BUDGET_COST: dollars(out, n); return;
    case BUDGET_ITERATIONS: buf_addf(out, "%lld", (long long)n); return;
    case BUDGET_RUN_TIME: duration_render(out, n); return;
    case BUDGET_KIND_COUNT: return;
    }
}

void budget_render(struct buf *out, enum budget_kind kind, int64_t spent, int64_t limit)
{
    amount(out, kind, spent);
    if (limit) {
        buf_adds(out, " of ");
        amount(out, kind, limit);
    }
    if (kind == BUDGET_ITERATIONS)
        buf_adds(out, !limit && spent == 1 ? " iteration" : " iterations");
}

const char *budget_kind_name(enum budget_kind k)
{
    static const char *const names[] = {
#define X(name, text) #text,
        BUDGET_KINDS(X)
#undef X
    };
    return names[k];
}

static const char *const levels[] = {
#define X(name) #name,
    BUDGET_LEVELS(X)
#undef X
};

const char *budget_level_name(enum budget_level l)
{
    return levels[l];
}

int budget_level_parse(const char *name)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i], name) == 0)
            return (int)i;
    return -1;
}
