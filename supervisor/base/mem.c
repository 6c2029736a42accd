#include "supervisor/base/mem.h"
#include <cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mem_zalloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p)
        abort();
    return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        abort();
    void *q = realloc(p, count && size ? count * size : 1);
    if (!q)
        abort();
    return q;
}

char *mem_strndup(const char *s, size_t n)
{
    if (!s)
        return NULL;
    char *p = mem_resize(NULL, n + 1, 1);
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

void mem_set(char **slot, const char *s)
{
    char *copy = mem_strdup(s);
    free(*slot);
    *slot = copy;
}

void mem_hook_cjson(void)
{
    cJSON_Hooks hooks = {.malloc_fn = mem_zalloc, .free_fn = free};
    cJSON_InitHooks(&hooks);
}
