/* One question to a helper program (ccsup-git): a request in, a line out, its whole process group dead at the end. */
#ifndef CCSUP_CLI_HELPER_H
#define CCSUP_CLI_HELPER_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* Runs program (a path) with its working directory `dir`, writes `request` and a newline to its stdin and appends its
 * stdout (at most 32 MiB) to out. True when it ended with code 0 within ms. False and e: cannot run, broke (with the
 * last line that it said on stderr, to be escaped), too late. SIGINT, SIGTERM and SIGHUP end it and then us. */
bool helper_run(const char *program, const char *dir, const char *request, int64_t ms, struct buf *out, struct err *e);

#endif
