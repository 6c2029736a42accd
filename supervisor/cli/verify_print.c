#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "supervisor/cli/verify.h"
#include "supervisor/base/timestamp.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 20 }; /* lines that look like verdicts, the last ones */

static void verify_time(int64_t seconds, char out[21])
{
    out[0] = '\0';
    if (seconds > 0)
        timestamp_format(seconds, out);
}

static void verify_text_criterion(const struct verdict_criterion *c, const char *review, int width, bool git,
                                  struct buf *out)
{
    const struct review_entry *entry = c->entry;
    char when[21];
    verify_time(c->effective, when);
    buf_addf(out, "  %-*s  %-8s  %-20s", width, c->id, criterion_state_name(c->state), when);
    if (entry)
        buf_addf(out, "  %s:%d  %s", review, entry->line, git ? review_by_name(entry->by) : "");
    if (entry && entry->commit[0])
        buf_addf(out, "  %.10s", entry->commit);
    if (entry && entry->sha[0] && entry->since > 0)
        buf_addf(out, "  %d commit%s of code since %.7s", entry->since, entry->since == 1 ? "" : "s", entry->sha);
    if (c->claimed)
        buf_adds(out, "  (claimed)");
    if (c->waiver) {
        char until[21];
        timestamp_format(c->waiver->until, until);
        buf_addf(out, "  (waived by the operator until %s: ", until);
        vis_add(out, c->waiver->reason, strlen(c->waiver->reason));
        buf_adds(out, ")");
    }
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    buf_adds(out, "\n");
}

static void verify_text_reason(const struct verdict_reason *r, struct buf *out)
{
    buf_addf(out, "  %s%s%s", r->id, r->id[0] ? " " : "", r->code);
    if (r->file)
        buf_addf(out, "  %s", r->file);
    if (r->file && r->line)
        buf_addf(out, ":%d", r->line);
    buf_adds(out, ": ");
    const char *text = r->text ? r->text : "";
    vis_add(out, text, strlen(text));
    buf_adds(out, "\n");
    if (r->fix && !strstr(text, r->fix)) {
        buf_adds(out, "    write: ");
        vis_add(out, r->fix, strlen(r->fix));
        buf_adds(out, "\n");
    }
}

void verify_reasons(const struct verdict *v, struct buf *out)
{
    for (size_t i = 0; i < v->reason_count; i++)
        verify_text_reason(&v->reasons[i], out);
}

__attribute__((format(printf, 2, 3))) static void verify_note(struct words *notes, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, 0);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    words_add(notes, buf_str(&b));
    buf_clear(&b);
}

/* What nothing hangs on and somebody should know: lines that look like verdicts, and what the readers stumbled over. */
static void verify_notes(const struct verdict *v, const struct snapshot *s, const char *status, const char *review,
                         struct words *notes)
{
    int left = NOTES_MAX;
    for (size_t i = s->review.count; i-- > 0 && left > 0;) {
        const struct review_entry *x = &s->review.entries[i];
        if (x->kind != REVIEW_NEAR)
            continue;
        left--;
        verify_note(notes, "%s:%d: `%s` counts for nothing: %s", review, x->line, x->text ? x->text : "",
                    x->why ? x->why : "it is not written as a verdict");
    }
    for (size_t i = 0; i < s->review.warnings.n; i++)
        verify_note(notes, "%s, %s", review, s->review.warnings.at[i]);
    /* Without a marker the first of them is the reason for that. */
    for (size_t i = s->marker.done ? 0 : 1; i < s->marker.near.n; i++)
        verify_note(notes, "%s, %s", status, s->marker.near.at[i]);
    for (size_t i = 0; i < s->marker.warnings.n; i++)
        verify_note(notes, "%s, %s", status, s->marker.warnings.at[i]);
    for (size_t i = 0; i < v->warnings.n; i++)
        words_add(notes, v->warnings.at[i]);
}

/* The judgement for people. */
static void verify_text(const struct verdict *v, const struct snapshot *s, const char *phase, const char *status,
                        const char *review, struct buf *out)
{
    int width = 4;
    for (size_t i = 0; i < v->count; i++)
        if ((int)strlen(v->criteria[i].id) > width)
            width = (int)strlen(v->criteria[i].id);
    buf_addf(out, "%s  %s", verdict_value_name(v->value), verdict_state_name(v->state));
    if (phase && *phase)
        buf_addf(out, "  phase %s", phase);
    if (!phase)
        buf_addf(out, "  %s  %s\n", status, review);
    else if (s->empty)
        buf_adds(out, "  the repository is empty\n");
    else
        buf_addf(out, "  at %s\n", s->tip);
    if (phase)
        buf_addf(out, "judged %s\n",
                 v->kept ? "with what the watchdog has seen since the phase began" : "from git alone");
    buf_addf(out, "%zu of %zu criteria pass, ", v->passing, v->count);
    if (v->waived)
        buf_addf(out, "%zu waived, ", v->waived);
    buf_addf(out, "%d veto%s\n", v->vetoes, v->vetoes == 1 ? "" : "es");
    for (size_t i = 0; i < v->count; i++)
        verify_text_criterion(&v->criteria[i], review, width, phase != NULL, out);
    if (v->reason_count)
        buf_adds(out, "why not done:\n");
    verify_reasons(v, out);
    struct words notes = {0};
    verify_notes(v, s, status, review, &notes);
    if (notes.n)
        buf_adds(out, "to look at:\n");
    for (size_t i = 0; i < notes.n; i++) {
        buf_adds(out, "  ");
        vis_add(out, notes.at[i], strlen(notes.at[i]));
        buf_adds(out, "\n");
    }
    words_clear(&notes);
}

static void verify_json_marker(cJSON *o, const struct marker *m)
{
    cJSON *marker = json_add_obj(o, "marker");
    json_add_str(marker, "state", m->refused ? "REFUSED" : m->done ? "DONE" : "NOT_DONE");
    json_add_int(marker, "line", m->line);
}

static void verify_json_criterion(cJSON *list, const struct verdict_criterion *c, bool git)
{
    cJSON *o = cJSON_CreateObject();
    char when[21];
    verify_time(c->effective, when);
    json_add_str(o, "id", c->id);
    json_add_str(o, "state", criterion_state_name(c->state));
    json_add_int(o, "line", c->entry ? c->entry->line : 0);
    json_add_str(o, "time", when[0] ? when : NULL);
    if (git)
        json_add_str(o, "by", c->entry ? review_by_name(c->entry->by) : NULL);
    if (git)
        json_add_str(o, "commit", c->entry && c->entry->commit[0] ? c->entry->commit : NULL);
    if (git && c->entry && c->entry->sha[0] && c->entry->since >= 0)
        json_add_int(o, "commits_since", c->entry->since);
    cJSON_AddItemToArray(list, o);
}

static void verify_json_reason(cJSON *list, const struct verdict_reason *r, bool git)
{
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "code", r->code);
    if (git)
        json_add_str(o, "id", r->id);
    json_add_str(o, "text", r->text);
    json_add_str(o, "file", r->file);
    json_add_int(o, "line", r->line);
    json_add_str(o, "fix", r->fix);
    cJSON_AddItemToArray(list, o);
}

static void verify_json_waiver(cJSON *list, const struct config_waiver *w)
{
    cJSON *o = cJSON_CreateObject();
    char until[21];
    timestamp_format(w->until, until);
    json_add_str(o, "id", w->id);
    json_add_str(o, "reason", w->reason);
    json_add_str(o, "until", until);
    cJSON_AddItemToArray(list, o);
}

/* The same as one JSON line. */
static void verify_json(const struct verdict *v, const struct snapshot *s, const char *phase, const char *status,
                        const char *review, struct buf *out)
{
    struct words notes = {0};
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "verdict", verdict_value_name(v->value));
    json_add_str(o, "state", verdict_state_name(v->state));
    if (phase) {
        json_add_str(o, "phase", phase);
        json_add_str(o, "revision", s->empty ? NULL : s->tip);
    }
    verify_json_marker(o, &s->marker);
    cJSON *list = json_add_arr(o, "criteria");
    for (size_t i = 0; i < v->count; i++)
        verify_json_criterion(list, &v->criteria[i], phase != NULL);
    json_add_int(o, "vetoes", v->vetoes);
    list = json_add_arr(o, "reasons");
    for (size_t i = 0; i < v->reason_count; i++)
        verify_json_reason(list, &v->reasons[i], phase != NULL);
    if (phase) {
        json_add_bool(o, "remembers", v->kept);
        list = json_add_arr(o, "waivers");
        for (size_t i = 0; i < v->count; i++)
            if (v->criteria[i].waiver)
                verify_json_waiver(list, v->criteria[i].waiver);
    }
    verify_notes(v, s, status, review, &notes);
    list = json_add_arr(o, "warnings");
    for (size_t i = 0; i < notes.n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(notes.at[i]));
    words_clear(&notes);
    char *text = json_print(o);
    buf_addf(out, "%s\n", text);
    free(text);
    cJSON_Delete(o);
}

enum cli_exit verify_show(struct cli *cli, const struct verdict *v, const struct snapshot *s, const char *phase,
                          const char *status, const char *review)
{
    struct buf out;
    buf_init(&out, 0);
    if (cli_given(cli, "json"))
        verify_json(v, s, phase, status, review, &out);
    else
        verify_text(v, s, phase, status, review, &out);
    cli_out(cli, &out);
    buf_clear(&out);
    switch (v->value) {
    case VERDICT_DONE: return CLI_YES;
    case VERDICT_NOT_DONE: return CLI_NO;
    case VERDICT_UNKNOWN: break;
    }
    return CLI_UNKNOWN;
}
