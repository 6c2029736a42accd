/* `ccsup verify --files STATUS REVIEW`: two files and a clock, no configuration, no repository. */
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/value.h"
#include "supervisor/cli/verify.h"
#include "supervisor/base/timestamp.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 8 << 20, NAME_SHOWN = 200 }; /* bytes; the first is repo.state_max_bytes where nobody sets it */

struct files {
    struct words criteria;
    struct verdict_rules rules;
    int64_t now; /* seconds */
};

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* A length of time in seconds. */
static enum cli_exit files_length(const struct cli *cli, const char *option, const char *standard, int64_t least,
                                  int64_t most, int64_t *seconds)
{
    int64_t ms;
    enum cli_exit code = value_length(cli, option, standard, least, most, &ms);
    *seconds = ms / 1000;
    return code;
}

static enum cli_exit files_options(const struct cli *cli, struct files *f)
{
    static const char *const of_a_repository[] = {"at", "start", "phase"};
    for (size_t i = 0; i < sizeof of_a_repository / sizeof *of_a_repository; i++)
        if (cli_given(cli, of_a_repository[i]))
            return cli_usage(cli, "--%s is about a repository; leave it out, or leave out --files", of_a_repository[i]);
    if (cli->word_count != 2)
        return cli_usage(cli, "--files needs two files, STATUS and REVIEW; an empty one may be /dev/null");
    if (is_stdin(cli->words[0]) && is_stdin(cli->words[1]))
        return cli_usage(cli, "only one of the two files can be '-', standard input");
    const char *criteria = cli_given(cli, "criteria");
    struct err e = {""};
    if (!criteria)
        return cli_usage(cli, "--files needs --criteria as well, such as --criteria D1-D10");
    if (!config_criteria(&f->criteria, criteria, &e))
        return cli_usage(cli, "--criteria: %s", e.text);
    f->rules.criteria = &f->criteria;
    enum cli_exit code = files_length(cli, "window", "24h", 60 * 1000, INT64_C(30) * 86400 * 1000, &f->rules.window);
    return code != CLI_YES ? code : files_length(cli, "skew", "120s", 0, 3600 * 1000, &f->rules.skew);
}

/* What stands there, when it is no file that may be read: the same as in a repository. NULL = read it. A link below
 * /dev is the system's own: /dev/stdin, or the shell's <(...). */
static const char *files_kind(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return NULL;
    if (S_ISLNK(st.st_mode) && strncmp(path, "/dev/", 5) != 0)
        return "a symbolic link stands where the file should be; give the file itself";
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return "a folder stands where the file should be";
    return NULL;
}

/* Up to one byte more than may be read, so that a file that is too long is seen. errno, 0 = all is read. */
static int files_read(const char *path, struct buf *b)
{
    int fd = is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno;
    static const size_t room = 64 * 1024;
    char *chunk = mem_zalloc(room);
    int error = 0;
    while (b->len <= FILE_MAX) {
        ssize_t n = read(fd, chunk, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            error = errno;
        if (n <= 0)
            break;
        buf_add(b, chunk, (size_t)n);
    }
    free(chunk);
    if (fd != STDIN_FILENO)
        close(fd);
    return error;
}

/* Reads one file. why is set when it is refused. CLI_USAGE when there is no such file. */
static enum cli_exit files_one(const struct cli *cli, const char *path, struct buf *b, char why[200])
{
    const char *kind = is_stdin(path) ? NULL : files_kind(path);
    why[0] = '\0';
    if (kind) {
        snprintf(why, 200, "%s", kind);
        return CLI_YES;
    }
    int error = files_read(path, b);
    if (error == ENOENT || error == ENOTDIR)
        return cli_usage(cli, "there is no file '%s'; if it has not been written yet, give /dev/null", path);
    if (error)
        snprintf(why, 200, "%s", strerror(error));
    return CLI_YES;
}

static enum cli_exit files_facts(const struct cli *cli, const struct files *f, struct snapshot *s)
{
    struct buf status, review;
    char why_status[200], why_review[200] = "";
    buf_init(&status, 0);
    buf_init(&review, 0);
    enum cli_exit code = files_one(cli, cli->words[0], &status, why_status);
    if (code == CLI_YES)
        code = files_one(cli, cli->words[1], &review, why_review);
    if (code == CLI_YES) {
        s->has_status = s->has_review = true;
        if (why_status[0]) {
            s->marker.refused = true;
            memcpy(s->marker.why, why_status, sizeof why_status);
        } else {
            marker_read(&s->marker, buf_str(&status), status.len, FILE_MAX);
        }
        if (why_review[0]) {
            s->review.refused = true;
            memcpy(s->review.why, why_review, sizeof why_review);
        } else {
            review_read(&s->review, buf_str(&review), review.len, f->rules.criteria, FILE_MAX);
        }
    }
    buf_clear(&status);
    buf_clear(&review);
    return code;
}

/* The file's name as it is shown. The caller frees. */
static char *files_name(const char *path)
{
    return is_stdin(path) ? mem_strdup("standard input") : vis_dup(path, strlen(path), NAME_SHOWN);
}

int verify_files(struct cli *cli, int64_t now)
{
    struct files f;
    struct snapshot s;
    memset(&f, 0, sizeof f);
    memset(&s, 0, sizeof s);
    enum cli_exit code = files_options(cli, &f);
    if (code == CLI_YES)
        code = files_facts(cli, &f, &s);
    if (code == CLI_YES) {
        char *status = files_name(cli->words[0]), *review = files_name(cli->words[1]);
        struct verdict v;
        verdict_judge(&v, &s, &f.rules, status, review, now);
        code = verify_show(cli, &v, &s, NULL, status, review);
        verdict_clear(&v);
        free(status);
        free(review);
    }
    snapshot_clear(&s);
    words_clear(&f.criteria);
    return code;
}
