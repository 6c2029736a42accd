#include "supervisor/config/grammar.h"
#include "supervisor/config/notify.h"
#include <string.h>

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *grammar_name(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (!letter(s[i]) && !digit(s[i]) && !strchr("._-", s[i]))
            return "is no name; write letters, digits, . _ - without blanks or quotes";
    return n > 32 ? "is too long; a name has at most 32 characters" : n ? NULL : "is no name; write one";
}

const char *grammar_url(const char *s)
{
    if (!*s)
        return "names no repository; write an address or a path";
    return *s == '-' ? "would be taken for an option; begin a path with ./ or /" : NULL;
}

const char *grammar_branch(const char *s)
{
    size_t n = strlen(s);
    static const char wrong[] = "is no branch's name; write it as git branch shows it, such as main";
    if (!n || s[0] == '-' || strcspn(s, " \t~^:?*[\\") != n || strcmp(s, "@") == 0 || strcmp(s, "HEAD") == 0)
        return wrong;
    if (strstr(s, "..") || strstr(s, "@{") || s[n - 1] == '.' || s[n - 1] == '/')
        return wrong;
    if (strncmp(s, "refs/", 5) == 0)
        return "is a whole reference; write the branch alone, such as main";
    for (const char *p = s;; p++) { /* each part between slashes */
        size_t len = strcspn(p, "/");
        if (!len || *p == '.' || (len >= 5 && memcmp(p + len - 5, ".lock", 5) == 0))
            return wrong;
        p += len;
        if (!*p)
            return NULL;
    }
}

const char *grammar_folder(const char *s)
{
    if (!*s)
        return NULL;
    if (*s == '/')
        return "begins with a slash; write it relative to the repository's root";
    for (const char *p = s;; p++) {
        size_t len = strcspn(p, "/");
        if (!len)
            return "has an empty part; write one slash between folders and none at the end";
        if (len == 2 && memcmp(p, "..", 2) == 0)
            return "holds '..'; write a path inside the repository";
        if (len == 1 && *p == '.')
            return "holds '.'; leave it out (nothing at all is the root)";
        if (len == 4 && memcmp(p, ".", 1) == 0 && (p[1] | 32) == 'g' && (p[2] | 32) == 'i' && (p[3] | 32) == 't')
            return "leads into .git; write a path of the work tree";
        p += len;
        if (!*p)
            return NULL;
    }
}

/* "plan.md" in quotes would be looked for with them. */
static bool quoted(const char *s)
{
    size_t n = strlen(s);
    return n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s;
}

const char *grammar_file(const char *s)
{
    return quoted(s) ? "has quotes around it; write the path without" : NULL;
}

const char *grammar_plan(const char *s)
{
    if (strncmp(s, "repo:", 5) == 0)
        return s[5] ? grammar_folder(s + 5) : "names no file; write repo:PATH";
    return *s ? grammar_file(s) : "names no file; write the plan's path";
}

const char *grammar_email(const char *s)
{
    const char *at = strchr(s, '@');
    size_t n = strlen(s);
    if (!at || at == s || !at[1] || strchr(at + 1, '@') || strcspn(s, " \t<>\"'\\(),;") != n)
        return "is no e-mail address; write it bare, such as me@example.org";
    return NULL;
}

const char *grammar_person(const char *s)
{
    if (strpbrk(s, "<>"))
        return "holds < or >, which git does not take in a name; write the name alone";
    if (quoted(s))
        return "has quotes around it; write the name without";
    return strspn(s, " .,:;\"\\'\t") == strlen(s) ? "is no name that git takes; write one" : NULL;
}

size_t grammar_variable(const char *s)
{
    size_t n = 0;
    while (letter(s[n]) || s[n] == '_' || (n && digit(s[n])))
        n++;
    return n;
}

const char *grammar_setting(const char *s)
{
    /* What ccsup sets itself: marker, own temporary folder, identity by which a verdict's writer is known. */
    static const char *const own[] = {"TMPDIR=", "GIT_CONFIG_GLOBAL=", NULL};
    static const char *const identity[] = {
        "GIT_AUTHOR_NAME=", "GIT_AUTHOR_EMAIL=", "GIT_COMMITTER_NAME=", "GIT_COMMITTER_EMAIL=", NULL};
    size_t n = grammar_variable(s);
    if (!n || s[n] != '=')
        return "is not NAME=VALUE; write it so, with quotes where VALUE holds blanks: 'NAME=a b'";
    if (strncmp(s, "CCSUP_", 6) == 0)
        return "is ccsup's own; leave it out";
    for (size_t i = 0; own[i]; i++)
        if (strncmp(s, own[i], strlen(own[i])) == 0)
            return "is set by ccsup for each agent; leave it out";
    for (size_t i = 0; identity[i]; i++)
        if (strncmp(s, identity[i], strlen(identity[i])) == 0)
            return "would change who the agent's commits are by; write git_name and git_email instead";
    return NULL;
}

const char *grammar_user(const char *s)
{
    if (strlen(s) > 32 || *s == '-' || strpbrk(s, " \t:/,*?\"'\\"))
        return "is no user's name; write one that 'id NAME' knows";
    return NULL;
}

const char *grammar_fence(const char *s)
{
    static const char *const words[] = {"auto", "pidns", "cgroup", "subreaper"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(s, words[i]) == 0)
            return NULL;
    return "is no fence; write auto, pidns, cgroup or subreaper";
}

const char *grammar_leftovers(const char *s)
{
    return strcmp(s, "kill") == 0 || strcmp(s, "keep") == 0 ? NULL : "is neither kill nor keep; write one of them";
}

const char *grammar_stuck(const char *s)
{
    return strcmp(s, "hold") == 0 || strcmp(s, "continue") == 0 ? NULL
                                                                : "is neither hold nor continue; write one of them";
}

const char *grammar_pattern(const char *s)
{
    size_t n = grammar_variable(s);
    if (s[n] == '*' && !s[n + 1])
        return NULL;
    if (*s == '#' || *s == ';')
        return "begins a comment; write comments on lines of their own";
    if (n && s[n] == '=')
        return "has a value; only the name stands here (env sets values)";
    return n && !s[n] ? NULL : "is no variable's name; write NAME, or NAME* for all that begin so";
}

/* Printable ASCII; blank: a blank is allowed, too. */
static bool is_plain(const char *s, bool blank)
{
    for (; *s; s++)
        if (*s < (blank ? ' ' : '!') || *s > '~')
            return false;
    return true;
}

const char *grammar_program(const char *s)
{
    if (*s == '-')
        return "is an option; write the program's name or path";
    return is_plain(s, false) ? NULL : "is no program; write its name or path alone, arguments go into args";
}

const char *grammar_word(const char *s)
{
    if (*s == '-')
        return "is an option; write the value alone";
    return is_plain(s, false) ? NULL : "is not one word; write letters, digits and signs without blanks";
}

const char *grammar_session(const char *s)
{
    bool known = strcmp(s, "auto") == 0 || strcmp(s, "fresh") == 0 || strcmp(s, "resume") == 0;
    return known ? NULL : "is no choice of a session; write auto, fresh or resume";
}

const char *grammar_tool(const char *s)
{
    if (!*s || *s == '-' || !is_plain(s, true))
        return "is no tool; write a name such as Bash, or 'Bash(git *)' in quotes";
    int open = 0;
    for (const char *p = s; *p; p++)
        open += *p == '(' ? 1 : *p == ')' ? -1 : 0;
    if (open)
        return "is a part of a tool: a blank separates tools, so write 'Bash(git *)' in quotes";
    return strchr(s, ',') ? "holds a comma; separate tools by blanks" : NULL;
}

const char *grammar_check_type(const char *s)
{
    static const char *const words[] = {"http", "tcp", "tls", "dns", "ssh", "command", "file"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(s, words[i]) == 0)
            return NULL;
    return "is no type of check; write http, tcp, tls, dns, ssh, command or file";
}

const char *grammar_level(const char *s)
{
    return strcmp(s, "fail") == 0 || strcmp(s, "warn") == 0 ? NULL : "is neither fail nor warn; write one of them";
}

const char *grammar_web(const char *s)
{
    size_t n = strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0;
    if (!*s)
        return NULL;
    if (!n || !is_plain(s, false))
        return "is no address of the web; write http:// or https:// and what follows, without blanks";
    return s[n] && s[n] != '/' ? NULL : "names no host; write https://host/path";
}

const char *grammar_plain_web(const char *s)
{
    const char *wrong = grammar_web(s), *host = strstr(s, "://");
    if (wrong || !host)
        return wrong;
    return memchr(host + 3, '@', strcspn(host + 3, "/?#")) ? "names a user; write header and a file instead" : NULL;
}

const char *grammar_event(const char *s)
{
    return strcmp(s, "all") == 0 || notify_kind_find(s) >= 0
               ? NULL
               : "is no event; write all, or some of done phase held budget stuck tampered repository veto limit check "
                 "restarted stalled crashed";
}

const char *grammar_variable_name(const char *s)
{
    return s[grammar_variable(s)] ? "is no variable's name; write the name alone, without $" : NULL;
}

const char *grammar_header(const char *s)
{
    size_t n = strcspn(s, ":");
    for (size_t i = 0; i < n; i++)
        if (!letter(s[i]) && !digit(s[i]) && !strchr("-_", s[i]))
            n = 0;
    if (!n || s[n] != ':' || !is_plain(s, true))
        return "is no header; write it in quotes: 'NAME: VALUE'";
    return NULL;
}

const char *grammar_host(const char *s)
{
    if (*s == '-' || !is_plain(s, false) || strpbrk(s, "/,;'\"\\"))
        return "is no host; write HOST:PORT for tcp and tls, HOST or USER@HOST for ssh";
    return NULL;
}

/* Labels of letters, digits, _ and -, parted by single dots. */
static bool is_domain(const char *s)
{
    for (size_t n; (n = strcspn(s, ".")), n >= 1 && n <= 63 && *s != '-' && s[n - 1] != '-'; s += n + 1) {
        for (size_t i = 0; i < n; i++)
            if (!letter(s[i]) && !digit(s[i]) && s[i] != '-' && s[i] != '_')
                return false;
        if (!s[n])
            return true;
    }
    return false;
}

const char *grammar_domain(const char *s)
{
    bool star = strncmp(s, "*.", 2) == 0;
    return strlen(s) <= 230 && is_domain(star ? s + 2 : s) ? NULL
                                                           : "is no name of a host; write example.org or *.example.org";
}

const char *grammar_address(const char *s)
{
    size_t n = strlen(s);
    bool six = strchr(s, ':') && strspn(s, "0123456789abcdefABCDEF:.") == n;
    return six || (n <= 230 && is_domain(s)) ? NULL : "is no address; write one such as 192.0.2.7, or a host's name";
}

const char *grammar_mode(const char *s)
{
    size_t n = strlen(s);
    return n <= 4 && n != 1 && n != 2 && strspn(s, "01234567") == n ? NULL
                                                                    : "are no rights; write them in octal, such as 600";
}

bool grammar_endpoint(const char *s)
{
    const char *colon = strrchr(s, ':');
    if (!colon || colon == s || (strchr(s, ':') != colon && (s[0] != '[' || colon[-1] != ']')) || strpbrk(s, "/@ \t"))
        return false;
    long port = 0;
    size_t n = strspn(colon + 1, "0123456789");
    for (size_t i = 0; i < n && i < 6; i++)
        port = port * 10 + (colon[1 + i] - '0');
    return n && n < 6 && !colon[1 + n] && port >= 1 && port <= 65535;
}
