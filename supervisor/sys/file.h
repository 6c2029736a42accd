/* Files: read whole with a cap, replaced atomically, folders made. Every descriptor is O_CLOEXEC. */
#ifndef CCSUP_SYS_FILE_H
#define CCSUP_SYS_FILE_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Appends the whole regular file to b. False and e set, b as it was, when it is missing, no regular file, or over max
 * bytes (or over b's own cap). */
bool file_read(const char *path, size_t max, struct buf *b, struct err *e);
/* Opens a regular file for reading, never waiting for it and following no link at its end; -1 and e set when that is
 * missing or something else (a FIFO would keep its reader until somebody writes). The caller closes. */
int file_open(const char *path, struct err *e);
/* Opens a regular file as flags (open(2)) say, mode 0600 where it is made, never waiting for it and following no link
 * at its end; -1 and e set where it can't be, or something else stands there: a FIFO would take some words, and then
 * stop us. The caller closes. */
int file_open_ours(const char *path, int flags, struct err *e);
/* Offset of the next byte at or after `at` that is stored, or the file's size where only a hole follows: what is in
 * between reads as zeros. `at` where that can't be told, or beyond the end. */
int64_t file_data(int fd, int64_t at);
/* Replaces path by n bytes: written beside it, renamed over it; readers see the old or the new, never a part. sync:
 * also on the disk when this returns (fsync of file and folder). On failure the old file stands. */
bool file_replace(const char *path, const void *data, size_t n, mode_t mode, bool sync, struct err *e);
/* Makes n bytes the whole content of path in place: for who sees to it that nobody reads it meanwhile. On failure it
 * holds a part. */
bool file_put(const char *path, const void *data, size_t n, mode_t mode, struct err *e);
/* Writes all n bytes to fd, over EINTR and short writes. */
bool file_write_all(int fd, const void *data, size_t n);
/* Makes path and what is missing above it, with that mode. True when it is there in the end. */
bool file_mkdirs(const char *path, mode_t mode, struct err *e);
bool file_exists(const char *path);
/* Removes path and the whole tree below it, whatever its depth and rights; never follows a symlink, never empties what
 * is mounted inside. True when it is gone (or never was there). */
bool file_remove_tree(const char *path);
/* dir/name as a new string; the caller frees. */
char *file_join(const char *dir, const char *name);
/* A new formatted string; the caller frees. */
char *file_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
