#include "agents/steps.h"
#include "agents/tool.h"
#include "supervisor/base/json.h"
#include "supervisor/base/timestamp.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct step {
    struct buf text;
    const char *prefix;
    const char *(*tone)(enum steps_tone);
    struct buf *out;
};

void steps_init(struct steps *s)
{
    memset(s, 0, sizeof *s);
}

/* ---- one line of ours ---- */

/* Text of others: white space of any kind is one blank. */
static void add_text(struct step *p, const char *text)
{
    bool gap = p->text.len > 0 && p->text.data[p->text.len - 1] == ' ';
    for (; *text; text++) {
        bool blank = strchr(" \t\r\n", *text) != NULL;
        if (!blank || !gap)
            buf_add(&p->text, blank ? " " : text, 1);
        gap = blank;
    }
}

static void end(struct step *p, enum steps_tone tone)
{
    while (p->text.len && p->text.data[p->text.len - 1] == ' ')
        p->text.data[--p->text.len] = '\0';
    if (p->text.len) {
        char *safe = vis_dup(buf_str(&p->text), p->text.len, STEPS_SHOWN);
        buf_addf(p->out, "%s%s%s%s\n", p->prefix, p->tone ? p->tone(tone) : "", safe,
                 p->tone && tone != STEPS_PLAIN ? p->tone(STEPS_PLAIN) : "");
        free(safe);
    }
    p->text.len = 0;
}

static void add_size(struct step *p, size_t n)
{
    if (n < 1024)
        buf_addf(&p->text, "%zu B", n);
    else if (n < 1024 * 1024)
        buf_addf(&p->text, "%.1f KiB", (double)n / 1024);
    else
        buf_addf(&p->text, "%.1f MiB", (double)n / 1024 / 1024);
}

/* 12345 as 12,345. */
static void add_number(struct step *p, int64_t n)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)n);
    size_t len = strlen(digits);
    for (size_t i = 0; i < len; i++)
        buf_addf(&p->text, "%s%c", i && (len - i) % 3 == 0 && digits[i - 1] != '-' ? "," : "", digits[i]);
}

/* ---- times ---- */

/* The line's own time in ms; 0 = none. */
static int64_t line_time(const struct stream_line *l)
{
    const char *text = json_str(l->json, "timestamp", "");
    int64_t seconds;
    if (!*text || !timestamp_parse(text, strlen(text), &seconds))
        return 0;
    const char *point = strchr(text, '.');
    int64_t ms = 0;
    for (int i = 0; point && i < 3; i++) {
        char c = point[1 + i];
        ms = ms * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
        point = c ? point : NULL;
    }
    return seconds * 1000 + ms;
}

/* ---- the model and its tools ---- */

static void on_call(struct steps *s, const struct stream_line *l, const cJSON *block, struct step *p)
{
    char what[STEPS_SHOWN];
    const char *name = json_str(block, "name", "?");
    tool_render(name, json_get(block, "input"), what, sizeof what);
    buf_adds(&p->text, "> ");
    add_text(p, what);
    end(p, STEPS_CALL);
    if (s->count == STEPS_CALLS_MAX)
        return;
    struct steps_call *call = &s->calls[s->count++];
    snprintf(call->id, sizeof call->id, "%s", json_str(block, "id", ""));
    snprintf(call->name, sizeof call->name, "%s", name);
    call->at = line_time(l);
}

/* All text of a tool's result, as it counts for its size; the first of it for a failure's reason. */
static size_t result_size(const cJSON *content, const char **first)
{
    if (cJSON_IsString(content)) {
        *first = content->valuestring;
        return strlen(content->valuestring);
    }
    size_t n = 0;
    const cJSON *block;
    cJSON_ArrayForEach(block, content)
    {
        const char *text = json_str(block, "text", "");
        *first = **first ? *first : text;
        n += strlen(text);
    }
    return n;
}

static void on_return(struct steps *s, const struct stream_line *l, const cJSON *block, struct step *p)
{
    struct steps_call call = {.name = "tool"};
    const char *first = "";
    char id[sizeof call.id];
    snprintf(id, sizeof id, "%s", json_str(block, "tool_use_id", ""));
    bool bad = json_bool(block, "is_error", false);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->calls[i].id, id) == 0) {
            call = s->calls[i];
            memmove(&s->calls[i], &s->calls[i + 1], (--s->count - i) * sizeof *s->calls);
            break;
        }
    size_t n = result_size(json_get(block, "content"), &first);
    int64_t now = line_time(l);
    buf_addf(&p->text, "< ");
    add_text(p, call.name);
    buf_addf(&p->text, ": %s, ", bad ? "failed" : "ok");
    add_size(p, n);
    if (call.at && now >= call.at)
        buf_addf(&p->text, ", %.1f s", (double)(now - call.at) / 1000);
    if (bad && *first) {
        buf_adds(&p->text, ": ");
        add_text(p, first);
    }
    end(p, bad ? STEPS_WARN : STEPS_DIM);
}

static void on_blocks(struct steps *s, const struct stream_line *l, struct step *p)
{
    const cJSON *block;
    cJSON_ArrayForEach(block, stream_line_blocks(l))
    {
        const char *type = json_str(block, "type", "");
        if (strcmp(type, "tool_use") == 0) {
            on_call(s, l, block, p);
        } else if (strcmp(type, "tool_result") == 0) {
            on_return(s, l, block, p);
        } else if (strcmp(type, "text") == 0) {
            add_text(p, json_str(block, "text", ""));
            end(p, l->kind == STREAM_API_ERROR ? STEPS_BAD : STEPS_PLAIN);
        }
    }
    if (!l->whole) {
        buf_addf(&p->text, "%s a line too large to show", l->kind == STREAM_RETURNED ? "<" : "");
        end(p, STEPS_DIM);
    }
}

/* ---- turns, and the program's own words ---- */

static void on_result(const struct stream_line *l, struct step *p)
{
    const cJSON *usage = json_get(l->json, "usage"), *cost = json_get(l->json, "total_cost_usd");
    bool bad = json_bool(l->json, "is_error", true);
    const char *text = json_str(l->json, "result", NULL);
    const cJSON *error = cJSON_GetArrayItem(json_get(l->json, "errors"), 0);
    buf_addf(&p->text, "= %s: %lld turns, ", bad ? "failed" : "done", (long long)json_int(l->json, "num_turns", 0));
    add_number(p, json_int(usage, "input_tokens", 0) + json_int(usage, "cache_creation_input_tokens", 0) +
                      json_int(usage, "cache_read_input_tokens", 0) + json_int(usage, "output_tokens", 0));
    buf_adds(&p->text, " tokens");
    if (cJSON_IsNumber(cost))
        buf_addf(&p->text, ", $%.2f", cost->valuedouble);
    if (bad) {
        buf_adds(&p->text, ": ");
        add_text(p, text ? text : cJSON_IsString(error) ? error->valuestring : "no reason given");
    }
    end(p, bad ? STEPS_BAD : STEPS_GOOD);
}

static void on_retry(const struct stream_line *l, struct step *p)
{
    int64_t status = json_int(l->json, "error_status", 0);
    buf_addf(&p->text, "! retry %lld of %lld in %lld s (", (long long)json_int(l->json, "attempt", 1),
             (long long)json_int(l->json, "max_retries", 0),
             (long long)(json_int(l->json, "retry_delay_ms", 0) / 1000));
    if (status)
        buf_addf(&p->text, "%lld ", (long long)status);
    add_text(p, json_str(l->json, "error", "no answer"));
    buf_adds(&p->text, ")");
    end(p, STEPS_WARN);
}

static void on_limit(const struct stream_line *l, struct step *p)
{
    const cJSON *info = json_get(l->json, "rate_limit_info");
    const char *status = json_str(info, "status", "");
    if (strcmp(status, "rejected") != 0)
        return;
    char until[21] = "";
    timestamp_format(json_int(info, "resetsAt", 0), until);
    buf_adds(&p->text, "! usage limit (");
    add_text(p, json_str(info, "rateLimitType", "unknown"));
    buf_addf(&p->text, ")%s%s", json_int(info, "resetsAt", 0) ? " until " : "",
             json_int(info, "resetsAt", 0) ? until : "");
    end(p, STEPS_WARN);
}

static void on_task(const struct stream_line *l, struct step *p)
{
    const char *subtype = json_str(l->json, "subtype", "");
    bool began = strcmp(subtype, "task_started") == 0 && json_bool(l->json, "is_backgrounded", false);
    bool over = strcmp(subtype, "task_notification") == 0;
    if (!began && !over)
        return;
    buf_addf(&p->text, "& background task %s: ", began ? "begins" : json_str(l->json, "status", "ended"));
    add_text(p, json_str(l->json, began ? "description" : "summary", ""));
    end(p, STEPS_DIM);
}

/* A word before the text of one member. */
static void on_word(const struct stream_line *l, struct step *p, const char *before, const char *member)
{
    const char *text = json_str(l->json, member, "");
    if (!*text)
        return;
    buf_adds(&p->text, before);
    add_text(p, text);
    end(p, STEPS_WARN);
}

static void on_init(const struct stream_line *l, struct step *p)
{
    buf_adds(&p->text, "session ");
    buf_addf(&p->text, "%.8s, ", json_str(l->json, "session_id", "?"));
    add_text(p, json_str(l->json, "model", "?"));
    buf_adds(&p->text, ", ");
    add_text(p, json_str(l->json, "claude_code_version", "?"));
    end(p, STEPS_DIM);
}

void steps_line(struct steps *s, const struct stream_line *l, const char *prefix, const char *(*tone)(enum steps_tone),
                struct buf *out)
{
    struct step p = {.prefix = prefix, .tone = tone, .out = out};
    buf_init(&p.text, 64 * 1024);
    switch (l->kind) {
    case STREAM_INIT: on_init(l, &p); break;
    case STREAM_TEXT:
    case STREAM_TOOL:
    case STREAM_API_ERROR:
    case STREAM_RETURNED: on_blocks(s, l, &p); break;
    case STREAM_RESULT: on_result(l, &p); break;
    case STREAM_RETRY: on_retry(l, &p); break;
    case STREAM_FALLBACK:
    case STREAM_NOTICE: on_word(l, &p, "! ", "content"); break;
    case STREAM_DENIED: on_word(l, &p, "! denied: ", "message"); break;
    case STREAM_PARKED: on_word(l, &p, "! parked ", "text"); break;
    case STREAM_WOKEN: on_word(l, &p, "! woken: ", "text"); break;
    case STREAM_LIMIT: on_limit(l, &p); break;
    case STREAM_TASKS: on_task(l, &p); break;
    case STREAM_USER:
    case STREAM_PARTIAL:
    case STREAM_FRAME:
    case STREAM_REQUEST:
    case STREAM_OTHER:
    case STREAM_NOT_JSON: break;
    }
    buf_clear(&p.text);
}
