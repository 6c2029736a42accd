#!/bin/bash
# Nobody sits in the data path: what the agent writes is in out.log, byte for byte, whatever it is.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin exact
n=0
for agent in "flood.sh 33554432" bigline.sh nonl.sh binary.sh "silent.sh 0"; do
    read -r -a command <<<"$agent"
    command[0]=$AGENTS/${command[0]}
    n=$((n + 1))
    "${command[@]}" >"$T/want"
    ctl lock start connect send=go eof ended -- "${command[@]}"
    says "$(it "$n")/exit.json" '"end":"exited"' '"code":0'
    cmp "$T/want" "$(it "$n")/out.log" || die "$agent: out.log differs"
    [ ! -s "$(it "$n")/err.log" ] || die "$agent: err.log is not empty"
done
nobody_left
