#include "agents/transcript.h"
#include "agents/tool.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void transcript_init(struct transcript *t)
{
    memset(t, 0, sizeof *t);
}

/* A word of the program, escaped and cut to the room. */
static void copy(char *out, size_t room, const char *text)
{
    char *safe = vis_dup(text, strlen(text), room - 1);
    snprintf(out, room, "%s", safe);
    free(safe);
}

/* Dollars as millionths; -1 = none: also for a negative or absurd number. */
static int64_t micro(const cJSON *json, const char *name)
{
    const cJSON *v = json_get(json, name);
    if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0 && v->valuedouble < 1e9))
        return -1;
    return (int64_t)(v->valuedouble * 1e6 + 0.5);
}

/* ---- turns ---- */

static void on_init(struct transcript *t, const cJSON *json)
{
    copy(t->session, sizeof t->session, json_str(json, "session_id", ""));
    copy(t->model, sizeof t->model, json_str(json, "model", ""));
    copy(t->version, sizeof t->version, json_str(json, "claude_code_version", ""));
    t->ended = t->wake = false;
}

/* Of which calls the program says, in the end, that they were denied: older versions (2.1.197) say so nowhere else. */
static void count_denials(struct transcript *t, const cJSON *json)
{
    const cJSON *list = json_get(json, "permission_denials");
    int64_t listed = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (listed > t->denials)
        t->denials = listed;
}

/* errors[] of error_* results, or result of the others. */
static void result_text(struct transcript_result *r, const cJSON *json)
{
    const char *text = json_str(json, "result", NULL);
    const cJSON *first = cJSON_GetArrayItem(json_get(json, "errors"), 0);
    if (!text && cJSON_IsString(first))
        text = first->valuestring;
    copy(r->text, sizeof r->text, text ? text : "");
}

static void on_result(struct transcript *t, const cJSON *json)
{
    struct transcript_result *r = &t->result;
    r->is_error = json_bool(json, "is_error", true); /* a result that does not say is none of success */
    r->status = json_int(json, "api_error_status", 0);
    copy(r->reason, sizeof r->reason, json_str(json, "terminal_reason", ""));
    copy(r->subtype, sizeof r->subtype, json_str(json, "subtype", ""));
    copy(r->api_error, sizeof r->api_error, json_str(json, "api_error", ""));
    copy(r->api_error_type, sizeof r->api_error_type, json_str(json, "api_error_type", ""));
    copy(r->startup, sizeof r->startup, json_str(json, "startup_failure_reason", ""));
    result_text(r, json);
    count_denials(t, json);
    const cJSON *usage = json_get(json, "usage");
    t->tokens_in += json_int(usage, "input_tokens", 0) + json_int(usage, "cache_creation_input_tokens", 0) +
                    json_int(usage, "cache_read_input_tokens", 0);
    t->tokens_out += json_int(usage, "output_tokens", 0);
    int64_t cost = micro(json, "total_cost_usd");
    t->priced = cost >= 0;
    t->cost = cost > t->cost ? cost : t->cost;
    t->turns += json_int(json, "num_turns", 0);
    t->results++;
    t->ended = true;
    t->tool_count = t->tools_more = 0;
    copy(t->said, sizeof t->said, r->text);
}

/* ---- the model and its tools ---- */

static void tool_began(struct transcript *t, const cJSON *block)
{
    t->calls++;
    const char *name = json_str(block, "name", "?");
    bool wakes = strcmp(name, "ScheduleWakeup") == 0, back = json_bool(json_get(block, "input"), "stop", false);
    if (t->tool_count == TRANSCRIPT_TOOLS_MAX) {
        t->wake = t->wake || (wakes && !back); /* its result will not be known as its own */
        t->tools_more++;
        return;
    }
    struct transcript_tool *one = &t->tools[t->tool_count++];
    copy(one->id, sizeof one->id, json_str(block, "id", ""));
    copy(one->name, sizeof one->name, name);
    tool_render(name, json_get(block, "input"), one->what, sizeof one->what);
    one->wake = wakes ? (back ? -1 : 1) : 0;
}

static void tool_worked(struct transcript *t, const struct transcript_tool *one)
{
    if (one->wake)
        t->wake = one->wake > 0;
}

static void tool_ended(struct transcript *t, const char *id, bool error)
{
    char known[sizeof t->tools->id]; /* as it was copied */
    copy(known, sizeof known, id);
    for (size_t i = 0; i < t->tool_count; i++)
        if (strcmp(t->tools[i].id, known) == 0) {
            if (!error)
                tool_worked(t, &t->tools[i]);
            memmove(&t->tools[i], &t->tools[i + 1], (--t->tool_count - i) * sizeof *t->tools);
            return;
        }
    if (t->tools_more)
        t->tools_more--;
}

static void on_message(struct transcript *t, const struct stream_line *l)
{
    const cJSON *block;
    t->answered = true;
    t->ended = false;
    /* What was in the way is over: what fails later is something else. */
    t->error[0] = '\0';
    t->limit.rejected = false;
    t->retry = (struct transcript_retry){0};
    if (!l->whole)
        t->calls++; /* too long to be looked at: a tool call, as far as we know */
    cJSON_ArrayForEach(block, stream_line_blocks(l))
    {
        const char *type = json_str(block, "type", "");
        if (strcmp(type, "tool_use") == 0)
            tool_began(t, block);
        else if (strcmp(type, "text") == 0)
            copy(t->said, sizeof t->said, json_str(block, "text", ""));
    }
}

static void on_returned(struct transcript *t, const struct stream_line *l)
{
    const cJSON *block;
    if (!l->whole) { /* which one is not known */
        for (size_t i = 0; i < t->tool_count; i++)
            tool_worked(t, &t->tools[i]);
        t->tool_count = t->tools_more = 0;
        return;
    }
    cJSON_ArrayForEach(block, stream_line_blocks(l)) if (strcmp(json_str(block, "type", ""), "tool_result") == 0)
        tool_ended(t, json_str(block, "tool_use_id", ""), json_bool(block, "is_error", false));
}

/* ---- the program's own lines ---- */

static void on_retry(struct transcript *t, const cJSON *json)
{
    t->retries++;
    t->answered = false;
    t->retry = (struct transcript_retry){.attempt = json_int(json, "attempt", 1),
                                         .most = json_int(json, "max_retries", 0),
                                         .delay_ms = json_int(json, "retry_delay_ms", 0),
                                         .status = json_int(json, "error_status", 0)};
    copy(t->retry.error, sizeof t->retry.error, json_str(json, "error", ""));
}

/* True when other tasks are open than before: a notice alone is no progress of theirs. */
static bool on_tasks(struct transcript *t, const cJSON *json)
{
    const cJSON *tasks = json_get(json, "tasks");
    size_t before = t->tasks;
    if (cJSON_IsArray(tasks))
        t->tasks = (size_t)cJSON_GetArraySize(tasks);
    return t->tasks != before;
}

/* "A rejected window alone does not mean requests are refused; the top-level status says whether they are"; and what
 * runs on overage is not refused either. */
static void on_limit(struct transcript *t, const cJSON *json)
{
    const cJSON *info = json_get(json, "rate_limit_info");
    const char *overage = json_str(info, "overageStatus", "");
    bool drawn = json_bool(info, "isUsingOverage", false) || strncmp(overage, "allowed", 7) == 0;
    t->limit.rejected = strcmp(json_str(info, "status", ""), "rejected") == 0 && !drawn;
    t->limit.resets_at = json_int(info, "resetsAt", 0);
    copy(t->limit.window, sizeof t->limit.window, json_str(info, "rateLimitType", "unknown"));
}

bool transcript_line(struct transcript *t, const struct stream_line *l)
{
    if (l->kind != STREAM_PARKED && l->kind != STREAM_WOKEN)
        t->spoke = t->spoke || l->json || l->kind == STREAM_PARTIAL;
    switch (l->kind) {
    case STREAM_INIT: on_init(t, l->json); return true;
    case STREAM_TEXT:
    case STREAM_TOOL: on_message(t, l); return true;
    case STREAM_API_ERROR: copy(t->error, sizeof t->error, json_str(l->json, "error", "unknown")); return false;
    case STREAM_RETURNED: on_returned(t, l); return true;
    case STREAM_RESULT: on_result(t, l->json); return true;
    case STREAM_RETRY: on_retry(t, l->json); return false;
    case STREAM_FALLBACK:
        t->fallbacks++;
        copy(t->model, sizeof t->model, json_str(l->json, "fallback_model", ""));
        return false;
    case STREAM_LIMIT: on_limit(t, l->json); return false;
    case STREAM_DENIED: t->denials++; return true;
    case STREAM_PARKED:
    case STREAM_WOKEN:
        t->parked = l->kind == STREAM_PARKED;
        t->woken = !t->parked;
        if (json_str(l->json, "text", NULL))
            copy(t->said, sizeof t->said, json_str(l->json, "text", ""));
        return true;
    case STREAM_TASKS: return on_tasks(t, l->json);
    case STREAM_PARTIAL: t->answered = true; return true;
    case STREAM_USER:
    case STREAM_FRAME:
    case STREAM_REQUEST:
    case STREAM_NOTICE:
    case STREAM_OTHER:
    case STREAM_NOT_JSON: return false;
    }
    return false;
}

bool transcript_waits(const struct transcript *t)
{
    return t->parked || (t->ended && (t->tasks || t->wake));
}

const char *transcript_activity(const struct transcript *t, char *out, size_t room)
{
    if (t->tool_count)
        snprintf(out, room, "%s", t->tools[t->tool_count - 1].what);
    else if (t->parked)
        snprintf(out, room, "parked %.180s", t->said);
    else if (transcript_waits(t))
        snprintf(out, room, "%s", t->tasks ? "waits for a background task" : "waits to be woken");
    else if (t->retry.attempt && !t->answered && !t->ended)
        snprintf(out, room, "retry %lld of %lld in %lld s (%s)", (long long)t->retry.attempt, (long long)t->retry.most,
                 (long long)(t->retry.delay_ms / 1000), t->retry.error);
    else
        snprintf(out, room, "%s", t->said);
    return out;
}
