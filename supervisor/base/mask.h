/* Secrets in a text made unreadable: what a probe, a server or a program says may be shown, written into logs and put
 * into prompts. A net for what should not be there at all, not a promise that it finds everything. */
#ifndef CCSUP_BASE_MASK_H
#define CCSUP_BASE_MASK_H
#include <stddef.h>

/* A copy of n bytes in which "***" stands for: user and password of a URL (scheme://user:password@host); the value
 * behind a name that ends in token, secret, password, passwd, pwd, apikey, api_key, api-key, access_key, credential(s)
 * or authorization and a ':' or '=', also with a scheme word (Bearer, Basic, token) before it; what follows Bearer or
 * Basic; and words that begin as well-known keys do (ghp_ gho_ ghs_ github_pat_ glpat- sk-ant- xoxb- AKIA). The caller
 * frees. */
char *mask_dup(const char *s, size_t n);

#endif
