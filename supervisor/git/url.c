#include "supervisor/git/url.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 4096 };

static const struct {
    const char *prefix;
    enum url_kind kind;
} url_schemes[] = {
    {"file://", URL_FILE}, {"git://", URL_GIT}, {"http://", URL_HTTP}, {"https://", URL_HTTP}, {"ssh://", URL_SSH}};

static bool url_host_ok(const char *host)
{
    /* ssh would take a host that begins with a dash for an option (git refuses it too). */
    const char *at = host + strcspn(host, "/");
    for (const char *p = host; p < at; p++)
        if (*p == '@')
            host = p + 1;
    return *host && *host != '-' && *host != '/' && *host != ':';
}

bool url_check(const char *url, enum url_kind *kind, struct err *e)
{
    char *shown = url_redact(url, strlen(url), 200);
    const char *fault = NULL;
    bool known = false;
    for (const char *p = url; *p && !fault; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            fault = "holds a control character";
    for (size_t i = 0; i < sizeof url_schemes / sizeof *url_schemes && !known; i++) {
        size_t n = strlen(url_schemes[i].prefix);
        if (strncmp(url, url_schemes[i].prefix, n) != 0)
            continue;
        known = true;
        *kind = url_schemes[i].kind;
        if (*kind == URL_FILE ? url[n] != '/' : !url_host_ok(url + n))
            fault = *kind == URL_FILE ? "is no file:///absolute/path" : "names no host";
    }
    if (fault) {
        /* said below */
    } else if (!*url) {
        fault = "is empty";
    } else if (strlen(url) > URL_MAX) {
        fault = "is longer than 4096 bytes";
    } else if (known) {
        /* a scheme of ours, and sound */
    } else if (*url == '/') {
        *kind = URL_PATH;
    } else {
        size_t head = strcspn(url, ":/");
        if (strstr(url, "://") || url[head] != ':' || url[head + 1] == ':' || !url[head + 1] || !head)
            fault = "is no address that is allowed here: write /absolute/path, file:///path, "
                    "https://host/path, ssh://user@host/path, user@host:path or git://host/path";
        else if (*url == '-' || !url_host_ok(url))
            fault = "names no host";
        *kind = URL_SSH;
    }
    if (fault)
        err_set(e, "url %s %s", *shown ? shown : "\"\"", fault);
    free(shown);
    return !fault;
}

static int url_hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

char *url_local_path(const char *url, enum url_kind kind)
{
    if (kind == URL_PATH)
        return mem_strdup(url);
    if (kind != URL_FILE)
        return NULL;
    char *path = mem_strdup(url + strlen("file://")), *to = path;
    for (const char *p = path; *p; p++) {
        int high = *p == '%' ? url_hex(p[1]) : -1, low = high >= 0 ? url_hex(p[2]) : -1;
        if (low >= 0 && high + low > 0) {
            *to++ = (char)(high << 4 | low);
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    return path;
}

char *url_redact(const char *text, size_t n, size_t max)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < n;) {
        if (n - i < 3 || memcmp(text + i, "://", 3) != 0) {
            buf_add(&b, text + i++, 1);
            continue;
        }
        bool ssh = i >= 3 && memcmp(text + i - 3, "ssh", 3) == 0;
        buf_adds(&b, "://");
        i += 3;
        size_t end = i, at = i, colon = 0;
        while (end < n && !strchr("/?#'\" \t\r\n", text[end])) {
            at = text[end] == '@' ? end : at;
            end++;
        }
        for (size_t k = i; k < at; k++)
            colon += text[k] == ':';
        if (at > i && (!ssh || colon)) {
            buf_adds(&b, "***");
            i = at;
        }
    }
    char *out = vis_dup(buf_str(&b), b.len, max);
    buf_clear(&b);
    return out;
}
