/* Why a request failed: a code for the program that asked, a sentence for the person who reads the status. */
#ifndef CCSUP_GIT_TROUBLE_H
#define CCSUP_GIT_TROUBLE_H

/* The codes of docs/interfaces.md. MIRROR is ours alone: the mirror is suspect, try again or make it anew; it
 * leaves this program as "local". */
#define TROUBLE_CODES(X)                                                                                               \
    X(NONE, "none")                                                                                                    \
    X(TIMEOUT, "timeout")                                                                                              \
    X(UNREACHABLE, "unreachable")                                                                                      \
    X(AUTH, "auth")                                                                                                    \
    X(NOT_FOUND, "not-found")                                                                                          \
    X(NO_BRANCH, "no-branch")                                                                                          \
    X(NO_PLAN, "no-plan")                                                                                              \
    X(SERVER, "server")                                                                                                \
    X(LOCAL, "local")                                                                                                  \
    X(BUSY, "busy")                                                                                                    \
    X(REQUEST, "request")                                                                                              \
    X(REFUSED, "refused")                                                                                              \
    X(MOVED, "moved")                                                                                                  \
    X(MIRROR, "local")

enum trouble_code {
#define X(name, text) TROUBLE_##name,
    TROUBLE_CODES(X)
#undef X
};

struct trouble {
    enum trouble_code code;
    char text[800]; /* "" = none; escaped, without credentials */
};

/* Sets code and sentence, replacing what was there. The arguments are ours or already escaped and redacted;
 * the text is cut, never overrun. Returns false, so that a caller can return the failure at once. */
_Bool trouble_set(struct trouble *t, enum trouble_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const char *trouble_code_name(enum trouble_code code); /* "timeout" "not-found" ... */

#endif
