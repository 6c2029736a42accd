#include "agents/environment.h"
#include "supervisor/base/mem.h"
#include <stdlib.h>
#include <string.h>

static const char *const base_set[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ"};

/* Where the name of an entry ends. */
static size_t environment_name(const char *entry)
{
    const char *eq = strchr(entry, '=');
    return eq ? (size_t)(eq - entry) : strlen(entry);
}

static bool environment_match(const char *pattern, const char *name, size_t n)
{
    size_t p = strlen(pattern);
    if (p && pattern[p - 1] == '*')
        return n >= p - 1 && memcmp(pattern, name, p - 1) == 0;
    return p == n && memcmp(pattern, name, n) == 0;
}

static bool environment_session(const char *name, size_t n)
{
    return environment_match("CLAUDE*", name, n) || environment_match("ANTHROPIC_*", name, n) ||
           environment_match("CCSUP_*", name, n);
}

static bool environment_passes(const struct environment_rules *r, const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof base_set / sizeof *base_set; i++)
        if (environment_match(base_set[i], name, n))
            return true;
    for (size_t i = 0; i < r->pass->n; i++) {
        const char *pattern = r->pass->at[i];
        bool exact = !strchr(pattern, '*');
        if (environment_match(pattern, name, n) && (exact || !environment_session(name, n)))
            return true;
    }
    return false;
}

static bool environment_denied(const struct environment_rules *r, const char *name, size_t n)
{
    for (size_t i = 0; i < r->deny->n; i++)
        if (environment_match(r->deny->at[i], name, n))
            return true;
    return false;
}

/* Sets an entry, replacing one of the same name. */
static void environment_set(struct words *out, const char *entry)
{
    size_t n = environment_name(entry);
    for (size_t i = 0; i < out->n; i++)
        if (environment_name(out->at[i]) == n && memcmp(out->at[i], entry, n) == 0) {
            mem_set(&out->at[i], entry);
            return;
        }
    words_add(out, entry);
}

const char *environment_value(const struct words *entries, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < entries->n; i++)
        if (environment_match(name, entries->at[i], environment_name(entries->at[i])))
            value = strchr(entries->at[i], '=');
    return value ? value + 1 : NULL;
}

void environment_build(char *const *outer, const struct environment_rules *rules, const struct words *own,
                       struct words *out)
{
    for (; outer && *outer; outer++) {
        size_t n = environment_name(*outer);
        if (environment_passes(rules, *outer, n) && !environment_denied(rules, *outer, n))
            environment_set(out, *outer);
    }
    for (size_t i = 0; i < rules->env->n; i++)
        if (!environment_denied(rules, rules->env->at[i], environment_name(rules->env->at[i])))
            environment_set(out, rules->env->at[i]);
    for (size_t i = 0; i < own->n; i++)
        environment_set(out, own->at[i]);
}
