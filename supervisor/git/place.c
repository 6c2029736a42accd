#include "supervisor/git/place.h"
#include "supervisor/base/err.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/lock.h"
#include <stdint.h>
#include <sys/random.h>
#include <time.h>

enum { AGAIN_MS = 10, AGAIN_MORE_MS = 30 };

void place_pause(int64_t least, int64_t most)
{
    uint32_t chance = 0;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) != sizeof chance)
        chance = (uint32_t)clock_boot();
    int64_t ms = least + (int64_t)(chance % (uint64_t)(most + 1));
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

int place_lock(const char *path, int64_t until, struct trouble *t)
{
    for (;;) {
        struct err e = {""};
        pid_t holder;
        int lock = lock_take(path, &holder, &e);
        if (lock >= 0)
            return lock;
        if (!holder) {
            trouble_set(t, TROUBLE_LOCAL, "%s", e.text);
            return -1;
        }
        if (clock_boot() >= until) {
            if (holder > 0)
                trouble_set(t, TROUBLE_BUSY, "another ccsup-git (pid %ld) uses the mirror", (long)holder);
            else
                trouble_set(t, TROUBLE_BUSY, "another ccsup-git uses the mirror");
            return -1;
        }
        place_pause(AGAIN_MS, AGAIN_MORE_MS);
    }
}
