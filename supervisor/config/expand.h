/* ${NAME} in a value -> what the environment holds; $${ stands for a literal ${. What is put in is not read
 * again. */
#ifndef CCSUP_CONFIG_EXPAND_H
#define CCSUP_CONFIG_EXPAND_H
#include "supervisor/base/err.h"
#include "supervisor/config/config.h"

/* Appends text with variables replaced. False and e set ("what; instead") when one is unset or empty,
 * misspelt, or holds control bytes or ill-formed UTF-8. The value itself never appears in e: it may be a
 * secret. */
bool config_expand(struct buf *out, const char *text, config_env_fn env, void *arg, struct err *e);
/* Appends text so that config_expand gives it back. */
void config_expand_quote(struct buf *out, const char *text);

#endif
