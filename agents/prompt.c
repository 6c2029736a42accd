#include "agents/prompt.h"
#include <string.h>

static const char *const fact_names[] = {
#define X(name, help) #name,
    PROMPT_FACTS(X)
#undef X
};

/* The fact whose name is the n bytes at s, or -1. */
static int prompt_fact_find(const char *s, size_t n)
{
    for (int i = 0; i < PROMPT_FACT_COUNT; i++)
        if (strlen(fact_names[i]) == n && memcmp(fact_names[i], s, n) == 0)
            return i;
    return -1;
}

/* The next {{...}} at or after s: sets the name's bounds; NULL when there is none. An opener without "}}" on its line
 * has an empty name. */
static const char *prompt_next(const char *s, const char **name, size_t *len)
{
    const char *open = strstr(s, "{{");
    if (!open)
        return NULL;
    *name = open + 2;
    const char *end = *name;
    while (*end && *end != '\n' && strncmp(end, "}}", 2) != 0)
        end++;
    *len = *end == '}' ? (size_t)(end - *name) : 0;
    return open;
}

bool prompt_check(const char *template_, const char *file, struct err *e)
{
    const char *name;
    size_t len;
    for (const char *p = template_; (p = prompt_next(p, &name, &len)); p = name) {
        if (len && prompt_fact_find(name, len) >= 0)
            continue;
        int line = 1;
        for (const char *q = template_; q < p; q++)
            line += *q == '\n';
        struct buf known;
        buf_init(&known, 300);
        for (int i = 0; i < PROMPT_FACT_COUNT; i++)
            buf_addf(&known, " %s", fact_names[i]);
        err_set(e, "%s:%d: {{%.*s}} is no placeholder; there are:%s", file, line, (int)(len < 40 ? len : 40), name,
                buf_str(&known));
        buf_clear(&known);
        return false;
    }
    return true;
}

void prompt_render(const char *template_, const char *const facts[PROMPT_FACT_COUNT], struct buf *out)
{
    const char *name, *open;
    size_t len;
    const char *p = template_;
    while ((open = prompt_next(p, &name, &len))) {
        int fact = prompt_fact_find(name, len);
        buf_add(out, p, (size_t)(open - p));
        if (fact >= 0 && facts[fact])
            buf_adds(out, facts[fact]);
        p = name + len + (len ? 2 : 0);
    }
    buf_adds(out, p);
}
