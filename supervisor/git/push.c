#include "supervisor/git/push.h"
#include "supervisor/git/failure.h"
#include "supervisor/git/url.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 300 };

/* Said by a server whose branch moved while it took our push. */
static const char *const behind_words[] = {"[rejected]",          "failed to update ref", "cannot lock ref",
                                           "incorrect old value", "fetch first",          "reference already exists"};

/* git push --porcelain says "!\tSRC:DST\t[remote rejected] (why)" of a ref that was not updated; NULL when it does not.
 */
static const char *push_refusal(const struct child *c)
{
    const char *text = buf_str(&c->out), *line = strncmp(text, "!\t", 2) == 0 ? text : strstr(text, "\n!\t");
    const char *why = line ? strrchr(line, '\t') : NULL;
    return why ? why + 1 : NULL;
}

/* What the server's hook said ("remote: ..." on stderr), one line, redacted and escaped; the caller frees. */
static char *push_remote_words(const struct child *c)
{
    struct buf b;
    buf_init(&b, 4096);
    for (const char *p = buf_str(&c->err); *p; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        if (n <= 8 || strncmp(p, "remote: ", 8) != 0)
            continue;
        p += 8;
        n -= 8;
        while (n && (p[n - 1] == ' ' || p[n - 1] == '\r'))
            n--;
        buf_adds(&b, b.len ? " " : "");
        buf_add(&b, p, n);
    }
    char *words = url_redact(buf_str(&b), b.len, WORDS_MAX);
    buf_clear(&b);
    return words;
}

static enum push_end push_explain(const struct mirror *m, const struct child *c, const char *refusal, struct trouble *t)
{
    size_t n = strcspn(refusal, "\n");
    for (size_t i = 0; i < sizeof behind_words / sizeof *behind_words; i++) {
        const char *hit = strstr(refusal, behind_words[i]);
        if (hit && hit < refusal + n)
            return PUSH_BEHIND;
    }
    char *words = push_remote_words(c), *why = url_redact(refusal, n, WORDS_MAX),
         *shown = url_redact(m->r->url, strlen(m->r->url), 200);
    trouble_set(t, TROUBLE_REFUSED, "%s refused the push: %s%s%s", shown, why, *words ? "; it says: " : "", words);
    free(words);
    free(why);
    free(shown);
    return strncmp(refusal, "[remote failure]", 16) == 0 ? PUSH_FAILED : PUSH_REFUSED;
}

enum push_end push_run(const struct mirror *m, const char *commit, struct trouble *t)
{
    struct child c;
    char *spec = file_fmt("%s:refs/heads/%s", commit, m->r->branch);
    bool ok = mirror_git(m, &c, m->deadline,
                         (const char *const[]){"-c", "push.gpgSign=false", "-c", "push.followTags=false", "push",
                                               "--porcelain", "--no-verify", "--recurse-submodules=no", "--", m->r->url,
                                               spec, NULL});
    const char *refusal = ok ? NULL : push_refusal(&c);
    enum push_end end = PUSH_DONE;
    if (refusal) {
        end = push_explain(m, &c, refusal, t);
    } else if (!ok) {
        failure_explain(t, m->r, &c);
        end = PUSH_FAILED;
    }
    child_clear(&c);
    free(spec);
    return end;
}
