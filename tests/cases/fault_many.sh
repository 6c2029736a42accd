#!/usr/bin/env bash
# Stops in any state, of pairs that were hurt before, leave no process; kill -9 of any process of ours makes no agent run
# twice. A thousand of each, by hand: tests/fault/many.py.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"

seed=${CCSUP_FAULT_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d " ")}
python3 "$CCSUP_SOURCE/tests/fault/many.py" --seed "$seed" --stops 8
python3 "$CCSUP_SOURCE/tests/fault/many.py" --seed "$seed" --kills 100
