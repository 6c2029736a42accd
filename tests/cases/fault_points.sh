#!/usr/bin/env bash
# Our own programs are killed at points spread over a whole run and over a stop: the run still gets to DONE, once, with
# no agent twice, none alone, no line lost; a stop stays a stop. All points, by hand: tests/fault/run_points.py.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"

[[ -e $CCSUP_BUILD/tests/crashpoint.so ]] || fail "crashpoint.so is not built"
python3 "$CCSUP_SOURCE/tests/fault/run_points.py" --points "${CCSUP_FAULT_POINTS:-18}" --variants done,stop
