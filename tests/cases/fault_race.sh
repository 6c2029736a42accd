#!/usr/bin/env bash
# Two starts and a stop at once; stop with a watchdog that is dead, stopped or wedged; agents that nobody supervises end.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"

python3 "$CCSUP_SOURCE/tests/fault/race.py" --rounds "${CCSUP_FAULT_ROUNDS:-3}"
