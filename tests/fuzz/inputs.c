/* Any bytes where JSON, lines of a journal or a launch.conf are expected: no crash, no leak, nothing undefined; what is
 * read is read the same however it is cut, and again after it was written. */
#include "supervisor/base/json.h"
#include "supervisor/base/lines.h"
#include "supervisor/config/config.h"
#include "agents/outcome.h"
#include "agents/stream_json.h"
#include "tests/fuzz/fuzz.h"
#include "watchdog/replay.h"
#include <stdlib.h>
#include <string.h>

static void keep_line(void *arg, const char *line, size_t len, bool cut)
{
    buf_add(arg, line, len);
    buf_adds(arg, cut ? "\n!" : "\n");
}

static void read_lines(const char *data, size_t n, size_t piece, struct buf *out)
{
    struct lines l;
    lines_init(&l, 40, keep_line, out);
    for (size_t at = 0; at < n; at += piece)
        lines_feed(&l, data + at, n - at < piece ? n - at : piece);
    lines_end(&l);
    lines_clear(&l);
}

static void try_lines(const char *data, size_t n, size_t piece)
{
    struct buf whole = {0}, cut = {0};
    read_lines(data, n, n ? n : 1, &whole);
    read_lines(data, n, piece, &cut);
    if (whole.len != cut.len || (whole.len && memcmp(whole.data, cut.data, whole.len) != 0))
        broken("lines depend on how they come", &whole, &cut);
    buf_clear(&whole);
    buf_clear(&cut);
}

/* The short way to a line's kind says what the whole parse says, where there is one. */
static void try_stream(const char *data, size_t n, const cJSON *json)
{
    struct stream_line l;
    stream_line_read(&l, data, n, false);
    if (cJSON_IsObject(json) && (l.kind == STREAM_PARTIAL) != (strcmp(json_str(json, "type", ""), "stream_event") == 0))
        broken("a line is of another kind when it is parsed", NULL, NULL);
    stream_line_clear(&l);
}

static void try_json(const char *data, size_t n)
{
    cJSON *json = json_parse(data, n);
    struct snapshot s;
    struct exit_record record;
    struct err e = {""};
    if (snapshot_parse(&s, json, &e))
        snapshot_clear(&s);
    else if (!e.text[0])
        broken("facts are refused without a word", NULL, NULL);
    if (json)
        exit_record_parse(&record, json);
    try_stream(data, n, json);
    cJSON_Delete(json);
}

#ifdef NDEBUG
static void try_journal(const char *data, size_t n)
{
    struct buf out = {0};
    struct replay_result result;
    replay_run(data, n, &out, &result);
    buf_clear(&out);
}
#endif

static const char *no_environment(void *arg, const char *name)
{
    (void)arg;
    return name[0] == 'H' ? "/home" : NULL;
}

static void try_config(const char *data, size_t n)
{
    struct config c, again;
    struct buf errors = {0}, one = {0}, two = {0};
    bool good = config_parse(&c, data, n, "launch.conf", no_environment, NULL, &errors);
    if (good == (errors.len > 0))
        broken("a configuration is refused without a word, or taken with one", &errors, NULL);
    if (good) {
        config_print(&c, &one);
        if (!config_parse(&again, buf_str(&one), one.len, "launch.conf", no_environment, NULL, &errors))
            broken("a configuration as it is printed is refused", &one, &errors);
        config_print(&again, &two);
        if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
            broken("a configuration changes when it is printed", &one, &two);
        config_clear(&again);
        config_clear(&c);
    }
    buf_clear(&errors);
    buf_clear(&one);
    buf_clear(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    const char *text = (const char *)data + 1;
    switch (data[0] % 4) {
    case 0: try_lines(text, size - 1, 1 + data[0] / 4); break;
    case 1: try_json(text, size - 1); break;
    case 2:
#ifdef NDEBUG /* what cannot happen ends a program that is built to be tested; a journal of chance says just that */
        try_journal(text, size - 1);
#endif
        break;
    case 3: try_config(text, size - 1); break;
    default: break;
    }
    return 0;
}
