/* The texts that the program carries: prompts/NAME.md, agents/demo/NAME, launch.conf, supervisor/cli/ccsup.service; of
 * ccsup-git: supervisor/git/hook.sh. Made by cmake/embed.cmake. */
#ifndef CCSUP_SYS_EMBEDDED_H
#define CCSUP_SYS_EMBEDDED_H
#include <stddef.h>

struct embedded_file {
    const char *name; /* path from the source's root; NULL ends the table */
    const char *data; /* NUL-terminated, the NUL not counted in len */
    size_t len;
};

extern const struct embedded_file embedded_files[];
/* The entry of that name, or NULL. */
const struct embedded_file *embedded_find(const char *name);

#endif
