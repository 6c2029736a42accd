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
    if (p->kind == CONFIG_PHASE)
        return &d->c.phases[p->index];
    if (p->kind == CONFIG_NOTIFY)
        return &d->c.notifies[p->index];
    return p->kind == CONFIG_AGENT ? (void *)&d->agents[p->index] : (void *)&d->c;
}

int config_part_key(const struct config_part *p, const char *name)
{
    return config_key_find(p->kind, name);
}

static struct config_part *part_add(struct config_draft *d, enum config_kind kind, const char *name, int line)
{
    d->parts = mem_resize(d->parts, d->part_count + 1, sizeof *d->parts);
    struct config_part *p = &d->parts[d->part_count++];
    *p = (struct config_part){.kind = kind, .name = mem_strdup(name), .line = line};
    if (kind == CONFIG_PHASE) {
        p->index = d->c.phase_count++;
        d->c.phases = mem_resize(d->c.phases, d->c.phase_count, sizeof *d->c.phases);
        d->c.phases[p->index] = (struct config_phase){.id = mem_strdup(name), .line = line};
    } else if (kind == CONFIG_AGENT) {
        p->index = d->agent_count++;
        d->agents = mem_resize(d->agents, d->agent_count, sizeof *d->agents);
        d->agents[p->index] = (struct config_agent){.name = mem_strdup(name), .line = line};
    } else if (kind == CONFIG_NOTIFY) {
        p->index = d->c.notify_count++;
        d->c.notifies = mem_resize(d->c.notifies, d->c.notify_count, sizeof *d->c.notifies);
        d->c.notifies[p->index] = (struct config_notify){.name = mem_strdup(name), .line = line};
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
                                                   : "1");
    else if (!good)
        config_report_add(&d->report, s->line, "[%s] takes no name; write [%s]", s->text, info->name);
    d->doubt[k] |= !good;
    return good;
}

/* How many sections of that kind there are, of those that may come more than once. */
static size_t sections_have(const struct config_draft *d, enum config_kind kind, size_t *most)
{
    *most = kind == CONFIG_PHASE ? CONFIG_PHASES_MAX : kind == CONFIG_AGENT ? CONFIG_AGENTS_MAX : CONFIG_NOTIFIES_MAX;
    return kind == CONFIG_PHASE    ? d->c.phase_count
           : kind == CONFIG_AGENT  ? d->agent_count
           : kind == CONFIG_NOTIFY ? d->c.notify_count
                                   : 0;
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
    bool named = *config_sections[kind].what;
    struct config_part *p = part_find(d, kind, name);
    if (p) {
        config_report_add(&d->report, s->line, "section [%s] again, first in line %d%s", s->text, p->line,
                          named ? "; give it another name (capitals do not count)" : "; put its keys there");
        d->doubt[kind] = true;
        return named ? NULL : p;
    }
    size_t most;
    if (sections_have(d, kind, &most) == most) {
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

static void agent_clear(struct config_agent *a)
{
    for (int i = 0; i < CONFIG_KEY_COUNT; i++)
        if (config_key_table[i].kind == CONFIG_AGENT)
            config_value_clear(&config_key_table[i], a);
    free(a->name);
}

void config_clear(struct config *c)
{
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        if (!*config_sections[k->kind].what)
            config_value_clear(k, c);
        for (size_t p = 0; k->kind == CONFIG_NOTIFY && p < c->notify_count; p++)
            config_value_clear(k, &c->notifies[p]);
        for (size_t p = 0; k->kind == CONFIG_PHASE && p < c->phase_count; p++)
            config_value_clear(k, &c->phases[p]);
    }
    for (size_t p = 0; p < c->phase_count; p++)
        free(c->phases[p].id);
    free(c->phases);
    for (size_t p = 0; p < c->notify_count; p++)
        free(c->notifies[p].name);
    free(c->notifies);
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
