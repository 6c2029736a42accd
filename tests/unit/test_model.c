/* A model check of the whole: two watchdogs, the keepers and agents of each role, stop, start, a service manager,
 * power.
 * Breadth first over every interleaving of their steps, with a crash possible between any two; the watchdogs decide
 * with
 * the real agent_step and adoption_decide. In each state the properties below hold; from each state, once nothing fails
 * any more, what must come comes. For every deliberate mistake of model.h the check finds a violation.
 *
 * CCSUP_MODEL="roles crashes watchdogs starts stops wishes" checks other bounds, CCSUP_MODEL_DEFECT=NAME shows what a
 * mistake leads to. */
#include "cm.h"
#include "model_keeper.h"
#include "model_operator.h"
#include "model_watchdog.h"
#include <stdio.h>
#include <stdlib.h>

struct bounds {
    int roles, crashes, watchdogs, starts, stops, wishes;
};

struct origin {
    uint32_t parent;
    uint8_t step;
};

enum { NO_STATE = 0x7fffffff };

struct check {
    struct model model;
    size_t size; /* bytes of a state */
    uint8_t *states;
    struct origin *from;
    uint32_t *soonest; /* the state that follows when nothing fails; NO_STATE = it rests */
    uint32_t *table;
    size_t count, room, slots, transitions;
    const char *broken; /* the first property that does not hold, */
    size_t where;       /* in or after this state, */
    int last;           /* by this step of it; -1 = the state itself */
};

static const struct sys *state_at(const struct check *c, size_t i, struct sys *s)
{
    memset(s, 0, sizeof *s);
    memcpy(s, c->states + i * c->size, c->size);
    return s;
}

static uint64_t hash(const uint8_t *bytes, size_t n)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h ^ h >> 29;
}

static void grow(struct check *c)
{
    c->room = c->room ? c->room * 2 : 1 << 14;
    c->slots = c->room * 2;
    c->states = realloc(c->states, c->room * c->size);
    c->from = realloc(c->from, c->room * sizeof *c->from);
    c->soonest = realloc(c->soonest, c->room * sizeof *c->soonest);
    free(c->table);
    c->table = calloc(c->slots, sizeof *c->table);
    for (size_t i = 0; i < c->count; i++) {
        size_t at = hash(c->states + i * c->size, c->size) % c->slots;
        while (c->table[at])
            at = (at + 1) % c->slots;
        c->table[at] = (uint32_t)i + 1;
    }
}

/* True when it is new; *index: its place. */
static bool visit(struct check *c, const struct sys *s, size_t parent, size_t step, size_t *index)
{
    if (c->count == c->room)
        grow(c);
    size_t at = hash((const uint8_t *)s, c->size) % c->slots;
    for (; c->table[at]; at = (at + 1) % c->slots) {
        *index = c->table[at] - 1;
        if (memcmp(c->states + *index * c->size, s, c->size) == 0)
            return false;
    }
    *index = c->count;
    c->soonest[c->count] = NO_STATE;
    memcpy(c->states + c->count * c->size, s, c->size);
    c->from[c->count] = (struct origin){(uint32_t)parent, (uint8_t)step};
    c->table[at] = (uint32_t)++c->count;
    return true;
}

static void broken(struct check *c, const char *what, size_t where, int last)
{
    if (c->broken)
        return;
    c->broken = what;
    c->where = where;
    c->last = last;
}

/* Everything that can happen in s. */
static void steps_list(const struct model *model, const struct sys *s, struct steps *out)
{
    out->n = 0;
    for (int w = 0; w < WATCHDOGS; w++)
        watchdog_steps(model, s, w, out);
    for (int r = 0; r < model->roles; r++)
        keeper_steps(model, s, r, out);
    stop_steps(model, s, out);
    person_steps(model, s, out);
    for (size_t i = 0; i < out->n; i++)
        model_canonical(&out->at[i].to, model->roles);
}

/* --- properties of a state --------------------------------------------------------------------------------- */

/* NULL, or the property that does not hold. (Those of a step are said where it is made: keeper_execs, stop_ends,
 * watchdog_effect.) */
static const char *state_holds(const struct model *model, const struct sys *s)
{
    for (int i = 0; i < model->roles; i++) {
        const struct m_role *r = &s->role[i];
        bool kept = r->tree_keeper && r->lock == r->tree_keeper;
        bool swept = r->tree_last && r->kept && (r->record == RECORD_MISSING || r->record == RECORD_SURVIVORS);
        if (tree_lives(r) && !kept && !swept)
            return "a living tree has its keeper, or the next start sweeps it";
        if (tree_lives(r) && s->stopped)
            return "after stop nothing of an agent lives";
        int keepers = 0;
        for (int k = 0; k < KEEPERS; k++)
            keepers += r->keeper[k].at >= K_SWEEPS && r->keeper[k].at < K_DEAD;
        if (keepers > 1)
            return "at most one keeper a role goes on with its lock";
    }
    int masters = 0;
    for (int w = 0; w < WATCHDOGS; w++)
        masters += s->watchdog[w].at >= W_LOCKED;
    return masters > 1 ? "at most one watchdog goes on with its lock" : NULL;
}

/* --- what must come ----------------------------------------------------------------------------------------- */

/* Of the steps that need no fault, person or whim the soonest, -1 = none: the way of the world when nothing fails. It
 * depends on the state alone, so that from each state there is one way. */
static int soonest(const struct steps *steps)
{
    int best = -1;
    for (size_t i = 0; i < steps->n; i++)
        if (steps->at[i].rank < OF_ITSELF && (best < 0 || steps->at[i].rank < steps->at[best].rank))
            best = (int)i;
    return best;
}

/* Did the watchdog that runs, and is not told to end, get each agent to run, or did it give up for the operator? */
static bool all_run(const struct model *model, const struct sys *s)
{
    for (int w = 0; w < WATCHDOGS; w++) {
        if (s->watchdog[w].at != W_RUNS)
            continue;
        for (int i = 0; i < model->roles; i++) {
            const struct m_role *r = &s->role[i];
            bool runs = r->of[w].state == AGENT_RUNNING && tree_lives(r) && r->tree_keeper &&
                        r->keeper[r->tree_keeper - 1].at == K_RUNNING && r->of[w].keeper == r->tree_keeper;
            if (!runs && r->of[w].state != AGENT_HELD && !r->of[w].paused)
                return false;
        }
        return true;
    }
    return false;
}

/* Does a watchdog, a stop or a start go on, or a keeper? Then it is not at rest. */
static bool goes_on(const struct model *model, const struct sys *s)
{
    bool any = s->stop != S_NONE || s->start != ST_NONE;
    for (int w = 0; w < WATCHDOGS; w++)
        any = any || s->watchdog[w].at != W_NONE;
    for (int r = 0; r < model->roles; r++)
        for (int k = 0; k < KEEPERS; k++)
            any = any || s->role[r].keeper[k].at != K_NONE;
    return any;
}

/* May its tree outlive everybody, until the next start sweeps it? One that could not be killed; and one whose keeper
 * was killed, when no watchdog or stop is there to notice, or its own attempt to sweep was killed too. */
static bool may_outlive(const struct sys *s, int role)
{
    const struct m_role *r = &s->role[role];
    if (r->stuck || r->record == RECORD_SURVIVORS || (r->tree_keeper && r->keeper[r->tree_keeper - 1].at >= K_RECORDS))
        return true;
    if (r->tree_keeper)
        return false;
    int w = s->lock - 1;
    if (s->lock == 0 || w == PEER_STOP)
        return true;
    bool dropped = s->watchdog[w].at == W_RUNS && r->of[w].state != AGENT_LOST && r->of[w].link != LINK_CONNECTED;
    return s->watchdog[w].at <= W_LOCKED || dropped;
}

/* Where the way from each state ends: with the agents running, or at rest, with the trees of these roles alive. */
enum { END_UNKNOWN, END_RUNS, END_RESTS = 4 };

static int end_of(struct check *c, size_t i)
{
    struct sys s;
    int end = END_RESTS;
    state_at(c, i, &s);
    if (all_run(&c->model, &s))
        return END_RUNS;
    if (c->soonest[i] != NO_STATE)
        return END_UNKNOWN;
    if (goes_on(&c->model, &s))
        broken(c, "when nothing fails any more agents run or everything ends", i, -1);
    for (int r = 0; r < c->model.roles; r++)
        end |= tree_lives(&s.role[r]) ? 1 << r : 0;
    return end;
}

/* From each state, when nothing fails any more: a watchdog that is not told to end brings its agents up; without one
 * every keeper ends, and with it every tree that had one. */
static void come(struct check *c)
{
    enum { LONG = 1000 };
    uint8_t *end = calloc(c->count, 1);
    uint32_t path[LONG];
    struct sys s;
    for (size_t i = 0; i < c->count && !c->broken; i++) {
        size_t n = 0;
        for (size_t at = i; n < LONG; at = c->soonest[at]) {
            path[n++] = (uint32_t)at;
            if (!end[at])
                end[at] = (uint8_t)end_of(c, at);
            if (end[at])
                break;
        }
        int last = end[path[n - 1]];
        if (!last)
            broken(c, "when nothing fails any more it does not go in circles", i, -1);
        for (size_t k = 0; k < n && last >= END_RESTS; k++) {
            state_at(c, path[k], &s);
            end[path[k]] = (uint8_t)last;
            for (int r = 0; r < c->model.roles; r++)
                if (last & 1 << r && !may_outlive(&s, r))
                    broken(c, "a tree without a watchdog ends after the orphan timeout", path[k], -1);
        }
        for (size_t k = 0; k < n; k++)
            end[path[k]] = (uint8_t)last;
    }
    free(end);
}

/* --- the search --------------------------------------------------------------------------------------------- */

static void say_step(const struct step *one)
{
    printf("  %d.%d %s\n", one->role, one->who, one->what);
}

/* The way to state i, oldest step first. Slots are renamed on the way: numbers hold for one line only. */
static void trace(const struct check *c, size_t i, struct steps *steps)
{
    struct sys s;
    if (i) {
        trace(c, c->from[i].parent, steps);
        steps_list(&c->model, state_at(c, c->from[i].parent, &s), steps);
        say_step(&steps->at[c->from[i].step]);
    }
}

static void expand(struct check *c, size_t i, struct steps *steps)
{
    size_t to;
    struct sys s;
    steps_list(&c->model, state_at(c, i, &s), steps);
    assert_true(steps->n < STEPS_MAX);
    int next = soonest(steps);
    for (size_t k = 0; k < steps->n && !c->broken; k++) {
        const struct step *one = &steps->at[k];
        c->transitions++;
        if (one->broken)
            broken(c, one->broken, i, (int)k);
        else if (visit(c, &one->to, i, k, &to) && state_holds(&c->model, &one->to))
            broken(c, state_holds(&c->model, &one->to), to, -1);
        if (!one->broken && (int)k == next)
            c->soonest[i] = (uint32_t)to;
    }
}

static void search(struct check *c, const struct bounds *b)
{
    struct steps *steps = calloc(1, sizeof *steps);
    struct sys s;
    c->model.roles = b->roles;
    c->size = offsetof(struct sys, role) + (size_t)b->roles * sizeof(struct m_role);
    memset(&s, 0, sizeof s);
    s.crashes = (uint8_t)b->crashes;
    s.watchdogs = (uint8_t)b->watchdogs;
    s.starts = (uint8_t)b->starts;
    s.stops = (uint8_t)b->stops;
    s.wishes = (uint8_t)b->wishes;
    size_t first;
    visit(c, &s, 0, 0, &first);
    for (size_t i = 0; i < c->count && !c->broken; i++)
        expand(c, i, steps);
    if (!c->broken)
        come(c);
    free(steps);
}

static void show_broken(const struct check *c)
{
    struct steps *steps = calloc(1, sizeof *steps);
    struct sys s;
    trace(c, c->where, steps);
    if (c->last >= 0) {
        steps_list(&c->model, state_at(c, c->where, &s), steps);
        say_step(&steps->at[c->last]);
    }
    for (size_t i = c->where, n = 0; c->last < 0 && n < 80 && c->soonest[i] != NO_STATE; i = c->soonest[i], n++) {
        printf("%s", n ? "" : "then, when nothing fails:\n");
        steps_list(&c->model, state_at(c, i, &s), steps);
        say_step(&steps->at[soonest(steps)]);
    }
    printf("broken: %s\n", c->broken);
    free(steps);
}

static void check_free(struct check *c)
{
    free(c->states);
    free(c->from);
    free(c->soonest);
    free(c->table);
    free(c);
}

/* --- tests -------------------------------------------------------------------------------------------------- */

static const char *const defect_names[] = {
#define X(name) #name,
    DEFECTS(X)
#undef X
};
enum { DEFECT_COUNT = sizeof defect_names / sizeof *defect_names };

static void holds(const struct bounds *b, enum defect defect)
{
    struct check *c = calloc(1, sizeof *c);
    c->model.defect = defect;
    search(c, b);
    printf("%d role(s), %d crashes, %d+%d watchdogs, %d stops, %d wishes: %zu states of %zu bytes, %zu transitions\n",
           b->roles, b->crashes, b->starts, b->watchdogs, b->stops, b->wishes, c->count, c->size, c->transitions);
    if (c->broken)
        show_broken(c);
    assert_null(c->broken);
    check_free(c);
}

static void test_model(void **state)
{
    (void)state;
    static const struct bounds usual[] = {{1, 2, 1, 1, 1, 0}, {1, 1, 0, 1, 1, 1}, {2, 0, 0, 1, 0, 0}};
    const char *given = getenv("CCSUP_MODEL"), *name = getenv("CCSUP_MODEL_DEFECT");
    enum defect defect = DEFECT_NONE;
    for (int i = 0; name && i < DEFECT_COUNT; i++)
        if (strcmp(defect_names[i], name) == 0)
            defect = (enum defect)i;
    if (given) {
        struct bounds b = {0};
        assert_int_equal(
            sscanf(given, "%d %d %d %d %d %d", &b.roles, &b.crashes, &b.watchdogs, &b.starts, &b.stops, &b.wishes), 6);
        assert_in_range(b.roles, 1, MODEL_ROLES);
        holds(&b, defect);
        return;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        holds(&usual[i], defect);
}

/* The check sees: with each mistake some property breaks. */
static void test_defects(void **state)
{
    (void)state;
    for (int defect = DEFECT_NONE + 1; defect < DEFECT_COUNT; defect++) {
        const char *seen = NULL;
        for (int crashes = 1; crashes <= 2 && !seen; crashes++) {
            const struct bounds bounds = {1, crashes, 1, 1, 1, 0};
            struct check *c = calloc(1, sizeof *c);
            c->model.defect = (enum defect)defect;
            search(c, &bounds);
            seen = c->broken;
            check_free(c);
        }
        printf("%-22s %s\n", defect_names[defect], seen ? seen : "not seen");
        assert_non_null(seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model), cmocka_unit_test(test_defects)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
