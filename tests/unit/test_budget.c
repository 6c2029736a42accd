/* Budgets: how much of one is used, what an iteration adds, whom it holds, and that neither a restart nor an operator's
 * word begins it anew. docs/claude.md, "Budgets". */
#include "cm.h"
#include "agents/claude.h"
#include "watchdog/budgets.h"
#include "watchdog/internal.h"
#include "watchdog/journal.h"
#include "world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DOLLAR INT64_C(1000000)

/* --- the arithmetic ----------------------------------------------------------------------------------------- */

static void test_levels(void **state)
{
    (void)state;
    static const struct {
        int64_t spent, limit;
        enum budget_level level;
    } rows[] = {
        {0, 0, BUDGET_FINE},
        {INT64_MAX, 0, BUDGET_FINE},
        {0, 100, BUDGET_FINE},
        {79, 100, BUDGET_FINE},
        {80, 100, BUDGET_WARNS},
        {99, 100, BUDGET_WARNS},
        {100, 100, BUDGET_USED_UP},
        {101, 100, BUDGET_USED_UP},
        {0, 1, BUDGET_FINE},
        {1, 1, BUDGET_USED_UP},
        {3, 4, BUDGET_FINE},
        {4, 5, BUDGET_WARNS},
        {4, 6, BUDGET_FINE},
        {5, 6, BUDGET_WARNS}, /* 80 % are 4.8 */
        {5, 7, BUDGET_FINE},
        {6, 7, BUDGET_WARNS},
        {INT64_MAX - 1, INT64_MAX, BUDGET_WARNS},
        {INT64_MAX, INT64_MAX, BUDGET_USED_UP},
        {INT64_MAX / 2, INT64_MAX, BUDGET_FINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(budget_level(rows[i].spent, rows[i].limit), rows[i].level);
    for (int l = 0; l <= BUDGET_USED_UP; l++)
        assert_int_equal(budget_level_parse(budget_level_name((enum budget_level)l)), l);
    assert_int_equal(budget_level_parse("SANG"), -1);
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        enum budget_kind kind;
        int64_t spent, limit;
        const char *text;
    } rows[] = {
        {BUDGET_COST, 12400000, 50000000, "$12.40 of $50.00"},
        {BUDGET_COST, 12345678, 0, "$12.34"},
        {BUDGET_COST, 5000, 1000000, "$0.005 of $1.00"},
        {BUDGET_COST, 1, 100000, "$0.000001 of $0.10"},
        {BUDGET_COST, 0, 100000, "$0.00 of $0.10"},
        {BUDGET_ITERATIONS, 3, 1, "3 of 1 iterations"},
        {BUDGET_ITERATIONS, 1, 0, "1 iteration"},
        {BUDGET_ITERATIONS, 0, 0, "0 iterations"},
        {BUDGET_RUN_TIME, 125 * MINUTE, 48 * HOUR, "2 h 05 min of 2 d 00 h"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b;
        buf_init(&b, 100);
        budget_render(&b, rows[i].kind, rows[i].spent, rows[i].limit);
        assert_string_equal(buf_str(&b), rows[i].text);
        buf_clear(&b);
    }
}

/* What is said is the session's sum; each row is the next iteration, and what all of them have cost by then. */
static void test_what_an_iteration_cost(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *session;
        int64_t said;
        bool priced, saved;
        int64_t cost, unpriced;
    } rows[] = {
        {1, "a", 100, true, true, 100, 0},  /* a new session */
        {1, "a", 100, true, true, 100, 0},  /* heard of twice */
        {2, "a", 150, true, true, 150, 0},  /* gone on with: the difference */
        {3, "a", 190, true, false, 190, 0}, /* it said so, and was killed: nothing was saved */
        {4, "a", 160, true, true, 200, 0},  /* so the next one begins at 150 */
        {5, "a", 0, false, false, 200, 1},  /* killed in its first turn: not known */
        {6, "a", 175, true, true, 215, 1},
        {7, "", 0, true, true, 215, 1},  /* a start that failed names no session ... */
        {8, "a", 0, true, true, 215, 1}, /* ... or says 0 */
        {9, "a", 180, true, true, 220, 1},
        {10, "b", 30, true, true, 250, 1},  /* another session */
        {11, "b", 40, false, true, 260, 2}, /* it began a turn after that, which is not priced */
        {12, "c", 7, true, false, 267, 2},  /* a new one, killed */
        {13, "c", 3, true, true, 270, 2},   /* gone on with from nothing */
        {14, "", 5, true, true, 275, 2},    /* a program without sessions: each is its own */
        {15, "", 5, true, true, 280, 2},
        {16, "c", 4, true, true, 281, 2},
        {3, "c", 5, true, true, 282, 2}, /* somebody removed the folders: they are numbered anew */
    };
    struct ledger l = {.counted = 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct said said = {.cost = rows[i].said, .priced = rows[i].priced};
        snprintf(said.session, sizeof said.session, "%s", rows[i].session);
        const struct ledger_iteration one = {.number = rows[i].number,
                                             .in_phase = i % 2,
                                             .worked = true,
                                             .saved = rows[i].saved,
                                             .ms = 10,
                                             .said = &said};
        assert_int_equal(ledger_count(&l, &one), i != 1);
        assert_int_equal(l.run.sum.cost, rows[i].cost);
        assert_int_equal(l.run.unpriced, rows[i].unpriced);
    }
    size_t counted = sizeof rows / sizeof *rows - 1;
    assert_int_equal(l.run.sum.iterations, counted);
    assert_int_equal(l.run.sum.run_time, 10 * counted);
    assert_int_equal(l.phase.sum.iterations, 8);
    /* Sums have an end, and a clock that was set back takes nothing away. */
    struct said much = {.cost = INT64_MAX - 1, .priced = true};
    const struct ledger_iteration most = {
        .number = 17, .in_phase = true, .worked = true, .ms = INT64_MAX, .said = &much};
    const struct ledger_iteration back = {.number = 18, .in_phase = true, .ms = -5, .said = &much};
    assert_true(ledger_count(&l, &most) && ledger_count(&l, &back));
    assert_true(l.run.sum.cost == INT64_MAX && l.phase.sum.cost == INT64_MAX && l.run.sum.run_time == INT64_MAX);
}

/* The log says it: the most that a result said, and whether a turn began after it. */
static void test_what_a_log_says(void **state)
{
    (void)state;
    static const struct {
        const char *lines[4];
        int64_t cost;
        bool priced;
    } logs[] = {
        {{"{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}"}, 0, false},
        {{"{\"type\":\"result\",\"total_cost_usd\":0}"}, 0, true},
        {{"{\"type\":\"result\",\"total_cost_usd\":0.5}", "{\"type\":\"result\",\"total_cost_usd\":1.25}"},
         1250000,
         true},
        {{"{\"type\":\"result\",\"total_cost_usd\":1.25}", "{\"type\":\"result\",\"total_cost_usd\":0}"},
         1250000,
         true},
        {{"{\"type\":\"result\",\"total_cost_usd\":0.5}", "{\"type\":\"result\"}"}, 500000, false},
        {{"{\"type\":\"result\",\"total_cost_usd\":-1}"}, 0, false},
        {{"{\"type\":\"result\",\"total_cost_usd\":1e300}"}, 0, false},
        {{"{\"type\":\"result\",\"total_cost_usd\":\"1\"}"}, 0, false},
        {{"{\"type\":\"result\",\"total_cost_usd\":0.5}", "{\"type\":\"system\",\"subtype\":\"init\"}"}, 500000, false},
    };
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct transcript t;
        struct ending e = {.outcome = OUTCOME_OK};
        struct said said;
        transcript_init(&t);
        for (size_t k = 0; k < 4 && logs[i].lines[k]; k++) {
            struct stream_line l;
            stream_line_read(&l, logs[i].lines[k], strlen(logs[i].lines[k]), false);
            transcript_line(&t, &l);
            stream_line_clear(&l);
        }
        ending_said(&said, &e, &t, 0);
        assert_int_equal(said.cost, logs[i].cost);
        assert_int_equal(said.priced, logs[i].priced);
    }
}

/* Claude gets the smaller of its own limit and what is left. */
static void test_claudes_own_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t max_cost, left;
        const char *text;
    } rows[] = {{0, 0, NULL},
                {2500000, 0, "2.500000"},
                {0, 1, "0.000001"},
                {2500000, 2499999, "2.499999"},
                {2500000, 7000000, "2.500000"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct claude_settings s = {.program = (char[]){"claude"},
                                    .model = (char[]){""},
                                    .fallback_model = (char[]){""},
                                    .permission_mode = (char[]){""},
                                    .max_cost = rows[i].max_cost};
        struct words argv = {0};
        claude_command(&s, "u", false, rows[i].left, &argv);
        const char *found = NULL;
        for (size_t k = 0; k + 1 < argv.n; k++)
            found = strcmp(argv.at[k], "--max-budget-usd") == 0 ? argv.at[k + 1] : found;
        assert_true(!found == !rows[i].text);
        if (found)
            assert_string_equal(found, rows[i].text);
        words_clear(&argv);
    }
}

/* --- in the whole core ------------------------------------------------------------------------------------- */

/* The role's loop runs (true), or is held. */
static bool goes(struct world *x, enum role role)
{
    for (int i = 0; i < 1000; i++) {
        const char *is = state_of(x, role);
        if (strcmp(is, "RUNNING") == 0)
            return true;
        if (strcmp(is, "HELD") == 0)
            return false;
        if (strcmp(is, "STARTING") == 0)
            agent(x, role, AGENT_EV_READY);
        else if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        else
            tick(x, x->now + 7 * HOUR);
    }
    fail_msg("%s neither runs nor is held", role_name(role));
    return false;
}

static void ends(struct world *x, enum role role, int64_t cost)
{
    struct exit_record r = {.end = END_EXITED};
    struct watchdog_event ev = {
        .kind = EVENT_AGENT,
        .role = role,
        .agent = {.kind = AGENT_EV_EXITED,
                  .exit = &r,
                  .said = {.outcome = OUTCOME_OK, .cost = cost > 0 ? cost : 0, .priced = cost >= 0}}};
    x->now += MINUTE;
    step(x, &ev);
}

/* The Builder's iterations until it is held, each of a minute and a dollar; at most 50. */
static int until_held(struct world *x)
{
    int n = 0;
    for (; n < 50 && goes(x, ROLE_BUILDER); n++)
        ends(x, ROLE_BUILDER, DOLLAR);
    return n;
}

/* As running(), and the Adversary is paused: only the Builder spends. */
static struct world *alone(const char *conf)
{
    struct world *x = running(conf);
    wish(x, WISH_PAUSE, ROLE_ADVERSARY, NULL);
    return x;
}

/* How often a line with that text was logged, in all of the life: the replay says it again. */
static int logged(const struct world *x, const char *text)
{
    struct replay_result result;
    struct buf out;
    buf_init(&out, 0);
    replay_run(buf_str(&x->events), x->events.len, &out, &result);
    int n = 0;
    for (const char *at = buf_str(&out); (at = strstr(at, text)); at++)
        n++;
    buf_clear(&out);
    return n;
}

/* The status' list has an entry with that text. */
static bool says(const struct world *x, const char *list, const char *text)
{
    cJSON *doc = status_render(&x->w, x->now);
    const cJSON *one = NULL;
    bool found = false;
    cJSON_ArrayForEach(one, json_get(doc, list))
    {
        found |= strstr(one->valuestring, text) != NULL;
    }
    cJSON_Delete(doc);
    return found;
}

static const struct agent *builder(const struct world *x)
{
    return &x->w.roles[ROLE_BUILDER].agent;
}

/* A section [budget], or two agents of which the Builder has that key. */
static void write_conf(char *out, size_t room, bool agent, const char *key)
{
    if (agent)
        snprintf(out, room,
                 "[agent b]\nrole = builder\ncommand = true\njitter = 0\n%s\n[agent a]\nrole = adversary\n"
                 "command = true\n",
                 key);
    else
        snprintf(out, room, "[budget]\n%s\n", key);
}

/* A later life, as far as its first poll and its clones. */
static void go_on(struct world *x)
{
    simple(x, EVENT_START, ROLE_BUILDER);
    polled(x, snapshot(x, ""));
    simple(x, EVENT_CLONED, ROLE_BUILDER);
    simple(x, EVENT_CLONED, ROLE_ADVERSARY);
}

/* Every kind in every scope: said at 80 %, held at 100 %, with its key and its numbers; raised, it goes on. */
static void test_each_budget(void **state)
{
    (void)state;
    static const struct {
        const char *conf, *more; /* of [budget], or of the Builder: with a limit of 5, and of 7 */
        bool agent;
        const char *key, *at80, *at100;
    } rows[] = {
        {"cost = 5", "cost = 7", false, "cost of [budget]", "$4.00 of $5.00", "$5.00 of $5.00"},
        {"iterations = 5", "iterations = 7", false, "iterations of [budget]", "4 of 5 iterations", "5 of 5 iterations"},
        {"phase_cost = 5", "phase_cost = 7", false, "phase_cost of [budget]", "$4.00 of $5.00", "$5.00 of $5.00"},
        {"phase_iterations = 5", "phase_iterations = 7", false, "phase_iterations of [budget]", "4 of 5 iterations",
         "5 of 5 iterations"},
        {"budget_cost = 5", "budget_cost = 7", true, "budget_cost of [agent b]", "$4.00 of $5.00", "$5.00 of $5.00"},
        {"budget_iterations = 5", "budget_iterations = 7", true, "budget_iterations of [agent b]", "4 of 5 iterations",
         "5 of 5 iterations"},
        {"budget_run_time = 5m", "budget_run_time = 7m", true, "budget_run_time of [agent b]", "4 min of 5 min",
         "5 min of 5 min"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char conf[2][200], text[200];
        for (int more = 0; more < 2; more++)
            write_conf(conf[more], sizeof conf[more], rows[i].agent, more ? rows[i].more : rows[i].conf);
        struct world *x = running(conf[0]);
        assert_int_equal(until_held(x), 5);
        assert_int_equal(builder(x)->why, WHY_BUDGET);
        snprintf(text, sizeof text, "budget: %s: %s are used", rows[i].key, rows[i].at80);
        assert_int_equal(logged(x, text), 1);
        snprintf(text, sizeof text, "budget: %s is used up: %s; no iteration%s is started until it is raised",
                 rows[i].key, rows[i].at100, rows[i].agent ? " of builder" : "");
        assert_int_equal(logged(x, text), 1);
        assert_int_equal(logged(x, "budget: "), 2);
        assert_true(says(x, "needs", text + strlen("budget: ")));
        /* The other loop is held too, unless the budget is the Builder's own. */
        assert_string_equal(state_of(x, ROLE_ADVERSARY), rows[i].agent ? "WAITING" : "HELD");
        /* Neither polls nor another life say it again, and nothing goes on. */
        for (int p = 0; p < 3; p++) {
            simple(x, EVENT_TIMER, ROLE_BUILDER);
            if (x->w.poll.running)
                polled(x, snapshot(x, ""));
            x->now += 30000;
        }
        assert_int_equal(logged(x, "budget: "), 2);
        struct world *again = reborn_with(x, conf[0]);
        go_on(again);
        assert_int_equal(until_held(again), 0);
        assert_int_equal(logged(again, "budget: "), 0);
        finish(again);
        again = reborn_with(x, conf[1]);
        go_on(again);
        assert_int_equal(until_held(again), 2);
        assert_int_equal(logged(again, "budget: "), 2); /* of the new limit it is said again */
        finish(again);
        finish(x);
    }
}

/* Run and phase last by the clock on the wall, also while no watchdog runs. */
static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *conf, *key;
    } rows[] = {{"[budget]\nrun_time = 10h\n", "run_time of [budget]"},
                {"[budget]\nphase_run_time = 10h\n", "phase_run_time of [budget]"}};
    for (size_t i = 0; i < 2; i++) {
        char text[200];
        struct world *x = running(rows[i].conf);
        ends(x, ROLE_BUILDER, 0);
        x->now = T0 + HOUR;
        wish(x, WISH_PHASE, ROLE_BUILDER, ""); /* the phase begins anew, the run does not */
        polled(x, snapshot(x, ""));
        int64_t since = i ? T0 + HOUR : T0;
        assert_true(goes(x, ROLE_BUILDER));
        x->now = since + 8 * HOUR - 1;
        polled(x, snapshot(x, ""));
        assert_int_equal(logged(x, "budget: "), 0);
        struct world *again = reborn_with(x, rows[i].conf);
        again->now = since + 8 * HOUR;
        go_on(again);
        snprintf(text, sizeof text, "budget: %s: 8 h 00 min of 10 h 00 min are used", rows[i].key);
        assert_int_equal(logged(again, text), 1);
        assert_true(says(again, "warnings", text + strlen("budget: ")));
        assert_true(goes(again, ROLE_BUILDER));
        again->now = since + 10 * HOUR;
        ends(again, ROLE_BUILDER, 0);
        assert_string_equal(state_of(again, ROLE_BUILDER), "HELD");
        /* A clock that is set back takes nothing off: how long it lasted does not change. */
        again->now -= 5 * HOUR;
        polled(again, snapshot(again, ""));
        assert_false(goes(again, ROLE_BUILDER));
        finish(again);
        finish(x);
    }
}

/* As the edge does between two lives: what ended meanwhile is noted, and its records are in the journal. */
static void passes(struct world *x, const char *conf, const struct watchdog_past *past)
{
    struct world *mid = reborn_with(x, conf);
    cJSON *records = cJSON_CreateArray(), *one;
    watchdog_past(&mid->w, ROLE_BUILDER, past, records);
    cJSON_ArrayForEach(one, records)
    {
        char *text = json_print(one);
        buf_addf(&x->journal, "%s\n", text);
        free(text);
    }
    cJSON_Delete(records);
    finish(mid);
}

static int64_t spent(const struct world *x, const char *scope, const char *what)
{
    cJSON *doc = status_render(&x->w, x->now);
    int64_t n = json_int(json_get(json_get(doc, "spent"), scope), what, -1);
    cJSON_Delete(doc);
    return n;
}

/* However often its watchdog is killed around its end: the iteration is counted once. */
static void test_counted_once(void **state)
{
    (void)state;
    static const char conf[] = "[budget]\ncost = 100\n";
    struct world *x = running(conf);
    ends(x, ROLE_BUILDER, 3 * DOLLAR);
    assert_int_equal(spent(x, "run", "cost"), 3 * DOLLAR);
    const int first = x->iteration;
    assert_true(goes(x, ROLE_BUILDER));
    struct exit_record record = {.end = END_EXITED, .started_at = x->now, .ended_at = x->now + MINUTE};
    struct said said = {.outcome = OUTCOME_OK, .cost = 2 * DOLLAR, .priced = true};
    struct watchdog_past past = {.iteration = x->iteration,
                                 .exit = &record,
                                 .said = &said,
                                 .text = "",
                                 .began = record.started_at,
                                 .ended = record.ended_at};
    assert_int_not_equal(past.iteration, first);
    /* It ends under no watchdog; the next two find its record. */
    for (int i = 0; i < 3; i++) {
        passes(x, conf, &past);
        struct world *again = reborn_with(x, conf);
        assert_int_equal(spent(again, "run", "cost"), 5 * DOLLAR);
        assert_int_equal(spent(again, "run", "iterations"), 2);
        assert_int_equal(again->w.roles[ROLE_BUILDER].ledger.run.sum.run_time, 2 * MINUTE);
        assert_int_equal(again->w.roles[ROLE_BUILDER].ledger.phase.sum.iterations, 2);
        finish(again);
    }
    /* The first one's record alone is found: it was counted while a watchdog ran. */
    past.iteration = first;
    struct world *y = running(conf);
    ends(y, ROLE_BUILDER, 3 * DOLLAR);
    passes(y, conf, &past);
    struct world *again = reborn_with(y, conf);
    assert_int_equal(spent(again, "run", "cost"), 3 * DOLLAR);
    finish(again);
    finish(y);
    /* One whose keeper was killed: noted, and then heard of again. */
    past.iteration = 77;
    past.exit = NULL;
    said = (struct said){.outcome = OUTCOME_NONE};
    passes(x, conf, &past);
    again = reborn_with(x, conf);
    agent(again, ROLE_BUILDER, AGENT_EV_KEEPER_LOST);
    assert_int_equal(spent(again, "run", "iterations"), 3);
    assert_int_equal(spent(again, "run", "unpriced"), 1);
    struct world *last = reborn_with(again, conf); /* with what that life alone has written */
    assert_int_equal(spent(last, "run", "iterations"), 3);
    finish(last);
    finish(again);
    finish(x);
}

/* A record of a newer version may name an ending that is not known here: its iteration is counted already. */
static void test_an_ending_that_is_not_known(void **state)
{
    (void)state;
    struct world *x = running("");
    buf_addf(&x->journal, "{\"t\":\"end\",\"role\":\"builder\",\"iteration\":5,\"outcome\":\"SANG\","
                          "\"ledger\":{\"counted\":5,\"run\":{\"iterations\":5}}}\n");
    struct exit_record record = {.end = END_EXITED};
    static const struct said said = {.outcome = OUTCOME_OK, .cost = DOLLAR, .priced = true};
    const struct watchdog_past past = {.iteration = 5, .exit = &record, .said = &said, .text = ""};
    passes(x, "", &past);
    struct world *again = reborn(x);
    assert_int_equal(spent(again, "run", "iterations"), 5);
    assert_int_equal(again->w.roles[ROLE_BUILDER].agent.last, OUTCOME_OK);
    finish(again);
    finish(x);
}

/* A session's sum goes on over lives, and over the watchdog that took over a running iteration. */
static void test_a_session_over_lives(void **state)
{
    (void)state;
    struct world *x = running("");
    struct exit_record record = {.end = END_EXITED, .code = 1};
    struct watchdog_event ev = {
        .kind = EVENT_AGENT,
        .role = ROLE_BUILDER,
        .agent = {.kind = AGENT_EV_EXITED,
                  .exit = &record,
                  .said = {.outcome = OUTCOME_TRANSIENT, .session = "s", .cost = 3 * DOLLAR, .priced = true}}};
    step(x, &ev);
    struct world *again = reborn(x);
    struct watchdog_event found = {
        .kind = EVENT_AGENT, .role = ROLE_BUILDER, .agent = {.kind = AGENT_EV_FOUND, .iteration = 2, .at = T0}};
    step(again, &found);
    assert_int_equal(spent(again, "builder", "iterations"), 2);
    ev.agent.said.cost = 4 * DOLLAR;
    step(again, &ev);
    assert_int_equal(spent(again, "builder", "cost"), 4 * DOLLAR);
    assert_int_equal(spent(again, "builder", "iterations"), 2);
    finish(again);
    finish(x);
}

/* What never ran is no iteration. */
static void test_what_never_ran(void **state)
{
    (void)state;
    static const enum exit_end never[] = {END_EXEC_FAILED, END_NOT_STARTED};
    for (size_t i = 0; i < 2; i++) {
        struct world *x = running("[budget]\niterations = 100\n");
        struct exit_record r = {.end = never[i]};
        struct watchdog_event ev = {
            .kind = EVENT_AGENT, .role = ROLE_BUILDER, .agent = {.kind = AGENT_EV_EXITED, .exit = &r}};
        step(x, &ev);
        assert_int_equal(spent(x, "run", "iterations"), 0);
        static const struct said nothing = {.outcome = OUTCOME_NONE};
        const struct watchdog_past past = {.iteration = 9, .exit = &r, .said = &nothing, .text = ""};
        passes(x, "", &past);
        struct world *again = reborn(x);
        assert_int_equal(spent(again, "run", "iterations"), 0);
        finish(again);
        finish(x);
    }
}

/* One that ended at a limit costs what it cost, and is none of the iterations. */
static void test_what_did_no_work(void **state)
{
    (void)state;
    static const enum outcome ends_of[] = {OUTCOME_USAGE_LIMIT, OUTCOME_AUTHENTICATION, OUTCOME_TRANSIENT};
    for (size_t i = 0; i < 3; i++) {
        struct exit_record r = {.end = END_EXITED, .code = 1};
        const struct said said = {.outcome = ends_of[i], .window = "five_hour", .cost = DOLLAR, .priced = true};
        struct world *x = running("");
        struct watchdog_event ev = {
            .kind = EVENT_AGENT, .role = ROLE_BUILDER, .agent = {.kind = AGENT_EV_EXITED, .exit = &r, .said = said}};
        step(x, &ev);
        assert_int_equal(builder(x)->last, ends_of[i]);
        assert_int_equal(spent(x, "phase", "iterations"), i == 2);
        assert_int_equal(spent(x, "run", "cost"), DOLLAR);
        const struct watchdog_past past = {.iteration = 9, .exit = &r, .said = &said, .text = ""};
        passes(x, "", &past);
        struct world *again = reborn(x);
        assert_int_equal(spent(again, "run", "iterations"), i == 2 ? 2 : 0);
        assert_int_equal(spent(again, "run", "cost"), 2 * DOLLAR);
        finish(again);
        finish(x);
    }
}

/* The operator's words let it go on for as long as it takes to look, and begin no count anew. */
static void test_no_word_begins_it_anew(void **state)
{
    (void)state;
    static const enum wish words[] = {WISH_RESUME, WISH_RESTART, WISH_TELL,          WISH_PAUSE,
                                      WISH_RESUME, WISH_POLL,    WISH_ACCEPT_HISTORY};
    struct world *x = running("[budget]\nphase_cost = 3\n");
    assert_int_equal(until_held(x), 3);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        wish(x, words[i], ROLE_BUILDER, words[i] == WISH_TELL ? "go on" : NULL);
        if (words[i] == WISH_PAUSE) {
            assert_string_equal(state_of(x, ROLE_BUILDER), "DOWN");
            continue;
        }
        if (x->w.poll.running)
            polled(x, snapshot(x, ""));
        assert_false(goes(x, ROLE_BUILDER));
        assert_int_equal(builder(x)->why, WHY_BUDGET);
        assert_int_equal(spent(x, "run", "cost"), 3 * DOLLAR);
    }
    assert_int_equal(logged(x, "budget: "), 1); /* from 2 of 3 to 3 of 3 */
    /* With the history the rounds of a stuck pair begin anew, and no sum does. */
    assert_int_equal(progress_rounds(&x->w.progress, judge_iterations(&x->w)), 0);
    struct world *again = reborn_with(x, "[budget]\nphase_cost = 3\n");
    assert_int_equal(progress_rounds(&again->w.progress, judge_iterations(&again->w)), 0);
    assert_int_equal(judge_iterations(&again->w), 3);
    go_on(again);
    assert_int_equal(until_held(again), 0);
    finish(again);
    finish(x);
}

/* A phase's own budget begins with it; the run's goes on. */
static void test_phases(void **state)
{
    (void)state;
    static const char conf[] = "[budget]\nphase_iterations = 3\niterations = 8\n[phase one]\nplan = a\ncriteria = D1\n"
                               "[phase two]\nplan = b\ncriteria = E1\n";
    struct world *x = alone(conf);
    assert_int_equal(until_held(x), 3);
    wish(x, WISH_PHASE, ROLE_BUILDER, "two");
    polled(x, snapshot(x, ""));
    assert_int_equal(until_held(x), 3);
    assert_int_equal(logged(x, "budget: phase_iterations of [budget] is used up"), 2);
    struct world *again = reborn_with(x, conf);
    go_on(again);
    assert_int_equal(until_held(again), 0);
    assert_true(says(again, "needs", "phase_iterations of [budget] is used up: 3 of 3 iterations"));
    assert_int_equal(spent(again, "run", "iterations"), 6);
    wish(again, WISH_PHASE, ROLE_BUILDER, "two"); /* anew: the operator says so, and by name */
    polled(again, snapshot(again, ""));
    assert_int_equal(until_held(again), 2);
    assert_true(says(again, "needs", "builder is held: iterations of [budget] is used up: 8 of 8 iterations"));
    finish(again);
    finish(x);
}

/* What an iteration spent that a new phase ended is no part of that phase, and of the run it is. */
static void test_the_phase_before(void **state)
{
    (void)state;
    static const char conf[] = "[budget]\nphase_cost = 100\n[phase one]\nplan = a\ncriteria = D1\n"
                               "[phase two]\nplan = b\ncriteria = E1\n";
    struct world *x = running(conf);
    wish(x, WISH_PHASE, ROLE_BUILDER, "two");
    assert_string_equal(state_of(x, ROLE_BUILDER), "STOPPING");
    assert_int_equal(spent(x, "phase", "iterations"), 0);
    assert_int_equal(spent(x, "run", "iterations"), 1);
    x->now += 5 * MINUTE;
    assert_int_equal(spent(x, "builder", "run_time"), x->now - builder(x)->started_at);
    ends(x, ROLE_BUILDER, DOLLAR);
    assert_int_equal(spent(x, "phase", "cost"), 0);
    assert_int_equal(spent(x, "run", "cost"), DOLLAR);
    /* The same of one that ended under no watchdog. */
    x->now += HOUR;
    struct exit_record record = {.end = END_EXITED};
    static const struct said said = {.outcome = OUTCOME_OK, .cost = DOLLAR, .priced = true};
    int64_t phase = x->w.phase_since;
    for (int i = 0; i < 2; i++) {
        const struct watchdog_past past = {.iteration = 90 + i,
                                           .exit = &record,
                                           .said = &said,
                                           .text = "",
                                           .began = i ? phase : phase - 1,
                                           .ended = phase + MINUTE};
        passes(x, conf, &past);
        struct world *again = reborn_with(x, conf);
        assert_int_equal(spent(again, "phase", "cost"), i * DOLLAR);
        assert_int_equal(spent(again, "run", "cost"), (2 + i) * DOLLAR);
        finish(again);
    }
    finish(x);
}

/* Two loops that are due at once: only one gets the last iteration, and the other one when nothing came of that. */
static void test_the_last_one(void **state)
{
    (void)state;
    struct world *x = running("[budget]\niterations = 2\n");
    ends(x, ROLE_BUILDER, 0);
    struct snapshot *s = snapshot(x, TIP1);
    claim(s, "D1");
    polled(x, s);
    assert_string_equal(state_of(x, ROLE_BUILDER), "WAITING");
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "WAITING");
    x->now = builder(x)->deadline > x->w.roles[ROLE_ADVERSARY].agent.deadline
                 ? builder(x)->deadline
                 : x->w.roles[ROLE_ADVERSARY].agent.deadline;
    simple(x, EVENT_TIMER, ROLE_BUILDER);
    assert_string_equal(state_of(x, ROLE_BUILDER), "STARTING");
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "HELD");
    struct watchdog_event failed = {
        .kind = EVENT_AGENT, .role = ROLE_BUILDER, .agent = {.kind = AGENT_EV_START_FAILED, .text = "no"}};
    step(x, &failed);
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "WAITING");
    finish(x);
    /* One that runs counts as well. */
    x = running("[budget]\niterations = 1\n");
    polled(x, snapshot(x, TIP1));
    assert_string_equal(state_of(x, ROLE_BUILDER), "RUNNING");
    assert_string_equal(state_of(x, ROLE_ADVERSARY), "HELD");
    finish(x);
}

/* What a killed keeper left is swept, and nothing is started after it. */
static void test_a_lost_one_is_only_swept(void **state)
{
    (void)state;
    for (int used_up = 0; used_up < 2; used_up++) {
        struct world *x = running(used_up ? "[budget]\niterations = 1\n" : "[budget]\niterations = 2\n");
        agent(x, ROLE_BUILDER, AGENT_EV_KEEPER_LOST);
        assert_string_equal(state_of(x, ROLE_BUILDER), "LOST");
        x->now = builder(x)->deadline;
        simple(x, EVENT_TIMER, ROLE_BUILDER);
        assert_string_equal(state_of(x, ROLE_BUILDER), "STARTING");
        agent(x, ROLE_BUILDER, AGENT_EV_READY);
        assert_int_equal(count(x, EFFECT_GO, ROLE_BUILDER), !used_up);
        if (used_up) {
            assert_int_equal(spent(x, "run", "iterations"), 1); /* the sweeping one is none */
            struct exit_record r = {.end = END_NOT_STARTED};
            struct watchdog_event ev = {
                .kind = EVENT_AGENT, .role = ROLE_BUILDER, .agent = {.kind = AGENT_EV_EXITED, .exit = &r}};
            step(x, &ev);
            assert_string_equal(state_of(x, ROLE_BUILDER), "HELD");
            assert_int_equal(spent(x, "run", "iterations"), 1);
        }
        finish(x);
    }
}

/* The least that any budget leaves, and never nothing: that would be no limit. */
static void test_left(void **state)
{
    (void)state;
    struct world *x = running("");
    assert_int_equal(budgets_left(&x->w, ROLE_BUILDER), 0);
    finish(x);
    char conf[400];
    write_conf(conf, sizeof conf, true, "budget_cost = 7");
    snprintf(conf + strlen(conf), sizeof conf - strlen(conf), "[budget]\ncost = 10\nphase_cost = 9.5\n");
    x = running(conf);
    assert_int_equal(budgets_left(&x->w, ROLE_BUILDER), 7 * DOLLAR);
    assert_int_equal(budgets_left(&x->w, ROLE_ADVERSARY), 9500000);
    ends(x, ROLE_BUILDER, 6 * DOLLAR);
    assert_int_equal(budgets_left(&x->w, ROLE_BUILDER), DOLLAR);
    assert_int_equal(budgets_left(&x->w, ROLE_ADVERSARY), 3500000);
    assert_true(goes(x, ROLE_BUILDER));
    ends(x, ROLE_BUILDER, 6 * DOLLAR);
    assert_int_equal(budgets_left(&x->w, ROLE_BUILDER), 1);
    assert_int_equal(budgets_left(&x->w, ROLE_ADVERSARY), 1);
    finish(x);
}

/* A journal that is made smaller forgets nothing of it. */
static void test_a_smaller_journal(void **state)
{
    (void)state;
    static const char conf[] = "[budget]\niterations = 20\n";
    struct world *x = alone(conf);
    for (int i = 0; i < 17; i++) {
        assert_true(goes(x, ROLE_BUILDER));
        ends(x, ROLE_BUILDER, DOLLAR);
    }
    assert_int_equal(logged(x, "budget: iterations of [budget]: 16 of 20 iterations are used"), 1);
    char *journal = mem_strdup(buf_str(&x->journal)), *save = NULL;
    cJSON *records = cJSON_CreateArray(), *one;
    for (char *line = strtok_r(journal, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        cJSON_AddItemToArray(records, json_parse(line, strlen(line)));
    cJSON *kept = journal_compact(&x->w, records, 1, x->now);
    assert_true(cJSON_GetArraySize(kept) < 15);
    buf_clear(&x->journal);
    cJSON_ArrayForEach(one, kept)
    {
        char *text = json_print(one);
        buf_addf(&x->journal, "%s\n", text);
        free(text);
    }
    struct world *again = reborn_with(x, conf);
    go_on(again);
    assert_int_equal(spent(again, "run", "iterations"), 17);
    assert_int_equal(spent(again, "run", "cost"), 17 * DOLLAR);
    assert_int_equal(logged(again, "budget: "), 0);
    finish(again);
    cJSON_Delete(kept);
    cJSON_Delete(records);
    free(journal);
    finish(x);
}

/* What `ccsup status` shows. */
static void test_on_the_screen(void **state)
{
    (void)state;
    static const struct status_view view = {.alive = STATUS_ALIVE};
    struct world *x = alone("[budget]\ncost = 10\nrun_time = 2d\n");
    ends(x, ROLE_BUILDER, 2500000);
    assert_true(goes(x, ROLE_BUILDER));
    ends(x, ROLE_BUILDER, -1);
    struct buf b;
    cJSON *doc = status_render(&x->w, x->now);
    buf_init(&b, 0);
    status_text(doc, x->now, &view, &b);
    const char *run = "spent in the run: $2.50 of $10.00 (without 1 iteration that did not say), 2 iterations, ";
    assert_non_null(strstr(buf_str(&b), run));
    assert_non_null(strstr(buf_str(&b), " of 2 d 00 h\n"));
    assert_non_null(
        strstr(buf_str(&b), "             spent: $2.50 (without 1 iteration that did not say), 2 iterations, 2 min\n"));
    assert_null(strstr(buf_str(&b), "in the phase"));
    buf_clear(&b);
    cJSON_Delete(doc);
    finish(x);
    /* Nothing is said of it where there is nothing to say, nor where a document lacks it. */
    x = running("");
    doc = status_render(&x->w, x->now);
    for (int i = 0; i < 2; i++) {
        buf_init(&b, 0);
        budgets_line(doc, "run", &b);
        assert_int_equal(b.len, 0);
        buf_clear(&b);
        cJSON_DeleteItemFromObjectCaseSensitive(doc, "spent");
        cJSON_DeleteItemFromObjectCaseSensitive(doc, "budgets");
    }
    cJSON_Delete(doc);
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_what_an_iteration_cost),
        cmocka_unit_test(test_what_a_log_says),
        cmocka_unit_test(test_claudes_own_limit),
        cmocka_unit_test(test_each_budget),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_counted_once),
        cmocka_unit_test(test_an_ending_that_is_not_known),
        cmocka_unit_test(test_a_session_over_lives),
        cmocka_unit_test(test_what_never_ran),
        cmocka_unit_test(test_what_did_no_work),
        cmocka_unit_test(test_no_word_begins_it_anew),
        cmocka_unit_test(test_phases),
        cmocka_unit_test(test_the_phase_before),
        cmocka_unit_test(test_the_last_one),
        cmocka_unit_test(test_a_lost_one_is_only_swept),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_a_smaller_journal),
        cmocka_unit_test(test_on_the_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
