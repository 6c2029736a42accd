/* A growing byte buffer with a cap. Always NUL-terminated after the first use; what goes past the cap is dropped
 * and remembered in `full`, so that no text of an agent can grow without bound. */
#ifndef CCSUP_BASE_BUF_H
#define CCSUP_BASE_BUF_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* owned; NULL while empty and never written */
    size_t len;
    size_t cap;
    size_t max; /* bytes of content at most; 0 = no cap */
    bool full;  /* something was dropped */
};

void buf_init(struct buf *b, size_t max);
/* Frees the content; the buffer may be used again. */
void buf_clear(struct buf *b);
/* Appends n bytes / a string / a formatted text. False when the cap dropped a part. */
bool buf_add(struct buf *b, const void *data, size_t n);
bool buf_adds(struct buf *b, const char *s);
bool buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* The content as a string, never NULL; owned by the buffer. */
const char *buf_str(const struct buf *b);
/* Hands the content to the caller (never NULL, caller frees) and leaves the buffer empty. */
char *buf_take(struct buf *b);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

#endif
