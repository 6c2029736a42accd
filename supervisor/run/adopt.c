/* Which keepers of an earlier watchdog live, and what becomes of them. */
#include "supervisor/base/json.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/lock.h"
#include "watchdog/adoption.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ADOPT_WAIT_MS = 5000 };

/* The greeting of the keeper at fd within the time, without what follows it; false when none comes. */
static bool keeper_hear(int fd, int64_t until, char *line, size_t size)
{
    size_t n = 0;
    while (n + 1 < size) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = until - clock_boot();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0 || read(fd, line + n, 1) != 1)
            return false;
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
        n++;
    }
    return false;
}

/* Waits until nobody holds the role's lock. */
static void keeper_wait_gone(const char *lock, int64_t until)
{
    while (lock_holder(lock, NULL) > 0 && clock_boot() < until)
        poll(NULL, 0, 10);
}

static void keeper_force(struct keeper *k, const char *lock)
{
    keeper_destroy(k);
    keeper_wait_gone(lock, clock_boot() + ADOPT_WAIT_MS);
}

/* Goes on with the iteration of the keeper at fd, which is taken; not if that has just ended. */
static void keeper_take(struct keeper *k, int fd, int iteration, const char fence[16])
{
    struct watchdog_event ev = {.kind = EVENT_AGENT, .role = k->role};
    if (!keeper_open(k, fd))
        return;
    cJSON *keep = keeper_record(k, iteration, "keep.json");
    ev.agent.kind = AGENT_EV_FOUND;
    ev.agent.iteration = iteration;
    ev.agent.at = json_int(keep, "created_at", clock_now());
    cJSON_Delete(keep);
    memcpy(k->fence, fence, sizeof k->fence);
    k->iteration = iteration;
    k->greeted = true;
    run_log(k->run, "%s: adopted iteration %d under keeper %ld", keeper_role(k), iteration, (long)k->pid);
    run_enqueue(k->run, &ev);
    tail_start(&k->run->tails[k->role], iteration);
}

void keeper_adopt(struct keeper *k)
{
    char *lock = paths_lock(k->run->paths, keeper_role(k)), *socket_path = paths_socket(k->run->paths, keeper_role(k));
    char line[256] = "", state[16] = "", fence[16] = "";
    int iteration = 0, fd = -1;
    int64_t until = clock_boot() + ADOPT_WAIT_MS;
    bool locked = lock_holder(lock, NULL) > 0, answers = false;
    /* A keeper that has just taken its lock may not listen yet. */
    while (locked && !answers && clock_boot() < until && lock_holder(lock, NULL) > 0) {
        fd = keeper_connect(socket_path);
        answers = fd >= 0 && keeper_peer(k, fd) > 0 && keeper_hear(fd, until, line, sizeof line) &&
                  sscanf(line, "keeper %*d %d %15s %15s", &iteration, state, fence) >= 2;
        if (!answers) {
            if (fd >= 0)
                close(fd);
            fd = -1;
            poll(NULL, 0, 50);
        }
    }
    locked = lock_holder(lock, NULL) > 0;
    switch (adoption_decide(locked, answers, strcmp(state, "ready") != 0 && keeper_has(k, iteration))) {
    case ADOPTION_NONE: break;
    case ADOPTION_ADOPT:
        keeper_take(k, fd, iteration, fence);
        fd = -1;
        break;
    case ADOPTION_END:
        if (write(fd, "kill\n", 5) == 5)
            keeper_wait_gone(lock, clock_boot() + ADOPT_WAIT_MS);
        if (lock_holder(lock, NULL) > 0)
            keeper_force(k, lock); /* it does not do what a keeper does */
        break;
    case ADOPTION_KILL: keeper_force(k, lock); break;
    }
    if (!k->greeted)
        past_restore(k->run, k->role);
    if (fd >= 0)
        close(fd);
    free(lock);
    free(socket_path);
}
