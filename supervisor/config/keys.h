/* The one list of what launch.conf may hold: sections, keys, types, ranges, defaults and help. Reading,
 * checking, `ccsup config --print`, `ccsup config --keys` and the list of launch.conf(5) are made of it; a
 * new key is a new line here and a field of its struct. Nobody else knows a key's name. */
#ifndef CCSUP_CONFIG_KEYS_H
#define CCSUP_CONFIG_KEYS_H
#include "supervisor/config/config.h"

/* Times in milliseconds. */
#define CONFIG_SECONDS(n) ((int64_t)(n)*1000)
#define CONFIG_MINUTES(n) CONFIG_SECONDS((int64_t)(n)*60)
#define CONFIG_HOURS(n) CONFIG_MINUTES((int64_t)(n)*60)
#define CONFIG_DAYS(n) CONFIG_HOURS((int64_t)(n)*24)
#define CONFIG_DOLLARS(n) (INT64_C(1000000) * (n))
#define CONFIG_KIB(n) ((int64_t)(n)*1024)

/* KIND, name in the file, struct of its fields, what follows the name ("" = nothing), help */
#define CONFIG_SECTIONS(X)                                                                                             \
    X(CCSUP, ccsup, struct config, "", "The run as a whole. May be left out.")                                         \
    X(REPO, repo, struct config, "", "The git repository that the two loops share.")                                   \
    X(DONE, done, struct config, "", "When the work is done.")                                                         \
    X(BUDGET, budget, struct config, "",                                                                               \
      "What the run may use up, over all restarts. At 80 percent of a limit the log and the status warn; at 100 "      \
      "percent no further iteration is started (one that runs may end), and the loops are held until the limit is "    \
      "raised here, and ccsup is stopped and started. May be left out.")                                               \
    X(PHASE, phase, struct config_phase, "ID",                                                                         \
      "One phase of the work; the sections' order in the file is the running order. Without any there is one phase, "  \
      "with plan of [ccsup] and criteria of [done].")                                                                  \
    X(AGENT, agent, struct config_agent, "NAME",                                                                       \
      "One of the two loops. There are exactly two of these sections, one for each role.")                             \
    X(NOTIFY, notify, struct config_notify, "NAME",                                                                    \
      "Somebody who is told what an operator must know: an address that gets a JSON object by POST, or a command "     \
      "that "                                                                                                          \
      "gets it on standard input. There may be several of these sections, or none.")                                   \
    X(CHECK, check, struct config_check_item, "NAME",                                                                  \
      "Something of this project that must hold before a run begins, looked at by ccsup check. Which keys it takes "   \
      "goes by its type; needs, timeout, level and fix go with any. Relative files are beside launch.conf. May be "    \
      "left out.")

enum config_kind {
#define X(kind, name, type, what, help) CONFIG_##kind,
    CONFIG_SECTIONS(X)
#undef X
        CONFIG_KINDS
};

/* TYPE, family (how value.c reads and writes it), check of the text or of each word (grammar.h), what help
 * calls it */
#define CONFIG_TYPES(X)                                                                                                \
    X(DURATION, duration, NULL, "duration", "30s")                                                                     \
    X(INTEGER, integer, NULL, "number", "10")                                                                          \
    X(BYTES, bytes, NULL, "bytes", "8MiB")                                                                             \
    X(URL, text, grammar_url, "url", "https://host/path.git")                                                          \
    X(BRANCH, text, grammar_branch, "branch", "main")                                                                  \
    X(FOLDER, text, grammar_folder, "folder", "docs")                                                                  \
    X(PLAN, text, grammar_plan, "file", "plan.md")                                                                     \
    X(FILE, text, grammar_file, "file", "prompt.md")                                                                   \
    X(PERSON, text, grammar_person, "text", "Builder")                                                                 \
    X(EMAIL, text, grammar_email, "e-mail", "me@example.org")                                                          \
    X(ROLE, role, NULL, "role", "builder (or adversary)")                                                              \
    X(YESNO, yesno, NULL, "yes or no", "yes")                                                                          \
    X(EMAILS, list, grammar_email, "e-mail ...", "me@example.org")                                                     \
    X(CRITERIA, criteria, NULL, "id ...", "D1-D10")                                                                    \
    X(WAIVERS, waivers, NULL, "id | reason | until", "D8 | the hardware comes in June | 2026-06-15")                   \
    X(COMMAND, words, NULL, "word ...", "claude -p ...")                                                               \
    X(SETTINGS, words, grammar_setting, "NAME=VALUE ...", "NAME=VALUE")                                                \
    X(PATTERNS, words, grammar_pattern, "NAME ...", "NAME")                                                            \
    X(USER, text, grammar_user, "name", "claude")                                                                      \
    X(FENCE, text, grammar_fence, "word", "auto")                                                                      \
    X(LEFTOVERS, text, grammar_leftovers, "word", "kill")                                                              \
    X(STUCK, text, grammar_stuck, "word", "hold")                                                                      \
    X(PROGRAM, text, grammar_program, "program", "claude")                                                             \
    X(WORD, text, grammar_word, "word", "opus")                                                                        \
    X(SESSION, text, grammar_session, "word", "auto")                                                                  \
    X(TOOLS, words, grammar_tool, "tool ...", "Bash Edit")                                                             \
    X(ARGUMENTS, words, NULL, "word ...", "--add-dir /srv/data")                                                       \
    X(MONEY, money, NULL, "dollars", "2.50")                                                                           \
    X(WEB, text, grammar_web, "url", "https://host/path")                                                              \
    X(EVENTS, words, grammar_event, "event ...", "done held")                                                          \
    X(VARIABLE, text, grammar_variable_name, "NAME", "HOOK_TOKEN")                                                     \
    X(HEADERS, words, grammar_header, "'NAME: VALUE' ...", "'X-Team: ci'")                                             \
    X(CHECKTYPE, text, grammar_check_type, "word", "http")                                                             \
    X(PLAINWEB, text, grammar_plain_web, "url", "https://host/path")                                                   \
    X(LEVEL, text, grammar_level, "word", "fail")                                                                      \
    X(TEXT, text, NULL, "text", "a sentence")                                                                          \
    X(HOST, text, grammar_host, "host", "host:443")                                                                    \
    X(DOMAINS, list, grammar_domain, "name ...", "*.example.org example.org")                                          \
    X(ADDRESSES, list, grammar_address, "address ...", "192.0.2.7")                                                    \
    X(NAMES, list, grammar_name, "name ...", "git-read")                                                               \
    X(MODE, text, grammar_mode, "octal", "600")

enum config_type {
#define X(type, family, check, help, example) CONFIG_##type,
    CONFIG_TYPES(X)
#undef X
        CONFIG_TYPE_COUNT
};

/* SECTION, key, field of the section's struct, TYPE, least, most, default as it would be written (NULL: the
 * key must be given; {role} stands for the agent's role), help */
#define CONFIG_KEYS(X)                                                                                                 \
    X(CCSUP, orphan_timeout, orphan_timeout, DURATION, CONFIG_SECONDS(1), CONFIG_HOURS(24), "15m",                     \
      "An agent that no watchdog supervises for this long is stopped.")                                                \
    X(CCSUP, plan, plan, PLAN, 0, 0, "plan.md",                                                                        \
      "The plan of a run without phase sections: a file relative to launch.conf, or repo:PATH for one in "             \
      "the "                                                                                                           \
      "repository, as it is when the phase begins.")                                                                   \
    X(CCSUP, check_every, check_every, DURATION, 0, CONFIG_DAYS(30), "1d",                                             \
      "How often ccsup check is run again beside the loops; it is, too, a minute after each phase began. What fails "  \
      "is said in the log and in the status. 0: never.")                                                               \
    X(REPO, url, url, URL, 0, 0, NULL, "Where the loops push to, as git takes it: an https or ssh address or a path.") \
    X(REPO, branch, branch, BRANCH, 0, 0, "main", "The branch that counts. Nothing on any other is looked at.")        \
    X(REPO, state_path, state_path, FOLDER, 0, 0, "",                                                                  \
      "The folder of STATUS.md, REVIEW.md and the other state files, relative to the repository's root. "              \
      "Empty: the "                                                                                                    \
      "root itself.")                                                                                                  \
    X(REPO, poll, poll, DURATION, CONFIG_SECONDS(1), CONFIG_HOURS(1), "30s", "How often the repository is fetched.")   \
    X(REPO, timeout, repo_timeout, DURATION, CONFIG_SECONDS(2), CONFIG_MINUTES(15), "60s",                             \
      "A fetch, clone or push that takes longer is ended.")                                                            \
    X(REPO, state_max_bytes, state_max_bytes, BYTES, CONFIG_KIB(1), CONFIG_KIB(65536), "8MiB",                         \
      "A state file larger than this is refused.")                                                                     \
    X(REPO, operators, operators, EMAILS, 0, 0, "",                                                                    \
      "E-mail addresses, separated by blanks, whose commits may also hold verdicts and lift a VETO. They "             \
      "are compared "                                                                                                  \
      "byte for byte and must not be an agent's.")                                                                     \
    X(DONE, criteria, criteria, CRITERIA, 0, 0, NULL,                                                                  \
      "Ids that need a fresh PASS for the end of the run, separated by blanks; D1-D10 is a range. They are "           \
      "added to "                                                                                                      \
      "those of the last phase.")                                                                                      \
    X(DONE, waive, waivers, WAIVERS, 0, 0, "",                                                                         \
      "A criterion that needs no PASS before a time: D8 | the hardware comes in June | 2026-06-15. May be given "      \
      "once for each criterion.")                                                                                      \
    X(DONE, window, window, DURATION, CONFIG_MINUTES(1), CONFIG_DAYS(30), "24h", "How long a PASS is fresh.")          \
    X(DONE, skew, skew, DURATION, 0, CONFIG_HOURS(1), "120s",                                                          \
      "How far a verdict's written time may lie ahead of the clock.")                                                  \
    X(DONE, confirm, confirm, DURATION, 0, CONFIG_HOURS(1), "30s",                                                     \
      "DONE counts after a second judgement of a new fetch at least this long after the first.")                       \
    X(DONE, sweep, sweep, DURATION, 0, CONFIG_DAYS(30), "6h",                                                          \
      "The Adversary is woken this long before a PASS stops being fresh. Must be shorter than window; when "           \
      "it is not "                                                                                                     \
      "given, it is at most a quarter of window.")                                                                     \
    X(DONE, stuck, stuck, STUCK, 0, 0, "hold",                                                                         \
      "hold or continue: what happens to the loops when the pair is STUCK. hold: no iteration is started until an "    \
      "operator acts (resume, restart, tell, accept-history). continue: they go on, and the status says it.")          \
    X(DONE, stuck_flips, stuck_flips, INTEGER, 0, 1000, "6",                                                           \
      "The pair is STUCK when one criterion has changed between PASS and FAIL this often without any criterion that "  \
      "was verified for the first time. 0: never.")                                                                    \
    X(DONE, stuck_rounds, stuck_rounds, INTEGER, 0, 10000, "20",                                                       \
      "The pair is STUCK after so many rounds without a criterion that was verified for the first time. A round is "   \
      "an iteration of each loop, or two of the same. 0: never.")                                                      \
    X(DONE, require_current, require_current, YESNO, 0, 0, "no",                                                       \
      "Whether a PASS stops counting when a commit after the one that its sha= names changes anything but the "        \
      "state files. With no, the number of such commits is shown beside each criterion.")                              \
    X(BUDGET, cost, budget.cost, MONEY, 0, CONFIG_DOLLARS(1000000), "0",                                               \
      "What both loops together may cost in the whole run, in dollars, as Claude says it; an iteration of Claude "     \
      "gets what is left as its own limit. 0: no limit.")                                                              \
    X(BUDGET, iterations, budget.iterations, INTEGER, 0, 1000000, "0",                                                 \
      "How many iterations both loops together may have in the whole run. 0: no limit.")                               \
    X(BUDGET, run_time, budget.run_time, DURATION, 0, CONFIG_DAYS(365), "0",                                           \
      "How long the run may take, by the clock on the wall since its first phase began, also while ccsup is stopped. " \
      "0: no limit.")                                                                                                  \
    X(BUDGET, phase_cost, phase_budget.cost, MONEY, 0, CONFIG_DOLLARS(1000000), "0",                                   \
      "What both loops together may cost in one phase; each phase begins at nothing. 0: no limit.")                    \
    X(BUDGET, phase_iterations, phase_budget.iterations, INTEGER, 0, 1000000, "0",                                     \
      "How many iterations both loops together may have in one phase. 0: no limit.")                                   \
    X(BUDGET, phase_run_time, phase_budget.run_time, DURATION, 0, CONFIG_DAYS(365), "0",                               \
      "How long one phase may take, by the clock on the wall since it began, also while ccsup is stopped. 0: no "      \
      "limit.")                                                                                                        \
    X(PHASE, plan, plan, PLAN, 0, 0, NULL,                                                                             \
      "The phase's plan: a file relative to launch.conf, or repo:PATH. Each phase has its own.")                       \
    X(PHASE, criteria, criteria, CRITERIA, 0, 0, NULL, "Ids that need a fresh PASS for the end of this phase.")        \
    X(AGENT, role, role, ROLE, 0, 0, NULL, "builder or adversary.")                                                    \
    X(AGENT, claude, claude.program, PROGRAM, 0, 0, "",                                                                \
      "The Claude program: a name to be found on the PATH at each start, or a path. ccsup makes its command line; "    \
      "each agent has either this or command.")                                                                        \
    X(AGENT, model, claude.model, WORD, 0, 0, "", "Claude's model. Empty: its own choice.")                            \
    X(AGENT, fallback_model, claude.fallback_model, WORD, 0, 0, "",                                                    \
      "The model that Claude takes when the first is overloaded.")                                                     \
    X(AGENT, permission_mode, claude.permission_mode, WORD, 0, 0, "bypassPermissions",                                 \
      "What Claude may do without asking, as its --permission-mode takes it; nobody is there to be asked. As root "    \
      "bypassPermissions needs env = IS_SANDBOX=1.")                                                                   \
    X(AGENT, allowed_tools, claude.allowed_tools, TOOLS, 0, 0, "",                                                     \
      "Tools that need no permission, such as 'Bash(git *)' in quotes.")                                               \
    X(AGENT, disallowed_tools, claude.disallowed_tools, TOOLS, 0, 0, "CronCreate",                                     \
      "Tools that Claude does not get. What CronCreate plans is lost when an iteration ends.")                         \
    X(AGENT, max_turns, claude.max_turns, INTEGER, 0, 1000000, "0",                                                    \
      "The most turns of one iteration of Claude; 0: no limit.")                                                       \
    X(AGENT, max_cost, claude.max_cost, MONEY, 0, CONFIG_DOLLARS(1000000), "0",                                        \
      "The most that one iteration of Claude may cost, in dollars; it is looked at between turns. 0: no limit.")       \
    X(AGENT, args, claude.args, ARGUMENTS, 0, 0, "", "Further arguments for Claude, as they stand.")                   \
    X(AGENT, config_dir, claude.config_dir, FILE, 0, 0, "",                                                            \
      "Claude's CLAUDE_CONFIG_DIR. Empty: one of this agent's own, which keeps two agents from logging each other "    \
      "out; see ccsup(1) on how to log in there.")                                                                     \
    X(AGENT, session, claude.session, SESSION, 0, 0, "auto",                                                           \
      "With which session Claude goes on: fresh (always a new one), resume (the last one, whatever happened), auto "   \
      "(a new one after a good end, the last one after an interruption).")                                             \
    X(AGENT, account, claude.account, WORD, 0, 0, "default",                                                           \
      "Agents of the same account share its usage limits: one that is hit holds the others too.")                      \
    X(AGENT, command, command, COMMAND, 0, 0, "",                                                                      \
      "Instead of claude, any program and its arguments for one iteration; it gets its prompt on standard input. No "  \
      "shell reads it.")                                                                                               \
    X(AGENT, prompt, prompt, FILE, 0, 0, "",                                                                           \
      "A prompt template of your own, relative to launch.conf. Empty: the built-in one of the role.")                  \
    X(AGENT, git_name, git_name, PERSON, 0, 0, "ccsup {role}", "The name on the agent's commits.")                     \
    X(AGENT, git_email, git_email, EMAIL, 0, 0, "{role}@ccsup.invalid",                                                \
      "The e-mail address on the agent's commits: what tells the roles apart, so the two must differ.")                \
    X(AGENT, env, env, SETTINGS, 0, 0, "",                                                                             \
      "Environment variables to set for the agent; to PATH ccsup adds its own folder.")                                \
    X(AGENT, env_pass, env_pass, PATTERNS, 0, 0, "",                                                                   \
      "Names of variables of ccsup's own environment that the agent gets too; NAME* takes all that begin "             \
      "so.")                                                                                                           \
    X(AGENT, env_deny, env_deny, PATTERNS, 0, 0, "",                                                                   \
      "Names, or beginnings as NAME*, of variables that the agent never gets, whatever env_pass says.")                \
    X(AGENT, pace, policy.pace, DURATION, 0, CONFIG_HOURS(6), "10s",                                                   \
      "From the end of a good iteration to the next while there is work.")                                             \
    X(AGENT, wake_every, policy.wake_every, DURATION, CONFIG_SECONDS(1), CONFIG_HOURS(6), "30m",                       \
      "The longest that pace grows to while nothing is pushed, and the first wake-up without work. At "                \
      "least pace.")                                                                                                   \
    X(AGENT, restart_delay, policy.restart_delay, DURATION, 0, CONFIG_HOURS(1), "5s",                                  \
      "From a first failure to the next start; doubles with each further one.")                                        \
    X(AGENT, restart_delay_max, policy.restart_delay_max, DURATION, 0, CONFIG_DAYS(1), "5m",                           \
      "The longest that restart_delay doubles to. At least restart_delay.")                                            \
    X(AGENT, jitter, policy.jitter_percent, INTEGER, 0, 50, "10",                                                      \
      "A delay after failures is moved by up to this many percent, either way.")                                       \
    X(AGENT, start_limit_burst, policy.start_limit_burst, INTEGER, 1, 64, "10",                                        \
      "So many starts within start_limit_interval, and a failing agent is held for the operator.")                     \
    X(AGENT, start_limit_interval, policy.start_limit_interval, DURATION, CONFIG_SECONDS(1), CONFIG_DAYS(1), "10m",    \
      "See start_limit_burst.")                                                                                        \
    X(AGENT, grace, policy.grace, DURATION, 0, CONFIG_MINUTES(10), "10s",                                              \
      "From the request to end (SIGTERM) to the killing of all that the agent started.")                               \
    X(AGENT, fence, fence, FENCE, 0, 0, "auto",                                                                        \
      "What holds together all that the agent starts, so that nothing of it outlives an iteration: pidns (a "          \
      "PID namespace; needs root), cgroup (a control group; needs one that may be written), subreaper (a "             \
      "search for descendants; always possible), or auto: the first of these that the machine allows.")                \
    X(AGENT, leftovers, leftovers, LEFTOVERS, 0, 0, "kill",                                                            \
      "kill or keep: what happens to processes that the agent leaves behind when it ends by itself with exit "         \
      "code 0. At any other end they are killed. keep is impossible with fence = pidns.")                              \
    X(AGENT, user, user, USER, 0, 0, "",                                                                               \
      "The user that the agent runs as; its clone belongs to that user. Only when ccsup is started as root. "          \
      "Empty: the user that started ccsup.")                                                                           \
    X(AGENT, idle_timeout, policy.idle_timeout, DURATION, CONFIG_SECONDS(1), CONFIG_DAYS(1), "20m",                    \
      "An iteration without progress for this long is stopped and started again: without any output, and for Claude "  \
      "without a word of the model or a tool that begins or ends (retries are none).")                                 \
    X(AGENT, start_timeout, policy.start_timeout, DURATION, CONFIG_SECONDS(1), CONFIG_DAYS(1), "2m",                   \
      "The same for Claude before its first line.")                                                                    \
    X(AGENT, tool_timeout, policy.tool_timeout, DURATION, CONFIG_SECONDS(1), CONFIG_DAYS(1), "1h",                     \
      "The same for Claude while a tool runs.")                                                                        \
    X(AGENT, max_wait, policy.max_wait, DURATION, 0, CONFIG_DAYS(1), "30m",                                            \
      "The longest that Claude may wait, its turn over, for a background task or a wake-up of its own.")               \
    X(AGENT, iteration_timeout, policy.iteration_timeout, DURATION, CONFIG_SECONDS(1), CONFIG_DAYS(7), "6h",           \
      "The longest that one iteration may take.")                                                                      \
    X(AGENT, budget_cost, budget.cost, MONEY, 0, CONFIG_DOLLARS(1000000), "0",                                         \
      "What all iterations of this agent together may cost in the whole run, in dollars; see [budget]. 0: no limit.")  \
    X(AGENT, budget_iterations, budget.iterations, INTEGER, 0, 1000000, "0",                                           \
      "How many iterations this agent may have in the whole run. 0: no limit.")                                        \
    X(AGENT, budget_run_time, budget.run_time, DURATION, 0, CONFIG_DAYS(365), "0",                                     \
      "How long the iterations of this agent may run, all together. 0: no limit.")                                     \
    X(NOTIFY, url, url, WEB, 0, 0, "",                                                                                 \
      "Where the messages are posted to: an http or https address. No redirect is followed. Each receiver has either " \
      "this or command.")                                                                                              \
    X(NOTIFY, command, command, COMMAND, 0, 0, "",                                                                     \
      "A program and its arguments, which gets a message on standard input and has taken it when it ends with exit "   \
      "code 0. No shell reads it. It is found on the PATH, or relative to launch.conf.")                               \
    X(NOTIFY, events, events, EVENTS, 0, 0, "all",                                                                     \
      "Of what: all, or some of done, phase, held, budget, stuck, tampered, repository, veto, limit, check, "          \
      "restarted, stalled, crashed.")                                                                                  \
    X(NOTIFY, token_file, token_file, FILE, 0, 0, "",                                                                  \
      "A file, relative to launch.conf, with the token that is sent as Authorization: Bearer. It must be yours, and "  \
      "nobody else may read it (mode 0600). It is read anew for each message.")                                        \
    X(NOTIFY, token_env, token_env, VARIABLE, 0, 0, "",                                                                \
      "Instead of token_file, a variable of ccsup's environment with the token. No agent gets it, whatever its "       \
      "env_pass says.")                                                                                                \
    X(NOTIFY, header, headers, HEADERS, 0, 0, "", "Further headers, each in quotes: 'X-Priority: high'.")              \
    X(NOTIFY, ca, ca, FILE, 0, 0, "",                                                                                  \
      "A file with the certificates to trust instead of the system's, relative to launch.conf.")                       \
    X(NOTIFY, timeout, timeout, DURATION, CONFIG_SECONDS(1), CONFIG_MINUTES(5), "20s",                                 \
      "A delivery that takes longer is ended and tried again later.")                                                  \
    X(NOTIFY, deadman, deadman, DURATION, 0, CONFIG_DAYS(1), "0",                                                      \
      "With a duration this receiver gets no events. It is called that often while all is well: its silence says "     \
      "that ccsup is gone, done, or needs an operator. 0: no such receiver.")                                          \
    X(CHECK, type, type, CHECKTYPE, 0, 0, NULL,                                                                        \
      "http (url header ca status body json), tcp (host), tls (host names ca days same_as), dns (names addresses), "   \
      "ssh (host options sudo), command (command exit body) or file (path mode owner body).")                          \
    X(CHECK, url, url, PLAINWEB, 0, 0, "", "http: what is asked for with GET. No redirect is followed.")               \
    X(CHECK, header, headers, ARGUMENTS, 0, 0, "",                                                                     \
      "http: headers to send, each in quotes, such as 'Authorization: token @/etc/ccsup/token': from @ on the name "   \
      "of a file that holds the rest, which nobody but its owner may read.")                                           \
    X(CHECK, status, status, WORD, 0, 0, "200-299", "http: statuses that are right, such as 200-299,404.")             \
    X(CHECK, body, body, TEXT, 0, 0, "",                                                                               \
      "http, command, file: an extended regular expression that the answer, the output or the content must match.")    \
    X(CHECK, json, json, ARGUMENTS, 0, 0, "",                                                                          \
      "http: paths in the JSON answer, such as permissions.push (which must be true) or owner.login=NAME.")            \
    X(CHECK, ca, ca, FILE, 0, 0, "", "http, tls: a file of certificates to trust instead of the system's.")            \
    X(CHECK, host, host, HOST, 0, 0, "", "tcp, tls: HOST:PORT; ssh: what the ssh program takes, such as me@host.")     \
    X(CHECK, names, names, DOMAINS, 0, 0, "",                                                                          \
      "tls: names for which the certificate must be good when they are asked for at host (empty: the host's own); "    \
      "dns: names that must lead to addresses. *.ZONE stands for random names in ZONE, one for tls and two for dns.")  \
    X(CHECK, days, days, INTEGER, 0, 10000, "0",                                                                       \
      "tls: how long the certificate must still be good. 0: as long as the run may take (run_time of [budget]), at "   \
      "least 14.")                                                                                                     \
    X(CHECK, same_as, same_as, FILE, 0, 0, "",                                                                         \
      "tls: a file whose first certificate is the one that is served; when it is not, something else ends TLS.")       \
    X(CHECK, addresses, addresses, ADDRESSES, 0, 0, "",                                                                \
      "dns: the addresses, or names that have them, that every name must lead to, and to no other.")                   \
    X(CHECK, options, options, ARGUMENTS, 0, 0, "", "ssh: further options for the ssh program, such as -F FILE.")      \
    X(CHECK, sudo, sudo, YESNO, 0, 0, "no", "ssh: whether sudo must work there without a password.")                   \
    X(CHECK, command, command, ARGUMENTS, 0, 0, "",                                                                    \
      "command: a program and its arguments, run in the folder of launch.conf; no shell reads it.")                    \
    X(CHECK, exit, exit, INTEGER, 0, 255, "0", "command: the exit code that is right.")                                \
    X(CHECK, path, path, FILE, 0, 0, "", "file: a file or folder that must be there.")                                 \
    X(CHECK, mode, mode, MODE, 0, 0, "", "file: no more rights than these. Empty: any.")                               \
    X(CHECK, owner, owner, USER, 0, 0, "", "file: whom it must belong to. Empty: anybody.")                            \
    X(CHECK, needs, needs, NAMES, 0, 0, "",                                                                            \
      "Checks, built-in ones or earlier sections, without which this one says nothing: it is skipped when one of "     \
      "them does not hold.")                                                                                           \
    X(CHECK, timeout, timeout, DURATION, CONFIG_SECONDS(1), CONFIG_MINUTES(10), "20s",                                 \
      "A check that takes longer is ended, and does not hold.")                                                        \
    X(CHECK, level, level, LEVEL, 0, 0, "fail", "fail or warn: what it is when it does not hold.")                     \
    X(CHECK, fix, fix, TEXT, 0, 0, "", "What to do then, for whoever reads it.")

enum {
#define X(kind, key, field, type, min, max, def, help) +1
    CONFIG_KEY_COUNT = CONFIG_KEYS(X)
#undef X
};

struct config_section_info {
    const char *name; /* first word in the brackets */
    const char *what; /* the second word's name, "" when there is none */
    const char *help;
};

struct config_key {
    enum config_kind kind;
    const char *name;
    size_t offset; /* of the field in the section's struct */
    enum config_type type;
    int64_t min, max; /* DURATION in ms, INTEGER, BYTES */
    const char *def;  /* NULL: required */
    const char *help;
};

extern const struct config_section_info config_sections[CONFIG_KINDS];
extern const struct config_key config_key_table[CONFIG_KEY_COUNT]; /* in the order of the list, sections together */

/* The kind of section of that first word, or -1. */
int config_kind_find(const char *name);
/* The key's place in the table, or -1. */
int config_key_find(enum config_kind kind, const char *name);
/* What a wrong key could have meant, by spelling: appends "; did you mean 'poll'?", or the section where a
 * key of that very name belongs, or the section's keys. */
void config_key_suggest(struct buf *b, enum config_kind kind, const char *name);
/* What a wrong section could have meant: appends one, and returns its kind; or appends all, and returns -1.
 */
int config_kind_suggest(struct buf *b, const char *name);
/* A section as it is written: "[repo]", "[agent NAME]". */
void config_kind_write(struct buf *b, enum config_kind kind);
/* An example of a value of that type. */
const char *config_type_example(enum config_type type);
/* The default of a key as it would be written, {role} replaced; the caller frees. */
char *config_key_default(const struct config_key *k, const char *role);

#endif
