#include "supervisor/git/failure.h"
#include "supervisor/base/duration.h"
#include "supervisor/base/mem.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>

struct failure_rule {
    const char *words; /* anywhere in one line of git's, in any case */
    enum trouble_code code;
    const char *sentence;
};

#define ASKS "asks for a user name and a password, and git has none: set up a credential helper, or a token"
#define REFUSES "refuses the user name, password or token that git sent"
#define DISK "our own disk or folder refused a write"
#define NO_HOST "its host is not known: check the spelling and the name server"
#define BROKE_OFF "the connection was cut before the answer was complete"
#define TOO_SLOW "accepted the connection and then sent nothing, or too little"

/* In this order: what is said early explains what follows it. */
static const struct failure_rule failure_rules[] = {
    {"operation too slow", TROUBLE_TIMEOUT, TOO_SLOW},
    {"during banner exchange", TROUBLE_TIMEOUT, TOO_SLOW},
    {"operation timed out after", TROUBLE_TIMEOUT, TOO_SLOW},
    {"timeout, server", TROUBLE_TIMEOUT, TOO_SLOW},
    {"couldn't find remote ref", TROUBLE_NO_BRANCH, "has no such branch"},
    {"not found in upstream", TROUBLE_NO_BRANCH, "has no such branch"},
    {"host key verification failed", TROUBLE_AUTH,
     "its ssh host key is unknown or has changed: connect once by hand with ssh and check it"},
    {"permission denied (", TROUBLE_AUTH,
     "refuses our ssh key: load the right one into the agent, or name it in ~/.ssh/config"},
    {"could not read username", TROUBLE_AUTH, ASKS},
    {"could not read password", TROUBLE_AUTH, ASKS},
    {"terminal prompts disabled", TROUBLE_AUTH, ASKS},
    {"authentication failed", TROUBLE_AUTH, REFUSES},
    {"invalid username or password", TROUBLE_AUTH, REFUSES},
    {"returned error: 401", TROUBLE_AUTH, REFUSES},
    {"returned error: 407", TROUBLE_AUTH, "the proxy in between asks for a password"},
    {"returned error: 403", TROUBLE_AUTH, "forbids access (403): this user may not read the repository"},
    {"returned error: 404", TROUBLE_NOT_FOUND, "the server has no such repository, or hides it from this user"},
    {"returned error: 5", TROUBLE_SERVER, "the server failed: its fault, not yours"},
    {"returned error: 429", TROUBLE_SERVER, "the server says that we ask too often (429)"},
    {"returned error: ", TROUBLE_SERVER, "the server answered with an error"},
    {"shallow roots are not allowed", TROUBLE_SERVER,
     "the repository there is shallow (made with --depth) and lacks history: run git fetch --unshallow in "
     "it"},
    {"mismatched algorithms", TROUBLE_SERVER, "it names its objects by SHA-256, which can't be read here"},
    {"dubious ownership", TROUBLE_LOCAL,
     "the folder belongs to another user: run git config --global --add safe.directory with its path"},
    {"repository not found", TROUBLE_NOT_FOUND, "the server has no such repository, or hides it from this user"},
    {"repository not exported", TROUBLE_NOT_FOUND, "the server has no such repository, or does not export it"},
    {"does not appear to be a git repository", TROUBLE_NOT_FOUND, "there is no git repository"},
    {"invalid gitfile format", TROUBLE_NOT_FOUND, "there is no git repository, but a file"},
    {"could not resolve", TROUBLE_UNREACHABLE, NO_HOST},
    {"name or service not known", TROUBLE_UNREACHABLE, NO_HOST},
    {"temporary failure in name resolution", TROUBLE_UNREACHABLE, NO_HOST},
    {"unable to look up", TROUBLE_UNREACHABLE, NO_HOST},
    {"connection refused", TROUBLE_UNREACHABLE, "nobody listens there (connection refused)"},
    {"couldn't connect to server", TROUBLE_UNREACHABLE, "nobody listens there, or nothing gets through"},
    {"failed to connect", TROUBLE_UNREACHABLE, "nobody listens there, or nothing gets through"},
    {"no route to host", TROUBLE_UNREACHABLE, "no way leads there (no route to host)"},
    {"network is unreachable", TROUBLE_UNREACHABLE, "this machine has no network"},
    {"connection timed out", TROUBLE_UNREACHABLE, "no connection came about in time"},
    {"connection reset", TROUBLE_UNREACHABLE, "the connection was reset"},
    {"connection closed by", TROUBLE_UNREACHABLE, "the connection was closed"},
    {"broken pipe", TROUBLE_UNREACHABLE, "the connection was closed"},
    {"empty reply from server", TROUBLE_SERVER, "the server closed the connection without an answer"},
    {"certificate", TROUBLE_SERVER, "its TLS certificate is not trusted or does not fit"},
    {"no space left", TROUBLE_LOCAL, "our disk is full"},
    {"disk quota", TROUBLE_LOCAL, "our disk quota is used up"},
    {"read-only file system", TROUBLE_LOCAL, DISK},
    {"unable to create", TROUBLE_LOCAL, DISK},
    {"unable to write", TROUBLE_LOCAL, DISK},
    {"could not create", TROUBLE_LOCAL, DISK},
    {"cannot lock ref", TROUBLE_LOCAL, DISK},
    {"cannot run git", TROUBLE_LOCAL, "the git program is needed: install git"},
    {"unable to find remote helper", TROUBLE_LOCAL, "this git has no support for that kind of address"},
    {"cannot run ssh", TROUBLE_LOCAL, "the ssh program is needed: install it"},
    {"bad config", TROUBLE_LOCAL, "git's own configuration has a mistake"},
    {"unknown value", TROUBLE_LOCAL, "git's own configuration has a mistake"},
    {"not found", TROUBLE_NOT_FOUND, "the server has no such repository, or hides it from this user"},
    {"hung up unexpectedly", TROUBLE_SERVER, BROKE_OFF},
    {"early eof", TROUBLE_SERVER, BROKE_OFF},
    {"unexpected disconnect", TROUBLE_SERVER, BROKE_OFF},
    {"closed with outstanding", TROUBLE_SERVER, BROKE_OFF},
};

/* Said of objects and packs; the first three only count with our own path beside them. */
static const char *const damage_words[] = {
    "not a git repository",
    "bad config",
    "is empty",
    "bad object",
    "is corrupt",
    "invalid object",
    "data stream error",
    "crc mismatch",
    "garbage at end",
    "wrong index",
    "index file",
    "is not a git pack",
    "unable to unpack",
    "cannot be accessed",
    "unable to parse object",
    "does not point to a valid object",
    "unable to read sha1",
    "did not send all necessary objects",
    "unable to resolve reference",
    "failed to traverse",
};
enum { DAMAGE_WITH_PATH = 3 };

/* The line of text that holds these words, NULL when none does; *len its length. */
static const char *failure_find(const char *text, const char *words, size_t *len)
{
    const char *hit = strcasestr(text, words), *from = hit;
    if (!hit)
        return NULL;
    while (from > text && from[-1] != '\n')
        from--;
    *len = strcspn(from, "\n");
    return from;
}

static char *failure_line(const char *line, size_t n)
{
    static const char *const marks[] = {"remote: ", "fatal: ", "error: "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t k = strlen(marks[i]);
        if (n > k && strncmp(line, marks[i], k) == 0) {
            line += k;
            n -= k;
        }
    }
    while (n && (line[n - 1] == '\r' || line[n - 1] == ' '))
        n--;
    return url_redact(line, n, 300);
}

char *failure_words(const struct child *c)
{
    const char *text = buf_str(&c->err), *best = NULL, *fatal = NULL;
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        if (*p == '\n' || strncmp(p, "warning:", 8) == 0 || strncmp(p, "hint:", 5) == 0)
            continue;
        best = best ? best : p;
        if (!fatal && (strncmp(p, "fatal:", 6) == 0 || strncmp(p, "error:", 6) == 0))
            fatal = p;
    }
    best = fatal ? fatal : best;
    return best ? failure_line(best, strcspn(best, "\n")) : mem_strdup("");
}

bool failure_is_damage(const struct child *c, const char *dir)
{
    const char *text = buf_str(&c->err);
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        if (strncmp(p, "remote:", 7) == 0)
            continue;
        char *line = mem_strndup(p, n);
        bool hit = false;
        for (size_t i = 0; i < sizeof damage_words / sizeof *damage_words && !hit; i++)
            hit = strcasestr(line, damage_words[i]) && (i >= DAMAGE_WITH_PATH || strstr(line, dir));
        free(line);
        if (hit)
            return true;
    }
    return false;
}

void failure_timeout(struct trouble *t, const struct request *r)
{
    char *shown = url_redact(r->url, strlen(r->url), 200);
    struct buf time;
    buf_init(&time, 64);
    if (r->timeout_ms < 1000)
        duration_format(&time, r->timeout_ms);
    else
        duration_render(&time, r->timeout_ms);
    trouble_set(t, TROUBLE_TIMEOUT, "%s: no complete answer within %s: it sent nothing, or too little for that time",
                shown, buf_str(&time));
    buf_clear(&time);
    free(shown);
}

void failure_explain(struct trouble *t, const struct request *r, const struct child *c)
{
    if (c->timed_out) {
        failure_timeout(t, r);
        return;
    }
    const char *text = buf_str(&c->err), *line = NULL, *sentence = "git failed";
    enum trouble_code code = TROUBLE_SERVER;
    size_t n = 0;
    for (size_t i = 0; i < sizeof failure_rules / sizeof *failure_rules && !line; i++) {
        line = failure_find(text, failure_rules[i].words, &n);
        if (line) {
            code = failure_rules[i].code;
            sentence = failure_rules[i].sentence;
        }
    }
    char *path = url_local_path(r->url, r->kind);
    if (path && code == TROUBLE_NOT_FOUND && !file_exists(path))
        sentence = "there is no such folder";
    char *words = line ? failure_line(line, n) : failure_words(c), *shown = url_redact(r->url, strlen(r->url), 200);
    if (*words)
        trouble_set(t, code, "%s: %s (git: %s)", shown, sentence, words);
    else
        trouble_set(t, code, "%s: %s without a word, exit code %d", shown, sentence, c->code);
    free(path);
    free(words);
    free(shown);
}
