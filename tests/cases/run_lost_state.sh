#!/usr/bin/env bash
# The state folder is removed under a running pair: start begins no second one, stop ends the first, and left alone it ends
# itself. Another user's instance is never "not running".
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
write_agent builder <<'SH'
cat >/dev/null
for _ in $(seq 1200); do sleep 0.1; done # bounded agent
SH
write_conf repo.poll=1h
cd "$PROJECT"
assert_exit 0 ccsup start

if [[ $(id -u) = 0 ]]; then
    chmod 755 "$SANDBOX" "$PROJECT"
    assert_exit 3 setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ ccsup -C "$PROJECT" stop
fi

rm -rf "$STATE"
assert_exit 5 ccsup start
assert_exit 0 ccsup stop
wait_until 20 "nothing is left" bash -c '! pgrep -x ccsup && ! pgrep -x ccsup-keep'

write_conf repo.poll=1s
assert_exit 0 ccsup start
rm -rf "$STATE"
wait_until 60 "the watchdog ends itself" bash -c '! pgrep -x ccsup && ! pgrep -x ccsup-keep'
assert_no_process_left
