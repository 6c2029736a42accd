/* supervisor/sys/lock: who lives? Seen from outside, never by taking one. */
#include "scratch.h"
#include "supervisor/sys/lock.h"
#include "supervisor/sys/proc.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* A child that takes the lock, says 'y' or 'n' on its pipe, and lives until the other end of `stay` closes. */
struct holder {
    const char *path;
    pid_t pid;
    int say[2], stay[2];
    bool close_copy; /* open and close the file once more before saying */
};

static int hold(void *arg)
{
    struct holder *h = arg;
    pid_t other;
    struct err e = {""};
    close(h->stay[1]);
    int fd = lock_take(h->path, &other, &e);
    if (h->close_copy)
        close(open(h->path, O_RDONLY | O_CLOEXEC));
    if (write(h->say[1], fd >= 0 ? "y" : "n", 1) != 1)
        return 1;
    char c;
    return read(h->stay[0], &c, 1) < 0;
}

static void holder_start(struct holder *h, const char *path)
{
    h->path = path;
    assert_int_equal(pipe(h->say) | pipe(h->stay), 0);
    h->pid = scratch_fork(hold, h);
    char c = 0;
    assert_int_equal(read(h->say[0], &c, 1), 1);
    assert_int_equal(c, 'y');
}

static void holder_stop(struct holder *h, int signal_)
{
    if (signal_)
        kill(h->pid, signal_);
    close(h->stay[1]);
    assert_int_equal(scratch_wait(h->pid), signal_ ? 128 + signal_ : 0);
    close(h->stay[0]);
    close(h->say[0]);
    close(h->say[1]);
}

static void test_free_and_missing(void **state)
{
    char *path = file_join(*state, "lock");
    struct err e = {""};
    assert_int_equal(lock_holder(path, &e), 0);
    assert_false(file_exists(path)); /* looking makes nothing */
    assert_int_equal(lock_holder_pidfd(path, NULL), -1);
    scratch_write(path, "");
    assert_int_equal(lock_holder(path, &e), 0);
    assert_string_equal(e.text, "");
    free(path);
}

static void test_taken_in_a_child_is_seen_and_dies_with_it(void **state)
{
    char *path = file_join(*state, "lock");
    for (int killed = 0; killed < 2; killed++) {
        struct holder h = {0};
        struct err e = {""};
        holder_start(&h, path);
        assert_int_equal(lock_holder(path, &e), h.pid);
        pid_t who = 0;
        assert_int_equal(lock_take(path, &who, &e), -1);
        assert_int_equal(who, h.pid);
        assert_string_equal(e.text, "");
        holder_stop(&h, killed ? SIGKILL : 0);
        assert_int_equal(lock_holder(path, &e), 0);
        int fd = lock_take(path, &who, &e);
        assert_true(fd >= 0);
        assert_int_equal(who, 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        struct stat st;
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        close(fd);
    }
    free(path);
}

/* A zombie holds nothing: a slow PID 1 does not keep a lock. */
static void test_a_zombie_holds_nothing(void **state)
{
    char *path = file_join(*state, "lock");
    struct holder h = {0};
    holder_start(&h, path);
    kill(h.pid, SIGKILL);
    scratch_until(!proc_alive(h.pid));
    struct proc_stat st;
    assert_true(proc_read(h.pid, &st));
    assert_int_equal(st.state, 'Z');
    assert_int_equal(lock_holder(path, NULL), 0);
    close(h.stay[1]);
    assert_int_equal(scratch_wait(h.pid), 128 + SIGKILL);
    close(h.stay[0]);
    close(h.say[0]);
    close(h.say[1]);
    free(path);
}

static int child_sees_parent(void *arg)
{
    pid_t who;
    struct err e = {""};
    if (lock_holder(arg, &e) != getppid())
        return 1;
    return lock_take(arg, &who, &e) == -1 && who == getppid() ? 0 : 2;
}

static void test_fork_inherits_nothing(void **state)
{
    char *path = file_join(*state, "lock");
    pid_t who;
    struct err e = {""};
    int fd = lock_take(path, &who, &e);
    assert_true(fd >= 0);
    assert_int_equal(scratch_wait(scratch_fork(child_sees_parent, path)), 0);
    /* The child looked, opened and closed: ours still stands. */
    assert_int_equal(scratch_wait(scratch_fork(child_sees_parent, path)), 0);
    close(fd);
    free(path);
}

/* The trap that lock.h warns of: any close of the file by the holder drops the lock. */
static void test_closing_a_copy_drops_it(void **state)
{
    char *path = file_join(*state, "lock");
    struct holder h = {.close_copy = true};
    holder_start(&h, path);
    assert_int_equal(lock_holder(path, NULL), 0);
    holder_stop(&h, 0);
    free(path);
}

static void test_pidfd_of_the_holder(void **state)
{
    char *path = file_join(*state, "lock");
    struct holder h = {0};
    holder_start(&h, path);
    pid_t pid = 0;
    int fd = lock_holder_pidfd(path, &pid);
    assert_true(fd >= 0);
    assert_int_equal(pid, h.pid);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    struct pollfd p = {fd, POLLIN, 0};
    assert_int_equal(poll(&p, 1, 0), 0);
    assert_int_equal(pidfd_send_signal(fd, SIGKILL, NULL, 0), 0);
    assert_int_equal(poll(&p, 1, 20000), 1);
    close(fd);
    close(h.stay[1]);
    assert_int_equal(scratch_wait(h.pid), 128 + SIGKILL);
    assert_int_equal(lock_holder_pidfd(path, NULL), -1);
    close(h.stay[0]);
    close(h.say[0]);
    close(h.say[1]);
    free(path);
}

static void test_errors_have_sentences(void **state)
{
    char *path = file_join(*state, "no/such/folder"), *link = file_join(*state, "link"), *file = file_join(*state, "f");
    struct err e = {""};
    pid_t who = 7;
    assert_int_equal(lock_take(path, &who, &e), -1);
    assert_int_equal(who, 0);
    assert_non_null(strstr(e.text, path));
    scratch_write(file, "");
    assert_int_equal(symlink(file, link), 0); /* nobody makes us lock another file */
    assert_int_equal(lock_take(link, &who, &e), -1);
    assert_int_equal(who, 0);
    e.text[0] = '\0';
    assert_int_equal(lock_holder(link, &e), -1);
    assert_non_null(strstr(e.text, link));
    free(file);
    free(link);
    free(path);
}

/* The first process of a new PID namespace: the parent outside holds the lock and has no pid here. */
static int seen_from_a_namespace(void *arg)
{
    struct err e = {""};
    pid_t who = 0;
    if (unshare(CLONE_NEWPID) != 0)
        return 77;
    pid_t first = fork();
    if (first == 0) {
        bool ok = lock_holder(arg, &e) == -1 && strstr(e.text, "cannot be seen from here");
        e.text[0] = '\0';
        ok = ok && lock_take(arg, &who, &e) == -1 && who == -1 && strstr(e.text, "cannot be seen from here");
        _exit(ok && lock_holder_pidfd(arg, NULL) == -1 ? 0 : 3);
    }
    return first > 0 ? scratch_wait(first) : 1;
}

static void test_a_holder_outside_of_our_namespace_is_somebody(void **state)
{
    char *path = file_join(*state, "lock");
    pid_t who;
    struct err e = {""};
    int fd = lock_take(path, &who, &e);
    int code = scratch_wait(scratch_fork(seen_from_a_namespace, path));
    close(fd);
    free(path);
    if (code == 77)
        skip();
    assert_int_equal(code, 0);
}

/* Many at once: never two holders. */
static int race(void *arg)
{
    char *path = file_join(arg, "lock"), *alone = file_join(arg, "alone");
    pid_t who;
    for (int i = 0; i < 300; i++) {
        int fd = lock_take(path, &who, NULL);
        if (fd < 0)
            continue;
        int mine = open(alone, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600);
        if (mine < 0)
            return 1;
        close(mine);
        unlink(alone);
        close(fd);
    }
    return 0;
}

static void test_never_two_holders(void **state)
{
    pid_t pid[4];
    for (int i = 0; i < 4; i++)
        pid[i] = scratch_fork(race, *state);
    for (int i = 0; i < 4; i++)
        assert_int_equal(scratch_wait(pid[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_drop)
        T(test_free_and_missing),        T(test_taken_in_a_child_is_seen_and_dies_with_it),
        T(test_a_zombie_holds_nothing),  T(test_fork_inherits_nothing),
        T(test_closing_a_copy_drops_it), T(test_pidfd_of_the_holder),
        T(test_errors_have_sentences),   T(test_a_holder_outside_of_our_namespace_is_somebody),
        T(test_never_two_holders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
