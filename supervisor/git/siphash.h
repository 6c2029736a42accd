/* SipHash-1-3: a keyed hash of lines. Why keyed: the lines are written by agents, and what a line's hash says
 * (who introduced it) must not be had by writing another line with the same hash. */
#ifndef CCSUP_GIT_SIPHASH_H
#define CCSUP_GIT_SIPHASH_H
#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t k[2];
};

uint64_t siphash(const struct siphash_key *key, const void *data, size_t n);

#endif
