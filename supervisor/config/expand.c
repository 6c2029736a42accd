#include "supervisor/config/expand.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/config/grammar.h"
#include <stdlib.h>
#include <string.h>

/* Would it be harmless had it been typed into the file? */
static bool value_clean(const char *s)
{
    size_t n = strlen(s);
    char *seen = vis_dup(s, n, n * 4 + 1);
    bool clean = strcmp(seen, s) == 0 && !strstr(s, "\xC2\xA0");
    free(seen);
    return clean;
}

/* Appends the variable that stands at s ("${..."), and returns the bytes it takes; 0 and e set on an error.
 */
static size_t expand_one(struct buf *out, const char *s, config_env_fn env, void *arg, struct err *e)
{
    size_t n = grammar_variable(s + 2);
    if (!n || s[2 + n] != '}') {
        err_set(e, "'%.*s' is no variable; write ${NAME} with the name alone, or $${ for a literal ${",
                (int)strcspn(s, " \t}") + 1, s);
        return 0;
    }
    char *name = mem_strndup(s + 2, n);
    const char *value = env ? env(arg, name) : NULL;
    bool good = value && *value && value_clean(value);
    if (!value || !*value)
        err_set(e, "${%s} is %s; do 'export %s=...' before ccsup starts, or write $${%s} for a literal one", name,
                value ? "empty" : "not set", name, name);
    else if (!good)
        err_set(e,
                "${%s} holds a newline, a control character or bytes that are not UTF-8; export %s as one "
                "plain line",
                name, name);
    else
        buf_adds(out, value);
    free(name);
    return good ? n + 3 : 0;
}

bool config_expand(struct buf *out, const char *text, config_env_fn env, void *arg, struct err *e)
{
    for (const char *p = text; *p;) {
        size_t took = 1;
        if (strncmp(p, "$${", 3) == 0) {
            buf_adds(out, "${");
            took = 3;
        } else if (strncmp(p, "${", 2) == 0) {
            took = expand_one(out, p, env, arg, e);
            if (!took)
                return false;
        } else {
            buf_add(out, p, 1);
        }
        p += took;
    }
    return true;
}

void config_expand_quote(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (strncmp(p, "${", 2) == 0)
            buf_adds(out, "$");
        buf_add(out, p, 1);
    }
}
