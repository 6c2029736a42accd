#!/usr/bin/env bash
# An agent meets a usage limit while no watchdog lives. The next one reads "resets 3:30pm" as it was meant when it was
# written, and not as the next day's.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
agent builder <<'SH'
[[ ! -e $SANDBOX/was ]] || exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"
touch "$SANDBOX/was"
cat <<JSON
{"type":"system","subtype":"init","session_id":"s","model":"m"}
{"type":"result","subtype":"success","is_error":true,"terminal_reason":"api_error","api_error_status":429,"result":"You've hit your session limit · resets $(date -u -d '-30 minutes' +%-I:%M%P) (UTC)"}
JSON
for ((i = 0; i < 600; i++)); do
    [[ ! -e $SANDBOX/go ]] || exit 1
    sleep 0.05 # bounded agent
done
SH
conf
assert_exit 0 ccsup start
wait_until 20 "it has said that" grep -qs '"result"' "$(iteration builder 1 out.log)"
kill -KILL "$(watchdog_pid)"
touch "$SANDBOX/go"
wait_until 20 "its record is there" test -e "$(iteration builder 1 exit.json)"
touch -d '-50 minutes' "$(iteration builder 1 out.log)"
assert_exit 0 ccsup start
wait_until 10 "the limit is known" status_is '.limits | length == 1'
status_is '.limits[0].until < .written_at + 120000' >/dev/null || fail "$(status_field .limits)"
stop_all
