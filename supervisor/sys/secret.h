/* Secrets of the operator's: from a file that nobody else may read, or from our environment. */
#ifndef CCSUP_SYS_SECRET_H
#define CCSUP_SYS_SECRET_H
#include "supervisor/base/err.h"

/* The one line of a regular file that belongs to us or root and that nobody else may read or write, without the newline
 * at its end. NULL and e set otherwise; the caller frees. */
char *secret_file(const char *path, struct err *e);
/* The variable's value, or NULL and e set when there is none that is one line. The caller frees. */
char *secret_env(const char *name, struct err *e);
/* Takes the variable out of our environment, and out of the copy that /proc shows of it: what we start does not get
 * it. */
void secret_env_forget(const char *name);

#endif
