/* A recorded run of Claude (tests/vectors/claude/NAME.jsonl, .meta.json) read through the pure core. */
#ifndef CCSUP_TESTS_CLAUDE_RUN_H
#define CCSUP_TESTS_CLAUDE_RUN_H
#include "agents/ending.h"
#include "supervisor/base/json.h"
#include "supervisor/base/lines.h"
#include "supervisor/sys/file.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct claude_run {
    struct transcript t;
    struct exit_record exit;
    struct ending e;
    enum outcome outcome;
    int64_t progress, lines;
    bool running; /* it was ended by the recorder */
};

static void claude_run_line(void *arg, const char *text, size_t n, bool cut)
{
    struct claude_run *run = arg;
    struct stream_line l;
    stream_line_read(&l, text, n, cut);
    run->lines++;
    run->progress += transcript_line(&run->t, &l);
    stream_line_clear(&l);
}

/* Folds a log's bytes, handed over in pieces of `step`. */
static inline void claude_run_fold(struct claude_run *run, const char *text, size_t n, size_t step)
{
    struct lines lines;
    memset(run, 0, sizeof *run);
    transcript_init(&run->t);
    lines_init(&lines, STREAM_LINE_MAX, claude_run_line, run);
    for (size_t at = 0; at < n; at += step)
        lines_feed(&lines, text + at, n - at < step ? n - at : step);
    lines_end(&lines);
    lines_clear(&lines);
}

static inline void claude_run_read(const char *path, struct buf *b)
{
    struct err e;
    buf_init(b, 0);
    if (!file_read(path, 64 << 20, b, &e))
        fail_msg("%s", e.text);
}

static inline void claude_run_load(struct claude_run *run, const char *name)
{
    struct buf log, about;
    char *path = file_fmt("vectors/claude/%s.jsonl", name), *meta = file_fmt("vectors/claude/%s.meta.json", name);
    claude_run_read(path, &log);
    claude_run_read(meta, &about);
    claude_run_fold(run, buf_str(&log), log.len, 4096);
    cJSON *json = json_parse(buf_str(&about), about.len);
    assert_non_null(json);
    const cJSON *rc = json_get(json, "rc");
    int64_t code = json_int(json, "rc", 0);
    run->running = !cJSON_IsNumber(rc);
    if (run->running) /* as the watchdog ends who makes no progress */
        code = -SIGTERM;
    run->exit.end = code < 0 ? END_SIGNALED : END_EXITED;
    run->exit.code = code < 0 ? 0 : (int)code;
    run->exit.signal = code < 0 ? (int)-code : 0;
    ending_read(&run->e, &run->t, json_str(json, "stderr", ""));
    run->outcome = ending_outcome(&run->exit, run->e.outcome, run->running, false);
    cJSON_Delete(json);
    buf_clear(&log);
    buf_clear(&about);
    free(path);
    free(meta);
}

#endif
