/* Messages to the operator: from the core's facts (watchdog/notify.h) into files, and from there to the receivers, by
 * one child at a time, again and again until each has taken them. Nothing of it stops the loop.
 *
 * state/notify/said          what was said, by the ids of the facts
 * state/notify/queue/ID.NAME a message that the receiver NAME has not taken yet
 * state/notify/alive         there while a watchdog lives; one that finds it knows that the last one died */
#ifndef CCSUP_RUN_NOTIFY_H
#define CCSUP_RUN_NOTIFY_H
#include "supervisor/run/internal.h"
#include "watchdog/notify.h"

/* How long a message is tried, how many wait for one receiver, and how long a watchdog that is done stays for them. */
enum { NOTIFY_KEPT_MS = 3 * 86400000, NOTIFY_QUEUE_MAX = 500, NOTIFY_LINGER_MS = 300000, NOTIFY_MESSAGE_MAX = 65536 };

struct note {
    char id[17];
    size_t receiver;
    int64_t at; /* ms */
    int weight;
    int tries; /* of this watchdog */
};

struct receiver {
    const struct config_notify *config;
    char *token;     /* of the environment; NULL = none */
    int failures;    /* in a row */
    int64_t next_at; /* of the next try, ms since boot */
    int64_t call_at; /* deadman: of the next call */
    char problem[200];
    int64_t delivered, dropped; /* of this watchdog */
};

struct notifier {
    struct run *run;
    struct notify said;
    cJSON *unwritten; /* messages that the disk has not taken yet */
    bool unsaid;      /* what was said is not written down yet */
    bool marked;      /* `alive` is ours */
    bool failing;     /* the disk takes nothing, and that was said */
    char *dir, *queue;
    struct note *notes; /* on the disk */
    size_t count;
    struct receiver *receivers;
    size_t receiver_count;
    unsigned long looked; /* the core's generation at the last look */
    struct helper helper;
    char id[17]; /* of the note that is on its way; "" = a call */
    size_t to;   /* its receiver */
    uv_timer_t timer, linger;
    bool lingers, open;
};

/* deliver.c: begins what is due, and sets the timer for what is not. */
void deliver_pump(struct notifier *nf);
/* Is there something that the disk has not taken yet? */
bool notify_unwritten(const struct notifier *nf);
/* Tries to write it. */
void notify_write(struct notifier *nf);
/* Takes a message out of the queue. */
void notify_remove(struct notifier *nf, size_t index);
/* The file of that note; the caller frees. */
char *notify_path(const struct notifier *nf, const char *id, size_t receiver);

#endif
