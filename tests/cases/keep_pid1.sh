#!/bin/bash
# What can't be swept forbids a start: here PID 1 itself has the marker, and nobody in its namespace can kill it.
KEEP_PID1_RUN_ID=11111111111111111111111111111111
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin held
mkdir -p "$(it 1)"
printf '{"schema":1,"iteration":1,"run_id":"%s","pid":9,"starttime":1,"boot_id":"x","created_at":5}\n' \
    "$KEEP_PID1_RUN_ID" >"$(it 1)/keep.json"
ctl lock limit=30000 mark "start=survivors 1 1 process of iteration 1 can't be ended: 1 (tini); end it by hand" over=9000 \
    under=20000 "nofile=$(it 2)" "nofile=$(it 1)/exit.json" "nofile=$T/socket" "nofile=$T/ran" ended -- touch "$T/ran"
nobody_left
