/* The clock's one door. */
#ifndef CCSUP_SYS_CLOCK_H
#define CCSUP_SYS_CLOCK_H
#include <stdint.h>

/* Wall-clock time in milliseconds since 1970, UTC: deadlines on disk and freshness mean wall-clock time. */
int64_t clock_now(void);
/* Milliseconds since boot, suspend included (CLOCK_BOOTTIME): for short waits inside one process. */
int64_t clock_boot(void);

#endif
