/* Views of a run in tmux: a session with the status and each loop's log. What runs there only looks: closing a window,
 * or tmux, ends no loop, and the windows close by themselves when the run is over. */
#ifndef CCSUP_CLI_VIEW_H
#define CCSUP_CLI_VIEW_H
#include "supervisor/cli/cli.h"

/* Can it be had? CLI_YES, or the sentence is printed and CLI_NO returned. */
enum cli_exit view_possible(struct cli *cli);
/* Opens the session where there is none, and says how to attach. cli->paths must be known. CLI_YES; CLI_NO and the
 * sentence. */
enum cli_exit view_open(struct cli *cli);

#endif
