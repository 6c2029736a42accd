/* Every verb and every option of ccsup: the one list that parsing, usage, help and the manual page's test read. */
#include "supervisor/cli/cli.h"
#include <string.h>

/* The exit codes of what writes. */
#define WRITES "Exit: 0 written and pushed; 1 refused, nothing was pushed; 3 not reachable; 4 launch.conf.\n"

static int verbs_demo(struct cli *cli)
{
    return cli_demo(cli->argc, cli->argv);
}

const struct cli_option cli_global_options[] = {
    {'C', NULL, "DIR", "use the launch.conf in DIR; without it $CCSUP_CONFIG, or the nearest one upward from here"},
    {'h', "help", NULL, "show help and do nothing else"},
    {0, "version", NULL, "show the version and do nothing else"},
    {0},
};

const struct cli_verb cli_verbs[] = {
    {.name = "start",
     .args = "",
     .summary = "start the watchdog and with it the agents",
     .help =
         "Checks launch.conf, the prompts, the plans, the programs and what else 'ccsup check' sees in a moment on\n"
         "this machine, starts the watchdog in the background and waits until both agents run or rest for a good\n"
         "reason. On a run that is done it prints the record and starts nothing.\n"
         "Exit: 0 up, or done; 1 not ready, or it does not come up; 4 launch.conf; 5 already running; 6 an operator\n"
         "must act.\n"
         "With --phase and --reset that phase begins anew at the repository's tip, whichever was active: its verdicts "
         "so\n"
         "far count no more, nor do the DONE records of it and of all phases that follow it.\n",
     .operator_only = true,
     .run = cli_start,
     .options = {{0, "phase", "ID", "go to this phase; needs --reset"},
                 {0, "reset", NULL, "begin it anew; asks first, on a terminal"},
                 {0, "no-check", NULL, "start although the quick ones of 'ccsup check' fail"},
                 {0, "yes", NULL, "do not ask"},
                 {0, "tmux", NULL, "and open a session of tmux with the status and both logs"}}},
    {.name = "run",
     .args = "",
     .summary = "be the watchdog, in the foreground (for a service manager)",
     .help =
         "The watchdog itself: what start puts into the background. It ends at once while the instance is stopped;\n"
         "ccsup start lifts that. It speaks to systemd (Type=notify, WatchdogSec=). TERM ends everything, and the\n"
         "next run goes on. Exit: 0 done or stopped; 1 it could not run; 4 launch.conf; 5 already running.\n",
     .operator_only = true,
     .run = cli_run,
     .options = {{0, "detached", NULL, NULL}, {0, "phase", "ID", NULL}}},
    {.name = "stop",
     .args = "",
     .summary = "stop everything and leave no process behind",
     .help =
         "Ends the watchdog and the agents, also when the watchdog is dead or does not answer, and looks whether any\n"
         "process is left. Exit: 0 nothing is left (or nothing ran); 1 something is left: it is named.\n",
     .operator_only = true,
     .run = cli_stop,
     .options = {{0, "now", NULL, "give the agents no time to end by themselves"},
                 {0, "after-service", NULL, NULL} /* ExecStopPost of our unit */}},
    {.name = "install-service",
     .args = "",
     .summary = "write a systemd unit for this instance",
     .help =
         "Writes the unit and says what to type next. Nothing is started. A file that it did not write for this "
         "instance is\n"
         "left alone. PATH is as now, so that the same programs are found. From then on ccsup start has systemd start "
         "it.\n"
         "Exit: 0 written; 1 not written; 4 launch.conf.\n",
     .operator_only = true,
     .run = cli_install_service,
     .options = {{0, "system", NULL, "for the machine's systemd (what root gets)"},
                 {0, "user", NULL, "for your own, systemctl --user (what others get)"},
                 {0, "name", "NAME", "of the unit (ccsup-ID)"},
                 {0, "print", NULL, "print it, and write nothing"}}},
    {.name = "status",
     .args = "",
     .summary = "show what runs, what waits and why, and what keeps it from being done",
     .help = "Works without a watchdog too: then it shows the last that is known and says that nothing runs. Exit: 0\n"
             "running or done; 3 not running, or cannot tell; 6 an operator must act.\n",
     .run = cli_status,
     .options = {{0, "json", NULL, "print the status document, with `alive` and `age_ms` added"},
                 {0, "watch", NULL, "show it again at each change, until the run ends"}}},
    {.name = "phases",
     .args = "",
     .summary = "list the phases: which are done, when, in how many iterations, and their records",
     .help =
         "Reads launch.conf and the journal, and needs no watchdog. Iterations are the Builder's + the Adversary's.\n"
         "Exit: 0 listed; 3 the journal can't be read; 4 launch.conf.\n",
     .run = cli_phases,
     .options = {{0, "json", NULL, "print one JSON object"}}},
    {.name = "logs",
     .args = "[AGENT]",
     .summary = "show what the agents do, in their newest iteration",
     .help =
         "AGENT is builder or adversary, or an agent's name in launch.conf; without it both are shown. Claude's "
         "output\n"
         "is shown a line a step: what it says, > its tool calls, < what came back with size and time, ! retries and\n"
         "limits, = the end of a turn with its cost. Anything else stands as it is; control bytes are shown as \\xHH,\n"
         "lines over 4 KiB are cut.\n",
     .max = 1,
     .run = cli_logs,
     .options = {{'f', "follow", NULL, "go on with what comes, over iterations, until the watchdog is gone"},
                 {'n', "lines", "LINES", "begin with the last LINES lines of each agent (40)"},
                 {0, "raw", NULL, "Claude's lines as they are"},
                 {0, "err", NULL, "standard error instead of standard output"}}},
    {.name = "attach",
     .args = "",
     .summary = "show the run in tmux: the status and both logs, a window each",
     .help =
         "Opens the session if there is none. Its windows only look: closing them, or tmux, ends no loop, and they\n"
         "close by themselves when the run is over. Exit: that of tmux; 1 no tmux, or no terminal; 3 not running.\n",
     .run = cli_attach},
    {.name = "verify",
     .args = "",
     .summary = "judge the pushed repository now, without the watchdog",
     .help =
         "Fetches, reads STATUS and REVIEW of the active phase and prints the verdict, each criterion and each reason\n"
         "with the text to write instead. Beside a run it goes by what the watchdog has seen, first sights and vetoes\n"
         "that were removed; with --at or --now it judges from git alone.\n"
         "With --files it judges two files: `ccsup verify --files STATUS.md REVIEW.md --criteria D1-D10`. That needs "
         "no\n"
         "configuration and no repository; who wrote a line and when it was committed is not asked. '-' is standard\n"
         "input. A file that can't be read as text, a link or a folder is refused: the verdict is UNKNOWN.\n"
         "Exit: 0 done; 1 not done; 2 wrong use, or no such file; 3 unknown or not reachable; 4 launch.conf.\n",
     .max = 2,
     .run = cli_verify,
     .options = {{0, "json", NULL, "print one JSON object"},
                 {0, "at", "REV", "judge this revision instead of the branch's tip"},
                 {0, "start", "REV", "as if the phase had begun at this revision"},
                 {0, "now", "TIME", "judge as of this time, such as 2026-05-28T08:10:00Z"},
                 {0, "phase", "ID", "judge this phase instead of the active one"},
                 {0, "files", NULL, "judge the two files that are named, STATUS and REVIEW"},
                 {0, "criteria", "IDS", "with --files: the criteria, such as 'D1-D10 E2E'"},
                 {0, "window", "LENGTH", "with --files: how long a PASS is fresh (24h)"},
                 {0, "skew", "LENGTH", "with --files: how far ahead of the clock a PASS may be (120s)"}}},
    {.name = "claim",
     .args = "ID",
     .summary = "write and push that a criterion is ready to be verified (the Builder)",
     .help = "Appends `ID: CLAIMED @time sha=COMMIT — TEXT` to STATUS, as one commit `claim(ID): TEXT` on the branch's "
             "tip;\n"
             "your clone is not touched. What is claimed is HEAD of the clone that you are in: it must be pushed, and "
             "your\n"
             "files must not differ from it.\n" WRITES,
     .min = 1,
     .max = 1,
     .run = cli_claim,
     .options = {{'m', "message", "TEXT", "what, how (the exact command) and what to expect"},
                 {0, "sha", "REV", "claim this commit instead of HEAD"}}},
    {.name = "review",
     .args = "ID VERDICT",
     .summary = "write and push a verdict, pass or fail (the Adversary)",
     .help =
         "Appends `ID: PASS @time sha=COMMIT — TEXT` to REVIEW, as one commit `review(ID): ...` on the branch's tip;\n"
         "your clone is not touched. What was verified is HEAD of the clone that you are in: it must be pushed, and\n"
         "your files must not differ from it.\n" WRITES,
     .min = 2,
     .max = 2,
     .run = cli_review,
     .options = {{'m', "message", "TEXT", "what was run and what came out; for a fail how to reproduce it"},
                 {0, "sha", "REV", "the commit that was verified, instead of HEAD"}}},
    {.name = "veto",
     .args = "",
     .summary = "forbid DONE, or lift that again",
     .help =
         "Appends a VETO to REVIEW and pushes it. It stands until the Adversary, or an operator, lifts it.\n" WRITES,
     .run = cli_veto,
     .options = {{'m', "message", "TEXT", "the reason"}, {0, "lift", NULL, "lift every veto"}}},
    {.name = "mark-done",
     .args = "",
     .summary = "write and push the marker, if all else holds (the Builder)",
     .help = "Judges as verify does and prints what is missing. When nothing is, it appends `## DONE — time` to "
             "STATUS, in\n"
             "the place of an older marker.\n" WRITES,
     .run = cli_mark_done,
     .options = {{'m', "message", "TEXT", "for the commit's subject"}}},
    {.name = "inbox",
     .args = "ACTION [NAME]",
     .summary = "send, list and remove notes between the agents",
     .help =
         "inbox send ROLE -m TEXT puts a note into the inbox of that role; inbox list shows the notes of yours, and\n"
         "inbox done NAME removes one. What is sent or removed is pushed at once.\n" WRITES,
     .min = 1,
     .max = 2,
     .run = cli_inbox,
     .options = {{'m', "message", "TEXT", "the note"}}},
    {.name = "wait",
     .args = "PROBE",
     .summary = "wait until something holds or has failed, and say so in one line",
     .help =
         "PROBE is one of: cmd -- COMMAND [ARGUMENT...]; http URL; tcp HOST:PORT; tls HOST:PORT; file PATH;\n"
         "git REMOTE REF; verdict ID[,ID...]. It is looked at every 30 s, for at most 15 min. Standard output gets "
         "one\n"
         "line, at the end: CCSUP-WAIT met|failed|error|superseded|timeout; all else goes to standard error. With\n"
         "--park an agent ends its turn instead, and is started again when it is over, with the line in its prompt.\n"
         "Exit: 0 met; 1 failed; 2 wrong use; 3 cannot tell; 7 superseded; 124 time is up; 130, 143 interrupted.\n",
     .min = 1,
     .max = -1,
     .many = "header",
     .run = cli_wait,
     .options = {{0, "name", "NAME",
                  "keep the deadline on the disk: the same command goes on with it, a second one joins"},
                 {0, "every", "LENGTH", "from one look to the next (30s)"},
                 {0, "timeout", "LENGTH", "give up after that (15m)"},
                 {0, "until", "TIME", "give up then, such as 2026-05-28T08:10:00Z"},
                 {0, "long", NULL, "it may take longer than an agent's tool may (agent.max_wait, 30m)"},
                 {0, "probe-timeout", "LENGTH", "a look that takes longer is ended, and is an error (20s)"},
                 {0, "stable", "COUNT", "met after so many looks in a row that hold (1)"},
                 {0, "fail-stable", "COUNT", "failed after so many in a row that have failed (2)"},
                 {0, "max-probe-errors", "COUNT", "more errors than that in a row: cannot tell (10)"},
                 {0, "initial-delay", "LENGTH", "look first after that (0)"},
                 {0, "park", NULL, "for an agent: return at once, and be started again when it is over"},
                 {0, "parked", "FOLDER", NULL},
                 {0, "progress", "LENGTH", "say on standard error that it goes on, so often; 0 never (5m)"},
                 {0, "ok", "REGEX", "cmd, http, file, git --file: it holds only when the text matches"},
                 {0, "fail", "REGEX", "the same: it has failed when the text matches"},
                 {0, "json", NULL, "the last line as a JSON object"},
                 {0, "fail-exit", "CODES", "cmd: exit codes that say that it has failed, such as 3,4"},
                 {0, "status", "CODES", "http: what holds (200-299)"},
                 {0, "header", "HEADER", "http: NAME: VALUE, or NAME: @FILE; more than once"},
                 {0, "ca", "FILE", "http, tls: trust these certificates instead of the system's"},
                 {0, "days", "COUNT", "tls: the certificate is good for so long (14)"},
                 {0, "exists", NULL, "file: it is there (the default)"},
                 {0, "absent", NULL, "file: it is not there"},
                 {0, "newer-than", "TIME", "file: it was changed after that"},
                 {0, "moved-from", "SHA", "git: the ref is at another commit"},
                 {0, "subject", "REGEX", "git: its newest commit's subject matches"},
                 {0, "file", "PATH", "git: that file is there, and matches --ok"},
                 {0, "pin", "SHA", "git: superseded as soon as the ref is at another commit"}}},
    {.name = "restart",
     .args = "AGENT",
     .summary = "end the agent's iteration and start the next one; also lifts a hold",
     .help = "The hold of a used up budget is lifted by raising it in launch.conf, then ccsup stop and ccsup start.\n"
             "Exit: 0 done; 1 refused; 3 no watchdog runs.\n",
     .min = 1,
     .max = 1,
     .operator_only = true,
     .run = cli_restart},
    {.name = "pause",
     .args = "AGENT",
     .summary = "start no further iteration of the agent",
     .help = "The iteration that runs may finish. Exit: 0 done; 1 refused; 3 no watchdog runs.\n",
     .min = 1,
     .max = 1,
     .operator_only = true,
     .run = cli_pause},
    {.name = "resume",
     .args = "AGENT",
     .summary = "let a paused or held agent go on",
     .help = "The hold of a used up budget is lifted by raising it in launch.conf, then ccsup stop and ccsup start.\n"
             "Exit: 0 done; 1 refused; 3 no watchdog runs.\n",
     .min = 1,
     .max = 1,
     .operator_only = true,
     .run = cli_resume},
    {.name = "tell",
     .args = "AGENT TEXT...",
     .summary = "put a sentence into the agent's next prompt",
     .help = "The words are joined by blanks. Exit: 0 noted; 1 refused; 3 no watchdog runs.\n",
     .min = 2,
     .max = -1,
     .raw_after = 1,
     .operator_only = true,
     .run = cli_tell},
    {.name = "accept-history",
     .args = "",
     .summary = "go on although the repository's history was rewritten",
     .help = "Look at the repository first. Exit: 0 done; 1 refused; 3 no watchdog runs.\n",
     .operator_only = true,
     .run = cli_accept_history},
    {.name = "replay",
     .args = "[FILE]",
     .summary = "show what the watchdog saw, and whether this version would do the same",
     .help = "Reads FILE, or the instance's own events.jsonl, and steps the watchdog's core through it without doing "
             "anything.\n"
             "Prints each transition. Exit: 0 the same effects; 1 different, or unreadable in parts; 3 nothing "
             "recorded, or no such file.\n",
     .max = 1,
     .run = cli_replay},
    {.name = "notify",
     .args = "",
     .summary = "send a test message to one that launch.conf names to be told",
     .help = "Sends it now, without the watchdog. What waits to be delivered stands in ccsup status.\n"
             "Exit: 0 it was taken; 1 it was not; 4 launch.conf.\n",
     .operator_only = true,
     .run = cli_notify,
     .options = {{0, "test", "NAME", "of the section [notify NAME]"}, {0, "deliver", NULL, NULL}}},
    {.name = "config",
     .args = "",
     .summary = "check launch.conf, or show it, or show its keys",
     .help = "Exit: 0 good; 4 every error is printed with its line.\n",
     .run = cli_config_verb,
     .options = {{0, "check", NULL, "check it and the files that it names (the default)"},
                 {0, "print", NULL, "print the whole effective configuration"},
                 {0, "keys", NULL, "list every key with type, range, default and meaning"},
                 {0, "man", NULL, NULL} /* with --keys: as source of launch.conf(5) */}},
    {.name = "check",
     .args = "",
     .summary = "look whether this machine is ready for the run: one line a check, with what to do",
     .help = "Looks at the configuration, the plans, the programs, the repository, Claude, the disk, and at what\n"
             "launch.conf asks for in [check NAME] sections, all at once, each for a limited time. It asks nobody,\n"
             "changes nothing and pushes nothing. docs/check.md lists the checks.\n"
             "Exit: 0 ready; 1 something fails; 2 wrong use.\n",
     .run = cli_check,
     .options = {{0, "json", NULL, "print one JSON object"},
                 {0, "ignore", "IDS", "these may fail, such as disk,linger: they are shown, and do not count"},
                 {0, "strict", NULL, "a warning counts, too"},
                 {0, "child", NULL, NULL} /* of a watchdog */}},
    {.name = "demo",
     .args = "",
     .summary = "show a whole run in a scratch folder, with two scripted agents",
     .help = "Needs no network and no model.\n",
     .run = verbs_demo,
     .options = {{0, "keep", NULL, "leave the scratch folder for a look"},
                 {0, "dir", "DIR", "use this folder, new or empty, as the scratch folder"}}},
    {.name = "help",
     .args = "[VERB]",
     .summary = "show this list, or one verb's page",
     .help = "",
     .max = 1,
     .run = cli_help_verb},
    {0},
};

const struct cli_verb *cli_verb_find(const char *name)
{
    for (const struct cli_verb *v = cli_verbs; v->name; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

/* Edits (insert, delete, replace, swap of neighbours counted as two) from a to b; words over 15 bytes are far. */
static int verbs_distance(const char *a, const char *b)
{
    enum { MAX = 15 };
    size_t n = strlen(a), m = strlen(b);
    int row[MAX + 1];
    if (n > MAX || m > MAX)
        return MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

const char *cli_verb_nearest(const char *typed)
{
    const char *best = NULL;
    int least = 3;
    for (const struct cli_verb *v = cli_verbs; v->name; v++) {
        int d = verbs_distance(typed, v->name);
        size_t n = strlen(typed);
        if (n >= 2 && strncmp(typed, v->name, n) == 0)
            d = 1;
        if (d < least && d < (int)strlen(v->name) && n) {
            least = d;
            best = v->name;
        }
    }
    return best;
}
