#!/usr/bin/env bash
# What is known of an adopted iteration is read from its log's first byte: the cost and the session that it had said before
# the last watchdog died are there once, and whole.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging
agent builder <<SH
cat "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl"
for ((i = 0; i < 600; i++)); do # bounded agent
    [[ ! -e \$SANDBOX/builder.end ]] || exit 0
    sleep 0.1 # bounded agent
done
SH
conf builder.pace=1h builder.wake_every=1h
size=$(stat -c %s "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl")
usd=$(jq -r 'select(.type == "result") | .total_cost_usd' "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl")
session=$(jq -r 'select(.subtype == "init") | .session_id' "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl")

assert_exit 0 ccsup start
for life in 1 2; do
    wait_until 10 "life $life: all that it said is read" agent_is builder ".state == \"RUNNING\" and .output_bytes == $size"
    watchdog=$(watchdog_pid)
    kill -KILL "$watchdog"
    wait_while 5 "the watchdog's end" alive "$watchdog"
    assert_exit 0 ccsup start
    assert_logged "builder: adopted iteration 1" "$life"
done
touch "$SANDBOX/builder.end"
wait_until 10 "its end" agent_is builder '.state == "WAITING"'
said=$(jq -c 'select(.agent == "EXITED" and .role == "builder") | .said' "$STATE/events.jsonl")
assert_eq "$(jq -r '.session' <<<"$said")" "$session" "its session, once"
assert_eq "$(jq -r '.cost' <<<"$said")" "$(jq -n "$usd * 1000000 | round")" "its cost, in millionths, once"
assert_exit 0 ccsup stop
over
