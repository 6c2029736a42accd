#include "supervisor/sys/secret.h"
#include "supervisor/base/buf.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 4096 };

/* What a header can carry: it is not empty, and no byte of it ends a line. */
static bool good(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    return true;
}

static bool ours(int fd, const char *path, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        err_set(e, "cannot look at %s: %s", path, strerror(errno));
    else if (st.st_uid != geteuid() && st.st_uid != 0)
        err_set(e, "%s belongs to somebody else (uid %ld); do 'chown' to the user that runs ccsup", path,
                (long)st.st_uid);
    else if (st.st_mode & 077)
        err_set(e, "others may read or change %s (mode %04o); do 'chmod 600' on it", path,
                (unsigned)(st.st_mode & 07777));
    else
        return true;
    return false;
}

char *secret_file(const char *path, struct err *e)
{
    char text[SECRET_MAX + 1];
    size_t n = 0;
    int fd = file_open(path, e);
    if (fd < 0)
        return NULL;
    bool ok = ours(fd, path, e);
    for (ssize_t got; ok && n < SECRET_MAX && (got = read(fd, text + n, SECRET_MAX - n)) > 0;)
        n += (size_t)got;
    close(fd);
    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    text[n] = '\0';
    char *secret = ok && strlen(text) == n && good(text) ? mem_strdup(text) : NULL;
    if (ok && !secret)
        err_set(e, "%s does not hold one line with a token", path);
    explicit_bzero(text, sizeof text);
    return secret;
}

char *secret_env(const char *name, struct err *e)
{
    const char *value = getenv(name);
    if (!value)
        err_set(e, "the variable %s is not set; do 'export %s=...' before ccsup starts", name, name);
    else if (!good(value) || strlen(value) > SECRET_MAX)
        err_set(e, "the variable %s does not hold one line with a token", name);
    else
        return mem_strdup(value);
    return NULL;
}

void secret_env_forget(const char *name)
{
    for (char *value; (value = getenv(name));) {
        unsetenv(name);
        memset(value, 0, strlen(value));
    }
}
