#!/usr/bin/env bash
# A running pair whose processes are killed and stopped, whose system calls fail and whose disk fills up, in rounds: it
# comes back each time, and from outside nothing was ever there twice, alone or lost. Longer, by hand: tests/fault/chaos.py.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"

python3 "$CCSUP_SOURCE/tests/fault/chaos.py" --seed "${CCSUP_FAULT_SEED:-11}" --rounds 15 --seconds 18
python3 "$CCSUP_SOURCE/tests/fault/chaos.py" --seed "${CCSUP_FAULT_SEED:-12}" --rounds 15 --seconds 18 --http
