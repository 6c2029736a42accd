/* launch.conf: document -> sections -> values -> rules over all of them -> struct config. */
#include "supervisor/config/config.h"
#include "supervisor/base/mem.h"
#include "supervisor/config/document.h"
#include "supervisor/config/grammar.h"
#include "supervisor/config/part.h"
#include "supervisor/config/value.h"
#include <stdlib.h>
#include <string.h>

void *config_part_base(struct config_draft *d, const struct config_part *p)
{
    switch (p->kind) {
    case CONFIG_CCSUP:
    case CONFIG_REPO:
    case CONFIG_DONE:
    case CONFIG_BUDGET:
    case CONFIG_KINDS: return &d->c;
    case CONFIG_PHASE: return &d->c.phases[p->index];
    case CONFIG_AGENT: return &d->agents[p->index];
    case CONFIG_NOTIFY: return &d->c.notifies[p->index];
    case CONFIG_CHECK: return &d->c.checks[p->index];
    }
    return &d->c;
}

int config_part_key(const struct config_part *p, const char *name)
{
    return config_key_find(p->kind, name);
}

/* Room for one more in a list of elements of that size, zeroed; *index is its place. */
static void *list_grow(void *at, size_t *n, size_t size, size_t *index)
{
    at = mem_resize(at, *n + 1, size);
    memset((char *)at + *n * size, 0, size);
    *index = (*n)++;
    return at;
}

/* How many sections of a kind there are, and may be; 0 and 0: it comes once and has no name. */
static size_t kind_count(const struct config_draft *d, enum config_kind kind, size_t *most)
{
    *most = 0;
    switch (kind) {
    case CONFIG_PHASE: *most = CONFIG_PHASES_MAX; return d->c.phase_count;
    case CONFIG_AGENT: *most = CONFIG_AGENTS_MAX; return d->agent_count;
    case CONFIG_NOTIFY: *most = CONFIG_NOTIFIES_MAX; return d->c.notify_count;
    case CONFIG_CHECK: *most = CONFIG_CHECKS_MAX; return d->c.check_count;
    case CONFIG_CCSUP:
    case CONFIG_REPO:
    case CONFIG_DONE:
    case CONFIG_BUDGET:
    case CONFIG_KINDS: break;
    }
    return 0;
}

static struct config_part *part_add(struct config_draft *d, enum config_kind kind, const char *name, int line)
{
    d->parts = mem_resize(d->parts, d->part_count + 1, sizeof *d->parts);
    struct config_part *p = &d->parts[d->part_count++];
    *p = (struct config_part){.kind = kind, .name = mem_strdup(name), .line = line};
    switch (kind) {
    case CONFIG_PHASE:
        d->c.phases = list_grow(d->c.phases, &d->c.phase_count, sizeof *d->c.phases, &p->index);
        d->c.phases[p->index].id = mem_strdup(name);
        d->c.phases[p->index].line = line;
        break;
    case CONFIG_AGENT:
        d->agents = list_grow(d->agents, &d->agent_count, sizeof *d->agents, &p->index);
        d->agents[p->index].name = mem_strdup(name);
        d->agents[p->index].line = line;
        break;
    case CONFIG_NOTIFY:
        d->c.notifies = list_grow(d->c.notifies, &d->c.notify_count, sizeof *d->c.notifies, &p->index);
        d->c.notifies[p->index].name = mem_strdup(name);
        d->c.notifies[p->index].line = line;
        break;
    case CONFIG_CHECK:
        d->c.checks = list_grow(d->c.checks, &d->c.check_count, sizeof *d->c.checks, &p->index);
        d->c.checks[p->index].name = mem_strdup(name);
        d->c.checks[p->index].line = line;
        break;
    case CONFIG_CCSUP:
    case CONFIG_REPO:
    case CONFIG_DONE:
    case CONFIG_BUDGET:
    case CONFIG_KINDS: break;
    }
    return p;
}

static struct config_part *part_find(struct config_draft *d, enum config_kind kind, const char *name)
{
    for (size_t i = 0; i < d->part_count; i++)
        if (d->parts[i].kind == kind && (!name || strcasecmp(d->parts[i].name, name) == 0))
            return &d->parts[i];
    return NULL;
}

/* "agent builder" -> kind and "builder"; false and reported when it is no section. */
static bool section_name(struct config_draft *d, const struct config_section *s, enum config_kind *kind,
                         const char **name)
{
    size_t n = strcspn(s->text, " \t");
    char *first = mem_strndup(s->text, n);
    int k = config_kind_find(first);
    *name = s->text + n + strspn(s->text + n, " \t");
    if (k < 0) {
        struct buf hint;
        buf_init(&hint, 0);
        first[strcspn(first, ".:\"")] = '\0'; /* [agent.builder] */
        int near = config_kind_suggest(&hint, first);
        if (near >= 0)
            d->doubt[near] = true;
        config_report_add(&d->report, s->line, "unknown section [%s]%s", s->text, buf_str(&hint));
        buf_clear(&hint);
    }
    free(first);
    if (k < 0)
        return false;
    *kind = (enum config_kind)k;
    const struct config_section_info *info = &config_sections[k];
    const char *wrong = *info->what && **name ? grammar_name(*name) : NULL;
    bool good = !*info->what == !**name && !wrong;
    if (wrong)
        config_report_add(&d->report, s->line, "the %s '%s' %s", info->what, *name, wrong);
    else if (!good && *info->what)
        config_report_add(&d->report, s->line, "[%s] lacks its %s; write [%s %s]", info->name, info->what, info->name,
                          *kind == CONFIG_AGENT    ? "builder"
                          : *kind == CONFIG_NOTIFY ? "phone"
                          : *kind == CONFIG_CHECK  ? "gateway"
                                                   : "1");
    else if (!good)
        config_report_add(&d->report, s->line, "[%s] takes no name; write [%s]", s->text, info->name);
    d->doubt[k] |= !good;
    return good;
}

/* The part that a section's keys go to; NULL and reported when there is none. A section that comes again goes
 * on with the first, so that its keys are not reported as missing. */
static struct config_part *section_part(struct config_draft *d, const struct config_section *s)
{
    enum config_kind kind;
    const char *name;
    for (int k = 0; s->broken && k < CONFIG_KINDS; k++)
        d->doubt[k] = true;
    if (s->broken || !section_name(d, s, &kind, &name))
        return NULL;
    size_t most, count = kind_count(d, kind, &most);
    bool named = most > 0;
    struct config_part *p = part_find(d, kind, name);
    if (p) {
        config_report_add(&d->report, s->line, "section [%s] again, first in line %d%s", s->text, p->line,
                          named ? "; give it another name (capitals do not count)" : "; put its keys there");
        d->doubt[kind] = true;
        return named ? NULL : p;
    }
    if (named && count == most) {
        config_report_add(&d->report, s->line, "section [%s] is one too many; at most %zu", s->text, most);
        return NULL;
    }
    return part_add(d, kind, name, s->line);
}

static void entry_read(struct config_draft *d, struct config_part *p, const struct config_entry *entry,
                       config_env_fn env, void *arg)
{
    int i = config_key_find(p->kind, entry->name);
    if (i < 0 && entry->value) {
        struct buf hint;
        buf_init(&hint, 0);
        config_key_suggest(&hint, p->kind, entry->name);
        config_report_add(&d->report, entry->line, "unknown key '%s' in [%s%s%s]%s", entry->name,
                          config_sections[p->kind].name, *p->name ? " " : "", p->name, buf_str(&hint));
        buf_clear(&hint);
    }
    if (i < 0)
        return;
    bool again = p->at[i] && config_value_repeats(&config_key_table[i]);
    if (p->at[i] && !again) {
        config_report_add(&d->report, entry->line, "%s again, first in line %d; remove one of them", entry->name,
                          p->at[i]);
        return;
    }
    struct err e = {""};
    bool bad =
        !entry->value || !config_value_read(&config_key_table[i], config_part_base(d, p), entry->value, env, arg, &e);
    p->at[i] = again ? p->at[i] : entry->line;
    p->bad[i] = (again && p->bad[i]) || bad;
    if (!bad && config_key_table[i].type == CONFIG_WAIVERS && d->c.waivers.n)
        d->c.waivers.at[d->c.waivers.n - 1].line = entry->line;
    if (*e.text)
        config_report_add(&d->report, entry->line, "%s: %s", entry->name, e.text);
}

/* Defaults of the keys that were not given; the required ones are reported. */
static void part_fill(struct config_draft *d, struct config_part *p)
{
    const char *role = "builder"; /* any, where the role is wrong: nothing is used then */
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        if (k->kind != p->kind || p->at[i])
            continue;
        p->bad[i] = !k->def;
        if (!k->def && p->line)
            config_report_add(&d->report, p->line, "[%s%s%s] lacks %s; write %s = %s", config_sections[p->kind].name,
                              *p->name ? " " : "", p->name, k->name, k->name, config_type_example(k->type));
        if (!k->def)
            continue;
        int r = config_part_key(p, "role");
        if (r >= 0 && !p->bad[r])
            role = role_name((enum role)((struct config_agent *)config_part_base(d, p))->role);
        char *text = config_key_default(k, role);
        struct err e;
        if (!config_value_read(k, config_part_base(d, p), text, NULL, NULL, &e))
            abort(); /* the key table contradicts itself */
        free(text);
    }
}

static void sections_read(struct config_draft *d, const struct config_document *doc, config_env_fn env, void *arg)
{
    for (size_t i = 0; i < doc->n; i++) {
        struct config_part *p = section_part(d, &doc->at[i]);
        for (size_t k = 0; p && k < doc->at[i].n; k++)
            entry_read(d, p, &doc->at[i].at[k], env, arg);
    }
    static const enum config_kind once[] = {CONFIG_CCSUP, CONFIG_REPO, CONFIG_DONE, CONFIG_BUDGET};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++)
        if (!part_find(d, once[i], NULL))
            part_add(d, once[i], "", 0);
    for (size_t i = 0; i < d->part_count; i++)
        part_fill(d, &d->parts[i]);
}

/* Frees what the keys of one section hold. */
static void fields_clear(enum config_kind kind, void *base)
{
    for (int i = 0; i < CONFIG_KEY_COUNT; i++)
        if (config_key_table[i].kind == kind)
            config_value_clear(&config_key_table[i], base);
}

static void agent_clear(struct config_agent *a)
{
    fields_clear(CONFIG_AGENT, a);
    free(a->name);
}

void config_clear(struct config *c)
{
    static const enum config_kind once[] = {CONFIG_CCSUP, CONFIG_REPO, CONFIG_DONE, CONFIG_BUDGET};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++)
        fields_clear(once[i], c);
    for (size_t p = 0; p < c->phase_count; p++) {
        fields_clear(CONFIG_PHASE, &c->phases[p]);
        free(c->phases[p].id);
    }
    free(c->phases);
    for (size_t p = 0; p < c->notify_count; p++) {
        fields_clear(CONFIG_NOTIFY, &c->notifies[p]);
        free(c->notifies[p].name);
    }
    free(c->notifies);
    for (size_t i = 0; i < c->check_count; i++) {
        fields_clear(CONFIG_CHECK, &c->checks[i]);
        free(c->checks[i].name);
    }
    free(c->checks);
    for (int r = 0; r < ROLES; r++)
        agent_clear(&c->agents[r]);
    memset(c, 0, sizeof *c);
}

/* Hands the draft's configuration over: agents to their roles, the default phase, the last phase's criteria.
 */
static void draft_finish(struct config_draft *d, struct config *out)
{
    struct config *c = &d->c;
    for (size_t i = 0; i < d->agent_count; i++) {
        d->agents[i].policy.speaks = *d->agents[i].claude.program != '\0';
        c->agents[d->agents[i].role] = d->agents[i];
    }
    d->agent_count = 0;
    if (!c->phase_count) {
        c->phases = mem_zalloc(sizeof *c->phases);
        c->phase_count = 1;
        c->phases[0].id = mem_strdup("");
        c->phases[0].plan = mem_strdup(c->plan);
    }
    struct words *last = &c->phases[c->phase_count - 1].criteria;
    for (size_t i = 0; i < c->criteria.n; i++)
        if (!words_have(last, c->criteria.at[i]))
            words_add(last, c->criteria.at[i]);
    *out = *c;
    memset(c, 0, sizeof *c);
}

static void draft_clear(struct config_draft *d)
{
    config_clear(&d->c);
    for (size_t i = 0; i < d->agent_count; i++)
        agent_clear(&d->agents[i]);
    free(d->agents);
    for (size_t i = 0; i < d->part_count; i++)
        free(d->parts[i].name);
    free(d->parts);
    config_report_clear(&d->report);
}

bool config_parse(struct config *c, const char *text, size_t n, const char *file, config_env_fn env, void *arg,
                  struct buf *errors)
{
    struct config_document doc = {0};
    struct config_draft draft = {0};
    memset(c, 0, sizeof *c);
    if (config_document_read(&doc, text, n, &draft.report)) {
        sections_read(&draft, &doc, env, arg);
        config_check(&draft);
    }
    bool good = !draft.report.n;
    if (good)
        draft_finish(&draft, c);
    else
        config_report_write(&draft.report, file, errors);
    draft_clear(&draft);
    config_document_clear(&doc);
    return good;
}

int config_agent_find(const struct config *c, const char *name)
{
    for (int r = 0; r < ROLES; r++)
        if (strcmp(c->agents[r].name, name) == 0)
            return r;
    return role_parse(name);
}
