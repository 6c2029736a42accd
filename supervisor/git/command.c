#include "supervisor/git/command.h"
#include "supervisor/sys/file.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries of the environment that would lead git to another repository, or fill stderr, or ask somebody. */
static const char *const env_dropped[] = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_CONFIG",
    "GIT_QUARANTINE_PATH",
    "GIT_CONFIG_PARAMETERS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_DEFAULT_HASH",
    "GIT_TEMPLATE_DIR",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "GIT_TERMINAL_PROMPT",
    "GCM_INTERACTIVE",
    "GIT_ALLOW_PROTOCOL",
    "GIT_PROTOCOL_FROM_USER",
    "LANGUAGE",
    "LC_ALL",
    "GIT_CURL_VERBOSE",
    "GIT_EXTERNAL_DIFF",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_INTERNAL_SUPER_PREFIX",
};

static bool env_is_dropped(const char *entry)
{
    if (strncmp(entry, "GIT_TRACE", 9) == 0)
        return true;
    size_t n = strcspn(entry, "=");
    for (size_t i = 0; i < sizeof env_dropped / sizeof *env_dropped; i++)
        if (strlen(env_dropped[i]) == n && strncmp(entry, env_dropped[i], n) == 0)
            return true;
    return false;
}

void command_env(struct words *env, enum url_kind kind, bool ssh_set, int64_t timeout_ms)
{
    memset(env, 0, sizeof *env);
    for (char **e = environ; *e; e++)
        if (!env_is_dropped(*e))
            words_add(env, *e);
    /* An empty GIT_ASKPASS means "no program to ask"; one that answers nothing would send empty passwords,
     * and a server that counts failures would lock the user out. */
    static const char *const set[] = {"GIT_TERMINAL_PROMPT=0",
                                      "GIT_ASKPASS=",
                                      "SSH_ASKPASS=",
                                      "SSH_ASKPASS_REQUIRE=never",
                                      "GCM_INTERACTIVE=never",
                                      "LC_ALL=C",
                                      "GIT_PROTOCOL_FROM_USER=0",
                                      "GIT_DEFAULT_REF_FORMAT=files",
                                      ("GIT_ALLOW_PROTOCOL=" URL_PROTOCOLS)};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        words_add(env, set[i]);
    if (kind != URL_SSH || ssh_set || getenv("GIT_SSH_COMMAND") || getenv("GIT_SSH"))
        return;
    /* No master connection of ours may outlive us; one that the user already has is used. */
    long seconds = (long)(timeout_ms / 2000);
    seconds = seconds < 1 ? 1 : seconds > 30 ? 30 : seconds;
    char *ssh = file_fmt("GIT_SSH_COMMAND=ssh -oBatchMode=yes -oConnectTimeout=%ld -oServerAliveInterval=15 "
                         "-oServerAliveCountMax=2 -oControlMaster=no",
                         seconds);
    words_add(env, ssh);
    free(ssh);
}

void command_options(struct words *argv, int64_t timeout_ms)
{
    static const char *const set[] = {
        "protocol.version=2",
        "gc.auto=0",
        "maintenance.auto=false",
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "advice.detachedHead=false",
        "fetch.recurseSubmodules=false",
        "fetch.writeCommitGraph=false",
        "fetch.prune=false",
        "repack.writeBitmaps=false",
        "core.alternateRefsCommand=",
        "http.lowSpeedLimit=1",
    };
    words_add(argv, "git");
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        words_add(argv, "-c");
        words_add(argv, set[i]);
    }
    /* Three quarters of the time without one byte: git's own words for it come before our deadline. */
    long seconds = (long)(timeout_ms * 3 / 4000);
    char *time = file_fmt("http.lowSpeedTime=%ld", seconds < 1 ? 1 : seconds);
    words_add(argv, "-c");
    words_add(argv, time);
    free(time);
}
