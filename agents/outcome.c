#include "agents/outcome.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const end_names[] = {
#define X(name, text) text,
    EXIT_ENDS(X)
#undef X
};

static void outcome_copy(char *out, unsigned n, const char *text)
{
    char *safe = vis_dup(text, strlen(text), n - 4);
    snprintf(out, n, "%s", safe);
    free(safe);
}

bool exit_record_parse(struct exit_record *r, const cJSON *json)
{
    memset(r, 0, sizeof *r);
    const char *end = json_str(json, "end", "");
    size_t i = 0;
    while (i < sizeof end_names / sizeof *end_names && strcmp(end_names[i], end) != 0)
        i++;
    if (i == sizeof end_names / sizeof *end_names)
        return false;
    r->end = (enum exit_end)i;
    r->code = (int)json_int(json, "code", 0);
    r->signal = (int)json_int(json, "signal", 0);
    r->started_at = json_int(json, "started_at", 0);
    r->ended_at = json_int(json, "ended_at", 0);
    r->cpu_ms = json_int(json, "cpu_ms", 0);
    r->max_rss_kb = json_int(json, "max_rss_kb", 0);
    r->asked = strcmp(json_str(json, "asked", "none"), "none") != 0;
    outcome_copy(r->reason, sizeof r->reason, json_str(json, "reason", ""));
    const cJSON *left = json_get(json, "leftovers"), *alive = json_get(json, "survivors"), *one;
    r->leftovers = cJSON_GetArraySize(left);
    r->survivors = cJSON_GetArraySize(alive);
    struct buf names;
    buf_init(&names, 150);
    const cJSON *named = r->survivors ? alive : left;
    cJSON_ArrayForEach(one, named) buf_addf(&names, "%s%s(%lld)", names.len ? ", " : "", json_str(one, "name", "?"),
                                            (long long)json_int(one, "pid", 0));
    outcome_copy(r->leftover_names, sizeof r->leftover_names, buf_str(&names));
    buf_clear(&names);
    return true;
}

enum outcome outcome_classify(const struct exit_record *r, bool stalled, bool timed_out)
{
    switch (r->end) {
    case END_EXEC_FAILED: return OUTCOME_EXEC_FAILED;
    case END_NOT_STARTED: return OUTCOME_NOT_STARTED;
    case END_LOST: return OUTCOME_LOST;
    case END_UNSUPERVISED: return OUTCOME_STOPPED;
    case END_EXITED:
    case END_SIGNALED: break;
    }
    if (stalled)
        return OUTCOME_STALLED;
    if (timed_out)
        return OUTCOME_TIMED_OUT;
    if (r->asked)
        return OUTCOME_STOPPED;
    if (r->end == END_SIGNALED)
        return OUTCOME_CRASHED;
    return r->code == 0 ? OUTCOME_OK : OUTCOME_FAILED;
}

static const struct outcome_row {
    const char *name, *text;
    enum follow follow;
    enum session_choice session;
} outcome_table[OUTCOME_COUNT] = {
#define X(name, follow, session, text) {#name, text, FOLLOW_##follow, SESSION_##session},
    OUTCOMES(X)
#undef X
};

enum follow outcome_follow(enum outcome o)
{
    return outcome_table[o].follow;
}

enum session_choice outcome_session(enum outcome o)
{
    return outcome_table[o].session;
}

const char *outcome_meaning(enum outcome o)
{
    return outcome_table[o].text;
}

bool outcome_failed(enum outcome o)
{
    return outcome_follow(o) == FOLLOW_BACKOFF;
}

const char *outcome_name(enum outcome o)
{
    return outcome_table[o].name;
}

int outcome_parse(const char *name)
{
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (strcmp(outcome_table[i].name, name) == 0)
            return i;
    return -1;
}

void outcome_describe(const struct exit_record *r, char *out, unsigned n)
{
    if (r->reason[0])
        snprintf(out, n, "%s", r->reason);
    else if (r->end == END_SIGNALED)
        snprintf(out, n, "killed by signal %d%s", r->signal, r->asked ? " (asked to stop)" : "");
    else if (r->end == END_EXITED)
        snprintf(out, n, "exit code %d%s", r->code, r->asked ? " (asked to stop)" : "");
    else
        snprintf(out, n, "%s", end_names[r->end]);
}
