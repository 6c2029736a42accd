/* struct config -> launch.conf, and the key table -> help. */
#include "supervisor/config/checks.h"
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
        if (k->kind != kind ||
            (kind == CONFIG_CHECK && !checks_takes(((const struct config_check_item *)base)->type, k->name)))
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
    print_section(out, CONFIG_BUDGET, "", c, c);
    for (int r = 0; r < ROLES; r++)
        print_section(out, CONFIG_AGENT, c->agents[r].name, c, &c->agents[r]);
    for (size_t i = 0; i < c->notify_count; i++)
        print_section(out, CONFIG_NOTIFY, c->notifies[i].name, c, &c->notifies[i]);
    for (size_t i = 0; i < c->check_count; i++)
        print_section(out, CONFIG_CHECK, c->checks[i].name, c, &c->checks[i]);
}

static const char *const type_names[CONFIG_TYPE_COUNT] = {
#define X(type, family, check, help, example) help,
    CONFIG_TYPES(X)
#undef X
};

/* "Required." or "Default: 30s; 1s to 1h." */
static void print_bounds(struct buf *out, const struct config_key *k)
{
    char *def = config_key_default(k, "ROLE");
    if (!k->def)
        buf_adds(out, "Required");
    else
        buf_addf(out, "Default: %s", *def ? def : "empty");
    free(def);
    if (k->max) {
        buf_adds(out, "; ");
        config_value_number(out, k->type, k->min);
        buf_adds(out, " to ");
        config_value_number(out, k->type, k->max);
    }
    buf_adds(out, ".");
}

enum { HELP_WIDTH = 80 };

/* Appends text in lines of at most HELP_WIDTH, each after so many blanks. For mdoc a sentence begins a line
 * of its own, and no first character or backslash is taken for a request. */
static void print_text(struct buf *out, const char *text, size_t indent, bool man)
{
    size_t column = 0;
    for (const char *p = text; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        bool sentence = man && column && *p >= 'A' && *p <= 'Z' && p - text >= 3 && p[-2] == '.' && p[-3] != '.';
        if (column && (sentence || column + 1 + n > HELP_WIDTH)) {
            buf_adds(out, "\n");
            column = 0;
        }
        if (column)
            buf_adds(out, " ");
        else
            buf_addf(out, "%*s%s", (int)indent, "", man && (*p == '.' || *p == '\'') ? "\\&" : "");
        column += (column ? 1 : indent) + n;
        for (; n; n--, p++)
            if (man && *p == '\\')
                buf_adds(out, "\\e");
            else
                buf_add(out, p, 1);
    }
    buf_adds(out, "\n");
}

static void print_key(struct buf *out, const struct config_key *k, bool man)
{
    struct buf help;
    buf_init(&help, 0);
    buf_addf(&help, "%s ", k->help);
    print_bounds(&help, k);
    if (man)
        buf_addf(out, ".It Ic %s No = Ar %s\n", k->name, type_names[k->type]);
    else
        buf_addf(out, "%s = %s\n", k->name, type_names[k->type]);
    print_text(out, buf_str(&help), man ? 0 : 4, man);
    buf_clear(&help);
}

void config_keys(struct buf *out, bool man)
{
    for (int kind = 0; kind < CONFIG_KINDS; kind++) {
        buf_adds(out, man ? ".Ss " : kind ? "\n" : "");
        config_kind_write(out, (enum config_kind)kind);
        buf_adds(out, man ? "\\&\n" : "\n"); /* a bracket at the end is no punctuation */
        print_text(out, config_sections[kind].help, man ? 0 : 4, man);
        buf_adds(out, man ? ".Bl -tag -width Ds\n" : "\n");
        for (int i = 0; i < CONFIG_KEY_COUNT; i++)
            if ((int)config_key_table[i].kind == kind)
                print_key(out, &config_key_table[i], man);
        buf_adds(out, man ? ".El\n" : "");
    }
}
