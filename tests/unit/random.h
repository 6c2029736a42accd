/* Numbers for property tests: the same on each run, so that what fails once fails again. */
#ifndef CCSUP_TESTS_RANDOM_H
#define CCSUP_TESTS_RANDOM_H
#include <stdint.h>

struct random {
    uint64_t x; /* any seed */
};

/* 0 <= result < below. SplitMix64, whose every seed is good. */
static inline uint32_t random_below(struct random *r, uint32_t below)
{
    uint64_t z = r->x += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

#endif
