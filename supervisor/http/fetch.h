/* One HTTP request, or one TLS handshake, by libcurl. docs/interfaces.md, "ccsup-http". */
#ifndef CCSUP_HTTP_FETCH_H
#define CCSUP_HTTP_FETCH_H
#include "supervisor/base/buf.h"
#include "supervisor/base/words.h"
#include <stdbool.h>
#include <stdint.h>

/* Why there is no answer. */
#define FETCH_TROUBLES(X)                                                                                              \
    X(NONE, "none")               /* there is one */                                                                   \
    X(REQUEST, "request")         /* the request itself: its URL, a header, a file */                                  \
    X(RESOLVE, "resolve")         /* no address for the name */                                                        \
    X(REFUSED, "refused")         /* nobody listens there */                                                           \
    X(UNREACHABLE, "unreachable") /* no way there, or the connection broke */                                          \
    X(TIMEOUT, "timeout")         /* too slow */                                                                       \
    X(TLS, "tls")                 /* no TLS with it, or a certificate that can't be trusted */                         \
    X(PROTOCOL, "protocol")       /* what answers does not speak HTTP */
enum fetch_trouble {
#define X(name, word) FETCH_##name,
    FETCH_TROUBLES(X)
#undef X
};

struct fetch_request {
    char *url;    /* http:// or https:// */
    char *method; /* GET HEAD POST PUT */
    struct words headers;
    char *body; /* NULL = none */
    char *ca;   /* file of certificates to trust instead of the system's; "" = the system's */
    int64_t timeout_ms, body_max;
    bool connect;     /* only connect, for TLS only the handshake */
    char *connect_to; /* HOST:PORT to connect to instead of the URL's; "" = the URL's */
};

/* A certificate as the server showed it. */
struct fetch_certificate {
    char *subject, *issuer, *names; /* names: "DNS:a.example, DNS:*.a.example" */
    char *pem;
    int64_t begins, expires; /* seconds; 0 = not known */
};

struct fetch_answer {
    enum fetch_trouble trouble;
    char text[512]; /* why, for people: no URL in it */
    long status;    /* 0 with connect */
    struct buf body;
    bool cut;            /* the body was longer than body_max */
    int64_t retry_after; /* seconds, 0 = not said */
    int64_t date;        /* the server's clock, seconds since 1970, 0 = not said */
    int64_t ms;
    struct fetch_certificate certificate; /* members NULL: none was seen */
    bool trusted;                         /* it was verified */
};

/* Carries it out; blocks for timeout_ms at most. Never follows a redirect: a header with a token would go to another
 * host. A certificate that is not trusted is looked at once more, without headers and body, so that it can be told. */
void fetch(struct fetch_answer *a, const struct fetch_request *r);
void fetch_clear(struct fetch_answer *a);
const char *fetch_trouble_word(enum fetch_trouble t);

#endif
