#!/usr/bin/env bash
# Who the keeper is the kernel says: an agent that ends the other one's keeper, takes its lock and listens in its place is
# not believed to be process 1, nor to have an iteration that is not there. The operator stays the operator.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging
conf builder.pace=1h adversary.pace=1h builder.wake_every=1h adversary.wake_every=1h
assert_exit 0 ccsup start
wait_until 10 "both run" test -s "$SANDBOX/builder.pid" -a -s "$SANDBOX/adversary.pid"
watchdog=$(watchdog_pid)
kill -STOP "$watchdog" # it starts nothing meanwhile
cat >"$SANDBOX/impostor.py" <<'PY'
import fcntl, os, socket, sys
state = sys.argv[1]
path = os.path.realpath(state + "/sockets") + "/adversary"
old = socket.socket(socket.AF_UNIX)
old.connect(path)
old.sendall(b"kill\n")
lock = open(state + "/locks/adversary", "r+")
fcntl.lockf(lock, fcntl.LOCK_EX)
if os.path.exists(path):
    os.unlink(path)
new = socket.socket(socket.AF_UNIX)
new.bind(path)
new.listen(5)
new.settimeout(60)
open(sys.argv[2], "w").write(str(os.getpid()))
kept = []
while True:
    kept.append(new.accept()[0])
    kept[-1].sendall(b"keeper 1 %d running pidns\nrunning 1\n" % int(sys.argv[3]))
PY
for number in 77 1; do
    background "impostor.$number" python3 "$SANDBOX/impostor.py" "$STATE" "$SANDBOX/impostor.pid" "$number"
    wait_until 10 "the impostor holds the lock" test -s "$SANDBOX/impostor.pid"
    kill -KILL "$watchdog"
    wait_while 5 "the watchdog's end" alive "$watchdog"
    assert_exit 0 ccsup start
    watchdog=$(watchdog_pid)
    [[ $(keeper_pid adversary) != 1 ]] || fail "process 1 is taken for the keeper"
    assert_exit 0 ccsup pause builder
    assert_exit 0 ccsup resume builder
    if ((number == 77)); then
        logged "adversary: its keeper (pid $(<"$SANDBOX/impostor.pid")) does not end; killing it" ||
            fail "the impostor was not ended: $(cat "$STATE/ccsup.log")"
    else
        assert_logged "adversary: adopted iteration 1 under keeper $(<"$SANDBOX/impostor.pid")"
    fi
    rm "$SANDBOX/impostor.pid"
    wait_until 10 "the builder is there" alive "$(<"$SANDBOX/builder.pid")"
    [[ $number != 77 ]] || wait_until 15 "the adversary runs again" agent_is adversary '.state == "RUNNING"'
    kill -STOP "$watchdog"
done
kill -CONT "$watchdog"
assert_exit 0 ccsup stop --now
over
