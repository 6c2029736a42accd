#include "watchdog/request.h"
#include "supervisor/base/json.h"
#include "watchdog/phase.h"
#include <stdlib.h>

static void request_words(cJSON *obj, const char *name, const struct words *w)
{
    cJSON *list = json_add_arr(obj, name);
    for (size_t i = 0; i < w->n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(w->at[i]));
}

static cJSON *request_new(const struct config *c, const char *op)
{
    cJSON *r = cJSON_CreateObject();
    json_add_str(r, "op", op);
    json_add_str(r, "url", c->url);
    json_add_str(r, "branch", c->branch);
    json_add_int(r, "timeout_ms", c->repo_timeout);
    return r;
}

static void request_who(cJSON *r, const struct config *c)
{
    json_add_str(r, "builder", c->agents[ROLE_BUILDER].git_email);
    json_add_str(r, "adversary", c->agents[ROLE_ADVERSARY].git_email);
    request_words(r, "operators", &c->operators);
}

cJSON *request_poll(const struct config *c, const struct config_phase *p, const char *start, const char *last,
                    const char *at)
{
    static const char *const bases[][2] = {{"status", "STATUS"}, {"review", "REVIEW"}, {"findings", "FINDINGS"}};
    cJSON *r = request_new(c, "poll");
    json_add_str(r, "state_path", c->state_path);
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        char *file = phase_file(p, bases[i][1]);
        json_add_str(r, bases[i][0], file);
        free(file);
    }
    json_add_int(r, "max_bytes", c->state_max_bytes);
    request_words(r, "criteria", &p->criteria);
    request_who(r, c);
    json_add_str(r, "start", start);
    json_add_str(r, "last", last);
    json_add_str(r, "at", at);
    return r;
}

cJSON *request_write(const struct config *c, const struct config_phase *p)
{
    cJSON *r = request_new(c, "write");
    json_add_str(r, "state_path", c->state_path);
    json_add_int(r, "max_bytes", c->state_max_bytes);
    request_words(r, "criteria", &p->criteria);
    request_who(r, c);
    return r;
}

cJSON *request_clone(const struct config *c, enum role role)
{
    cJSON *r = request_new(c, "clone");
    json_add_str(r, "name", c->agents[role].git_name);
    json_add_str(r, "email", c->agents[role].git_email);
    json_add_str(r, "role", role_name(role));
    json_add_str(r, "state_path", c->state_path);
    return r;
}
