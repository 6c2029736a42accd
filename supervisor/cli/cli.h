/* The command line: one table of verbs and options (verbs.c) from which usage, help and parsing come, and what every
 * verb needs: the instance's places, its configuration when it can be read, and an output that is checked.
 * A verb never prints with stdio and never exits: it returns an enum cli_exit. */
#ifndef CCSUP_CLI_CLI_H
#define CCSUP_CLI_CLI_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include "supervisor/base/words.h"
#include "supervisor/config/config.h"
#include "supervisor/sys/paths.h"
#include <stdbool.h>

enum cli_exit {
    CLI_YES = 0,      /* yes, done */
    CLI_NO = 1,       /* no, failed */
    CLI_USAGE = 2,    /* wrong use */
    CLI_UNKNOWN = 3,  /* not running, or cannot tell */
    CLI_CONFIG = 4,   /* launch.conf is wrong */
    CLI_OTHER = 5,    /* another instance */
    CLI_OPERATOR = 6, /* an operator must act */
};

enum { CLI_OPTIONS = 28 };

struct cli_option {
    char letter;      /* 0 = only the long form */
    const char *name; /* long form without dashes, or NULL */
    const char *arg;  /* name of its argument, NULL = a flag */
    const char *help; /* NULL = for our own use, in no help */
};

struct cli;
struct cli_verb {
    const char *name, *args, *summary, *help;
    int min, max;  /* how many words beside the options; max -1 = any number */
    int raw_after; /* after so many words everything is a word, dashes or not; 0 = no such place */
    int (*run)(struct cli *cli);
    const char *many;   /* the option that may come more than once; NULL = none */
    bool operator_only; /* refused to a process below a keeper: an agent does not steer its own supervisor */
    struct cli_option options[CLI_OPTIONS + 1]; /* ends with an entry without letter and name */
};

struct cli {
    const struct cli_verb *verb; /* NULL before it is known */
    const char *dir;             /* of -C, or NULL */
    int argc;                    /* the verb and what follows it, as given */
    char **argv;
    const char *given[CLI_OPTIONS]; /* by place in verb->options: NULL = not given, a flag is "" */
    struct words all;               /* every value of verb->many */
    char **words;                   /* what is no option; owned array of borrowed strings */
    int word_count;
    struct paths paths; /* filled by cli_paths */
    bool have_paths;
    struct config config; /* filled by cli_config */
    bool have_config;
    int out_errno; /* of the first output that failed; 0 = none */
    int unsaid;    /* the exit code then; 0 = CLI_NO */
};

/* The table; an entry without a name ends it. */
extern const struct cli_verb cli_verbs[];
extern const struct cli_option cli_global_options[];

/* The verb of that name, or NULL. */
const struct cli_verb *cli_verb_find(const char *name);
/* The verb's name nearest to what was typed, or NULL when none is near. */
const char *cli_verb_nearest(const char *typed);
/* Reads cli->argv by cli->verb's table. CLI_YES to go on; *done true: help was asked for and printed. */
enum cli_exit cli_parse(struct cli *cli, bool *done);
/* The value of an option of this verb by its long name (a flag: ""), NULL when it was not given. */
const char *cli_given(const struct cli *cli, const char *name);
/* Every value of the option that may come more than once. */
const struct words *cli_all(const struct cli *cli);
/* Prints the overview, or one verb's page. */
void cli_help(struct cli *cli, const struct cli_verb *verb);

/* Standard output, unbuffered; a failure is remembered and reported once, by cli_finish. False when it failed now or
 * before: whoever loops then ends. */
bool cli_write(struct cli *cli, const char *data, size_t n);
bool cli_out(struct cli *cli, const struct buf *b);
bool cli_say(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "ccsup VERB: sentence" on standard error, escaped, one line. */
void cli_error(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "ccsup VERB: sentence; try 'ccsup help VERB'" on standard error; CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The exit code after all output is out: code, or CLI_NO with a sentence when some of it was lost. */
int cli_finish(struct cli *cli, int code);

/* Finds the instance. CLI_YES, or the sentence is printed and CLI_UNKNOWN returned. */
enum cli_exit cli_paths(struct cli *cli);
/* Also reads launch.conf (at most 64 KiB). CLI_YES; CLI_CONFIG with every error printed. */
enum cli_exit cli_config(struct cli *cli);
/* The same without a word: true when the configuration can be read. For verbs that can do without. */
bool cli_config_try(struct cli *cli);
/* The role that the word names: builder, adversary, or an agent's name in a readable launch.conf; -1 and the sentence
 * printed when there is none. */
int cli_role(struct cli *cli, const char *word);
void cli_clear(struct cli *cli);

int cli_start(struct cli *cli);
int cli_run(struct cli *cli);
int cli_stop(struct cli *cli);
int cli_install_service(struct cli *cli);
int cli_status(struct cli *cli);
int cli_phases(struct cli *cli);
int cli_logs(struct cli *cli);
int cli_verify(struct cli *cli);
int cli_claim(struct cli *cli);
int cli_review(struct cli *cli);
int cli_veto(struct cli *cli);
int cli_mark_done(struct cli *cli);
int cli_inbox(struct cli *cli);
int cli_restart(struct cli *cli);
int cli_pause(struct cli *cli);
int cli_resume(struct cli *cli);
int cli_tell(struct cli *cli);
int cli_accept_history(struct cli *cli);
int cli_replay(struct cli *cli);
int cli_check(struct cli *cli);
int cli_wait(struct cli *cli);
int cli_attach(struct cli *cli);
int cli_notify(struct cli *cli);
int cli_config_verb(struct cli *cli);
int cli_help_verb(struct cli *cli);
/* demo.c; argv[0] is "demo", its options are in the table. */
int cli_demo(int argc, char **argv);

#endif
