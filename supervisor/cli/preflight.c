#include "supervisor/cli/preflight.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/helper.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HTTP_SLACK_MS = 2000, SECRET_MAX = 16384 };

__attribute__((format(printf, 4, 0))) static enum preflight_end says(struct preflight *p, enum preflight_end end,
                                                                     const char *fix, const char *fmt, va_list ap)
{
    buf_addv(&p->said, fmt, ap);
    buf_adds(&p->fix, fix ? fix : "");
    return end;
}

#define SAYS(end, fix)                                                                                                 \
    va_list ap;                                                                                                        \
    va_start(ap, fmt);                                                                                                 \
    enum preflight_end e = says(p, end, fix, fmt, ap);                                                                 \
    va_end(ap);                                                                                                        \
    return e

enum preflight_end preflight_ok(struct preflight *p, const char *fmt, ...)
{
    SAYS(PREFLIGHT_OK, NULL);
}

enum preflight_end preflight_skip(struct preflight *p, const char *fmt, ...)
{
    SAYS(PREFLIGHT_SKIP, NULL);
}

enum preflight_end preflight_warn(struct preflight *p, const char *fix, const char *fmt, ...)
{
    SAYS(PREFLIGHT_WARN, fix);
}

enum preflight_end preflight_fail(struct preflight *p, const char *fix, const char *fmt, ...)
{
    SAYS(PREFLIGHT_FAIL, fix);
}

bool preflight_child(const struct preflight *p, struct child *c, const struct words *argv, const char *const *set)
{
    struct words env = {0};
    for (char **e = environ; *e; e++) {
        bool replaced = false;
        for (size_t i = 0; set && set[i]; i++) {
            size_t n = strcspn(set[i], "=") + 1;
            replaced = replaced || strncmp(*e, set[i], n) == 0;
        }
        if (!replaced)
            words_add(&env, *e);
    }
    for (size_t i = 0; set && set[i]; i++)
        words_add(&env, set[i]);
    mode_t mask = umask(0);
    umask(mask);
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    int stop = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    bool ok = child_run(
        c, argv,
        &(struct child_way){
            .env = &env, .deadline = p->deadline, .umask = mask, .own_group = true, .stop = stop, .mask = &before});
    words_clear(&env);
    close(stop);
    sigprocmask(SIG_SETMASK, &before, NULL); /* where a TERM came: our end, now that it has ended */
    return ok;
}

char *preflight_last_line(const struct child *c)
{
    const struct buf *b = c->err.len ? &c->err : &c->out;
    const char *text = buf_str(b);
    size_t n = b->len;
    while (n && strchr(" \r\n\t", text[n - 1]))
        n--;
    size_t from = n;
    while (from && text[from - 1] != '\n')
        from--;
    return mem_strndup(text + from, n - from);
}

char *preflight_path(const struct preflight *p, const char *name)
{
    return *name == '/' ? mem_strdup(name) : file_join(p->cli->paths.root, name);
}

cJSON *preflight_http_ask(const struct preflight *p, cJSON *request, struct err *e)
{
    struct buf out;
    int64_t ms = p->deadline - clock_boot();
    buf_init(&out, 0);
    json_add_int(request, "timeout_ms", ms > 1 ? ms : 1);
    if (p->item && *p->item->ca) {
        char *ca = preflight_path(p, p->item->ca);
        json_add_str(request, "ca", ca);
        free(ca);
    }
    char *line = json_print(request), *program = paths_beside("ccsup-http");
    bool ok = helper_run(program, ".", line, ms + HTTP_SLACK_MS, &out, e);
    cJSON *answer = ok ? json_parse(buf_str(&out), out.len) : NULL;
    if (ok && !answer)
        err_set(e, "ccsup-http gave no answer");
    cJSON_Delete(request);
    buf_clear(&out);
    free(program);
    free(line);
    return answer;
}

bool preflight_header(const struct preflight *p, cJSON *list, const char *header, struct err *e)
{
    const char *at = strstr(header, " @");
    if (!at) {
        cJSON_AddItemToArray(list, cJSON_CreateString(header));
        return true;
    }
    char *path = preflight_path(p, at + 2);
    struct buf text;
    struct stat st;
    buf_init(&text, 0);
    buf_add(&text, header, (size_t)(at - header) + 1);
    bool ok = file_read(path, SECRET_MAX, &text, e);
    if (ok && (stat(path, &st) != 0 || (st.st_mode & 077))) {
        err_set(e, "%s may be read by others than its owner; chmod 600 it", path);
        ok = false;
    }
    while (ok && text.len && strchr("\r\n ", text.data[text.len - 1]))
        text.data[--text.len] = '\0';
    if (ok)
        cJSON_AddItemToArray(list, cJSON_CreateString(buf_str(&text)));
    buf_clear(&text);
    free(path);
    return ok;
}

void preflight_row_text(struct buf *b, const struct preflight_row *row)
{
    static const char *const words[] = {
#define X(name, word, json) word,
        PREFLIGHT_ENDS(X)
#undef X
    };
    buf_addf(b, "%-5s %-13s %s%s\n", words[row->end], row->id, row->said, row->ignored ? " (ignored)" : "");
    if (row->fix && *row->fix)
        buf_addf(b, "%-5s %-13s fix: %s\n", "", "", row->fix);
}

struct checking {
    struct cli *cli;
    bool json, strict;
    cJSON *checks;
    int counts[PREFLIGHT_COUNT];
    int bad;
};

static void check_told(void *arg, const struct preflight_row *row)
{
    static const char *const words[] = {
#define X(name, word, json) json,
        PREFLIGHT_ENDS(X)
#undef X
    };
    struct checking *c = arg;
    c->counts[row->end]++;
    bool counts = row->end == PREFLIGHT_FAIL || (row->end == PREFLIGHT_WARN && c->strict);
    c->bad += counts && !row->ignored;
    if (c->json) {
        cJSON *o = cJSON_CreateObject();
        json_add_str(o, "id", row->id);
        json_add_str(o, "state", words[row->end]);
        json_add_str(o, "text", row->said);
        json_add_str(o, "fix", row->fix);
        json_add_bool(o, "ignored", row->ignored);
        json_add_int(o, "ms", row->ms);
        cJSON_AddItemToArray(c->checks, o);
        return;
    }
    struct buf b;
    buf_init(&b, 0);
    preflight_row_text(&b, row);
    cli_out(c->cli, &b);
    buf_clear(&b);
}

static void check_summary(struct checking *c)
{
    const int *n = c->counts;
    if (!c->json) {
        cli_say(c->cli, "%d ok, %d warn, %d FAIL, %d skipped: %s\n", n[PREFLIGHT_OK], n[PREFLIGHT_WARN],
                n[PREFLIGHT_FAIL], n[PREFLIGHT_SKIP], c->bad ? "not ready" : "ready");
        return;
    }
    cJSON *o = cJSON_CreateObject();
    json_add_bool(o, "ready", !c->bad);
    json_add_int(o, "ok", n[PREFLIGHT_OK]);
    json_add_int(o, "warn", n[PREFLIGHT_WARN]);
    json_add_int(o, "fail", n[PREFLIGHT_FAIL]);
    json_add_int(o, "skip", n[PREFLIGHT_SKIP]);
    cJSON_AddItemToObject(o, "checks", c->checks);
    c->checks = NULL;
    char *text = json_print(o);
    cli_say(c->cli, "%s\n", text);
    free(text);
    cJSON_Delete(o);
}

/* --ignore ID,ID. With a launch.conf that can't be read its checks are not known: nothing is refused then. */
static enum cli_exit check_ignore(struct cli *cli, struct preflight_list *l)
{
    const char *list = cli_given(cli, "ignore");
    for (const char *p = list ? list : ""; *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        char *id = mem_strndup(p, n);
        struct preflight_row *row = preflight_list_find(l, id);
        bool all = strcmp(id, "all") == 0, unknown = !row && (cli->have_config || !*id);
        if (row)
            row->ignored = true;
        enum cli_exit code = all ? cli_usage(cli, "--ignore takes names of checks; 'all' is none: name what may fail")
                             : unknown
                                 ? cli_usage(cli, "--ignore: there is no check '%s'; 'ccsup check' lists them", id)
                                 : CLI_YES;
        free(id);
        if (code != CLI_YES)
            return code;
        p += n;
    }
    if (list && (!*list || list[strlen(list) - 1] == ','))
        return cli_usage(cli, "--ignore takes names of checks, such as disk,linger");
    return CLI_YES;
}

int cli_check(struct cli *cli)
{
    struct checking c = {.cli = cli, .json = cli_given(cli, "json"), .strict = cli_given(cli, "strict")};
    struct preflight_list l;
    struct err e = {""};
    if (cli_given(cli, "child"))
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* of the watchdog: it is killed with it */
    cli->have_paths = cli->have_paths || paths_find(&cli->paths, cli->dir, &e);
    cli_config_try(cli);
    preflight_list_make(&l, cli, false);
    enum cli_exit code = check_ignore(cli, &l);
    if (code == CLI_YES) {
        c.checks = c.json ? cJSON_CreateArray() : NULL;
        preflight_list_run(&l, cli, check_told, &c);
        check_summary(&c);
        code = c.bad ? CLI_NO : CLI_YES;
    }
    preflight_list_clear(&l);
    return code;
}

static void start_told(void *arg, const struct preflight_row *row)
{
    struct checking *c = arg;
    if (row->end != PREFLIGHT_FAIL && row->end != PREFLIGHT_WARN)
        return;
    /* A check that can't tell is no reason not to start. */
    bool bad = row->end == PREFLIGHT_FAIL && row->told;
    c->bad += bad;
    cli_error(c->cli, "%s%s: %s%s%s", bad ? "" : "warning, ", row->id, row->said, *row->fix ? "; fix: " : "", row->fix);
}

enum cli_exit preflight_start(struct cli *cli)
{
    struct checking c = {.cli = cli};
    struct preflight_list l;
    preflight_list_make(&l, cli, true);
    preflight_list_run(&l, cli, start_told, &c);
    preflight_list_clear(&l);
    if (c.bad)
        cli_error(cli, "nothing was started; 'ccsup check' looks at all of it, --no-check starts all the same");
    return c.bad ? CLI_NO : CLI_YES;
}
