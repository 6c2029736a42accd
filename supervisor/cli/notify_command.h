/* A message to a command: on its standard input, ended at its limit with all that it started. */
#ifndef CCSUP_CLI_NOTIFY_COMMAND_H
#define CCSUP_CLI_NOTIFY_COMMAND_H
#include "supervisor/base/words.h"
#include <cJSON.h>
#include <stdint.h>

/* Runs the command in dir with text on its standard input. SIGINT, SIGTERM and SIGHUP end it, with all that it started,
 * and then us. The answer is one as ccsup-http gives it: {"ok":true,"status":200} when it ended with code 0 within ms,
 * else {"ok":false,"code","text"}. Changes our working directory. The caller frees. */
cJSON *notify_command(const struct words *argv, const char *dir, const char *text, int64_t ms);

#endif
