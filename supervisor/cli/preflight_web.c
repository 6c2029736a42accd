/* http and tls of [check NAME], and the clock, which is set against a server's. */
#include "supervisor/base/duration.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/cli/preflight_text.h"
#include "supervisor/sys/clock.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BODY_MAX = 1 << 20, DAY_S = 86400, DAYS_LEAST = 14, SKEW_WARN_S = 10, SKEW_FAIL_S = 120 };

/* No answer came. */
static enum preflight_end web_trouble(struct preflight *p, const cJSON *answer, const struct err *e)
{
    const char *code = json_str(answer, "code", "");
    const char *fix = strcmp(code, "resolve") == 0   ? "mend the name or the resolver"
                      : strcmp(code, "refused") == 0 ? "nobody listens there: start it, or mend the address"
                      : strcmp(code, "tls") == 0     ? "mend the certificate, or name its authority with ca"
                                                     : "see why it does not answer";
    return preflight_fail(p, fix, "%s", answer ? json_str(answer, "text", "no reason given") : e->text);
}

static enum preflight_end http_judge(struct preflight *p, const cJSON *answer)
{
    const struct config_check_item *item = p->item;
    int64_t status = json_int(answer, "status", 0);
    const char *body = json_str(answer, "body", "");
    struct err e = {""};
    bool right;
    if (!text_ranges(item->status, status, &right))
        return preflight_fail(p, "write ranges such as 200-299,404", "status = %s can't be read", item->status);
    if (!right)
        return preflight_fail(p,
                              status == 401   ? "renew the token: the server does not know it"
                              : status == 403 ? "the token is known, and has no right to this: give it, on the server"
                                              : "see what the server says",
                              "HTTP %lld, not %s", (long long)status, item->status);
    if (*item->body && !text_matches(item->body, body, &e))
        return preflight_fail(p, "see what the server says", "%s",
                              e.text[0] ? e.text : "the answer does not match body");
    cJSON *o = item->json.n ? json_parse(body, strlen(body)) : NULL;
    if (item->json.n && !o)
        preflight_fail(p, "see what the server says", "HTTP %lld, but the answer is no JSON", (long long)status);
    bool good = o || !item->json.n;
    for (size_t i = 0; good && i < item->json.n; i++)
        if (!text_json(o, item->json.at[i], &e)) {
            preflight_fail(p, "see what the server says, and give the right or mend the value there", "%s", e.text);
            good = false;
        }
    cJSON_Delete(o);
    return good ? preflight_ok(p, "HTTP %lld", (long long)status) : PREFLIGHT_FAIL;
}

enum preflight_end preflight_type_http(struct preflight *p)
{
    cJSON *request = cJSON_CreateObject(), *headers = json_add_arr(request, "headers");
    struct err e = {""};
    json_add_str(request, "url", p->item->url);
    json_add_int(request, "body_max", BODY_MAX);
    for (size_t i = 0; i < p->item->headers.n; i++)
        if (!preflight_header(p, headers, p->item->headers.at[i], &e)) {
            cJSON_Delete(request);
            return preflight_fail(p, "put the secret there, for its owner alone: chmod 600", "header: %s", e.text);
        }
    cJSON *answer = preflight_http_ask(p, request, &e);
    enum preflight_end end = json_bool(answer, "ok", false) ? http_judge(p, answer) : web_trouble(p, answer, &e);
    cJSON_Delete(answer);
    return end;
}

/* The base64 of a PEM text's first certificate, without blanks; the caller frees. */
static char *pem_body(const char *pem)
{
    struct buf b;
    buf_init(&b, 0);
    const char *from = strstr(pem, "-----BEGIN CERTIFICATE-----");
    const char *to = from ? strstr(from, "-----END CERTIFICATE-----") : NULL;
    for (const char *s = from ? from + strlen("-----BEGIN CERTIFICATE-----") : NULL; s && to && s < to; s++)
        if (!strchr(" \r\n\t", *s))
            buf_add(&b, s, 1);
    return buf_take(&b);
}

static enum preflight_end tls_same(struct preflight *p, const cJSON *certificate)
{
    struct buf text;
    struct err e = {""};
    char *path = preflight_path(p, p->item->same_as);
    buf_init(&text, 0);
    bool read = file_read(path, BODY_MAX, &text, &e);
    char *mine = pem_body(buf_str(&text)), *theirs = pem_body(json_str(certificate, "pem", ""));
    enum preflight_end end = PREFLIGHT_OK;
    if (!read)
        end = preflight_fail(p, "put the certificate there", "same_as: %s", e.text);
    else if (!*mine)
        end = preflight_fail(p, "put the certificate there, as PEM", "same_as: %s holds no certificate", path);
    else if (strcmp(mine, theirs) != 0)
        end = preflight_fail(
            p, "load the file's certificate where TLS ends: a gateway in front may serve one of its own",
            "what is served (for %s) is not the certificate of %s", json_str(certificate, "names", "?"), path);
    buf_clear(&text);
    free(mine);
    free(theirs);
    free(path);
    return end;
}

/* How long it must be good: as configured, else as long as the run may take. */
static int64_t tls_days(const struct preflight *p)
{
    int64_t run = (p->cli->config.budget.run_time / 1000 + DAY_S - 1) / DAY_S;
    return p->item->days ? p->item->days : run > DAYS_LEAST ? run : DAYS_LEAST;
}

static enum preflight_end tls_name(struct preflight *p, const char *name, int64_t *days)
{
    const char *host = p->item->host, *port = strrchr(host, ':');
    struct err e = {""};
    cJSON *request = cJSON_CreateObject();
    char *url = file_fmt("https://%s%s/", name, port);
    json_add_str(request, "url", url);
    json_add_str(request, "connect_to", host);
    json_add_bool(request, "connect", true);
    cJSON *answer = preflight_http_ask(p, request, &e);
    const cJSON *certificate = json_get(answer, "certificate");
    int64_t expires = json_int(certificate, "expires", 0);
    const char *names = json_str(certificate, "names", "no name");
    *days = (expires - clock_now() / 1000) / DAY_S;
    enum preflight_end end = PREFLIGHT_OK;
    if (!json_bool(answer, "ok", false) && certificate)
        end = preflight_fail(p,
                             strstr(json_str(answer, "text", ""), "no alternative certificate subject name")
                                 ? "get a certificate with that name too: a wildcard covers one label, and not its zone"
                                 : "get a certificate that is good, with the chain up to an authority that is trusted",
                             "as %s: %s (it is for %s)", name, json_str(answer, "text", ""), names);
    else if (!json_bool(answer, "ok", false))
        end = web_trouble(p, answer, &e);
    else if (!expires)
        end = preflight_fail(p, "see what answers there", "as %s: a connection, but no certificate that can be read",
                             name);
    else if (*days < tls_days(p))
        end =
            preflight_fail(p, "renew it before the run", "the certificate (for %s) is good for %lld days, not for %lld",
                           names, (long long)*days, (long long)tls_days(p));
    else if (*p->item->same_as)
        end = tls_same(p, certificate);
    cJSON_Delete(answer);
    free(url);
    return end;
}

enum preflight_end preflight_type_tls(struct preflight *p)
{
    const char *host = p->item->host, *port = strrchr(host, ':');
    struct words names = {0};
    int64_t days = 0;
    char *own = mem_strndup(host, (size_t)(port - host));
    if (!p->item->names.n)
        words_add(&names, own);
    for (size_t i = 0; i < p->item->names.n; i++)
        text_star(&names, p->item->names.at[i], 1);
    enum preflight_end end = PREFLIGHT_OK;
    for (size_t i = 0; i < names.n && end == PREFLIGHT_OK; i++)
        end = tls_name(p, names.at[i], &days);
    if (end == PREFLIGHT_OK)
        preflight_ok(p, "good for %zu name%s and %lld days", names.n, names.n == 1 ? "" : "s", (long long)days);
    words_clear(&names);
    free(own);
    return end;
}

/* "https://host:port" of an address, without user and path; the caller frees. */
static char *clock_origin(const char *url)
{
    const char *from = strstr(url, "://") + 3, *at = memchr(from, '@', strcspn(from, "/?#"));
    from = at ? at + 1 : from;
    return file_fmt("%.*s%.*s/", (int)(strstr(url, "://") + 3 - url), url, (int)strcspn(from, "/?#"), from);
}

enum preflight_end preflight_clock(struct preflight *p)
{
    const struct config *c = &p->cli->config;
    const char *url = NULL;
    for (size_t i = 0; i < c->check_count && !url; i++)
        if (strcmp(c->checks[i].type, "http") == 0) {
            url = c->checks[i].url;
            p->item = &c->checks[i]; /* for its ca; its level and fix are not ours: this is a process of its own */
        }
    if (!url && (strncmp(c->url, "http://", 7) == 0 || strncmp(c->url, "https://", 8) == 0))
        url = c->url;
    if (!url)
        return preflight_skip(p, "no web server is known here whose clock could be asked");
    struct err e = {""};
    char *origin = clock_origin(url);
    cJSON *request = cJSON_CreateObject();
    json_add_str(request, "url", origin);
    json_add_str(request, "method", "HEAD");
    cJSON *answer = preflight_http_ask(p, request, &e);
    int64_t date = json_int(answer, "date", 0), off = clock_now() / 1000 - date;
    struct buf length;
    buf_init(&length, 0);
    duration_render(&length, (off < 0 ? -off : off) * 1000);
    static const char fix[] = "set the clock, and keep it so: timedatectl set-ntp true";
    enum preflight_end end;
    if (!date)
        end = preflight_skip(p, "%s says no time", origin);
    else if (off > SKEW_FAIL_S || off < -SKEW_FAIL_S)
        end = preflight_fail(p, fix, "this clock is %s %s that of %s", buf_str(&length),
                             off < 0 ? "behind" : "ahead of", origin);
    else if (off > SKEW_WARN_S || off < -SKEW_WARN_S)
        end = preflight_warn(p, fix, "this clock is %s %s that of %s", buf_str(&length),
                             off < 0 ? "behind" : "ahead of", origin);
    else
        end = preflight_ok(p, "as that of %s", origin);
    buf_clear(&length);
    cJSON_Delete(answer);
    free(origin);
    return end;
}
