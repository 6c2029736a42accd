/* The rules of [check NAME]: which keys its type takes, and that what it needs comes before it. */
#include "supervisor/config/checks.h"
#include "supervisor/config/grammar.h"
#include "supervisor/config/part.h"
#include "supervisor/config/value.h"
#include <stdlib.h>
#include <string.h>

/* Of every type. */
static const char any[] = "type needs timeout level fix";

bool checks_built_in(const char *id)
{
    static const char *const ids[] = {
#define X(function, name, needs, when) name,
        CHECKS_BUILT_IN(X)
#undef X
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

const char *checks_keys(const char *type)
{
    static const struct {
        const char *type, *keys;
    } all[] = {
        {"http", "url! header ca status body json"},
        {"tcp", "host!"},
        {"tls", "host! names ca days same_as"},
        {"dns", "names! addresses!"},
        {"ssh", "host! options sudo"},
        {"command", "command! exit body"},
        {"file", "path! mode owner body"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].type, type) == 0)
            return all[i].keys;
    return NULL;
}

/* Is the key among those? *must: it has to be given. */
static bool keys_have(const char *keys, const char *key, bool *must)
{
    size_t n = strlen(key);
    *must = false;
    for (const char *p = keys; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
        size_t m = strcspn(p, " !");
        if (m != n || memcmp(p, key, n) != 0)
            continue;
        *must = p[m] == '!';
        return true;
    }
    return false;
}

bool checks_takes(const char *type, const char *key)
{
    bool must;
    const char *keys = checks_keys(type);
    return keys_have(any, key, &must) || (keys && keys_have(keys, key, &must));
}

/* Does the field hold something else than the key's default? */
static bool is_meant(const struct config_key *k, const void *base)
{
    struct buf b;
    buf_init(&b, 0);
    config_value_write(&b, k, base);
    bool meant = strcmp(buf_str(&b), k->def) != 0;
    buf_clear(&b);
    return meant;
}

static void check_keys(struct config_draft *d, const struct config_part *p, const char *type)
{
    const char *keys = checks_keys(type);
    for (int k = 0; k < CONFIG_KEY_COUNT; k++) {
        const struct config_key *key = &config_key_table[k];
        bool must, unused;
        if (key->kind != CONFIG_CHECK || keys_have(any, key->name, &unused))
            continue;
        bool takes = keys_have(keys, key->name, &must);
        if (p->at[k] && !takes && !p->bad[k] && is_meant(key, config_part_base(d, p))) {
            struct buf list;
            buf_init(&list, 0);
            for (const char *c = keys; *c; c++)
                if (*c != '!')
                    buf_add(&list, c, 1);
            config_report_add(&d->report, p->at[k], "%s has no meaning for type = %s, which takes %s, and %s",
                              key->name, type, buf_str(&list), any + strlen("type "));
            buf_clear(&list);
        } else if (must && !p->at[k]) {
            config_report_add(&d->report, p->line, "[check %s] lacks %s; write %s = %s", p->name, key->name, key->name,
                              config_type_example(key->type));
        }
    }
}

/* A field whose value was refused is NULL. */
static bool is_empty(const char *s)
{
    return !s || !*s;
}

/* What must be given is not given as nothing. */
static void check_values(struct config_draft *d, const struct config_part *p, const struct config_check_item *c)
{
    static const char *const names[] = {"url", "host", "names", "addresses", "command", "path"};
    const bool empty[] = {is_empty(c->url), is_empty(c->host), !c->names.n,
                          !c->addresses.n,  !c->command.n,     is_empty(c->path)};
    const char *keys = checks_keys(c->type);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool must;
        int k = config_part_key(p, names[i]);
        if (keys_have(keys, names[i], &must) && must && p->at[k] && !p->bad[k] && empty[i])
            config_report_add(&d->report, p->at[k], "%s is empty; write %s = %s", names[i], names[i],
                              config_type_example(config_key_table[k].type));
    }
    int host = config_part_key(p, "host");
    if (!is_empty(c->host) && strcmp(c->type, "ssh") != 0 && !p->bad[host] && !grammar_endpoint(c->host))
        config_report_add(&d->report, p->at[host],
                          "host: '%s' has no port; write HOST:PORT, such as example.org:443 or [::1]:443", c->host);
}

void config_check_checks(struct config_draft *d)
{
    for (size_t i = 0; i < d->part_count; i++) {
        const struct config_part *p = &d->parts[i];
        if (p->kind != CONFIG_CHECK)
            continue;
        const struct config_check_item *c = &d->c.checks[p->index];
        int needs = config_part_key(p, "needs");
        if (checks_built_in(p->name) || strcmp(p->name, "all") == 0)
            config_report_add(&d->report, p->line, "[check %s]: that is the name of a built-in check; write another",
                              p->name);
        if (!p->bad[config_part_key(p, "type")]) {
            check_keys(d, p, c->type);
            check_values(d, p, c);
        }
        for (size_t k = 0; !p->bad[needs] && k < c->needs.n; k++) {
            bool known = checks_built_in(c->needs.at[k]);
            for (size_t j = 0; j < p->index; j++)
                known = known || strcmp(d->c.checks[j].name, c->needs.at[k]) == 0;
            if (!known)
                config_report_add(&d->report, p->at[needs],
                                  "needs: '%s' is neither a built-in check nor a section [check ...] above this one; "
                                  "'ccsup check' lists them",
                                  c->needs.at[k]);
        }
    }
}
