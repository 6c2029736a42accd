/* What a role's newest iteration was, for a watchdog that comes after it: its number and how it ended. */
#include "supervisor/base/json.h"
#include "supervisor/run/internal.h"
#include "supervisor/sys/file.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PAST_RECORD_MAX = 1 << 20 };

/* When it began and ended, ms: without a record as far as its files show. */
static void past_times(struct run *run, enum role role, struct watchdog_past *past)
{
    if (past->exit) {
        past->began = past->exit->started_at;
        past->ended = past->exit->ended_at;
        return;
    }
    char *dir = paths_role(run->paths, role_name(role), "iterations");
    char *path = file_fmt("%s/%06d/out.log", dir, past->iteration);
    struct stat st;
    cJSON *keep = keeper_record(&run->keepers[role], past->iteration, "keep.json");
    past->began = json_int(keep, "created_at", 0);
    past->ended = stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : 0;
    cJSON_Delete(keep);
    free(path);
    free(dir);
}

/* What nobody has counted yet is, and is on the disk. */
static void past_note(struct run *run, enum role role, int iteration, const struct exit_record *exit,
                      const struct said *said, const char *text)
{
    struct watchdog_past past = {.iteration = iteration, .exit = exit, .said = said, .text = text};
    cJSON *records = cJSON_CreateArray(), *one;
    past_times(run, role, &past);
    watchdog_past(&run->core, role, &past, records);
    while ((one = cJSON_DetachItemFromArray(records, 0))) {
        char *json = json_print(one);
        record_journal(run, json, false);
        cJSON_AddItemToArray(run->restored, one);
        free(json);
    }
    cJSON_Delete(records);
}

void past_restore(struct run *run, enum role role)
{
    char *dir = paths_role(run->paths, role_name(role), "iterations");
    DIR *d = opendir(dir);
    int newest = 0;
    for (struct dirent *entry; d && (entry = readdir(d));) {
        int n = paths_iteration(entry->d_name);
        newest = n > newest ? n : newest;
    }
    if (d)
        closedir(d);
    if (newest) {
        char *path = file_fmt("%s/%06d/exit.json", dir, newest);
        struct buf b;
        struct exit_record record;
        buf_init(&b, 0);
        cJSON *json = file_read(path, PAST_RECORD_MAX, &b, NULL) ? json_parse(buf_str(&b), b.len) : NULL;
        bool known = json && exit_record_parse(&record, json);
        struct said said;
        char text[256];
        tail_past(&run->tails[role], newest);
        tail_said(&run->tails[role], newest, &said, text);
        past_note(run, role, newest, known ? &record : NULL, &said, text);
        /* Its keeper was killed, and what is left of its tree would live as long as nobody starts this role again:
         * it is
         * swept now, also for a role that is paused, held or about to be taken down. */
        if (!known)
            run_agent_event(run, role, AGENT_EV_KEEPER_LOST);
        cJSON_Delete(json);
        buf_clear(&b);
        free(path);
    }
    free(dir);
}
