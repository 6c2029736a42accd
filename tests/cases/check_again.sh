#!/usr/bin/env bash
# ccsup check beside the loops: what fails, and what holds again, is in the log and in the status once; a check that hangs
# holds nobody up, and neither a stop nor the watchdog's death leaves anything of it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
commit_as anybody "begin" readme "x"
write_conf ccsup.check_every=1s
cat >>"$PROJECT/launch.conf" <<CONF
[check flag]
type = file
path = flag
fix = put it there
[check warns]
type = file
path = none
level = warn
[notify tell]
command = sh -c 'echo "\$(cat)" >>$SANDBOX/told'
events = check
CONF
cd "$PROJECT"
touch flag
log=$STATE/ccsup.log
assert_exit 0 timeout 60 ccsup start
wait_until 30 "it was looked at" status_is '.checks.at > 0 and .checks.failing == []'
rm flag
wait_until 30 "the log says what fails" grep -q "check flag fails: $PROJECT/flag: No such file or directory; fix: put it there" "$log"
wait_until 30 "the status, too" status_is '[.checks.failing[].id] == ["flag"]'
assert_exit 0 ccsup status
assert_has "$OUT" "check flag: $PROJECT/flag: No such file or directory; fix: put it there" "the status"
at=$(status_field .checks.at)
wait_until 30 "it is looked at again" status_is ".checks.at > $at"
assert_eq "$(grep -c "check flag fails" "$log")" 1 "how often it is said"
wait_until 30 "who is to be told is" test -s "$SANDBOX/told"
assert_eq "$(jq -r '[.event, .text] | join(": ")' "$SANDBOX/told")" \
    "check: check flag fails: $PROJECT/flag: No such file or directory; fix: put it there" "what it is told, once"
touch flag
wait_until 30 "it holds again" grep -q "check flag holds again" "$log"
wait_until 30 "the status, too" status_is '.checks.failing == []'
[[ $(<"$log") != *"check warns"* ]] || fail "a warning was logged"
assert_exit 0 timeout 60 ccsup stop

# One that hangs, and does not want to end.
cat >>"$PROJECT/launch.conf" <<CONF
[check hangs]
type = command
command = sh -c 'trap "" TERM; echo \$\$ >$SANDBOX/hangs; sleep 100 & sleep 100' # bounded agent
timeout = 5m
CONF
assert_exit 0 timeout 60 ccsup start
wait_until 30 "it hangs" test -s "$SANDBOX/hangs"
generation=$(status_field .generation)
wait_until 20 "the loop goes on" status_is ".generation > $generation + 3"
assert_exit 0 timeout 60 ccsup stop
assert_has "$OUT" "0 processes left" "stop"
assert_no_process_left
rm "$SANDBOX/hangs"
assert_exit 0 timeout 60 ccsup start
wait_until 30 "it hangs" test -s "$SANDBOX/hangs"
kill -0 "$(<"$SANDBOX/hangs")" || fail "the hanging check is not there: $(<"$SANDBOX/hangs")"
kill -KILL "$(status_field .pid)"
wait_while 10 "it dies with its watchdog" kill -0 "$(<"$SANDBOX/hangs")"
assert_exit 0 timeout 60 ccsup stop
assert_no_process_left
