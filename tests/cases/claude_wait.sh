#!/usr/bin/env bash
# The real Claude waits with its Bash tool: for a minute or less in the call itself, whose one line is what the tool returns;
# for longer by parking the wait, so that no model waits, and its next turn is told what came of it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
. "$CCSUP_SOURCE/tests/agents/claude_lib.sh"
run_sandbox
claude_world

tool wait <<<'env >"$TOOLS/env"; ccsup wait --every 100ms --timeout 1m file "$TOOLS/near"'
tool park <<<'ccsup wait --every 100ms --park --timeout 10m cmd --fail-exit 3 -- sh -c "[ ! -e bad ] || exit 3; test -e \"$TOOLS/far\""'
script adversary "$(jq -nc --argjson w "$(use wait "It is near.")" --argjson p "$(use park "I have parked it.")" '[$w + {then: $p}]')"
script builder '[{"text":"Nothing to do."}]'
# The adversary has no work of its own: what starts it is the operator, and what it parked.
claude_conf agent.wake_every=1h builder.pace=1h
assert_exit 0 ccsup start
assert_exit 0 ccsup tell adversary "look"

# In the call.
wait_until 60 "it waits in a tool" agent_is adversary '.live == "TOOL"'
touch "$SANDBOX/tools/near"
returned() { jq -r 'select(.type == "user") | .message.content[]? | select(.type == "tool_result") | .content' "$(iteration adversary 1 out.log)"; }
wait_until 60 "the tool has returned" eval 'returned | grep -q "CCSUP-WAIT met"'

# What the program was told, as its tools see it: it does not update itself, and lets a tool wait for as long as we do.
grep -qx 'DISABLE_AUTOUPDATER=1' "$SANDBOX/tools/env" || fail "it updates itself"
grep -qx 'BASH_MAX_TIMEOUT_MS=1860000' "$SANDBOX/tools/env" || fail "$(grep BASH_ "$SANDBOX/tools/env")"
grep -q '^CCSUP_PARK=/' "$SANDBOX/tools/env" || fail "no place to park a wait"

# Parked: the turn ends, the next iteration waits without a request, until it is over.
wait_until 60 "it has ended, and waits" agent_is adversary '.iteration == 2 and .live == "WAITS"'
assert_has "$(returned)" "CCSUP-WAIT parked until=" "what the tool said"
exited adversary 1 '.code == 0' >/dev/null || fail "$(<"$(iteration adversary 1 exit.json)")"
assert_has "$(ccsup status)" "parked until" "the status"
! grep -q '"subtype":"init"' "$(iteration adversary 2 out.log)" || fail "Claude runs while its wait is parked"
script adversary '[{"text":"It is there."}]'
touch "$SANDBOX/tools/far"
wait_until 60 "it has had its turn" agent_is adversary '.last == "OK" and .state == "WAITING"'
assert_eq "$(agent_field adversary .iteration)" 2 "one iteration waits and works"
told=$(grep -rh "The wait that you parked is over" "$XDG_STATE_HOME"/ccsup/*/adversary/claude/projects) || fail "Claude was not told"
assert_has "$told" "CCSUP-WAIT met elapsed=" "what Claude was told"
agent_is adversary '.failures == 0' >/dev/null || fail "$(agent_field adversary .)"
stop_all
over
