/* Rules over several keys or sections of launch.conf. */
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/base/web.h"
#include "supervisor/config/part.h"
#include "supervisor/config/value.h"
#include <stdlib.h>
#include <string.h>

static bool part_good(const struct config_part *p, const char *key)
{
    return !p->bad[config_part_key(p, key)];
}

/* The line to send someone to for a key: its own, or its section's when the default holds. */
static int part_line(const struct config_part *p, const char *key)
{
    int line = p->at[config_part_key(p, key)];
    return line ? line : p->line;
}

static int64_t part_number(struct config_draft *d, const struct config_part *p, const char *key)
{
    const struct config_key *k = &config_key_table[config_part_key(p, key)];
    return *(const int64_t *)((const char *)config_part_base(d, p) + k->offset);
}

/* small <= large, both durations of one section; reported where one of them was given. */
static void check_order(struct config_draft *d, const struct config_part *p, const char *small, const char *large)
{
    if (!part_good(p, small) || !part_good(p, large) || part_number(d, p, small) <= part_number(d, p, large))
        return;
    int at = p->at[config_part_key(p, large)];
    struct buf a, b;
    buf_init(&a, 0);
    buf_init(&b, 0);
    config_value_number(&a, CONFIG_DURATION, part_number(d, p, small));
    config_value_number(&b, CONFIG_DURATION, part_number(d, p, large));
    config_report_add(&d->report, at ? at : part_line(p, small),
                      "%s (%s%s) is shorter than %s (%s); write %s = %s or more", large, buf_str(&b),
                      at ? "" : ", the default", small, buf_str(&a), large, buf_str(&a));
    buf_clear(&a);
    buf_clear(&b);
}

/* Required keys of sections that are not there at all. */
static void check_missing(struct config_draft *d)
{
    for (size_t i = 0; i < d->part_count; i++) {
        const struct config_part *p = &d->parts[i];
        for (int k = 0; !p->line && !d->doubt[p->kind] && k < CONFIG_KEY_COUNT; k++)
            if (config_key_table[k].kind == p->kind && !config_key_table[k].def)
                config_report_add(&d->report, 0, "there is no section [%s]; write [%s] and under it %s = %s",
                                  config_sections[p->kind].name, config_sections[p->kind].name,
                                  config_key_table[k].name, config_type_example(config_key_table[k].type));
    }
}

/* Exactly one agent a role, and no name that says the other role. */
static void check_roles(struct config_draft *d)
{
    const struct config_part *first[ROLES] = {NULL};
    bool sure = !d->doubt[CONFIG_AGENT]; /* each section's role is known */
    for (size_t i = 0; i < d->part_count; i++) {
        const struct config_part *p = &d->parts[i];
        if (p->kind != CONFIG_AGENT)
            continue;
        int named = role_parse(p->name), role = d->agents[p->index].role;
        if (!part_good(p, "role")) {
            sure = false;
        } else if (first[role]) {
            config_report_add(&d->report, part_line(p, "role"),
                              "[agent %s] is a second %s after [agent %s] in line %d; "
                              "there is one agent a role, write role = %s or remove a section",
                              p->name, role_name((enum role)role), first[role]->name, first[role]->line,
                              role_name((enum role) !role));
        } else {
            first[role] = p;
            if (named >= 0 && named != role)
                config_report_add(&d->report, part_line(p, "role"), "[agent %s] has role = %s; give it another name",
                                  p->name, role_name((enum role)role));
        }
    }
    for (int r = 0; sure && r < ROLES; r++)
        if (!first[r])
            config_report_add(&d->report, 0,
                              "there is no %s; write a section [agent %s] with role = %s and claude = claude",
                              role_name((enum role)r), role_name((enum role)r), role_name((enum role)r));
}

/* Who wrote a line is told by e-mail: the two agents' and the operators' must be different ones. Capitals do
 * not count here, although they do when a commit is judged: a server may fold them. */
static void check_emails(struct config_draft *d)
{
    const struct config_part *repo = NULL, *first = NULL;
    for (size_t i = 0; i < d->part_count; i++)
        if (d->parts[i].kind == CONFIG_REPO)
            repo = &d->parts[i];
    for (size_t i = 0; i < d->part_count; i++) {
        const struct config_part *p = &d->parts[i];
        if (p->kind != CONFIG_AGENT || !part_good(p, "git_email") || !part_good(p, "role"))
            continue;
        const char *email = d->agents[p->index].git_email;
        const struct config_agent *other = first ? &d->agents[first->index] : NULL;
        if (other && other->role != d->agents[p->index].role && strcasecmp(other->git_email, email) == 0)
            config_report_add(&d->report, part_line(p, "git_email"),
                              "git_email is that of [agent %s] too; the roles are "
                              "told apart by it, write another",
                              first->name);
        first = first ? first : p;
        for (size_t k = 0; repo && part_good(repo, "operators") && k < d->c.operators.n; k++)
            if (strcasecmp(d->c.operators.at[k], email) == 0)
                config_report_add(&d->report, part_line(repo, "operators"),
                                  "operators holds %s, the address of [agent %s]; "
                                  "an agent is no operator, remove it",
                                  email, p->name);
    }
}

/* No two phases with one plan. */
static void check_plans(struct config_draft *d)
{
    for (size_t i = 0; i < d->part_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct config_part *a = &d->parts[k], *b = &d->parts[i];
            if (a->kind != CONFIG_PHASE || b->kind != CONFIG_PHASE || !part_good(a, "plan") || !part_good(b, "plan"))
                continue;
            const char *plan = d->c.phases[b->index].plan;
            if (strcmp(d->c.phases[a->index].plan, plan) != 0)
                continue;
            config_report_add(&d->report, part_line(b, "plan"),
                              "plan: '%s' is the plan of [phase %s] too (line %d); each "
                              "phase has a file of its own",
                              plan, a->name, part_line(a, "plan"));
            break;
        }
}

/* A sweep as long as the window would wake the Adversary for ever. Not given, it follows a shorter window. */
static void check_sweep(struct config_draft *d, const struct config_part *p)
{
    if (!part_good(p, "window") || !part_good(p, "sweep"))
        return;
    if (!p->at[config_part_key(p, "sweep")] && d->c.sweep > d->c.window / 4)
        d->c.sweep = d->c.window / 4;
    if (d->c.sweep < d->c.window)
        return;
    struct buf b;
    buf_init(&b, 0);
    config_value_number(&b, CONFIG_DURATION, d->c.window);
    config_report_add(&d->report, part_line(p, "sweep"),
                      "sweep is not shorter than window (%s): every PASS would be due "
                      "at once; write a quarter of window or less",
                      buf_str(&b));
    buf_clear(&b);
}

/* A waiver of what nobody asks for is a slip. */
static void check_waivers(struct config_draft *d)
{
    for (size_t i = 0; i < d->part_count; i++)
        if ((d->parts[i].kind == CONFIG_DONE || d->parts[i].kind == CONFIG_PHASE) &&
            !part_good(&d->parts[i], "criteria"))
            return;
    for (size_t i = 0; i < d->c.waivers.n; i++) {
        const struct config_waiver *w = &d->c.waivers.at[i];
        bool known = words_have(&d->c.criteria, w->id);
        for (size_t k = 0; k < d->c.phase_count; k++)
            known = known || words_have(&d->c.phases[k].criteria, w->id);
        char *shown = vis_dup(w->id, strlen(w->id), 60);
        if (!known)
            config_report_add(&d->report, w->line,
                              "waive: '%s' is no criterion; write one of `criteria`, exactly as there", shown);
        free(shown);
    }
}

/* Nothing can be left alive in a namespace that ends with the iteration. */
static void check_leftovers(struct config_draft *d, const struct config_part *p)
{
    if (!part_good(p, "fence") || !part_good(p, "leftovers"))
        return;
    const struct config_agent *a = &d->agents[p->index];
    if (strcmp(a->fence, "pidns") == 0 && strcmp(a->leftovers, "keep") == 0)
        config_report_add(&d->report, part_line(p, "leftovers"),
                          "leftovers = keep is impossible with fence = pidns (line %d): that namespace ends with the "
                          "iteration; write fence = cgroup or leftovers = kill",
                          part_line(p, "fence"));
}

/* What is run: Claude, or some other program. */
static void check_program(struct config_draft *d, const struct config_part *p)
{
    if (!part_good(p, "claude") || !part_good(p, "command"))
        return;
    const struct config_agent *a = &d->agents[p->index];
    bool claude = *a->claude.program, command = a->command.n > 0;
    if (claude && command)
        config_report_add(&d->report, part_line(p, "command"),
                          "both claude (line %d) and command are given; write claude for Claude Code, command for any "
                          "other program",
                          part_line(p, "claude"));
    else if (!claude && !command)
        config_report_add(&d->report, p->line,
                          "[agent %s] names no program; write claude = claude, or command = and a program of your own",
                          p->name);
}

/* A receiver is an address or a command; a token goes to an address, and is read by nobody on its way. */
static void check_notify(struct config_draft *d, const struct config_part *p)
{
    const struct config_notify *n = &d->c.notifies[p->index];
    if (!part_good(p, "url") || !part_good(p, "command") || !part_good(p, "token_file") || !part_good(p, "token_env"))
        return;
    bool url = *n->url, command = n->command.n > 0, token = *n->token_file || *n->token_env;
    const char *of = *n->token_file ? "token_file" : "token_env";
    if (url == command)
        config_report_add(&d->report, url ? part_line(p, "command") : p->line,
                          url ? "[notify %s] has both url and command; give each a section of its own"
                              : "[notify %s] has neither url nor command; write url = https://host/path",
                          p->name);
    else if (*n->token_file && *n->token_env)
        config_report_add(&d->report, part_line(p, "token_env"),
                          "both token_file (line %d) and token_env are given; remove one of them",
                          part_line(p, "token_file"));
    else if (token && !url)
        config_report_add(&d->report, part_line(p, of),
                          "%s goes with url; a command reads its own secrets, so remove the line", of);
    else if (token && strncmp(n->url, "https://", 8) != 0 && !web_here(n->url))
        config_report_add(&d->report, part_line(p, of), "%s would be sent unencrypted (url, line %d); write https://",
                          of, part_line(p, "url"));
    if (n->deadman && n->deadman < CONFIG_SECONDS(1) && part_good(p, "deadman"))
        config_report_add(&d->report, part_line(p, "deadman"),
                          "deadman is shorter than a second; write 5m, or 0 for none");
    else if (n->deadman && part_good(p, "deadman") && part_good(p, "events") && !words_have(&n->events, "all"))
        config_report_add(&d->report, part_line(p, "events"),
                          "events and deadman (line %d) do not go together: who is called while all is well gets no "
                          "events; write a second section",
                          part_line(p, "deadman"));
}

void config_check(struct config_draft *d)
{
    check_missing(d);
    check_roles(d);
    check_emails(d);
    check_plans(d);
    check_waivers(d);
    config_check_checks(d);
    for (size_t i = 0; i < d->part_count; i++) {
        const struct config_part *p = &d->parts[i];
        if (p->kind == CONFIG_AGENT) {
            check_order(d, p, "pace", "wake_every");
            check_order(d, p, "restart_delay", "restart_delay_max");
            check_leftovers(d, p);
            check_program(d, p);
        } else if (p->kind == CONFIG_NOTIFY) {
            check_notify(d, p);
        } else if (p->kind == CONFIG_DONE) {
            check_sweep(d, p);
        }
    }
}
