#include "supervisor/keep/options.h"
#include "agents/role.h"
#include <stddef.h>
#include <string.h>

const char options_usage[] =
    "usage: ccsup-keep [--wait] --state STATE --role ROLE --socket PATH --clone DIR --tmp DIR --run-id HEX32\n"
    "                  --fence auto|pidns|cgroup|subreaper --leftovers kill|keep [--user NAME]\n"
    "                  --grace MS --orphan-timeout MS [--tried FENCE] -- PROGRAM [ARG...]\n"
    "       ccsup-keep --sweep --state STATE --role ROLE --clone DIR --tmp DIR --leftovers kill|keep\n"
    "Started by the watchdog; keeps one iteration of one agent. --sweep: only ends what earlier ones left. See "
    "ccsup(1).\n";

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

static const char *const fence_names[FENCE_KINDS] = {
#define X(name, text) text,
    OPTIONS_FENCES(X)
#undef X
};

const char *options_fence_name(enum fence_kind kind)
{
    return fence_names[kind];
}

static int options_fence(const char *text)
{
    int kind = FENCE_KINDS;
    while (kind-- > 0)
        if (strcmp(text, fence_names[kind]) == 0)
            break;
    return kind;
}

enum kind { KIND_FOLDER, KIND_ROLE, KIND_RUN_ID, KIND_FENCE, KIND_LEFTOVERS, KIND_USER };

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
    case KIND_FENCE:
        ok = options_fence(value) >= 0;
        want = "auto, pidns, cgroup or subreaper";
        break;
    case KIND_LEFTOVERS:
        ok = strcmp(value, "kill") == 0 || strcmp(value, "keep") == 0;
        want = "kill or keep";
        break;
    case KIND_USER:
        ok = *value && !strchr(value, '/');
        want = "the name of a user";
        break;
    }
    if (!ok)
        err_set(e, "%s takes %s, not \"%s\"", name, want, value);
    return ok;
}

/* Rules over several options, and what their words mean. */
static bool options_conclude(struct options *o, const char *fence, const char *leftovers, struct err *e)
{
    o->keep = strcmp(leftovers, "keep") == 0;
    if (o->sweep)
        return true;
    o->fence = (enum fence_kind)options_fence(fence);
    if (o->keep && o->fence == FENCE_PIDNS) {
        err_set(e, "--leftovers keep is impossible with --fence pidns: that namespace ends with its keeper");
        return false;
    }
    return true;
}

bool options_parse(struct options *o, int argc, char *const *argv, struct err *e)
{
    memset(o, 0, sizeof *o);
    const char *grace = NULL, *orphan = NULL, *fence = NULL, *leftovers = NULL, *tried = NULL;
    const struct {
        const char *name;
        const char **slot;
        int64_t *ms; /* a number */
        enum kind kind;
        enum { NEED_ALWAYS, NEED_TO_KEEP, NEED_NEVER } need;
    } all[] = {{"--state", &o->state, NULL, KIND_FOLDER, NEED_ALWAYS},
               {"--role", &o->role, NULL, KIND_ROLE, NEED_ALWAYS},
               {"--socket", &o->socket, NULL, KIND_FOLDER, NEED_TO_KEEP},
               {"--clone", &o->clone, NULL, KIND_FOLDER, NEED_ALWAYS},
               {"--tmp", &o->tmp, NULL, KIND_FOLDER, NEED_ALWAYS},
               {"--run-id", &o->run_id, NULL, KIND_RUN_ID, NEED_TO_KEEP},
               {"--fence", &fence, NULL, KIND_FENCE, NEED_TO_KEEP},
               {"--leftovers", &leftovers, NULL, KIND_LEFTOVERS, NEED_ALWAYS},
               {"--tried", &tried, NULL, KIND_FENCE, NEED_NEVER},
               {"--user", &o->user, NULL, KIND_USER, NEED_NEVER},
               {"--grace", &grace, &o->grace, KIND_FOLDER, NEED_TO_KEEP},
               {"--orphan-timeout", &orphan, &o->orphan, KIND_FOLDER, NEED_TO_KEEP}};
    enum { ALL = sizeof all / sizeof *all };
    o->sweep = argc > 1 && strcmp(argv[1], "--sweep") == 0;
    o->wait = argc > 1 && strcmp(argv[1], "--wait") == 0;
    int i = o->sweep || o->wait ? 2 : 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        size_t at = 0;
        while (at < ALL && strcmp(name, all[at].name) != 0)
            at++;
        if (at == ALL)
            err_set(e, "unknown option \"%s\"", name);
        else if (*all[at].slot)
            err_set(e, "%s is given twice", name);
        else if (!value || strcmp(value, "--") == 0)
            err_set(e, "%s needs a value", name);
        else if (all[at].ms && !options_number(value, all[at].ms))
            err_set(e, "%s takes a whole number of milliseconds, not \"%s\"", name, value);
        else if (all[at].ms || options_check(name, value, all[at].kind, e)) {
            *all[at].slot = value;
            continue;
        }
        return false;
    }
    for (size_t at = 0; at < ALL; at++)
        if (!*all[at].slot && (all[at].need == NEED_ALWAYS || (all[at].need == NEED_TO_KEEP && !o->sweep))) {
            err_set(e, "%s is missing", all[at].name);
            return false;
        } else if (*all[at].slot && o->sweep && all[at].need != NEED_ALWAYS) {
            err_set(e, "%s has no meaning with --sweep", all[at].name);
            return false;
        }
    if (o->sweep && i < argc) {
        err_set(e, "--sweep runs no program");
        return false;
    }
    if (!o->sweep && (i + 1 >= argc || !*argv[i + 1])) {
        err_set(e, "no program to run: end the options with -- PROGRAM [ARG...]");
        return false;
    }
    if (!o->sweep)
        o->command = argv + i + 1;
    o->tried = tried ? (enum fence_kind)options_fence(tried) : FENCE_AUTO;
    return options_conclude(o, fence, leftovers, e);
}
