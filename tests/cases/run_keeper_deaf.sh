#!/usr/bin/env bash
# A keeper that does not run, and whose queue of connections is full, must not hold up a watchdog that looks for it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging
conf

assert_exit 0 ccsup start
wait_until 10 "the builder runs" agent_is builder '.state == "RUNNING" and .agent_pid > 0'
builder=$(agent_field builder .agent_pid) watchdog=$(watchdog_pid)
kill -STOP "$(keeper_pid builder)"
# Connections until the next one would have to wait.
background crowd timeout 60 python3 -c '
import socket, sys, time
held = []
while len(held) < 1000:
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
    except BlockingIOError:
        break
    held.append(s)
print("full", flush=True)
time.sleep(60)
' "$STATE/sockets/builder"
wait_until 10 "the queue is full" grep -q full "$SANDBOX/crowd.log"
kill -KILL "$watchdog"
wait_while 5 "the watchdog's end" alive "$watchdog"
assert_exit 0 timeout 40 ccsup start
wait_until 20 "the builder runs again" agent_is builder ".state == \"RUNNING\" and .agent_pid > 0 and .agent_pid != $builder"
! alive "$builder" || fail "the old builder lives"
assert_exit 0 ccsup stop
over
