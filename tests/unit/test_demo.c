/* The demo's witnesses: what its story says of a log and of records, whom its look at /proc finds, how its
 * child processes end. The parts belong to the program, not to a library, so they are taken in as they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "supervisor/cli/demo_child.c"
#include "supervisor/cli/demo_left.c"
#include "supervisor/cli/demo_story.c"
#include <sys/stat.h>

#define HASH "0123456789012345678901234567890123456789"
#define BUILDER HASH "\t1000000001\tbuilder@ccsup.invalid\t"
#define ADVERSARY HASH "\t1000000003\tadversary@ccsup.invalid\t"

static char *told(const struct story *s)
{
    struct buf b;
    buf_init(&b, 0);
    story_tell(s, 0, 1000000000500, &b);
    return buf_take(&b);
}

static void commits_become_sentences(void **state)
{
    (void)state;
    static const char log[] = BUILDER "days.sh: the months with 31 days\n" BUILDER "claim(D1): one\n" BUILDER
                                      "claim(D2): two\n" ADVERSARY "review(D1): PASS \xe2\x80\x94 fine\n" ADVERSARY
                                      "review(D2): FAIL \xe2\x80\x94 1900-2 has \x1b[31m 28 days\n" ADVERSARY
                                      "review(D3): FAIL \xe2\x80\x94 other\n" BUILDER "fix(D2): every century\n" BUILDER
                                      "STATUS: DONE, all stand\n"
                                      "no line of a log\n" HASH "\t1000000004\n" ADVERSARY "review(D9): PASS";
    struct story s = {0};
    story_commits(&s, log, sizeof log - 1);
    char *text = told(&s);
    assert_string_equal(text, "  +1 s  builder claims D1 D2\n"
                              "  +1 s  builder repairs D2: every century\n"
                              "  +1 s  builder marks the work DONE\n"
                              "  +3 s  adversary passes D1\n"
                              "  +3 s  adversary FAILS D2: 1900-2 has \\x1B[31m 28 days\n"
                              "  +3 s  adversary FAILS D3: other\n"
                              "  +3 s  adversary passes D9\n");
    assert_string_equal(s.last, HASH);
    free(text);
    story_clear(&s);
}

static void put(const char *root, const char *name, const char *text)
{
    char *path = file_join(root, name), *dir = mem_strdup(path);
    *strrchr(dir, '/') = '\0';
    assert_true(file_mkdirs(dir, 0700, NULL));
    assert_true(file_replace(path, text, strlen(text), 0600, false, NULL));
    free(path);
    free(dir);
}

struct place {
    char dir[64];
    struct paths paths;
};

static int place_make(void **state)
{
    struct place *p = mem_zalloc(sizeof *p);
    snprintf(p->dir, sizeof p->dir, "/tmp/ccsup-unit-demo-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    put(p->dir, "launch.conf", "");
    put(p->dir, ".ccsup/locks/none", "");
    char *conf = file_join(p->dir, "launch.conf");
    assert_true(paths_init(&p->paths, conf, NULL));
    free(conf);
    *state = p;
    return 0;
}

static int place_drop(void **state)
{
    struct place *p = *state;
    assert_true(file_remove_tree(p->dir));
    paths_clear(&p->paths);
    free(p);
    return 0;
}

static void a_crash_and_its_restart_are_told_once(void **state)
{
    struct place *p = *state;
    struct story s = {0};
    put(p->paths.state, "builder/iterations/000001/exit.json",
        "{\"end\":\"exited\",\"code\":0,\"asked\":\"none\",\"ended_at\":1000000001000}");
    put(p->paths.state, "builder/iterations/000002/exit.json",
        "{\"end\":\"signaled\",\"signal\":11,\"asked\":\"none\",\"ended_at\":1000000002000}");
    put(p->paths.state, "adversary/iterations/000001/exit.json",
        "{\"end\":\"signaled\",\"signal\":15,\"asked\":\"stop\",\"ended_at\":1000000002000}");
    story_iterations(&s, &p->paths);
    story_iterations(&s, &p->paths);
    char *text = told(&s);
    assert_string_equal(text, "  +2 s  builder crashed in iteration 2 (signal 11)\n");
    assert_int_equal(s.restarts, 0);
    free(text);
    put(p->paths.state, "builder/iterations/000003/keep.json", "{\"created_at\":1000000003200}");
    story_iterations(&s, &p->paths);
    story_iterations(&s, &p->paths);
    text = told(&s);
    assert_string_equal(text, "  +2 s  builder crashed in iteration 2 (signal 11)\n"
                              "  +3 s  builder started again after 1.2 s\n");
    assert_int_equal(s.restarts, 1);
    free(text);
    story_clear(&s);
}

/* A process that does what `how` says, tells when it is ready, and ends with us at the latest. */
static pid_t stranger(const char *dir, char how, int *end)
{
    int ready[2], over[2];
    assert_int_equal(pipe(ready) | pipe(over), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(over[1]);
        setsid();
        if (how == 'c' && chdir(dir) != 0)
            _exit(1);
        if (how == 'm') {
            char *argv[] = {"sh", "-c", "echo >&3; read x <&4", NULL}, *env[] = {"CCSUP_RUN_ID=abc", NULL};
            int in = fcntl(over[0], F_DUPFD, 10), out = fcntl(ready[1], F_DUPFD, 10);
            dup2(in, 4);
            dup2(out, 3);
            execve("/bin/sh", argv, env);
            _exit(1);
        }
        char c = 1;
        (void)!write(ready[1], &c, 1);
        (void)!read(over[0], &c, 1);
        _exit(0);
    }
    char c;
    close(ready[1]);
    close(over[0]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *end = over[1];
    return pid;
}

static void who_is_left_is_found(void **state)
{
    struct place *p = *state;
    put(p->paths.state, "builder/iterations/000001/keep.json", "{\"run_id\":\"abc\"}");
    struct proc_stat self;
    assert_true(proc_read(getpid(), &self));
    assert_int_equal(demo_left(&p->paths, p->dir, self.starttime, NULL), 0);
    for (const char *how = "cm"; *how; how++) {
        int end;
        struct buf names;
        buf_init(&names, 0);
        pid_t pid = stranger(p->dir, *how, &end);
        assert_int_equal(demo_left(&p->paths, p->dir, self.starttime, &names), 1);
        assert_non_null(strstr(buf_str(&names), *how == 'c' ? "uses the demo's folder" : "carries the marker"));
        buf_clear(&names);
        close(end);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(demo_left(&p->paths, p->dir, self.starttime, NULL), 0);
    }
}

static void children_end_in_time(void **state)
{
    struct place *p = *state;
    struct demo_children c;
    char *out = file_join(p->dir, "out"), *end = file_join(p->dir, "end");
    char *yes[] = {"sh", "-c", "echo said; exit 7", NULL}, *none[] = {"/nonexistent/program", NULL};
    char *slow[] = {"sleep", "60", NULL}, *killed[] = {"sh", "-c", "kill -9 $$", NULL};
    struct buf b;
    buf_init(&b, 0);
    demo_children_init(&c);
    assert_int_equal(demo_child(&c, yes, out, 20000), 7);
    assert_true(file_read(out, 100, &b, NULL));
    assert_string_equal(buf_str(&b), "said\n");
    assert_int_equal(demo_child(&c, none, out, 20000), 127);
    assert_int_equal(demo_child(&c, killed, out, 20000), 128 + 9);
    assert_int_equal(demo_child(&c, slow, out, 200), 124);
    assert_int_equal(c.caught, 0);
    kill(getpid(), SIGINT);
    demo_nap(&c, 5000);
    assert_int_equal(c.caught, SIGINT);
    demo_children_clear(&c);
    buf_clear(&b);
    free(out);
    free(end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_become_sentences),
        cmocka_unit_test_setup_teardown(a_crash_and_its_restart_are_told_once, place_make, place_drop),
        cmocka_unit_test_setup_teardown(who_is_left_is_found, place_make, place_drop),
        cmocka_unit_test_setup_teardown(children_end_in_time, place_make, place_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
