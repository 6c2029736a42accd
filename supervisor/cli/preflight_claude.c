/* Claude Code, where an agent is one: its program, its version, and that it will be let in. That -p asks nobody whether
 * the clone's folder is trusted is its own rule (docs/claude.md): there is nothing to look at. */
#include "agents/environment.h"
#include "supervisor/base/json.h"
#include "supervisor/base/mem.h"
#include "supervisor/cli/preflight.h"
#include "supervisor/sys/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The oldest whose output is understood: docs/claude.md. */
enum { OLDEST_MAJOR = 2, OLDEST_MINOR = 1, OLDEST_PATCH = 197 };

enum preflight_end preflight_claude(struct preflight *p)
{
    bool any = false;
    struct buf said;
    buf_init(&said, 0);
    enum preflight_end end = PREFLIGHT_OK;
    for (int r = 0; r < ROLES && end == PREFLIGHT_OK; r++) {
        const struct config_agent *a = &p->cli->config.agents[r];
        if (!*a->claude.program)
            continue;
        any = true;
        struct words argv = {0};
        struct child c;
        words_add(&argv, a->claude.program);
        words_add(&argv, "--version");
        bool ok = preflight_child(p, &c, &argv, (const char *const[]){"DISABLE_AUTOUPDATER=1", NULL});
        char *line = preflight_last_line(&c);
        int v[3] = {0, 0, 0};
        if (!ok)
            end = preflight_fail(p, "install it again; try it by hand: claude --version", "%s --version: %s",
                                 a->claude.program,
                                 c.timed_out ? "no answer in time"
                                 : *line     ? line
                                             : "it fails");
        else if (sscanf(line, "%d.%d.%d", &v[0], &v[1], &v[2]) != 3)
            end = preflight_fail(p, "name Claude Code's program with claude, any other one with command",
                                 "%s is no Claude Code: its --version is '%.60s'", a->claude.program, line);
        else if (v[0] < OLDEST_MAJOR ||
                 (v[0] == OLDEST_MAJOR && (v[1] < OLDEST_MINOR || (v[1] == OLDEST_MINOR && v[2] < OLDEST_PATCH))))
            end = preflight_warn(p, "update it", "%s is %d.%d.%d, older than 2.1.197: its endings may be misread",
                                 a->claude.program, v[0], v[1], v[2]);
        else if (!strstr(buf_str(&said), line))
            buf_addf(&said, "%s%s", said.len ? ", " : "", line);
        free(line);
        child_clear(&c);
        words_clear(&argv);
    }
    if (end == PREFLIGHT_OK)
        end = any ? preflight_ok(p, "%s", buf_str(&said)) : preflight_skip(p, "no agent is Claude");
    buf_clear(&said);
    return end;
}

/* By a variable that the agent is given; NULL = none. */
static const char *login_variable(const struct config_agent *a)
{
    static const char *const names[] = {"ANTHROPIC_API_KEY=", "ANTHROPIC_AUTH_TOKEN=", "CLAUDE_CODE_OAUTH_TOKEN=",
                                        "CLAUDE_CODE_USE_BEDROCK=", "CLAUDE_CODE_USE_VERTEX="};
    const struct environment_rules rules = {.env = &a->env, .pass = &a->env_pass, .deny = &a->env_deny};
    struct words own = {0}, env = {0};
    const char *found = NULL;
    environment_build(environ, &rules, &own, &env);
    for (size_t i = 0; i < env.n && !found; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names && !found; k++)
            if (strncmp(env.at[i], names[k], strlen(names[k])) == 0 && env.at[i][strlen(names[k])])
                found = names[k];
    words_clear(&env);
    return found;
}

/* By what stands in its configuration's folder. */
static bool login_file(const char *dir)
{
    struct buf text;
    char *credentials = file_join(dir, ".credentials.json"), *settings = file_join(dir, "settings.json");
    buf_init(&text, 0);
    bool found = file_exists(credentials);
    if (!found && file_read(settings, 1 << 20, &text, NULL)) {
        cJSON *o = json_parse(buf_str(&text), text.len);
        found = *json_str(o, "apiKeyHelper", "") != '\0';
        cJSON_Delete(o);
    }
    buf_clear(&text);
    free(credentials);
    free(settings);
    return found;
}

enum preflight_end preflight_claude_login(struct preflight *p)
{
    for (int r = 0; r < ROLES; r++) {
        const struct config_agent *a = &p->cli->config.agents[r];
        if (!*a->claude.program || login_variable(a))
            continue;
        char *dir = *a->claude.config_dir ? preflight_path(p, a->claude.config_dir)
                                          : paths_data(&p->cli->paths, role_name((enum role)r), "claude");
        bool there = login_file(dir);
        char *fix = file_fmt("CLAUDE_CONFIG_DIR=%s claude, then /login; or env_pass = CLAUDE_CODE_OAUTH_TOKEN (claude "
                             "setup-token), or ANTHROPIC_API_KEY",
                             dir);
        if (!there)
            preflight_fail(p, fix, "[agent %s] has neither a login in %s nor a key in its environment", a->name, dir);
        free(fix);
        free(dir);
        if (!there)
            return PREFLIGHT_FAIL;
    }
    return preflight_ok(p, "each Claude has a login or a key");
}

enum preflight_end preflight_claude_root(struct preflight *p)
{
    if (geteuid() != 0)
        return preflight_skip(p, "ccsup does not run as root");
    for (int r = 0; r < ROLES; r++) {
        const struct config_agent *a = &p->cli->config.agents[r];
        bool told = words_have(&a->env_pass, "IS_SANDBOX") && getenv("IS_SANDBOX");
        for (size_t i = 0; i < a->env.n; i++)
            told = told || strncmp(a->env.at[i], "IS_SANDBOX=", 11) == 0;
        if (*a->claude.program && !*a->user && !told && strcmp(a->claude.permission_mode, "bypassPermissions") == 0)
            return preflight_fail(
                p, "env = IS_SANDBOX=1 if this machine is a sandbox, or user = NAME",
                "[agent %s] is Claude as root with permission_mode = bypassPermissions, which it refuses", a->name);
    }
    return preflight_ok(p, "no agent is refused for being root");
}
