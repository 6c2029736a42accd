/* The certificate of a connection, out of libcurl's text. */
#ifndef CCSUP_HTTP_CERTIFICATE_H
#define CCSUP_HTTP_CERTIFICATE_H
#include "supervisor/http/fetch.h"
#include <curl/curl.h>

/* Fills x with that of the handle's last connection (the server's own, first in the chain); members stay NULL when
 * there was none. */
void certificate_read(struct fetch_certificate *x, CURL *c);
void certificate_clear(struct fetch_certificate *x);
/* "Dec 13 05:53:30 2026 GMT", as OpenSSL writes it -> seconds since 1970; 0 when it is no such time. */
int64_t certificate_time(const char *text);

#endif
