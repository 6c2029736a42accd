#include "supervisor/config/keys.h"
#include <string.h>

const struct config_section_info config_sections[CONFIG_KINDS] = {
#define X(kind, name, type, what, help) {#name, what, help},
    CONFIG_SECTIONS(X)
#undef X
};

/* The struct that holds the fields of a section's keys. */
#define X(kind, name, type, what, help) typedef type config_struct_##kind;
CONFIG_SECTIONS(X)
#undef X

const struct config_key config_key_table[CONFIG_KEY_COUNT] = {
#define X(kind, key, field, type, min, max, def, help)                                                                 \
    {CONFIG_##kind, #key, offsetof(config_struct_##kind, field), CONFIG_##type, min, max, def, help},
    CONFIG_KEYS(X)
#undef X
};

int config_kind_find(const char *name)
{
    for (int i = 0; i < CONFIG_KINDS; i++)
        if (strcmp(config_sections[i].name, name) == 0)
            return i;
    return -1;
}

int config_key_find(enum config_kind kind, const char *name)
{
    for (int i = 0; i < CONFIG_KEY_COUNT; i++)
        if (config_key_table[i].kind == kind && strcmp(config_key_table[i].name, name) == 0)
            return i;
    return -1;
}

enum { SPELL_MAX = 32 };

static char spell_fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '-' ? '_' : c;
}

/* How many insertions, deletions, replacements and swaps of neighbours make b of a (Damerau's distance,
 * restricted: no piece is changed twice), case and - for _ free; SPELL_MAX when either is too long to be a
 * misspelt name. */
static size_t spell_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n >= SPELL_MAX || m >= SPELL_MAX)
        return SPELL_MAX;
    size_t d[SPELL_MAX][SPELL_MAX];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            char x = spell_fold(a[i - 1]), y = spell_fold(b[j - 1]);
            size_t best = d[i - 1][j - 1] + (x != y);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && x == spell_fold(b[j - 2]) && spell_fold(a[i - 2]) == y && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

/* Near enough to be a slip: one in three letters, at most 3. */
static bool spell_near(const char *wrong, const char *right, size_t *best)
{
    size_t d = spell_distance(wrong, right), allowed = (strlen(right) + 2) / 3;
    if (d > (allowed > 3 ? 3 : allowed) || d >= *best)
        return false;
    *best = d;
    return true;
}

void config_kind_write(struct buf *b, enum config_kind kind)
{
    const char *what = config_sections[kind].what;
    buf_addf(b, "[%s%s%s]", config_sections[kind].name, *what ? " " : "", what);
}

void config_key_suggest(struct buf *b, enum config_kind kind, const char *name)
{
    size_t best = SPELL_MAX;
    const struct config_key *near = NULL, *other = NULL;
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *k = &config_key_table[i];
        if (k->kind == kind && spell_near(name, k->name, &best))
            near = k;
        if (k->kind != kind && !other && strcmp(k->name, name) == 0)
            other = k;
    }
    if (other) {
        buf_adds(b, "; it belongs under ");
        config_kind_write(b, other->kind);
    } else if (near) {
        buf_addf(b, "; did you mean '%s'?", near->name);
    } else {
        const char *sep = "; there are ";
        for (int i = 0; i < CONFIG_KEY_COUNT; i++)
            if (config_key_table[i].kind == kind) {
                buf_addf(b, "%s%s", sep, config_key_table[i].name);
                sep = ", ";
            }
    }
}

int config_kind_suggest(struct buf *b, const char *name)
{
    size_t best = SPELL_MAX;
    int near = -1;
    for (int i = 0; i < CONFIG_KINDS; i++)
        if (spell_near(name, config_sections[i].name, &best))
            near = i;
    buf_adds(b, near < 0 ? "; there are " : "; did you mean ");
    for (int i = 0; i < CONFIG_KINDS; i++)
        if (near < 0 || i == near) {
            buf_adds(b, near < 0 && i ? " " : "");
            config_kind_write(b, (enum config_kind)i);
        }
    buf_adds(b, near < 0 ? "" : "?");
    return near;
}

const char *config_type_example(enum config_type type)
{
    static const char *const examples[CONFIG_TYPE_COUNT] = {
#define X(type, family, check, help, example) example,
        CONFIG_TYPES(X)
#undef X
    };
    return examples[type];
}

char *config_key_default(const struct config_key *k, const char *role)
{
    struct buf b;
    buf_init(&b, 0);
    for (const char *p = k->def ? k->def : ""; *p;) {
        bool slot = strncmp(p, "{role}", 6) == 0;
        buf_add(&b, slot ? role : p, slot ? strlen(role) : 1);
        p += slot ? 6 : 1;
    }
    return buf_take(&b);
}
