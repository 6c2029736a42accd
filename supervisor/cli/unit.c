#include "supervisor/cli/unit.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "supervisor/sys/embedded.h"
#include "supervisor/sys/file.h"
#include <ctype.h>
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    UNIT_NAME_MAX = 200,      /* systemd allows 255 */
    UNIT_FILE_MAX = 64 << 10, /* a longer one is not ours */
    UNIT_SPARE_S = 60         /* above the grace: for keepers to be ended one way after the other, and a sweep */
};

static const char system_folder[] = "/etc/systemd/system";

/* Where the user's manager looks; NULL without a home. */
static char *unit_user_folder(void)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return file_fmt("%s/systemd/user", xdg);
    return home && *home == '/' ? file_fmt("%s/.config/systemd/user", home) : NULL;
}

static bool unit_name_good(const char *name)
{
    size_t n = strlen(name);
    if (!n || n > UNIT_NAME_MAX || *name == '.' || *name == '-')
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.:", *c))
            return false;
    return true;
}

bool unit_init(struct unit *u, const struct paths *p, bool user, const char *name, struct err *e)
{
    *u = (struct unit){.user = user};
    static const char suffix[] = ".service";
    size_t n = name ? strlen(name) : 0, end = strlen(suffix);
    bool whole = n > end && strcmp(name + n - end, suffix) == 0;
    if (name && !unit_name_good(name)) {
        err_set(e, "no name for a unit: '%s'; use letters, digits and any of - _ . : behind the first one", name);
        return false;
    }
    char *folder = user ? unit_user_folder() : mem_strdup(system_folder);
    if (!folder) {
        err_set(e, "neither XDG_CONFIG_HOME nor HOME names a folder for the units of a user");
        return false;
    }
    u->name = name ? file_fmt("%s%s", name, whole ? "" : suffix) : file_fmt("ccsup-%s%s", p->id, suffix);
    u->file = file_join(folder, u->name);
    free(folder);
    return true;
}

void unit_clear(struct unit *u)
{
    free(u->name);
    free(u->file);
    *u = (struct unit){0};
}

static char *unit_mark(const struct paths *p)
{
    return file_fmt("Written by `ccsup install-service` for %s", p->config);
}

/* A unit's line ends at a newline, is UTF-8, goes on behind a backslash at its end, and loses blanks there. */
static bool unit_writable(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0, step; i < n; i += step)
        if (!(step = vis_utf8(text + i, n - i)) || (unsigned char)text[i] < ' ' || text[i] == 0x7F)
            return false;
    return n && !strchr(" \\", text[n - 1]);
}

/* With what systemd.unit(5) calls specifiers made harmless; as a quoted word: those of systemd.syntax(7), too. */
static void unit_add(struct buf *b, const char *text, bool quoted)
{
    buf_adds(b, quoted ? "\"" : "");
    for (const char *c = text; *c; c++) {
        if (*c == '%' || (quoted && strchr("\"\\", *c)))
            buf_add(b, *c == '%' ? "%" : "\\", 1);
        buf_add(b, c, 1);
    }
    buf_adds(b, quoted ? "\"" : "");
}

static void unit_set(struct buf *b, const char *name, const char *value)
{
    char *entry = file_fmt("%s=%s", name, value);
    buf_adds(b, b->len ? "\nEnvironment=" : "Environment=");
    unit_add(b, entry, true);
    free(entry);
}

/* Whose the instance is, and what it needs to be found and to find programs. */
static void unit_lines(const struct unit *u, const struct paths *p, struct buf *b)
{
    struct stat st;
    if (!u->user && (lstat(p->state, &st) == 0 || stat(p->root, &st) == 0)) {
        const struct passwd *pw = getpwuid(st.st_uid);
        if (pw)
            buf_addf(b, "User=%s", pw->pw_name);
        else
            buf_addf(b, "User=%lu", (unsigned long)st.st_uid);
    }
    unit_set(b, "CCSUP_CONFIG", p->config);
    static const char *const names[] = {"PATH", "XDG_STATE_HOME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && unit_writable(value) && (u->user || i == 0))
            unit_set(b, names[i], value);
    }
}

bool unit_text(const struct unit *u, const struct paths *p, int64_t grace, struct buf *out, struct err *e)
{
    const struct embedded_file *template = embedded_find("supervisor/cli/ccsup.service");
    char *exe = file_join(p->exe, "ccsup"), *mark = unit_mark(p), stop[32];
    const char *bad = !unit_writable(p->config) ? p->config
                      : !unit_writable(p->root) ? p->root
                      : !unit_writable(exe)     ? exe
                                                : NULL;
    struct buf lines, root, program;
    buf_init(&lines, 0);
    buf_init(&root, 0);
    buf_init(&program, 0);
    snprintf(stop, sizeof stop, "%lld", (long long)(grace / 1000 + UNIT_SPARE_S));
    unit_lines(u, p, &lines);
    unit_add(&root, p->root, false);
    unit_add(&program, exe, true);
    const struct {
        const char *place, *text;
    } fill[] = {{"@MARK@", mark},
                {"@WHERE@", buf_str(&root)},
                {"@LINES@", buf_str(&lines)},
                {"@ROOT@", buf_str(&root)},
                {"@STOP@", stop},
                {"@EXE@", buf_str(&program)},
                {"@TARGET@", u->user ? "default.target" : "multi-user.target"}};
    if (bad)
        err_set(e, "a unit can't name %s: it has a control character, is no UTF-8, or ends in a blank or a backslash",
                bad);
    for (const char *at = bad ? "" : template->data; *at;) {
        size_t i = 0, count = sizeof fill / sizeof *fill;
        while (i < count && strncmp(at, fill[i].place, strlen(fill[i].place)) != 0)
            i++;
        if (i < count)
            buf_adds(out, fill[i].text);
        else
            buf_add(out, at, 1);
        at += i < count ? strlen(fill[i].place) : 1;
    }
    buf_clear(&lines);
    buf_clear(&root);
    buf_clear(&program);
    free(exe);
    free(mark);
    return !bad;
}

/* Does the file begin with our line for this instance? */
static bool unit_marked(const char *file, const struct paths *p)
{
    struct buf b;
    buf_init(&b, UNIT_FILE_MAX);
    char *mark = unit_mark(p);
    size_t n = strlen(mark);
    bool ours = file_read(file, UNIT_FILE_MAX, &b, NULL) && strncmp(buf_str(&b), "# ", 2) == 0 &&
                strncmp(b.data + 2, mark, n) == 0 && b.data[2 + n] == '\n';
    free(mark);
    buf_clear(&b);
    return ours;
}

bool unit_free(const struct unit *u, const struct paths *p, struct err *e)
{
    struct stat st;
    if (lstat(u->file, &st) != 0 || unit_marked(u->file, p))
        return true;
    err_set(e, "%s is there and was not written by ccsup for this instance; take another --name, or remove it",
            u->file);
    return false;
}

static bool unit_find_in(const char *folder, bool user, const struct paths *p, struct unit *u)
{
    DIR *d = folder ? opendir(folder) : NULL;
    bool found = false;
    for (struct dirent *ent; d && !found && (ent = readdir(d));) {
        size_t n = strlen(ent->d_name);
        if (n < 8 || strcmp(ent->d_name + n - 8, ".service") != 0)
            continue;
        *u = (struct unit){.user = user, .name = mem_strdup(ent->d_name), .file = file_join(folder, ent->d_name)};
        found = unit_marked(u->file, p);
        if (!found)
            unit_clear(u);
    }
    if (d)
        closedir(d);
    return found;
}

bool unit_find(const struct paths *p, struct unit *u)
{
    const char *run = getenv("XDG_RUNTIME_DIR");
    char *own = file_fmt("%s/systemd", run && *run == '/' ? run : "/nonexistent"), *folder = unit_user_folder();
    *u = (struct unit){0};
    bool found = (file_exists(own) && unit_find_in(folder, true, p, u)) ||
                 /* sd_booted(3) looks at the same */
                 (file_exists("/run/systemd/system") && unit_find_in(system_folder, false, p, u));
    free(own);
    free(folder);
    return found;
}

bool unit_has(const struct unit *u, pid_t pid)
{
    char *path = file_fmt("/proc/%ld/cgroup", (long)pid), *end = file_fmt("/%s\n", u->name);
    struct buf b;
    buf_init(&b, UNIT_FILE_MAX);
    bool has = file_read(path, UNIT_FILE_MAX, &b, NULL) && strstr(buf_str(&b), end);
    buf_clear(&b);
    free(path);
    free(end);
    return has;
}

const char *unit_systemctl(const struct unit *u)
{
    return u->user ? "systemctl --user" : "systemctl";
}
