#include "supervisor/keep/options.h"
#include "agents/role.h"
#include <stddef.h>
#include <string.h>

const char options_usage[] =
    "usage: ccsup-keep --state STATE --role ROLE --socket PATH --clone DIR --tmp DIR --run-id HEX32\n"
    "                  --grace MS --orphan-timeout MS -- PROGRAM [ARG...]\n"
    "Started by the watchdog; keeps one iteration of one agent. See ccsup(1).\n";

/* Digits only, at most 15 of them: no sign, blank or overflow to think of. */
static bool options_number(const char *text, int64_t *out)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 15 || text[n])
        return false;
    int64_t v = 0;
    for (; *text; text++)
        v = v * 10 + (*text - '0');
    *out = v;
    return true;
}

enum kind { KIND_FOLDER, KIND_ROLE, KIND_RUN_ID };

static bool options_check(const char *name, const char *value, enum kind kind, struct err *e)
{
    bool ok = false;
    const char *want = "";
    switch (kind) {
    case KIND_FOLDER:
        ok = *value == '/';
        want = "an absolute path";
        break;
    case KIND_ROLE:
        ok = role_parse(value) >= 0;
        want = "builder or adversary";
        break;
    case KIND_RUN_ID:
        ok = strlen(value) == 32 && strspn(value, "0123456789abcdef") == 32;
        want = "32 hex digits (0-9, a-f)";
        break;
    }
    if (!ok)
        err_set(e, "%s takes %s, not \"%s\"", name, want, value);
    return ok;
}

bool options_parse(struct options *o, int argc, char *const *argv, struct err *e)
{
    memset(o, 0, sizeof *o);
    const char *grace = NULL, *orphan = NULL;
    const struct {
        const char *name;
        const char **slot;
        enum kind kind;
    } texts[] = {{"--state", &o->state, KIND_FOLDER},   {"--role", &o->role, KIND_ROLE},
                 {"--socket", &o->socket, KIND_FOLDER}, {"--clone", &o->clone, KIND_FOLDER},
                 {"--tmp", &o->tmp, KIND_FOLDER},       {"--run-id", &o->run_id, KIND_RUN_ID}};
    const struct {
        const char *name;
        const char **slot;
        int64_t *ms;
    } numbers[] = {{"--grace", &grace, &o->grace}, {"--orphan-timeout", &orphan, &o->orphan}};
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        const char **slot = NULL;
        int64_t *ms = NULL;
        enum kind kind = KIND_FOLDER;
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            if (strcmp(name, texts[t].name) == 0) {
                slot = texts[t].slot;
                kind = texts[t].kind;
            }
        for (size_t t = 0; t < sizeof numbers / sizeof *numbers; t++)
            if (strcmp(name, numbers[t].name) == 0) {
                slot = numbers[t].slot;
                ms = numbers[t].ms;
            }
        if (!slot)
            err_set(e, "unknown option \"%s\"", name);
        else if (*slot)
            err_set(e, "%s is given twice", name);
        else if (!value || strcmp(value, "--") == 0)
            err_set(e, "%s needs a value", name);
        else if (ms && !options_number(value, ms))
            err_set(e, "%s takes a whole number of milliseconds, not \"%s\"", name, value);
        else if (ms || options_check(name, value, kind, e)) {
            *slot = value;
            continue;
        }
        return false;
    }
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        if (!*texts[t].slot) {
            err_set(e, "%s is missing", texts[t].name);
            return false;
        }
    for (size_t t = 0; t < sizeof numbers / sizeof *numbers; t++)
        if (!*numbers[t].slot) {
            err_set(e, "%s is missing", numbers[t].name);
            return false;
        }
    if (i + 1 >= argc || !*argv[i + 1]) {
        err_set(e, "no program to run: end the options with -- PROGRAM [ARG...]");
        return false;
    }
    o->command = argv + i + 1;
    return true;
}
