#include "watchdog/ticks.h"
#include "supervisor/base/mem.h"
#include <stdlib.h>
#include <string.h>

void ticks_add(struct ticks *k, struct tick run, size_t length)
{
    if (length >= TICKS_MAX)
        return;
    if (k->n == k->room) {
        k->room = k->room ? k->room * 2 : 64;
        k->at = mem_resize(k->at, k->room, sizeof *k->at);
    }
    run.length = (uint8_t)length;
    k->at[k->n++] = run;
}

void ticks_end(struct ticks *k, void (*inside)(void *arg, size_t from, size_t to), void *arg)
{
    size_t last[TICKS_MAX] = {0}; /* behind the last run of that length; so no search is in vain */
    if (!k->n)
        return;
    for (size_t i = 0; i < k->n; i++)
        last[k->at[i].length] = i + 1;
    for (size_t i = 0; i < k->n; i++) {
        const struct tick *open = &k->at[i];
        size_t length = open->length - (open->escaped ? 1u : 0u), from = i;
        if (open->inert || !length || last[length] <= i + 1)
            continue;
        do
            i++;
        while (k->at[i].length != length);
        if (k->at[i].line > k->at[from].line)
            inside(arg, open->line + (open->first ? 0 : 1), k->at[i].line);
    }
    k->n = 0;
}

void ticks_clear(struct ticks *k)
{
    free(k->at);
    memset(k, 0, sizeof *k);
}
