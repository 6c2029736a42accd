#include "supervisor/base/web.h"
#include <string.h>

bool web_here(const char *url)
{
    const char *host = strstr(url, "://");
    if (!host)
        return false;
    host += 3;
    size_t n = strcspn(host, "/?#\\");
    for (size_t i = n; i-- > 0;) /* user:password@host */
        if (host[i] == '@') {
            n -= i + 1;
            host += i + 1;
            break;
        }
    if (n >= 5 && memcmp(host, "[::1]", 5) == 0)
        return n == 5 || host[5] == ':';
    for (size_t i = 0; i < n; i++)
        if (host[i] == ':')
            n = i;
    if (n == 9 && memcmp(host, "localhost", 9) == 0)
        return true;
    return n > 4 && memcmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n;
}
