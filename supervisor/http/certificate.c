#include "supervisor/http/certificate.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t certificate_time(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], iso[40];
    int day, hour, minute, second, year;
    int64_t at;
    if (sscanf(text, "%3s %d %d:%d:%d %d GMT", month, &day, &hour, &minute, &second, &year) != 6)
        return 0;
    const char *found = strstr(months, month);
    if (!found || strlen(month) != 3 || (found - months) % 3)
        return 0;
    int n = snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, (int)(found - months) / 3 + 1, day, hour,
                     minute, second);
    return n == 20 && timestamp_parse(iso, 20, &at) == 20 ? at : 0;
}

void certificate_read(struct fetch_certificate *x, CURL *c)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &info) != CURLE_OK || !info || info->num_of_certs < 1)
        return;
    for (struct curl_slist *s = info->certinfo[0]; s; s = s->next) {
        static const char *const names[] = {
            "Subject:", "Issuer:", "X509v3 Subject Alternative Name:", "Start date:", "Expire date:", "Cert:"};
        size_t i = 0;
        while (i < 6 && strncmp(s->data, names[i], strlen(names[i])) != 0)
            i++;
        const char *value = i < 6 ? s->data + strlen(names[i]) : "";
        switch (i) {
        case 0: mem_set(&x->subject, value); break;
        case 1: mem_set(&x->issuer, value); break;
        case 2: mem_set(&x->names, value); break;
        case 3: x->begins = certificate_time(value); break;
        case 4: x->expires = certificate_time(value); break;
        case 5: mem_set(&x->pem, value); break;
        default: break;
        }
    }
}

void certificate_clear(struct fetch_certificate *x)
{
    free(x->subject);
    free(x->issuer);
    free(x->names);
    free(x->pem);
    memset(x, 0, sizeof *x);
}
