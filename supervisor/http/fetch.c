#include "supervisor/http/fetch.h"
#include "supervisor/base/mask.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/web.h"
#include "supervisor/http/certificate.h"
#include "supervisor/sys/clock.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What curl fills while it works. */
struct fetch_run {
    const struct fetch_request *r;
    struct fetch_answer *a;
    struct curl_slist *to; /* as curl takes connect_to */
    char error[CURL_ERROR_SIZE];
};

static size_t fetch_body(char *data, size_t size, size_t n, void *arg)
{
    struct fetch_run *run = arg;
    run->a->cut = !buf_add(&run->a->body, data, size * n) || run->a->cut;
    return size * n; /* the rest is read and dropped, so that the status is known */
}

/* libcurl's code as ours. 7.88: a refused connection is COULDNT_CONNECT as an unreachable one is; the errno tells. */
static enum fetch_trouble fetch_trouble_of(CURLcode code, long os_errno)
{
    switch ((int)code) {
    case CURLE_OK: return FETCH_NONE;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE: return FETCH_REQUEST;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return FETCH_RESOLVE;
    case CURLE_COULDNT_CONNECT: return os_errno == 111 /* ECONNREFUSED */ ? FETCH_REFUSED : FETCH_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT: return FETCH_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return FETCH_TLS;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return FETCH_PROTOCOL;
    default: return FETCH_UNREACHABLE;
    }
}

static void fetch_options(CURL *c, struct fetch_run *run, int64_t ms, bool verify)
{
    const struct fetch_request *r = run->r;
    curl_easy_setopt(c, CURLOPT_URL, r->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ms);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)ms);
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is not waited for */
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, run->error);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, fetch_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, run);
    curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
    if (web_here(r->url)) /* whatever proxy the environment names */
        curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, r->connect || !verify ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (run->to)
        curl_easy_setopt(c, CURLOPT_CONNECT_TO, run->to);
    if (r->ca && *r->ca)
        curl_easy_setopt(c, CURLOPT_CAINFO, r->ca);
}

static void fetch_method(CURL *c, const struct fetch_request *r)
{
    if (strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    else if (strcmp(r->method, "GET") != 0)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
    if (r->body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
    }
}

static void fetch_failed(struct fetch_answer *a, const struct fetch_run *run, CURLcode code)
{
    const char *said = run->error[0] ? run->error : curl_easy_strerror(code);
    char *masked = mask_dup(said, strlen(said));
    snprintf(a->text, sizeof a->text, "%s", masked);
    free(masked);
}

/* The certificate of who is not trusted, for people: nothing of ours is sent. */
static void fetch_look(struct fetch_run *run, int64_t ms)
{
    CURL *c = curl_easy_init();
    char kept[CURL_ERROR_SIZE];
    memcpy(kept, run->error, sizeof kept);
    if (c && ms > 0) {
        fetch_options(c, run, ms, false);
        if (curl_easy_perform(c) == CURLE_OK)
            certificate_read(&run->a->certificate, c);
    }
    curl_easy_cleanup(c);
    memcpy(run->error, kept, sizeof kept);
}

void fetch(struct fetch_answer *a, const struct fetch_request *r)
{
    struct fetch_run run = {.r = r, .a = a};
    int64_t began = clock_boot();
    memset(a, 0, sizeof *a);
    buf_init(&a->body, (size_t)r->body_max);
    CURL *c = curl_easy_init();
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < r->headers.n; i++)
        headers = curl_slist_append(headers, r->headers.at[i]);
    if (r->connect_to && *r->connect_to) {
        char to[300];
        snprintf(to, sizeof to, "::%s", r->connect_to);
        run.to = curl_slist_append(NULL, to);
    }
    headers = curl_slist_append(headers, "User-Agent: ccsup/" CCSUP_VERSION);
    fetch_options(c, &run, r->timeout_ms, true);
    fetch_method(c, r);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(c);
    long os_errno = 0;
    curl_off_t after = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &a->status);
    curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after);
    a->retry_after = after;
    struct curl_header *date = NULL;
    if (curl_easy_header(c, "Date", 0, CURLH_HEADER, -1, &date) == CURLHE_OK) {
        time_t at = curl_getdate(date->value, NULL);
        a->date = at > 0 ? at : 0;
    }
    a->trouble = fetch_trouble_of(code, os_errno);
    a->trusted = a->trouble == FETCH_NONE;
    if (a->trouble == FETCH_NONE)
        certificate_read(&a->certificate, c);
    else
        fetch_failed(a, &run, code);
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    if (a->trouble == FETCH_TLS)
        fetch_look(&run, r->timeout_ms - (clock_boot() - began));
    curl_slist_free_all(run.to);
    a->ms = clock_boot() - began;
}

void fetch_clear(struct fetch_answer *a)
{
    buf_clear(&a->body);
    certificate_clear(&a->certificate);
}

const char *fetch_trouble_word(enum fetch_trouble t)
{
    static const char *const words[] = {
#define X(name, word) word,
        FETCH_TROUBLES(X)
#undef X
    };
    return words[t];
}
