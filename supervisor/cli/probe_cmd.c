/* cmd -- COMMAND: a program says by its exit code, and by what it prints. And verdict: `ccsup verify`, which is one. */
#include "supervisor/base/json.h"
#include "supervisor/cli/probe.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum wait_seen probe_cmd(struct probe *p, struct buf *said)
{
    struct words argv = {0};
    struct child c;
    for (int i = 0; i < p->spec->word_count; i++)
        words_add(&argv, p->spec->words[i]);
    bool ok = probe_run(p, &c, &argv, NULL);
    enum wait_seen seen = ok                                                  ? WAIT_SEEN_YES
                          : c.timed_out || c.code < 0                         ? WAIT_SEEN_ERROR
                          : c.code < WAIT_EXITS && p->spec->fail_exit[c.code] ? WAIT_SEEN_FAIL
                          : c.code == 126 || c.code == 127 || c.code > 128    ? WAIT_SEEN_ERROR
                                                                              : WAIT_SEEN_NO;
    /* Its last line is that of its output, if it printed any. */
    buf_add(said, buf_str(&c.err), c.err.len);
    buf_adds(said, "\n");
    buf_add(said, buf_str(&c.out), c.out.len);
    struct buf text;
    buf_init(&text, 0);
    buf_add(&text, buf_str(said), said->len);
    seen = probe_reads(p, seen, &text, c.out.full || c.err.full || said->full, said);
    buf_clear(&text);
    if (c.timed_out)
        buf_adds(said, "\nthe probe took too long and was killed");
    else if (!buf_str(said)[strspn(buf_str(said), " \t\r\n")])
        buf_addf(said, "\nexit code %d", c.code);
    child_clear(&c);
    words_clear(&argv);
    return seen;
}

/* The ids of `verdict D1,D2`: each one passes, one fails, or neither. */
static enum wait_seen verdict_seen(const char *ids, const cJSON *criteria, struct buf *said)
{
    enum wait_seen seen = WAIT_SEEN_YES;
    int passing = 0, count = 0;
    struct buf missing;
    buf_init(&missing, 200);
    for (const char *p = ids; *p;) {
        size_t n = strcspn(p, ",");
        const cJSON *one;
        const char *state = NULL;
        cJSON_ArrayForEach(one, criteria)
        {
            const char *id = json_str(one, "id", "");
            if (strlen(id) == n && memcmp(id, p, n) == 0)
                state = json_str(one, "state", "");
        }
        count++;
        if (!state) {
            buf_addf(said, "%.*s is no criterion of the phase", (int)n, p);
            buf_clear(&missing);
            return WAIT_SEEN_ERROR;
        }
        if (strcmp(state, "PASS") == 0)
            passing++;
        else
            buf_addf(&missing, "%s%.*s %s", missing.len ? ", " : "", (int)n, p, state);
        if (strcmp(state, "FAIL") == 0)
            seen = WAIT_SEEN_FAIL;
        else if (strcmp(state, "PASS") != 0 && seen == WAIT_SEEN_YES)
            seen = WAIT_SEEN_NO;
        p += n + (p[n] == ',');
    }
    buf_addf(said, "%d/%d pass%s%s", passing, count, missing.len ? ": " : "", buf_str(&missing));
    buf_clear(&missing);
    return seen;
}

enum wait_seen probe_verdict(struct probe *p, struct buf *said)
{
    struct words argv = {0};
    struct child c;
    char *self = paths_beside("ccsup");
    words_add(&argv, self);
    words_add(&argv, "verify");
    words_add(&argv, "--json");
    probe_run(p, &c, &argv, NULL);
    cJSON *o = c.code == CLI_YES || c.code == CLI_NO ? json_parse(buf_str(&c.out), c.out.len) : NULL;
    const cJSON *criteria = json_get(o, "criteria");
    enum wait_seen seen = WAIT_SEEN_ERROR;
    if (cJSON_IsArray(criteria))
        seen = verdict_seen(p->spec->words[0], criteria, said);
    else if (c.timed_out)
        buf_adds(said, "the repository was not judged in time");
    else
        buf_add(said, buf_str(&c.err), c.err.len);
    cJSON_Delete(o);
    child_clear(&c);
    words_clear(&argv);
    free(self);
    return seen;
}
