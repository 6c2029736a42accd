/* The keeper's socket: who is connected, the lines that they send, and the lines that they get. Lines are
 * short and peers local, so nothing is ever queued: a peer that does not read is dropped. */
#ifndef CCSUP_KEEP_PEERS_H
#define CCSUP_KEEP_PEERS_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PEERS_MAX = 8, PEERS_LINE = 256 };

struct peer {
    int fd; /* -1 = gone, until peers_forget */
    pid_t pid;
    bool preferred; /* the watchdog's: it is never dropped to make room */
    int64_t at;     /* clock_boot ms when it came or last said something */
    char in[PEERS_LINE];
    size_t n;
};

struct peers {
    int listen; /* -1 = closed */
    const char *path;
    struct peer at[PEERS_MAX];
    size_t n;
};

/* Listens on path (at most 107 bytes, mode 0600); a stale socket there is replaced: the caller holds the
 * role's lock, so nobody else serves it. path is borrowed. False and e set on failure. */
bool peers_listen(struct peers *p, const char *path, struct err *e);
/* Takes one new connection of our own user or root into *new. False: there is none. The caller hands it to peers_take
 * or peer_refuse. */
bool peers_accept(struct peers *p, struct peer *new);
/* Adds it. When all places are taken, a preferred one gets that of who was silent the longest; any other is refused and
 * dropped. Its place, or NULL. */
struct peer *peers_take(struct peers *p, const struct peer *new, bool preferred);
/* Makes it the one preferred peer; is there any? */
void peers_prefer(struct peers *p, struct peer *peer);
bool peers_preferred(const struct peers *p);
/* Says "refused WHY" and drops it. */
void peer_refuse(struct peer *peer, const char *why);
/* Reads what came; at its end or on nonsense the peer is dropped. */
void peer_read(struct peer *peer);
/* Takes the next whole line out of peer (without LF, NUL-terminated). False when there is none. */
bool peer_line(struct peer *peer, char line[PEERS_LINE]);
/* Sends one line (LF is added); a peer that does not take it is dropped. */
void peer_send(struct peer *peer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void peers_send(struct peers *p, const char *line);
/* Removes the dropped ones; to be called between two polls. Were there any? */
bool peers_forget(struct peers *p);
/* Removes the socket and closes everything. */
void peers_close(struct peers *p);

#endif
