/* supervisor/sys/proc: what /proc says, for processes that try to look like something else. */
#include "scratch.h"
#include "supervisor/sys/proc.h"
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* A child that does `fn` and then waits for its end. */
struct child {
    pid_t pid;
    int said[2], stay[2];
    void (*fn)(struct child *c);
};

static void say_ready(struct child *c)
{
    if (write(c->said[1], "y", 1) != 1)
        _exit(9);
}

static void wait_for_the_end(struct child *c)
{
    char byte;
    while (read(c->stay[0], &byte, 1) > 0)
        ;
}

static int child_run(void *arg)
{
    struct child *c = arg;
    close(c->stay[1]);
    if (c->fn)
        c->fn(c);
    say_ready(c);
    wait_for_the_end(c);
    return 0;
}

static void child_start(struct child *c, void (*fn)(struct child *))
{
    c->fn = fn;
    assert_int_equal(pipe(c->said) | pipe(c->stay), 0);
    c->pid = scratch_fork(child_run, c);
    char byte;
    assert_int_equal(read(c->said[0], &byte, 1), 1);
}

static void child_stop(struct child *c)
{
    close(c->stay[1]);
    assert_int_equal(scratch_wait(c->pid), 0);
    close(c->stay[0]);
    close(c->said[0]);
    close(c->said[1]);
}

static void test_ourselves(void **state)
{
    (void)state;
    struct proc_stat st;
    assert_true(proc_read(getpid(), &st));
    assert_int_equal(st.pid, getpid());
    assert_int_equal(st.ppid, getppid());
    assert_int_equal(st.pgid, getpgrp());
    assert_int_equal(st.sid, getsid(0));
    assert_int_equal(st.state, 'R');
    assert_true(st.starttime > 0);
    assert_true(proc_alive(getpid()));
    /* Started in this boot, and before now: ticks since boot. */
    assert_true(st.starttime <= (uint64_t)clock_boot() * (uint64_t)sysconf(_SC_CLK_TCK) / 1000 + 1);
}

static void test_nobody(void **state)
{
    (void)state;
    struct proc_stat st;
    assert_false(proc_read(0x3fffffff, &st));
    assert_false(proc_alive(0x3fffffff));
    assert_false(proc_has_env(0x3fffffff, "A=1"));
    assert_false(proc_read(-1, &st));
    assert_false(proc_alive(0));
}

static void name_badly(struct child *c)
{
    (void)c;
    prctl(PR_SET_NAME, "a) R 1 (b\n) Z 0");
    if (setsid() < 0)
        _exit(8);
}

static void test_a_name_with_brackets_and_blanks(void **state)
{
    (void)state;
    struct child c;
    struct proc_stat st;
    child_start(&c, name_badly);
    assert_true(proc_read(c.pid, &st));
    assert_string_equal(st.comm, "a) R 1 (b\n) Z 0");
    assert_int_equal(st.ppid, getpid());
    assert_int_equal(st.pgid, c.pid);
    assert_int_equal(st.sid, c.pid);
    assert_int_equal(st.tty, 0);
    assert_true(proc_alive(c.pid));
    child_stop(&c);
}

static void test_a_zombie_is_not_alive(void **state)
{
    (void)state;
    struct child c;
    struct proc_stat before, after;
    child_start(&c, NULL);
    assert_true(proc_read(c.pid, &before));
    assert_true(proc_alive(c.pid));
    kill(c.pid, SIGKILL);
    scratch_until(proc_read(c.pid, &after) && after.state == 'Z');
    assert_false(proc_alive(c.pid));
    assert_int_equal(kill(c.pid, 0), 0); /* which is why kill(pid, 0) proves nothing */
    assert_true(after.starttime == before.starttime);
    assert_false(proc_has_env(c.pid, "PATH=/"));
    close(c.stay[1]);
    assert_int_equal(scratch_wait(c.pid), 128 + SIGKILL);
    assert_false(proc_read(c.pid, &after));
    close(c.stay[0]);
    close(c.said[0]);
    close(c.said[1]);
}

static void *second_thread(void *arg)
{
    struct child *c = arg;
    wait_for_the_end(c);
    _exit(0);
}

static void leave_the_first_thread(struct child *c)
{
    pthread_t t;
    if (pthread_create(&t, NULL, second_thread, c) != 0)
        _exit(7);
    say_ready(c);
    pthread_exit(NULL);
}

static char first_state(pid_t pid)
{
    char path[64];
    struct buf b;
    buf_init(&b, 0);
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/stat", (long)pid, (long)pid);
    file_read(path, 4096, &b, NULL);
    const char *end = strrchr(buf_str(&b), ')');
    char state = end ? end[2] : '?';
    buf_clear(&b);
    return state;
}

/* Its pid looks like a zombie, and it runs: it must neither count as dead nor hide its environment. */
static void test_a_process_whose_first_thread_ended_lives(void **state)
{
    (void)state;
    struct child c;
    struct proc_stat st;
    child_start(&c, leave_the_first_thread);
    scratch_until(first_state(c.pid) == 'Z');
    assert_true(proc_alive(c.pid));
    assert_true(proc_read(c.pid, &st));
    assert_int_equal(st.state, 'S');
    char *entry = file_fmt("PATH=%s", getenv("PATH"));
    assert_true(proc_has_env(c.pid, entry));
    free(entry);
    assert_false(proc_has_env(c.pid, "PATH=nothing of that kind"));
    child_stop(&c);
}

/* This program again, with exactly that environment, saying a byte and waiting (see main). */
static void become_waiter(struct child *c, char **env)
{
    dup2(c->said[1], 1);
    dup2(c->stay[0], 0);
    execve("/proc/self/exe", (char *[]){"test_proc", "--wait", NULL}, env);
    _exit(6);
}

static void exec_with_marker(struct child *c)
{
    become_waiter(c, (char *[]){"AAA=1", "XCCSUP_RUN_ID=abc", "CCSUP_RUN_ID=abcd", "EMPTY=", "N=CCSUP_RUN_ID=ab",
                                "CCSUP_RUN_ID=0123", "LAST=z", NULL});
}

static void test_an_entry_is_found_whole_only(void **state)
{
    (void)state;
    struct child c;
    child_start(&c, exec_with_marker);
    static const char *const in[] = {"AAA=1", "CCSUP_RUN_ID=0123", "CCSUP_RUN_ID=abcd", "EMPTY=", "LAST=z"};
    static const char *const out[] = {"CCSUP_RUN_ID=abc",
                                      "CCSUP_RUN_ID=ab",
                                      "CCSUP_RUN_ID=01234",
                                      "CCSUP_RUN_ID=012",
                                      "CCSUP_RUN_ID=",
                                      "RUN_ID=0123",
                                      "EMPTY",
                                      "LAST=zz",
                                      "1",
                                      "LAST=",
                                      "AAA=1\nXCCSUP",
                                      "aaa=1"};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        if (!proc_has_env(c.pid, in[i]))
            fail_msg("not found: %s", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        if (proc_has_env(c.pid, out[i]))
            fail_msg("found: %s", out[i]);
    child_stop(&c);
}

enum { BIG_STRINGS = 50, BIG_STRING = 110000 };

static void exec_with_much(struct child *c)
{
    static char big[BIG_STRINGS][BIG_STRING];
    char *env[BIG_STRINGS + 2];
    struct rlimit stack = {64 << 20, RLIM_INFINITY};
    getrlimit(RLIMIT_STACK, &stack);
    stack.rlim_cur = 64 << 20;
    setrlimit(RLIMIT_STACK, &stack);
    for (int i = 0; i < BIG_STRINGS; i++) {
        memset(big[i], 'x', BIG_STRING - 1);
        env[i] = big[i];
    }
    env[BIG_STRINGS] = "CCSUP_RUN_ID=behind it all";
    env[BIG_STRINGS + 1] = NULL;
    become_waiter(c, env);
}

/* The most that the kernel takes is near 6 MB: a marker behind that much is still seen. */
static void test_nobody_hides_behind_a_long_environment(void **state)
{
    (void)state;
    struct child c;
    child_start(&c, exec_with_much);
    assert_true(proc_has_env(c.pid, "CCSUP_RUN_ID=behind it all"));
    child_stop(&c);
}

struct seen {
    pid_t want[2];
    int found, total, stop_at;
};

static bool see(void *arg, const struct proc_stat *st)
{
    struct seen *s = arg;
    s->total++;
    s->found += st->pid == s->want[0] || st->pid == s->want[1];
    return s->total != s->stop_at;
}

static void test_each_process_once(void **state)
{
    (void)state;
    struct child c;
    child_start(&c, NULL);
    struct seen s = {.want = {getpid(), c.pid}};
    proc_each(see, &s);
    assert_int_equal(s.found, 2);
    s = (struct seen){.stop_at = 1};
    proc_each(see, &s);
    assert_int_equal(s.total, 1);
    child_stop(&c);
}

static void test_boot_id(void **state)
{
    (void)state;
    char id[37], again[37];
    proc_boot_id(id);
    proc_boot_id(again);
    assert_int_equal(strlen(id), 36);
    assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
    assert_string_equal(id, again);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--wait") == 0) {
        alarm(60);
        char byte = 'y';
        if (write(1, &byte, 1) != 1)
            return 1;
        while (read(0, &byte, 1) > 0)
            ;
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ourselves),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_a_name_with_brackets_and_blanks),
        cmocka_unit_test(test_a_zombie_is_not_alive),
        cmocka_unit_test(test_a_process_whose_first_thread_ended_lives),
        cmocka_unit_test(test_an_entry_is_found_whole_only),
        cmocka_unit_test(test_nobody_hides_behind_a_long_environment),
        cmocka_unit_test(test_each_process_once),
        cmocka_unit_test(test_boot_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
