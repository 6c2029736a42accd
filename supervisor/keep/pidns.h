/* The strongest fence: the agent lives in a PID namespace of its own, and the keeper is that namespace's PID 1. So the
 * kernel ends the whole tree with its keeper, whatever ends that, and nobody inside can signal who is outside.
 *
 * The keeper stays in the mount namespace of the machine, and so sees the machine's /proc: every pid that it reads
 * there, records or says is the one that the rest of the machine knows. Only kill, wait, getpid and the credentials of
 * a peer speak of the pids inside; the two kinds must never be mixed. The agent gets a mount namespace and a /proc of
 * its own. */
#ifndef CCSUP_KEEP_PIDNS_H
#define CCSUP_KEEP_PIDNS_H
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <sys/types.h>

/* Does /proc speak of the pids that we signal? One of another namespace (a container that kept the machine's) would
 * make us kill strangers. True also when there is none at all: then nothing is found, and that is said. */
bool pidns_proc_fits(struct err *e);
/* Tries it out in processes of its own: a namespace, and a /proc of its own in it. False and e: why not. */
bool pidns_possible(struct err *e);
/* The next child of the caller will be PID 1 of a new namespace. False: errno. */
bool pidns_enter(void);
/* In the agent's first process, as root: a mount namespace whose mounts stay in it, and the /proc of its PID namespace.
 * False: errno. */
bool pidns_mount(void);
/* Our own pid as /proc shows it: in the keeper of such a namespace not getpid() but what everybody outside calls it.
 * Without /proc: getpid(). */
pid_t pidns_self(void);
/* The same for the process of a pidfd; `inside` when /proc can't tell. */
pid_t pidns_outside(int pidfd, pid_t inside);

#endif
