#include "agents/ending.h"
#include "supervisor/base/vis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this a 429 is no short rate limit: the program's own ten retries wait 35 s each at most. */
enum { LONG_WAIT_MS = 120000 };

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* ---- usage limits ---- */

static bool said_limit(struct ending *e, const struct transcript *t)
{
    /* A server that answered otherwise may quote anything: what a request was made of, another's words. */
    int64_t status = t->result.status;
    if (status && status != 401 && status != 403 && status != 429)
        return false;
    /* "You've hit your ... limit": also as the answer to a probe of the login, so before any look at 401. */
    if (limit_text_read(&e->limit, t->result.text))
        return true;
    if (t->limit.window[0] && t->limit.rejected) {
        snprintf(e->limit.window, sizeof e->limit.window, "%s", t->limit.window);
        return status != 403; /* an organisation that does not allow it */
    }
    return status == 429 || (!status && is(t->error, "rate_limit"));
}

static void note_limit(struct ending *e, const struct transcript *t)
{
    /* The event knows the second, the text only the minute. */
    if (t->limit.window[0] && t->limit.rejected && t->limit.resets_at > 0)
        e->limit.resets_at = t->limit.resets_at;
    if (t->retry.attempt && t->retry.delay_ms > LONG_WAIT_MS)
        e->retry_ms = t->retry.delay_ms;
}

/* ---- the last result is an error ---- */

static enum outcome of_api_error(const struct transcript *t)
{
    const struct transcript_result *r = &t->result;
    if (r->status == 401 || r->status == 403 || is(t->error, "authentication_failed") ||
        is(t->error, "oauth_org_not_allowed") || is(t->error, "account_on_hold") ||
        is(t->error, "verification_required") || is(t->error, "cloud_credential_error"))
        return OUTCOME_AUTHENTICATION;
    if (r->status == 402 || is(t->error, "billing_error") || has(r->text, "Credit balance is too low"))
        return OUTCOME_BILLING;
    if (r->status == 529 || is(r->api_error_type, "overloaded_error") || is(t->error, "overloaded"))
        return OUTCOME_OVERLOADED;
    if (r->status >= 500 || is(r->api_error, "connection_failed") || is(t->error, "server_error"))
        return OUTCOME_TRANSIENT;
    if (r->status == 413 || is(r->reason, "image_error"))
        return OUTCOME_PROMPT_TOO_LONG;
    if (is(t->error, "max_output_tokens") || is(r->api_error, "max_output_tokens"))
        return OUTCOME_FAILED;
    /* A refusal has no HTTP status of its own: the answer came, and was withheld. */
    if (!r->status && is(t->error, "invalid_request"))
        return OUTCOME_REFUSED;
    return OUTCOME_FAILED;
}

static enum outcome of_error(struct ending *e, const struct transcript *t)
{
    const struct transcript_result *r = &t->result;
    if (is(r->reason, "prompt_too_long") || is(r->reason, "blocking_limit") || is(r->reason, "rapid_refill_breaker"))
        return OUTCOME_PROMPT_TOO_LONG; /* blocking_limit: compaction failed at a limit; a wait alone does not mend it
                                         */
    if (is(r->reason, "stop_hook_prevented") || is(r->reason, "hook_stopped"))
        return OUTCOME_FAILED; /* its text is the hook's */
    if (said_limit(e, t))
        return OUTCOME_USAGE_LIMIT;
    if (is(r->reason, "max_turns") || is(r->subtype, "error_max_turns"))
        return OUTCOME_MAX_TURNS;
    if (is(r->reason, "budget_exhausted") || is(r->subtype, "error_max_budget_usd"))
        return OUTCOME_MAX_COST;
    if (is(r->startup, "config_file_invalid"))
        return OUTCOME_CONFIG_CORRUPT;
    if (r->startup[0])
        return OUTCOME_BAD_FLAG;
    /* What 2.1.197 says of a failed request: nothing in its result, if there was no answer, but the message before. */
    if (is(r->reason, "api_error") || is(r->reason, "model_error") || r->status || t->error[0])
        return of_api_error(t);
    if (has(r->text, "No conversation found with session ID"))
        return OUTCOME_BAD_FLAG;
    return OUTCOME_FAILED;
}

/* ---- no result ---- */

/* The last line of standard error that says something. */
static void last_line(char *out, size_t room, const char *err)
{
    const char *best = err, *end = err ? err + strlen(err) : NULL;
    size_t len = 0;
    for (const char *at = err; at && at < end;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((lf ? lf : end) - at);
        if (n && strspn(at, " \t\r") < n) {
            best = at;
            len = n;
        }
        at = lf ? lf + 1 : end;
    }
    char *safe = vis_dup(best ? best : "", len, room - 1);
    snprintf(out, room, "%s", safe);
    free(safe);
}

/* It said nothing of its end, or ended before its first turn: what it did not like stands on standard error. */
static void of_silence(struct ending *e, const struct transcript *t, const char *err)
{
    if (t->session[0]) {
        /* Turns began and none came to its end. An interrupt looks so, also with exit code 0. */
        e->outcome = OUTCOME_FAILED;
        if (t->limit.rejected && t->limit.window[0]) {
            e->outcome = OUTCOME_USAGE_LIMIT;
            snprintf(e->limit.window, sizeof e->limit.window, "%s", t->limit.window);
        } else if (is(t->retry.error, "rate_limit") && t->retry.delay_ms > LONG_WAIT_MS) {
            e->outcome = OUTCOME_USAGE_LIMIT; /* it was ended while it waited for one by itself */
        }
        return;
    }
    if (err && (strncmp(err, "Error: ", 7) == 0 || strncmp(err, "error: ", 7) == 0 ||
                has(err, "--dangerously-skip-permissions cannot be used"))) {
        e->outcome = OUTCOME_BAD_FLAG;
        last_line(e->text, sizeof e->text, err);
    }
}

void ending_read(struct ending *e, const struct transcript *t, const char *err)
{
    static const struct transcript none;
    t = t ? t : &none;
    *e = (struct ending){.outcome = OUTCOME_NONE, .limit = {.weekday = -1, .window = "unknown"}};
    if (!t->results || !t->ended) {
        of_silence(e, t, err);
    } else if (t->result.is_error) {
        e->outcome = of_error(e, t);
        snprintf(e->text, sizeof e->text, "%.255s", t->result.text);
    } else if (t->calls > 0 && t->denials >= t->calls) {
        e->outcome = OUTCOME_DENIED;
        snprintf(e->text, sizeof e->text,
                 "all %lld tool calls were denied; allow them in the agent's settings (permission_mode, allowed_tools)",
                 (long long)t->denials);
    } else {
        e->outcome = OUTCOME_OK;
    }
    if (e->outcome == OUTCOME_USAGE_LIMIT)
        note_limit(e, t);
}

void ending_said(struct said *s, const struct ending *e, const struct transcript *t, int64_t resets_at)
{
    *s = (struct said){.outcome = e->outcome};
    if (e->outcome == OUTCOME_USAGE_LIMIT) {
        snprintf(s->window, sizeof s->window, "%.23s", e->limit.window);
        s->resets_at = resets_at;
        s->retry_ms = e->retry_ms;
    }
    if (!t)
        return;
    snprintf(s->session, sizeof s->session, "%s", t->session);
    snprintf(s->model, sizeof s->model, "%s", t->model);
    s->cost = t->cost;
    s->priced = t->priced && t->ended;
    s->tokens = t->tokens_in + t->tokens_out;
}

enum outcome ending_outcome(const struct exit_record *r, enum outcome said, bool stalled, bool timed_out)
{
    enum outcome by_exit = outcome_classify(r, stalled, timed_out);
    bool error = said != OUTCOME_NONE && said != OUTCOME_OK && said != OUTCOME_FAILED;
    if (by_exit == OUTCOME_OK)
        return said == OUTCOME_NONE ? OUTCOME_OK : said;
    if (by_exit == OUTCOME_FAILED)
        return error && said != OUTCOME_DENIED ? said : OUTCOME_FAILED;
    /* It had said its last word, and stayed: a process that does not end is no failed turn. */
    if (by_exit == OUTCOME_STALLED)
        return said == OUTCOME_OK || error ? said : OUTCOME_STALLED;
    return by_exit == OUTCOME_STOPPED && error ? said : by_exit;
}
