#include "agents/output.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_PUSH_LINE = 64 << 10, OUTPUT_PLAIN_LINE = 400, OUTPUT_SHOWN = 200 };

/* git's report of a push, "abc..def  main -> main": look at the repository at once. */
static void look_for_push(struct output *o, const char *text, size_t n)
{
    const char *arrow = memmem(text, n, "-> ", 3);
    size_t left = arrow ? n - (size_t)(arrow - text) : 0, branch = strlen(o->branch);
    if (left >= 3 + branch && memcmp(arrow + 3, o->branch, branch) == 0)
        o->pushed = true;
}

/* A line of stream-json. False: it is none. */
static bool output_stream(struct output *o, const char *line, size_t n, bool cut)
{
    struct stream_line l;
    stream_line_read(&l, line, n, cut);
    if (l.kind == STREAM_NOT_JSON)
        return false;
    char activity[OUTPUT_SHOWN + 1];
    if (l.kind == STREAM_RETURNED)
        look_for_push(o, line, n < OUTPUT_PUSH_LINE ? n : OUTPUT_PUSH_LINE);
    o->progress = transcript_line(&o->transcript, &l) || o->progress || !o->heard;
    o->answered = o->answered || l.kind == STREAM_TEXT || l.kind == STREAM_TOOL;
    if (l.kind != STREAM_PARTIAL && l.kind != STREAM_FRAME)
        mem_set(&o->last, transcript_activity(&o->transcript, activity, sizeof activity));
    stream_line_clear(&l);
    return true;
}

static void output_line(void *arg, const char *line, size_t n, bool cut)
{
    struct output *o = arg;
    size_t i = 0;
    while (i < n && (line[i] == ' ' || line[i] == '\t'))
        i++;
    if (i == n)
        return; /* blank lines tell nothing */
    if (line[i] != '{' || !output_stream(o, line + i, n - i, cut)) {
        /* What a program prints beside its stream-json is no sign of life of the model. */
        o->progress = o->progress || !o->transcript.spoke;
        free(o->last);
        o->last = vis_dup(line + i, n - i, OUTPUT_SHOWN);
        if (n < OUTPUT_PLAIN_LINE)
            look_for_push(o, line, n);
    }
    o->heard = true;
}

void output_init(struct output *o, const char *branch)
{
    memset(o, 0, sizeof *o);
    o->branch = branch;
    transcript_init(&o->transcript);
    lines_init(&o->lines, STREAM_LINE_MAX, output_line, o);
}

void output_feed(struct output *o, const char *data, size_t n)
{
    o->bytes += (int64_t)n;
    lines_feed(&o->lines, data, n);
    if (o->lines.part.len && !o->transcript.spoke) /* a line that grows */
        o->progress = true;
}

void output_end(struct output *o)
{
    lines_end(&o->lines);
}

void output_clear(struct output *o)
{
    lines_clear(&o->lines);
    mem_set(&o->last, NULL);
}

enum agent_live output_live(const struct output *o)
{
    const struct transcript *s = &o->transcript;
    if (s->parked)
        return LIVE_WAITS;
    if (!s->spoke)
        return o->bytes && !s->woken ? LIVE_WORKS : LIVE_SILENT;
    if (s->ended)
        return transcript_waits(s) ? LIVE_WAITS : LIVE_ENDED;
    return s->tool_count || s->tools_more ? LIVE_TOOL : LIVE_WORKS;
}
