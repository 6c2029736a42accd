#!/usr/bin/env bash
# Watchdog and keeper are killed, a daemon of the agent lives on: the next watchdog sweeps it, also for a role that is
# paused and thus never starts.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
agent builder <<'SH'
"$CCSUP_BUILD/tests/daemon" "$SANDBOX/daemon.pid"
exec "$AGENTS/hang.sh" "$SANDBOX/builder.pid"
SH
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/adversary.pid"'
conf agent.env_pass=CCSUP_BUILD

assert_exit 0 ccsup start
wait_until 10 "the daemon" test -s "$SANDBOX/daemon.pid"
wait_until 10 "the builder runs" agent_is builder '.state == "RUNNING" and .agent_pid > 0'
assert_exit 0 ccsup pause builder
daemon=$(<"$SANDBOX/daemon.pid") watchdog=$(watchdog_pid) keeper=$(keeper_pid builder)
kill -KILL "$watchdog"
kill -KILL "$keeper"
wait_while 5 "the watchdog's end" alive "$watchdog"
wait_while 5 "the keeper's end" alive "$keeper"
alive "$daemon" || fail "the daemon did not outlive its keeper: the case shows nothing"

assert_exit 0 ccsup start
wait_while 10 "the daemon's end" alive "$daemon"
wait_until 10 "the builder rests" agent_is builder '.state == "DOWN" and .paused'
assert_logged "builder: DOWN -> LOST, iteration 1: its keeper is gone without a record"
exited builder 1 '.end == "lost"' >/dev/null || fail "$(cat "$(iteration builder 1 exit.json)")"
exited builder 2 '.end == "not_started"' >/dev/null || fail "$(cat "$(iteration builder 2 exit.json)")"
[[ ! -s $(iteration builder 2 out.log) ]] || fail "a paused agent was started"
assert_exit 0 ccsup resume builder
wait_until 10 "the builder runs again" agent_is builder '.state == "RUNNING" and .iteration == 3'
stop_all
over
