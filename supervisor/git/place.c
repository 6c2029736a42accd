#include "supervisor/git/place.h"
#include "supervisor/base/err.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include <signal.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

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

/* A holder that was stopped hears nothing: not that its time is over, nor that its parent has died. It goes on, and
 * hears it. */
static void place_continue(const char *path, pid_t holder)
{
    struct proc_stat st;
    if (holder <= 0 || !proc_read(holder, &st) || st.state != 'T')
        return;
    int fd = lock_holder_pidfd(path, NULL);
    if (fd < 0)
        return;
    pidfd_send_signal(fd, SIGCONT, NULL, 0);
    close(fd);
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
        place_continue(path, holder);
        place_pause(AGAIN_MS, AGAIN_MORE_MS);
    }
}
