/* One agent's output over its iterations, read forward: lines come out escaped and cut for a terminal; those of
 * Claude's stream-json as steps (agents/steps.h), unless they are asked for as they are. */
#ifndef CCSUP_CLI_LOGS_TAIL_H
#define CCSUP_CLI_LOGS_TAIL_H
#include "agents/steps.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/base/lines.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>
#include <stdint.h>

struct logs_tail {
    char *folder;       /* state/ROLE/iterations */
    const char *file;   /* "out.log" or "err.log" */
    const char *prefix; /* before each line, "" = none */
    long iteration;     /* that fd belongs to; 0 = none yet */
    int fd;             /* -1 = none */
    struct err why;     /* the newest can't be opened; "" = it can, or there is none */
    int64_t left;       /* bytes still to be read; -1 = all that comes */
    struct lines lines;
    const char *(*tone)(enum steps_tone); /* NULL = no colours */
    bool raw;                             /* stream-json as it is */
    bool past;                            /* the last steps are wanted, and not the last lines: all is to be read */
    bool torn;                            /* the next line's beginning is missing */
    struct steps steps;
    struct buf *out; /* borrowed: where finished lines go */
};

/* Ready at nothing; out must outlive t. tone: as steps_line takes it. Free with logs_tail_close. */
void logs_tail_init(struct logs_tail *t, const struct paths *p, const char *role, const char *file, const char *prefix,
                    bool raw, const char *(*tone)(enum steps_tone), struct buf *out);
/* Goes to the newest iteration, `last` lines before its end (-1 = to its beginning). bounded: reads only to what is its
 * end now, however fast it grows. A log of stream-json, of which steps are wanted: `past` is set, and it goes to its
 * beginning, or 64 MiB before its end, bounded. False: there is none. */
bool logs_tail_newest(struct logs_tail *t, int64_t last, bool bounded);
/* Goes to the iteration after this one, at its beginning, if there is one; a torn last line of the old one comes out
 * before. */
bool logs_tail_next(struct logs_tail *t);
/* Reads what is there, at most 256 KiB. False when nothing came. */
bool logs_tail_read(struct logs_tail *t);
/* Gives the last line though it has no end. */
void logs_tail_end(struct logs_tail *t);
void logs_tail_close(struct logs_tail *t);

#endif
