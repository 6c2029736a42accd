/* The agent's machine, explored: breadth first over all its states with the world around it, every event that the edge
 * can produce in each, until nothing new is found. In each state the invariants of agents/agent.h hold; from each state
 * an agent that is not wanted comes to rest, one that is wanted starts again or is held, and one that an operator
 * restarts starts at once. What the exploration saw is exactly
 * what golden/transitions.txt says. CCSUP_EXPLORE=1 explores larger limits. */
#include "cm.h"
#include "explore_world.h"
#include <stdlib.h>

struct origin {
    uint32_t parent;
    uint16_t choice;
};

struct explore {
    const struct agent_policy *policy;
    struct node *nodes;
    struct origin *from;
    uint32_t *table; /* open addressing: index + 1 */
    size_t count, room, slots, steps;
    bool seen[STATES][EVENTS][STATES];
};

/* FNV-1a over the node's bytes: nodes hold single bytes only, so there is no padding. */
static uint64_t hash(const struct node *n)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < sizeof *n; i++)
        h = (h ^ ((const uint8_t *)n)[i]) * 1099511628211u;
    return h ^ h >> 32;
}

static void grow(struct explore *x)
{
    x->room = x->room ? x->room * 2 : 1 << 14;
    x->slots = x->room * 2;
    x->nodes = realloc(x->nodes, x->room * sizeof *x->nodes);
    x->from = realloc(x->from, x->room * sizeof *x->from);
    free(x->table);
    x->table = calloc(x->slots, sizeof *x->table);
    for (size_t i = 0; i < x->count; i++) {
        size_t at = hash(&x->nodes[i]) % x->slots;
        while (x->table[at])
            at = (at + 1) % x->slots;
        x->table[at] = (uint32_t)i + 1;
    }
}

static void visit(struct explore *x, const struct node *n, size_t parent, size_t choice)
{
    if (x->count == x->room)
        grow(x);
    size_t at = hash(n) % x->slots;
    for (; x->table[at]; at = (at + 1) % x->slots)
        if (memcmp(&x->nodes[x->table[at] - 1], n, sizeof *n) == 0)
            return;
    x->nodes[x->count] = *n;
    x->from[x->count] = (struct origin){(uint32_t)parent, (uint16_t)choice};
    x->table[at] = (uint32_t)++x->count;
}

static void show(const struct node *n)
{
    static const char *const keepers[] = {"none", "asked", "ready", "runs"};
    static const char *const wants[] = {"DOWN", "PAUSED", "UP"};
    printf("%s want %s (%s) due %d, keeper %s%s%s%s%s, failures %d\n", agent_state_name((enum agent_state)n->state),
           wants[n->want], agent_why_name((enum agent_why)n->why), n->deadline, keepers[n->keeper],
           n->lost ? ", unswept" : "", n->again ? ", again" : "", n->promised ? ", promised" : "",
           n->sweep_only ? ", only to sweep" : "", n->failures);
}

/* How state `index` was reached, oldest step first. */
static void trace(const struct explore *x, size_t index)
{
    struct choices c;
    if (index) {
        trace(x, x->from[index].parent);
        choices_list(&c, &x->nodes[x->from[index].parent]);
        const struct choice *one = &c.at[x->from[index].choice];
        printf("  %s %s\n    -> ", one->passes ? "" : agent_event_name(one->ev.kind), one->note);
    } else {
        printf("    ");
    }
    show(&x->nodes[index]);
}

static void broken(const struct explore *x, size_t index, const struct choice *c, const char *what)
{
    trace(x, index);
    if (c)
        printf("  %s %s\n", agent_event_name(c->ev.kind), c->note);
    printf("broken: %s\n", what);
    fail();
}

static void explore(struct explore *x)
{
    struct choices c;
    struct moved m;
    struct agent a;
    struct node first;
    memset(&first, 0, sizeof first);
    agent_init(&a, 1, NOW);
    node_take(&first, &a, x->policy);
    first.fresh = 1;
    first.stopped = first.killed = NEVER;
    memset(first.counted, NEVER, STARTS_KEPT);
    visit(x, &first, 0, 0);
    for (size_t i = 0; i < x->count; i++) {
        const struct node from = x->nodes[i];
        choices_list(&c, &from);
        for (size_t k = 0; k < c.n; k++) {
            world_step(&from, &c.at[k], x->policy, hash(&from), &m);
            x->steps++;
            if (m.broken)
                broken(x, i, &c.at[k], m.broken);
            if (!c.at[k].passes)
                x->seen[from.state][c.at[k].ev.kind][m.to.state] = true;
            visit(x, &m.to, i, k);
        }
    }
}

/* --- what must come --------------------------------------------------------------------------------------- */

/* How the world behaves while we wait for something to come. */
enum manner {
    TREE_DIES_ON_KILL, /* a keeper answers, its tree ignores TERM */
    KEEPER_IS_DEAF,    /* it obeys nothing once its agent runs, and dies with KILL */
    KEEPER_IS_MUTE,    /* none answers that is asked for */
    WORLD_IS_GOOD,     /* keepers answer, agents end well, what is asked is done */
    MANNERS
};

static const struct choice *pick(const struct choices *c, enum agent_event_kind kind, const char *note)
{
    for (size_t i = 0; i < c->n; i++)
        if (!c->at[i].passes && c->at[i].ev.kind == kind && strcmp(c->at[i].note, note) == 0)
            return &c->at[i];
    return NULL;
}

/* The next thing to happen in such a world. */
static const struct choice *next(const struct choices *c, const struct node *n, enum manner manner)
{
    const struct choice *passes = &c->at[c->n - 1], *timer = pick(c, AGENT_EV_TIMER, "");
    const struct choice *one = NULL;
    switch ((enum keeper_state)n->keeper) {
    case KEEPER_NONE: break;
    case KEEPER_ASKED: one = manner == KEEPER_IS_MUTE ? NULL : pick(c, AGENT_EV_READY, ""); break;
    case KEEPER_READY: one = pick(c, AGENT_EV_EXITED, "not started"); break;
    case KEEPER_RUNS:
        if (manner == KEEPER_IS_DEAF)
            one = n->destroyed ? pick(c, AGENT_EV_KEEPER_LOST, "") : NULL;
        else if (manner == WORLD_IS_GOOD || n->killed != NEVER)
            one = pick(c, AGENT_EV_EXITED, "code 0");
        break;
    }
    return one ? one : timer ? timer : passes;
}

/* From `from`, the wish said first when there is one, the machine gets to where `done` holds within so many ticks. */
static void must_come(const struct explore *x, size_t from, enum agent_event_kind wish, enum manner manner, int ticks)
{
    struct choices c;
    struct moved m = {.to = x->nodes[from]};
    if (wish != AGENT_EV_WANT_UP) { /* which is there already */
        choices_list(&c, &m.to);
        world_step(&x->nodes[from], pick(&c, wish, ""), x->policy, 1, &m);
    }
    for (int steps = 0; steps < 400 && ticks >= 0; steps++) {
        bool held = wish == AGENT_EV_WANT_UP && m.to.state == AGENT_HELD;
        if (wish == AGENT_EV_WANT_DOWN ? m.to.state == AGENT_DOWN : m.went || held)
            return;
        choices_list(&c, &m.to);
        const struct choice *one = next(&c, &m.to, manner);
        struct node before = m.to;
        ticks -= one->passes;
        world_step(&before, one, x->policy, hash(&before), &m);
        if (m.broken)
            break;
        if (getenv("CCSUP_TRACE")) {
            printf("      then %s: ", one->passes ? "a tick" : agent_event_name(one->ev.kind));
            show(&m.to);
        }
    }
    broken(x, from, NULL, m.broken ? m.broken : wish == AGENT_EV_WANT_DOWN ? "comes to rest" : "starts again");
}

static void live(const struct explore *x)
{
    const struct agent_policy *p = x->policy;
    int grace = (int)(p->grace / TICK);
    /* A start that nobody answers, a stop with its grace, a fence, a keeper's death, and a sweep after it. */
    int down = LIMIT_START + grace + 2 * LIMIT_FENCE + LIMIT_DESTROY + LIMIT_START + 2;
    int up = down + (int)(bound_of(AGENT_WAITING, LIVE_SILENT, p) / TICK) * 2 + FAR;
    for (size_t i = 0; i < x->count; i++) {
        for (int manner = TREE_DIES_ON_KILL; manner < WORLD_IS_GOOD; manner++)
            must_come(x, i, AGENT_EV_WANT_DOWN, (enum manner)manner, down);
        if (x->nodes[i].want == WANT_UP)
            must_come(x, i, AGENT_EV_WANT_UP, WORLD_IS_GOOD, up);
        must_come(x, i, AGENT_EV_RESTART, WORLD_IS_GOOD, 0);
    }
}

/* --- tests ------------------------------------------------------------------------------------------------ */

enum { T = TICK };
static const struct agent_policy policies[] = {
    {.pace = T,
     .restart_delay = T,
     .restart_delay_max = 3 * T,
     .start_limit_burst = 2,
     .start_limit_interval = 5 * T,
     .grace = 2 * T,
     .idle_timeout = 2 * T,
     .speaks = true,
     .start_timeout = T,
     .tool_timeout = 3 * T,
     .iteration_timeout = 4 * T},
    {.pace = 0,
     .restart_delay = T,
     .restart_delay_max = 5 * T,
     .jitter_percent = 60,
     .start_limit_burst = 1,
     .start_limit_interval = 8 * T,
     .grace = 0,
     .idle_timeout = 3 * T,
     .tool_timeout = 2 * T,
     .iteration_timeout = 3 * T},
    {.pace = 2 * T,
     .restart_delay = 2 * T,
     .restart_delay_max = 2 * T,
     .start_limit_burst = 3,
     .start_limit_interval = 3 * T,
     .grace = T,
     .idle_timeout = 4 * T,
     .speaks = true,
     .start_timeout = 3 * T,
     .tool_timeout = T,
     .iteration_timeout = 2 * T},
    {.pace = T,
     .restart_delay = T,
     .restart_delay_max = 9 * T,
     .jitter_percent = 10,
     .start_limit_burst = 3,
     .start_limit_interval = 9 * T,
     .grace = 3 * T,
     .idle_timeout = 3 * T,
     .speaks = true,
     .start_timeout = 2 * T,
     .tool_timeout = 5 * T,
     .max_wait = T,
     .iteration_timeout = 7 * T},
};
enum { POLICIES = 4, POLICIES_SHORT = 3 };

/* The table that was seen against the recorded one, line by line. */
static void compare(bool seen[STATES][EVENTS][STATES])
{
    FILE *f = fopen("golden/transitions.txt", "r");
    char line[120], got[120];
    int differ = 0;
    assert_non_null(f);
    bool more = fgets(line, sizeof line, f) != NULL;
    for (int s = 0; s < STATES; s++)
        for (int e = 0; e < EVENTS; e++)
            for (int to = 0; to < STATES; to++) {
                if (!seen[s][e][to])
                    continue;
                snprintf(got, sizeof got, "%s %s -> %s\n", agent_state_name((enum agent_state)s),
                         agent_event_name((enum agent_event_kind)e), agent_state_name((enum agent_state)to));
                if (more && strcmp(line, got) == 0) {
                    more = fgets(line, sizeof line, f) != NULL;
                } else {
                    printf("seen, and not in the table here: %sexpected: %s", got, more ? line : "its end\n");
                    differ++;
                }
            }
    fclose(f);
    assert_false(more);
    assert_int_equal(differ, 0);
}

static void test_explore(void **state)
{
    (void)state;
    bool seen[STATES][EVENTS][STATES] = {0};
    int n = getenv("CCSUP_EXPLORE") ? POLICIES : POLICIES_SHORT;
    for (int i = 0; i < n; i++) {
        struct explore *x = calloc(1, sizeof *x);
        x->policy = &policies[i];
        explore(x);
        printf("limits %d: %zu states, %zu transitions, closed\n", i, x->count, x->steps);
        live(x);
        for (size_t k = 0; k < sizeof seen; k++)
            ((bool *)seen)[k] |= ((bool *)x->seen)[k];
        free(x->nodes);
        free(x->from);
        free(x->table);
        free(x);
    }
    compare(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_explore)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
