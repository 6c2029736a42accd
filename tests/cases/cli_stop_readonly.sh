#!/usr/bin/env bash
# The disk became read-only, as it does after errors, and all of ours are dead: stop sees that without writing a byte.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
[[ $(id -u) == 0 ]] || skip "root is needed: it mounts"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging
conf
assert_exit 0 ccsup start
wait_until 10 "the status knows both" agent_is adversary '.pid > 0 and .agent_pid > 0'
wait_until 10 "the status knows both" agent_is builder '.pid > 0 and .agent_pid > 0'
mount --bind "$STATE" "$STATE"
mount -o remount,bind,ro "$STATE"
ours=("$(watchdog_pid)" "$(keeper_pid builder)" "$(keeper_pid adversary)")
kill -KILL "${ours[@]}"
for pid in "${ours[@]}"; do
    wait_while 10 "the end of $pid" alive "$pid"
done
assert_exit 1 timeout 60 ccsup stop
assert_has "$OUT" "Read-only file system; so no watchdog can begin, and the rest is stopped" "stop on a read-only disk"
assert_has "$OUT" "not running" "stop on a read-only disk"
[[ $OUT != *"does not end"* ]] || fail "the dead are taken for alive: $OUT"
umount "$STATE"
assert_exit 0 ccsup stop
over
