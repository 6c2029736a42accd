#!/usr/bin/env bash
# start, stop and run, in every order that an operator may try, and with a watchdog that is dead or does not answer.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging
conf

both_up() {
    agent_is builder '.state == "RUNNING"' && agent_is adversary '.state == "RUNNING"'
}

# Before the first start.
assert_exit 3 ccsup status
assert_exit 0 ccsup stop
assert_eq "$OUT" "not running" "stop where nothing ever ran"
[[ ! -e $STATE ]] || fail "status or stop made a state folder"

# start returns when the loops are up; status and both agents' pids agree with it.
assert_exit 0 ccsup start
assert_has "$OUT" "builder: "
assert_has "$OUT" "adversary: "
wait_until 10 "both agents run" both_up
assert_exit 0 ccsup status
assert_has "$OUT" "ccsup running, pid $(watchdog_pid)"
for role in builder adversary; do
    wait_until 5 "the $role has said its pid" test -s "$SANDBOX/$role.pid"
    wait_until 5 "the status knows the $role's pid" agent_is "$role" ".agent_pid == $(<"$SANDBOX/$role.pid")"
    alive "$(<"$SANDBOX/$role.pid")" || fail "the $role is not alive"
done

# Who is second is told who is first, and changes nothing.
watchdog=$(watchdog_pid) agent=$(<"$SANDBOX/builder.pid")
assert_exit 5 ccsup start
assert_has "$OUT" "already running (pid $watchdog"
assert_exit 5 ccsup run
assert_has "$OUT" "another watchdog (pid $watchdog)"
{ alive "$watchdog" && alive "$agent"; } || fail "a second start ended the first one"
assert_eq "$(<"$STATE/want")" up "the operator's wish"

# stop leaves nothing; again is no error; status says so.
assert_exit 0 ccsup stop
assert_has "$OUT" "0 processes left"
over
assert_exit 0 ccsup stop
assert_eq "$OUT" "not running"
assert_exit 3 ccsup status
assert_has "$OUT" "stopped by the operator"
exited builder 1 '.asked == "stop" and .code == 143 and .survivors == []' >/dev/null || fail "the builder's record is wrong"

# A stopped instance stays stopped when a service manager runs it; start lifts that.
assert_exit 0 ccsup run
assert_has "$OUT" "the operator stopped this instance"
assert_exit 0 ccsup start
wait_until 10 "the next iterations" both_up
assert_eq "$(agent_field builder .iteration)" 2 "iterations are counted over the watchdogs' lives"

# The watchdog was killed: the loops live under their keepers, status says what is the case, stop ends them.
kill -KILL "$(watchdog_pid)"
wait_while 5 "the watchdog's end" alive "$(watchdog_pid)"
agent=$(<"$SANDBOX/builder.pid")
alive "$agent" || fail "the agent went with its watchdog"
assert_exit 3 ccsup status
assert_has "$OUT" "NOT RUNNING: the watchdog died"
assert_exit 0 ccsup stop
assert_has "$OUT" "stopped: builder, adversary; 0 processes left"
over

# The watchdog does not answer.
assert_exit 0 ccsup start
wait_until 10 "both agents run" both_up
kill -STOP "$(watchdog_pid)"
assert_exit 0 ccsup stop
assert_has "$OUT" "sending it KILL"
assert_has "$OUT" "0 processes left"
over

# In the foreground, as a service manager does it: TERM ends everything with grace, and the wish stays "up".
rm -f "$SANDBOX"/*.pid
assert_exit 0 ccsup start
assert_exit 0 ccsup stop
echo up >"$STATE/want"
background run ccsup run
run=$BG_PID
wait_until 20 "both agents run" both_up
assert_eq "$(watchdog_pid)" "$run" "the watchdog of ccsup run"
kill -TERM "$run"
code=0
wait "$run" || code=$?
assert_eq "$code" 0 "exit of ccsup run after TERM"
assert_eq "$(<"$STATE/want")" up "the wish after TERM"
assert_exit 3 ccsup status
over

# An agent that ignores TERM keeps it for the whole grace; a second TERM skips that.
agent builder <<<'exec "$AGENTS/termproof.sh" "$SANDBOX/$ROLE.pid"'
rm -f "$SANDBOX"/*.pid
conf agent.grace=60s
background run2 ccsup run
run=$BG_PID
wait_until 20 "both agents run" both_up
wait_until 5 "the builder ignores TERM now" test -s "$SANDBOX/builder.pid"
began=$(lib_now_ms)
kill -TERM "$run"
wait_until 10 "the adversary is down, the builder is not" agent_is adversary '.state == "DOWN"'
agent_is builder '.state == "STOPPING"' >/dev/null || fail "the builder is $(agent_field builder .state)"
alive "$(<"$SANDBOX/builder.pid")" || fail "the builder's grace was skipped"
kill -TERM "$run"
wait "$run" || fail "exit of ccsup run after two TERMs: $?"
(($(lib_now_ms) - began < 30000)) || fail "the second TERM did not skip the grace"
last=$(agent_field builder .iteration)
exited builder "$last" '.signal == 9 and .asked == "kill"' >/dev/null || fail "$(<"$(iteration builder "$last" exit.json)")"
over

# stop --now does the same at once.
rm -f "$SANDBOX"/*.pid
assert_exit 0 ccsup start
wait_until 5 "the builder ignores TERM now" test -s "$SANDBOX/builder.pid"
began=$(lib_now_ms)
assert_exit 0 ccsup stop --now
(($(lib_now_ms) - began < 30000)) || fail "stop --now took the grace"
over
