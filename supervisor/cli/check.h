/* What launch.conf names must be there before anything is started: prompts, plans, our programs, git. */
#ifndef CCSUP_CLI_CHECK_H
#define CCSUP_CLI_CHECK_H
#include "supervisor/cli/cli.h"

/* Reads every prompt, plan and token file that the configuration names; each one's error is a line on standard error.
 * CLI_YES or CLI_CONFIG. */
enum cli_exit check_files(const struct cli *cli);
/* check_files, and our own programs and git can be run. */
enum cli_exit check_start(const struct cli *cli);
/* The parts of it, each error as a line "launch.conf:LINE: ..." of errors: the plans; the prompts; the tokens of
 * those who are told (env: also whether the variables are set); what an agent's section asks of root. */
void check_plans(const struct cli *cli, struct buf *errors);
void check_prompts(const struct cli *cli, struct buf *errors);
void check_notify(const struct cli *cli, bool env, struct buf *errors);
void check_rights(const struct cli *cli, struct buf *errors);
/* Is `name` a program on $PATH? */
bool check_on_path(const char *name);

#endif
