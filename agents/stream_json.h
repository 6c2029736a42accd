/* One line of Claude's stream-json -> what kind of line it is. Pure. Types and members that are not known are no
 * trouble, the order of the members says nothing, and a line is never judged by how it begins: `type` may come late. */
#ifndef CCSUP_AGENTS_STREAM_JSON_H
#define CCSUP_AGENTS_STREAM_JSON_H
#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* A line longer than STREAM_LINE_MAX is given up (its reader cuts it); one longer than STREAM_PARSE_MAX is known by its
 * top-level scalars only. A tool that writes 1 MB makes lines of 1 MB, and no bound is promised. */
enum { STREAM_LINE_MAX = 32 << 20, STREAM_PARSE_MAX = 4 << 20 };

/* INIT a turn begins · TEXT, TOOL the model spoke, asked for a tool (an `assistant` line may hold both: TOOL wins) ·
 * API_ERROR a message that the program itself wrote in the model's place · RETURNED a tool's result · USER other input
 * · RESULT a turn ended · RETRY, FALLBACK the program tries again, or with another model · LIMIT rate_limit_event ·
 * DENIED a tool was not allowed · PARKED, WOKEN `ccsup wait --parked` waits, or has ended, in the agent's
 * place · TASKS background tasks changed · PARTIAL a piece of a message · FRAME what stands
 * around such pieces, and pings · REQUEST a request to the API begins · NOTICE for people · OTHER well-formed and of no
 * interest · NOT_JSON */
#define STREAM_KINDS(X)                                                                                                \
    X(INIT)                                                                                                            \
    X(TEXT)                                                                                                            \
    X(TOOL)                                                                                                            \
    X(API_ERROR)                                                                                                       \
    X(RETURNED)                                                                                                        \
    X(USER)                                                                                                            \
    X(RESULT)                                                                                                          \
    X(RETRY)                                                                                                           \
    X(FALLBACK)                                                                                                        \
    X(LIMIT) X(DENIED) X(PARKED) X(WOKEN) X(TASKS) X(PARTIAL) X(FRAME) X(REQUEST) X(NOTICE) X(OTHER) X(NOT_JSON)
enum stream_kind {
#define X(name) STREAM_##name,
    STREAM_KINDS(X)
#undef X
};

struct stream_line {
    enum stream_kind kind;
    bool whole;  /* json is all of the line; else only the scalars of its top */
    cJSON *json; /* owned; NULL for NOT_JSON, for a line that was cut, and mostly for PARTIAL */
};

/* Reads one line of n bytes without its end. cut: its reader dropped a part (then it is OTHER, without json). Free with
 * stream_line_clear. */
void stream_line_read(struct stream_line *l, const char *text, size_t n, bool cut);
void stream_line_clear(struct stream_line *l);
/* The content blocks of an assistant or user line's message; NULL = none. Owned by l. */
const cJSON *stream_line_blocks(const struct stream_line *l);
const char *stream_kind_name(enum stream_kind k);

#endif
