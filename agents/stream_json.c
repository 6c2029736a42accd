#include "agents/stream_json.h"
#include "supervisor/base/json.h"
#include "supervisor/base/json_scan.h"
#include <string.h>

const cJSON *stream_line_blocks(const struct stream_line *l)
{
    const cJSON *content = json_get(json_get(l->json, "message"), "content");
    return cJSON_IsArray(content) ? content : NULL;
}

static bool line_has_block(const struct stream_line *l, const char *type)
{
    const cJSON *block;
    cJSON_ArrayForEach(block, stream_line_blocks(l)) if (strcmp(json_str(block, "type", ""), type) == 0) return true;
    return false;
}

static enum stream_kind kind_of_system(const char *subtype)
{
    static const struct {
        const char *subtype;
        enum stream_kind kind;
    } all[] = {{"init", STREAM_INIT},
               {"api_retry", STREAM_RETRY},
               {"model_fallback", STREAM_FALLBACK},
               {"permission_denied", STREAM_DENIED},
               {"ccsup_parked", STREAM_PARKED},
               {"ccsup_woken", STREAM_WOKEN},
               {"task_started", STREAM_TASKS},
               {"task_updated", STREAM_TASKS},
               {"task_notification", STREAM_TASKS},
               {"background_tasks_changed", STREAM_TASKS},
               {"status", STREAM_REQUEST},
               {"informational", STREAM_NOTICE},
               {"notification", STREAM_NOTICE},
               {"model_refusal_no_fallback", STREAM_NOTICE}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].subtype, subtype) == 0)
            return all[i].kind;
    return STREAM_OTHER;
}

static enum stream_kind kind_of_event(const char *type)
{
    return strncmp(type, "content_block_", 14) == 0 ? STREAM_PARTIAL : STREAM_FRAME;
}

static enum stream_kind kind_of(const struct stream_line *l)
{
    const char *type = json_str(l->json, "type", "");
    if (strcmp(type, "system") == 0)
        return kind_of_system(json_str(l->json, "subtype", ""));
    if (strcmp(type, "assistant") == 0) {
        /* The second alone is how 2.1.197 tells them. */
        if (json_bool(l->json, "is_api_error_message", false) || *json_str(l->json, "error", ""))
            return STREAM_API_ERROR;
        return line_has_block(l, "tool_use") ? STREAM_TOOL : STREAM_TEXT;
    }
    if (strcmp(type, "user") == 0) /* a large one is a tool's result: nothing else grows so */
        return !l->whole || line_has_block(l, "tool_result") ? STREAM_RETURNED : STREAM_USER;
    if (strcmp(type, "result") == 0)
        return STREAM_RESULT;
    if (strcmp(type, "stream_event") == 0)
        return kind_of_event(json_str(json_get(l->json, "event"), "type", ""));
    return strcmp(type, "rate_limit_event") == 0 ? STREAM_LIMIT : STREAM_OTHER;
}

/* Pieces of messages are most of all lines, and nothing in them is of interest: they are told by a scan. Content is
 * what the model says; what stands around it (message_start ...) and the pings that keep a connection open tell nothing
 * of it. */
static bool is_piece(const char *text, size_t n, enum stream_kind *kind)
{
    static const char type[] = "\"stream_event\"";
    const char *value, *event;
    size_t len;
    if (!json_scan_find(text, n, "type", &value, &len) || len != sizeof type - 1 || memcmp(value, type, len) != 0 ||
        !json_scan_find(text, n, "event", &event, &len) || !json_scan_find(event, len, "type", &value, &len) ||
        !json_scan_closed(text, n))
        return false;
    *kind = kind_of_event(value + 1); /* which has its quotes, and within the text more behind it */
    return true;
}

void stream_line_read(struct stream_line *l, const char *text, size_t n, bool cut)
{
    *l = (struct stream_line){.kind = STREAM_OTHER};
    if (cut)
        return;
    if (is_piece(text, n, &l->kind))
        return;
    l->whole = n <= STREAM_PARSE_MAX;
    l->json = l->whole ? json_parse(text, n) : json_scan_top(text, n);
    if (cJSON_IsObject(l->json) && *json_str(l->json, "type", "")) {
        l->kind = kind_of(l);
        return;
    }
    cJSON_Delete(l->json);
    l->json = NULL;
    l->kind = STREAM_NOT_JSON;
}

void stream_line_clear(struct stream_line *l)
{
    cJSON_Delete(l->json);
    l->json = NULL;
}

const char *stream_kind_name(enum stream_kind k)
{
    static const char *const names[] = {
#define X(name) #name,
        STREAM_KINDS(X)
#undef X
    };
    return names[k];
}
