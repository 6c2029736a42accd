/* tcp, dns, ssh, command and file of [check NAME]. */
#include "supervisor/base/mem.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/cli/preflight_text.h"
#include "supervisor/cli/probe.h"
#include "supervisor/sys/file.h"
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

enum preflight_end preflight_type_tcp(struct preflight *p)
{
    char *words[] = {p->item->host, NULL};
    struct wait_spec spec = {.kind = PROBE_TCP, .words = words, .word_count = 1};
    struct probe probe = {.spec = &spec, .stop = -1, .deadline = p->deadline};
    struct buf said;
    buf_init(&said, 4096);
    enum wait_seen seen = probe_tcp(&probe, &said);
    enum preflight_end end = seen == WAIT_SEEN_YES ? preflight_ok(p, "%s accepts connections", p->item->host)
                                                   : preflight_fail(p, "see whether it runs, and what is between",
                                                                    "%s: %s", p->item->host, buf_str(&said));
    buf_clear(&said);
    return end;
}

/* Appends the addresses of a name, as numbers. 0 or an EAI_ code. A resolver that is silent is ended with this
 * process. */
static int dns_resolve(const char *name, struct words *out)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(name, NULL, &hints, &list);
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0 &&
            !words_have(out, text))
            words_add(out, text);
    }
    if (list)
        freeaddrinfo(list);
    return rc;
}

enum preflight_end preflight_type_dns(struct preflight *p)
{
    struct words names = {0}, wanted = {0};
    enum preflight_end end = PREFLIGHT_OK;
    for (size_t i = 0; i < p->item->addresses.n && end == PREFLIGHT_OK; i++) {
        int rc = dns_resolve(p->item->addresses.at[i], &wanted);
        if (rc)
            end = preflight_fail(p, "mend addresses, or that name", "no address for %s: %s", p->item->addresses.at[i],
                                 gai_strerror(rc));
    }
    for (size_t i = 0; i < p->item->names.n; i++)
        text_star(&names, p->item->names.at[i], 2);
    for (size_t i = 0; i < names.n && end == PREFLIGHT_OK; i++) {
        struct words got = {0};
        int rc = dns_resolve(names.at[i], &got);
        if (rc)
            end = preflight_fail(p, "make the record; a wildcard's does not cover the zone itself",
                                 "no address for %s: %s", names.at[i], gai_strerror(rc));
        for (size_t k = 0; k < got.n && end == PREFLIGHT_OK; k++)
            if (!words_have(&wanted, got.at[k]))
                end = preflight_fail(p, "mend the record, or addresses", "%s leads to %s, which is none of addresses",
                                     names.at[i], got.at[k]);
        words_clear(&got);
    }
    if (end == PREFLIGHT_OK)
        preflight_ok(p, "%zu names lead where they should", names.n);
    words_clear(&names);
    words_clear(&wanted);
    return end;
}

static enum preflight_end ssh_failed(struct preflight *p, const struct child *c, bool sudo)
{
    const char *text = buf_str(&c->err);
    char *line = preflight_last_line(c);
    const char *fix = strstr(text, "Host key verification failed") || strstr(text, "REMOTE HOST IDENTIFICATION")
                          ? "look at the host's key and add it to known_hosts: ssh HOST once, by hand"
                      : strstr(text, "Permission denied") ? "put our public key into authorized_keys there"
                      : c->code != 255 && sudo            ? "allow it there: NOPASSWD in sudoers"
                                                          : "try it by hand: ssh -o BatchMode=yes HOST true";
    enum preflight_end end =
        c->timed_out ? preflight_fail(p, "see why it does not answer", "%s: no answer in time", p->item->host)
        : c->code != 255 && c->code >= 0 && sudo
            ? preflight_fail(p, fix, "%s: sudo asks for a password, or refuses: %s", p->item->host, line)
            : preflight_fail(p, fix, "%s: %s", p->item->host, *line ? line : "ssh failed");
    free(line);
    return end;
}

enum preflight_end preflight_type_ssh(struct preflight *p)
{
    static const char *const options[] = {
        "ssh", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oControlMaster=no", "-oConnectTimeout=10", "-T"};
    struct words argv = {0};
    struct child c;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        words_add(&argv, options[i]);
    for (size_t i = 0; i < p->item->options.n; i++)
        words_add(&argv, p->item->options.at[i]);
    words_add(&argv, "--");
    words_add(&argv, p->item->host);
    words_add(&argv, "true");
    bool ok = chdir(p->cli->paths.root) == 0 && preflight_child(p, &c, &argv, (const char *const[]){"LC_ALL=C", NULL}),
         sudo = false;
    if (ok && p->item->sudo) {
        child_clear(&c);
        sudo = true;
        free(argv.at[argv.n - 1]);
        argv.at[argv.n - 1] = mem_strdup("sudo -n true");
        ok = preflight_child(p, &c, &argv, (const char *const[]){"LC_ALL=C", NULL});
    }
    enum preflight_end end = ok ? preflight_ok(p, "%s lets us in%s", p->item->host, sudo ? ", and sudo works" : "")
                                : ssh_failed(p, &c, sudo);
    child_clear(&c);
    words_clear(&argv);
    return end;
}

enum preflight_end preflight_type_command(struct preflight *p)
{
    struct child c = {.code = -1};
    struct err e = {""};
    if (chdir(p->cli->paths.root) != 0)
        return preflight_fail(p, "see to that folder", "%s: %s", p->cli->paths.root, strerror(errno));
    preflight_child(p, &c, &p->item->command, NULL);
    char *line = preflight_last_line(&c);
    const char *name = p->item->command.at[0];
    enum preflight_end end;
    if (c.timed_out)
        end = preflight_fail(p, "see why, or give it a longer timeout", "%s took too long and was ended", name);
    else if (c.code < 0)
        end = preflight_fail(p, "install it, or mend command", "%s", line);
    else if (c.code != p->item->exit)
        end = preflight_fail(p, "run it by hand", "%s: exit code %d%s%s", name, c.code, *line ? ": " : "", line);
    else if (*p->item->body && !text_matches(p->item->body, buf_str(&c.out), &e))
        end = preflight_fail(p, "run it by hand", "%s: %s", name,
                             e.text[0] ? e.text : "what it says does not match body");
    else
        end = preflight_ok(p, "%s: exit code %d", name, c.code);
    free(line);
    child_clear(&c);
    return end;
}

static bool file_owned(const struct stat *st, const char *name)
{
    const struct passwd *user = getpwnam(name);
    return user && user->pw_uid == st->st_uid;
}

enum preflight_end preflight_type_file(struct preflight *p)
{
    const struct config_check_item *item = p->item;
    struct stat st;
    struct buf text;
    struct err e = {""};
    char *path = preflight_path(p, item->path), *fix = NULL;
    mode_t most = (mode_t)strtol(*item->mode ? item->mode : "7777", NULL, 8);
    enum preflight_end end = PREFLIGHT_OK;
    buf_init(&text, 0);
    if (stat(path, &st) != 0)
        end = preflight_fail(p, "put it there", "%s: %s", path, strerror(errno));
    else if (st.st_mode & 07777 & ~most)
        end = preflight_fail(p, fix = file_fmt("chmod %s %s", item->mode, path), "%s has the rights %04o, not only %s",
                             path, (unsigned)(st.st_mode & 07777), item->mode);
    else if (*item->owner && !file_owned(&st, item->owner))
        end = preflight_fail(p, fix = file_fmt("chown %s %s", item->owner, path), "%s does not belong to %s", path,
                             item->owner);
    else if (*item->body && !file_read(path, FILE_MAX, &text, &e))
        end = preflight_fail(p, "see to that file", "%s", e.text);
    else if (*item->body && !text_matches(item->body, buf_str(&text), &e))
        end = preflight_fail(p, "write there what is meant", "%s", e.text[0] ? e.text : "its text does not match body");
    else
        preflight_ok(p, "%s is there", path);
    buf_clear(&text);
    free(fix);
    free(path);
    return end;
}
