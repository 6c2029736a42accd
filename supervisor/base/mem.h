/* Memory for the whole program: an allocation that fails ends the process (abort).
 * Why: the kernel overcommits, so a failed malloc of ours is a bug or the end of the machine; a dead watchdog loses
 * nothing (keepers live on and are adopted), a half-handled NULL might. */
#ifndef CCSUP_BASE_MEM_H
#define CCSUP_BASE_MEM_H
#include <stddef.h>

/* n bytes of zeroes; never NULL. The caller frees with free(). */
void *mem_zalloc(size_t n);
/* Resizes p (may be NULL) to count elements of size bytes; aborts on overflow. */
void *mem_resize(void *p, size_t count, size_t size);
/* Copies of a string, or of n bytes of one (NUL added); NULL gives NULL. The caller frees. */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);
/* Replaces *slot by a copy of s (NULL allowed) and frees what it held. */
void mem_set(char **slot, const char *s);
/* Makes cJSON use these rules too; once, at the start of each program. */
void mem_hook_cjson(void);

#endif
