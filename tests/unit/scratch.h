/* For tests that touch the machine: a folder of their own, children that report, waiting without sleeping blindly. */
#ifndef CCSUP_TESTS_SCRATCH_H
#define CCSUP_TESTS_SCRATCH_H
#include "cm.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A fresh folder (absolute, symlinks resolved) as setup and teardown of a test: *state is its path, owned. */
static inline int scratch_make(void **state)
{
    char dir[] = "/tmp/ccsup-unit-XXXXXX";
    if (!mkdtemp(dir))
        return -1;
    *state = realpath(dir, NULL);
    return *state ? 0 : -1;
}

static inline int scratch_drop(void **state)
{
    bool gone = file_remove_tree(*state);
    free(*state);
    return gone ? 0 : -1;
}

/* Writes a file of the test. */
static inline void scratch_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

/* Until the predicate holds, at most 20 s; looks each millisecond. */
#define scratch_until(predicate)                                                                                       \
    do {                                                                                                               \
        int64_t scratch_end = clock_boot() + 20000;                                                                    \
        while (!(predicate)) {                                                                                         \
            if (clock_boot() > scratch_end)                                                                            \
                fail_msg("not within 20 s: %s", #predicate);                                                           \
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);                                                   \
        }                                                                                                              \
    } while (0)

/* A child that runs fn(arg) and ends with its result. It dies with us. Asserts of cmocka do not work in it. */
static inline pid_t scratch_fork(int (*fn)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60);
        _exit(fn(arg));
    }
    assert_true(pid > 0);
    return pid;
}

/* Its exit code, or 128 + the signal that ended it. */
static inline int scratch_wait(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
