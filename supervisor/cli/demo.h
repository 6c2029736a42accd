/* The parts of `ccsup demo` (demo.c), which nobody else uses: what happened so far, told from the run's own
 * records, and what is left of it in /proc. */
#ifndef CCSUP_CLI_DEMO_H
#define CCSUP_CLI_DEMO_H
#include "agents/role.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/sys/paths.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct story_event {
    int64_t at; /* wall clock, ms; of a commit: a whole second */
    int rank;   /* among those of one second */
    char *text; /* escaped, one line; owned */
};

/* The run as sentences, in the order of time within each look. Zeroed = nothing happened yet. */
struct story {
    struct story_event *events;
    size_t count;
    char last[41];       /* the last commit that was told; "" = none */
    int seen[ROLES];     /* the highest iteration whose end was told */
    int64_t fell[ROLES]; /* when the role's last iteration ended without being asked to and badly; 0 = it did
                            not */
    int restarts;        /* iterations that came after such an end */
};

void story_add(struct story *s, int64_t at, const char *text);
/* Adds what the output of `git log --reverse --format=%H%x09%ct%x09%ae%x09%s` tells. */
void story_commits(struct story *s, const char *log, size_t n);
/* Adds what the iterations' records under state/ROLE/iterations tell: bad ends, and the starts after them. */
void story_iterations(struct story *s, const struct paths *p);
/* Appends "+4 s  text" and a newline for each event from the one of index `from` on. */
void story_tell(const struct story *s, size_t from, int64_t started, struct buf *out);
void story_clear(struct story *s);

/* Counts the living processes of the run: holders of its locks; whoever carries the marker of one of its
 * iterations; and whoever was started after `since` (clock ticks since boot), has no terminal, and has its
 * working directory, its program or an open file under dir or an agent's TMPDIR. Appends a line for each to
 * names (may be NULL). */
int demo_left(const struct paths *p, const char *dir, uint64_t since, struct buf *names);

/* Where everything of one demo lies. Zeroed but for `given` before demo_scratch_make. */
struct demo_scratch {
    const char *given; /* of --dir, which must be new or empty; NULL = a new folder under $TMPDIR or /tmp */
    char *dir;         /* absolute; owned, freed by the caller */
    bool made;         /* the folder itself is ours, not only what is in it */
};

/* Makes the folder, writes the two loops, their launch.conf and plan into it, and sets the environment by
 * which our child processes find them. False and e set when it could not; then nothing of ours is left. */
bool demo_scratch_make(struct demo_scratch *s, struct err *e);
/* Removes all that is in it, and the folder itself if it is ours. */
bool demo_scratch_remove(const struct demo_scratch *s);

/* Child processes of the demo, and its naps between two looks. */
struct demo_children {
    sigset_t mine; /* blocked while the demo runs: INT TERM HUP CHLD, taken by demo_nap */
    sigset_t old;
    int caught; /* the first INT, TERM or HUP; 0 = none */
};

void demo_children_init(struct demo_children *c);
/* Gives the signals back as they were. */
void demo_children_clear(struct demo_children *c);
/* Sleeps up to ms, less when a signal comes. */
void demo_nap(struct demo_children *c, int64_t ms);
/* Runs a program (looked up on PATH) with stdin from /dev/null and stdout and stderr into the file `out`, in
 * a process group of its own, so that Ctrl-C reaches it only through the demo. Its exit code, 128 + signal;
 * 127 when it could not be run; 124 when it took longer than limit ms and was killed. */
int demo_child(struct demo_children *c, char *const argv[], const char *out, int64_t limit);

#endif
