#include "supervisor/config/notify.h"
#include <string.h>

static const struct {
    const char *word;
    int weight, burst;
} kinds[NOTIFY_KIND_COUNT] = {
#define X(name, word, weight, burst) {word, weight, burst},
    NOTIFY_KINDS(X)
#undef X
};

const char *notify_kind_word(enum notify_kind k)
{
    return kinds[k].word;
}

int notify_kind_find(const char *word)
{
    for (int k = 0; k < NOTIFY_KIND_COUNT; k++)
        if (strcmp(kinds[k].word, word) == 0)
            return k;
    return -1;
}

int notify_kind_weight(enum notify_kind k)
{
    return kinds[k].weight;
}

int notify_kind_burst(enum notify_kind k)
{
    return kinds[k].burst;
}
