#!/usr/bin/env bash
# Agents that do not end by themselves: silent ones, endless ones, ones that ignore TERM, and what they leave behind.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'

# Silent for idle_timeout: stalled, and started again after a backoff.
agent builder <<<'echo begins; exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf builder.idle_timeout=1s
assert_exit 0 ccsup start
wait_until 20 "iteration 2" agent_is builder '.iteration >= 2'
assert_logged "builder: RUNNING -> STOPPING, iteration 1 (no progress for too long)"
exited builder 1 '.asked == "stop" and .code == 143' >/dev/null || fail "$(<"$(iteration builder 1 exit.json)")"
agent_is builder '.last == "STALLED" and .restarts >= 1' >/dev/null || fail "$(status_field '.agents[0]')"
ms=$(lasted builder 1)
((ms >= 1000 && ms < 10000)) || fail "stalled after $ms ms"
wait_until 20 "its prompt says why" grep -q "INTERRUPTED.*STALLED" "$(iteration builder 2 prompt.md)"
agent_is adversary '.restarts == 0 and .iteration == 1' >/dev/null || fail "the adversary was restarted"
stop_all

# Output keeps it alive, up to iteration_timeout.
agent builder <<'SH'
for ((i = 0; i < 1200; i++)); do
    echo "turn $i"
    sleep 0.2 # bounded agent
done
SH
first=$(($(agent_field builder .iteration) + 1))
conf builder.idle_timeout=1s builder.iteration_timeout=3s
assert_exit 0 ccsup start
wait_until 20 "the next one" agent_is builder ".iteration > $first"
assert_logged "builder: RUNNING -> STOPPING, iteration $first (the iteration took too long)"
agent_is builder '.last == "TIMED_OUT"' >/dev/null || fail "$(status_field '.agents[0]')"
ms=$(lasted builder "$first")
# The times are of two clocks and rounded to milliseconds.
((ms >= 2950 && ms < 12000)) || fail "timed out after $ms ms"
stop_all

# TERM is ignored: KILL after the grace, not before.
rm -f "$SANDBOX/builder.pid"
agent builder <<<'exec "$AGENTS/termproof.sh" "$SANDBOX/$ROLE.pid"'
conf builder.idle_timeout=1s builder.grace=2s builder.restart_delay=10s builder.restart_delay_max=10s
first=$(($(agent_field builder .iteration) + 1))
assert_exit 0 ccsup start
wait_until 20 "it is asked" agent_is builder '.state == "STOPPING"'
wait_until 20 "it is down" agent_is builder '.state == "WAITING" and .why == "BACKOFF"'
exited builder "$first" '.end == "signaled" and .signal == 9 and .asked == "stop"' >/dev/null ||
    fail "$(<"$(iteration builder "$first" exit.json)")"
ms=$(lasted builder "$first")
((ms >= 3000 && ms < 12000)) || fail "killed after $ms ms, asked after 1000, with a grace of 2000"
stop_all

# What it leaves behind is named and gone.
rm -f "$SANDBOX/builder.pid"
agent builder <<'SH'
bash -c 'trap "" TERM; exec -a leftover-one sleep 100' &
setsid bash -c 'trap "" TERM; sleep 101; true' </dev/null >/dev/null 2>&1 & # bounded agent
until pgrep -f leftover-one >/dev/null && pgrep -f "sleep 101" >/dev/null; do read -rt 0.05 <> <(:) || true; done
exit 0
SH
conf builder.pace=1h builder.wake_every=1h
first=$(($(agent_field builder .iteration) + 1))
ccsup start >/dev/null 2>&1 || true
wait_until 20 "its end" exited builder "$first" '.end == "exited" and .code == 0 and (.leftovers | length) >= 2'
wait_until 10 "the log names them" grep -qE "builder: iteration $first left [0-9]+ processes behind, killed: .*sleep\\([0-9]+\\)" "$STATE/ccsup.log"
for pid in $(jq '.leftovers[].pid' "$(iteration builder "$first" exit.json)"); do
    ! alive "$pid" || fail "leftover $pid lives"
done
stop_all
