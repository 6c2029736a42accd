#!/usr/bin/env bash
# What an agent of our own user makes in the state folder and asks the watchdog: folders that are no iterations' are looked
# at by nobody, and wishes that are not its own fill no log.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
cat >"$SANDBOX/ask.py" <<'PY'
import socket, sys
for i in range(300):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(sys.argv[1])
        s.sendall(b'{"verb":"stop"}\n')
        s.recv(500)
PY
agent builder <<SH
mkdir -p "$STATE"/builder/iterations/{2147483647,000000000000012,0000099,77777777777}
if mkdir "\$SANDBOX/once"; then
    python3 "\$SANDBOX/ask.py" "$STATE/sockets/control"
    touch "\$SANDBOX/asked"
    exit 0
fi
exec "\$AGENTS/hang.sh" "\$SANDBOX/builder.pid"
SH
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf
assert_exit 0 ccsup start
wait_until 30 "it has asked" test -e "$SANDBOX/asked"
wait_until 30 "its second iteration runs" agent_is builder '.state == "RUNNING" and .iteration == 2'
assert_eq "$(grep -c "refused: the builder's agent asked to stop" "$STATE/ccsup.log")" 1 "lines of 300 refused wishes"
assert_exit 0 ccsup restart builder
wait_until 30 "its third iteration runs" agent_is builder '.state == "RUNNING" and .iteration == 3'
# A number after which there is none.
assert_exit 0 ccsup stop
mkdir "$STATE/builder/iterations/999999999"
assert_exit 1 timeout 60 ccsup start
assert_has "$OUT" "no number after it: was that folder made by hand?" "what is in the way"
assert_exit 0 ccsup stop
rm -r "$STATE/builder/iterations/999999999"
# Something else where a file or a socket of ours belongs: which, and what to do.
rm "$STATE/ccsup.log"
mkfifo "$STATE/ccsup.log"
assert_exit 1 timeout 30 ccsup start
assert_has "$OUT" "$STATE/ccsup.log is a special file, not a file: move it away" "a FIFO in the log's place"
rm "$STATE/ccsup.log"
rm "$STATE/journal"
ln -s /nowhere "$STATE/journal"
assert_exit 1 timeout 30 ccsup start
assert_has "$OUT" "$STATE/journal is a link, not a file: move it away" "a link in the journal's place"
rm "$STATE/journal"
mkdir -p "$STATE/sockets/control"
assert_exit 1 timeout 30 ccsup start
assert_has "$OUT" "no socket of ours and can't be removed: move it away" "a folder in the socket's place"
rmdir "$STATE/sockets/control"
assert_exit 0 ccsup stop
over
