#!/usr/bin/env bash
# The seven phases of docs/examples/cc-ci to DONE, with our processes killed on the way; what is left is seven records.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"

python3 "$CCSUP_SOURCE/tests/fault/phases.py" --seed "${CCSUP_FAULT_SEED:-9}" --kills "${CCSUP_FAULT_KILLS:-21}"
