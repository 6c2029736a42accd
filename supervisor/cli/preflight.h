/* `ccsup check`: is this machine ready for the run that launch.conf describes? Each check is a process of its own, so
 * that one that hangs is ended and the others go on; none asks anybody, changes anything or shows a secret.
 * docs/check.md. */
#ifndef CCSUP_CLI_PREFLIGHT_H
#define CCSUP_CLI_PREFLIGHT_H
#include "supervisor/cli/cli.h"
#include "supervisor/config/checks.h"
#include "supervisor/sys/child.h"
#include <cJSON.h>

#define PREFLIGHT_ENDS(X)                                                                                              \
    X(OK, "ok", "ok")                                                                                                  \
    X(WARN, "warn", "warn")                                                                                            \
    X(FAIL, "FAIL", "fail")                                                                                            \
    X(SKIP, "skip", "skip") /* it says nothing here, or what it needs does not hold */
enum preflight_end {
#define X(name, word, json) PREFLIGHT_##name,
    PREFLIGHT_ENDS(X)
#undef X
        PREFLIGHT_COUNT
};

/* What a check gets, and what it says. */
struct preflight {
    struct cli *cli;                      /* with its paths; its configuration too, but for `config` */
    const struct config_check_item *item; /* of [check NAME]; NULL for a built-in one */
    int64_t deadline;                     /* clock_boot ms */
    struct buf said;                      /* one sentence */
    struct buf fix;                       /* what to do; empty = nothing */
};

struct preflight_row {
    const char *id;
    const char *needs[16]; /* ids; NULL ends them */
    bool at_start;
    int64_t timeout; /* ms */
    const struct config_check_item *item;
    enum preflight_end (*look)(struct preflight *p);
    bool ignored;
    /* While it runs, and then. */
    bool begun, over;
    bool told; /* it said its end itself; else it broke, was late or was skipped */
    pid_t pid;
    int fd;
    int64_t began, ms;
    struct buf answer;
    enum preflight_end end;
    char *said, *fix; /* masked and escaped; owned */
};

struct preflight_list {
    struct preflight_row *at;
    size_t n;
};

/* preflight_list.c: every check there is, in the order in which it is shown; at_start: only those that a start asks
 * for. The configuration may be missing. Cleared with preflight_list_clear. */
void preflight_list_make(struct preflight_list *l, const struct cli *cli, bool at_start);
void preflight_list_clear(struct preflight_list *l);
struct preflight_row *preflight_list_find(const struct preflight_list *l, const char *id);
/* preflight_run.c: carries all of them out, as many at once as may be; told is called for each, in order. */
void preflight_list_run(struct preflight_list *l, struct cli *cli,
                        void (*told)(void *arg, const struct preflight_row *row), void *arg);
/* preflight.c: one row as text, with its fix below it. */
void preflight_row_text(struct buf *b, const struct preflight_row *row);
/* The checks that a start asks for: what does not hold goes to standard error. CLI_YES, or CLI_NO. */
enum cli_exit preflight_start(struct cli *cli);

/* For the checks: the sentence, what to do about it (NULL = nothing), and the end to return. */
enum preflight_end preflight_ok(struct preflight *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
enum preflight_end preflight_skip(struct preflight *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
enum preflight_end preflight_warn(struct preflight *p, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum preflight_end preflight_fail(struct preflight *p, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Runs a program with our environment and `set` (NAME=VALUE, NULL ends them) on top, to the check's deadline.
 * True: exit code 0. Free with child_clear in any case. */
bool preflight_child(const struct preflight *p, struct child *c, const struct words *argv, const char *const *set);
/* The last line of what a program said, without blanks at its ends; the caller frees. */
char *preflight_last_line(const struct child *c);
/* A file named in launch.conf, beside it when relative; the caller frees. */
char *preflight_path(const struct preflight *p, const char *name);
/* Asks ccsup-http (request consumed): its answer, owned by the caller; NULL and e. */
cJSON *preflight_http_ask(const struct preflight *p, cJSON *request, struct err *e);
/* Adds `NAME: VALUE @FILE` to the list, the file's content in @FILE's place. False and e: it can't be read, or others
 * may read it. */
bool preflight_header(const struct preflight *p, cJSON *list, const char *header, struct err *e);
/* May this process make PID namespaces? It has one for its children afterwards. */
bool preflight_has_pidns(void);

#define X(function, id, needs, when) enum preflight_end preflight_##function(struct preflight *p);
CHECKS_BUILT_IN(X)
#undef X
enum preflight_end preflight_type_http(struct preflight *p);
enum preflight_end preflight_type_tcp(struct preflight *p);
enum preflight_end preflight_type_tls(struct preflight *p);
enum preflight_end preflight_type_dns(struct preflight *p);
enum preflight_end preflight_type_ssh(struct preflight *p);
enum preflight_end preflight_type_command(struct preflight *p);
enum preflight_end preflight_type_file(struct preflight *p);

#endif
