/* One value: text of launch.conf <-> field of struct config, for each type of keys.h. */
#ifndef CCSUP_CONFIG_VALUE_H
#define CCSUP_CONFIG_VALUE_H
#include "supervisor/base/err.h"
#include "supervisor/config/keys.h"

enum { CONFIG_VALUE_MAX = 3900 }; /* bytes of a value as config_value_write writes it, so that its line can be read */

/* May the key be given several times, each adding to its field? */
bool config_value_repeats(const struct config_key *k);
/* Sets the key's field in the section's struct at base (what the field held is freed; what a key that repeats held
 * stays). False and e set, without the key's name: "'30' is no duration; write ..."; the field may then hold anything
 * that can be freed. */
bool config_value_read(const struct config_key *k, void *base, const char *text, config_env_fn env, void *arg,
                       struct err *e);
/* Appends the field as it would be written in the file behind `KEY = `; of a key that repeats with its further
 * lines. */
void config_value_write(struct buf *b, const struct config_key *k, const void *base);
/* Frees the field. */
void config_value_clear(const struct config_key *k, void *base);
/* Appends a number of the key's type (ms, bytes, plain) as it would be written. */
void config_value_number(struct buf *b, enum config_type type, int64_t n);

#endif
