/* What is asked of ccsup-http for a message, what its answer means, and when the next try is. */
#include "supervisor/base/json.h"
#include "supervisor/base/mask.h"
#include "supervisor/base/vis.h"
#include "watchdog/notify.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAY_FIRST_MS = 5000, DELAY_MAX_MS = 600000, DELAY_ASKED_MAX_MS = 86400000, ANSWER_BODY_MAX = 2048 };

cJSON *notify_request(const struct config_notify *c, const char *root, const char *token, const char *message)
{
    cJSON *o = cJSON_CreateObject(), *headers = json_add_arr(o, "headers");
    struct buf b;
    buf_init(&b, 0);
    json_add_str(o, "url", c->url);
    json_add_str(o, "method", "POST");
    json_add_str(o, "body", message);
    json_add_int(o, "timeout_ms", c->timeout);
    json_add_int(o, "body_max", ANSWER_BODY_MAX);
    cJSON_AddItemToArray(headers, cJSON_CreateString("Content-Type: application/json"));
    for (size_t i = 0; i < c->headers.n; i++)
        cJSON_AddItemToArray(headers, cJSON_CreateString(c->headers.at[i]));
    if (token) {
        buf_addf(&b, "Authorization: Bearer %s", token);
        cJSON_AddItemToArray(headers, cJSON_CreateString(buf_str(&b)));
        buf_clear(&b);
    }
    if (*c->ca)
        buf_addf(&b, "%s%s%s", *c->ca == '/' ? "" : root, *c->ca == '/' ? "" : "/", c->ca);
    json_add_str(o, "ca", buf_str(&b));
    buf_clear(&b);
    return o;
}

__attribute__((format(printf, 2, 3))) static void trouble(struct notify_result *r, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, 4000);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    char *masked = mask_dup(buf_str(&b), b.len), *safe = vis_dup(masked, strlen(masked), sizeof r->problem - 1);
    snprintf(r->problem, sizeof r->problem, "%s", safe);
    free(safe);
    free(masked);
    buf_clear(&b);
}

void notify_answer(const cJSON *answer, const char *problem, struct notify_result *r)
{
    memset(r, 0, sizeof *r);
    if (!answer || !json_bool(answer, "ok", false)) {
        trouble(r, "%s", answer ? json_str(answer, "text", "no reason given") : problem ? problem : "no answer");
        return;
    }
    int64_t status = json_int(answer, "status", 0), after = json_int(answer, "retry_after", 0);
    const char *body = json_str(answer, "body", "");
    r->taken = status >= 200 && status <= 299;
    if (r->taken)
        return;
    if (status >= 300 && status <= 399)
        trouble(r, "HTTP %lld: it points to another address, which is not followed; write that one in launch.conf",
                (long long)status);
    else
        trouble(r, "HTTP %lld%s%.100s", (long long)status, *body ? ": " : "", body);
    if (after > 0)
        r->retry_after = after > DELAY_ASKED_MAX_MS / 1000 ? DELAY_ASKED_MAX_MS : after * 1000;
}

int64_t notify_delay(int failures, int64_t retry_after)
{
    int64_t delay = DELAY_FIRST_MS;
    for (int i = 1; i < failures && delay < DELAY_MAX_MS; i++)
        delay *= 2;
    delay = delay > DELAY_MAX_MS ? DELAY_MAX_MS : delay;
    return retry_after > delay ? retry_after : delay;
}
