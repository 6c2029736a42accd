#include "supervisor/sys/marker.h"
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

bool marker_owner(const char *state, const char *role, char out[MARKER_OWNER + 1])
{
    struct stat st;
    out[0] = '\0';
    if (stat(state, &st) != 0)
        return false;
    /* Inodes differ within one file system, and mostly differ in their lower half; new file systems all begin with the
     * same ones. The factor spreads the few numbers that devices have (Knuth's multiplicative hash). */
    uint64_t ino = (uint64_t)st.st_ino, n = ino ^ ino >> 32 ^ (uint64_t)st.st_dev * 2654435761U;
    /* "builder" and "adversary" begin with hex digits. */
    snprintf(out, MARKER_OWNER + 1, "%08x%c", (unsigned)(n & 0xFFFFFFFFU), role[0]);
    return true;
}
