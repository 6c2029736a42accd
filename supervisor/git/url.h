/* The remote's address: which transport it means, and how it is shown. Refuses whatever git could take for an
 * option or for a transport that runs a program (ext::). */
#ifndef CCSUP_GIT_URL_H
#define CCSUP_GIT_URL_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum url_kind { URL_PATH, URL_FILE, URL_GIT, URL_HTTP, URL_SSH };

/* What git may use at all: the value of GIT_ALLOW_PROTOCOL. */
#define URL_PROTOCOLS "file:git:http:https:ssh"

/* True and *kind set for an absolute path, a file:, git:, http:, https: or ssh: address, and
 * [user@]host:path. */
bool url_check(const char *url, enum url_kind *kind, struct err *e);
/* The path of a URL_PATH or URL_FILE address, else NULL; the caller frees. */
char *url_local_path(const char *url, enum url_kind kind);
/* A copy of n bytes of text in which the user and secret of every address before an @ are three stars
 * (ssh://git@host keeps its user: that is no secret), escaped by vis, at most max bytes; the caller frees. */
char *url_redact(const char *text, size_t n, size_t max);

#endif
