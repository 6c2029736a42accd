/* Which checks there are: the built-in ones, then those of launch.conf. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/preflight.h"
#include <stdlib.h>
#include <string.h>

enum { QUICK_MS = 5000, SLOW_MS = 30000 };

static struct preflight_row *list_add(struct preflight_list *l)
{
    l->at = mem_resize(l->at, l->n + 1, sizeof *l->at);
    struct preflight_row *row = &l->at[l->n++];
    memset(row, 0, sizeof *row);
    row->fd = -1;
    buf_init(&row->answer, 1 << 16);
    return row;
}

static void list_built_in(struct preflight_list *l, bool only_start)
{
    static const struct {
        const char *id, *needs;
        bool start;
        enum preflight_end (*look)(struct preflight *p);
    } all[] = {
#define START true
#define LATER false
#define X(function, name, needed, when) {name, needed, when, preflight_##function},
        CHECKS_BUILT_IN(X)
#undef X
#undef START
#undef LATER
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (only_start && !all[i].start)
            continue;
        struct preflight_row *row = list_add(l);
        row->id = all[i].id;
        row->look = all[i].look;
        row->at_start = all[i].start;
        row->timeout = all[i].start ? QUICK_MS : SLOW_MS;
        /* The needs of the built-in ones are ids of the same table: found there, so that they have an end of their
         * own. */
        size_t needs = 0;
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            size_t n = strlen(all[k].id);
            for (const char *w = all[i].needs; *w; w += strcspn(w, " "), w += strspn(w, " "))
                if (strcspn(w, " ") == n && strncmp(w, all[k].id, n) == 0)
                    row->needs[needs++] = all[k].id;
        }
    }
}

static void list_configured(struct preflight_list *l, const struct config *c)
{
    static const struct {
        const char *type;
        enum preflight_end (*look)(struct preflight *p);
    } types[] = {
        {"http", preflight_type_http}, {"tcp", preflight_type_tcp}, {"tls", preflight_type_tls},
        {"dns", preflight_type_dns},   {"ssh", preflight_type_ssh}, {"command", preflight_type_command},
        {"file", preflight_type_file},
    };
    for (size_t i = 0; i < c->check_count; i++) {
        struct preflight_row *row = list_add(l);
        row->item = &c->checks[i];
        row->id = row->item->name;
        row->timeout = row->item->timeout;
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            if (strcmp(types[k].type, row->item->type) == 0)
                row->look = types[k].look;
        for (size_t k = 0; k < row->item->needs.n && k + 1 < sizeof row->needs / sizeof *row->needs; k++)
            row->needs[k] = row->item->needs.at[k];
    }
}

void preflight_list_make(struct preflight_list *l, const struct cli *cli, bool at_start)
{
    memset(l, 0, sizeof *l);
    list_built_in(l, at_start);
    if (!at_start && cli->have_config)
        list_configured(l, &cli->config);
}

void preflight_list_clear(struct preflight_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        buf_clear(&l->at[i].answer);
        free(l->at[i].said);
        free(l->at[i].fix);
    }
    free(l->at);
    memset(l, 0, sizeof *l);
}

struct preflight_row *preflight_list_find(const struct preflight_list *l, const char *id)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->at[i].id, id) == 0)
            return &l->at[i];
    return NULL;
}
