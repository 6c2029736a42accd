#include "supervisor/cli/notify_command.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/sys/child.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its last line, of what it said wrong or else at all. */
static char *last_line(const struct child *c)
{
    const struct buf *b = c->err.len ? &c->err : &c->out;
    const char *text = buf_str(b);
    size_t end = b->len;
    while (end && (text[end - 1] == '\n' || text[end - 1] == '\r'))
        end--;
    size_t from = end;
    while (from && text[from - 1] != '\n')
        from--;
    return vis_dup(text + from, end - from, 120);
}

cJSON *notify_command(const struct words *argv, const char *dir, const char *text, int64_t ms)
{
    cJSON *answer = cJSON_CreateObject();
    struct words env = {0};
    struct child c;
    char why[300] = "", input[40];
    int fd = memfd_create("message", MFD_CLOEXEC);
    mode_t mask = umask(0);
    umask(mask);
    memset(&c, 0, sizeof c);
    snprintf(input, sizeof input, "/proc/self/fd/%d", fd);
    for (char **e = environ; *e; e++)
        words_add(&env, *e);
    if (fd < 0 || !file_write_all(fd, text, strlen(text)) || chdir(dir) != 0) {
        snprintf(why, sizeof why, "%.100s: %s", dir, strerror(errno));
    } else {
        sigset_t ends, before;
        sigemptyset(&ends);
        sigaddset(&ends, SIGINT);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGHUP);
        sigprocmask(SIG_BLOCK, &ends, &before);
        int stop = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
        child_prepare();
        bool ok = child_run(&c, argv,
                            &(struct child_way){.env = &env,
                                                .deadline = clock_boot() + ms,
                                                .umask = mask,
                                                .own_group = true,
                                                .stop = stop,
                                                .mask = &before,
                                                .input = input});
        sigprocmask(SIG_SETMASK, &before, NULL); /* what it was started by is gone: now we end of that signal, too */
        close(stop);
        char *line = last_line(&c);
        if (c.timed_out)
            snprintf(why, sizeof why, "the command took longer than %lld s and was killed", (long long)(ms / 1000));
        else if (c.code < 0)
            snprintf(why, sizeof why, "%s", line);
        else if (!ok)
            snprintf(why, sizeof why, "the command ended with exit code %d%s%s", c.code, *line ? ": " : "", line);
        free(line);
    }
    json_add_bool(answer, "ok", !*why);
    if (*why) {
        json_add_str(answer, "code", "command");
        json_add_str(answer, "text", why);
    } else {
        json_add_int(answer, "status", 200);
    }
    if (fd >= 0)
        close(fd);
    child_clear(&c);
    words_clear(&env);
    return answer;
}
