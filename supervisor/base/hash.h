/* Small hashes: names of places, line identities, torn records. None is for security. */
#ifndef CCSUP_BASE_HASH_H
#define CCSUP_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bit (Fowler, Noll, Vo). */
uint64_t hash_fnv(const void *data, size_t n);
/* CRC-32 (IEEE 802.3, reflected), as in zip: tells a torn or damaged record. */
uint32_t hash_crc32(const void *data, size_t n);

#endif
