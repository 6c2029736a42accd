/* Small hashes: names of places, line identities, torn records. None is for security. */
#ifndef CCSUP_BASE_HASH_H
#define CCSUP_BASE_HASH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bit (Fowler, Noll, Vo). */
uint64_t hash_fnv(const void *data, size_t n);
/* A hash as text, 16 hexadecimal digits, for JSON: 64 bits don't fit a number of it. */
void hash_hex(uint64_t hash, char out[17]);
/* And back. False: it is no such text. */
bool hash_parse(const char *text, uint64_t *hash);
/* CRC-32 (IEEE 802.3, reflected), as in zip: tells a torn or damaged record. */
uint32_t hash_crc32(const void *data, size_t n);

#endif
