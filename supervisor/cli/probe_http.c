/* http URL and tls HOST:PORT: asked from ccsup-http. */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/helper.h"
#include "supervisor/cli/probe.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1 << 20, HEADER_FILE_MAX = 16384, SLACK_MS = 2000, DAY_S = 86400 };

/* "NAME: @FILE" is the file's content, so that a secret stands in no command line. */
static bool http_header(cJSON *list, const char *header, struct buf *said)
{
    const char *colon = strchr(header, ':'), *value = colon ? colon + 1 + strspn(colon + 1, " ") : "";
    if (*value != '@') {
        cJSON_AddItemToArray(list, cJSON_CreateString(header));
        return true;
    }
    struct buf text;
    struct err e = {""};
    buf_init(&text, 0);
    buf_add(&text, header, (size_t)(value - header));
    bool ok = file_read(value + 1, HEADER_FILE_MAX, &text, &e);
    while (ok && text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
        text.data[--text.len] = '\0';
    if (ok)
        cJSON_AddItemToArray(list, cJSON_CreateString(buf_str(&text)));
    else
        buf_addf(said, "--header: %s", e.text);
    buf_clear(&text);
    return ok;
}

static cJSON *http_ask(struct probe *p, cJSON *request, struct buf *said)
{
    struct buf out;
    struct err e = {""};
    int64_t ms = p->deadline - clock_boot();
    buf_init(&out, 0);
    json_add_int(request, "timeout_ms", ms > 1 ? ms : 1);
    json_add_str(request, "ca", p->spec->ca);
    char *line = json_print(request), *program = paths_beside("ccsup-http");
    cJSON *answer = helper_run(program, ".", line, ms + SLACK_MS, &out, &e) ? json_parse(buf_str(&out), out.len) : NULL;
    if (!answer)
        buf_addf(said, "%s", e.text[0] ? e.text : "ccsup-http gave no answer");
    cJSON_Delete(request);
    buf_clear(&out);
    free(program);
    free(line);
    return answer;
}

/* There was no answer. Nobody listens there yet: that is "not yet"; all else can't be told. */
static enum wait_seen http_trouble(const cJSON *answer, struct buf *said)
{
    if (!answer)
        return WAIT_SEEN_ERROR;
    buf_addf(said, "%s", json_str(answer, "text", "no reason given"));
    return strcmp(json_str(answer, "code", ""), "refused") == 0 ? WAIT_SEEN_NO : WAIT_SEEN_ERROR;
}

enum wait_seen probe_http(struct probe *p, struct buf *said)
{
    cJSON *request = cJSON_CreateObject(), *headers = json_add_arr(request, "headers");
    json_add_str(request, "url", p->spec->words[0]);
    json_add_int(request, "body_max", BODY_MAX);
    for (size_t i = 0; i < p->spec->headers->n; i++)
        if (!http_header(headers, p->spec->headers->at[i], said)) {
            cJSON_Delete(request);
            return WAIT_SEEN_ERROR;
        }
    cJSON *answer = http_ask(p, request, said);
    enum wait_seen seen;
    if (!json_bool(answer, "ok", false)) {
        seen = http_trouble(answer, said);
    } else {
        const char *body = json_str(answer, "body", "");
        int64_t status = json_int(answer, "status", 0);
        bool wanted = status >= 0 && status < WAIT_STATUSES && p->spec->statuses[status];
        buf_addf(said, "HTTP %lld: ", (long long)status);
        for (const char *c = body + strspn(body, " \t\r\n"); *c && *c != '\n' && said->len < 400; c++)
            buf_add(said, c, 1);
        struct buf text;
        buf_init(&text, 0);
        buf_adds(&text, body);
        seen = probe_reads(p, wanted ? WAIT_SEEN_YES : WAIT_SEEN_NO, &text, json_bool(answer, "cut", false), said);
        buf_clear(&text);
    }
    cJSON_Delete(answer);
    return seen;
}

enum wait_seen probe_tls(struct probe *p, struct buf *said)
{
    cJSON *request = cJSON_CreateObject();
    char *url = file_fmt("https://%s/", p->spec->words[0]);
    json_add_str(request, "url", url);
    json_add_bool(request, "connect", true);
    cJSON *answer = http_ask(p, request, said);
    const cJSON *certificate = json_get(answer, "certificate");
    int64_t expires = json_int(certificate, "expires", 0), days = (expires - clock_now() / 1000) / DAY_S;
    enum wait_seen seen;
    if (json_bool(answer, "ok", false) && expires) {
        seen = days >= p->spec->days ? WAIT_SEEN_YES : WAIT_SEEN_NO;
        buf_addf(said, "the certificate (%s) is good for %lld days", json_str(certificate, "names", "no names"),
                 (long long)days);
    } else if (json_bool(answer, "ok", false)) {
        seen = WAIT_SEEN_ERROR;
        buf_adds(said, "a connection, but no certificate that can be read");
    } else {
        seen = http_trouble(answer, said);
        /* A certificate is there, and it is not the right one yet. */
        if (certificate)
            seen = WAIT_SEEN_NO;
    }
    cJSON_Delete(answer);
    free(url);
    return seen;
}
