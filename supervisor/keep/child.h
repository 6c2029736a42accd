/* The agent's first process: how it is started, and why it could not be. */
#ifndef CCSUP_KEEP_CHILD_H
#define CCSUP_KEEP_CHILD_H
#include "supervisor/keep/fence.h"
#include "supervisor/keep/iteration.h"
#include "supervisor/keep/options.h"
#include "supervisor/keep/user.h"
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Which step on the way to the program failed. */
enum child_step { CHILD_NONE, CHILD_FORK, CHILD_FENCE, CHILD_STDIO, CHILD_GIVE, CHILD_USER, CHILD_CHDIR, CHILD_EXEC };

/* How it is started; all borrowed. */
struct child_way {
    const struct options *options;
    const struct iteration *it;
    const struct fence *fence;
    const struct user *user;
};

struct child {
    pid_t pid;     /* as wait and kill know it; 0 = not started */
    pid_t outside; /* as everybody outside of its namespace and /proc know it; the same where there is none */
    int pidfd;     /* -1 = none */
    int news;      /* pipe: end of file = the program runs, else a struct child_failure; -1 = told */
    bool ended;
    int status; /* as from wait, once ended */
    struct child_failure {
        enum child_step step;
        int error;            /* errno */
        char what[USER_WHAT]; /* CHILD_GIVE: the file */
    } failure;
};

/* Forks and runs the command in the clone: inside the fence, as its user, own session, SIGTERM when the keeper dies,
 * default signals, umask 022, the keeper's environment and the marker, the iteration's files as stdio. False: even the
 * fork failed (c->failure). */
bool child_start(struct child *c, const struct child_way *way);
/* Reads what the start came to. True once it is known: c->failure.step is CHILD_NONE when the program runs.
 */
bool child_news(struct child *c);
/* SIGTERM, and SIGCONT in case it is stopped. */
void child_term(const struct child *c);
void child_kill(const struct child *c);
void child_clear(struct child *c);
/* A sentence for c->failure. */
void child_reason(const struct child *c, const struct child_way *way, char *out, size_t size);

#endif
