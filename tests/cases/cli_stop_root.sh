#!/usr/bin/env bash
# Root stops a user's instance: its sockets and clones are found, what a killed keeper left is ended although it is the
# user's, and the wish is one that the user's next watchdog can read.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
[[ $(id -u) == 0 ]] || skip "root is needed: it stops another user's instance"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
agent builder <<SH
"$CCSUP_BUILD/tests/daemon" -e "\$SANDBOX/daemon.pid"
exec "\$AGENTS/hang.sh" "\$SANDBOX/builder.pid"
SH
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf
chown -R nobody: "$SANDBOX"
as_user() {
    setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"
}
as_root() { # a root who logged in by himself
    env -u XDG_STATE_HOME -u XDG_RUNTIME_DIR HOME=/root ccsup "$@"
}

assert_exit 0 as_user ccsup start
wait_until 10 "both run" test -s "$SANDBOX/adversary.pid" -a -s "$SANDBOX/builder.pid" -a -s "$SANDBOX/daemon.pid"
assert_exit 0 as_root stop
assert_eq "$OUT" "stopped: watchdog, builder, adversary; 0 processes left" "all of it, asked by the sockets"
over
assert_exit 0 as_user ccsup run
assert_has "$OUT" "the operator stopped this instance" "the wish of root"

# The watchdog and the keepers are killed: the daemon has no environment, and belongs to the user.
rm "$SANDBOX"/*.pid
assert_exit 0 as_user ccsup start
wait_until 10 "both run" test -s "$SANDBOX/adversary.pid" -a -s "$SANDBOX/builder.pid" -a -s "$SANDBOX/daemon.pid"
wait_until 10 "the status knows both" agent_is adversary '.pid > 0 and .agent_pid > 0'
daemon=$(<"$SANDBOX/daemon.pid")
kill -KILL "$(watchdog_pid)" "$(keeper_pid builder)" "$(keeper_pid adversary)"
alive "$daemon" || fail "the daemon died with its keeper: this shows nothing"
assert_exit 0 as_root stop
wait_while 5 "the daemon's end" alive "$daemon"
over
# What root wrote is the user's.
assert_eq "$(find "$STATE" -user root)" "" "root's files in the user's state folder"
assert_exit 0 as_user ccsup start
assert_exit 0 as_user ccsup stop

# A wish that can't be read is no reason to start.
chown root: "$STATE/want"
assert_exit 1 as_user ccsup run
assert_has "$OUT" "cannot read $STATE/want: Permission denied"
