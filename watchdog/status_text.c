/* The status document as a screen. Every value comes from a file that may be torn, old or of another version:
 * nothing is
 * taken for granted, and every string of the document passes vis. */
#include "supervisor/base/duration.h"
#include "supervisor/base/json.h"
#include "supervisor/base/vis.h"
#include "watchdog/budgets.h"
#include "watchdog/status.h"
#include <stdlib.h>
#include <string.h>

struct screen {
    const cJSON *doc;
    int64_t now;
    const struct status_view *view;
    struct buf *out;
    struct buf line; /* the line so far, without colour */
};

enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_DIM, TONE_BOLD };

static const char *const tones[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[1m"};

/* Ends the line: cut to the width (by characters), coloured as a whole. */
static void screen_end(struct screen *s, enum tone tone)
{
    const char *text = buf_str(&s->line);
    size_t n = s->line.len, columns = 0, i = 0;
    while (i < n && (!s->view->width || columns < (size_t)s->view->width)) {
        size_t c = vis_utf8(text + i, n - i);
        i += c ? c : 1;
        columns++;
    }
    bool color = s->view->color && tone != TONE_PLAIN && n;
    buf_adds(s->out, color ? tones[tone] : "");
    buf_add(s->out, text, i);
    buf_adds(s->out, color ? "\033[0m\n" : "\n");
    buf_clear(&s->line);
}

static void screen_add(struct screen *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void screen_add(struct screen *s, const char *fmt, ...)
{
    struct buf b;
    buf_init(&b, 8192);
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    vis_add(&s->line, buf_str(&b), b.len);
    buf_clear(&b);
}

/* "3 min" from one time to another. */
static void screen_span(struct screen *s, int64_t from, int64_t to)
{
    duration_render(&s->line, to - from);
}

/* "phase one (1 of 7): RUNNING, 5 of 10 criteria pass". */
static void headline_phase(const cJSON *doc, struct buf *out)
{
    const cJSON *phase = json_get(doc, "phase"), *verdict = json_get(doc, "verdict");
    const char *name = json_str(phase, "name", "?"), *state = json_str(verdict, "state", "?");
    buf_adds(out, "phase ");
    vis_add(out, name, strlen(name));
    if (json_int(phase, "count", 1) > 1)
        buf_addf(out, " (%lld of %lld)", (long long)json_int(phase, "number", 0),
                 (long long)json_int(phase, "count", 0));
    buf_adds(out, ": ");
    vis_add(out, state, strlen(state));
    buf_addf(out, ", %lld of %lld criteria pass", (long long)json_int(verdict, "passing", 0),
             (long long)json_int(verdict, "total", 0));
    if (json_int(verdict, "waived", 0))
        buf_addf(out, ", %lld waived", (long long)json_int(verdict, "waived", 0));
}

void status_headline(const cJSON *doc, struct buf *out)
{
    const char *state = json_str(doc, "state", "?");
    vis_add(out, state, strlen(state));
    buf_adds(out, "; ");
    headline_phase(doc, out);
    if (cJSON_GetArraySize(json_get(doc, "needs")))
        buf_adds(out, "; an operator must act");
}

static void screen_head(struct screen *s)
{
    const cJSON *doc = s->doc, *verdict = json_get(doc, "verdict");
    int64_t written = json_int(doc, "written_at", 0);
    bool finished = json_bool(doc, "finished", false);
    screen_add(s, "ccsup ");
    switch (s->view->alive) {
    case STATUS_ALIVE:
        screen_add(s, "%s, pid %lld, up ", json_str(doc, "state", "?"), (long long)json_int(doc, "pid", 0));
        screen_span(s, json_int(doc, "started_at", s->now), s->now);
        break;
    case STATUS_DEAD:
        screen_add(s, "%s",
                   finished ? "finished"
                   : strcmp(json_str(doc, "state", ""), "stopped") == 0
                       ? "NOT RUNNING: it was ended and took everything down; `ccsup start` goes on; this was true "
                       : "NOT RUNNING: the watchdog died; `ccsup start` goes on; this was true ");
        if (!finished)
            screen_span(s, written, s->now);
        screen_add(s, finished ? "" : " ago");
        break;
    case STATUS_WEDGED:
        screen_add(s, "WEDGED: pid %lld holds the lock and has written no status for ",
                   (long long)json_int(doc, "pid", 0));
        screen_span(s, written, s->now);
        screen_add(s, "; `ccsup stop` ends it");
        break;
    case STATUS_STOPPED:
        screen_add(s, finished ? "finished" : "stopped by the operator; this was true ");
        if (!finished)
            screen_span(s, written, s->now);
        screen_add(s, finished ? "" : " ago");
        break;
    }
    screen_end(s, s->view->alive == STATUS_ALIVE || finished ? TONE_BOLD : TONE_BAD);

    const char *state = json_str(verdict, "state", "?");
    headline_phase(doc, &s->line);
    int64_t confirm = json_int(verdict, "confirm_at", 0);
    if (confirm > s->now && strcmp(state, "CONFIRMING") == 0) {
        screen_add(s, ", second look in ");
        screen_span(s, s->now, confirm);
    }
    screen_end(s, strcmp(state, "DONE") == 0 ? TONE_GOOD : TONE_PLAIN);
}

static void screen_repo(struct screen *s)
{
    const cJSON *repo = json_get(s->doc, "repo"), *error = json_get(repo, "error");
    const char *tip = json_str(repo, "tip", "");
    int64_t polled = json_int(repo, "polled_at", 0), next = json_int(repo, "next_poll_at", 0);
    screen_add(s, "repo %s, %s", json_str(repo, "url", "?"), json_str(repo, "branch", "?"));
    if (tip[0])
        screen_add(s, " @ %.7s", tip);
    else if (json_bool(repo, "empty", false))
        screen_add(s, ", empty");
    if (polled) {
        screen_add(s, ", read ");
        screen_span(s, polled, s->now);
        screen_add(s, " ago");
    }
    if (s->view->alive == STATUS_ALIVE && json_bool(repo, "polling", false)) {
        screen_add(s, ", polling");
    } else if (s->view->alive == STATUS_ALIVE && next > s->now) {
        screen_add(s, ", next in ");
        screen_span(s, s->now, next);
    }
    screen_end(s, TONE_PLAIN);
    if (strcmp(json_str(s->doc, "ownership", ""), "convention") == 0) {
        screen_add(
            s, "     who may write what is a convention here; enforced with a user for each agent and fence = pidns");
        screen_end(s, TONE_DIM);
    }
    if (error) {
        screen_add(s, "     %s (%lld failed in a row): %s", json_str(error, "code", "?"),
                   (long long)json_int(repo, "failures", 0), json_str(error, "text", ""));
        screen_end(s, TONE_BAD);
    }
}

/* What was spent of what: in the run, the phase, or by one loop. */
static void screen_spent(struct screen *s, const char *scope, const char *title)
{
    struct buf b;
    buf_init(&b, 600);
    budgets_line(s->doc, scope, &b);
    if (b.len) {
        screen_add(s, "%s%s", title, buf_str(&b));
        screen_end(s, TONE_DIM);
    }
    buf_clear(&b);
}

/* What one loop does, since when, and what comes next. */
static void screen_agent(struct screen *s, const cJSON *a)
{
    const char *state = json_str(a, "state", "?"), *why = json_str(a, "why_text", "");
    const char *role = json_str(a, "role", "?"), *name = json_str(a, "name", role);
    int64_t deadline = json_int(a, "deadline", 0), since = json_int(a, "since", s->now);
    long long iteration = (long long)json_int(a, "iteration", 0), restarts = (long long)json_int(a, "restarts", 0);
    bool running = strcmp(state, "RUNNING") == 0, waiting = strcmp(state, "WAITING") == 0;
    screen_add(s, "  %-10s %-9s", strcmp(name, role) == 0 ? role : name, state);
    if (running) {
        screen_add(s, "iteration %lld for ", iteration);
        screen_span(s, json_int(a, "iteration_started_at", since), s->now);
        screen_add(s, ", pid %lld", (long long)json_int(a, "agent_pid", 0));
        if (*json_str(a, "fence", ""))
            screen_add(s, ", fence %s", json_str(a, "fence", ""));
    } else if (waiting) {
        screen_add(s, "%s in ", why);
        screen_span(s, s->now, deadline);
    } else {
        screen_add(s, "%s%sfor ", why, *why ? ", " : "");
        screen_span(s, since, s->now);
    }
    if (!running && iteration) {
        screen_add(s, "; iteration %lld: %s", iteration, json_str(a, "last_text", ""));
        if (json_int(a, "ended_at", 0)) {
            screen_add(s, ", ");
            screen_span(s, json_int(a, "ended_at", 0), s->now);
            screen_add(s, " ago");
        }
    }
    if (restarts)
        screen_add(s, "; %lld restart%s", restarts, restarts == 1 ? "" : "s");
    screen_end(s, strcmp(state, "HELD") == 0 || strcmp(state, "LOST") == 0 ? TONE_BAD : TONE_PLAIN);
    const cJSON *work = json_get(a, "work"), *one;
    if (!running && cJSON_GetArraySize(work)) {
        int shown = 0;
        screen_add(s, "             work:");
        cJSON_ArrayForEach(one, work) if (cJSON_IsString(one) && shown++ < 6)
            screen_add(s, "%s %s", shown > 1 ? "," : "", one->valuestring);
        if (cJSON_GetArraySize(work) > 6)
            screen_add(s, ", ...");
        screen_end(s, TONE_DIM);
    }
    screen_spent(s, role, "             spent: ");
    const char *activity = json_str(a, "activity", "");
    if (running && *activity) {
        screen_add(s, "             ");
        screen_span(s, json_int(a, "progress_at", s->now), s->now);
        screen_add(s, " ago: %s", activity);
        screen_end(s, TONE_DIM);
    }
}

static void screen_criterion(struct screen *s, const cJSON *c)
{
    const char *state = json_str(c, "state", "?");
    int64_t effective = json_int(c, "effective", 0), until = json_int(c, "fresh_until", 0);
    bool pass = strcmp(state, "PASS") == 0;
    screen_add(s, "  %-10s %-8s", json_str(c, "id", "?"), state);
    if (effective) {
        screen_span(s, effective, s->now);
        screen_add(s, " old");
    }
    if (pass && until > s->now) {
        screen_add(s, ", fresh for ");
        screen_span(s, s->now, until);
    }
    if (json_int(c, "line", 0))
        screen_add(s, ", %s:%lld", json_str(json_get(s->doc, "phase"), "review_file", "REVIEW.md"),
                   (long long)json_int(c, "line", 0));
    if (json_str(c, "by", NULL))
        screen_add(s, ", by %s in %.7s", json_str(c, "by", ""), json_str(c, "commit", ""));
    int64_t since = json_int(c, "commits_since", 0);
    if (since > 0)
        screen_add(s, ", %lld commit%s of code since", (long long)since, since == 1 ? "" : "s");
    if (json_bool(c, "claimed", false))
        screen_add(s, "%sclaimed", effective ? ", " : "");
    if (json_bool(c, "waived", false))
        screen_add(s, "%swaived", effective || json_bool(c, "claimed", false) ? ", " : "");
    screen_end(s, pass ? TONE_GOOD : strcmp(state, "FAIL") == 0 ? TONE_BAD : TONE_PLAIN);
}

static void screen_reasons(struct screen *s)
{
    const cJSON *reasons = json_get(s->doc, "reasons"), *r;
    int n = cJSON_GetArraySize(reasons), shown = 0;
    if (!n)
        return;
    screen_add(s, "not done yet, because");
    screen_end(s, TONE_BOLD);
    cJSON_ArrayForEach(r, reasons)
    {
        if (++shown > 12)
            break;
        screen_add(s, "  %s", json_str(r, "text", json_str(r, "code", "?")));
        screen_end(s, TONE_PLAIN);
        if (json_str(r, "fix", NULL)) {
            screen_add(s, "      %s", json_str(r, "fix", ""));
            screen_end(s, TONE_DIM);
        }
    }
    if (n > 12) {
        screen_add(s, "  and %d more: `ccsup verify` lists all", n - 12);
        screen_end(s, TONE_PLAIN);
    }
}

static void screen_list(struct screen *s, const char *name, const char *title, enum tone tone)
{
    const cJSON *list = json_get(s->doc, name), *one;
    if (!cJSON_GetArraySize(list))
        return;
    screen_add(s, "%s", title);
    screen_end(s, TONE_BOLD);
    cJSON_ArrayForEach(one, list) if (cJSON_IsString(one))
    {
        screen_add(s, "  %s", one->valuestring);
        screen_end(s, tone);
    }
}

/* Of the status itself, or of a DONE record. */
static void screen_waivers(struct screen *s, const cJSON *list, const char *indent)
{
    const cJSON *w;
    cJSON_ArrayForEach(w, list)
    {
        screen_add(s, "%s%s waived by the operator until %s%s: %s", indent, json_str(w, "id", "?"),
                   json_str(w, "until", "?"), json_bool(w, "holds", false) ? "" : ", which holds for nothing now",
                   json_str(w, "reason", "?"));
        screen_end(s, TONE_WARN);
    }
}

/* Whoever is to be told, and has not taken it yet. */
static void screen_notify(struct screen *s)
{
    const cJSON *n;
    cJSON_ArrayForEach(n, json_get(s->doc, "notify"))
    {
        int64_t waiting = json_int(n, "undelivered", 0), dropped = json_int(n, "dropped", 0);
        const char *problem = json_str(n, "problem", "");
        if (!waiting && !dropped && !*problem)
            continue;
        screen_add(s, "notify %s: %lld undelivered", json_str(n, "name", "?"), (long long)waiting);
        if (waiting) {
            screen_add(s, ", the oldest for ");
            screen_span(s, json_int(n, "oldest", s->now), s->now);
        }
        if (dropped)
            screen_add(s, ", %lld dropped", (long long)dropped);
        if (*problem)
            screen_add(s, "; %s", problem);
        if (json_int(n, "next_at", 0) > s->now) {
            screen_add(s, "; next try in ");
            screen_span(s, s->now, json_int(n, "next_at", 0));
        }
        screen_end(s, TONE_WARN);
    }
}

/* What ccsup check found, and was not so at the start. */
static void screen_checks(struct screen *s)
{
    const cJSON *c;
    cJSON_ArrayForEach(c, json_get(json_get(s->doc, "checks"), "failing"))
    {
        const char *fix = json_str(c, "fix", "");
        screen_add(s, "check %s: %s%s%s", json_str(c, "id", "?"), json_str(c, "text", "?"), *fix ? "; fix: " : "", fix);
        screen_end(s, TONE_BAD);
    }
}

static void screen_done(struct screen *s)
{
    const cJSON *list = json_get(s->doc, "done"), *r;
    cJSON_ArrayForEach(r, list)
    {
        const char *id = json_str(r, "phase", "");
        screen_add(s, "DONE: phase %s at %.7s, judged %s", *id ? id : "default", json_str(r, "revision", "?"),
                   json_str(r, "judged_at", "?"));
        screen_end(s, TONE_GOOD);
        screen_waivers(s, json_get(r, "waivers"), "  ");
        screen_add(s, "  judge it again: %s", json_str(r, "verify", "?"));
        screen_end(s, TONE_DIM);
    }
}

void status_text(const cJSON *doc, int64_t now, const struct status_view *view, struct buf *out)
{
    struct screen s = {.doc = doc, .now = now, .view = view, .out = out};
    const cJSON *one;
    buf_init(&s.line, 8192);
    screen_head(&s);
    screen_repo(&s);
    cJSON_ArrayForEach(one, json_get(doc, "agents")) screen_agent(&s, one);
    screen_spent(&s, "run", "spent in the run: ");
    if (json_int(json_get(doc, "phase"), "count", 1) > 1)
        screen_spent(&s, "phase", "spent in the phase: ");
    cJSON_ArrayForEach(one, json_get(doc, "criteria")) screen_criterion(&s, one);
    screen_waivers(&s, json_get(doc, "waivers"), "");
    if (!json_bool(doc, "finished", false))
        screen_reasons(&s);
    screen_done(&s);
    screen_list(&s, "warnings", "warnings", TONE_WARN);
    const cJSON *limit;
    cJSON_ArrayForEach(limit, json_get(doc, "limits"))
    {
        screen_add(&s, "usage limit (%s) of account %s, for another ", json_str(limit, "window", "?"),
                   json_str(limit, "account", "?"));
        screen_span(&s, s.now, json_int(limit, "until", 0));
        screen_end(&s, TONE_PLAIN);
    }
    screen_notify(&s);
    screen_checks(&s);
    screen_list(&s, "needs", "needs you", TONE_BAD);
    buf_clear(&s.line);
}
