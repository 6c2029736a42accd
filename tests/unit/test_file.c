/* supervisor/sys/file: whole or not at all, and never outside of the tree. */
#include "scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

static bool read_fails(const char *path, size_t max, const char *why)
{
    struct buf b;
    struct err e = {""};
    buf_init(&b, 0);
    buf_adds(&b, "before");
    bool ok = file_read(path, max, &b, &e);
    bool good = !ok && strstr(e.text, why) && strstr(e.text, path) && strcmp(buf_str(&b), "before") == 0;
    if (!good)
        print_message("%s: %d, \"%s\", buffer \"%.40s\"\n", path, ok, e.text, buf_str(&b));
    buf_clear(&b);
    return good;
}

static void test_read_whole(void **state)
{
    char *path = file_join(*state, "f");
    size_t n = 200001; /* more than a chunk, and odd */
    char *data = malloc(n);
    for (size_t i = 0; i < n; i++)
        data[i] = (char)(i * 7);
    struct err e = {""};
    assert_true(file_replace(path, data, n, 0600, false, &e));
    struct buf b;
    buf_init(&b, 0);
    buf_adds(&b, "x");
    assert_true(file_read(path, n, &b, &e));
    assert_int_equal(b.len, n + 1);
    assert_memory_equal(b.data + 1, data, n);
    buf_clear(&b);
    assert_true(read_fails(path, n - 1, "larger than 200000 bytes"));
    free(data);
    char *link = file_join(*state, "link");
    assert_int_equal(symlink("f", link), 0);
    assert_true(file_read(link, n, &b, &e));
    buf_clear(&b);
    assert_true(file_read("/proc/self/stat", 4096, &b, &e)); /* says it has 0 bytes */
    assert_true(b.len > 10);
    buf_clear(&b);
    free(link);
    free(path);
}

static void test_read_refuses_what_is_no_file(void **state)
{
    char *path = file_join(*state, "missing");
    assert_true(read_fails(path, 100, "No such file"));
    assert_true(read_fails(*state, 100, "a folder, not a file"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_true(read_fails(path, 100, "a special file, not a file")); /* and does not wait for a writer */
    unlink(path);
    assert_true(read_fails("/dev/zero", 100, "a special file"));
    scratch_write(path, "0123456789");
    assert_true(read_fails(path, 9, "larger than 9 bytes"));
    assert_true(read_fails(path, 0, "larger than 0 bytes"));
    struct buf b;
    buf_init(&b, 5); /* a buffer that can't hold it holds nothing */
    struct err e = {""};
    assert_false(file_read(path, 100, &b, &e));
    assert_non_null(strstr(e.text, "larger than 5 bytes"));
    assert_int_equal(b.len, 0);
    buf_clear(&b);
    free(path);
}

struct writer {
    const char *path;
    int versions;
};

/* Versions of different lengths, each of one letter, as fast as it goes. */
static int write_versions(void *arg)
{
    struct writer *w = arg;
    static char data[60000];
    for (int i = 0; i < w->versions; i++) {
        memset(data, 'a' + i % 26, sizeof data);
        if (!file_replace(w->path, data, 1000 + (size_t)(i % 26) * 2000, 0600, i % 50 == 0, NULL))
            return 1;
    }
    return 0;
}

static void test_readers_see_only_whole_versions(void **state)
{
    char *path = file_join(*state, "status.json");
    struct writer w = {path, 800};
    assert_true(file_replace(path, "a", 1, 0600, false, NULL));
    pid_t pid = scratch_fork(write_versions, &w);
    int status, seen = 0;
    struct buf b;
    buf_init(&b, 0);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        b.len = 0;
        struct err e = {""};
        if (!file_read(path, 100000, &b, &e))
            fail_msg("%s", e.text);
        assert_true(b.len > 0);
        assert_int_equal(b.len, b.len == 1 ? 1 : 1000 + (b.data[0] - 'a') * 2000);
        assert_int_equal(b.data[b.len - 1], b.data[0]);
        seen++;
    }
    assert_int_equal(status, 0);
    assert_true(seen > 20);
    buf_clear(&b);
    free(path);
}

static void expect_text(const char *path, const char *want)
{
    struct buf b;
    struct err e = {""};
    buf_init(&b, 0);
    assert_true(file_read(path, 1000, &b, &e));
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

static void test_a_failed_replace_changes_nothing(void **state)
{
    char *dir = file_join(*state, "d"), *path = file_join(dir, "f");
    struct err e = {""};
    assert_false(file_replace(path, "x", 1, 0600, true, &e));
    assert_non_null(strstr(e.text, "No such file"));
    assert_true(file_mkdirs(path, 0700, &e)); /* a folder stands where the file should be */
    assert_false(file_replace(path, "x", 1, 0600, true, &e));
    assert_non_null(strstr(e.text, path));
    assert_int_equal(rmdir(path), 0); /* nothing was left in it, nor beside it: */
    assert_int_equal(rmdir(dir), 0);
    assert_true(file_mkdirs(dir, 0700, &e));
    scratch_write(path, "old");
    char *tmp = file_fmt("%s.new.%ld", path, (long)getpid());
    assert_true(file_mkdirs(tmp, 0700, &e)); /* the place beside it is taken */
    assert_false(file_replace(path, "new", 3, 0600, true, &e));
    expect_text(path, "old");
    assert_int_equal(rmdir(tmp), 0);
    free(tmp);
    free(dir);
    free(path);
}

/* A full disk: half of a new file never takes the old one's place. */
static void test_a_full_disk_keeps_the_old_file(void **state)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) { /* the limit is the child's alone */
        struct err e = {""};
        char *path = file_join(*state, "f"), big[9000] = "";
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {5000, 5000};
        bool ok = file_replace(path, "old", 3, 0600, true, &e) && setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                  !file_replace(path, big, sizeof big, 0600, true, &e) && strstr(e.text, "File too large");
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(scratch_wait(pid), 0);
    char *path = file_join(*state, "f");
    expect_text(path, "old");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(*state), 0); /* no half is left beside it */
    assert_int_equal(mkdir(*state, 0700), 0);
    free(path);
}

static void test_replace_sets_rights_and_follows_no_link(void **state)
{
    char *path = file_join(*state, "f"), *victim = file_join(*state, "victim");
    char *tmp = file_fmt("%s.new.%ld", path, (long)getpid());
    struct stat st;
    scratch_write(victim, "precious");
    assert_int_equal(symlink(victim, tmp), 0); /* a trap where the new version is written */
    assert_true(file_replace(path, "new", 3, 0600, false, NULL));
    expect_text(victim, "precious");
    expect_text(path, "new");
    assert_int_equal(lstat(tmp, &st), -1);
    scratch_write(tmp, "left by a dead process");
    chmod(tmp, 0666);
    assert_true(file_replace(path, "newer", 5, 0600, true, NULL));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    unlink(path);
    assert_int_equal(symlink(victim, path), 0); /* a link at the place itself is replaced, not followed */
    assert_true(file_replace(path, "x", 1, 0600, false, NULL));
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    expect_text(victim, "precious");
    free(tmp);
    free(victim);
    free(path);
}

static void test_mkdirs(void **state)
{
    struct err e = {""};
    struct stat st;
    char *deep = file_join(*state, "a/b//c/"), *under = file_join(*state, "file/x/y"),
         *file = file_join(*state, "file");
    assert_true(file_mkdirs(deep, 0700, &e));
    assert_true(file_mkdirs(deep, 0700, &e));
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    scratch_write(file, "");
    assert_false(file_mkdirs(under, 0700, &e));
    assert_non_null(strstr(e.text, "Not a directory"));
    assert_false(file_mkdirs(file, 0700, &e));
    assert_non_null(strstr(e.text, "Not a directory"));
    assert_false(file_mkdirs("", 0700, &e));
    assert_true(file_mkdirs("/", 0700, &e));
    assert_true(file_exists(*state));
    assert_false(file_exists(under));
    free(deep);
    free(under);
    free(file);
}

static void test_join(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"/a", "b", "/a/b"}, {"/", "b", "/b"}, {"/a/", "b", "/a/b"}, {".", "b", "./b"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *s = file_join(rows[i][0], rows[i][1]);
        assert_string_equal(s, rows[i][2]);
        free(s);
    }
}

/* Everything at once into a slow pipe: short writes must not lose a byte. */
static void *drain(void *arg)
{
    int fd = *(int *)arg;
    size_t *sum = calloc(1, sizeof *sum);
    char chunk[777];
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR);)
        for (ssize_t i = 0; i < n; i++)
            *sum = *sum * 31 + (unsigned char)chunk[i];
    return sum;
}

static void on_tick(int signal_)
{
    (void)signal_;
}

static void test_write_all_over_short_writes(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    /* A tick each 200 us: writes that the pipe holds up come back short, or with EINTR. */
    struct sigaction tick = {.sa_handler = on_tick}, old;
    sigaction(SIGALRM, &tick, &old);
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, drain, &fd[0]), 0);
    static char data[3000000];
    size_t want = 0;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (char)(i % 251);
        want = want * 31 + (unsigned char)data[i];
    }
    assert_true(file_write_all(fd[1], data, sizeof data));
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &old, NULL);
    close(fd[1]);
    void *sum;
    pthread_join(reader, &sum);
    assert_true(*(size_t *)sum == want);
    free(sum);
    close(fd[0]);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(fd), 0);
    close(fd[0]);
    assert_false(file_write_all(fd[1], data, sizeof data));
    close(fd[1]);
    signal(SIGPIPE, SIG_DFL);
}

/* ---- file_remove_tree ---- */

static void test_remove_follows_no_link(void **state)
{
    char *out = file_join(*state, "outside/keep"), *tree = file_join(*state, "tree/sub"), *file = file_join(out, "f");
    struct err e = {""};
    assert_true(file_mkdirs(out, 0700, &e));
    assert_true(file_mkdirs(tree, 0700, &e));
    scratch_write(file, "precious");
    char *link = file_join(tree, "to-folder"), *root = file_join(*state, "tree");
    assert_int_equal(symlink(out, link), 0);
    free(link);
    link = file_join(tree, "to-file");
    assert_int_equal(symlink(file, link), 0);
    free(link);
    link = file_join(root, "up");
    assert_int_equal(symlink("..", link), 0);
    free(link);
    assert_true(file_remove_tree(root));
    expect_text(file, "precious");
    link = file_join(*state, "link");
    assert_int_equal(symlink(out, link), 0);
    assert_true(file_remove_tree(link)); /* the link itself */
    expect_text(file, "precious");
    assert_false(file_exists(link));
    free(link);
    free(root);
    free(out);
    free(tree);
    free(file);
}

static void test_remove_every_kind_and_what_is_not_there(void **state)
{
    char *root = file_join(*state, "tree"), *p = file_join(root, "fifo"), *sock = file_join(root, "s");
    struct err e = {""};
    assert_true(file_mkdirs(root, 0700, &e));
    assert_int_equal(mkfifo(p, 0000), 0);
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
    close(fd);
    free(p);
    p = file_join(root, ".hidden");
    scratch_write(p, "x");
    free(p);
    p = file_join(root, "new\nline \xff");
    scratch_write(p, "x");
    assert_true(file_remove_tree(p)); /* a single file */
    free(p);
    assert_true(file_remove_tree(root));
    assert_true(file_remove_tree(root)); /* gone already */
    free(sock);
    free(root);
}

/* Deeper than any path may be long, and than any stack or set of descriptors would hold. */
static void test_remove_deeper_than_a_path(void **state)
{
    char *root = file_join(*state, "tree");
    char name[201];
    memset(name, 'd', 200);
    name[200] = '\0';
    assert_int_equal(mkdir(root, 0700), 0);
    int at = open(root, O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mkdirat(at, name, 0700), 0);
        int next = openat(at, name, O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(at);
        at = next;
    }
    close(openat(at, "leaf", O_CREAT | O_WRONLY, 0400));
    close(at);
    assert_true(file_remove_tree(root));
    free(root);
}

/* What a module cache of some language leaves: folders in which nobody may write. As a plain user, since root may. */
static int remove_read_only(void *arg)
{
    char *root = file_join(arg, "plain"), *deep = file_join(root, "a/b/c");
    if (geteuid() == 0 && (chmod(arg, 0777) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    if (!file_mkdirs(deep, 0700, NULL))
        return 2;
    for (const char *const *p = (const char *const[]){"a/b/c/f", "a/b/f", "f", NULL}; *p; p++) {
        char *file = file_join(root, *p);
        FILE *f = fopen(file, "w");
        if (!f)
            return 3;
        fclose(f);
        free(file);
    }
    for (const char *const *p = (const char *const[]){"a/b/c", "a/b", "a", "", NULL}; *p; p++) {
        char *dir = file_join(root, *p);
        if (chmod(dir, **p == 'a' && !(*p)[1] ? 0000 : 0555) != 0)
            return 4;
        free(dir);
    }
    bool ok = file_remove_tree(root);
    free(deep);
    free(root);
    return ok ? 0 : 5;
}

static void test_remove_folders_without_rights(void **state)
{
    assert_int_equal(scratch_wait(scratch_fork(remove_read_only, *state)), 0);
}

/* Something mounted inside is not emptied, and then the answer is false. In a mount namespace of the child's own. */
static int remove_over_mount(void *arg)
{
    char *root = file_join(arg, "tree"), *point = file_join(root, "mnt"), *out = file_join(arg, "out");
    char *precious = file_join(out, "precious"), *other = file_join(root, "other");
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return errno == EPERM ? 77 : 1;
    if (!file_mkdirs(point, 0700, NULL) || !file_mkdirs(out, 0755, NULL) || !file_mkdirs(other, 0700, NULL) ||
        !file_replace(precious, "x", 1, 0600, false, NULL) || mount(out, point, NULL, MS_BIND, NULL) != 0)
        return 2;
    struct stat st;
    if (file_remove_tree(root))
        return 3;
    if (!file_exists(precious) || stat(out, &st) != 0 || (st.st_mode & 0777) != 0755)
        return 4;
    if (file_exists(other))
        return 5;
    if (umount2(point, MNT_DETACH) != 0 || !file_remove_tree(root))
        return 6;
    return file_exists(precious) ? 0 : 7;
}

static void test_remove_stays_out_of_mounts(void **state)
{
    int code = scratch_wait(scratch_fork(remove_over_mount, *state));
    if (code == 77)
        skip();
    assert_int_equal(code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_drop)
        T(test_read_whole),
        T(test_read_refuses_what_is_no_file),
        T(test_readers_see_only_whole_versions),
        T(test_a_failed_replace_changes_nothing),
        T(test_a_full_disk_keeps_the_old_file),
        T(test_replace_sets_rights_and_follows_no_link),
        T(test_mkdirs),
        T(test_join),
        T(test_write_all_over_short_writes),
        T(test_remove_follows_no_link),
        T(test_remove_every_kind_and_what_is_not_there),
        T(test_remove_deeper_than_a_path),
        T(test_remove_folders_without_rights),
        T(test_remove_stays_out_of_mounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
