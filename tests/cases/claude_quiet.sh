#!/usr/bin/env bash
# Quiet of every kind, by the real Claude: a stream that has nothing but pings is ended and its session goes on; a tool that
# says nothing, and a turn that is over while a background task runs, are left alone; what stays without a reason is ended,
# and its turn counts.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
. "$CCSUP_SOURCE/tests/agents/claude_lib.sh"
run_sandbox
claude_world
both_have_work

tool quiet <<<'sleep 13; touch "$TOOLS/quiet.done"' # bounded agent
tool task <<<'sleep 31; echo the task has ended' # bounded agent
script builder '[{"text":"I think about it for a long while.","stall":600,"ping":true}]'
script adversary "$(jq -nc --argjson quiet "$(use quiet "I wait.")" '[
    {tool:"Bash",input:{command:"bash \"$TOOLS/task\"",description:"a task",run_in_background:true},then:$quiet},
    {text:"It has ended."}]')"
# A ping comes every ten seconds: if it were progress, nothing would stall. The silent tool takes longer than the adversary may
# be silent otherwise.
claude_conf builder.claude="$AGENTS/claude_how.sh" builder.idle_timeout=13s adversary.idle_timeout=10s agent.wake_every=1h agent.pace=1h
assert_exit 0 ccsup start

wait_until 60 "the model has begun to speak" grep -q content_block_delta "$(iteration builder 1 out.log)"
script builder '[{"text":"I go on."}]'
how builder lingers

# A silent tool: it runs, nobody ends it.
wait_until 30 "a tool runs" agent_is adversary '.live == "TOOL" and (.activity | startswith("Bash: bash \"$TOOLS/quiet\""))'
wait_until 30 "the tool has ended" test -e "$SANDBOX/tools/quiet.done"
# Its turn is over, and it waits for longer than one may stay that waits for nothing.
wait_until 30 "it waits" agent_is adversary '.live == "WAITS" and .activity == "waits for a background task"'
assert_has "$(ccsup status)" "waits for a background task" "the status says what for"

# The stream with pings: no progress.
wait_until 60 "it is stalled" agent_is builder '.last == "STALLED"'
assert_logged "builder: RUNNING -> STOPPING, iteration 1 (no progress for too long)"
grep -q '"type":"ping"' "$(iteration builder 1 out.log)" || fail "there was no ping"
ms=$(lasted builder 1)
((ms >= 13000)) || fail "ended after $ms ms"
# Its session goes on, and it knows why.
wait_until 60 "it goes on" grep -q '"type":"result"' "$(iteration builder 2 out.log)"
assert_has "$(<"$(iteration builder 2 prompt.md)")" "INTERRUPTED" "why it runs"
session() {
    jq -r 'select(.subtype == "init") | .session_id' "$(iteration builder "$1" out.log)" | head -n 1
}
assert_eq "$(session 2)" "$(session 1)" "the session"

# The task has ended: the turn that follows runs, and it ends by itself.
wait_until 60 "the adversary has ended" agent_is adversary '.last == "OK"'
exited adversary 1 '.end == "exited" and .code == 0 and .asked == "none"' >/dev/null || fail "$(<"$(iteration adversary 1 exit.json)")"
assert_eq "$(jq -c 'select(.type == "result") | .result' "$(iteration adversary 1 out.log)" | paste -sd " ")" \
    '"I wait." "It has ended."' "two turns"
ms=$(lasted adversary 1)
((ms >= 31000)) || fail "it ended after $ms ms, before its task"

# What lingers is ended, as a success.
wait_until 60 "the builder has ended" agent_is builder '.iteration == 2 and .last == "OK" and .failures == 0'
assert_logged "builder: RUNNING -> STOPPING, iteration 2 (it stays after its last word)"
exited builder 2 '.asked == "stop"' >/dev/null || fail "$(<"$(iteration builder 2 exit.json)")"
ms=$(lasted builder 2)
((ms >= 15000)) || fail "it stayed for $ms ms"
agent_is builder '.why == "PACE" or .why == "NO_WORK"' >/dev/null || fail "$(agent_field builder .)"
stop_all
