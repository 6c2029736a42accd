/* ccsup-http: one HTTP request or TLS handshake. Reads one JSON request, prints one JSON line, exits 0; may be killed
 * at any time. Secrets come in the request or in a file that it names, never in argv. docs/interfaces.md,
 * "ccsup-http". */
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/http/fetch.h"
#include "supervisor/sys/file.h"
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20, BODY_MAX = 16 << 20, TIMEOUT_MAX = 3600000 };

static bool refuse(struct fetch_answer *a, const char *why)
{
    a->trouble = FETCH_REQUEST;
    snprintf(a->text, sizeof a->text, "%s", why);
    return false;
}

static bool header_good(const char *h)
{
    const char *colon = strchr(h, ':');
    for (const char *p = h; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return colon && colon > h;
}

static bool request_take(struct fetch_request *r, const cJSON *json, struct fetch_answer *a)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT"};
    const cJSON *h;
    size_t i = 0;
    r->url = mem_strdup(json_str(json, "url", ""));
    r->method = mem_strdup(json_str(json, "method", "GET"));
    r->ca = mem_strdup(json_str(json, "ca", ""));
    r->timeout_ms = json_int(json, "timeout_ms", 0);
    r->body_max = json_int(json, "body_max", 65536);
    r->connect_to = mem_strdup(json_str(json, "connect_to", ""));
    r->connect = json_bool(json, "connect", false);
    if (json_str(json, "body", NULL))
        r->body = mem_strdup(json_str(json, "body", ""));
    if (strncmp(r->url, "http://", 7) != 0 && strncmp(r->url, "https://", 8) != 0)
        return refuse(a, "the URL must begin with http:// or https://");
    while (i < 4 && strcmp(methods[i], r->method) != 0)
        i++;
    if (i == 4)
        return refuse(a, "the method must be GET, HEAD, POST or PUT");
    if (r->timeout_ms < 1 || r->timeout_ms > TIMEOUT_MAX || r->body_max < 1 || r->body_max > BODY_MAX)
        return refuse(a, "timeout_ms or body_max is out of range");
    cJSON_ArrayForEach(h, json_get(json, "headers"))
    {
        if (!cJSON_IsString(h) || !header_good(h->valuestring))
            return refuse(a, "a header is written NAME: VALUE, on one line");
        words_add(&r->headers, h->valuestring);
    }
    return true;
}

static void request_clear(struct fetch_request *r)
{
    free(r->url);
    free(r->method);
    free(r->ca);
    free(r->connect_to);
    free(r->body);
    words_clear(&r->headers);
}

static cJSON *answer_json(const struct fetch_answer *a)
{
    cJSON *o = cJSON_CreateObject();
    json_add_bool(o, "ok", a->trouble == FETCH_NONE);
    if (a->trouble != FETCH_NONE) {
        json_add_str(o, "code", fetch_trouble_word(a->trouble));
        json_add_str(o, "text", a->text);
    } else {
        char *body = vis_utf8_dup(buf_str(&a->body), a->body.len);
        json_add_int(o, "status", a->status);
        json_add_str(o, "body", body);
        json_add_bool(o, "cut", a->cut);
        json_add_int(o, "retry_after", a->retry_after);
        json_add_int(o, "date", a->date);
        free(body);
    }
    json_add_int(o, "ms", a->ms);
    if (a->certificate.subject) {
        cJSON *c = json_add_obj(o, "certificate");
        json_add_bool(c, "trusted", a->trusted);
        json_add_str(c, "subject", a->certificate.subject);
        json_add_str(c, "issuer", a->certificate.issuer);
        json_add_str(c, "names", a->certificate.names);
        json_add_int(c, "begins", a->certificate.begins);
        json_add_int(c, "expires", a->certificate.expires);
        json_add_str(c, "pem", a->certificate.pem);
    }
    return o;
}

int main(void)
{
    struct buf in;
    char chunk[16384];
    ssize_t n;
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody waits for the answer any more */
    if (getppid() != parent)
        return 1;
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0); /* it may carry a token, and an agent of the same user can't look into it */
#endif
    buf_init(&in, REQUEST_MAX);
    while (!in.full && ((n = read(0, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        buf_add(&in, chunk, n > 0 ? (size_t)n : 0);
    cJSON *json = in.full ? NULL : json_parse(buf_str(&in), in.len);
    struct fetch_request r;
    struct fetch_answer a;
    memset(&r, 0, sizeof r);
    memset(&a, 0, sizeof a);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!cJSON_IsObject(json))
        refuse(&a, "the request is one JSON object of at most 1 MiB");
    else if (request_take(&r, json, &a))
        fetch(&a, &r);
    cJSON *answer = answer_json(&a);
    char *line = json_print(answer);
    bool ok = file_write_all(1, line, strlen(line)) && file_write_all(1, "\n", 1);
    free(line);
    cJSON_Delete(answer);
    cJSON_Delete(json);
    fetch_clear(&a);
    request_clear(&r);
    buf_clear(&in);
    curl_global_cleanup();
    return ok ? 0 : 1;
}
