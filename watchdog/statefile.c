#include "watchdog/statefile.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* "STATUS.md", or "STATUS-1c.md" of a phase. */
static bool named(const char *file, const char *base)
{
    size_t n = strlen(base), all = strlen(file);
    if (strncmp(file, base, n) != 0 || strchr(file, '/') || all < n + 3 || strcmp(file + all - 3, ".md") != 0)
        return false;
    return all == n + 3 || (file[n] == '-' && all > n + 4);
}

enum statefile statefile_of(const char *path, const char *state_path)
{
    static const struct {
        const char *base;
        enum statefile whose;
    } files[] = {{"STATUS", STATEFILE_BUILDER},
                 {"JOURNAL", STATEFILE_BUILDER},
                 {"BACKLOG", STATEFILE_BUILDER},
                 {"REVIEW", STATEFILE_ADVERSARY},
                 {"FINDINGS", STATEFILE_ADVERSARY}};
    size_t n = strlen(state_path);
    if (n && (strncmp(path, state_path, n) != 0 || path[n] != '/'))
        return STATEFILE_NONE;
    path += n ? n + 1 : 0;
    if (strncmp(path, "inbox/builder/", 14) == 0 || strncmp(path, "inbox/adversary/", 16) == 0)
        return STATEFILE_INBOX;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (named(path, files[i].base))
            return files[i].whose;
    return STATEFILE_NONE;
}
