/* supervisor/sys/paths: the same instance from everywhere, and nobody else's folder. */
#include "scratch.h"
#include "supervisor/sys/paths.h"
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A scratch folder with home, run, xdg and a project with launch.conf; the environment points there. */
static int setup(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    static const char *const dirs[] = {"home", "run", "xdg", "project/sub/deep"};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        char *dir = file_join(*state, dirs[i]);
        if (!file_mkdirs(dir, 0700, NULL))
            return -1;
        free(dir);
    }
    char *conf = file_join(*state, "project/launch.conf"), *home = file_join(*state, "home");
    char *run = file_join(*state, "run"), *xdg = file_join(*state, "xdg");
    scratch_write(conf, "");
    setenv("HOME", home, 1);
    setenv("XDG_RUNTIME_DIR", run, 1);
    setenv("XDG_STATE_HOME", xdg, 1);
    unsetenv("CCSUP_CONFIG");
    free(conf);
    free(home);
    free(run);
    free(xdg);
    return chdir(*state);
}

/* The agents' folders in /tmp that a test's instance made. */
static bool drop_tmp(const struct paths *p)
{
    static const char *const roles[] = {"builder", "adversary"};
    bool gone = true;
    for (size_t i = 0; i < 2; i++) {
        char *tmp = paths_tmp(p, roles[i]);
        gone &= file_remove_tree(tmp);
        free(tmp);
    }
    return gone;
}

static int teardown(void **state)
{
    static const char *const projects[] = {"project", "home", "plain"};
    bool gone = chdir(*state) == 0;
    for (size_t i = 0; i < sizeof projects / sizeof *projects; i++) {
        struct paths p;
        if (paths_find(&p, projects[i], NULL))
            gone &= drop_tmp(&p);
        paths_clear(&p);
    }
    return chdir("/") | scratch_drop(state) | !gone;
}

/* dir/name within the scratch folder. */
static char *at(void **state, const char *name)
{
    return file_join(*state, name);
}

static void expect_found(struct paths *p, const char *dir, const char *config)
{
    struct err e = {"old words"};
    if (!paths_find(p, dir, &e))
        fail_msg("%s", e.text);
    assert_string_equal(p->config, config);
}

static void test_found_by_dir_by_variable_and_upward(void **state)
{
    char *conf = at(state, "project/launch.conf"), *project = at(state, "project"),
         *deep = at(state, "project/sub/deep");
    char *other = at(state, "home/launch.conf");
    struct paths p;
    expect_found(&p, project, conf);
    paths_clear(&p);
    expect_found(&p, "project/../project/", conf);
    paths_clear(&p);
    assert_int_equal(chdir(deep), 0);
    expect_found(&p, NULL, conf);
    assert_string_equal(p.root, project);
    paths_clear(&p);
    scratch_write(other, "");
    setenv("CCSUP_CONFIG", other, 1);
    expect_found(&p, NULL, other); /* the variable goes before the working directory */
    paths_clear(&p);
    expect_found(&p, project, conf); /* and -C before the variable */
    paths_clear(&p);
    setenv("CCSUP_CONFIG", "", 1);
    expect_found(&p, NULL, conf); /* empty is unset */
    paths_clear(&p);
    free(conf);
    free(project);
    free(deep);
    free(other);
}

static void expect_missing(const char *dir, const char *words)
{
    struct paths p;
    struct err e = {"old words"};
    assert_false(paths_find(&p, dir, &e));
    if (!strstr(e.text, words))
        fail_msg("\"%s\" does not say \"%s\"", e.text, words);
    assert_false(paths_find(&p, dir, NULL));
    paths_clear(&p);
}

static void test_not_found_says_where_it_looked(void **state)
{
    char *home = at(state, "home"), *deep = at(state, "project/sub/deep"), *gone = at(state, "gone");
    assert_int_equal(chdir(home), 0);
    char *words = file_fmt("no launch.conf in %s or above it", home);
    expect_missing(NULL, words);
    free(words);
    words = file_fmt("no launch.conf in %s;", deep);
    expect_missing(deep, words); /* -C does not look upward */
    free(words);
    expect_missing(gone, gone);
    setenv("CCSUP_CONFIG", gone, 1);
    words = file_fmt("CCSUP_CONFIG: cannot find %s: No such file", gone);
    expect_missing(NULL, words);
    free(words);
    assert_int_equal(chdir("/"), 0);
    unsetenv("CCSUP_CONFIG");
    expect_missing(NULL, "no launch.conf in / or above it");
    free(home);
    free(deep);
    free(gone);
}

static void test_one_instance_however_it_is_named(void **state)
{
    char *link = at(state, "link"), *conf = at(state, "home/other.conf"), *copy = at(state, "run/launch.conf");
    struct paths a, b, c;
    struct err e = {""};
    assert_int_equal(symlink("project", link), 0);
    assert_true(paths_find(&a, "project", &e));
    assert_true(paths_find(&b, link, &e));
    assert_string_equal(a.config, b.config);
    assert_string_equal(a.state, b.state);
    assert_string_equal(a.id, b.id);
    assert_string_equal(a.sockets, b.sockets);
    assert_string_equal(a.data, b.data);
    assert_int_equal(strspn(a.id, "0123456789abcdef"), 8);
    scratch_write(copy, "");
    assert_true(paths_find(&c, "run", &e));
    assert_string_not_equal(a.id, c.id);
    paths_clear(&b);
    assert_true(symlink("../project/launch.conf", conf) == 0 && paths_init(&b, conf, &e));
    assert_string_equal(a.state, b.state);
    paths_clear(&a);
    paths_clear(&b);
    paths_clear(&c);
    free(link);
    free(conf);
    free(copy);
}

static void expect_text(char *got, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void expect_text(char *got, const char *fmt, ...)
{
    struct buf want;
    buf_init(&want, 0);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&want, fmt, ap);
    va_end(ap);
    assert_string_equal(got, buf_str(&want));
    buf_clear(&want);
    free(got);
}

static void test_names(void **state)
{
    struct paths p;
    struct err e = {""};
    const char *s = *state;
    assert_true(paths_find(&p, "project", &e));
    expect_text(paths_state(&p, "want"), "%s/project/.ccsup/want", s);
    expect_text(paths_lock(&p, "git"), "%s/project/.ccsup/locks/git", s);
    expect_text(paths_role(&p, "builder", "iterations"), "%s/project/.ccsup/builder/iterations", s);
    expect_text(paths_socket(&p, "control"), "%s/run/ccsup/%s/control", s, p.id);
    expect_text(paths_data(&p, "adversary", "clone"), "%s/xdg/ccsup/%s/adversary/clone", s, p.id);
    expect_text(paths_tmp(&p, "builder"), "/tmp/ccsup-%s-builder", p.id);
    char *self = paths_program(&p, "test_paths");
    assert_int_equal(access(self, X_OK), 0);
    free(self);
    expect_text(paths_program(&p, "ccsup-nothing"), "%s/../libexec/ccsup/ccsup-nothing", p.exe);
    paths_clear(&p);
}

static void test_without_a_home(void **state)
{
    struct paths p;
    struct err e = {""};
    unsetenv("XDG_STATE_HOME");
    assert_true(paths_find(&p, "project", &e));
    expect_text(paths_data(&p, "builder", "clone"), "%s/home/.local/state/ccsup/%s/builder/clone", (char *)*state,
                p.id);
    paths_clear(&p);
    setenv("XDG_STATE_HOME", "relative", 1); /* as the XDG rules say: not absolute = not set */
    unsetenv("HOME");
    assert_true(paths_find(&p, "project", &e));
    assert_int_equal(p.data[0], '/');
    assert_non_null(strstr(p.data, "/.local/state/ccsup/"));
    paths_clear(&p);
}

/* Whatever XDG_RUNTIME_DIR is, a keeper's socket fits into sun_path. */
static void test_socket_paths_always_fit(void **state)
{
    struct sockaddr_un sun;
    for (size_t n = 1; n < 150; n += n < 40 || n > 80 ? 7 : 1) {
        char name[200];
        memset(name, 'r', n);
        name[n] = '\0';
        char *run = at(state, name);
        assert_int_equal(mkdir(run, 0700), 0);
        setenv("XDG_RUNTIME_DIR", run, 1);
        struct paths p;
        struct err e = {""};
        assert_true(paths_find(&p, "project", &e));
        char *sock = paths_socket(&p, "adversary");
        assert_true(strlen(sock) < sizeof sun.sun_path);
        /* As long as it fits, it is where the user's sockets belong. */
        bool fits = strlen(run) + strlen("/ccsup/01234567/adversary") < sizeof sun.sun_path;
        assert_int_equal(strncmp(sock, run, strlen(run)) == 0, fits);
        free(sock);
        paths_clear(&p);
        free(run);
    }
    static const char *const no_use[] = {"", "relative", "/nothing/of/that/name"};
    for (size_t i = 0; i < 3; i++) {
        setenv("XDG_RUNTIME_DIR", no_use[i], 1);
        struct paths p;
        assert_true(paths_find(&p, "project", NULL));
        assert_true(strncmp(p.sockets, "/run/ccsup/", 11) == 0 || strncmp(p.sockets, "/tmp/ccsup-", 11) == 0);
        paths_clear(&p);
    }
}

static void expect_private(char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || (st.st_mode & 0777) != 0700)
        fail_msg("%s is no private folder", path);
    free(path);
}

static void test_folders_are_made_private(void **state)
{
    (void)state;
    struct paths p;
    struct err e = {""};
    assert_true(paths_find(&p, "project", &e));
    assert_int_equal(mkdir(p.state, 0777), 0);
    chmod(p.state, 0777); /* made by hand, open to all: closed */
    mode_t old = umask(0);
    if (!paths_make(&p, &e))
        fail_msg("%s", e.text);
    umask(old);
    expect_private(paths_state(&p, "."));
    expect_private(paths_state(&p, "locks"));
    expect_private(paths_role(&p, "builder", "iterations"));
    expect_private(paths_role(&p, "adversary", "iterations"));
    expect_private(paths_socket(&p, "."));
    expect_private(paths_data(&p, "builder", ""));
    expect_private(paths_tmp(&p, "builder"));
    expect_private(paths_tmp(&p, "adversary"));
    assert_true(paths_make(&p, &e)); /* again, over what is there */
    paths_clear(&p);
}

/* `ccsup stop` from cron or another login finds what `ccsup start` made. */
static void test_places_do_not_depend_on_the_environment_of_who_asks(void **state)
{
    struct paths p, q;
    struct err e = {""};
    assert_true(paths_find(&p, "project", &e));
    assert_true(paths_make(&p, &e));
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", "/nowhere", 1);
    assert_true(paths_find(&q, "project", &e));
    assert_string_equal(q.sockets, p.sockets);
    assert_string_equal(q.data, p.data);
    paths_clear(&q);
    assert_true(file_remove_tree(p.sockets)); /* after a reboot */
    setenv("XDG_STATE_HOME", *state, 1);
    assert_true(paths_find(&q, "project", &e));
    assert_string_not_equal(q.sockets, p.sockets);
    assert_string_equal(q.data, p.data);
    paths_clear(&q);
    /* A state folder that was copied to another project does not lead to the first one's clones. */
    char *there = at(state, "home/.ccsup"), *link = file_join(there, "data"), *conf = at(state, "home/launch.conf");
    scratch_write(conf, "");
    assert_int_equal(mkdir(there, 0700), 0);
    assert_int_equal(symlink(p.data, link), 0);
    assert_true(paths_find(&q, "home", &e));
    assert_string_not_equal(q.data, p.data);
    assert_non_null(strstr(q.data, q.id));
    free(there);
    free(link);
    free(conf);
    paths_clear(&p);
    paths_clear(&q);
}

static void test_a_link_in_a_folder_s_place_is_refused(void **state)
{
    struct paths p;
    struct err e = {""};
    char *elsewhere = at(state, "home");
    assert_true(paths_find(&p, "project", &e));
    assert_int_equal(symlink(elsewhere, p.state), 0);
    assert_false(paths_make(&p, &e));
    assert_non_null(strstr(e.text, "is not a folder of ours; remove it"));
    assert_non_null(strstr(e.text, p.state));
    free(elsewhere);
    paths_clear(&p);
}

/* As a plain user, with root as the stranger. */
static int meet_strangers(void *arg)
{
    void *state = arg;
    struct paths p;
    struct err e = {""};
    if (chmod(state, 0777) != 0)
        return 1;
    char *project = at(&state, "plain"), *conf = at(&state, "plain/launch.conf"), *above = at(&state, "launch.conf");
    char *sub = at(&state, "plain/sub"), *run = at(&state, "plain/run");
    if (mkdir(project, 0777) != 0 || chown(project, 65534, 65534) != 0 || setgid(65534) != 0)
        return 2;
    FILE *f = fopen(above, "w"); /* another plain user's, above: planted */
    if (!f || fchown(fileno(f), 65533, 65533) != 0 || fclose(f) != 0)
        return 3;
    char *mine_by_root = NULL;
    setenv("HOME", project, 1);
    setenv("XDG_RUNTIME_DIR", run, 1);
    setenv("XDG_STATE_HOME", project, 1);
    if (setuid(65534) != 0 || mkdir(sub, 0700) != 0 || mkdir(run, 0700) != 0 || chdir(sub) != 0)
        return 4;
    if (paths_find(&p, NULL, &e) || !strstr(e.text, "belongs to another user; name its folder with -C DIR"))
        return 5;
    paths_clear(&p);
    if (!paths_find(&p, state, &e)) /* named: trusted */
        return 6;
    paths_clear(&p);
    f = fopen(conf, "w");
    if (!f || fclose(f) != 0 || !paths_find(&p, NULL, &e))
        return 7;
    mine_by_root = paths_tmp(&p, "builder"); /* the parent made a folder of root's there */
    bool ok = !paths_make(&p, &e) && strstr(e.text, "is not a folder of ours") && strstr(e.text, mine_by_root);
    if (!ok)
        print_message("%s\n", e.text);
    free(mine_by_root);
    paths_clear(&p);
    free(project);
    free(conf);
    free(above);
    free(sub);
    free(run);
    return ok ? 0 : 8;
}

static void test_strangers_are_refused(void **state)
{
    if (geteuid() != 0) {
        print_message("not root: no other user to be a stranger\n");
        skip();
    }
    /* What the child's instance will be called: its id follows from the path alone. */
    char *plain = at(state, "plain2"), *conf = at(state, "plain2/launch.conf");
    struct paths p;
    struct err e = {""};
    assert_int_equal(mkdir(plain, 0700), 0);
    scratch_write(conf, "");
    char *final = at(state, "plain");
    assert_int_equal(rename(plain, final), 0);
    assert_true(paths_find(&p, final, &e));
    char *tmp = paths_tmp(&p, "builder");
    assert_true(file_remove_tree(final));
    assert_int_equal(mkdir(tmp, 0777), 0);
    int code = scratch_wait(scratch_fork(meet_strangers, *state));
    assert_true(drop_tmp(&p));
    free(tmp);
    free(plain);
    free(final);
    free(conf);
    paths_clear(&p);
    assert_int_equal(code, 0);
}

static void test_what_an_iterations_folder_is_called(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
    } names[] = {{"000001", 1},
                 {"000000", 0},
                 {"999999", 999999},
                 {"1000000", 1000000},
                 {"999999999", 999999999},
                 {"1000000000", 0},
                 {"2147483647", 0},
                 {"0000001", 0},
                 {"000000000000012", 0},
                 {"12", 0},
                 {"00001", 0},
                 {"000001x", 0},
                 {"-00001", 0},
                 {"", 0},
                 {" 000001", 0},
                 {".", 0}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (paths_iteration(names[i].name) != names[i].number)
            fail_msg("'%s' is %d, not %d", names[i].name, paths_iteration(names[i].name), names[i].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(test_what_an_iterations_folder_is_called),
        T(test_found_by_dir_by_variable_and_upward),
        T(test_not_found_says_where_it_looked),
        T(test_one_instance_however_it_is_named),
        T(test_names),
        T(test_without_a_home),
        T(test_socket_paths_always_fit),
        T(test_folders_are_made_private),
        T(test_places_do_not_depend_on_the_environment_of_who_asks),
        T(test_a_link_in_a_folder_s_place_is_refused),
        T(test_strangers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
