/* One iteration's folder: STATE/ROLE/iterations/000042, made once and never reused. */
#ifndef CCSUP_KEEP_ITERATION_H
#define CCSUP_KEEP_ITERATION_H
#include "supervisor/base/err.h"
#include "supervisor/keep/fence.h"
#include "supervisor/keep/options.h"
#include <stdbool.h>
#include <stdint.h>

struct iteration {
    int64_t number;
    char *dir;        /* owned */
    int in, out, err; /* prompt.md for reading; out.log and err.log for appending; all O_CLOEXEC */
};

/* The highest iteration of the role there is, 0 when none; -1 and e set when it can't be told. */
int64_t iteration_last(const struct options *o, struct err *e);
/* Path of one iteration's folder; the caller frees. */
char *iteration_dir(const struct options *o, int64_t number);
/* Makes that iteration, which must not exist, of the folder STATE/ROLE/next and the prompt in it: opens the logs,
 * writes keep.json, which names the fence too, and renames the folder, so an iteration is there whole or not at all.
 * False and e set on failure; then there is none, and it->dir is NULL. */
bool iteration_make(struct iteration *it, const struct options *o, const struct fence *f, int64_t number,
                    struct err *e);
/* Makes STATE/ROLE/next with empty files, for the next keeper: on some disks making five files takes longer than
 * everything else at a start. That one makes what is missing, so a failure needs no word. */
void iteration_prepare(const struct options *o);
void iteration_clear(struct iteration *it);

/* What an earlier keeper wrote about itself in keep.json. */
struct iteration_keeper {
    bool there;      /* there is a keep.json: it may have started something */
    char run_id[33]; /* "" = no (whole) keep.json */
    char boot_id[37];
    char user[256];    /* that its agent ran as, "" = its own */
    char cgroup[1024]; /* folder of its agent's control group, "" = none */
    uint64_t starttime;
    int64_t created_at;
};
/* Fills k from dir/keep.json; all but `there` is zero when that is missing or damaged. */
void iteration_keeper(const char *dir, struct iteration_keeper *k);

#endif
