#include "agents/tool.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *tool_telling(const cJSON *input)
{
    static const char *const names[] = {"command", "file_path", "notebook_path", "path",   "pattern",
                                        "url",     "query",     "skill",         "prompt", "description"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = json_str(input, names[i], "");
        if (*text)
            return text;
    }
    const cJSON *one;
    cJSON_ArrayForEach(one, input) if (cJSON_IsString(one)) return one->valuestring;
    return "";
}

void tool_render(const char *name, const cJSON *input, char *out, size_t room)
{
    const char *text = cJSON_IsObject(input) ? tool_telling(input) : "";
    struct buf b;
    buf_init(&b, 64 * 1024);
    buf_adds(&b, name);
    if (*text) {
        buf_adds(&b, ": ");
        buf_adds(&b, text);
    }
    char *safe = vis_dup(buf_str(&b), b.len, room - 1);
    snprintf(out, room, "%s", safe);
    free(safe);
    buf_clear(&b);
}
