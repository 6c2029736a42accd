/* struct config -> launch.conf, and the key table -> help. */
#include "supervisor/base/mem.h"
#include "supervisor/config/criteria.h"
#include "supervisor/config/keys.h"
#include "supervisor/config/value.h"
#include <stdlib.h>
#include <string.h>

/* How many of the last phase's criteria must be written so that those of [done], added to them, give the same
 * list. */
static size_t own_criteria(const struct config *c, const struct words *all)
{
    for (size_t own = 1; own < all->n; own++) {
        size_t next = own; /* place in all of the criterion of [done] that is to come next */
        for (size_t i = 0; i < c->criteria.n; i++) {
            bool have = false;
            for (size_t k = 0; k < own && !have; k++)
                have = strcmp(all->at[k], c->criteria.at[i]) == 0;
            if (!have && next < all->n && strcmp(all->at[next], c->criteria.at[i]) == 0)
                next++;
            else if (!have)
                next = all->n + 1;
        }
        if (next == all->n)
            return own;
    }
    return all->n;
}

static void print_section(struct buf *out, enum config_kind kind, const char *name, const struct config *c,
                          const void *base)
{
    buf_addf(out, "%s[%s%s%s]\n", out->len ? "\n" : "", config_sections[kind].name, *name ? " " : "", name);
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        if (k->kind != kind)
            continue;
        size_t start = out->len;
        buf_addf(out, "%s = ", k->name);
        if (kind == CONFIG_PHASE && k->type == CONFIG_CRITERIA && base == &c->phases[c->phase_count - 1])
            config_criteria_write(out, &c->phases[c->phase_count - 1].criteria,
                                  own_criteria(c, &c->phases[c->phase_count - 1].criteria));
        else
            config_value_write(out, k, base);
        /* An empty value leaves no blank at the end of its line. */
        if (out->len == start + strlen(k->name) + 3 && out->data[out->len - 1] == ' ')
            out->data[--out->len] = '\0';
        buf_adds(out, "\n");
    }
}

void config_print(const struct config *c, struct buf *out)
{
    print_section(out, CONFIG_CCSUP, "", c, c);
    print_section(out, CONFIG_REPO, "", c, c);
    for (size_t i = 0; i < c->phase_count; i++)
        if (*c->phases[i].id)
            print_section(out, CONFIG_PHASE, c->phases[i].id, c, &c->phases[i]);
    print_section(out, CONFIG_DONE, "", c, c);
    for (int r = 0; r < ROLES; r++)
        print_section(out, CONFIG_AGENT, c->agents[r].name, c, &c->agents[r]);
}

static const char *const type_names[CONFIG_TYPE_COUNT] = {
#define X(type, family, check, help, example) help,
    CONFIG_TYPES(X)
#undef X
};

/* "Required." or "Default 30s, 1s to 1h." */
static void print_bounds(struct buf *out, const struct config_key *k)
{
    char *def = config_key_default(k, "ROLE");
    if (!k->def)
        buf_adds(out, "Required");
    else
        buf_addf(out, "Default %s", *def ? def : "empty");
    free(def);
    if (k->max) {
        buf_adds(out, "; ");
        config_value_number(out, k->type, k->min);
        buf_adds(out, " to ");
        config_value_number(out, k->type, k->max);
    }
    buf_adds(out, ".\n");
}

/* A help sentence as mdoc: each sentence on its line, no macro taken from its words. */
static void print_mdoc(struct buf *out, const char *help)
{
    for (const char *p = help; *p; p++) {
        bool end = (*p == '.' || *p == '!') && p[1] == ' ' && p[2] >= 'A' && p[2] <= 'Z';
        if (*p == '-')
            buf_adds(out, "\\-");
        else
            buf_add(out, p, 1);
        if (end) {
            buf_adds(out, "\n");
            p++;
        }
    }
    buf_adds(out, "\n");
}

void config_keys(struct buf *out, bool man)
{
    for (int kind = 0; kind < CONFIG_KINDS; kind++) {
        struct buf title;
        buf_init(&title, 0);
        config_kind_write(&title, (enum config_kind)kind);
        if (man)
            buf_addf(out, ".Ss %s\n", buf_str(&title));
        else
            buf_addf(out, "%s%s\n    %s\n\n", kind ? "\n" : "", buf_str(&title), config_sections[kind].help);
        if (man)
            print_mdoc(out, config_sections[kind].help);
        buf_adds(out, man ? ".Bl -tag -width Ds\n" : "");
        for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
            const struct config_key *k = &config_key_table[i];
            if ((int)k->kind != kind)
                continue;
            buf_addf(out, man ? ".It Ic %s No = Ar %s\n" : "%s = %s\n    ", k->name, type_names[k->type]);
            if (man)
                print_mdoc(out, k->help);
            else
                buf_addf(out, "%s\n    ", k->help);
            print_bounds(out, k);
        }
        buf_adds(out, man ? ".El\n" : "");
        buf_clear(&title);
    }
}
