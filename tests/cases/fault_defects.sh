#!/usr/bin/env bash
# Defects put into the agent's machine are found by its unit tests. Those of the processes, by hand: tests/fault/defects.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

"$CCSUP_SOURCE/tests/fault/defects.sh" --cheap
