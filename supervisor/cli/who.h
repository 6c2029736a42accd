/* Who runs this command? Seen from where it runs, whatever it says of itself: a process below the keeper of an agent is
 * that role, all others are the operator. */
#ifndef CCSUP_CLI_WHO_H
#define CCSUP_CLI_WHO_H
#include "supervisor/sys/paths.h"

/* The role below whose keeper we run, or -1. */
int who_asks(const struct paths *p);

#endif
