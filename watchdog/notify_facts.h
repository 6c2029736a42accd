/* Between notify.c and notify_facts.c. */
#ifndef CCSUP_WATCHDOG_NOTIFY_FACTS_H
#define CCSUP_WATCHDOG_NOTIFY_FACTS_H
#include "watchdog/watchdog.h"

struct notify_fact {
    enum notify_kind kind;
    int role; /* -1 = of no agent */
    int iteration;
    const char *phase; /* its id; NULL = the active one's */
    struct buf fact;   /* what makes it this one: the same as long as it holds, in whichever watchdog */
    struct buf text;   /* for people, escaped */
};

/* Calls say for each fact that holds. */
void notify_facts(const struct watchdog *w, int64_t now, void (*say)(void *arg, const struct notify_fact *f),
                  void *arg);

#endif
