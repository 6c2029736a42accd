/* Options that are numbers or lengths of time: read, bounded, and refused with what to write instead. */
#ifndef CCSUP_CLI_VALUE_H
#define CCSUP_CLI_VALUE_H
#include "supervisor/cli/cli.h"
#include <stdint.h>

/* The length of time that the option gives, or `standard` when it is not given, of at least `least` and at most `most`
 * ms. CLI_USAGE and the sentence. */
enum cli_exit value_length(const struct cli *cli, const char *option, const char *standard, int64_t least, int64_t most,
                           int64_t *ms);
/* The same for a whole number. */
enum cli_exit value_number(const struct cli *cli, const char *option, int standard, int least, int most, int *n);

#endif
